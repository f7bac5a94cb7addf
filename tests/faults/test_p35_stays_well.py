# SPDX-License-Identifier: EUPL-1.2
"""P35: it stays well. Fifty looks a second for twenty minutes, and afterwards the servers hold what they held before: memory,
open files, threads, and the write-ahead logs of their databases. One look in ten is refused, and a reader leaves and comes
back now and then: what is left behind only there shows as well.

Nightly: one process on SQLite, a process per part on PostgreSQL. With a twin it is short: what is kept of every look
shows after some hundreds.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from kluisje.organisation import Caseworker
from tests import databases
from tests.faults.forked import roomy
from tests.faults.promises import PromiseBroken, figure, twin
from tests.faults.reading import Connection, Target, targets
from tests.town import Players, Servers

pytestmark = [pytest.mark.nightly, pytest.mark.promise("P35")]
READERS, EACH_SECOND = 8, 50
WARM = figure(100, 1_000, 20_000)
"""Looks before the first measure: by then the caches are full. That of SQLite takes 32 MB (chassis/sqlite.py) and fills in
some five minutes."""
LOOKS = figure(150, 3_000, 60_000)
REFUSED, LEAVES = 10, 100
"""One look in so many is of a grant that was stopped; after so many a reader comes back on another connection."""
MEGABYTE = 1024 * 1024
WAL = 100 * MEGABYTE
"""SQLite empties its write-ahead log at 20,000 pages, 78 MB (chassis/sqlite.py)."""
MORE = 10
"""Megabytes that a process may hold more: half of one a minute, 170 octets a look."""
NOTE = "urn:kluisje:schema:note:1"


@dataclass(frozen=True)
class Health:
    """What one process holds now. memory: its own octets, without the files that it has mapped."""

    memory: int
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Health":
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        told = {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines) if value.split()}
        memory = (int(told["RssAnon"]) + int(told["VmSwap"])) * 1024
        return cls(memory, len(os.listdir(f"/proc/{pid}/fd")), int(told["Threads"]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    if not Path("/proc/self/status").exists():
        pytest.skip("what a process holds is read from /proc")
    folder = tmp_path_factory.mktemp("soak")
    with roomy(folder, "separate" if databases.ON_POSTGRESQL else "one") as town:
        yield town


async def looks(players: Players, reader: Caseworker, given: Sequence[Target], many: int) -> None:
    """So many looks by all readers together, fifty a second; with a twin as fast as they can. given: one that runs, one
    that was stopped."""
    runs, stopped = given
    loop, numbers = asyncio.get_running_loop(), iter(range(many))
    began = loop.time()

    async def one() -> None:
        connection = Connection(players.town.origin, reader)
        for number in numbers:
            if twin() is None:
                await asyncio.sleep(began + number / EACH_SECOND - loop.time())
            refused = number % REFUSED == REFUSED - 1
            answer = await connection.read(stopped if refused else runs)
            assert answer.status == (403 if refused else 200), (number, answer)
            if number % LEAVES == LEAVES - 1:
                connection.close()
        connection.close()

    await asyncio.gather(*(one() for _ in range(READERS)))


async def two_grants(players: Players, reader: Caseworker) -> Sequence[Target]:
    """One that runs, and one that its person stopped."""
    noor, sam = await players.citizen("Noor"), await players.citizen("Sam")
    for person in (noor, sam):
        await person.keeps("school", {"title": "x"}, NOTE)
    asked = [await reader.asks(one, for_="back-to-school", about=["school"], days=30) for one in (noor, sam)]
    given = [await one.allows(each) for one, each in zip((noor, sam), asked, strict=True)]
    await sam.stops(given[1].jti)
    return await targets(players, reader, given)


async def holds(made: Servers) -> dict[str, Health]:
    """Each process, a moment after the last look."""
    await asyncio.sleep(1)
    return {name: Health.of(pid) for name, pid in made.pids.items()}


async def test_after_twenty_minutes_of_looks_the_servers_hold_what_they_held(made: Servers, players: Players) -> None:
    fatima = await players.caseworker()
    given = await two_grants(players, fatima)
    await looks(players, fatima, given, WARM)
    before = await holds(made)
    await looks(players, fatima, given, LOOKS)
    after = await holds(made)
    kept: list[str] = []
    for name, was in before.items():
        now = after[name]
        grown = (now.memory - was.memory) / MEGABYTE
        files, threads = now.files - was.files, now.threads - was.threads
        print(
            f"{name}: {was.memory / MEGABYTE:.0f} MB {grown:+.1f}, {was.files} files {files:+}, {was.threads} threads {threads:+}"
        )
        kept += [f"{name} keeps {grown:.0f} MB"] * (grown > MORE)
        kept += [f"{name} keeps {files} files open"] * (files > READERS)
        kept += [f"{name} keeps {threads} threads"] * (threads > READERS)
    logs = {path.name: path.stat().st_size for path in made.town.folder.rglob("*-wal")}
    print({name: f"{size / MEGABYTE:.0f} MB" for name, size in logs.items()})
    assert databases.ON_POSTGRESQL or len(logs) >= 3, "the logs of the databases lie elsewhere"
    kept += [f"{name} has {size} octets" for name, size in logs.items() if size > WAL]
    if kept:
        raise PromiseBroken("P35", f"after {LOOKS} looks: {'; '.join(kept)}")
