# SPDX-License-Identifier: EUPL-1.2
"""The people of the contract tests: who they are, with real tokens of the real gateway, and what they have.

Everything is made by the client package through the running town; only an expired token is signed here, with the
issuer's own key, because nobody waits five minutes for one.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from chassis.clock import Clock
from chassis.database import Database
from demo.papers import letter
from demo.town import CATALOGUE
from formats.authorship import Record
from formats.grant import Grant
from formats.jose import new_signing_key, peek, sign
from formats.spelling import H
from gateway.registering import suspend
from kluisje.organisation import Caseworker, Granted, Question, Team
from kluisje.person import Person
from kluisje.source import Source
from kluisje.system import System
from tests import databases
from tests.contracts.calling import Answer, Call, Identity, Line
from tests.elsewhere import Luggage
from tests.town import Players, Servers

T = TypeVar("T")
PLAN = "urn:kluisje:schema:support-plan:1"
LETTER = "urn:kluisje:schema:letter:1"
# Proofs seen and accountability lines come with every call; the log's head row has the time of the newest batch, also of
# an empty one; signing in is no operation of a contract, and callers do it in between.
UNCOUNTED = ("seen_proofs", "devices", "journal", "sqlite_", "alembic_version", "shards")
SIGNING_IN = ("assertions", "codes", "pushed", "sessions", "sign_ins")


class World:
    """A running town with Noor, who kept things, allowed things and stopped things, and everybody around her."""

    def __init__(self, servers: Servers, folder: Path, luggage: Luggage) -> None:
        self.luggage = luggage  # of somebody who comes from another installation
        self.servers, self.folder = servers, folder
        self.origin = servers.town.origin
        self.line, self.clock = Line(self.origin), Clock()
        self._runner = asyncio.Runner()
        self._services: dict[str, tuple[int, str]] = {}
        self.players = self.run(_players(servers))
        self._names = {name: itertools.count(1) for name in ("Bram", "Mila")}
        self.paper = folder / "brief.pdf"
        self.paper.write_bytes(letter())
        self.noor, self.sam, self.yara = (self.run(self.players.citizen(name)) for name in ("Noor", "Sam", "Yara"))
        self.stranger = self.new_device("Mila")
        self.run(self.stranger.signs_in())
        self.fatima: Caseworker = self.run(self.players.caseworker("Fatima"))
        self.karim: Caseworker = self.run(self.players.caseworker("Karim"))
        self.joost: Caseworker = self.run(self.players.caseworker("Joost", of="de-vlier"))
        self.post: Source = self.players.source()
        self.system: System = self.players.system()
        self.school: Record = self.run(self.noor.keeps("school", {"absence_days": 12}))
        self.brief: Record = self.run(self.noor.keeps("school", {"title": "Brief"}, LETTER, [self.paper]))
        self.drawer = self.school.drw
        self.run(self.sam.keeps("school", {"absence_days": 3}))
        self.reading = self.read_grant()
        self.other_reading = self.read_grant()
        self.bringing = self.allow(self.post, "letters-from-youth-help", 90)
        plan = json.loads((CATALOGUE / "schemas" / "support-plan.1.json").read_text())["examples"][0]
        self.run(self.noor.keeps("health", plan, PLAN))
        self.foreign = self.allow(self.joost, "extra-help-at-school", 30, about=PLAN)
        self.ended, self.ended_bringing = self.read_grant(), self.allow(self.post, "letters-from-youth-help", 90)
        # Tokens from before the stop: nobody gets one afterwards.
        self.late_reader = self.reader(self.fatima, self.ended)
        self.late_bringer = self.team(self.post, "deposit", grant_id=self.ended_bringing.jti)
        for grant in (self.ended, self.ended_bringing):
            self.noor_stops(grant)
        self.revoked = self._revoked_team()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does what the client package does asynchronously."""
        return self._runner.run(work)

    def close(self) -> None:
        """Closes all connections."""
        self.line.close()
        self.run(self.players.close())
        self._runner.close()

    # -- things that happen ----------------------------------------------------------------------------------

    def new_device(self, name: str) -> Person:
        """A device of somebody new, not signed in."""
        return self.players.device(f"{name} {next(self._names[name])}")

    def ask(self, team: Team, purpose: str = "back-to-school", days: int = 30, about: str = "school") -> Question:
        """A question to Noor."""
        return self.run(team.asks(self.noor, for_=purpose, about=[about], days=days))

    def allow(self, team: Team, purpose: str, days: int, about: str = "school") -> Grant:
        """A question to Noor, and her yes."""
        return self.run(self.noor.allows(self.ask(team, purpose, days, about)))

    def read_grant(self) -> Grant:
        """A new grant that lets Fatima's team read."""
        return self.allow(self.fatima, "back-to-school", 30)

    def noor_stops(self, grant: Grant) -> None:
        """Stops a grant on her sign-in alone: no drawer rotates, so nothing else moves."""
        self.run(self.noor.device.consent("POST", f"/grants/{grant.jti}/stops", json={"statement": None}))

    def granted(self, grant: Grant) -> Granted:
        """A grant as its team knows it."""
        return Granted(grant.jti, grant.act, grant.knd, "", "", {one.id: one.cat for one in grant.drawers})

    def deposit(self) -> str:
        """Something the post brought to Noor; its record id."""
        return self.run(self.post.deposits(self.granted(self.bringing), "school", {"title": "Brief"}, LETTER))

    # -- who calls -------------------------------------------------------------------------------------------

    def person(self, person: Person, part: str) -> Identity:
        """A person's device at a component."""
        tokens = person.device._tokens
        return Identity(self.run(tokens.token(f"{self.origin}/{part}/v1")), tokens.key)

    def team(self, team: Team, action: str, **members: str | None) -> Identity:
        """An application of a team, with a token for one action."""
        token = self.run(team._tokens.token(team.details(action, **members)))
        return Identity(token, team._tokens.key)

    def reader(self, team: Team, grant: Grant) -> Identity:
        """A caseworker with a token that reads one grant."""
        return self.team(team, "read", grant_id=grant.jti)

    def fatimas_name(self) -> str:
        """Fatima as consent knows her: `cw_…`."""
        return str(peek(self.team(self.fatima, "ask").token)[1]["sub"])

    def service(self, part: str) -> Identity:
        """The gateway itself, calling a neighbour; its token is reused while ten seconds are left, as it does."""
        now = int(time.time())
        made, token = self._services.get(part, (0, ""))
        if now >= made + 20:
            claims = {"iss": "gateway", "aud": f"{self.origin}/{part}/v1", "iat": now, "exp": now + 30}
            made, token = self._services[part] = now, sign(claims, "service+jwt", self._key("service_key"))
        return Identity(token, None, "Bearer")

    def expired(self, good: Identity) -> Identity:
        """The same token, but it ended a minute ago; signed by its real issuer."""
        header, claims = peek(good.token)
        if good.key is None:
            return Identity(
                sign(claims | {"iat": 1_700_000_000, "exp": 1_700_000_030}, header["typ"], self._key("service_key")),
                None,
                "Bearer",
            )
        return self._moved(good, {name: claims[name] - 400 for name in ("iat", "nbf", "exp")})

    def of_now(self, good: Identity) -> Identity:
        """The same token with its time running now: what is refused then is not refused for being old. For tokens that
        nobody can get any more: of a grant that was stopped, of a sign-in that was ended."""
        now = int(time.time())
        return self._moved(good, {"iat": now, "nbf": now, "exp": now + 300})

    def _moved(self, good: Identity, times: Mapping[str, int]) -> Identity:
        """The same claims at another time, signed by their real issuer."""
        header, claims = peek(good.token)
        issuer = self._key("person_key" if claims["iss"].endswith("/person") else "organisations_key")
        return Identity(sign({**claims, **times}, header["typ"], issuer), good.key)

    def other_key(self, good: Identity) -> Identity:
        """The same token, shown by whoever has another key than it is bound to."""
        return Identity(good.token, new_signing_key())

    async def suspend_at_gateway(self, organisation: str) -> None:
        """Suspends an organisation (`urn:oin:…`) as an administrator does."""
        database = Database(databases.url_of(self.servers.town.folder / "data" / "gateway.sqlite3"))
        try:
            await suspend(database, organisation, None, self.clock.now())
        finally:
            database.close()

    def signed_out(self, part: str) -> Identity:
        """Another device of Noor's at a component, whose sign-in was then ended at the issuer (RFC 7009)."""
        device = self.players.device(self.noor.listed)  # type: ignore[attr-defined]
        self.run(device.signs_in())
        tokens, good = device.device._tokens, self.person(device, part)
        self.run(self._revoke(f"{self.origin}/person/revoke", good.token, tokens._client()))
        return good

    def _revoked_team(self) -> Identity:
        """Another sign-in of Fatima's, ended at the issuer."""
        fatima = self.run(self.players.caseworker("Fatima"))
        good = self.team(fatima, "ask")
        self.run(self._revoke(f"{self.origin}/oauth/revoke", good.token, fatima._tokens._client()))
        return good

    async def _revoke(self, address: str, token: str, client: Mapping[str, str]) -> None:
        await self.players.http().call("POST", address, form={"token": token, **client})

    def _key(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.servers.town.folder / "servers" / f"{name}.json").read_text())
        return found

    # -- what it asks and leaves -----------------------------------------------------------------------------

    def send(self, identity: Identity, call: Call) -> Answer:
        return self.line.send(identity, call)

    def must(self, identity: Identity, call: Call) -> Answer:
        """A call that is only preparation: it has to be done."""
        answer = self.send(identity, call)
        assert answer.status < 300, f"{call.method} {call.target}: {answer.status} {answer.body!r}"
        return answer

    def rows(self) -> Mapping[str, str]:
        """A fingerprint of each table of the three databases, but for what any call leaves."""
        found = {}
        for part in ("vault", "consent", "gateway"):
            for table, rows in databases.everything(self._file(part)).items():
                if not table.startswith(UNCOUNTED) and (part != "gateway" or table not in SIGNING_IN):
                    found[f"{part}.{table}"] = H("\n".join(sorted(map(repr, rows))))
        return found

    def events(self) -> int:
        """How many entries the log has."""
        return int(databases.rows(self._file("consent"), "SELECT count(*) FROM events")[0][0])

    def _file(self, part: str) -> Path:
        return self.servers.town.folder / "data" / f"{part}.sqlite3"


async def _players(servers: Servers) -> Players:
    return Players(servers)
