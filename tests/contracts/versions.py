# SPDX-License-Identifier: EUPL-1.2
"""V: what of a contract must not go within a major version: compared member by member with the last release."""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]


def breaking(before: Document, after: Document) -> list[str]:
    """What a client of `before` misses in `after`: operations, answers, members and enum values that are gone, and
    members or parameters that a request newly has to bring. Empty when nothing breaks."""
    found: list[str] = []
    for path, verbs in before["paths"].items():
        for verb, operation in verbs.items():
            here = f"{verb.upper()} {path}"
            now = after["paths"].get(path, {}).get(verb)
            if now is None:
                found.append(f"{here} is gone")
            else:
                found += _operation(here, (before, operation), (after, now))
    return found


def _operation(here: str, before: tuple[Document, Any], after: tuple[Document, Any]) -> Iterator[str]:
    old, new = before[1], after[1]
    known = {(p["in"], p["name"]): p for p in old.get("parameters", ())}
    there = {(p["in"], p["name"]): p for p in new.get("parameters", ())}
    for place in known.keys() - there.keys():
        yield f"{here}: parameter {place[1]} is gone"
    for place, parameter in there.items():
        if parameter.get("required") and not known.get(place, {}).get("required"):
            yield f"{here}: parameter {place[1]} is required now"
    for kind, schema in _bodies(old.get("requestBody", {})):
        other = dict(_bodies(new.get("requestBody", {}))).get(kind)
        if other is None:
            yield f"{here}: takes no {kind} any more"
        else:
            yield from _schema(f"{here} takes", (before[0], schema), (after[0], other), takes=True)
    for status, answer in old["responses"].items():
        if not status.startswith("2"):
            continue
        if status not in new["responses"]:
            yield f"{here}: {status} is gone"
            continue
        for kind, schema in _bodies(answer):
            other = dict(_bodies(new["responses"][status])).get(kind)
            if other is None:
                yield f"{here}: gives no {kind} any more"
            else:
                yield from _schema(f"{here} gives", (before[0], schema), (after[0], other), takes=False)


def _bodies(place: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for kind, content in place.get("content", {}).items():
        yield kind, content.get("schema", {})


def _schema(
    here: str, before: tuple[Document, Any], after: tuple[Document, Any], *, takes: bool, depth: int = 0
) -> Iterator[str]:
    old, new = _resolved(*before), _resolved(*after)
    if depth > 12:
        return
    gone = set(map(repr, old.get("enum", ()))) - set(map(repr, new.get("enum", old.get("enum", ()))))
    for value in sorted(gone):
        yield f"{here}: value {value} is gone"
    for name in old.get("properties", {}).keys() - new.get("properties", {}).keys():
        yield f"{here}: member {name} is gone"
    if takes:
        for name in set(new.get("required", ())) - set(old.get("required", ())):
            yield f"{here}: member {name} is required now"
    for name in old.get("properties", {}).keys() & new.get("properties", {}).keys():
        inner = (before[0], old["properties"][name]), (after[0], new["properties"][name])
        yield from _schema(f"{here} {name}", *inner, takes=takes, depth=depth + 1)
    if "items" in old and "items" in new:
        inner = (before[0], old["items"]), (after[0], new["items"])
        yield from _schema(f"{here}[]", *inner, takes=takes, depth=depth + 1)


def _resolved(document: Document, schema: Any) -> Mapping[str, Any]:
    """A schema behind its reference; of `anyOf` with null, the other one."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == 1:
        schema = kinds[0]
    if "$ref" not in schema:
        found: Mapping[str, Any] = schema
        return found
    return _resolved(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
