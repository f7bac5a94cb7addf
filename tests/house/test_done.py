# SPDX-License-Identifier: EUPL-1.2
"""docs/*-done.md: each line names the tests that show it, and each of them is there; the page of production may say that
nothing does yet."""

import ast
import re

import pytest

from tests.town import ROOT

LINES = {
    "gateway": [str(number) for number in range(1, 21)],
    "helper": [str(number) for number in range(1, 13)],
    "desk": [
        *(f"P{number}" for number in (1, 13, 14, 15, 16, 19, 20, 21, 22, 23)),
        *(f"C{number}" for number in (7, 8, 9, 10, 11, 12, 14, 22)),
        *(f"S{number}" for number in range(1, 8)),
    ],
    "portal": [str(number) for number in range(1, 26)],
}
NOT_BUILT = {("portal", "17")}
"""What a page says plainly that there is not: the issue of relatives."""
PAGE = (ROOT / "docs" / "production-done.md").read_text("utf-8")
ROWS = [row for row in re.findall(r"^\| (.*) \| (.*) \|$", PAGE, re.MULTILINE) if row != ("what", "shown by")]
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def functions(path: str) -> set[str]:
    """The functions of a file below tests/."""
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("what", "shown"), ROWS, ids=[what[:40] for what, _ in ROWS])
def test_a_line_is_shown_or_says_that_it_is_not(what: str, shown: str) -> None:
    named = NAMED.findall(shown)
    assert named or "**Not yet**" in shown or "`make " in shown or ".md)" in shown, what
    for path, name in named:
        assert name in functions(path), path


def test_the_page_has_its_lines() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize("part", LINES)
def test_each_line_names_tests_that_are_there(part: str) -> None:
    page = (ROOT / "docs" / f"{part}-done.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([A-Z]?\d+) \|.*\| ([^|]*) \|$", page, re.MULTILINE))
    assert list(rows) == LINES[part]
    for number, shown in rows.items():
        named = NAMED.findall(shown)
        assert bool(named) == ((part, number) not in NOT_BUILT), number
        assert shown.count("`") == 2 * len(named), f"line {number} names something that is no test"
        for path, name in named:
            assert name in functions(path), f"line {number}: {path} has no {name}"
