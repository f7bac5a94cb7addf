# SPDX-License-Identifier: EUPL-1.2
"""docs/production-done.md: each line names what shows it, or says that nothing does yet; what it names is there."""

import ast
import re

import pytest

from tests.town import ROOT

PAGE = (ROOT / "docs" / "production-done.md").read_text("utf-8")
ROWS = [row for row in re.findall(r"^\| (.*) \| (.*) \|$", PAGE, re.MULTILINE) if row != ("what", "shown by")]


@pytest.mark.parametrize(("what", "shown"), ROWS, ids=[what[:40] for what, _ in ROWS])
def test_a_line_is_shown_or_says_that_it_is_not(what: str, shown: str) -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", shown)
    assert named or "**Not yet**" in shown or "`make " in shown or ".md)" in shown, what
    for path, name in named:
        tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
        assert name in {
            one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        }, path


def test_the_page_has_its_lines() -> None:
    assert len(ROWS) > 30
