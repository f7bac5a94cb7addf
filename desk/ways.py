# SPDX-License-Identifier: EUPL-1.2
"""The ways to the gateway and back, in the browser's own address bar: to sign in, and to open a grant. And the address
that signed events are pushed to. These stand outside the contract: their answers are redirects and pages.

    GET  /door/in            to the gateway's sign-in, which ends at the organisation's own identity provider
    GET  /door/go/{opening}  the same for one grant and one purpose, from a new tab of a signed-in page
    GET  /door/back          the way back, once, in the browser that left
    POST /door/events        signed events (RFC 8935)
"""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import logs
from chassis.answers import SECURITY_HEADERS
from chassis.application import HEADER_BYTES, URL_BYTES
from chassis.bodies import BODY_SECONDS
from chassis.clock import Clock
from chassis.contract import BODY_BYTES
from chassis.database import Database, Unavailable
from chassis.journal import Journal, Line
from chassis.problems import Problem
from desk import pages, store
from desk.callers import cookie_of
from desk.gateway_client import GatewayClient, NotGiven
from desk.learning import Learning, NotOurs
from desk.sessions import LONGEST, WAY_SECONDS, Opening, Session, Sessions, Token, Way, fresh_key
from formats.spelling import H

PATH = "/door"
EVENT_KIND = "application/secevent+jwt"


class Ways:
    """The door of the desk, as an ASGI app for everything under `/door`."""

    def __init__(
        self,
        *,
        origin: str,
        hosts: frozenset[bytes],
        gateway: GatewayClient,
        sessions: Sessions,
        learning: Learning,
        database: Database,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._gateway, self._sessions, self._learning = gateway, sessions, learning
        self._database, self._clock, self._journal, self._hosts = database, clock, journal, hosts
        # A Secure cookie does not travel over plain http, which only the demo on this machine has.
        secure = origin.startswith("https://")
        self.cookie = "__Host-kluisje-desk" if secure else "kluisje-desk"
        self._way_cookie = "__Host-kluisje-way" if secure else "kluisje-way"
        self._end = "; Path=/; HttpOnly" + ("; Secure" if secure else "")
        routes = [
            Route(f"{PATH}/in", self.sign_in, methods=["GET"]),
            Route(f"{PATH}/go/{{opening}}", self.go, methods=["GET"]),
            Route(f"{PATH}/back", self.back, methods=["GET"]),
            Route(f"{PATH}/events", self.events, methods=["POST"]),
        ]
        self._router = Router(routes, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Never raises before the answer has begun; no text of an error leaves."""

        begun = False

        async def guarded(message: Any) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = {name for name, _ in message["headers"]}
                always = [(name, value) for name, value in SECURITY_HEADERS if name not in own]
                message = {**message, "headers": [*message["headers"], *always]}
            await send(message)

        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if dict(scope["headers"]).get(b"host") not in self._hosts:
            await Response(None, 400)(scope, receive, guarded)
        elif size > HEADER_BYTES or len(scope["path"]) + len(scope["query_string"]) > URL_BYTES:
            await Response(None, 431)(scope, receive, guarded)
        else:
            try:
                await self._router(scope, receive, guarded)
            except Unavailable as error:
                logs.unexpected("desk", error.__cause__ or error)
                await Response(None, 503, {"retry-after": "2"})(scope, receive, guarded)
            except Exception as error:
                if begun:
                    raise
                logs.unexpected("desk", error)
                await Response(None, 500)(scope, receive, guarded)

    # -- leaving -------------------------------------------------------------------------------------------------

    async def sign_in(self, request: Request) -> Response:
        """To the sign-in. What comes back starts a session."""
        key = fresh_key()
        return await self._leave(request, key, self._gateway.details("ask"), None, None)

    async def go(self, request: Request) -> Response:
        """To the sign-in for one opening, which the signed-in page has just made; each address works once."""
        session = self._sessions.find(cookie_of(request.scope, self.cookie), self._clock.now())
        opening = None if session is None else session.openings.get(request.path_params["opening"])
        if session is None or opening is None or opening.gone or self._clock.now() >= opening.ends:
            return self._page(request, "stale", 400)
        opening.gone = True
        details = self._gateway.details(
            opening.act, grant_id=opening.grant, purpose=opening.purpose, reason=opening.reason
        )
        response = await self._leave(request, session.key, details, session, opening)
        if response.status_code != 303:
            opening.state = "refused"
        return response

    async def _leave(
        self,
        request: Request,
        key: Mapping[str, Any],
        details: list[dict[str, Any]],
        session: Session | None,
        opening: Opening | None,
    ) -> Response:
        now, verifier = self._clock.now(), secrets.token_urlsafe(48)
        cookie = cookie_of(request.scope, self._way_cookie) or secrets.token_urlsafe(32)
        way = Way(
            verifier,
            key,
            H(cookie),
            now + WAY_SECONDS,
            None if session is None else session.mark,
            None if opening is None else opening.id,
        )
        state = self._sessions.leave(way)
        try:
            address = await self._gateway.push(key, details, state, verifier)
        except NotGiven:
            return self._page(request, "refused", 403)
        except Problem:
            return self._page(request, "away", 503)
        response = RedirectResponse(address, 303)
        # Lax: the way back begins at another site, and a Strict cookie would stay behind.
        response.headers["set-cookie"] = f"{self._way_cookie}={cookie}; Max-Age={WAY_SECONDS}; SameSite=Lax{self._end}"
        return response

    # -- coming back ---------------------------------------------------------------------------------------------

    async def back(self, request: Request) -> Response:
        """Back from the gateway: in the browser that left, once, from the issuer we left for."""
        given = request.query_params
        if len(given) != len(given.multi_items()):
            return self._page(request, "stale", 400)
        now = self._clock.now()
        way = self._sessions.arrive(given.get("state", ""), cookie_of(request.scope, self._way_cookie), now)
        if way is None or given.get("iss") != self._gateway.origin:
            return self._page(request, "stale", 400)
        session = self._sessions.still(way.session, now)
        opening = None if session is None else session.openings.get(way.opening or "")
        try:
            if "error" in given or "code" not in given:
                raise NotGiven
            token, subject = await self._gateway.redeem(way.key, given["code"], way.verifier)
        except NotGiven:
            return self._refused(request, opening)
        except Problem:
            self._refused(request, opening)
            return self._page(request, "away", 503)
        if way.opening is None:
            return await self._begin(request, way, token, subject)
        if session is None or opening is None or session.subject != subject:
            # Two people at one screen: what this one may read is not for that one's page.
            await self._gateway.revoke(way.key, token)
            return self._refused(request, opening)
        opening.token, opening.state = token, "open"
        opening.ends = session.since + LONGEST if token.refresh else token.ends
        return self._page(request, "opened", 200)

    async def _begin(self, request: Request, way: Way, token: Token, subject: str) -> Response:
        if await self._database.read(lambda c: store.removed(c, subject)):
            await self._gateway.revoke(way.key, token)
            return self._page(request, "refused", 403)
        line = Line("Signed in", "desk", "Ok", subject)
        milliseconds = self._clock.milliseconds()
        self._journal.show(await self._database.write(lambda c: self._journal.write(c, milliseconds, [line])))
        cookie = self._sessions.start(subject, way.key, token, self._clock.now())
        response = RedirectResponse("/", 303)
        response.headers["set-cookie"] = f"{self.cookie}={cookie}; Max-Age={LONGEST}; SameSite=Strict{self._end}"
        return response

    def _refused(self, request: Request, opening: Opening | None) -> Response:
        if opening is not None:
            opening.state = "refused"
        return self._page(request, "refused", 403)

    def ended(self) -> str:
        """The `Set-Cookie` that takes the session's cookie away."""
        return f"{self.cookie}=; Max-Age=0; SameSite=Strict{self._end}"

    # -- events --------------------------------------------------------------------------------------------------

    async def events(self, request: Request) -> Response:
        """A pushed event (RFC 8935): 202 when it counts, or counted before; 400 with `err` when it is not ours."""
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        length = request.headers.get("content-length", "")
        if kind != EVENT_KIND or not length.isdigit():
            return _told("invalid_request")
        if int(length) > BODY_BYTES:
            return Response(None, 413)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _whole(request)
            await self._learning.take(body.decode("ascii"))
        except TimeoutError:
            return Response(None, 408)
        except (NotOurs, UnicodeDecodeError) as error:
            return _told(error.code if isinstance(error, NotOurs) else "invalid_request")
        return Response(None, 202)

    def _page(self, request: Request, what: str, status: int) -> Response:
        body = pages.page(request.headers.get("accept-language", ""), what)
        return Response(body, status, {"content-security-policy": pages.POLICY}, "text/html; charset=utf-8")


async def _whole(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > BODY_BYTES:
            raise NotOurs("invalid_request")
        pieces.append(piece)
    return b"".join(pieces)


def _told(code: str) -> Response:
    return Response(orjson.dumps({"err": code, "description": "See docs/events.md."}), 400, None, "application/json")


class Front:
    """The desk's own origin: `/door/…` is the desk's, everything else the page's (any ASGI app that serves files)."""

    def __init__(self, ways: Ways, page: ASGIApp) -> None:
        self._ways, self._page = ways, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["type"] == "http" and (scope["path"] == PATH or scope["path"].startswith(PATH + "/"))
        await (self._ways if inside else self._page)(scope, receive, send)
