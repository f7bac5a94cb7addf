# SPDX-License-Identifier: EUPL-1.2
"""What all tests share: loud skips, which are failures where nothing may be skipped."""

import os

import pytest

REQUIRE_ALL = os.environ.get("KLUISJE_REQUIRE_ALL") == "1"


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
