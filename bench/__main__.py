# SPDX-License-Identifier: EUPL-1.2
"""`make bench`: enforced and refused reads beside the same bytes unchecked and an ordinary server, in one run.

The server runs on one core, the load on the other; rounds are interleaved; each proof is fresh and was signed before its
round, so that the client is not the bottleneck. Prints ratios with medians and spreads, and writes
docs/performance.md. Ends with 1 when a bar is missed, and with an error when any answer is not the expected one.

    --rounds N     rounds (7)          --quick    small rounds, nothing written: does it run?
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import report
from bench.load import get, play
from bench.report import Measured, Result
from bench.scene import ROOT, Scene, free_port, ordinary_in, play_out, process, stand_aside, town_in
from demo.town import Town
from kluisje.http import Http

LEVELS = (1, 16, 64)
# Requests of one round, by kind and level: each about a second long.
NUMBERS = {
    "enforced": {1: 600, 16: 2000, 64: 2000},
    "refused": {1: 600, 16: 2000, 64: 2000},
    "unchecked": {1: 2000, 16: 6000, 64: 6000},
    "bare": {1: 2000, 16: 6000, 64: 6000},
    "ordinary": {1: 200, 16: 400, 64: 400},
}
EXPECTED = {"enforced": 200, "refused": 403, "unchecked": 200, "bare": 200, "ordinary": 200}
SAMPLED = 6_000
"""Reads under the sampler."""

Make = Callable[[int], list[bytes]]


@dataclass(frozen=True)
class Told:
    """What one run measured. rows, places: samples; cpu: µs of a sampled read; size: bytes of an answer."""

    measured: Measured
    rows: dict[str, int]
    cpu: float
    places: list[tuple[int, str]]
    size: int


class Wrong(Exception):
    """An answer that a measured request must not get."""


async def one(kind: str, address: str, make: Make, number: int, level: int, pid: int, status: int) -> Result:
    """One kind at one level, once. status: what each answer must have. Raises Wrong."""
    requests = make(number)
    gc.collect()
    before = cpu_of(pid)
    done = await play(address, requests, level)
    if done.statuses != {status: number}:
        raise Wrong(f"{kind} at {level} in flight: {dict(done.statuses)}")
    return Result(done.rate, done.p50, done.p99, (cpu_of(pid) - before) / number * 1e6)


def cpu_of(pid: int) -> float:
    """CPU seconds that a process used (proc(5), utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def rounds(scene: Scene, kinds: dict[str, tuple[str, Make, int]], number: int, share: int) -> Measured:
    """All kinds at all levels, interleaved, `number` times after one that warms up and does not count."""
    measured: Measured = {}
    for count in range(number + 1):
        await scene.allowed.refresh()
        for level in LEVELS:
            for kind, (address, make, pid) in kinds.items():
                few = max(64, NUMBERS[kind][level] // (share if count else share * 4))
                result = await one(kind, address, make, few, level, pid, EXPECTED[kind])
                if count:
                    measured.setdefault((kind, level), []).append(result)
        print(f"  round {count} of {number}" if count else "  warmed up", file=sys.stderr, flush=True)
    return measured


async def shares(
    scene: Scene, origin: str, pid: int, number: int
) -> tuple[dict[str, int], float, list[tuple[int, str]]]:
    """Samples by row of the budget over enforced reads at 16 in flight, CPU µs of a read, and samples by place."""
    await scene.allowed.refresh()
    requests = scene.allowed.requests(number)
    ask(origin + "/bench/sample")
    before = cpu_of(pid)
    await play(origin, requests, 16)
    cpu = (cpu_of(pid) - before) / number * 1e6
    found = ask(origin + "/bench/samples")
    return found["rows"], cpu, [(count, place) for place, count in found["places"]]


def ask(address: str, body: bytes | None = None) -> dict[str, Any]:
    """What a knob of the server under measure answers."""
    with urllib.request.urlopen(address, data=body) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


async def measure(folder: Path, town: Town, environment: Mapping[str, str], number: int, share: int) -> Told:
    """Starts both servers and measures."""
    port, other, http = int(environment["KLUISJE_PORT"]), free_port(), Http()
    with ExitStack() as up:
        pid = up.enter_context(process("bench.server", environment=environment, port=port, log=folder / "server.log"))
        scene = await play_out(town, http)
        ordinary, arguments = ordinary_in(folder, other, scene.answer)
        pid_of_other = up.enter_context(
            process("bench.ordinary", *arguments, environment={}, port=other, log=folder / "ordinary.log")
        )
        ask(town.origin + "/bench/answer", scene.answer)
        bare = get("/bench/bare", f"127.0.0.1:{port}")
        kinds: dict[str, tuple[str, Make, int]] = {
            "enforced": (town.origin, scene.allowed.requests, pid),
            "refused": (town.origin, scene.stopped.requests, pid),
            "unchecked": (town.origin, scene.allowed.unchecked, pid),
            "bare": (town.origin, lambda n: [bare] * n, pid),
            "ordinary": (ordinary.origin, ordinary.requests, pid_of_other),
        }
        measured = await rounds(scene, kinds, number, share)
        rows, cpu, where = await shares(scene, town.origin, pid, SAMPLED // share)
    await http.close()
    return Told(measured, rows, cpu, where, len(scene.answer))


def tell(told: Told, load: float, number: int, *, whole: bool, places: bool) -> int:
    """Prints what was measured, and writes the page if it was measured whole. The exit code."""
    print(report.ratios(told.measured))
    print(report.figures(told.measured))
    print(report.profile(told.rows, told.cpu))
    if places:
        print("\n".join(f"{count:6} {place}" for place, count in told.places))
    if whole:
        machine = report.machine(load, told.size, number)
        page = report.page(machine, told.measured, told.rows, told.cpu)
        (ROOT / "docs" / "performance.md").write_text(page, "utf-8")
    missed = report.missed(told.measured)
    for line in missed:
        print(f"MISSED {line}", file=sys.stderr)
    if load > report.QUIET:
        print(f"the machine was not quiet when this began: load {load:.1f}", file=sys.stderr)
    return 1 if missed and whole else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--places", action="store_true", help="where exactly the samples fell")
    given = parser.parse_args(arguments)
    stand_aside()
    load = os.getloadavg()[0]
    number, share = (1, 10) if given.quick else (given.rounds, 1)
    with tempfile.TemporaryDirectory(prefix="kluisje-bench-") as place:
        folder = Path(place)
        town, environment = town_in(folder, free_port())
        told = asyncio.run(measure(folder, town, environment, number, share))
    return tell(told, load, number, whole=not given.quick, places=given.places)


if __name__ == "__main__":
    sys.exit(main())
