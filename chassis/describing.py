# SPDX-License-Identifier: EUPL-1.2
"""The contract as a document: FastAPI's OpenAPI document of the routes, made to follow the API design rules."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chassis.problems import MOST_ERRORS, SLUGS

CONTACT = {"name": "Kluisje", "url": "https://kluisje.example", "email": "api@kluisje.example"}
SECURITY_SCHEMES = {
    "person": {
        "type": "http",
        "scheme": "DPoP",
        "description": "Access token of the person issuer, bound to a DPoP key (RFC 9449).",
    },
    "organisation": {
        "type": "http",
        "scheme": "DPoP",
        "description": "Access token of the organisations' issuer with vault_access details, bound to a DPoP key.",
    },
    "caseworker": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-kluisje-desk",
        "description": "Session of a caseworker's browser. Each call also needs the header `Kluisje-Desk: 1`, and but for "
        "GET the `Origin` of the desk itself.",
    },
    "service": {
        "type": "http",
        "scheme": "bearer",
        "description": "Service token of a neighbouring part (ES256, one audience, 30 seconds) over mutual TLS.",
    },
}
_ERRORS = (400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 429, 431, 500, 503)
# Headers of good answers, and of problems, by status.
_SENT = {
    "201": {"Location": "Where it is."},
    "206": {"Content-Range": "Which octets of how many.", "Accept-Ranges": "`bytes`."},
}
_TOLD = {
    401: {"WWW-Authenticate": "What to do (RFC 6750, RFC 9449)."},
    405: {"Allow": "The methods of this address."},
    429: {"Retry-After": "Seconds."},
    503: {"Retry-After": "Seconds."},
}
_PARAMETER = re.compile(r"\{(\w+)\}")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def describe(
    app: FastAPI, name: str, security: str | None, hots: Mapping[tuple[str, str], type[BaseModel] | None]
) -> dict[str, Any]:
    """FastAPI's document with errors, headers, servers, security (None: public) filled in; what it adds for 422 is taken
    out. hots: method and path of each hot route -> the JSON body that it takes, or None.

    It takes some tenths of a second: each model is made into a schema, and each of its members too.
    """
    document = app.openapi()
    document["info"]["contact"] = CONTACT
    document["info"]["license"] = {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}
    variables = {"host": {"default": "kluisje.example", "description": "The host of the installation."}}
    document["servers"] = [{"url": f"https://{{host}}/{name}/v1", "variables": variables}]
    default: list[dict[str, Any]] = [] if security is None else [{security: []}]
    document["security"] = default
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unwanted in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unwanted, None)
    schemas["Problem"] = _problem_schema()
    used: set[str] = set() if security is None else {security}
    components["responses"] = {_name_of(status): _problem_answer(status) for status in _ERRORS}
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            key = (verb.upper(), path)
            for requirement in operation.get("security", ()):
                used.update(requirement)
            if key in hots:
                _path_parameters(path, operation)
            _responses(operation, default)
    if taken := {place: takes for place, takes in hots.items() if takes is not None}:
        _add_bodies(document, taken)
    components["securitySchemes"] = {k: SECURITY_SCHEMES[k] for k in sorted(used)}
    components["headers"] = {"API-Version": {**_header("Version of this contract."), "required": True}}
    _tidy(document)
    tags = sorted({tag for verbs in document["paths"].values() for o in verbs.values() for tag in o.get("tags", ())})
    document["tags"] = [{"name": tag} for tag in tags]
    return document


def _path_parameters(path: str, operation: dict[str, Any]) -> None:
    present = {p["name"] for p in operation.get("parameters", ())}
    for name in _PARAMETER.findall(path):
        if name not in present:
            schema = {"type": "string", "format": "uuid", "pattern": f"^{_UUID}$"}
            operation.setdefault("parameters", []).append(
                {"name": name, "in": "path", "required": True, "schema": schema}
            )


def _responses(operation: dict[str, Any], default: list[dict[str, Any]]) -> None:
    """Each answer has API-Version and the headers it comes with; each problem is named; 422 is gone."""
    responses = operation["responses"]
    responses.pop("422", None)
    if {"200", "201"} <= responses.keys():
        # What was there already is shown as what is new is shown.
        responses["200"].setdefault("content", responses["201"].get("content", {}))
    paged = any(parameter["name"] == "pageCursor" for parameter in operation.get("parameters", ()))
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers["API-Version"] = {"$ref": "#/components/headers/API-Version"}
        headers |= {name: _header(text) for name, text in _SENT.get(status, {}).items()}
        if status == "200" and paged:
            headers["Link"] = _header('`rel="next"`: where the next page is, when there is one.')
        if response.get("content") == {}:
            del response["content"]
    secured = operation.get("security", default)
    for code in _ERRORS:
        if code != 401 or secured:
            responses.setdefault(str(code), {"$ref": f"#/components/responses/{_name_of(code)}"})
    operation["responses"] = dict(sorted(responses.items()))


def _header(text: str, kind: str = "string") -> dict[str, Any]:
    return {"description": text, "schema": {"type": kind}}


def _name_of(status: int) -> str:
    return "Problem" + str(status)


def _problem_answer(status: int) -> dict[str, Any]:
    """The answer of one error status: which problems it can be, and the headers that come with it."""
    slugs = [f"`{slug}`: {title}." for slug, (number, title) in SLUGS.items() if number == status]
    headers = {name: {**_header(text), "required": True} for name, text in _TOLD.get(status, {}).items()}
    return {
        "description": " ".join(slugs),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": {"API-Version": {"$ref": "#/components/headers/API-Version"}, **headers},
    }


def _tidy(place: Any) -> None:
    """Schemas as a reader wants them: no titles made of names, and `type: [string, "null"]` for what may be null (a
    format inside `anyOf` is a lint error)."""
    if isinstance(place, list):
        for each in place:
            _tidy(each)
        return
    if not isinstance(place, dict):
        return
    if isinstance(place.get("title"), str) and "version" not in place:
        del place["title"]
    kinds = place.get("anyOf", ())
    if len(kinds) == 2 and kinds[1] == {"type": "null"} and isinstance(kinds[0].get("type"), str):
        del place["anyOf"]
        place |= {**kinds[0], "type": [kinds[0]["type"], "null"]}
        if "enum" in place:
            place["enum"] = [*place["enum"], None]
    for each in place.values():
        _tidy(each)


def _add_bodies(document: dict[str, Any], taken: Mapping[tuple[str, str], type[BaseModel]]) -> None:
    """Request bodies of hot routes, which FastAPI does not see."""
    models = sorted(set(taken.values()), key=lambda model: model.__name__)
    _, described = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    document["components"]["schemas"] |= described.get("$defs", {})
    for (verb, path), model in taken.items():
        reference = {"$ref": f"#/components/schemas/{model.__name__}"}
        body = {"required": True, "content": {"application/json": {"schema": reference}}}
        document["paths"][path][verb.lower()]["requestBody"] = body


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    fault = {
        "type": "object",
        "required": ["in", "at", "code"],
        "properties": {"in": text, "at": text, "code": text},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": "A problem (RFC 9457). `type` is explained in docs/problems.md; no sent value comes back.",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": text,
            "instance": {"type": "string", "format": "uri"},
            "errors": {"type": "array", "maxItems": MOST_ERRORS, "items": fault},
        },
        "additionalProperties": False,
    }
