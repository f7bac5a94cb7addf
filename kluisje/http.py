# SPDX-License-Identifier: EUPL-1.2
"""Calling an installation: one client, a fresh DPoP proof for each request, and problems as exceptions.

The only file here that imports an HTTP client. Sources: RFC 9449 (DPoP), RFC 9457 (problems), RFC 6749
section 5.2.
"""

import json
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar
from types import TracebackType
from typing import Any

import httpx2

from formats.dpop import make_proof
from formats.jose import Jwk
from formats.spelling import H

PROBLEM = "urn:problem-type:kluisje:"
SECONDS = 30  # a call; a piece of an attachment on a slow line fits in it
STEP = 65_536  # bytes of a body between two reports of progress
Clock = Callable[[], int]
Sent = Callable[[int], None]
"""Called with the number of bytes that left, again and again while a body is sent."""


def now() -> int:
    """The time, in seconds since 1970: the one place of this package that asks for it."""
    return int(time.time())


class Refused(Exception):
    """The other side said no.

    slug: which problem (docs/problems.md), or the `error` of OAuth. detail: a sentence that says what to do.
    errors: places and codes of what was wrong in the input. retry_after: seconds, where the answer named
    them.
    """

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        status: int = 0,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{slug}: {detail}" if detail else slug)
        self.slug, self.detail, self.status = slug, detail, status
        self.errors, self.retry_after = tuple(errors), retry_after


class Unavailable(Exception):
    """No answer, or one that says "not now". Nothing was handed out; what was sent may or may not have
    arrived."""

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class DPoP(httpx2.Auth):
    """Binds each request to a key: a proof made for its method and address, never used twice.

    key: private ES256 JWK. token: the access token, or a coroutine that gives a fresh one; None sends the
    proof alone (token endpoint, pushed authorization). With a plain token it serves synchronous clients too.
    """

    def __init__(
        self, key: Jwk, token: str | Callable[[], Awaitable[str]] | None = None, *, clock: Clock = now
    ) -> None:
        self._key, self._token, self._clock = key, token, clock

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """For a token given as text, or none."""
        if callable(self._token):
            raise TypeError("this token is fetched: use an AsyncClient")
        yield self._proven(request, self._token)

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """For a token of either kind."""
        token = await self._token() if callable(self._token) else self._token
        yield self._proven(request, token)

    def _proven(self, request: httpx2.Request, token: str | None) -> httpx2.Request:
        url = str(request.url.copy_with(query=None, fragment=None))
        ath = None if token is None else H(token)
        request.headers["DPoP"] = make_proof(self._key, request.method, url, ath, now=self._clock())
        if token is not None:
            request.headers["Authorization"] = f"DPoP {token}"
        return request


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: status, headers (names in lower case) and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as one JSON object. What is signed or sealed in it is text, checked by who uses it."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unavailable("the answer is no JSON object")
        return found


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser would see: where it is, where it is sent on to (or None), and the text."""

    status: int
    url: str
    location: str | None
    text: str


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once: a context is made to be shared, and reading it takes longer than a call."""
    return httpx2.create_ssl_context()


class Http:
    """One client for all calls of a program. `async with Http() as http:` closes its connections.

    verify: the TLS context, or False for a test installation. cookies: kept only if given. clock: seconds
    since 1970.
    """

    def __init__(
        self,
        *,
        verify: ssl.SSLContext | bool = True,
        clock: Clock = now,
        cookies: CookieJar | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.clock = clock
        # A proxy of the environment is for the outside world: our own machine is never reached through it.
        here: dict[str, httpx2.AsyncBaseTransport | None] = {"all://127.0.0.1": None, "all://localhost": None}
        self._client = httpx2.AsyncClient(
            verify=_trusted() if verify is True else verify,
            timeout=httpx2.Timeout(SECONDS),
            cookies=cookies,
            mounts=None if transport else here,
            transport=transport,
            headers={"User-Agent": "kluisje", "Accept-Encoding": "identity"},
        )
        self._keeps_cookies = cookies is not None

    async def __aenter__(self) -> "Http":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def call(
        self,
        method: str,
        url: str,
        *,
        auth: DPoP | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        sent: Sent | None = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call. Raises Refused for a no, Unavailable where there is no answer. sent: hears how `content`
        leaves."""
        body: bytes | AsyncIterator[bytes] | None = content
        if content is not None and sent is not None:
            body, headers = _told(content, sent), {"Content-Length": str(len(content)), **(headers or {})}
        request = self._build(method, url, json, form, body, query, headers)
        try:
            response = await self._client.send(request, auth=auth)
        except httpx2.TransportError as error:
            raise Unavailable(f"{request.url.host} does not answer ({type(error).__name__})") from error
        finally:
            self._forget_cookies()
        _raise_for(response)
        return Answer(response.status_code, dict(response.headers), response.content)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        auth: DPoP | None = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[tuple[Answer, AsyncIterator[bytes]]]:
        """An answer whose body comes in pieces: its head (no body) and the pieces. Raises as `call` does."""
        request = self._build(method, url, None, None, None, query, headers)
        try:
            response = await self._client.send(request, auth=auth, stream=True)
            try:
                if response.status_code >= 300:
                    await response.aread()
                    _raise_for(response)
                yield Answer(response.status_code, dict(response.headers), b""), response.aiter_raw(65_536)
            finally:
                await response.aclose()
        except httpx2.TransportError as error:
            raise Unavailable(f"{request.url.host} broke off ({type(error).__name__})") from error
        finally:
            self._forget_cookies()

    async def page(self, method: str, url: str, *, form: Mapping[str, str] | None = None) -> Page:
        """A page as a browser asks for it: redirects are told, not followed; a refusal is a page too."""
        request = self._build(method, url, None, form, None, None, {"Accept": "text/html"})
        try:
            response = await self._client.send(request, follow_redirects=False)
        except httpx2.TransportError as error:
            raise Unavailable(f"{request.url.host} does not answer ({type(error).__name__})") from error
        finally:
            self._forget_cookies()
        location = response.headers.get("location") if response.is_redirect else None
        where = str(response.url.join(location)) if location else None
        return Page(response.status_code, str(response.url), where, response.text)

    def _build(
        self,
        method: str,
        url: str,
        json: Mapping[str, Any] | None,
        form: Mapping[str, str] | None,
        content: bytes | AsyncIterator[bytes] | None,
        query: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
    ) -> httpx2.Request:
        given = dict(headers or {})
        given.setdefault("Accept", "application/json")
        if content is not None:
            given.setdefault("Content-Type", "application/octet-stream")
        asked = None if query is None else dict(query)
        return self._client.build_request(
            method, url, json=json, data=form, content=content, params=asked, headers=given
        )

    def _forget_cookies(self) -> None:
        # An API has no session: a cookie would only make calls recognisable.
        if not self._keeps_cookies:
            self._client.cookies.clear()


async def _told(content: bytes, sent: Sent) -> AsyncIterator[bytes]:
    for start in range(0, len(content), STEP):
        step = content[start : start + STEP]
        yield step
        sent(len(step))


def _raise_for(response: httpx2.Response) -> None:
    if response.status_code < 300:
        return
    try:
        told = json.loads(response.content)
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    after = response.headers.get("retry-after", "")
    seconds = int(after) if after.isdecimal() else None
    if response.status_code >= 500:
        raise Unavailable(str(told.get("detail") or "not available now"), retry_after=seconds)
    kind = str(told.get("type") or "")
    slug = kind.removeprefix(PROBLEM) if kind.startswith(PROBLEM) else str(told.get("error") or "")
    detail = str(told.get("detail") or told.get("error_description") or "")
    errors = [one for one in told.get("errors", ()) if isinstance(one, dict)]
    raise Refused(
        slug or f"status-{response.status_code}",
        detail,
        status=response.status_code,
        errors=errors,
        retry_after=seconds,
    )
