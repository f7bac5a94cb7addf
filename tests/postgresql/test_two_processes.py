# SPDX-License-Identifier: EUPL-1.2
"""P06: two consent processes on one PostgreSQL are one: one log without a gap, one root, and a stop at one holds at the
other. What counts once counts once over both."""

import asyncio
import gc
import os
import traceback
from collections.abc import Callable

import pytest

from chassis.database import Unavailable, claim_proof
from consent.look import LookRefused
from consent.tables import grants, proofs
from formats.event import verify_look
from tests.consent.registry import NOW, Registry
from tests.faults.promises import PromiseBroken, figure

Made = Callable[[str], tuple[str, str]]
CLIENTS = 8
"""Of each process."""
STILL = 0.9
"""Seconds without any answer after which a look may be told to try again: a machine that stands still for a second (one
that runs these tests did) ends the wait for the other process, and two seconds end a batch."""


async def _looks(url: str, given: list[tuple[str, str]], each: int) -> tuple[int, int]:
    """What `CLIENTS` at once do: each looks `each` times; answers how many looks were answered, and how many were told
    that it could not be done now, and were asked again."""
    registry = Registry.at(url)
    await registry.ledger.start()
    clock = asyncio.get_running_loop().time
    answered, again, last = 0, 0, clock()

    async def client(number: int) -> None:
        nonlocal answered, again, last
        for turn in range(each):
            while True:
                try:
                    found = await registry.asking.ask(registry.look(*given[(number + turn) % len(given)]))
                    break
                except Unavailable:
                    if clock() - last < STILL or again > 2 * CLIENTS:
                        raise
                    again += 1
            verify_look(found.entry.look(), registry.policy(), witnessed=False)
            answered, last = answered + 1, clock()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    await registry.close()
    return answered, again


def _in_two_processes(url: str, given: list[tuple[str, str]], each: int) -> list[tuple[int, int]]:
    gc.freeze()  # a collection in a fork would copy all that the tests before this one left
    children = []
    for _ in range(2):
        out, into = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.write(into, "{} {}".format(*asyncio.run(_looks(url, given, each))).encode())
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(into)
        children.append((pid, out))
    answers = []
    for pid, out in children:
        with os.fdopen(out) as read:
            answered, again = read.read().split() or (0, 0)
            answers.append((int(answered), int(again)))
        os.waitpid(pid, 0)
    return answers


@pytest.mark.promise("P06")
def test_two_processes_write_one_log(ready: Made) -> None:
    url, _ = ready("consent")

    async def begins() -> list[tuple[str, str]]:
        registry = Registry.at(url)
        await registry.start()
        people = [await registry.person() for _ in range(4)]
        made = [(await registry.grant(person, drw), drw) for person, drw in people]
        await registry.close()
        return made

    given = asyncio.run(begins())
    each = figure(10, 32, 1_250)
    answers = _in_two_processes(url, given, each)
    if [answered for answered, _ in answers] != [CLIENTS * each] * 2:
        raise PromiseBroken("P06", f"{answers} of {CLIENTS * each} looks each were answered, and asked again")
    looks = 2 * CLIENTS * each
    most = looks + sum(again for _, again in answers)  # a commit that came too late may have kept its line

    async def proves() -> None:
        registry = Registry.at(url)
        await registry.ledger.start()
        rows = await registry.rows()
        numbers = {row.vlt: sorted(one.n for one in rows if one.vlt == row.vlt) for row in rows}
        gapless = [row.idx for row in rows] == list(range(len(rows))) and looks <= len(rows) <= most
        if not gapless or any(found != list(range(len(found))) for found in numbers.values()):
            raise PromiseBroken("P06", "the log has a gap, or a number twice")
        await registry.verified()
        await registry.close()

    asyncio.run(proves())


@pytest.mark.promise("P06")
async def test_a_stop_at_one_holds_at_the_other(ready: Made) -> None:
    url, _ = ready("consent")
    a, b = Registry.at(url), Registry.at(url)  # they share nothing but the database
    await a.start()
    await b.ledger.start()
    people = [await a.person() for _ in range(figure(4, 12, 100))]
    given = [(person, await a.grant(person, drw), drw) for person, drw in people]
    for person, grant, drw in given:
        await b.asking.ask(b.look(grant, drw))

        def ends(connection: object, batch: object, grant: str = grant, vlt: str = person.vlt) -> None:
            row = {"ended_at": NOW, "ended_why": "withdrawn"}
            connection.execute(grants.update().where(grants.c.vlt == vlt, grants.c.jti == grant).values(row))  # type: ignore[attr-defined]

        async def looks_on(grant: str = grant, drw: str = drw) -> None:
            for _ in range(3):
                try:
                    await b.asking.ask(b.look(grant, drw))
                except LookRefused:
                    return

        beside = asyncio.create_task(looks_on())
        await a.ledger.run(ends, stop=True)
        try:
            await b.asking.ask(b.look(grant, drw))
        except LookRefused:
            pass
        else:
            raise PromiseBroken("P06", "a look at the other process after a stop at this one")
        await beside
    heads = [row.idx for row in await a.rows()]
    assert heads == list(range(len(heads)))
    await a.close()
    await b.close()


@pytest.mark.promise("P20")
async def test_a_proof_counts_once_over_both(ready: Made) -> None:
    url, _ = ready("consent")
    both = [Registry.at(url), Registry.at(url)]
    for turn in range(5):
        claims = [
            one.database.write(lambda c, turn=turn: claim_proof(c, proofs, "key", f"j{turn}", NOW, 120), about="key")
            for one in both * 8
        ]
        assert sorted(await asyncio.gather(*claims)) == [False] * 15 + [True]
    for one in both:
        one.database.close()
