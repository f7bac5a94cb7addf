# SPDX-License-Identifier: EUPL-1.2
"""Keeps every byte between browser and town, and looks through it for what must never leave a device."""

import sys
from pathlib import Path

from tests.faults.scanner import Scanner
from tests.ports import free_ports
from tests.town import Process, Servers

TRAFFIC = "traffic"


def record(made: Servers, traffic: Path, static: Path | None = None) -> None:
    """Moves the one process inward; a recorder takes its place at the public address. static: another bundle, for a
    broken twin."""
    door, [inner] = made.processes.pop("all"), free_ports(1)
    outer, door.port = door.port, inner
    door.environment["KLUISJE_PORT"] = str(inner)
    command = [sys.executable, "-m", "tests.faults.recorder", str(outer), str(inner), str(traffic)]
    if static is not None:
        door.command = [sys.executable, "-m", "tests.browser.twinned", str(static)]
    made.processes["inner"] = door
    made.processes["front"] = Process(command, door.environment, outer, traffic.with_suffix(".recorder-log"))


def found_in(made: Servers, secrets: dict[str, str | bytes]) -> set[str]:
    """The names of those secrets that stand in the traffic so far, in any spelling (tests/faults/scanner.py)."""
    return Scanner(secrets).search((made.town.folder / TRAFFIC).read_bytes())
