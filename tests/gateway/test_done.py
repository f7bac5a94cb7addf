# SPDX-License-Identifier: EUPL-1.2
"""docs/gateway-done.md: each of the twenty lines names tests, and each of them is there."""

import ast
import re

from tests.town import ROOT

PAGE = (ROOT / "docs" / "gateway-done.md").read_text("utf-8")


def test_each_line_names_tests_that_are_there() -> None:
    rows = {int(row[0]): row[1] for row in re.findall(r"^\| (\d+) \|.*\| ([^|]*) \|$", PAGE, re.MULTILINE)}
    assert sorted(rows) == list(range(1, 21))
    for number, shown in rows.items():
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", shown)
        assert named, number
        assert shown.count("`") == 2 * len(named), f"line {number} names something that is no test"
        for path, name in named:
            tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
            known = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert name in known, f"line {number}: {path} has no {name}"
