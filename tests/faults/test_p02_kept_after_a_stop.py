# SPDX-License-Identifier: EUPL-1.2
"""P02: what is kept after a stop never reaches the stopped grant. Readers that never rest, over HTTP; in turn Noor stops with
her key and keeps a record in the next epoch, or stops with her sign-in alone and a source deposits right after. Whatever a
reader of the stopped grant was given, none of it began to be kept after the stop was acknowledged."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kluisje.person import Person
from tests.faults.forked import forked
from tests.faults.promises import PromiseBroken, figure
from tests.faults.reading import Answer, Connection, Target, targets
from tests.town import Players, Servers

NOTE = "urn:kluisje:schema:note:1"
READERS = 4
EACH = 20  # grants of one person


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Servers]:
    with forked(tmp_path) as town:
        yield town


class Round:
    """One grant, read without rest by some until it is over for all of them."""

    def __init__(self, connections: list[Connection], target: Target) -> None:
        self.connections, self.target = connections, target
        self.answers: list[Answer] = []
        self.over = False

    async def reader(self, connection: Connection) -> None:
        while not self.over or (self.answers and self.answers[-1].status == 200):
            self.answers.append(await connection.read(self.target))

    async def until(self, answers: int) -> None:
        while len(self.answers) < answers:
            await asyncio.sleep(0.001)

    def given(self) -> set[str]:
        """The ids of everything that was handed out."""
        return {rid for answer in self.answers for rid in answer.ids}


async def scene(players: Players, name: str) -> tuple[Person, object, list[Target]]:
    """Noor, a source that may bring her letters, and EACH grants to read."""
    noor, fatima, post = await players.citizen(name), await players.caseworker(), players.source()
    await noor.keeps("school", {"title": "before"}, NOTE)
    may_bring = await post.asks(noor, for_="letters-from-youth-help", about=["school"], days=90)
    await noor.allows(may_bring)
    grants = []
    for _ in range(EACH):
        asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
        grants.append(await noor.allows(asked))
    players.post, players.may_bring, players.fatima = post, may_bring, fatima  # type: ignore[attr-defined]
    return noor, grants, await targets(players, fatima, grants)


@pytest.mark.promise("P02")
async def test_what_is_kept_after_a_stop_never_reaches_the_stopped(players: Players) -> None:
    orders, chance = figure(10, 40, 2_000), random.Random(2)
    print("seed 2")
    late = 0
    for number in range(orders):
        if number % EACH == 0:
            noor, grants, found = await scene(players, ("Noor", "Sam", "Bram")[number // EACH % 3])
            connections = [Connection(players.town.origin, players.fatima) for _ in range(READERS)]  # type: ignore[attr-defined]
        turn = Round(connections, found[number % EACH])
        signed = number % 4 == 0

        async def stops_and_keeps(turn: Round = turn, signed: bool = signed, at: int = number % EACH) -> str:
            await turn.until(chance.randrange(3, 12))
            if signed:
                await noor.stops(grants[at])  # type: ignore[index]
                rid = (await noor.keeps("school", {"title": "after"}, NOTE)).rid
            else:
                await noor.device.consent("POST", f"/grants/{turn.target.jti}/stops", json={"statement": None})
                rid = await players.post.deposits(players.may_bring, "school", {"text": "after"}, NOTE)  # type: ignore[attr-defined]
            await asyncio.sleep(0.02)
            turn.over = True
            return str(rid)

        kept, *_ = await asyncio.gather(stops_and_keeps(), *(turn.reader(one) for one in connections))
        if kept in turn.given():
            raise PromiseBroken("P02", f"order {number}: kept after the stop, and handed out to the stopped grant")
        late += sum(answer.status == 403 for answer in turn.answers)
        assert {answer.status for answer in turn.answers} == {200, 403}
    assert late >= orders
    print(f"P02: {orders} orders, {late} reads refused, nothing that was kept after a stop was read")
