# SPDX-License-Identifier: EUPL-1.2
"""How every API is built: FastAPI inside, one door around it that follows the contract (standards.md, "Once").

The door reads the OpenAPI document that the routes make and enforces what it says, in this order: path, method,
headers, query keys, content type, declared size, who is calling (`security`), size, spelling of JSON. So an operation
cannot exist without a contract, and cannot be left open by forgetting a dependency. Only then the route runs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import logs
from chassis.calls import TRACE
from chassis.contract import Contract, Operation, contract_of
from chassis.database import Unavailable
from chassis.problems import At, Problem, not_found, unavailable
from formats.spelling import FormatError, parse_json

HEADER_BYTES = 16 * 1024
URL_BYTES = 2 * 1024
TRACE_BYTES = 55
"""Of a W3C traceparent, version 00; what is longer goes no further."""
BODY_SECONDS = 10.0
SLOWEST_BYTES_A_SECOND = 16 * 1024
ONCE = (b"authorization", b"dpop", b"content-type", b"content-length", b"content-encoding", b"host", b"accept")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)

Identify = Callable[[Scope, str], Awaitable[Any]]
"""(scope, security scheme) -> who is calling. Raises Problem. Given by `callers`, or by the gateway."""

Faults = Mapping[type[Exception], Callable[[Exception], Problem]]
"""The component's PROBLEMS table: plain error -> problem."""


class _Inside(FastAPI):
    """FastAPI without its own error pages: every exception reaches the door, which answers with a problem."""

    def build_middleware_stack(self) -> ASGIApp:
        return AsyncExitStackMiddleware(self.router)


@dataclass
class Application:
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
        self._published = orjson.dumps(self.contract.document)

    @property
    def document(self) -> dict[str, Any]:
        return self.contract.document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Never raises before the answer has begun: what is unknown is a bare 500."""
        if scope["type"] != "http":
            return
        if "kluisje.body" in scope and await self._within(scope):
            return
        head_only, inside = scope["method"] == "HEAD", "kluisje.peer" in scope
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                if not inside:
                    message["headers"] = [*_own_headers(message), *self._always, *self._cors(scope)]
            elif head_only:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._admit(scope, receive, answer)
        except Exception as error:  # the door is where every exception becomes a problem
            problem = self._problem(error)
            if begun:
                raise
            await _tell(problem, answer)

    async def _within(self, scope: Scope) -> bool:
        """A hot operation that a part of this very process calls: the same checks of operation, caller and body, without
        the messages between (performance.md, "two hops"). The answer is left in the scope. False: no hot operation."""
        found = self.contract.find(scope["path"][len(self.base) :])
        operation = None if found is None else found[0].get(scope["method"])
        if found is None or operation is None or operation.hot is None or operation.takes != "application/json":
            return False
        try:
            if operation.scheme is not None:
                scope["kluisje.caller"] = await self.identify(scope, operation.scheme)
            scope["kluisje.json"], scope["path_params"] = _json_of(scope["kluisje.body"], inside=True), found[1]
            scope["kluisje.answer"] = await operation.hot(Request(scope))
        except Exception as error:  # the door is where every exception becomes a problem
            scope["kluisje.answer"] = _answer_of(self._problem(error))
        return True

    async def _admit(self, scope: Scope, receive: Receive, answer: Send) -> None:
        """Checks what the contract says, in its order, then runs the route."""
        method, path = scope["method"], scope["path"]
        if not path.startswith(self.base):
            raise not_found()
        relative = path[len(self.base) :]
        headers = self._headers(scope)
        if relative == "/openapi.json" and method in ("GET", "HEAD"):
            await _send(answer, 200, self._published, [(b"access-control-allow-origin", b"*")])
            return
        found = self.contract.find(relative)
        if found is None:
            raise not_found()
        operations, values = found
        allowed = ", ".join(sorted(_verbs(operations)))
        if method == "OPTIONS":
            await _send(answer, 204, b"", [(b"allow", allowed.encode()), *self._preflight(headers)])
            return
        operation = operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise Problem("method-not-allowed", f"Use one of {allowed}.", headers={"Allow": allowed})
        scope["kluisje.operation"] = operation.name
        _check_accept(headers.get(b"accept"), operation)
        _check_query(scope["query_string"], operation)
        if operation.takes is not None:
            _check_declared(headers, operation)
        if operation.scheme is not None:
            scope["kluisje.caller"] = await self.identify(scope, operation.scheme)
        if operation.takes is not None:
            receive = await _take_body(scope, receive, operation)
        if method == "HEAD":
            scope = {**scope, "method": "GET"}
        if operation.hot is not None:
            scope["path_params"] = values
            response = await operation.hot(Request(scope, receive))
            await response(scope, receive, answer)
            return
        scope["root_path"] = self.base
        await self.inside(scope, receive, answer)

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
        if self.portal_origin is None:
            return []
        for name, value in scope["headers"]:
            if name == b"origin" and value == self.portal_origin.encode():
                exposed = b"API-Version, Link, Location, Retry-After, WWW-Authenticate"
                return [
                    (b"access-control-allow-origin", value),
                    (b"access-control-expose-headers", exposed),
                    (b"vary", b"Origin"),
                ]
        return []

    def _preflight(self, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        if self.portal_origin is None or headers.get(b"origin") != self.portal_origin.encode():
            return []
        return [
            (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
            (b"access-control-allow-headers", b"Authorization, DPoP, Content-Type, Range"),
            (b"access-control-max-age", b"600"),
        ]

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
        generate_unique_id_function=lambda route: to_camel(route.name),
    )
    inside.include_router(router)
    for key, value in state.items():
        setattr(inside.state, key, value)
    contract = contract_of(inside, name, security)
    known = {origin.split("://", 1)[1], *hosts}
    return Application(
        name=name,
        version=version,
        inside=inside,
        contract=contract,
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


def _verbs(operations: Mapping[str, Operation]) -> set[str]:
    return {*operations, "OPTIONS", *(("HEAD",) if "GET" in operations else ())}


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


def _check_declared(headers: Mapping[bytes, bytes], operation: Operation) -> None:
    """Refuses a body by what its headers say, before anything of it is read."""
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
    declared = headers.get(b"content-length", b"0")
    if b"content-encoding" in headers:
        raise Problem("unsupported-type", "Send the body without a content encoding.")
    if kind != operation.takes:
        raise Problem("unsupported-type", f"Send the body as {operation.takes}.")
    if not declared.isdigit() or int(declared) > operation.most:
        raise Problem("too-large", f"Send at most {operation.most} bytes.")


async def _take_body(scope: MutableMapping[str, Any], receive: Receive, operation: Operation) -> Receive:
    """Counts the body as it comes, and gives it on: octets as they are, JSON whole and strictly read."""
    inside = "kluisje.peer" in scope  # a part of this very process: its body is whole already, and is no stranger's
    counted = receive if inside else _counted(receive, operation.most)
    if operation.takes != "application/json":
        return counted
    pieces = []
    while True:
        message = await counted()
        if message["type"] == "http.disconnect":
            raise Problem("too-slow", "The connection ended before the body did.")
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = b"".join(pieces)
    scope["kluisje.json"] = _json_of(body, inside=inside)
    return _replayed(body, receive)


def _json_of(body: bytes, *, inside: bool) -> dict[str, Any]:
    try:
        return _own_json(body) if inside else parse_json(body)
    except FormatError as error:
        at = [At("body", "", "json")]
        raise Problem(
            "invalid-input", "Send one JSON object in UTF-8, no name twice, whole numbers only.", at
        ) from error


def _own_json(body: bytes) -> dict[str, Any]:
    """JSON that another part of this process wrote by orjson: no name stands twice in it."""
    try:
        found = orjson.loads(body)
    except ValueError:
        raise FormatError("json") from None
    if not isinstance(found, dict):
        raise FormatError("json")
    return found


def _counted(receive: Receive, most: int) -> Receive:
    """Counts bytes and time: a body may take 10 s, and longer only while it keeps up 16 KiB a second."""
    loop = asyncio.get_running_loop()
    began, size = loop.time(), 0

    async def counting() -> Message:
        nonlocal size
        left = began + BODY_SECONDS + size / SLOWEST_BYTES_A_SECOND - loop.time()
        try:
            async with asyncio.timeout(left):
                message = await receive()
        except TimeoutError as error:
            raise Problem("too-slow", "Send the body faster, or in smaller pieces.") from error
        size += len(message.get("body", b""))
        if size > most:
            raise Problem("too-large", f"Send at most {most} bytes.")
        return message

    return counting


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _own_headers(start: Message) -> list[tuple[bytes, bytes]]:
    """The route's own headers; an answer without content has no content type (FastAPI sets one all the same)."""
    headers: list[tuple[bytes, bytes]] = start.get("headers", [])
    if start["status"] != 204:
        return headers
    return [one for one in headers if one[0].lower() != b"content-type"]


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = [] if status == 204 else [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})


async def _tell(problem: Problem, send: Send) -> None:
    answer = _answer_of(problem)
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body})


def _answer_of(problem: Problem) -> Response:
    headers = {**problem.headers, "Connection": "close"} if problem.status in (408, 413) else problem.headers
    return _JsonBytes(problem.body(), problem.status, headers, b"application/problem+json")


class _JsonBytes(Response):
    """JSON bytes as they are. Starlette finds out length, type and spelling of headers anew for each answer."""

    media_type = "application/json"

    def __init__(
        self, body: bytes, status: int, headers: Mapping[str, str] | None, kind: bytes = b"application/json"
    ) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", kind)]
        for name, value in (headers or {}).items():
            self.raw_headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer from JSON bytes made once: for hot routes."""
    return _JsonBytes(body, status, headers)
