# SPDX-License-Identifier: EUPL-1.2
"""A whole town in the process of the test, so that a test can break one thing inside: real parts, real HTTP."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import structlog

import serve
from chassis.clock import Clock
from chassis.house import House
from demo.town import Town, make
from formats.dpop import make_proof
from formats.spelling import H
from kluisje.organisation import Caseworker, Granted
from kluisje.person import Person
from tests.gateway.office import Shifted, listening
from tests.ports import free_port
from tests.town import Players, Servers, citizens
from tests.twofold import TWO, by_turns


@dataclass
class Street:
    """A running town. houses: its parts, in each process. players: its people, each with the real client package."""

    town: Town
    houses: list[House]
    players: Players
    http: httpx2.AsyncClient
    clock: Shifted

    @property
    def house(self) -> House:
        """The parts of the first process."""
        return self.houses[0]

    @property
    def origin(self) -> str:
        return self.town.origin

    async def call(self, worker: Any, method: str, path: str, details: Any, **given: Any) -> httpx2.Response:
        """A call with a worker's own token and key, as it is on the wire. given: as httpx2; `proof`: a used one."""
        token = await worker._tokens.token(details)
        address = self.origin + path
        proof = given.pop("proof", None) or make_proof(
            worker._tokens.key, method, address.split("?")[0], H(token), now=Clock().now()
        )
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        return await self.http.request(method, address, headers=headers, **given)


@dataclass
class Case:
    """Noor keeps a fact, Fatima asked for the drawer, Noor said yes."""

    noor: Person
    fatima: Caseworker
    question: Any
    grant: Granted
    drawer: str

    @property
    def details(self) -> Any:
        return self.fatima.details("read", grant_id=self.grant.id)

    @property
    def path(self) -> str:
        return f"/gateway/v1/grants/{self.grant.id}/drawers/{self.drawer}/records"


def make_town(folder: Path) -> Town:
    """The files of a town on a free port. Not inside a running event loop: its commands bring their own."""
    return make(folder, f"http://127.0.0.1:{free_port()}", citizens=citizens())


@asynccontextmanager
async def street_in(town: Town, parts: Sequence[str] = serve.PARTS) -> AsyncIterator[Street]:
    """The town, listening until the end of the block. parts: which of it."""
    before = dict(os.environ)
    os.environ.update(town.environment())
    try:
        clock = Shifted()
        houses = [serve.house(parts, clock, serve.ServeSettings()) for _ in range(2 if TWO else 1)]
    finally:
        os.environ.clear()
        os.environ.update(before)
    structlog.reset_defaults()  # making the town sent log lines into its own file
    for house in houses:
        await house.start()
    players = Players(Servers(town, "one"))
    try:
        async with (
            listening(by_turns(*houses), int(town.origin.rsplit(":", 1)[1])),
            httpx2.AsyncClient(trust_env=False, timeout=10, verify=False) as http,
        ):
            yield Street(town, houses, players, http, clock)
    finally:
        await players.close()
        for house in houses:
            await house.stop()


async def a_case(street: Street, days: int = 30) -> Case:
    """A new citizen, a new question, a yes."""
    noor = await street.players.citizen("Noor")
    fatima = await street.players.caseworker()
    await noor.keeps("school", {"absence_days": 12})
    question = await fatima.asks(noor, for_="back-to-school", about=["school"], days=days)
    await noor.allows(question)
    _, [grant] = await fatima.granted(question, "read")
    [drawer] = grant.drawers
    return Case(noor, fatima, question, grant, drawer)
