# SPDX-License-Identifier: EUPL-1.2
"""The OAuth endpoints that clients call, of one issuer, HTTP in and out: PAR, token, revoke, introspect, jwks.

Nothing awaits inside a transaction; requests that come together share one, and its commit. Where consent has to be
asked, it is asked between two of them, and what the first made is not told to anybody before consent said yes.
"""

import json
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.clock import Clock, show_moment
from chassis.database import Database
from gateway import fapi, store
from gateway.answers import Answer, Asked, refusal
from gateway.consent_client import ConsentClient, Previewed
from gateway.details import ACTIONS, Details, of_members
from gateway.door import json_response, read_form
from gateway.grants import Request as Checked
from gateway.issuing import Issuer, Leave
from gateway.server import Introspected, Server

SWEEP_SECONDS = 60


class Endpoints:
    """What clients of one issuer call themselves; the browser's part is `authorizing`."""

    def __init__(self, issuer: Issuer, *, database: Database, clock: Clock, consent: ConsentClient) -> None:
        self.issuer = issuer
        self._database, self._clock, self._consent = database, clock, consent
        self._swept = 0

    def routes(self) -> list[Route]:
        """Its routes."""
        path = self.issuer.path
        made = [
            Route(path + "/par", self.par, methods=["POST"]),
            Route(path + "/token", self.token, methods=["POST"]),
            Route(path + "/revoke", self.revoke, methods=["POST"]),
            Route(path + "/jwks", self.jwks, methods=["GET"]),
        ]
        if not self.issuer.public:
            made.append(Route(path + "/introspect", self.introspect, methods=["POST"]))
        return made

    # -- calls of clients ------------------------------------------------------------------------------------------

    async def par(self, request: Request) -> Response:
        """RFC 9126. The address is told only when consent, where it is concerned, said yes."""
        asked = await self._asked(request, "par")

        def push(connection: store.Connection) -> tuple[Answer, Checked | None]:
            self._sweep(connection, asked.now)
            return Server(self.issuer, connection, asked.now).push(asked)

        answer, leaning = await self._database.join(push)
        if leaning is None:
            return sent(answer)
        previewed = await self._preview("par", leaning.details, leaning.client.team, leaning.client.id, None)
        if previewed is None:
            return sent(refusal(fapi.InvalidDetails()))
        shown = {
            "purpose": previewed.title,
            "drawers": ", ".join(sorted({drawer.category for drawer in previewed.drawers})),
            "ends": show_moment(previewed.ends_at),
        }
        await self._database.write(lambda c: store.show(c, leaning.pushed, json.dumps(shown)))
        return sent(answer)

    async def token(self, request: Request) -> Response:
        """RFC 6749, 3.2. A code is spent, and a proof seen, whatever comes after."""
        asked = await self._asked(request, "token")
        held: list[Server] = []

        def check(connection: store.Connection) -> object:
            self._sweep(connection, asked.now)
            held.clear()
            held.append(Server(self.issuer, connection, asked.now))
            return held[0].check_token(asked)

        outcome = await self._database.join(check)
        if isinstance(outcome, Answer):
            return sent(outcome)
        server, grant = held[0], outcome
        checked: Checked = grant.request  # type: ignore[attr-defined]
        stage = "code" if checked.authorization_code is not None else "refresh"
        client, subject = checked.client, checked.user.row.subject
        previewed = await self._preview(stage, checked.details, client.team, client.id, subject)
        if previewed is None:
            return sent(refusal(InvalidGrantError()))
        leave = Leave(previewed.ends_at, not previewed.reason_needed)

        def finish(connection: store.Connection) -> Answer:
            server.connection = connection
            return server.finish_token(grant, leave)

        return sent(await self._database.join(finish))

    async def revoke(self, request: Request) -> Response:
        """RFC 7009."""
        asked = await self._asked(request, "revoke")
        return sent(await self._database.write(lambda c: Server(self.issuer, c, asked.now).revoke(asked)))

    async def introspect(self, request: Request) -> Response:
        """RFC 7662 for resource servers, signed (RFC 9701). Consent decides anew each time; nothing is remembered."""
        asked = await self._asked(request, "introspect")
        found = await self._database.write(lambda c: Server(self.issuer, c, asked.now).introspect(asked))
        if isinstance(found, Answer):
            return sent(found)
        told: dict[str, Any] = {"active": False}
        if await self._stands(found) and found.claims is not None:
            told = {"active": True, "token_type": "DPoP", **found.claims}
        signed = self.issuer.introspection(found.resource.id, told, asked.now)
        return Response(signed, 200, media_type="application/token-introspection+jwt")

    async def jwks(self, request: Request) -> Response:
        """The issuer's public keys."""
        return json_response(self.issuer.published)

    # -- inside ----------------------------------------------------------------------------------------------------

    async def _asked(self, request: Request, endpoint: str) -> Asked:
        return Asked(endpoint, await read_form(request), dict(request.headers), self._clock.now())

    def _sweep(self, connection: store.Connection, now: int) -> None:
        if now >= self._swept + SWEEP_SECONDS:
            store.sweep(connection, now)
            self._swept = now

    async def _preview(
        self, stage: str, details: Details | None, team: str | None, client: str, subject: str | None
    ) -> Previewed | None:
        assert details is not None
        question = {"stage": stage, "grant": details.grant, "team": team, "client": client}
        question |= {"caseworker": subject, "action": details.act, "purpose": details.purpose}
        return await self._consent.preview(question | {"reason": details.reason})

    async def _stands(self, found: Introspected) -> bool:
        """Whether a token may be used at this moment: consent decides, where it leans on a grant."""
        claims = found.claims
        if claims is None:
            return False
        [members] = claims["authorization_details"]
        details = of_members(members, allowed=ACTIONS, location=self.issuer.location)
        if details.act is None:
            return True
        client, subject = str(claims["client_id"]), str(claims["sub"])
        return await self._preview("introspection", details, found.team, client, subject) is not None


def sent(answer: Answer) -> Response:
    return Response(answer.body or None, answer.status, dict(answer.headers))
