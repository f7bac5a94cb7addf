# SPDX-License-Identifier: EUPL-1.2
"""P26: PostgreSQL killed under load. A consent process looks with eight at once while `kill -9` ends its database again and
again; it is never restarted itself. Every look that was answered is in the log, once; the log has no gap and verifies;
after each kill it answers again by itself."""

import asyncio
import multiprocessing
import random
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe

import pytest

from chassis.database import Unavailable
from formats.event import verify_look
from tests.consent.registry import Registry
from tests.databases import Cluster
from tests.faults.promises import PromiseBroken, figure

Made = Callable[[str], tuple[str, str]]
WRITERS = 8


def looks_for_ever(url: str, given: list[tuple[str, str]], answers: Pipe) -> None:
    """The process under test."""

    async def main() -> None:
        registry = Registry.at(url)
        await registry.ledger.start()

        async def writer() -> None:
            while True:
                try:
                    found = await registry.asking.ask(registry.look(*random.choice(given)))
                except Unavailable:
                    await asyncio.sleep(0.02)
                else:
                    answers.send(found.entry.look())

        await asyncio.gather(*(writer() for _ in range(WRITERS)))

    asyncio.run(main())


@pytest.mark.promise("P26")
def test_kill_nine_of_the_database_loses_nothing(cluster: Cluster, ready: Made) -> None:
    url, _ = ready("consent")

    async def begins() -> list[tuple[str, str]]:
        registry = Registry.at(url)
        await registry.start()
        people = [await registry.person() for _ in range(4)]
        made = [(await registry.grant(person, drw), drw) for person, drw in people]
        await registry.close()
        return made

    given, chance, kills = asyncio.run(begins()), random.Random(26), figure(3, 2, 10)
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=looks_for_ever, args=(url, given, theirs), daemon=True)
    process.start()
    theirs.close()
    said: list[dict[str, str]] = []
    try:
        for _ in range(kills):
            for _ in range(chance.randrange(10, 60)):
                said.append(_next(ours))
            cluster.kill()
            while ours.poll(0.3):  # what was answered before; then silence
                said.append(ours.recv())
            cluster.start()
        said += [_next(ours) for _ in range(20)]
    finally:
        process.kill()
        process.join()
    try:
        while ours.poll(0.1):
            said.append(ours.recv())
    except EOFError:
        pass
    asyncio.run(proves(url, said))
    print(f"P26: {kills} kills, {len(said)} answered looks: all there, no gap, each once")


def _next(answers: Pipe) -> dict[str, str]:
    if not answers.poll(60):
        raise PromiseBroken("P26", "it does not answer again")
    found: dict[str, str] = answers.recv()
    return found


async def proves(url: str, said: list[dict[str, str]]) -> None:
    registry = Registry.at(url)
    await registry.ledger.start()
    rows = await registry.rows()
    if [row.idx for row in rows] != list(range(len(rows))):
        raise PromiseBroken("P26", "the log has a gap")
    await registry.verified()
    kept, seen = {row.idx: row.entry for row in rows}, set()
    for look in said:
        found = verify_look(look, registry.policy(), witnessed=False)
        if kept.get(found.index) != found.entry or found.index in seen:
            raise PromiseBroken("P26", f"answered line {found.index} is not there, or another, or there twice")
        seen.add(found.index)
    await registry.close()
