# SPDX-License-Identifier: EUPL-1.2
"""A desk at work: the town it belongs to and the desk itself, both in the process of the test, over real HTTP."""

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

import serve
from chassis.house import House
from consent.directory import import_organisation
from demo.colleague import Colleague, open_desk
from demo.desk import TEAM, DemoDesk, make
from demo.people import DIRECTORY
from demo.town import Town
from desk.learning import Learning
from formats.request import Item
from formats.spelling import DAY
from kluisje.http import Refused
from kluisje.organisation import Caseworker
from kluisje.person import Person
from kluisje.publishing import publish_team
from tests.gateway.office import listening
from tests.gateway.street import Street, street_in
from tests.ports import free_port

PURPOSE = "back-to-school"


@dataclass
class Bureau:
    """A desk. street: the installation. ans: the administrator; fatima, karim: keepers with the team's key."""

    street: Street
    desk: DemoDesk
    house: House
    ans: Colleague
    fatima: Colleague
    karim: Colleague

    @property
    def learning(self) -> Learning:
        """What takes events here."""
        found: Learning = self.house.parts[serve.DESK].inside.state.learning
        return found

    async def asks(self, noor: Person, by: Colleague, note: str | None = None, for_: str = PURPOSE) -> dict[str, Any]:
        """A question that the team's key signed, through the desk."""
        tool = await self.tool()
        purpose = await tool.directory.purpose(for_)
        signed = await tool._signed(
            purpose, [Item(*purpose.item("school"))], tool.http.clock() + 30 * DAY, "until", note
        )
        body = {"to": {"shareCode": await noor.share_code()}, "request": signed}
        return (await by.call("POST", "/consent-requests", body)).json()

    async def tool(self) -> Caseworker:
        """The team's keys with the client package: what a member's browser does with them, in Python."""
        return await self.street.players.caseworker("Fatima", of=TEAM.slug)

    async def granted(self, by: Colleague, request: str) -> tuple[str, str, str]:
        """(grant, drawer, purpose) that came of a question."""
        found = (await by.call("GET", f"/consent-requests/{request}")).json()
        [item] = found["items"]
        grant = (await by.call("GET", f"/grants/{item['grant']}")).json()
        return grant["id"], grant["drawers"][0]["id"], grant["purpose"]

    async def a_case(self) -> tuple[Person, str, str, str]:
        """Noor keeps a fact, Fatima asked through the desk, Noor said yes: (noor, grant, drawer, purpose)."""
        noor = await self.street.players.citizen("Noor")
        await noor.keeps("school", {"absence_days": 12})
        request = await self.asks(noor, self.fatima)
        await noor.allows(request["id"])
        return noor, *(await self.granted(self.fatima, request["id"]))


def refused(error: Refused) -> tuple[int, str]:
    """(status, slug) of a no."""
    return error.status, error.slug


@asynccontextmanager
async def desk_in(street: Street, desk: DemoDesk) -> AsyncIterator[House]:
    """The desk of a town that listens, listening too until the end of the block; by the same clock."""
    before = dict(os.environ)
    os.environ.update(desk.environment() | {"KLUISJE_DESK_POLL_SECONDS": "0"})
    try:
        house = serve.house((serve.DESK,), street.clock, serve.ServeSettings())
    finally:
        os.environ.clear()
        os.environ.update(before)
    structlog.reset_defaults()
    await house.start()
    try:
        async with listening(house, int(desk.origin.rsplit(":", 1)[1])):
            yield house
    finally:
        await house.stop()


@asynccontextmanager
async def bureau_in(town: Town, desk: DemoDesk) -> AsyncIterator[Bureau]:
    """Town and desk, listening until the end of the block."""
    async with street_in(town, serve.SPEAKING) as street, desk_in(street, desk) as house:
        people: tuple[Colleague, ...] = ()
        try:
            people = await open_desk(desk)
            yield Bureau(street, desk, house, *people)
        finally:
            for one in people:
                await one.close()


async def directory_states(street: Street, brought: Mapping[str, Any]) -> int:
    """The directory signs the keys that a desk's team brought, and consent takes them in. Answers from when they count."""
    signer = json.loads((street.town.folder / "directory" / "key.json").read_text())
    statement = publish_team(signer, DIRECTORY, brought, now=street.clock.now())
    registry = street.house.parts["consent"].inside.state.registry
    return await import_organisation(registry, statement, None)


def make_desk(town: Town) -> DemoDesk:
    """The files of a desk on a free port. Not inside a running event loop."""
    return make(town, f"http://localhost:{free_port()}")
