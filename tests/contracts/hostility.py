# SPDX-License-Identifier: EUPL-1.2
"""What hostile input must leave: nothing. Shared by the tests of P19."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.contracts.calling import JSON, Answer
from tests.contracts.cases import Case
from tests.contracts.documents import COMPONENTS
from tests.contracts.sweeping import Row, operations
from tests.contracts.world import World

CANARY = "kanarie-7f3a"
SECONDS = 1.0
MEMORY = 50 * 1024  # KiB


def taking(swept: Mapping[str, Row], kind: str = JSON) -> Iterator[tuple[str, Case, Mapping[str, Any]]]:
    """Operations that take a body of this kind: name, well-formed call, what the contract says."""
    known = {f"{part}.{o['operationId']}": o for part in COMPONENTS for _, _, o in operations(part)}
    for name, row in swept.items():
        if kind in known[name].get("requestBody", {}).get("content", {}):
            yield name, row.case, known[name]


@contextmanager
def nothing_happens(world: World) -> Iterator[list[Answer]]:
    """No row, no memory kept, no 5xx, nothing echoed, quickly: for all answers put into the list."""
    rows, memory = world.rows(), resident(world)
    answers: list[Answer] = []
    yield answers
    assert answers
    assert not [a for a in answers if a.status >= 500], "no 5xx"
    assert not [a for a in answers if CANARY.encode() in a.body], "nothing echoed"
    slow = [a.seconds for a in answers if a.seconds > SECONDS]
    # A machine that does something else at the same time may stall one call; the work of none is that much.
    assert len(slow) <= max(1, len(answers) // 100), f"{len(slow)} of {len(answers)} took longer: {slow[:3]}"
    after = world.rows()
    assert {table for table in after if after[table] != rows.get(table)} == set(), "no row"
    assert resident(world) - memory <= MEMORY, "memory"


def resident(world: World) -> int:
    """KiB of memory of the server process."""
    [pid] = world.servers.pids.values()
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])
