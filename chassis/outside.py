# SPDX-License-Identifier: EUPL-1.2
"""Calls over a network: to a neighbouring part (kept connections, mutual TLS, a service token), to another installation, and
to addresses outside that an administrator registered.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp
import orjson

from chassis.calls import TRACE, Flow, Peer, Reply
from chassis.clock import Clock
from chassis.contract import BODY_BYTES
from chassis.crowd import MOST, Asked, body_of, crowd_path, replies
from chassis.problems import unavailable
from chassis.together import Together
from formats import jose

ANSWER_SECONDS = 4.0
"""For a neighbour's whole answer: whoever asked us has ours within five (promise P25)."""
PATIENCE = 0.05
"""Seconds after which those who wait behind a crowd that is not answered yet go without it."""
ABROAD_SECONDS = 10.0
OUTWARD_SECONDS = 10.0
OUTWARD_BYTES = 16 * 1024


class Outside(Peer):
    """The neighbour runs elsewhere. What is asked of it while it answers goes together as soon as it has (docs/decisions/0020),
    and is answered one by one. base: its address, `https://vault:8001`. key, caller, audience: of our service
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
        self._crowd = Together(self._all, MOST, patience=PATIENCE)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=128, ssl=self._tls if self._tls is not None else True)
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=2, sock_read=ANSWER_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        return self._session

    def _headers(self, kind: str | None, trace: bytes | None) -> dict[str, str]:
        now = self._clock.now()
        if now + 10 >= self._until:
            claims = {"iss": self._caller, "aud": self._audience, "iat": now, "exp": now + 30}
            self._token, self._until = jose.sign(claims, "service+jwt", self._key), now + 30
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "*/*"}
        if kind is not None:
            headers["Content-Type"] = kind
        if trace is not None:
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
        headers = self._headers(None if body is None else kind, TRACE.get())
        return await self._send(method, path + (f"?{query}" if query else ""), body, headers)

    async def _send(self, method: str, place: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                async with self._open().request(method, self._base + place, data=body, headers=headers) as answer:
                    content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unavailable() from error
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, content)

    async def ask(self, path: str, members: Mapping[str, Any]) -> Reply:
        body = orjson.dumps(members)
        if len(body) > BODY_BYTES:  # it alone is too large, so it alone is told
            return await self.call("POST", path, body)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):  # the waiting for those before is in it
                return await self._crowd.ask(Asked(path, body, TRACE.get()))
        except TimeoutError as error:
            raise unavailable() from error

    async def _all(self, asked: Sequence[Asked]) -> Sequence[Reply]:
        """The answers to all of these, in their order. One goes as it is."""
        first = asked[0]
        if len(asked) == 1:
            headers = self._headers("application/json", first.trace)
            return [await self._send("POST", first.path, first.body, headers)]
        headers = self._headers("application/json", None)
        return replies(await self._send("POST", crowd_path(first.path), body_of(asked), headers), len(asked))

    async def flow(self, method: str, path: str, body: bytes | None = None, *, kind: str = "application/json") -> Flow:
        headers = self._headers(None if body is None else kind, TRACE.get())
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
