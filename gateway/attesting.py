# SPDX-License-Identifier: EUPL-1.2
"""Attesting: `POST /person/attestations`, the identity issuer's word that a vault belongs to whom signed in.

Her device sends the thumbprint of its new SIG key and gets `vault-person+jwt` (formats.md section 6). The key that
signs it belongs to another party than the vault's host.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis import callers
from chassis.clock import Clock
from chassis.database import Database
from chassis.journal import Journal, Line
from chassis.problems import Problem
from formats.person import sign_person
from formats.spelling import FormatError, check_hash, check_members, parse_json
from gateway import store
from gateway.door import Refused, json_response, read_body
from gateway.issuing import Issuer, session_of
from gateway.settings import GatewaySettings, read_signing_key


class Attesting:
    """The endpoint. issuer: of people's tokens; the token's audience must be the issuer itself."""

    def __init__(
        self, settings: GatewaySettings, issuer: Issuer, database: Database, clock: Clock, journal: Journal
    ) -> None:
        self._issuer, self._database, self._clock, self._journal = issuer, database, clock, journal
        self._iss, self._key = settings.identity_issuer, read_signing_key(settings.identity_key)
        self._tokens = callers.Tokens(issuer.name, issuer.name, issuer.published)

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route(self._issuer.path + "/attestations", self.attest, methods=["POST"])]

    async def attest(self, request: Request) -> Response:
        """`{"jkt"}` -> `{"person"}`. Wants a fresh person token for this issuer, and its proof."""
        now, milliseconds = self._clock.now(), self._clock.milliseconds()
        token, proof = callers.token_of(request.scope, b"DPoP")
        claims = self._tokens.verify(token, now)
        seen = callers.check_proof(request.scope, self._issuer.origin, token, proof, claims["cnf"]["jkt"], now)
        try:
            given = parse_json(await read_body(request, "application/json"))
            check_members(given, ("jkt",))
            jkt = check_hash(given["jkt"])
            session = session_of(claims)
        except FormatError as error:
            raise Refused(400) from error

        def count(connection: store.Connection) -> list[bytes] | Problem:
            if store.find_session(connection, session) is None:
                return callers.refused()
            if not store.use_proof(connection, seen.jkt, seen.jti, now):
                return callers.refused("invalid_dpop_proof")
            line = Line("Key attested", "vault-person", "Ok", f"vault:{claims['sub']}")
            return self._journal.write(connection, milliseconds, [line])

        counted = await self._database.write(count)
        if isinstance(counted, Problem):
            raise counted
        person = sign_person(self._key, iss=self._iss, vlt=claims["sub"], jkt=jkt, acr=claims["acr"], iat=now)
        self._journal.show(counted)
        return json_response({"person": person})
