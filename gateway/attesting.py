# SPDX-License-Identifier: EUPL-1.2
"""What a person's own device asks of its issuer: `POST /person/attestations` and `POST /person/stopped-devices`.

Attesting is the identity issuer's word that a vault belongs to whom signed in: her device sends the thumbprint of its
new SIG key and gets `vault-person+jwt` (formats.md section 6). The key that signs it belongs to another party than the
vault's host. Stopping is what another device of hers does when one is lost: its sign-ins end and its key begins no
other. Its last tokens end at vault and consent, which she tells too (they ask nobody who calls).
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis import callers
from chassis.clock import Clock
from chassis.database import Database
from chassis.journal import Journal, Line
from chassis.problems import Problem
from formats.person import sign_person
from formats.spelling import FormatError, H, check_hash, check_members, parse_json
from gateway import store, store_devices
from gateway.door import Refused, json_response, read_body
from gateway.issuing import Issuer, session_of
from gateway.settings import GatewaySettings, read_signing_key


class Attesting:
    """Both endpoints. issuer: of people's tokens; the token's audience must be the issuer itself."""

    def __init__(
        self, settings: GatewaySettings, issuer: Issuer, database: Database, clock: Clock, journal: Journal
    ) -> None:
        self._issuer, self._database, self._clock, self._journal = issuer, database, clock, journal
        self._iss, self._key = settings.identity_issuer, read_signing_key(settings.identity_key)
        self._tokens = callers.Tokens(issuer.name, issuer.name, issuer.published)

    def routes(self) -> list[Route]:
        """The two routes."""
        path = self._issuer.path
        return [
            Route(path + "/attestations", self.attest, methods=["POST"]),
            Route(path + "/stopped-devices", self.stop_device, methods=["POST"]),
        ]

    async def attest(self, request: Request) -> Response:
        """`{"jkt"}` -> `{"person"}`: the word about a SIG key."""
        claims, given = await self.count(request, "Key attested", "vault-person", _a_key)
        jkt = given["jkt"]
        now = self._clock.now()
        person = sign_person(self._key, iss=self._iss, vlt=claims["sub"], jkt=jkt, acr=claims["acr"], iat=now)
        return json_response({"person": person})

    async def stop_device(self, request: Request) -> Response:
        """`{"jkt"}` -> 204: the device with this DPoP key gets no token any more. The same again changes nothing."""
        await self.count(request, "Device stopped", "device", _a_key, stop=True)
        return Response(None, 204, {"Cache-Control": "no-store"})

    async def count(
        self,
        request: Request,
        action: str,
        thing: str,
        shaped: Callable[[dict[str, Any]], None],
        *,
        stop: bool = False,
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """(claims, body) of a good call: a fresh token for this issuer, its proof, and a sign-in that stands. The
        proof is counted, the stop made and the line written in one transaction. shaped: refuses a body that is not
        shaped so, with FormatError. Raises Refused, Problem."""
        now, milliseconds = self._clock.now(), self._clock.milliseconds()
        token, proof = callers.token_of(request.scope, b"DPoP")
        mark = H(token)
        claims = self._tokens.verify(token, mark, now)
        seen = callers.check_proof(request.scope, self._issuer.origin, mark, proof, claims["cnf"]["jkt"], now)
        try:
            given = parse_json(await read_body(request, "application/json"))
            shaped(given)
            session = session_of(claims)
        except FormatError as error:
            raise Refused(400) from error

        def count(connection: store.Connection) -> list[bytes] | Problem:
            if store.find_session(connection, session) is None:
                return callers.refused()
            if not store.use_proof(connection, seen.jkt, seen.jti, now):
                return callers.refused("invalid_dpop_proof")
            if stop and not store_devices.stop(connection, claims["sub"], given["jkt"], now):
                return []
            return self._journal.write(connection, milliseconds, [Line(action, thing, "Ok", f"vault:{claims['sub']}")])

        counted = await self._database.write(count)
        if isinstance(counted, Problem):
            raise counted
        self._journal.show(counted)
        return claims, given


def _a_key(given: dict[str, Any]) -> None:
    check_members(given, ("jkt",))
    check_hash(given["jkt"])
