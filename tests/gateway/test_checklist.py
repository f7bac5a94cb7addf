# SPDX-License-Identifier: EUPL-1.2
"""The checklist itself: each of the 39 lines and 13 attacks of gateway.md section 7 has a test that carries its number."""

import json
import subprocess
import sys

import pytest

from tests.faults.twins import TWINS
from tests.faults.twins_gateway import AGAINST
from tests.gateway.numbers import ATTACKS, LINES
from tests.town import ROOT


@pytest.fixture(scope="module")
def carried() -> dict[str, dict[str, list[str]]]:
    """What pytest collects here, by number. In a process of its own: whatever else this run was asked for."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tests.gateway.numbers", "tests/gateway"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith("numbers ")]
    assert told, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, dict[str, list[str]]] = json.loads(told[-1].removeprefix("numbers "))
    return found


def test_each_line_of_the_profile_has_a_test_with_its_number(carried: dict[str, dict[str, list[str]]]) -> None:
    found = {int(number): tests for number, tests in carried["fapi"].items()}
    print(f"{len(LINES)} lines, {sum(map(len, found.values()))} tests")
    assert [number for number in LINES if not found.get(number)] == []
    assert sorted(set(found) - set(LINES)) == []


def test_each_attack_has_a_test_with_its_name(carried: dict[str, dict[str, list[str]]]) -> None:
    assert [name for name in ATTACKS if not carried["attack"].get(name)] == []
    assert sorted(set(carried["attack"]) - set(ATTACKS)) == []


def test_each_attack_comes_in_through_a_broken_twin() -> None:
    """A rule that can be taken away unseen is no rule: the gateway has twins of its own, one at least for each attack."""
    own = [name for name, twin in TWINS.items() if any("gateway/" in check for check in twin.checks)]
    print(f"{len(own)} twins of the gateway, {len(AGAINST)} against an attack")
    assert len(own) >= 20
    assert set(AGAINST) <= set(own)
    assert [attack for attack in ATTACKS if attack not in AGAINST.values()] == []
