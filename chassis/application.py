# SPDX-License-Identifier: EUPL-1.2
"""How every API is built: FastAPI inside, one door around it that follows the contract (standards.md, "Once").

The door reads what the routes say to the contract, as their OpenAPI document does, and enforces it, in this order: path,
method, headers, query keys, content type, declared size, who is calling (`security`), size, spelling of JSON. So an operation
cannot exist without a contract, and cannot be left open by forgetting a dependency. Only then the route runs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import logs
from chassis.answers import SECURITY_HEADERS, Whole, json_answer, own_headers, problem_answer
from chassis.bodies import check_declared, take_body
from chassis.calls import TRACE, TRACE_BYTES, Beside
from chassis.contract import Contract, Operation
from chassis.database import Unavailable
from chassis.problems import At, Problem, not_found, unavailable
from formats.spelling import FormatError

HEADER_BYTES = 16 * 1024
URL_BYTES = 2 * 1024
ONCE = (b"authorization", b"dpop", b"content-type", b"content-length", b"content-encoding", b"host", b"accept")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")

Identify = Callable[[Scope, str], Awaitable[Any]]
"""(scope, security scheme) -> who is calling. Raises Problem. Given by `callers`, or by the gateway."""

Faults = Mapping[type[Exception], Callable[[Exception], Problem]]
"""The component's PROBLEMS table: plain error -> problem."""


class _Inside(FastAPI):
    """FastAPI without its own error pages: every exception reaches the door, which answers with a problem."""

    def build_middleware_stack(self) -> ASGIApp:
        return AsyncExitStackMiddleware(self.router)


@dataclass
class Application(Beside):
    """One component as an ASGI app under `/<name>/v1`.

    `document` is its OpenAPI document; `start` and `stop` are awaited by serve.py; `ready` says whether it can answer.
    """

    name: str
    version: str
    inside: FastAPI
    contract: Contract
    identify: Identify
    problems: Faults
    origin: str
    portal_origin: str | None
    hosts: frozenset[bytes]
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]
    ready: Callable[[], Awaitable[bool]]
    base: str = field(init=False)

    def __post_init__(self) -> None:
        self.base = f"/{self.name}/v1"
        self._always = (*SECURITY_HEADERS, (b"api-version", self.version.encode()))
        self._portal = None if self.portal_origin is None else self.portal_origin.encode()
        self._describing, self._published = asyncio.Lock(), b""
        self.inside.state.door = self
        self._within = {self.base + path: found for path, found in self.contract.hot_posts().items()}

    @property
    def document(self) -> dict[str, Any]:
        return self.contract.document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Never raises before the answer has begun: what is unknown is a bare 500."""
        if scope["type"] != "http":
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                if "kluisje.peer" not in scope:
                    message["headers"] = [*own_headers(message), *self._always, *self._cors(scope)]
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            whole = await self._admit(scope, receive, answer)
        except Exception as error:  # the door is where every exception becomes a problem
            whole = problem_answer(self._problem(error))
            if begun:
                raise
        if whole is not None:
            await whole(scope, receive, answer)

    async def within(self, peer: str, path: str, members: Mapping[str, Any]) -> Whole | None:
        """A hot POST that a part of this very process asks: the same checks of operation, caller and body, without the
        messages and the JSON text between (performance.md, "two hops"). None: no hot operation, so call it as any other.
        """
        found = self._within.get(path)
        if found is None:
            return None
        operation, handler = found
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": (),  # what is traced stands in the context, which is the caller's own
            "kluisje.peer": peer,
            "kluisje.json": members,
            "app": self.inside,
        }
        try:
            if operation.scheme is not None:
                scope["kluisje.caller"] = await self.identify(scope, operation.scheme)
            return await handler(scope)
        except Exception as error:  # the door is where every exception becomes a problem
            return problem_answer(self._problem(error))

    async def _admit(self, scope: Scope, receive: Receive, answer: Send) -> Response | None:
        """Checks what the contract says, in its order, then runs the route. A whole answer, or None: it was streamed."""
        method, path = scope["method"], scope["path"]
        if not path.startswith(self.base):
            raise not_found()
        relative = path[len(self.base) :]
        headers = self._headers(scope)
        if relative == "/openapi.json" and method in ("GET", "HEAD"):
            return json_answer(await self._publish(), 200, {"access-control-allow-origin": "*"})
        found = self.contract.find(relative)
        if found is None:
            raise not_found()
        operations, values = found
        if method == "OPTIONS":
            return Response(None, 204, {"allow": _verbs(operations), **self._preflight(headers)})
        operation = operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            allowed = _verbs(operations)
            raise Problem("method-not-allowed", f"Use one of {allowed}.", headers={"Allow": allowed})
        scope["kluisje.operation"] = operation.name
        _check_accept(headers.get(b"accept"), operation)
        _check_query(scope["query_string"], operation)
        if operation.takes is not None:
            check_declared(headers, operation)
        if operation.scheme is not None:
            scope["kluisje.caller"] = await self.identify(scope, operation.scheme)
        if operation.takes is not None:
            receive = await take_body(scope, receive, operation)
        if operation.hot is not None:
            scope["path_params"], scope["app"] = values, self.inside
            return await operation.hot(scope)
        if method == "HEAD":
            scope = {**scope, "method": "GET"}
        scope["root_path"] = self.base
        await self.inside(scope, receive, answer)
        return None

    async def _publish(self) -> bytes:
        """The document as anybody gets it, made for the first who asks, beside the event loop: it takes some tenths of a
        second, and nobody else waits for that."""
        async with self._describing:
            if not self._published:
                self._published = await asyncio.to_thread(lambda: orjson.dumps(self.document))
        return self._published

    def _headers(self, scope: Scope) -> dict[bytes, bytes]:
        """Headers by name. Raises for too many bytes, for one that may stand once only, and for a foreign host."""
        size, headers = 0, {}
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name in headers and name in ONCE:
                raise Problem(
                    "invalid-input", "Send each header once.", [At("header", name.decode("latin-1"), "repeated")]
                )
            headers[name] = value
        if size > HEADER_BYTES:
            raise Problem("headers-too-large", "Send at most 16 KiB of headers.")
        if len(scope["query_string"]) + len(scope["path"]) > URL_BYTES:
            raise Problem("invalid-input", "Send an address of at most 2 KiB.", [At("path", "", "too-long")])
        if b"transfer-encoding" in headers and b"content-length" in headers:
            raise Problem("invalid-input", "Send one length.", [At("header", "content-length", "repeated")])
        if "kluisje.peer" not in scope and headers.get(b"host") not in self.hosts:
            raise Problem("invalid-input", "Use the published address.", [At("header", "host", "unknown")])
        trace = headers.get(b"traceparent")
        TRACE.set(trace if trace is not None and len(trace) == TRACE_BYTES else None)
        return headers

    def _cors(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        if self._portal is None:
            return []
        for name, value in scope["headers"]:
            if name == b"origin" and value == self._portal:
                exposed = b"API-Version, Link, Location, Retry-After, WWW-Authenticate"
                return [
                    (b"access-control-allow-origin", value),
                    (b"access-control-expose-headers", exposed),
                    (b"vary", b"Origin"),
                ]
        return []

    def _preflight(self, headers: dict[bytes, bytes]) -> dict[str, str]:
        if self._portal is None or headers.get(b"origin") != self._portal:
            return {}
        return {
            "access-control-allow-methods": "GET, POST, PUT, DELETE",
            "access-control-allow-headers": "Authorization, DPoP, Content-Type, Range",
            "access-control-max-age": "600",
        }

    def _problem(self, error: Exception) -> Problem:
        """The problem of an exception: the component's table first, then what all components share."""
        if isinstance(error, Problem):
            return error
        for kind in type(error).__mro__:
            if kind in self.problems:
                return self.problems[kind](error)
        if isinstance(error, RequestValidationError | ValidationError):
            return invalid(error)
        if isinstance(error, FormatError):
            return Problem("bad-spelling", "A signed or sealed text is not in the form its format page asks.")
        if isinstance(error, Unavailable):
            logs.unexpected(self.name, error.__cause__ or error)
            return unavailable()
        if isinstance(error, HTTPException):
            return not_found() if error.status_code in (404, 405) else _whole()
        logs.unexpected(self.name, error)
        return Problem("internal", "This is our fault and is written down. Nothing was handed out.")


def build(
    name: str,
    *,
    version: str,
    title: str,
    description: str,
    router: APIRouter,
    identify: Identify,
    security: str | None,
    problems: Faults,
    origin: str,
    portal_origin: str | None,
    hosts: tuple[str, ...],
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
    ready: Callable[[], Awaitable[bool]],
    state: Mapping[str, Any],
) -> Application:
    """Makes a component's application.

    router: its routes, with paths as in the contract (no `/v1`). security: the scheme of operations that name none;
    None: everybody may call them.
    state: what routes find in `request.app.state` (the component's own object). Other arguments as in Application.
    """
    inside = _Inside(
        title=title,
        version=version,
        description=description,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        separate_input_output_schemas=False,
        root_path_in_servers=False,
    )
    inside.router.routes.extend(router.routes)  # included, each would be made twice, which is half of a start
    for key, value in state.items():
        setattr(inside.state, key, value)
    known = {origin.split("://", 1)[1], *hosts}
    return Application(
        name=name,
        version=version,
        inside=inside,
        contract=Contract(inside, name, security),
        identify=identify,
        problems=problems,
        origin=origin,
        portal_origin=portal_origin,
        hosts=frozenset(host.encode() for host in known),
        start=start,
        stop=stop,
        ready=ready,
    )


def invalid(error: RequestValidationError | ValidationError) -> Problem:
    """All faults of the input together, by place and code; never a value (ADR error-handling/all-errors)."""
    faults = []
    for fault in error.errors():
        place = [str(step) for step in fault["loc"]]
        where = place.pop(0) if place and place[0] in ("body", "query", "path", "header") else "body"
        if fault["type"] == "extra_forbidden":
            place[-1] = "?"  # the name itself was sent, and may say anything
        at = "/" + "/".join(place) if where == "body" else ".".join(place)
        faults.append(At(where, at, str(fault["type"]).replace("_", "-")))
    return Problem("invalid-input", "Correct the places named in errors.", faults)


def _whole() -> Problem:
    return Problem("invalid-input", "Send what the contract asks.", [At("body", "", "unreadable")])


def _verbs(operations: Mapping[str, Operation]) -> str:
    """What may be done at an address, as `Allow` tells it."""
    return ", ".join(sorted({*operations, "OPTIONS", *(("HEAD",) if "GET" in operations else ())}))


def _check_accept(accept: bytes | None, operation: Operation) -> None:
    """406 when the caller takes neither JSON nor what this operation gives."""
    if accept is None or b"*/*" in accept or b"json" in accept or b"application/*" in accept:
        return
    if operation.gives not in accept.decode("latin-1"):
        raise Problem("not-acceptable", f"Accept {operation.gives}.")


def _check_query(query: bytes, operation: Operation) -> None:
    """Unknown query keys and single keys sent twice are refused, not ignored."""
    if not query:
        return
    seen: set[str] = set()
    faults = []
    for key, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        shown = key if key in operation.query else "?"
        if key not in operation.query:
            faults.append(At("query", shown, "unknown"))
        elif key in seen and not operation.query[key]:
            faults.append(At("query", shown, "repeated"))
        seen.add(key)
    if faults:
        raise Problem("invalid-input", "Send the query keys of the contract, each once.", faults)
