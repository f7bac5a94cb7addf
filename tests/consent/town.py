# SPDX-License-Identifier: EUPL-1.2
"""A small town over the real application: people with devices that sign, teams with keys of the directory, a gateway.

All calls are HTTP through the application's own door, on a real SQLite file. Every key is made here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis.application import Application
from chassis.calls import Inside
from chassis.clock import show_moment
from consent import directory, importing
from consent.app import build
from consent.registry import Registry
from consent.settings import ConsentSettings
from formats.authority import sign_gezag
from formats.jose import new_signing_key
from formats.organisation import sign_organisation
from formats.policy import LogPolicy, read_policy
from formats.spelling import DAY
from kluisje.publishing import Face, publish_face
from tests import databases
from tests.consent.outside import (
    BACK_TO_SCHOOL,
    DIRECTORY,
    GEZAG,
    ORIGIN,
    SUBSTANTIAL,
    call,
    claims_of,
    new_bsn,
    places,
    settings_in,
    slug,
)
from tests.consent.people import Citizen, Question, Team
from tests.consent.registry import NOW, Watch
from tests.twofold import twofold

TEAMS = {"jeugdteam": ("youth-worker", 40), "sportteam": ("sports-coach", 20), "schuldhulp": ("debt-adviser", 2)}
"""Kinds of teams, their role, and how many were listed four days ago; `jong-0` was listed 71 hours ago."""


@dataclass
class Town:
    """The application and what surrounds it."""

    app: Application
    registry: Registry
    clock: Watch
    keys: dict[str, dict[str, Any]]
    policy: LogPolicy
    path: Path
    settings: ConsentSettings
    teams: dict[str, "Team"] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)  # how many teams of each kind a test took
    asked_of: dict[str, str] = field(default_factory=dict)  # question -> the BSN it went to
    gateway: Inside = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = Inside("gateway", self.app)

    async def begins(self, settings: ConsentSettings) -> None:
        """The application begins again, over whatever lies in its place now."""
        self.app = twofold(lambda: build(settings, clock=self.clock))
        self.registry = self.app.inside.state.registry
        self.registry.journal.show = lambda lines: None  # type: ignore[method-assign]
        self.gateway = Inside("gateway", self.app)
        await self.app.start()

    async def person(self, born: str = "2011-05-09", *, bsn: str | None = None, opens: bool = True) -> "Citizen":
        """Somebody who signed in; her vault is open unless told otherwise."""
        made = Citizen(self, bsn or new_bsn())
        body = {"vlt": made.vlt, "bsn": made.bsn, "birthDate": born, "acr": SUBSTANTIAL, "authTime": self.moment()}
        reply = await self.gateway.post("/consent/v1/sign-ins", body)
        assert reply.status == 200, reply.body
        if opens:
            await made.opens()
        return made

    async def team(self, kind: str = "jeugdteam") -> "Team":
        """A team of the directory, another one at each call: nobody has asked anything in its name yet."""
        number = self.given.get(kind, 0)
        self.given[kind] = number + 1
        return self.teams[f"{kind}-{number}"]

    async def lists(self, name: str, role: str) -> "Team":
        """The directory lists a team now: its keys count 72 hours later."""
        made = Team(self, f"urn:oin:00000001234567890000:team:{name}")
        now = self.clock.at
        made.org = sign_organisation(
            self.keys["directory"], iss=DIRECTORY, sub=made.party, enc=made.enc, sig=made.sig, iat=now - DAY,
            exp=now + 400 * DAY,
        )  # fmt: skip
        face = Face(role, name, "Dorpsstraat 1", "post@gemeente.example")
        listing = publish_face(self.keys["directory"], DIRECTORY, made.party, face, now=now - DAY, lasts=400 * DAY)
        await directory.import_organisation(self.registry, made.org, listing)
        self.teams[name] = made
        return made

    async def gezag(
        self, child: "Citizen", *parents: "Citizen", kind: str | None = None, at: int | None = None
    ) -> None:
        """The register says who has gezag over the child."""
        at = self.clock.at if at is None else at
        usual = "GezamenlijkOuderlijkGezag" if len(parents) == 2 else "EenhoofdigOuderlijkGezag"
        token = sign_gezag(
            self.keys["gezag"], iss=GEZAG, vlt=child.vlt, kind=kind or usual,
            adults=[self.registry.address(parent.bsn) for parent in parents], inquiry=False, at=at, iat=at,
            exp=at + 30 * DAY,
        )  # fmt: skip
        await importing.import_gezag(self.registry, token)

    def moment(self) -> str:
        """Now, as it travels."""
        return show_moment(self.clock.at)

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows of the database, as they lie there."""
        return databases.rows(self.path / "consent.sqlite3", sql, *values.values())

    async def events(self, team: "Team") -> list[str]:
        """The types of the signed events for a team, oldest first."""
        found = await self.rows(
            f"SELECT type FROM events_out WHERE team = ? ORDER BY made_at, {databases.ROW}", team=team.party
        )
        return [str(one[0]) for one in found]


@asynccontextmanager
async def town_in(folder: Path, migrated: Path, *, at: int = NOW, most: int = 4) -> AsyncIterator[Town]:
    """A running town in a folder; `migrated` is an empty database, `most` how many teams of a kind."""
    databases.copy(migrated, folder / "consent.sqlite3")
    keys = {name: new_signing_key() for name in ("receipt", "identity", "directory", "gezag", "person")}
    clock = Watch(at - 10 * DAY)
    settings = settings_in(folder, keys)
    app = twofold(lambda: build(settings, clock=clock))
    registry: Registry = app.inside.state.registry
    registry.journal.show = lambda lines: None  # type: ignore[method-assign]
    await app.start()
    policy = read_policy("".join(f"log {vkey}\n" for vkey in registry.ledger.vkeys(at)) + "quorum none\n")
    town = Town(app, registry, clock, keys, policy, folder, settings)
    clock.at = at - 96 * 3600
    listing = [(f"{kind}-{n}", role) for kind, (role, many) in TEAMS.items() for n in range(min(many, most))]
    for name, role in listing:
        await town.lists(name, role)
    clock.at = at - 71 * 3600
    await town.lists("jong-0", "youth-worker")
    clock.at = at
    try:
        yield town
    finally:
        await town.app.stop()


__all__ = [
    "BACK_TO_SCHOOL",
    "DAY",
    "NOW",
    "ORIGIN",
    "SUBSTANTIAL",
    "Citizen",
    "Question",
    "Team",
    "Town",
    "call",
    "claims_of",
    "new_bsn",
    "places",
    "settings_in",
    "slug",
]
