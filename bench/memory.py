# SPDX-License-Identifier: EUPL-1.2
"""What a process has in memory, at rest and at its most (proc(5)), and how long it takes to start."""

import time
from dataclasses import dataclass
from pathlib import Path

from bench.scene import free_port, ordinary_in, process


@dataclass(frozen=True)
class Weighed:
    """starts: seconds to the first answer, ours and the ordinary server's. idle: their memory in bytes at rest. peak: what
    ours took more while 100 MB came in."""

    starts: list[tuple[float, float]]
    idle: tuple[int, int]
    peak: int


def _of(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"{pid} has no {name}")


def resident(pid: int) -> int:
    """Bytes now."""
    return _of(pid, "VmRSS")


def peak(pid: int) -> int:
    """The most bytes since the start, or since `forget_peak`."""
    return _of(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """From now on `peak` is counted anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def weighs(folder: Path, environment: dict[str, str], rounds: int) -> tuple[list[tuple[float, float]], tuple[int, int]]:
    """Starts of ours and of the ordinary server in turns, in seconds to the first answer, and their memory at rest."""
    _, arguments = ordinary_in(folder, free_port(), b'{"sealed":[]}')
    took, idle, port = list[tuple[float, float]](), (0, 0), int(environment["KLUISJE_PORT"])
    log = folder / "starts.log"
    for _ in range(rounds):
        began = time.perf_counter()
        with process("bench.server", environment=environment, port=port, log=log) as pid:
            first, mine = time.perf_counter() - began, resident(pid)
        began = time.perf_counter()
        with process("bench.ordinary", *arguments, environment={}, port=int(arguments[-1]), log=log) as pid:
            took.append((first, time.perf_counter() - began))
            idle = (mine, resident(pid))
    return took, idle
