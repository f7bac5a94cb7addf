# SPDX-License-Identifier: EUPL-1.2
"""Whole answers: JSON bytes that were made once, and problems. With the headers that stand on every answer."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from chassis.problems import Problem

Headers = list[tuple[bytes, bytes]]

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


class Whole(Response):
    """A JSON answer that is made at once. Starlette finds out length, type and spelling of headers anew for each.

    told: the headers beside length and type, by lower-case name. members: what the body says, for a part of this very
    process, which then need not read it; None: not kept. body None: the members, spelled only if they leave the process.
    """

    def __init__(
        self,
        body: bytes | None,
        status: int,
        headers: Mapping[str, str] | None,
        *,
        members: Mapping[str, Any] | None = None,
        kind: bytes = b"application/json",
    ) -> None:
        self._octets, self.status_code, self.members, self.background = body, status, members, None
        self.told = {name.lower(): value for name, value in headers.items()} if headers else {}
        self._kind = kind

    @property
    def octets(self) -> bytes:
        """The body."""
        return orjson.dumps(self.members) if self._octets is None else self._octets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        octets = self.octets
        headers = [(b"content-length", b"%d" % len(octets)), (b"content-type", self._kind)]
        headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.told.items()]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": octets})


def json_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Whole:
    """An answer from JSON bytes made once."""
    return Whole(body, status, headers)


def members_answer(members: Mapping[str, Any]) -> Whole:
    """An answer of JSON members that parts of the same process ask for."""
    return Whole(None, 200, None, members=members)


def problem_answer(problem: Problem) -> Whole:
    """A problem as it is told."""
    headers = {**problem.headers, "Connection": "close"} if problem.status in (408, 413) else problem.headers
    return Whole(None, problem.status, headers, members=problem.members(), kind=b"application/problem+json")


def own_headers(start: Message) -> Headers:
    """The route's own headers; an answer without content has no content type (FastAPI sets one all the same)."""
    headers: Headers = start.get("headers", [])
    if start["status"] != 204:
        return headers
    return [one for one in headers if one[0].lower() != b"content-type"]
