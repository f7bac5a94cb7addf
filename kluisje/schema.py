# SPDX-License-Identifier: EUPL-1.2
"""A record type's rules, checked before a source seals and after the person's device opened: no server ever can.

The catalogue uses a small subset of JSON Schema (draft 2020-12): a closed object of texts, dates, choices, whole
numbers, yes/no, and lists of those. Anything outside it fits nothing. No value is ever in what is said.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

Document = Mapping[str, Any]
YES, NO = ("yes", "true", "ja", "1"), ("no", "false", "nee", "0")
LIST = "|"
"""Between the elements of a list, where it is written as text."""


def faults(document: Document, body: Mapping[str, Any]) -> list[str]:
    """What does not fit, as `member: what is wrong`; empty when all of it does."""
    return list(_faults(document, body))


def _faults(document: Document, body: Mapping[str, Any]) -> Iterator[str]:
    known: Mapping[str, Document] = document["properties"]
    for name in document.get("required", ()):
        if name not in body:
            yield f"{name}: is missing"
    for name, value in body.items():
        wrong = "no such member" if name not in known else _wrong(known[name], value)
        if wrong is not None:
            yield f"{name}: {wrong}"


def _wrong(field: Document, value: Any) -> str | None:
    match field.get("type"):
        case "string":
            return _wrong_text(field, value)
        case "integer":
            if type(value) is not int:
                return "is no whole number"
            inside = field.get("minimum", value) <= value <= field.get("maximum", value)
            return None if inside else f"is not within {field.get('minimum')} and {field.get('maximum')}"
        case "boolean":
            return None if type(value) is bool else "is neither yes nor no"
        case "array":
            if not isinstance(value, list):
                return "is no list"
            if not field.get("minItems", 0) <= len(value) <= field.get("maxItems", len(value)):
                return "has too few or too many elements"
            return next((wrong for one in value if (wrong := _wrong(field["items"], one))), None)
    return "is of a kind that cannot be checked"


def _wrong_text(field: Document, value: Any) -> str | None:
    if not isinstance(value, str):
        return "is no text"
    if "enum" in field and value not in field["enum"]:
        return f"is none of {', '.join(field['enum'])}"
    if field.get("format") == "date":
        try:
            return None if date.fromisoformat(value).isoformat() == value else "is no day, such as 2026-11-22"
        except ValueError:
            return "is no day, such as 2026-11-22"
    if len(value) < field.get("minLength", 0):
        return "is too short"
    return "is too long" if len(value) > field.get("maxLength", len(value)) else None


def from_text(document: Document, cells: Mapping[str, str]) -> dict[str, Any]:
    """A body from texts, such as the cells of a table; empty ones are left out. What cannot be read as the member asks
    stays text: then `faults` says so. A list has `|` between its elements."""
    known: Mapping[str, Document] = document["properties"]
    return {name: _read(known.get(name, {}), text) for name, text in cells.items() if text}


def _read(field: Document, text: str) -> Any:
    match field.get("type"):
        case "integer" if text.removeprefix("-").isdecimal() and len(text) < 17:
            return int(text)
        case "boolean" if text.lower() in (*YES, *NO):
            return text.lower() in YES
        case "array":
            return [_read(field["items"], one.strip()) for one in text.split(LIST)]
    return text
