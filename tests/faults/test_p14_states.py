# SPDX-License-Identifier: EUPL-1.2
"""P14: the grant's states keep their invariants, along every way there is.

One grant, and all that can happen to it, in every order: the real use cases on a real database, inside one transaction of
the ledger. After each step the walk looks whether an invariant broke, goes on from there, and takes the step back by a
savepoint. A state that was seen before is not walked again, so the walk ends: it has seen them all.
"""

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Never, cast

import pytest
from sqlalchemy import func, select

from chassis.database import Connection
from consent import ending, ledger_store, showing, stopping, store, store_grants, store_pauses, tables, tending
from consent.batch import Batch
from consent.entering import enter
from consent.look import Look, Released
from consent.refusals import Refused
from consent.schemas import Presence
from formats.dpop import ProofSeen
from formats.grant import read_grant
from formats.jose import public
from formats.spelling import DAY, new_id
from formats.statement import Link, sign_card, sign_revoke
from tests import databases
from tests.consent.town import Town, town_in
from tests.faults.promises import PromiseBroken

pytestmark = [pytest.mark.promise("P14"), pytest.mark.asyncio(loop_scope="module")]
OPENING = 900
FEWEST = {"until": 60, "once": 200}
"""States that a walk sees at least: one that saw fewer did not get far, and showed nothing."""


class Enough(Exception):
    """The walk is over: nothing of it is kept."""


class Inside:
    """The ledger as the use cases know it, while its batch is open: each of them is one step of that batch."""

    def __init__(self, connection: Connection, batch: Batch) -> None:
        self._connection, self._batch = connection, batch

    async def run(self, work: Any, *, stop: bool = False) -> Any:
        return work(self._connection, self._batch)


@dataclass(frozen=True)
class Facts:
    """What is stored of the grant, and what she is shown of it."""

    row: Any
    pauses: frozenset[str | None]  # None: of everything
    state: str
    told: int  # signed events that say it ended

    @property
    def fixed(self) -> tuple[Any, ...]:
        return tuple(self.row[name] for name in ("starts", "ends", "purpose", "team", "token", "sid", "given_at"))

    @property
    def end(self) -> tuple[Any, ...]:
        return tuple(self.row[name] for name in ("ended_at", "ended_why", "stopped_by"))


class Walk:
    """All ways of one grant."""

    def __init__(
        self, town: Town, noor: Any, team: Any, jti: str, drw: str, connection: Connection, batch: Batch
    ) -> None:
        self.noor, self.team, self.jti, self.drw = noor, team, jti, drw
        self.connection, self.batch = connection, batch
        self.base = ledger_store.driver(connection)
        self.registry = replace(town.registry, ledger=cast("Any", Inside(connection, batch)))
        self.seen: set[tuple[Any, ...]] = set()
        row = self.facts().row
        self.grant = read_grant(row["token"])
        self.edges = [row["ends"] - 1, row["ends"]]

    def facts(self) -> Facts:
        row = store_grants.one(self.connection, self.noor.vlt, self.jti)
        assert row is not None
        pauses = frozenset(one["jti"] for one in store_pauses.open_pauses(self.connection, self.noor.vlt))
        state, _ = showing.standing(self.connection, [row], self.batch.now)[0]
        out = tables.events_out
        told = select(func.count()).where(out.c.team == self.team.party, out.c.type == "grant-ended")
        return Facts(row, pauses, state, int(self.connection.execute(told).scalar_one()))

    def key(self, facts: Facts) -> tuple[Any, ...]:
        row, now = facts.row, self.batch.now
        opened = None if row["opened_at"] is None else now - row["opened_at"] < OPENING
        edge = sum(now >= one for one in self.edges)
        return row["ended_why"], row["revoke"] is not None, facts.pauses, opened, edge, facts.told

    # -- what can happen ---------------------------------------------------------------------------------------------

    def steps(self) -> dict[str, Any]:
        vlt, jti = self.noor.vlt, self.jti
        return {
            "look": self.look,
            "stop": lambda: self.do(stopping.stop(self.registry, vlt, jti, None)),
            "revoke": self.revoke,
            "pause": lambda: self.do(stopping.pause(self.registry, vlt, jti)),
            "pause all": lambda: self.do(stopping.pause(self.registry, vlt, None)),
            "open": lambda: self.open(jti),
            "open all": lambda: self.open(None),
            "hand back": lambda: self.do(ending.hand_back(self.registry, self.team.party, jti, None)),
            "a quarter": lambda: self.later(self.batch.now + OPENING),
            "an edge": lambda: self.later(next((one for one in self.edges if one > self.batch.now), self.batch.now)),
            "tend": lambda: tending._ends(self.registry, self.connection, self.batch),
        }

    def do(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """A use case that waits for nothing but the ledger, which answers at once."""
        try:
            doing.send(None)
        except StopIteration as done:
            return done.value
        raise AssertionError("it waited for something else")

    def look(self) -> bool:
        asked = Look(
            stage="read", question=ProofSeen("", new_id(), self.batch.now).question, grant=self.jti, team=self.team.party, client="desk",
            caseworker=self.team.caseworker, action="read", drawer=self.drw,
        )  # fmt: skip
        [answer] = self.registry.asking._gather(self.connection, self.batch, [asked])
        return isinstance(answer, Released)

    def later(self, now: int) -> None:
        self.batch.now = now

    def _link(self) -> Link:
        vault = store.vault(self.connection, self.noor.vlt)
        assert vault is not None
        return Link(self.noor.vlt, vault["seq"] + 1, vault["sid"], self.batch.now, 1)

    def revoke(self) -> None:
        drawers = [one.id for one in self.grant.drawers]
        token = sign_revoke(self.noor.sig, self._link(), jti=self.jti, aud=self.grant.aud, drw=drawers)
        enter(self.registry, self.connection, self.batch, self.noor.vlt, [token], None)

    def open(self, jti: str | None) -> None:
        """Her key signs a renewal, and the pause opens."""
        found = [one for one in store_pauses.open_pauses(self.connection, self.noor.vlt) if one["jti"] == jti]
        if not found:
            return
        card = sign_card(
            self.noor.sig, self._link(), sig=self.noor.sig, enc=self.noor.enc,
            passkeys=[{"id": "touch", "jwk": public(self.noor.passkey)}], slots=[],
        )  # fmt: skip
        enter(self.registry, self.connection, self.batch, self.noor.vlt, [card], None)
        self.do(stopping.open_again(self.registry, self.noor.vlt, found[0]["id"], jti, Presence()))

    # -- what has to hold --------------------------------------------------------------------------------------------

    def walk(self, way: tuple[str, ...] = ()) -> None:
        before = self.facts()
        if self.key(before) in self.seen or self.batch.now > self.edges[-1] + OPENING:
            return
        self.seen.add(self.key(before))
        for name, step in self.steps().items():
            mark, now, calls = len(self.batch.entries), self.batch.now, len(self.batch.afterwards)
            ledger_store.savepoint(self.base)
            try:
                done = step()
            except Refused:
                done = None
            else:
                self.check((*way, name), name, done, before, now)
                self.walk((*way, name))
            ledger_store.undo(self.base)
            self.batch.drop(mark)
            del self.batch.afterwards[calls:]
            self.batch.now = now

    def check(self, way: tuple[str, ...], name: str, done: Any, before: Facts, now: int) -> None:
        after, row = self.facts(), before.row

        def broken(what: str) -> Never:
            raise PromiseBroken("P14", f"{what}: {' > '.join(way)}")

        if after.fixed != before.fixed:
            broken("what was granted changed")
        if row["ended_why"] is not None and after.end != before.end:
            broken("what had ended did not stay as it ended")
        if name in ("stop", "revoke", "hand back") and after.row["ended_why"] is None:
            broken("it was ended and goes on")
        opened = {"open": {self.jti}, "open all": {None}}.get(name, set())
        if not before.pauses - opened <= after.pauses:
            broken("a pause went that nobody opened")
        if after.told != (after.row["ended_why"] is not None):
            broken("its end was told more than once, or not at all")
        if (after.row["ended_why"] is not None or self.batch.now >= row["ends"]) and after.state != "ended":
            broken("she is shown that it runs")
        if name == "look":
            if bool(done) != self.may(before, now):
                broken("a look was allowed" if done else "a look was refused")
            if done and row["opened_at"] is not None and self.grant.knd == "once" and now - row["opened_at"] >= OPENING:
                broken("once was twice")
            if done and self.grant.knd != "until" and after.row["opened_at"] is None:
                broken("an opening left no trace")

    def may(self, facts: Facts, now: int) -> bool:
        """The same in a few words: it runs, nothing is paused, and its opening is not spent."""
        row = facts.row
        if row["ended_why"] is not None or facts.pauses or not row["starts"] <= now < row["ends"]:
            return False
        return self.grant.knd == "until" or row["opened_at"] is None or now - row["opened_at"] < OPENING


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.migrated("consent", tmp_path_factory.mktemp("states") / "empty.sqlite3")


@pytest.mark.parametrize("kind", FEWEST)
async def test_every_way_of_a_grant_keeps_them(tmp_path: Path, empty: Path, kind: str) -> None:
    async with town_in(tmp_path, empty) as town:
        noor, team = await town.person(), await town.team()
        school = await noor.keeps("school")
        asked = await team.asks(noor, knd=kind, ends=town.clock.at + 20 * DAY)
        jti = await noor.allows(asked, school)
        walks: list[Walk] = []

        def work(connection: Connection) -> None:
            # A batch of the ledger has two seconds, so the walk makes its own; nothing of it is ever sealed.
            base = ledger_store.driver(connection)
            head = town.registry.ledger._head(base)
            walks.append(Walk(town, noor, team, jti, school, connection, Batch(base, head, head.now)))
            walks[0].walk()
            raise Enough

        with pytest.raises(Enough):
            await town.registry.database.write(work)
        print(f"{kind}: {len(walks[0].seen)} states")
        assert len(walks[0].seen) >= FEWEST[kind]
