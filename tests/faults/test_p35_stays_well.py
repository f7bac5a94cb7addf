# SPDX-License-Identifier: EUPL-1.2
"""P35: it stays well. Reads for twenty minutes, and afterwards the servers hold what they held after the first of them:
memory, open files, threads, and the write-ahead logs of their databases.

Nightly. With a twin it is short: what leaks with every look shows after a thousand.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.scene import roomy_catalogue
from tests.faults.forked import forked
from tests.faults.promises import figure, twin
from tests.faults.reading import Connection, Target, targets
from tests.town import Players, Servers

pytestmark = [pytest.mark.nightly, pytest.mark.promise("P35"), pytest.mark.sqlite]
READERS = 8
WARM, READS = figure(400, 2_000, 5_000), figure(800, 20_000, 60_000)
EACH_SECOND = 50
MEGABYTE = 1024 * 1024
WAL = 16 * MEGABYTE
NOTE = "urn:kluisje:schema:note:1"


@dataclass(frozen=True)
class Health:
    """What one process holds now. memory: octets that are really in use."""

    memory: int
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Health":
        told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
        files = len(os.listdir(f"/proc/{pid}/fd"))
        return cls(int(told["VmRSS"].split()[0]) * 1024, files, int(told["Threads"]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    if not Path("/proc/self/status").exists():
        pytest.skip("what a process holds is read from /proc")
    folder = tmp_path_factory.mktemp("soak")
    many = str(roomy_catalogue(folder / "catalogue"))
    with forked(folder, "one", KLUISJE_CONSENT_CATALOGUE=many, KLUISJE_CONSENT_CATALOGUE_KEY="") as town:
        yield town


@pytest.fixture
async def players(made: Servers) -> AsyncIterator[Players]:
    found = Players(made)
    yield found
    await found.close()


async def reads(players: Players, target: Target, many: int) -> float:
    """So many reads by all readers together, at most fifty a second in a real night; answers the minutes."""
    began, left, waits = time.monotonic(), [many], 0.0 if twin() else READERS / EACH_SECOND
    fatima = players.fatima  # type: ignore[attr-defined]

    async def reader() -> None:
        connection = Connection(players.town.origin, fatima)
        while left[0] > 0:
            left[0] -= 1
            answer = await connection.read(target)
            assert answer.status == 200, answer.status
            await asyncio.sleep(waits)
        connection.close()

    await asyncio.gather(*(reader() for _ in range(READERS)))
    return (time.monotonic() - began) / 60


async def test_after_many_reads_the_servers_hold_what_they_held(made: Servers, players: Players) -> None:
    fatima, noor = await players.caseworker(), await players.citizen("Noor")
    await noor.keeps("school", {"title": "x"}, NOTE)
    asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    [target] = await targets(players, fatima, [await noor.allows(asked)])
    players.fatima = fatima  # type: ignore[attr-defined]
    await reads(players, target, WARM)
    await asyncio.sleep(1)
    before = {name: Health.of(pid) for name, pid in made.pids.items()}
    minutes = await reads(players, target, READS)
    await asyncio.sleep(1)
    after = {name: Health.of(pid) for name, pid in made.pids.items()}
    for name, was in before.items():
        now = after[name]
        grown = (now.memory - was.memory) / MEGABYTE
        print(
            f"{name}: {grown:+.1f} MB, {now.files - was.files:+} files, {now.threads - was.threads:+} threads, {minutes:.1f} min"
        )
        assert grown < 8 + minutes, f"{name} keeps {grown:.0f} MB of {READS} reads"
        assert now.files <= was.files + 4, f"{name} keeps files open"
        assert now.threads <= was.threads + 2, f"{name} keeps threads"
    for wal in made.town.folder.glob("data/*-wal"):
        assert wal.stat().st_size < WAL, f"{wal.name} grows"
