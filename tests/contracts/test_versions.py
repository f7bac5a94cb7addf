# SPDX-License-Identifier: EUPL-1.2
"""V: nothing that was released goes within a major version, and every version has its heading in the changelog."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.contracts.documents import CONTRACTS, OPENAPI, committed
from tests.contracts.versions import breaking

RELEASED = OPENAPI / "released"  # <component>.yaml of the last release; there is none yet


def test_nothing_that_was_released_is_gone() -> None:
    for file in sorted(RELEASED.glob("*.yaml")):
        before, after = yaml.safe_load(file.read_text("utf-8")), committed(file.stem)
        if before["info"]["version"].split(".")[0] == after["info"]["version"].split(".")[0]:
            assert breaking(before, after) == [], f"{file.stem}: this needs a new major version"
        if before != after:
            assert before["info"]["version"] != after["info"]["version"], f"{file.stem}: a change needs a version"


@pytest.mark.parametrize("component", CONTRACTS)
def test_each_version_has_its_heading(component: str) -> None:
    version = committed(component)["info"]["version"]
    headings = re.findall(r"^## (\S+) (\S+)$", (OPENAPI / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert (component, version) in headings
    assert len(set(headings)) == len(headings)


def test_nothing_is_deprecated_without_an_end() -> None:
    """Each deprecated operation says until when it works, as its answers do by `Sunset` and `Deprecation`."""
    for component in CONTRACTS:
        for verbs in committed(component)["paths"].values():
            for operation in verbs.values():
                if operation.get("deprecated"):
                    good = next(r for code, r in operation["responses"].items() if code.startswith("2"))
                    assert {"Sunset", "Deprecation", "Link"} <= good["headers"].keys()


# -- the comparison itself, on a made-up contract -------------------------------------------------------------

MADE_UP: dict[str, Any] = {
    "info": {"version": "1.0.0"},
    "paths": {
        "/notes": {
            "get": {
                "parameters": [{"in": "query", "name": "colour", "schema": {"type": "string"}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Notes"}}}}
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}},
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}}
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Note": {
                "properties": {"text": {"type": "string"}, "kind": {"enum": ["short", "long"]}},
                "required": ["text"],
            },
            "Notes": {"properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}}}},
        }
    },
}


def _note(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["Note"]
    return found


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "an address is gone": (lambda d: d["paths"].pop("/notes"), "is gone"),
    "an operation is gone": (lambda d: d["paths"]["/notes"].pop("post"), "POST /notes is gone"),
    "a member is gone": (lambda d: _note(d)["properties"].pop("kind"), "member kind is gone"),
    "a value is gone": (lambda d: _note(d)["properties"]["kind"]["enum"].remove("long"), "value 'long' is gone"),
    "a member is required": (lambda d: _note(d)["required"].append("kind"), "member kind is required now"),
    "a parameter is gone": (lambda d: d["paths"]["/notes"]["get"]["parameters"].clear(), "parameter colour is gone"),
    "a parameter is required": (
        lambda d: d["paths"]["/notes"]["get"]["parameters"].append({"in": "query", "name": "size", "required": True}),
        "parameter size is required now",
    ),
    "an answer is gone": (lambda d: d["paths"]["/notes"]["post"]["responses"].clear(), "201 is gone"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_breaks_a_client_is_told(what: str) -> None:
    change, told = BREAKS[what]
    after = copy.deepcopy(MADE_UP)
    change(after)
    assert any(told in one for one in breaking(MADE_UP, after)), breaking(MADE_UP, after)


def test_what_comes_new_breaks_nobody() -> None:
    after = copy.deepcopy(MADE_UP)
    after["paths"]["/pens"] = {"get": {"responses": {"200": {}}}}
    _note(after)["properties"]["colour"] = {"type": "string"}
    _note(after)["properties"]["kind"]["enum"].append("huge")
    after["paths"]["/notes"]["get"]["parameters"].append({"in": "query", "name": "size"})
    assert breaking(MADE_UP, after) == []


@pytest.mark.parametrize("component", CONTRACTS)
def test_a_contract_does_not_break_itself(component: str) -> None:
    assert breaking(committed(component), committed(component)) == []
