# SPDX-License-Identifier: EUPL-1.2
"""P01 and P02 over HTTP: a read that begins after a stop was acknowledged never succeeds, and what is kept after a stop
never reaches who was stopped. 32 readers that never rest around the stops; at some stops only a few of them read, so that
the first read after it comes at once."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic_ns

import pytest

from kluisje.person import Person
from tests.faults.forked import roomy
from tests.faults.promises import PromiseBroken, figure
from tests.faults.reading import Answer, Connection, Target, targets
from tests.town import Players, Servers

READERS = figure(16, 32, 64)
NOTE = "urn:kluisje:schema:note:1"
STOPPED = 403


@pytest.fixture(scope="module", params=["one", pytest.param("separate", marks=pytest.mark.nightly)])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("stops")
    with roomy(folder, request.param) as town:
        yield town


@dataclass
class Given:
    """A grant that will be stopped. acknowledged: when its stop was (ns); None before."""

    person: Person
    target: Target
    acknowledged: int | None = None
    after: set[str] = field(default_factory=set)
    answers: list[Answer] = field(default_factory=list)


async def gives(players: Players, people: int, each: int) -> list[Given]:
    """`each` running grants of each of `people`, to one caseworker."""
    fatima = await players.caseworker()
    owners, grants = [], []

    async def one() -> None:
        person = await players.citizen("Noor")
        await person.keeps("school", {"title": "x"}, NOTE)
        for _ in range(each):
            asked = await fatima.asks(person, for_="back-to-school", about=["school"], days=30)
            grants.append(await person.allows(asked))
            owners.append(person)

    await asyncio.gather(*(one() for _ in range(people)))
    found = await targets(players, fatima, grants)
    players.fatima = fatima  # type: ignore[attr-defined]
    return [Given(owner, target) for owner, target in zip(owners, found, strict=True)]


class Crowd:
    """Readers that read what is about to be stopped, what was just stopped, and now and then anything."""

    def __init__(self, players: Players, given: list[Given], seed: int) -> None:
        self._players, self._given, self._chance = players, given, random.Random(seed)
        self._changed = asyncio.Event()
        self.hot, self.active, self.reads, self.over = 0, READERS, 0, False

    def lets(self, active: int, hot: int) -> None:
        self.active, self.hot = active, hot
        self._changed.set()
        self._changed = asyncio.Event()

    def connection(self) -> Connection:
        return Connection(self._players.town.origin, self._players.fatima)  # type: ignore[attr-defined]

    async def reader(self, number: int) -> None:
        connection = self.connection()
        while not self.over:
            if number >= self.active:
                await self._changed.wait()
                continue
            at = self.hot if self._chance.random() < 0.7 else self._chance.randrange(len(self._given))
            given = self._given[max(0, at - (self._chance.random() < 0.2))]
            given.answers.append(await connection.read(given.target))
            self.reads += 1
        connection.close()

    def ends(self) -> None:
        self.over = True
        self.lets(READERS, self.hot)


@pytest.mark.promise("P01")
async def test_no_read_that_begins_after_a_stop_succeeds(players: Players) -> None:
    stops, reads = figure(9, 100, 300), figure(700, 20_000, 1_000_000)
    people = figure(1, 5, 10)
    given = await gives(players, people, -(-stops // people))
    crowd, seed = Crowd(players, given, 7), 7
    sniper = crowd.connection()

    async def stopper() -> None:
        for number in range(stops):
            one = given[number]
            crowd.lets((READERS, 8, 2)[number % 3], number)
            while crowd.reads < (number * 10 + 7) * reads // (stops * 10):
                await asyncio.sleep(0.001)
            body = {"statement": None}
            await one.person.device.consent("POST", f"/grants/{one.target.jti}/stops", json=body)
            one.acknowledged = monotonic_ns()
            one.answers.append(await sniper.read(one.target))
        crowd.lets(READERS, stops - 1)
        while crowd.reads < reads:
            await asyncio.sleep(0.01)
        crowd.ends()

    await asyncio.gather(stopper(), *(crowd.reader(number) for number in range(READERS)))
    sniper.close()
    late = early = 0
    for one in given[:stops]:
        assert one.acknowledged is not None
        for answer in one.answers:
            assert answer.status in (200, STOPPED), answer
            began_late = answer.began > one.acknowledged
            late, early = late + began_late, early + (answer.status == 200)
            if began_late and answer.status == 200:
                raise PromiseBroken("P01", f"read {answer.began - one.acknowledged} ns after the stop; seed {seed}")
    assert early > stops
    assert late > stops
    print(f"P01: {crowd.reads} reads, {stops} stops, {late} began after their stop, 0 of them succeeded")
