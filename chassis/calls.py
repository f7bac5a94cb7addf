# SPDX-License-Identifier: EUPL-1.2
"""Calls between parts: `Peer` has one face and two transports.

In one process it calls the neighbour's ASGI app directly and marks the caller in the scope, which no network can set;
an HTTP client between would cost more than the whole read (performance.md). In containers it is aiohttp with kept
connections and a service token. Handlers, checks and problem answers are the same. A peer's problem comes back as a
`Reply`; a peer that is away is `Problem unavailable`.
"""

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from starlette.types import ASGIApp, Message

from chassis.answers import Whole
from chassis.clock import Clock
from chassis.problems import PREFIX, SLUGS, At, Problem, unavailable
from formats import jose
from formats.value import value

ANSWER_SECONDS = 4.0
"""For a neighbour's whole answer: whoever asked us has ours within five (promise P25)."""
PIECES_AHEAD = 4
ABROAD_SECONDS = 10.0
OUTWARD_SECONDS = 10.0
OUTWARD_BYTES = 16 * 1024
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


class Outside(Peer):
    """The neighbour runs elsewhere. base: its address, `https://vault:8001`. key, caller, audience: of our service
    token (ES256, 30 s, reused while 10 s are left). tls: mutual TLS context, or None on loopback in the demo."""

    def __init__(
        self,
        *,
        base: str,
        caller: str,
        audience: str,
        key: Mapping[str, Any],
        clock: Clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._base, self._caller, self._audience = base.rstrip("/"), caller, audience
        self._key, self._clock, self._tls = dict(key), clock, tls
        self._session: aiohttp.ClientSession | None = None
        self._token, self._until = "", 0

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=128, ssl=self._tls if self._tls is not None else True)
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=2, sock_read=ANSWER_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        return self._session

    def _headers(self, kind: str | None) -> dict[str, str]:
        now = self._clock.now()
        if now + 10 >= self._until:
            claims = {"iss": self._caller, "aud": self._audience, "iat": now, "exp": now + 30}
            self._token, self._until = jose.sign(claims, "service+jwt", self._key), now + 30
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "*/*"}
        if kind is not None:
            headers["Content-Type"] = kind
        if (trace := TRACE.get()) is not None:
            headers["traceparent"] = trace.decode("latin-1")
        return headers

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        kind: str = "application/json",
        query: str = "",
    ) -> Reply:
        address = self._base + path + (f"?{query}" if query else "")
        headers = self._headers(None if body is None else kind)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                async with self._open().request(method, address, data=body, headers=headers) as answer:
                    content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unavailable() from error
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, content)

    async def flow(self, method: str, path: str, body: bytes | None = None, *, kind: str = "application/json") -> Flow:
        headers = self._headers(None if body is None else kind)
        try:
            answer = await self._open().request(method, self._base + path, data=body, headers=headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unavailable() from error
        return Flow(answer.status, {k.lower(): v for k, v in answer.headers.items()}, _pieces(answer))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class Abroad:
    """Calls to an installation that others run, over its public contract: each call brings its own headers. No redirect
    is followed, no cookie kept, no proxy asked. base: its origin."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=ABROAD_SECONDS)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=jar, auto_decompress=False)
        return self._session

    async def call(
        self, method: str, path: str, body: bytes | None = None, *, headers: Mapping[str, str], query: str = ""
    ) -> Reply:
        """One call with a whole answer. Raises Problem unavailable when nobody answers."""
        address = self._base + path + (f"?{query}" if query else "")
        try:
            async with asyncio.timeout(ABROAD_SECONDS):
                asked = self._open().request(method, address, data=body, headers=headers, allow_redirects=False)
                async with asked as answer:
                    content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unavailable() from error
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, content)

    async def flow(self, path: str, *, headers: Mapping[str, str], query: str = "") -> Flow:
        """One GET whose answer is streamed. Raises Problem unavailable."""
        address = self._base + path + (f"?{query}" if query else "")
        try:
            answer = await self._open().request("GET", address, headers=headers, allow_redirects=False)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unavailable() from error
        return Flow(answer.status, {k.lower(): v for k, v in answer.headers.items()}, _pieces(answer))

    async def close(self) -> None:
        """Ends kept connections."""
        if self._session is not None:
            await self._session.close()


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.content.iter_chunked(64 * 1024):
            yield piece
    finally:
        answer.close()


class Outward:
    """Posts to addresses outside the house, which an administrator registered: no redirect is followed, no proxy asked,
    no more than a little of the answer read."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def post(self, address: str, body: bytes, kind: str) -> Reply:
        """One POST. Raises Problem unavailable when nobody answers within `OUTWARD_SECONDS`."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        headers = {"Content-Type": kind, "Accept": "application/json", "User-Agent": "kluisje"}
        try:
            async with asyncio.timeout(OUTWARD_SECONDS):
                async with self._session.post(address, data=body, headers=headers, allow_redirects=False) as answer:
                    content = await answer.content.read(OUTWARD_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise unavailable() from error
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, content)

    async def close(self) -> None:
        """Ends kept connections."""
        if self._session is not None:
            await self._session.close()
