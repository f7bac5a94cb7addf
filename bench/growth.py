# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.growth`: the same enforced read in a small town and in ones with up to millions of grants, in one run.

The servers are up on the same core, the rounds are interleaved, and each town has the same few real readers: the copies
around them make tables and indexes as large and as deep as they would be. Prints p50 and p99 of each large one against the
small of the same database (performance.md: at most 1.3 at 5,000,000 grants), and writes docs/performance-growth.md.

    --grants N …       in the large towns on SQLite (100,000 1,000,000); 9 kB of disk each, 90 s of CPU a million
    --postgresql N …   in those on PostgreSQL (100,000), where it is installed; none: it is left out
    --rounds N         rounds (7)

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
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bench.growing import EACH
from bench.place import OnPostgresql, Place
from bench.report import Result, Spread, spread
from bench.scene import ROOT, stand_aside
from kluisje.http import Http
from tests.databases import Cluster, programs

SMALL = 1_000
LEVELS = {1: 400, 16: 1000}
"""Reads of one round by how many are in flight."""
BAR = 1.3


Measured = dict[int, list[dict[int, Result]]]
"""In flight -> rounds of the result of each town, by its grants."""
Ratios = Mapping[tuple[int, int, str], Spread]
"""(grants, in flight, figure) -> large against small, round by round."""
Found = Mapping[str, tuple[Ratios, Mapping[int, int]]]
"""Database -> its ratios, and the bytes of each town's databases."""


async def measure(places: Mapping[int, Place], rounds: int, share: int) -> tuple[Measured, dict[int, int]]:
    """The rounds, and the bytes of each town's databases."""
    http = Http()
    sizes = {grants: await place.settle(http, grants) for grants, place in places.items()}
    measured: Measured = {level: [] for level in LEVELS}
    stand_aside()  # from here on: whoever fills may use every core
    with ExitStack() as up:
        for place in places.values():
            place.process(up)
        for count in range(rounds + 1):
            for level in LEVELS:
                # Who is first changes: what the one leaves behind in the machine's caches is not the other's gain.
                first = count % len(places)
                order = [*places][first:] + [*places][:first]
                found = {grants: await places[grants].round(level, LEVELS[level] // share) for grants in order}
                if count:
                    measured[level].append(found)
            print(f"  round {count} of {rounds}" if count else "  warmed up", file=sys.stderr, flush=True)
    await http.close()
    return measured, sizes


def ratios(measured: Measured) -> Ratios:
    """Each large town against the small, of p50, p99 and CPU."""
    return {
        (grants, level, name): spread([getattr(one[grants], name) / getattr(one[SMALL], name) for one in rounds])
        for level, rounds in measured.items()
        for grants in rounds[0]
        if grants != SMALL
        for name in ("p50", "p99", "cpu")
    }


def reached(found: Ratios, grants: int) -> bool:
    """Whether the bar holds for the town of this size."""
    return all(found[grants, level, name].middle <= BAR for level in LEVELS for name in ("p50", "p99"))


def page(found: Found, rounds: int) -> str:
    """docs/performance-growth.md."""
    rows, met = [], []
    for database, (measured, sizes) in found.items():
        for grants in sizes:
            if grants == SMALL:
                continue
            met.append(f"{'met' if reached(measured, grants) else '**missed**'} at {grants:,} on {database}")
            for level in LEVELS:
                told = " | ".join(measured[grants, level, name].show(".2f") for name in ("p50", "p99", "cpu"))
                rows.append(f"| {database} | {grants:,} | {sizes[grants] / 1e6:,.0f} MB | {level} | {told} |")
    return "\n".join(
        [
            "# Performance: as it grows",
            "",
            "Written by `python -m bench.growth`; do not edit. The same enforced read in several towns, side by side in one",
            f"run: one with {SMALL:,} grants, the others with more ({EACH} for each person). Copies of one person's rows",
            "fill the tables; the log is not copied, and the pages around the read grant are warm in all of them.",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}; CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version};",
            f"{rounds} interleaved rounds; load of the machine {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores (one that",
            "does other things too widens the spreads, in p99 above all). On PostgreSQL the CPU is our process's alone.",
            "",
            "| database | grants | size | in flight | p50, large ÷ small | p99 | CPU of a read |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"The bar is {BAR} at 5,000,000 grants: {', '.join(met)}.",
            "",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--grants", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--postgresql", type=int, nargs="*", default=[100_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="small rounds, nothing written: does it run?")
    given = parser.parse_args(arguments)
    share, found = 10 if given.quick else 1, dict[str, tuple[Ratios, Mapping[int, int]]]()

    def measured(database: str, towns: Mapping[int, Place]) -> None:
        """Measures and writes down: what comes after it may fail, and this took an hour."""
        rounds, sizes = asyncio.run(measure(towns, given.rounds, share))
        found[database] = ratios(rounds), sizes
        text = page(found, given.rounds)
        print(text, flush=True)
        if not given.quick:
            (ROOT / "docs" / "performance-growth.md").write_text(text, "utf-8")

    with tempfile.TemporaryDirectory(prefix="kluisje-growth-") as place, ExitStack() as up:
        if on_postgresql := bool(given.postgresql) and programs() is not None:
            cluster = Cluster(shared_buffers="1GB", max_wal_size="4GB")
            up.callback(cluster.remove)
            cluster.start()  # before we stand aside, so that it may use every core
            cluster.roles()
        if given.grants:
            measured("SQLite", {grants: Place(Path(place, f"t{grants}")) for grants in (SMALL, *given.grants)})
        if on_postgresql:
            sizes = (SMALL, *given.postgresql)
            measured("PostgreSQL", {n: OnPostgresql(Path(place, f"p{n}"), cluster) for n in sizes})
    told = {
        f"{name} at {level}, {n} grants, {database}": one.middle
        for database, (ratio, _) in found.items()
        for (n, level, name), one in ratio.items()
    }
    print(json.dumps(told))
    good = [reached(one, n) for one, sizes in found.values() for n in sizes if n != SMALL]
    return int(not given.quick and not all(good))


if __name__ == "__main__":
    sys.exit(main())
