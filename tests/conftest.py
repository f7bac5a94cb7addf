# SPDX-License-Identifier: EUPL-1.2
"""What all tests share: the database they run on; loud skips, which are failures where nothing may be skipped."""

import gc
import os
from collections.abc import Iterator

import pytest
import structlog

from demo.town import Town
from tests import databases, twofold

REQUIRE_ALL = os.environ.get("KLUISJE_REQUIRE_ALL") == "1"


@pytest.fixture(autouse=True)
def no_log_of_another_test() -> Iterator[None]:
    """A command that ran in this process logs to the output that it was given, which is closed after its test."""
    yield
    structlog.reset_defaults()


def pytest_configure(config: pytest.Config) -> None:
    """With KLUISJE_TEST_DATABASE=postgresql a town's data lies in a PostgreSQL of our own (tests/databases.py)."""
    if databases.ON_POSTGRESQL and databases.programs() is None:
        if REQUIRE_ALL:
            pytest.exit("PostgreSQL is not installed where nothing may be skipped", returncode=1)
        pytest.exit("NOT CHECKED: nothing was tried on PostgreSQL, which is not installed", returncode=0)
    if databases.ON_POSTGRESQL:
        Town.database = databases.of_town  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about SQLite's own files is no test of PostgreSQL, and what a process keeps for itself none of two: it is left
    out there, and counted as left out."""
    if databases.ON_POSTGRESQL:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("sqlite")])
        items[:] = [item for item in items if not item.get_closest_marker("sqlite")]
    if twofold.TWO:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("one_process")])
        items[:] = [item for item in items if not item.get_closest_marker("one_process")]


def pytest_collection_finish() -> None:
    """What was loaded until here lives for good: the collector need not look at it again (8 % of the time of the tests)."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """In CI a skip is a failure: a check that did not run is not a check that passed."""
    outcome = yield
    report = outcome.get_result()
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where nothing may be skipped: {report.longrepr}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A green run lists what it did not check."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        reasons = sorted({str(report.longrepr[2]) for report in skipped})
        terminalreporter.write_line(f"NOT CHECKED ({len(skipped)}): " + "; ".join(reasons), yellow=True, bold=True)
