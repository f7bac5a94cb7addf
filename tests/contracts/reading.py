# SPDX-License-Identifier: EUPL-1.2
"""Reading an answer by its contract: headers that are always there, problems, schemas. Counts what was asked."""

import re
from collections import Counter
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.contracts.calling import Answer
from tests.contracts.documents import committed
from tests.contracts.sweeping import operations

SECURITY = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}
ASKED: Counter[int] = Counter()


@lru_cache
def registry(part: str) -> Registry[Any]:
    return Registry().with_resource(part, Resource.from_contents(committed(part), default_specification=DRAFT202012))


def fits(part: str, pointer: str, value: Any) -> None:
    """Checks a JSON value against a schema of the contract, formats too."""
    schema = {"$ref": f"{part}#{pointer}"}
    Draft202012Validator(schema, registry=registry(part), format_checker=FormatChecker()).validate(value)


@lru_cache
def described(name: str) -> tuple[str, str, str, Any]:
    """(part, path, verb, operation) of `vault.getVault`."""
    part, wanted = name.split(".")
    return next((part, path, verb, o) for path, verb, o in operations(part) if o["operationId"] == wanted)


def good_headers(part: str, answer: Answer) -> None:
    """What is on every answer whatever its status."""
    version = committed(part)["info"]["version"]
    for name, value in {**SECURITY, "api-version": version}.items():
        assert answer.header(name) == value, (name, answer)
    assert answer.header("server") is None
    ASKED[answer.status] += 1


def is_problem(part: str, answer: Answer, status: int, slug: str) -> dict[str, Any]:
    """Checks a refusal: status, type, members, headers. Its members."""
    good_headers(part, answer)
    assert (answer.status, answer.slug) == (status, slug), answer
    told: dict[str, Any] = answer.json()
    fits(part, "/components/schemas/Problem", told)
    assert told["status"] == status
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", told["instance"])
    return told
