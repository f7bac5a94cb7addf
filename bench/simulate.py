# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.simulate`: ten million vaults, a hundred million grants, fifty million reads a day. What breaks first?

Two halves. What is measured here and now: the time of a batch of the ledger by its size, and the bytes that a read, a grant
and a vault leave on disk. What is simulated with it: the queue before each log at the busiest second of the day, event by
event, for one log and for more; and what lies on disk after a year. Writes docs/performance-simulation.md.
"""

import argparse
import asyncio
import os
import random
import sqlite3
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.growing import EACH, grow
from bench.load import play
from bench.scene import ROOT, free_port, play_out, process, stand_aside, town_in
from demo.town import Town
from kluisje.http import Http

VAULTS, GRANTS, READS_A_DAY = 10_000_000, 100_000_000, 50_000_000
OFFICE_SHARE, OFFICE_HOURS, RUSH = 0.8, 8, 1.6
"""Four fifths of the looks come in office hours, and the busiest quarter of an hour has 1.6 times their average."""
BUSIEST = READS_A_DAY * OFFICE_SHARE / (OFFICE_HOURS * 3600) * RUSH
"""Reads a second, all logs together."""
LOGS = (1, 2, 4, 8, 16, 32, 64)
MOST = 64
"""Items of one batch (consent/ledger.py)."""
SECONDS = 30
"""Of simulated time, after as long to warm up."""


@dataclass(frozen=True)
class Costs:
    """What was measured. fixed, each: seconds of a batch = fixed + each · items, in one process on one core, with all
    that a read does in it. read, grant, vault: bytes on disk."""

    fixed: float
    each: float
    read: float
    grant: float
    vault: float


@dataclass(frozen=True)
class Queue:
    """One log at its busiest. busy: share of the time; batch: items, on average; ms."""

    logs: int
    busy: float
    batch: float
    p50: float
    p99: float


def queue(costs: Costs, logs: int, seed: int = 7) -> Queue | None:
    """Simulates one of `logs` equal logs; None when it cannot keep up.

    Looks come at random (Poisson); the writer takes what waits when it is free, at most `MOST`.
    """
    rate, order = BUSIEST / logs, random.Random(seed)
    if rate * (costs.fixed / MOST + costs.each) >= 1:
        return None
    waiting: deque[float] = deque()
    now, come, worked, batches, took = 0.0, order.expovariate(rate), 0.0, 0, list[float]()
    while now < 2 * SECONDS:
        if not waiting:
            now = max(now, come)
        while come <= now:
            waiting.append(come)
            come += order.expovariate(rate)
        batch = [waiting.popleft() for _ in range(min(MOST, len(waiting)))]
        time = costs.fixed + costs.each * len(batch)
        now += time
        if now > SECONDS:
            worked, batches = worked + time, batches + 1
            took += [now - arrived for arrived in batch]
    took.sort()
    p50, p99 = (took[len(took) * part // 100] * 1000 for part in (50, 99))
    return Queue(logs, worked / SECONDS, len(took) / batches, p50, p99)


async def measured(town: Town, environment: dict[str, str], folder: Path, reads: int) -> Costs:
    """Plays a day in a small town and weighs it."""
    data, http = town.folder / "data", Http()
    times: dict[int, float] = {}
    with ExitStack() as up:
        port = int(environment["KLUISJE_PORT"])
        up.enter_context(process("bench.server", environment=environment, port=port, log=folder / "log"))
        scene = await play_out(town, http)
        before = _bytes(data / "consent.sqlite3")
        for level in (1, MOST):
            rates = []
            for _ in range(5):
                await scene.allowed.refresh()
                rates.append((await play(town.origin, scene.allowed.requests(reads // 10), level)).rate)
            times[level] = 1 / median(rates)
        per_read = (_bytes(data / "consent.sqlite3") - before) / (reads // 10 * 10)
    await http.close()
    with closing(sqlite3.connect(data / "consent.sqlite3")) as consent:
        jti = scene.allowed.path.split("/")[4]
        [(vlt,)] = consent.execute("SELECT vlt FROM grants WHERE jti = ?", (jti,))
    grown, people = 0.0, 2000
    for part in ("consent", "vault"):
        size = _bytes(data / f"{part}.sqlite3")
        grow(data / f"{part}.sqlite3", vlt, people)
        grown += _bytes(data / f"{part}.sqlite3") - size
    each_person = grown / people
    fixed = (times[1] - times[MOST]) * MOST / (MOST - 1)
    grant = each_person / (EACH + 1)  # a vault with its card, drawers and first papers weighs about as much as a grant
    return Costs(fixed, times[MOST] - fixed / MOST, per_read, grant, grant)


def _bytes(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(pages,)] = connection.execute("PRAGMA page_count")
        [(size,)] = connection.execute("PRAGMA page_size")
    return int(pages * size)


def page(costs: Costs) -> str:
    """docs/performance-simulation.md."""
    rows = []
    for logs in LOGS:
        found = queue(costs, logs)
        rows.append(
            f"| {logs} | cannot keep up | | | |"
            if found is None
            else f"| {logs} | {found.busy:.0%} | {found.batch:.1f} | {found.p50:.1f} | {found.p99:.1f} |"
        )
    year, tb = READS_A_DAY * 365 * costs.read, 1e12
    alone = 1 / (costs.fixed / MOST + costs.each)
    return "\n".join(
        [
            "# Performance: a country, simulated",
            "",
            "Written by `python -m bench.simulate`; do not edit. What is measured: one process on one core of this machine.",
            "What is simulated: the queue before each log, event by event, at the busiest second of the day.",
            "",
            f"{datetime.now(UTC):%Y-%m-%d}; load of the machine {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores. Above",
            "one the costs are those of a machine that did other things as well, and too high: then only the order in which",
            "things break says something, not how many logs it takes.",
            "",
            f"{VAULTS:,} vaults, {GRANTS:,} grants, {READS_A_DAY:,} reads a day: {BUSIEST:,.0f} a second at the busiest,",
            f"when {OFFICE_SHARE:.0%} come within {OFFICE_HOURS} hours and the busiest quarter of an hour has {RUSH} times their",
            "average.",
            "",
            f"Measured: a batch takes {costs.fixed * 1000:.2f} ms and {costs.each * 1000:.2f} ms for each read in it,",
            f"with all that a read does in that process; so one log in one process carries at most {alone:,.0f} reads a second.",
            f"A read leaves {costs.read:,.0f} bytes (line, entry, tree, accountability); a grant with its signed text and",
            f"envelope, or a vault with its first papers, about {costs.grant:,.0f}.",
            "",
            "| logs, each on a core of its own | busy | reads in a batch | p50 ms | p99 ms |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "| on disk | |",
            "|---|---|",
            f"| grants and vaults | {(GRANTS * costs.grant + VAULTS * costs.vault) / tb:.1f} TB, growing with people |",
            f"| looks of one year | {year / tb:.1f} TB, growing with time |",
            "",
            "**What breaks first.** (1) The writer of a single log: its batch is one transaction on one core. It is answered",
            "by more logs: a vault belongs to one log by the hash of its id, and everything that a decision reads has the",
            "vault in its key, so logs share nothing. (2) The disk of the looks: they are kept as long as the vault, and",
            "outgrow everything else within months. It is answered by the half-year shards: a finished one is never written",
            "again and can lie on slower storage. (3) Only then the tables of grants, whose depth costs a read little",
            "([as it grows](performance-growth.md)).",
            "",
            "**The price.** A core and its memory for each log, as many again for the parts before it, and the disk above. A",
            "municipality of 200,000 has a fiftieth of the reads of this country: one log.",
            "",
            "**What this does not say.** More logs than one are keyed for, not built: an installation has one today",
            "([decision 0011](decisions/0011-one-log-for-now.md)). Networks, replicas and a cold cache are not in it.",
            "",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="fewer reads, nothing written: does it run?")
    given = parser.parse_args(arguments)
    stand_aside()
    with tempfile.TemporaryDirectory(prefix="kluisje-simulate-") as place:
        folder = Path(place)
        town, environment = town_in(folder, free_port())
        costs = asyncio.run(measured(town, environment, folder, 1000 if given.quick else given.reads))
    text = page(costs)
    print(text)
    if not given.quick:
        (ROOT / "docs" / "performance-simulation.md").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
