# SPDX-License-Identifier: EUPL-1.2
"""Promise P05, in one component: the log never shrinks or forks, whatever kills the process, and what was answered
stays. A process of its own looks as fast as it can and says what it was answered; it gets SIGKILL; the next one goes on
with the same file."""

import asyncio
import multiprocessing
import os
import random
import signal
from itertools import pairwise
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest

from consent.proving import checkpoint
from formats.event import verify_look
from formats.tree import verify_consistency
from tests import databases
from tests.consent.registry import HOST, Registry

KILLS = 24
READERS = 16


def reads_until_killed(path: Path, grants: list[tuple[str, str]], acknowledged: Pipe) -> None:
    """The process under test."""

    async def main() -> None:
        registry = Registry(path, ready=True)
        await registry.ledger.start()

        async def reads() -> None:
            while True:
                found = await registry.asking.ask(registry.look(*random.choice(grants)))
                acknowledged.send(found.entry.look())

        await asyncio.gather(*(reads() for _ in range(READERS)))

    asyncio.run(main())


@pytest.mark.promise("P05")
@pytest.mark.promise("P03")
def test_kill_nine_loses_nothing_and_forks_nothing(migrated: Path, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    path = tmp_path / "consent.sqlite3"
    databases.copy(migrated, path)

    async def prepare() -> list[tuple[str, str]]:
        registry = Registry(path, ready=True)
        await registry.start()
        people = [await registry.person() for _ in range(8)]
        grants = [(await registry.grant(person, drw), drw) for person, drw in people]
        await registry.close()
        return grants

    grants = asyncio.run(prepare())
    fork = multiprocessing.get_context("fork")
    looks: list[dict[str, str]] = []
    for _ in range(KILLS):
        ours, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=reads_until_killed, args=(path, grants, theirs), daemon=True)
        process.start()
        theirs.close()
        looks.append(ours.recv())  # it works; now at any moment
        while ours.poll(chance.uniform(0.0, 0.004)) and chance.random() > 0.01:
            looks.append(ours.recv())
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        try:
            while True:
                looks.append(ours.recv())
        except (EOFError, OSError):
            process.join()
    assert databases.sound(path)
    asyncio.run(proves(path, looks))


async def proves(path: Path, looks: list[dict[str, str]]) -> None:
    """Every acknowledged look is an entry of the log as it now is, and all checkpoints are of this one log."""
    registry = Registry(path, ready=True)
    await registry.ledger.start()
    await registry.verified()
    stored = {row.idx: row.entry for row in await registry.rows()}
    known = {}
    for look in looks:
        found = verify_look(look, registry.policy(), witnessed=False)
        assert stored[found.index] == found.entry, f"P05: acknowledged line {found.index} is another one"
        known[found.checkpoint.size] = found.checkpoint
    origin = f"log.{HOST}/2026h2"
    head = await registry.database.read(lambda c: checkpoint(c, origin))
    assert head is not None
    ordered = [known[size] for size in sorted(known)]
    pairs = list(pairwise(ordered)) + [(random.choice(ordered), ordered[-1]) for _ in range(100)]
    assert ordered[-1].size <= head.size
    for old, new in pairs:
        hashes = await registry.growth(old.size, new.size)
        verify_consistency(old.size, old.root, new.size, new.root, hashes)
    await registry.close()
