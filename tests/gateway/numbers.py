# SPDX-License-Identifier: EUPL-1.2
"""The two tables of gateway.md section 7, and which collected test carries which number of them.

A test says `@pytest.mark.fapi(17)` and `@pytest.mark.attack("mix-up")`; a row of a table of bad requests whose name
begins with a number carries that number. As a pytest plugin (`-p tests.gateway.numbers`) this prints them all.
"""

import json
import re
from typing import Any

import pytest

LINES = range(1, 40)
ATTACKS = (
    "code stolen or injected",
    "mix-up",
    "assertion forwarded",
    "token stolen",
    "proof replayed",
    "cuckoo token",
    "request_uri swapped",
    "front parameters overridden",
    "one JWT used as another",
    "client posing as a subject",
    "races",
    "login CSRF, leaked link",
    "two people's browsers swapped",
)


def row(name: str, *values: Any) -> Any:
    """A row of a table: its name is its id, and the number it begins with its line of the checklist."""
    number = re.match(r"([0-9]+) ", name)
    return pytest.param(*values, id=name, marks=[pytest.mark.fapi(int(number[1]))] if number else [])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Prints `{"fapi": {number: [test …]}, "attack": {name: [test …]}}` of what was collected."""
    found: dict[str, dict[Any, list[str]]] = {"fapi": {}, "attack": {}}
    for item in session.items:
        for kind, tests in found.items():
            for mark in item.iter_markers(kind):
                for one in mark.args:
                    tests.setdefault(one, []).append(item.nodeid)
    print("\nnumbers " + json.dumps(found))
