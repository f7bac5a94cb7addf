# SPDX-License-Identifier: EUPL-1.2
"""Each broken twin is caught by its own promise: not by a crash, a time-out or a skip, and not by another number."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.patching import TargetGone, replace, retext, rewrite
from tests.faults.promises import PromiseBroken
from tests.faults.twins import TWINS
from tests.town import ROOT


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the checks said of each twin that this run asks for."""
    names = [name for name in TWINS if any(item.name.endswith(f"[{name}]") for item in request.session.items)]
    command = [sys.executable, "-m", "tests.faults.run", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stderr[-2000:]
    return {one["twin"]: one for one in found}


def _of_each_promise_one() -> Iterator[Any]:
    """At every change the first of each promise, in a night all."""
    seen = set[str]()
    for name, one in TWINS.items():
        yield pytest.param(name, marks=[pytest.mark.nightly] if one.promise in seen else [])
        seen.add(one.promise)


@pytest.mark.parametrize("name", [*_of_each_promise_one()])
def test_the_twin_is_caught(name: str, results: dict[str, Any]) -> None:
    said, twin = results[name], TWINS[name]
    print(f"{twin.promise} {name}: {said['seconds']} s, {said['broken']}")
    assert not said["crashed"], said["crashed"]
    assert said["ran"], f"no check of {twin.promise} ran: {said['tail']}"
    assert set(said["broken"]) == {twin.promise}, f"{twin.what} went unnoticed: {said['tail']}"


def test_each_twin_meets_what_it_breaks() -> None:
    """Those that are not tried today too: their targets are there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.run", "--apply"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert {one["twin"] for one in found} == set(TWINS)
    assert not [one for one in found if one["crashed"]]


def test_a_twin_without_its_target_is_an_error() -> None:
    gone = [
        lambda: replace("consent.asking:nothing", lambda it: it),
        lambda: replace("consent.nothing:decide", lambda it: it),
        lambda: rewrite("consent.decision:_who", "this does not stand there", ""),
        lambda: rewrite("consent.decision:OUTSIDE", "x", ""),
        lambda: retext("vault.store_handouts:SERVED", "this does not stand there", ""),
    ]
    for twin in gone:
        with pytest.raises(TargetGone):
            twin()


def test_a_breach_says_its_number() -> None:
    assert str(PromiseBroken("P07", "opened twice")) == "P07: opened twice"
    assert {twin.promise for twin in TWINS.values()} <= {f"P{n:02}" for n in range(1, 38)}


def test_the_page_of_promises_says_what_there_is() -> None:
    """Each promise once, with the twins that there are; a promise without a test is named as not built."""
    page = (ROOT / "docs" / "promises.md").read_text("utf-8")
    rows = {row[0]: row for row in re.findall(r"^\| (P\d\d) \|.*?\| ([^|]*) \| ([^|]*) \|$", page, re.MULTILINE)}
    assert sorted(rows) == [f"P{n:02}" for n in range(1, 38)]
    marks = [
        re.findall(r'promise\("(P\d\d)"\)', path.read_text("utf-8")) for path in (ROOT / "tests").rglob("test_*.py")
    ]
    tested = {number for found in marks for number in found}
    for number, tests, told in rows.values():
        names = set(re.findall(r"`([a-z0-9-]+)`", told))
        assert names == {name for name, twin in TWINS.items() if twin.promise == number}, number
        assert (number in tested) == ("not built" not in tests), number
        for path in re.findall(r"`([a-z_/]+[a-z0-9_]*\.py)`", tests):
            assert (ROOT / "tests" / path).exists(), path
    print(f"{len(tested)} of {len(rows)} promises have a test, {len({t.promise for t in TWINS.values()})} a twin")
