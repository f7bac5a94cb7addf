# SPDX-License-Identifier: EUPL-1.2
"""Consent's real use cases on a real SQLite file, step by step beside the model: any difference is a breach of P15."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chassis.database import Database
from consent import answering, directory, ending, importing, requesting, stopping, tending
from consent.asking import Asking
from consent.entering import enter
from consent.ledger import Ledger
from consent.look import Look, LookRefused
from consent.registry import Registry
from consent.schemas import Answer, Presence
from formats.request import Item
from formats.spelling import DAY, H, b64u, new_id
from tests.consent.registry import NOW, Watch
from tests.consent.town import Citizen, Question, Team, Town, claims_of, town_in
from tests.faults.model import Asked, Given, Model, line_of
from tests.faults.promises import PromiseBroken

BORN = ("2014-03-09", "2008-12-31")  # one turns 13 and one 18 within the year that is played
DRAWERS = ("school", "free-time")
PURPOSE = "urn:kluisje:purpose:back-to-school:1"
CLIENTS = ("oin:00000001234567890000:zuid", "oin:00000001234567890000:noord")
DAILY = 8
LAST = NOW + 380 * DAY  # the directory's statements end later
FULL = "CREATE TEMP TRIGGER full BEFORE INSERT ON main.journal BEGIN SELECT RAISE(ABORT, 'full'); END"


@dataclass
class Start:
    """The town in which each history begins: two people with two drawers each, two teams."""

    file: Path
    registry: Registry
    town: Town
    people: list[Citizen]
    teams: list[Team]
    seed: bytes
    pages: sqlite3.Connection  # what stands in the database then
    open: list[Database] = field(
        default_factory=list
    )  # the one that is played on: opened once, as it learns its statements

    def close(self) -> None:
        """Closes what is open."""
        for database in self.open:
            database.close()
        self.pages.close()


async def begin(folder: Path, migrated: Path) -> Start:
    """Makes it, through the application as it is."""
    async with town_in(folder, migrated) as town:
        people = [await town.person(born) for born in BORN]
        for person in people:
            for category in DRAWERS:
                await person.keeps(category)
        catalogue = town.registry.catalogue
        purpose = catalogue.purposes[PURPOSE]
        also = replace(purpose.items[0], ref="free-time", required=False)
        purpose = replace(purpose, kinds=("once", "until", "every:7"), items=(*purpose.items, also), daily=DAILY)
        registry = replace(town.registry, catalogue=replace(catalogue, purposes={PURPOSE: purpose}))
        await importing.publish_catalogue(registry)
        teams, seed = [await town.team(), await town.team()], town.registry.ledger._seed
    file = folder / "consent.sqlite3"
    return Start(file, registry, town, people, teams, seed, sqlite3.connect(file))


class History:
    """One history: the use cases and the model, side by side. number: of the promise that a difference breaks."""

    def __init__(self, start: Start, loop: asyncio.AbstractEventLoop, number: str = "P15") -> None:
        self.start, self.loop, self.number = start, loop, number
        self.model = Model(NOW, NOW, DAILY)
        self.clock, self.pen = Watch(NOW), Watch(NOW)
        if not start.open:
            start.open.append(Database(f"sqlite:///{start.file.with_name('played.sqlite3')}"))
        start.pages.backup(self.driver())
        self.opens()
        self.lines = self.does(self._lines())
        town = replace(start.town, registry=self.registry, clock=self.pen)
        self.teams = [replace(one, town=town) for one in start.teams]
        self.people = [replace(one, town=town, chain=list(one.chain)) for one in start.people]
        self.tokens: dict[str, str] = {}
        self.questions: list[Asked] = []
        self.grants: list[Given] = []

    def driver(self) -> sqlite3.Connection:
        """The connection that writes."""
        database = self.start.open[0]
        return database.on.driver(database.on._writer)

    def opens(self) -> None:
        """A process starts on the file: nothing of the one before is left but what was committed."""
        old, made = self.start.registry, self.start.open[0]
        ledger = Ledger(made, self.clock, host="kluisje.example", seed=self.start.seed)
        asking = Asking(ledger, old.journal, self.clock, emp_secret=old.emp_secret, subject=H)
        self.registry = replace(old, database=made, ledger=ledger, asking=asking, clock=self.clock)
        self.does(ledger.start())

    def restarts(self, *, properly: bool, file: bool) -> None:
        """The process ends and the next one begins. file: the database is closed and opened too (which is slow)."""
        if properly:
            self.does(self.registry.ledger.close())
        if file:
            self.start.open.pop().close()
            self.start.open.append(Database(self.registry.database.url))
        self.model.now()
        self.opens()

    def ends(self) -> None:
        """Compares the log with what the model says it is."""
        found = self.does(self._lines())
        self.does(self.registry.ledger.close())
        for person, expected in self.model.lines.items():
            written = found[person][len(self.lines[person]) :]
            if written != expected:
                raise PromiseBroken(self.number, f"the log of {person} says {written}, the model {expected}")

    def does(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)

    def same(self, expected: str, work: Callable[[], Awaitable[Any]], *also: str) -> Any:
        """Runs a step; its outcome has to be the model's, or one of `also`."""
        answer = None
        try:
            answer, outcome = self.does(work()), "yes"
        except LookRefused as no:
            outcome = no.reason
        except Exception as error:
            outcome = type(error).__name__
        if outcome != expected and outcome not in also:
            raise PromiseBroken(self.number, f"consent says {outcome}, the model {expected}")
        return answer

    # -- steps -----------------------------------------------------------------------------------------------

    def party(self, team: int) -> str:
        return self.teams[team].party

    def time(self) -> int:
        """What a right clock says now: people and teams sign with it."""
        self.pen.at = max(self.model.latest, self.model.clock)
        return self.pen.at

    def moves(self, at: int) -> None:
        self.model.clock = self.clock.at = min(at, LAST)

    def asks(self, person: int, team: int, kind: str, items: frozenset[str], days: int, later: int) -> None:
        now = self.time()
        wanted = [Item("drawer", "school", True), *(Item("drawer", one, False) for one in items - {"school"})]
        starts, ends = now + later, now + days * DAY
        token = self.teams[team].question(knd=kind, items=wanted, nbf=starts, ends=ends)
        asked = Asked(claims_of(token)["jti"], person, team, kind, items, starts, ends, now + 14 * DAY)
        expected = self.model.ask(asked, self.party(team))
        to = requesting.To(None, self.people[person].bsn)
        given = {"team": self.party(team), "client": CLIENTS[team], "caseworker": "case"}
        self.same(expected, lambda: requesting.ask(self.registry, to, token, **given))
        if expected == "yes":
            self.questions.append(asked)
            self.tokens[asked.id] = token

    def _over(self, asked: Asked) -> tuple[str, ...]:
        """A question that is long over may be forgotten: then it is absent."""
        return ("Absent",) if max(self.model.latest, self.model.clock) >= asked.expires else ()

    def refuses(self, asked: Asked) -> None:
        over = self._over(asked)
        said = Answer(answer="no")
        vlt = self.people[asked.person].vlt
        self.same(self.model.refuse(asked), lambda: answering.answer(self.registry, vlt, asked.id, said), *over)

    def takes_back(self, asked: Asked) -> None:
        over = self._over(asked)
        party = self.party(asked.team)
        self.same(
            self.model.take_back(asked), lambda: requesting.take_back(self.registry, party, asked.id, "case"), *over
        )

    def allows(self, asked: Asked, less: bool, once: bool, shorter: int) -> None:
        now, over = self.time(), self._over(asked)
        person, team = self.people[asked.person], self.teams[asked.team]
        cats = frozenset({"school"}) if less else asked.items
        starts, ends = max(asked.starts, now if less else 0), asked.ends - shorter
        if starts >= ends:
            return
        kind = "once" if once else asked.kind
        drawers = [drw for drw, (cat, _) in person.drawers.items() if cat in cats]
        claims = claims_of(self.tokens[asked.id])
        question = Question(team, asked.id, claims, None)  # type: ignore[arg-type]
        token = person.grant(question, *drawers, knd=kind, nbf=starts, exp=ends)
        given = Given(claims_of(token)["jti"], asked.person, asked.team, kind, cats, starts, ends)
        expected = self.model.allow(asked, given, team.party)
        said = Answer(answer="yes", statements=[token])
        self.same(expected, lambda: answering.answer(self.registry, person.vlt, asked.id, said), *over)
        if expected == "yes":
            person.chain.append(token)
            self.grants.append(given)
            self.tokens[given.id] = token

    def looks(self, grant: str, team: int, drawer: str, drw: str, who: str) -> str:
        """A look at a drawer; answers what was said of it."""
        party = self.party(team)
        expected = self.model.look(grant, party, CLIENTS[team], f"{party} of the {who}", team, drawer)
        self.same(expected, lambda: self.registry.asking.ask(self._look(grant, team, drw, who)))
        return expected

    def looks_in_vain(self, grant: str, team: int, drw: str) -> None:
        """The disk fails: nothing is said, nothing is written, and it was as if nobody had asked."""
        self.driver().execute(FULL)
        try:
            self.same("Unavailable", lambda: self.registry.asking.ask(self._look(grant, team, drw, "case")))
        finally:
            self.driver().execute("DROP TRIGGER full")

    def _look(self, grant: str, team: int, drw: str, who: str) -> Look:
        question = b64u(bytes.fromhex(new_id().replace("-", "")) * 2)
        return Look("read", grant, self.party(team), CLIENTS[team], who, "read", question=question, drawer=drw)

    def stops(self, person: int, given: Given, signed: bool) -> None:
        self.time()
        mine, grant = self.people[person], self.tokens[given.id]
        revoke = mine.revoke(grant) if signed and given.person == person else None
        expected = self.model.stop(person, given.id, revoke is not None)
        self.same(expected, lambda: stopping.stop(self.registry, mine.vlt, given.id, revoke))
        if revoke is not None and expected == "yes":
            mine.chain.append(revoke)

    def hands_back(self, team: int, given: Given) -> None:
        expected = self.model.hand_back(team, given.id)
        self.same(expected, lambda: ending.hand_back(self.registry, self.party(team), given.id, "case"))

    def pauses(self, person: int, grant: str | None) -> None:
        vlt = self.people[person].vlt
        self.same(self.model.pause(person, grant), lambda: stopping.pause(self.registry, vlt, grant))

    def opens_again(self, person: int, grant: str | None, renewed: bool) -> None:
        """Opens a pause, with her code used after it began, or without."""
        mine = self.people[person]
        if renewed:
            token = mine.renewal()
            self.does(self.registry.ledger.run(lambda c, b: enter(self.registry, c, b, mine.vlt, [token], None)))
            mine.chain.append(token)
            self.model.renew(person)
        identifier, _ = self.does(stopping.pause(self.registry, mine.vlt, grant))
        presence = Presence(challenge=None, assertion=None)
        self.same(
            self.model.open_again(person, grant),
            lambda: stopping.open_again(self.registry, mine.vlt, identifier, grant, presence),
        )

    def suspends(self, kind: Any, team: int, *, again: bool) -> None:
        party = self.party(team)
        real, plain = {
            "organisation": (party, party),
            "application": (CLIENTS[team], CLIENTS[team]),
            "caseworker": (self.registry.employee(party, "case"), f"{party} of the case"),
        }[kind]
        self.model.now()
        self.does((directory.resume if again else directory.suspend)(self.registry, kind, real))
        (self.model.suspended.discard if again else self.model.suspended.add)((kind, plain))

    def recalls(self) -> None:
        catalogue = replace(self.registry.catalogue, recalled=frozenset({PURPOSE}))
        self.model.now()
        self.model.recalled = True
        self.does(importing.publish_catalogue(replace(self.registry, catalogue=catalogue)))

    def tends(self) -> None:
        self.model.tend()
        self.does(tending.tend(self.registry))

    async def _lines(self) -> dict[int, list[tuple[str, ...]]]:
        """The log as it stands: who looked, what was entered, by person."""
        people = {one.vlt: number for number, one in enumerate(self.start.people)}
        drawers = {drw: category for one in self.start.people for drw, (category, _) in one.drawers.items()}
        rows = await self.registry.database.read(
            lambda c: c.exec_driver_sql("SELECT vlt, bytes FROM events ORDER BY shard, idx").all()
        )
        found: dict[int, list[tuple[str, ...]]] = {0: [], 1: [], -1: []}
        for vlt, octets in rows:
            event = json.loads(octets)
            line = line_of(event, drawers)
            if line is not None:
                found[people.get(vlt, -1)].append(line)
        return found
