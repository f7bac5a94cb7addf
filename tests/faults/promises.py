# SPDX-License-Identifier: EUPL-1.2
"""Promises, and how a test says that one is broken.

A test of a promise carries `@pytest.mark.promise("P07")`. A breach raises `PromiseBroken("P07")`; in a run with a twin a
failed assert in the test's own file is one too. Nothing else is: not a crash, not an assert in the machinery, not a skip.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

NIGHTLY = os.environ.get("KLUISJE_NIGHTLY") == "1"


class PromiseBroken(Exception):
    """A promise does not hold. number: `P01` … `P37`."""

    def __init__(self, number: str, what: str = "") -> None:
        super().__init__(f"{number}: {what}" if what else number)
        self.number = number


def figure(small: int, every_change: int, nightly: int) -> int:
    """How much of it: with a twin, which breaks at once; at every change; in a night."""
    if twin() is not None:
        return small
    return nightly if NIGHTLY else every_change


def twin(where: str | None = None) -> str | None:
    """The twin that this run is about, if it works there (`servers`, `client`, `here`); None in a real run."""
    name = os.environ.get("KLUISJE_TWIN")
    if name is None or where is None:
        return name
    return name if os.environ.get("KLUISJE_TWIN_WHERE") == where else None


class Watching:
    """The pytest plugin of a run with a twin: which promises broke, and what else went wrong."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.broken: dict[str, str] = {}
        self.crashed: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        if call.when == "call":
            self.ran.append(item.nodeid)
        if call.excinfo is not None:
            number = broken_by(call.excinfo, item)
            told = str(call.excinfo.value)[:300]
            if number is not None:
                self.broken.setdefault(number, told)
            else:
                self.crashed.setdefault(item.nodeid, f"{call.when}: {call.excinfo.typename}: {told}")
        return (yield)


def broken_by(failed: pytest.ExceptionInfo[BaseException], item: pytest.Item) -> str | None:
    """The promise that this failure of `item` is a breach of, or None: then it is something else."""
    if isinstance(failed.value, PromiseBroken):
        return failed.value.number
    numbers = [str(mark.args[0]) for mark in item.iter_markers("promise")]
    said = isinstance(failed.value, AssertionError | pytest.fail.Exception)
    if not said or not numbers:
        return None
    own = [step.path for step in failed.traceback if "site-packages" not in str(step.path)]
    expected = os.environ.get("KLUISJE_TWIN_PROMISE", numbers[0])
    return expected if own and Path(str(own[-1])) == item.path and expected in numbers else None
