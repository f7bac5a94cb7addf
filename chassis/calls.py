# SPDX-License-Identifier: EUPL-1.2
"""Calls between parts: `Peer` has one face and two transports.

In one process it calls the neighbour's ASGI app directly and marks the caller in the scope, which no network can set;
an HTTP client between would cost more than the whole read (performance.md). In containers it is `chassis/outside.py`.
Handlers, checks and problem answers are the same. A peer's problem comes back as a `Reply`; a peer that is away is
`Problem unavailable`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

from chassis.answers import Whole
from chassis.problems import PREFIX, SLUGS, At, Problem, unavailable
from formats.value import value

PIECES_AHEAD = 4
TRACE_BYTES = 55
"""Of a W3C traceparent, version 00; what is longer goes no further."""
TRACE: ContextVar[bytes | None] = ContextVar("traceparent", default=None)
"""The W3C traceparent of the call that is being answered, set by the door: it goes along to the neighbours."""


@value
class Reply:
    """A neighbour's whole answer. headers: lower-case names. members: what it says, where nobody has spelled it as a
    body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    members: Mapping[str, Any] | None = None

    def json(self) -> Any:
        """The body as JSON: our own part made it, so it is not read strictly."""
        return orjson.loads(self.body) if self.members is None else self.members

    def problem(self) -> Problem:
        """The neighbour's problem, to raise on. A 5xx, or what is no problem of ours, becomes unavailable."""
        if self.status >= 500:
            return unavailable()
        try:
            told = self.json()
            slug = str(told["type"]).removeprefix(PREFIX)
            faults = [At(f["in"], f["at"], f["code"]) for f in told.get("errors", ())]
            headers = {"Retry-After": self.headers["retry-after"]} if "retry-after" in self.headers else {}
            return Problem(slug, told["detail"], faults, headers) if slug in SLUGS else unavailable()
        except (ValueError, KeyError, TypeError):
            return unavailable()


@dataclass(frozen=True)
class Flow:
    """A neighbour's answer whose body is still coming (attachments)."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


class Peer(ABC):
    """A neighbouring part. Subclasses differ in transport only. `path` starts with `/<part>/v1/…`."""

    @abstractmethod
    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        kind: str = "application/json",
        query: str = "",
    ) -> Reply:
        """One call with a whole body and a whole answer. Raises Problem unavailable when the peer does not answer."""

    @abstractmethod
    async def flow(self, method: str, path: str, body: bytes | None = None, *, kind: str = "application/json") -> Flow:
        """One call whose answer is streamed: at most a few pieces are held. Raises Problem unavailable."""

    async def close(self) -> None:  # noqa: B027 who keeps no connection has none to end
        """Ends kept connections."""

    async def post(self, path: str, members: Mapping[str, Any]) -> Reply:
        """POST of JSON members."""
        return await self.call("POST", path, orjson.dumps(members))

    async def ask(self, path: str, members: Mapping[str, Any]) -> Reply:
        """As `post`, of a hot operation: what is asked at the same time may go together."""
        return await self.post(path, members)


class Beside(ABC):
    """A part that parts of its own process can ask by members, without messages."""

    @abstractmethod
    async def within(self, peer: str, path: str, members: Mapping[str, Any]) -> Whole | None:
        """The answer of a hot POST that `peer` asks, or None: it has to be called by messages."""


class _Messages:
    """What passes between us and a neighbour that answers by messages: one whole body there, one whole answer back."""

    __slots__ = ("_body", "_given", "_pieces", "_start")

    def __init__(self, body: bytes | None) -> None:
        self._body, self._given = body, False
        self._start: Message = {"status": 0, "headers": ()}
        self._pieces: list[bytes] = []

    async def receive(self) -> Message:
        if self._given:  # a streaming answer waits here for a caller that goes away: nobody does
            await asyncio.get_running_loop().create_future()
        self._given = True
        return {"type": "http.request", "body": self._body or b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._pieces.append(message.get("body", b""))

    def reply(self) -> Reply:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in self._start["headers"]}
        return Reply(self._start["status"], headers, b"".join(self._pieces))


class Inside(Peer):
    """The neighbour runs in this process. caller: the name that the neighbour will see."""

    def __init__(self, caller: str, app: ASGIApp) -> None:
        self._caller, self._app = caller, app
        self._beside = app if isinstance(app, Beside) else None
        self._always = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "client": None,
            "server": None,
            "kluisje.peer": caller,
        }

    def _scope(self, method: str, path: str, kind: str, body: bytes | None, query: str) -> dict[str, Any]:
        headers = [(b"accept", b"*/*")]
        if (trace := TRACE.get()) is not None:
            headers.append((b"traceparent", trace))
        if body is not None:
            headers += [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        return {
            **self._always,
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
        }

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        kind: str = "application/json",
        query: str = "",
    ) -> Reply:
        scope, messages = self._scope(method, path, kind, body, query), _Messages(body)
        try:
            await self._app(scope, messages.receive, messages.send)
        except Exception as error:  # the neighbour's fault is its own: here it is only away
            raise unavailable() from error
        return messages.reply()

    async def post(self, path: str, members: Mapping[str, Any]) -> Reply:
        made: Whole | None = None
        try:
            if self._beside is not None:
                made = await self._beside.within(self._caller, path, members)
        except Exception as error:  # as in `call`
            raise unavailable() from error
        if made is not None:
            return Reply(made.status_code, made.told, b"" if made.members is not None else made.octets, made.members)
        return await self.call("POST", path, orjson.dumps(members))

    async def flow(self, method: str, path: str, body: bytes | None = None, *, kind: str = "application/json") -> Flow:
        queue: asyncio.Queue[Message | None] = asyncio.Queue(PIECES_AHEAD)
        receive = _Messages(body).receive
        scope = self._scope(method, path, kind, body, "")

        async def run() -> None:
            try:
                await self._app(scope, receive, queue.put)
            finally:
                await queue.put(None)

        task = asyncio.create_task(run())
        start = await queue.get()
        if start is None:
            await asyncio.wait([task])
            raise unavailable()

        async def pieces() -> AsyncIterator[bytes]:
            try:
                while (message := await queue.get()) is not None:
                    if message.get("body"):
                        yield message["body"]
                await task
            finally:
                task.cancel()

        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in start["headers"]}
        return Flow(start["status"], headers, pieces())
