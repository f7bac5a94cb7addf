# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.wirings`: the same enforced read on both databases, in one process, in separate ones and in two of each.

Each wiring has a town with one open vault and one grant that stands (those on PostgreSQL share one); all are up at once, and
the rounds are interleaved. Our first processes share one core, the load has the other; a second process of a part is on the
core of the load. The separate parts speak plain http on this machine: mutual TLS is not in it. Prints ratios with medians
and spreads and writes docs/performance-wirings.md. Ends with 1 when a bar of performance.md is missed.

    --rounds N     rounds (7)          --quick    small rounds, nothing written: does it run?

Without PostgreSQL on this machine its rows are left out, and the page is not written.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from bench import report
from bench.__main__ import Wrong, ask, cpu_of
from bench.load import play
from bench.place import OnPostgresql, Place
from bench.report import Measured, Result
from bench.scene import LOAD_CORE, ROOT, SERVER_CORE, free_port, process, stand_aside
from kluisje.http import Http
from tests.databases import Cluster, programs

LEVELS = {1: 150, 16: 640, 64: 960}
"""Reads of one round by how many are in flight."""
ONE, SLOW, APART = "SQLite, one process", "SQLite, one process, 1 ms more per flush", "SQLite, separate parts"
PG, PG_TWO = "PostgreSQL, one process", "PostgreSQL, two processes"
PG_APART, PG_TWICE = "PostgreSQL, separate parts", "PostgreSQL, two of each part"
BESIDE = {SLOW: ONE, APART: ONE, PG: ONE, PG_TWO: PG, PG_APART: PG, PG_TWICE: PG_APART}
BARS = ((SLOW, 16, 0.80), (SLOW, 64, 0.85), (APART, 16, 0.45), (PG_TWO, 64, 1.1))
"""Wiring, in flight, at least so much of what it is beside (performance.md, "To reach")."""


@dataclass(frozen=True)
class Wiring:
    """How a town is served. addresses: of what takes reads. pids: of all our processes in it. slow: with the slow disk.
    most: in flight; parts that share half a core with five others are told "not now" (503) at more, which is right and no
    figure."""

    name: str
    place: Place
    addresses: tuple[str, ...]
    pids: tuple[int, ...]
    slow: bool = False
    most: int = 64

    async def once(self, level: int, number: int) -> Result:
        """One round. Raises Wrong for any other answer than 200."""
        await self.place.scene.allowed.refresh()
        requests = self.place.scene.allowed.requests(number)
        gc.collect()
        if self.slow:
            ask(f"{self.addresses[0]}/bench/slow-disk")
        before = sum(map(cpu_of, self.pids))
        done = await play(self.addresses[0], requests, level, *self.addresses[1:])
        cpu = (sum(map(cpu_of, self.pids)) - before) / number * 1e6
        if self.slow:
            ask(f"{self.addresses[0]}/bench/quick-disk")
        if done.statuses != {200: number}:
            raise Wrong(f"{self.name} at {level} in flight: {dict(done.statuses)}")
        return Result(done.rate, done.p50, done.p99, cpu)


def public(place: Place) -> int:
    """The port of a town's own address, where its people get their tokens."""
    return int(place.environment["KLUISJE_PORT"])


def whole(name: str, place: Place, up: ExitStack, port: int, core: int = SERVER_CORE) -> Wiring:
    """All parts in one process."""
    environment = place.environment | {"KLUISJE_PORT": str(port)}
    log = place.folder / f"one-{core}.log"
    pid = up.enter_context(process("bench.server", environment=environment, port=port, log=log, core=core))
    return Wiring(name, place, (f"http://127.0.0.1:{port}",), (pid,))


def apart(name: str, place: Place, up: ExitStack, port: int, core: int = SERVER_CORE) -> Wiring:
    """A process for each part, on one core; the gateway asks the neighbours that were started with it."""
    ports = {"vault": free_port(), "consent": free_port(), "gateway": port}
    near = {f"KLUISJE_{part.upper()}": f"http://127.0.0.1:{ports[part]}" for part in ("vault", "consent")}
    near |= {f"KLUISJE_{part.upper()}_HOSTS": json.dumps([f"127.0.0.1:{port}"]) for part, port in ports.items()}
    pids = []
    for part, own in ports.items():
        environment = place.environment | near | {"KLUISJE_PORT": str(own)}
        log = place.folder / f"{part}-{core}.log"
        started = process("bench.server", part, environment=environment, port=own, log=log, core=core)
        pids.append(up.enter_context(started))
    return Wiring(name, place, (f"http://127.0.0.1:{ports['gateway']}",), tuple(pids), most=16)


def both(name: str, one: Wiring, other: Wiring) -> Wiring:
    """Two of the same town side by side."""
    return Wiring(name, one.place, one.addresses + other.addresses, one.pids + other.pids, most=one.most)


async def measure(places: dict[str, Place], rounds: int, share: int) -> Measured:
    """Starts everything and plays the rounds, interleaved, after one that warms up and does not count."""
    http, measured = Http(), Measured()
    for place in places.values():
        await place.begin(http)
    with ExitStack() as up:
        one, of_parts = places[ONE], places[APART]
        made = [whole(ONE, one, up, public(one)), apart(APART, of_parts, up, public(of_parts))]
        made.append(replace(made[0], name=SLOW, slow=True))
        if (town := places.get(PG)) is not None:
            first, second = whole(PG, town, up, public(town)), whole(PG_TWO, town, up, free_port(), LOAD_CORE)
            some = apart(PG_APART, town, up, free_port())
            others = apart(PG_TWICE, town, up, free_port(), LOAD_CORE)
            made += [first, both(PG_TWO, first, second), some, both(PG_TWICE, some, others)]
        print("  everything is up", file=sys.stderr, flush=True)
        for count in range(rounds + 1):
            for level, number in LEVELS.items():
                for wiring in (one for one in made if level <= one.most):
                    result = await wiring.once(level, max(level, number // (share if count else share * 2)))
                    if count:
                        measured.setdefault((wiring.name, level), []).append(result)
            print(f"  round {count} of {rounds}" if count else "  warmed up", file=sys.stderr, flush=True)
    await http.close()
    return measured


def bars(measured: Measured) -> list[tuple[str, bool]]:
    """What each bar says, and whether it is reached."""
    told = []
    for name, level, least in BARS:
        if (name, level) in measured:
            reached = report.ratio(measured, name, BESIDE[name], level).middle
            told.append(
                (
                    f"{name} ÷ {BESIDE[name]}, {level} in flight: at least {least}, is {reached:.2f}",
                    reached >= least,
                )
            )
    return told


def _told(measured: Measured, name: str, level: int) -> str:
    return report.ratio(measured, name, BESIDE[name], level).show(".2f") if (name, level) in measured else "–"


PAGE = """# Performance: both databases, one process and more

Written by `python -m bench.wirings`; do not edit. The same enforced read in each wiring, all of them up at once, in turns in
one run. Our first processes are on one core and the load on the other; a second process of a part is on the core
of the load. PostgreSQL {postgresql} runs beside them on both cores, durable as it comes (`fsync`, `synchronous_commit`), and
no network is between. Separate parts speak plain http here; in production they speak mutual TLS, which is not measured.

{machine}

## Ratios

{ratios}

{bars}

## Figures behind them

CPU is our processes' alone; PostgreSQL has its own.

{figures}
"""


def page(measured: Measured, load: float, rounds: int, postgresql: str) -> str:
    """docs/performance-wirings.md."""
    ratios = [
        [f"{name} ÷ {beside}", *(_told(measured, name, level) for level in LEVELS)]
        for name, beside in BESIDE.items()
        if (name, 16) in measured
    ]
    return PAGE.format(
        postgresql=postgresql,
        machine=report.machine(load, None, rounds),
        ratios=report.table(["reads a second", *(f"{level} in flight" for level in LEVELS)], ratios),
        bars="\n".join(f"* {'met' if reached else '**missed**'}: {line}" for line, reached in bars(measured)),
        figures=report.figures(measured),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.wirings", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    load, found = os.getloadavg()[0], programs()
    with tempfile.TemporaryDirectory(prefix="kluisje-wirings-") as folder, ExitStack() as up:
        places = {ONE: Place(Path(folder, "one")), APART: Place(Path(folder, "apart"))}
        if found is not None:
            cluster = Cluster(shared_buffers="256MB")
            up.callback(cluster.remove)
            cluster.start()
            cluster.roles()
            places[PG] = OnPostgresql(Path(folder, "postgresql"), cluster)
            places[PG].environment["KLUISJE_VAULT_PROCESSES"] = "several"
        stand_aside()
        rounds, share = (1, 8) if given.quick else (given.rounds, 1)
        measured = asyncio.run(measure(places, rounds, share))
    text = page(measured, load, rounds, found.parent.name if found is not None else "(not here)")
    print(text)
    if found is not None and not given.quick:
        (ROOT / "docs" / "performance-wirings.md").write_text(text, "utf-8")
    return int(not given.quick and not all(reached for _, reached in bars(measured)))


if __name__ == "__main__":
    sys.exit(main())
