# SPDX-License-Identifier: EUPL-1.2
"""A record's members against its type: every rule of the subset, and no value in what is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from kluisje.schema import faults, from_text

ROOT = Path(__file__).resolve().parents[2]
TYPE = {
    "required": ["title"],
    "properties": {
        "title": {"type": "string", "minLength": 2, "maxLength": 5},
        "day": {"type": "string", "format": "date"},
        "level": {"type": "string", "enum": ["vmbo", "havo"]},
        "hours": {"type": "integer", "minimum": 0, "maximum": 40},
        "sure": {"type": "boolean"},
        "names": {"type": "array", "items": {"type": "string", "maxLength": 3}, "minItems": 1, "maxItems": 2},
        "odd": {"type": "number"},
    },
}
GOOD: dict[str, Any] = {
    "title": "Brief",
    "day": "2026-11-22",
    "level": "havo",
    "hours": 0,
    "sure": False,
    "names": ["a"],
}
WRONG = [
    ("title", None, "title: is missing"),
    ("title", "", "title: is too short"),
    ("title", "Geheim", "title: is too long"),
    ("title", 5, "title: is no text"),
    ("day", "2026-02-30", "day: is no day, such as 2026-11-22"),
    ("day", "20261122", "day: is no day, such as 2026-11-22"),
    ("level", "mavo", "level: is none of vmbo, havo"),
    ("hours", -1, "hours: is not within 0 and 40"),
    ("hours", 41, "hours: is not within 0 and 40"),
    ("hours", True, "hours: is no whole number"),
    ("hours", 1.5, "hours: is no whole number"),
    ("sure", "yes", "sure: is neither yes nor no"),
    ("names", "a", "names: is no list"),
    ("names", [], "names: has too few or too many elements"),
    ("names", ["a"] * 3, "names: has too few or too many elements"),
    ("names", ["a", "long"], "names: is too long"),
    ("odd", 1, "odd: is of a kind that cannot be checked"),
    ("colour", "red", "colour: no such member"),
]


def test_what_fits_has_no_fault() -> None:
    assert faults(TYPE, GOOD) == []


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_each_rule(name: str, value: Any, said: str) -> None:
    body = {key: one for key, one in (GOOD | {name: value}).items() if one is not None}
    assert faults(TYPE, body) == [said]
    assert "Geheim" not in said


def test_a_row_of_a_table_becomes_a_body() -> None:
    cells = {"title": "Brief", "hours": "12", "sure": "ja", "names": "a|b", "day": "", "level": "havo"}
    assert from_text(TYPE, cells) == {"title": "Brief", "hours": 12, "sure": True, "names": ["a", "b"], "level": "havo"}
    odd = from_text(TYPE, {"title": "Brief", "hours": "1,5", "sure": "soms", "colour": "red"})
    assert [one.partition(":")[0] for one in faults(TYPE, odd)] == ["hours", "sure", "colour"]


@pytest.mark.parametrize("path", sorted((ROOT / "catalogue" / "schemas").glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_of_every_record_type_fit_it(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    assert document["examples"]
    assert [faults(document, one) for one in document["examples"]] == [[]] * len(document["examples"])
