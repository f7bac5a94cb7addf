# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.growth`: the same enforced read in a small town and in one with millions of grants, in one run.

Both servers are up on the same core, the rounds are interleaved, and each town has the same few real readers: the copies
around them make tables and indexes as large and as deep as they would be. Prints p50 and p99 of the large against the
small (performance.md: at most 1.3 at 5,000,000 grants), and writes docs/performance-growth.md.

    --grants N     in the large town (1,000,000); about 9 kB of disk each     --rounds N     rounds (7)

Not measured: a log as long (its tree is read along one path, 26 hashes at 50,000,000 entries), and a cache as cold as a
day of strangers makes it.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from bench.__main__ import Wrong, cpu_of
from bench.growing import EACH, grow
from bench.load import play
from bench.report import Result, Spread, spread
from bench.scene import LOAD_CORE, ROOT, Scene, free_port, play_out, process, town_in
from demo.town import Town
from kluisje.http import Http

SMALL = 1_000
LEVELS = {1: 400, 16: 2000}
"""Reads of one round by how many are in flight."""
BAR = 1.3


class Place:
    """One of the two towns: its server, its readers, its size."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.town: Town
        self.town, self.environment = town_in(folder, free_port())
        self.scene: Scene
        self.pid = 0

    def process(self, up: ExitStack) -> None:
        port = int(self.environment["KLUISJE_PORT"])
        self.pid = up.enter_context(
            process("bench.server", environment=self.environment, port=port, log=self.folder / "server.log")
        )

    async def settle(self, http: Http, grants: int) -> int:
        """Noor keeps, allows and is read; then the town grows around her. Bytes of its databases."""
        with ExitStack() as up:
            self.process(up)
            self.scene = await play_out(self.town, http)
        data = self.town.folder / "data"
        with closing(sqlite3.connect(data / "consent.sqlite3")) as consent:
            grant = self.scene.allowed.path.split("/")[4]
            [(vlt,)] = consent.execute("SELECT vlt FROM grants WHERE jti = ?", (grant,))
        for part in ("consent", "vault"):
            began = time.monotonic()
            rows = grow(data / f"{part}.sqlite3", vlt, grants // EACH)
            print(f"  {part}: {rows:,} rows in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        return sum(file.stat().st_size for file in data.glob("*.sqlite3"))

    async def round(self, level: int, share: int) -> Result:
        """Reads of the grant that stands. Raises Wrong for any other answer than 200."""
        await self.scene.allowed.refresh()
        number = LEVELS[level] // share
        requests, before = self.scene.allowed.requests(number), cpu_of(self.pid)
        done = await play(self.town.origin, requests, level)
        if done.statuses != {200: number}:
            raise Wrong(f"{dict(done.statuses)}")
        return Result(done.rate, done.p50, done.p99, (cpu_of(self.pid) - before) / number * 1e6)


Measured = dict[int, list[tuple[Result, Result]]]
"""In flight -> rounds of (small, large)."""


async def measure(small: Place, large: Place, grants: int, rounds: int, share: int) -> tuple[Measured, int, int]:
    """The rounds, and the bytes of both towns' databases."""
    http = Http()
    sizes = await small.settle(http, SMALL), await large.settle(http, grants)
    measured: Measured = {level: [] for level in LEVELS}
    with ExitStack() as up:
        small.process(up)
        large.process(up)
        for count in range(rounds + 1):
            for level in LEVELS:
                # Who is first changes: what the one leaves behind in the machine's caches is not the other's gain.
                order = (small, large) if count % 2 else (large, small)
                found = {place: await place.round(level, share) for place in order}
                if count:
                    measured[level].append((found[small], found[large]))
            print(f"  round {count} of {rounds}" if count else "  warmed up", file=sys.stderr, flush=True)
    await http.close()
    return measured, *sizes


def ratios(measured: Measured) -> dict[tuple[int, str], Spread]:
    """Large against small, round by round, of p50, p99 and CPU."""
    return {
        (level, name): spread([getattr(large, name) / getattr(small, name) for small, large in rounds])
        for level, rounds in measured.items()
        for name in ("p50", "p99", "cpu")
    }


def page(found: Mapping[tuple[int, str], Spread], grants: int, sizes: Sequence[int], rounds: int) -> str:
    """docs/performance-growth.md."""
    rows = [
        f"| {level} | " + " | ".join(found[level, name].show(".2f") for name in ("p50", "p99", "cpu")) + " |"
        for level in LEVELS
    ]
    reached = all(found[level, name].middle <= BAR for level in LEVELS for name in ("p50", "p99"))
    return "\n".join(
        [
            "# Performance: as it grows",
            "",
            "Written by `python -m bench.growth`; do not edit. The same enforced read in two towns, side by side in one run:",
            f"one with {SMALL:,} grants, one with {grants:,} ({EACH} for each person). Copies of one person's rows fill",
            "the tables; the log is not copied, and the pages around the read grant are warm in both.",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}; CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version};",
            f"{rounds} interleaved rounds; databases {sizes[0] / 1e6:,.0f} MB and {sizes[1] / 1e6:,.0f} MB.",
            "",
            "| in flight | p50, large ÷ small | p99 | CPU of a read |",
            "|---|---|---|---|",
            *rows,
            "",
            f"The bar is {BAR} at 5,000,000 grants: {'met' if reached else '**missed**'} at {grants:,}.",
            "",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--grants", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="small rounds, nothing written: does it run?")
    given = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory(prefix="kluisje-growth-") as place:
        small, large = Place(Path(place, "small")), Place(Path(place, "large"))
        share = 10 if given.quick else 1
        measured, *sizes = asyncio.run(measure(small, large, given.grants, given.rounds, share))
    found = ratios(measured)
    text = page(found, given.grants, sizes, given.rounds)
    print(text)
    print(json.dumps({f"{name} at {level}": one.middle for (level, name), one in found.items()}))
    if not given.quick:
        (ROOT / "docs" / "performance-growth.md").write_text(text, "utf-8")
    return int(any(found[level, name].middle > BAR for level in LEVELS for name in ("p50", "p99")) and not given.quick)


if __name__ == "__main__":
    sys.exit(main())
