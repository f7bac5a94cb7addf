# SPDX-License-Identifier: EUPL-1.2
"""The door around the OAuth endpoints and pages: limits, security headers, CORS, and bare answers to what is unknown.

These endpoints follow RFC 6749, not our OpenAPI contract: their errors are no problem+json, their bodies are forms.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import logs
from chassis.answers import SECURITY_HEADERS
from chassis.application import HEADER_BYTES, URL_BYTES
from chassis.bodies import BODY_SECONDS
from chassis.contract import BODY_BYTES
from chassis.database import Unavailable
from chassis.problems import Problem

_ONCE = (
    b"authorization",
    b"dpop",
    b"content-type",
    b"content-length",
    b"content-encoding",
    b"host",
    b"cookie",
)
_PAGES = ("/authorize", "/callback")
"""Where a browser goes itself; no script of another origin may (FAPI 2.0, 5.3.2.2)."""
MOST_FIELDS = 60


class Refused(Exception):
    """Not a request that an endpoint should see. status: HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Door:
    """Wraps `inside`. hosts: Host names we answer to. portal_origin: the one origin whose scripts may call."""

    def __init__(self, inside: ASGIApp, hosts: frozenset[bytes], portal_origin: str | None) -> None:
        self._inside, self._hosts = inside, hosts
        self._portal = None if portal_origin is None else portal_origin.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Never raises before the answer has begun."""
        if scope["type"] != "http":
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = list(message.get("headers", ()))
                names = {name for name, _ in own}
                always = [(name, value) for name, value in SECURITY_HEADERS if name not in names]
                message = {**message, "headers": [*own, *always, *self._cors(scope)]}
            await send(message)

        try:
            self._check(scope)
            if scope["method"] == "OPTIONS":
                await Response(None, 204, self._preflight(scope))(scope, receive, answer)
                return
            await self._inside(scope, receive, answer)
        except Exception as error:  # whatever it is, no text of it leaves
            if begun:
                raise
            await _bare(error)(scope, receive, answer)

    def _check(self, scope: Scope) -> None:
        size, found = 0, set()
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name in found and name in _ONCE:
                raise Refused(400)
            found.add(name)
            if name == b"host" and value not in self._hosts:
                raise Refused(400)
        if size > HEADER_BYTES:
            raise Refused(431)
        if len(scope["query_string"]) + len(scope["path"]) > URL_BYTES:
            raise Refused(414)
        if {b"transfer-encoding", b"content-length"} <= found or b"content-encoding" in found:
            raise Refused(400)

    def _may(self, scope: Scope) -> bool:
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        return origin is not None and origin == self._portal and not scope["path"].endswith(_PAGES)

    def _cors(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        if self._portal is None or not self._may(scope):
            return []
        exposed = (b"access-control-expose-headers", b"WWW-Authenticate, Retry-After")
        return [(b"access-control-allow-origin", self._portal), (b"vary", b"Origin"), exposed]

    def _preflight(self, scope: Scope) -> dict[str, str]:
        if not self._may(scope):
            return {}
        return {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "Authorization, DPoP, Content-Type",
            "access-control-max-age": "600",
        }


def _bare(error: Exception) -> Response:
    if isinstance(error, Refused):
        return Response(None, error.status)
    if isinstance(error, Unavailable):
        logs.unexpected("gateway", error.__cause__ or error)
        return unavailable()
    if isinstance(error, Problem):
        return unavailable() if error.status == 503 else Response(None, error.status, error.headers)
    logs.unexpected("gateway", error)
    return Response(None, 500)


def unavailable() -> Response:
    """503 in the words of OAuth, for a part or database that is away."""
    told = {"error": "temporarily_unavailable", "error_description": "Try again in a few seconds."}
    return json_response(told, 503, {"retry-after": "2"})


def json_response(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(dict(body)), status, dict(headers or {}), "application/json")


async def read_body(request: Request, kind: str) -> bytes:
    """The whole body: this content type, at most 64 KiB, within 10 s. Raises Refused."""
    declared = request.headers.get("content-type", "").split(";")[0].strip().lower()
    length = request.headers.get("content-length", "0")
    if declared != kind:
        raise Refused(415)
    if not length.isdigit() or int(length) > BODY_BYTES:
        raise Refused(413)
    pieces, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size > BODY_BYTES:
                    raise Refused(413)
                pieces.append(piece)
    except TimeoutError as error:
        raise Refused(408) from error
    return b"".join(pieces)


async def read_form(request: Request) -> list[tuple[str, str]]:
    """The fields of a form in order, repeated ones too. Raises Refused."""
    body = await read_body(request, "application/x-www-form-urlencoded")
    try:
        text = body.decode("ascii")
        return parse_qsl(
            text,
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
            strict_parsing=bool(text),
        )
    except ValueError as error:
        raise Refused(400) from error
