# SPDX-License-Identifier: EUPL-1.2
"""The contract: what the routes of a part say, as the look-up that the door uses and as the document that is published.

Both come from the same routes: the look-up when the part is made, the document when somebody asks for it, which takes
longer than all else of a start. `tests/contracts/test_drift.py` holds each against the other and against openapi/*.yaml.

Routes say the rest by `openapi_extra`: `security` (list of one scheme, or [] for public) and `x-most-bytes` (largest
body); hot routes by `hot(...)`.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_origin

from fastapi import APIRouter, FastAPI
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Scope

from chassis.answers import Whole
from chassis.describing import describe

BODY_BYTES = 64 * 1024
RECORD_BYTES = 3 * 512 * 1024
"""1.5 MiB: a record or deposit (reliability.md, "Headers and limits")."""
_JSON = "application/json"
_PARAMETER = re.compile(r"\{(\w+)\}")

Handler = Callable[[Scope], Awaitable[Whole]]
"""A hot route, over the scope itself: a Request object around it and its headers cost 30 µs of a read."""


@dataclass(frozen=True)
class Operation:
    """What the door needs of one operation.

    name: its `operationId`. scheme: security scheme or None (public). takes: media type of the body or None. most:
    bytes. gives: media type. query: known keys -> may repeat. hot: the handler that runs without FastAPI, or None.
    """

    name: str
    scheme: str | None
    takes: str | None
    most: int
    gives: str
    query: Mapping[str, bool]
    hot: Handler | None


class HotRoute(APIRoute):
    """A route that the door runs itself. handler: what it runs. takes: the JSON body, None without."""

    handler: Handler
    takes: type[BaseModel] | None


class Contract:
    """What the routes of an app say. security: the scheme of operations that name none; None: everybody may call them.

    operations: path -> verb -> operation.
    """

    def __init__(self, app: FastAPI, name: str, security: str | None) -> None:
        self._app, self._name, self._security = app, name, security
        self._document: dict[str, Any] | None = None
        self._routes = [route for route in app.router.routes if isinstance(route, APIRoute)]
        self.operations: dict[str, dict[str, Operation]] = {}
        for route in self._routes:
            verbs = self.operations.setdefault(route.path_format, {})
            verbs |= dict.fromkeys(route.methods or (), _operation(route, security))
        self._static = {path: verbs for path, verbs in self.operations.items() if "{" not in path}
        self._shaped: dict[int, list[tuple[re.Pattern[str], dict[str, Operation]]]] = {}
        for path, verbs in self.operations.items():
            if "{" in path:
                shape = re.compile(_PARAMETER.sub(lambda m: f"(?P<{m[1]}>[^/]+)", path))
                self._shaped.setdefault(path.count("/"), []).append((shape, verbs))

    @property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of these routes; made when it is first asked for."""
        if self._document is None:
            hot = [one for one in self._routes if isinstance(one, HotRoute)]
            taken = {(verb, one.path): one.takes for one in hot for verb in one.methods or ()}
            self._document = describe(self._app, self._name, self._security, taken)
        return self._document

    def hot_posts(self) -> dict[str, tuple[Operation, Handler]]:
        """The hot operations that take JSON members, by their path: what a part of this process can ask without messages."""
        posts = ((path, verbs["POST"]) for path, verbs in self._static.items() if "POST" in verbs)
        return {path: (one, one.hot) for path, one in posts if one.hot is not None and one.takes == "application/json"}

    def find(self, path: str) -> tuple[dict[str, Operation], dict[str, str]] | None:
        """The operations of a path and the values in it, or None when no operation has that path."""
        static = self._static.get(path)
        if static is not None:
            return static, {}
        for shape, operations in self._shaped.get(path.count("/"), ()):
            match = shape.fullmatch(path)
            if match:
                return operations, match.groupdict()
        return None


def hot(
    router: APIRouter,
    method: str,
    path: str,
    handler: Handler,
    *,
    gives: type[BaseModel] | None,
    takes: type[BaseModel] | None = None,
    **described: Any,
) -> None:
    """Adds a hot route: in the contract like any other, run by the door without FastAPI's work per request.

    handler: reads `scope["kluisje.json"]`, `scope["path_params"]` and `scope["app"]`, returns bytes. A FastAPI endpoint costs
    6 to 16 % of the throughput of a read (performance.md).
    """

    async def shown() -> None:
        """What FastAPI sees of it, to describe it: the door runs `handler`."""

    shown.__name__, shown.__doc__ = handler.__name__, handler.__doc__
    router.add_api_route(
        path, shown, methods=[method], response_model=gives, route_class_override=HotRoute, **described
    )
    made = router.routes[-1]
    assert isinstance(made, HotRoute)
    made.handler, made.takes = handler, takes


def _operation(route: APIRoute, security: str | None) -> Operation:
    """What a route says to the door. Its document says the same, in more words."""
    said = route.openapi_extra or {}
    schemes = said.get("security", [] if security is None else [{security: []}])
    content = said.get("requestBody", {}).get("content", {})
    json_body = route.body_field is not None or (isinstance(route, HotRoute) and route.takes is not None)
    return Operation(
        name=route.unique_id,
        scheme=next(iter(schemes[0])) if schemes else None,
        takes=_JSON if json_body else next(iter(content), None),
        most=said.get("x-most-bytes", BODY_BYTES),
        gives=_gives(route),
        query=_query(route),
        hot=route.handler if isinstance(route, HotRoute) else None,
    )


def _gives(route: APIRoute) -> str:
    """The media type of its good answers."""
    for status, answer in route.responses.items():
        if str(status).startswith("2") and answer.get("content"):
            return str(next(iter(answer["content"])))
    made = route.response_class
    return (made.value if isinstance(made, DefaultPlaceholder) else made).media_type or _JSON


def _query(route: APIRoute) -> dict[str, bool]:
    """Its query keys, and whether each may repeat: those of its function, and those of a hot route as they are described."""
    fields = [one for one in get_flat_params(route.dependant) if isinstance(one.field_info, Query)]
    described = [one for one in (route.openapi_extra or {}).get("parameters", ()) if one["in"] == "query"]
    named = {one.alias: get_origin(one.field_info.annotation) is list for one in fields}
    return named | {one["name"]: one["schema"].get("type") == "array" for one in described}
