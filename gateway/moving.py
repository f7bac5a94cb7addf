# SPDX-License-Identifier: EUPL-1.2
"""The end of a move to here: `POST /person/moves` (docs/decisions/0012).

Her device brought a chain from another installation to consent, page by page, under the empty vault that we gave her at
her sign-in. Now it shows that it holds the SIG of that chain: by her next card, and by a proof of that key made for this
address and this move. Then we say whose key it is, as at an attestation, and consent lets her live here under the `vlt`
that she brought. From then on that is her name at our sign-in too. Were we to die between the two, consent tells us
at her next sign-in.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.clock import Clock
from chassis.database import Database
from chassis.problems import Problem
from formats.dpop import check_proof
from formats.jose import peek
from formats.person import sign_person
from formats.spelling import FormatError, H, check_id, check_members, check_vault, public_ec
from gateway import store
from gateway.attesting import Attesting
from gateway.consent_client import ConsentClient
from gateway.door import Refused, json_response
from gateway.issuing import Issuer
from gateway.settings import GatewaySettings, read_signing_key

CARD = "vault-card+jwt"


class Moving:
    """The endpoint. attesting: knows who calls, and counts the call's proof."""

    def __init__(
        self,
        settings: GatewaySettings,
        issuer: Issuer,
        database: Database,
        clock: Clock,
        *,
        attesting: Attesting,
        consent: ConsentClient,
    ) -> None:
        self._issuer, self._database, self._clock = issuer, database, clock
        self._attesting, self._consent = attesting, consent
        self._iss, self._key = settings.identity_issuer, read_signing_key(settings.identity_key)

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route(self._issuer.path + "/moves", self.move, methods=["POST"])]

    async def move(self, request: Request) -> Response:
        """`{"arrival", "card", "proof"}` -> `{"vlt", "seq", "receipts"}`: she lives here, under the `vlt` of her card.
        A no of consent is told as it is, with its places."""
        claims, given = await self._attesting.count(request, "Move asked", "vault-person", _a_move)
        was, now = str(claims["sub"]), self._clock.now()
        try:
            vlt, jkt = self._proven(given, now)
        except (FormatError, KeyError, TypeError) as error:
            raise Refused(400) from error
        arrival, card = given["arrival"], given["card"]
        person = sign_person(self._key, iss=self._iss, vlt=vlt, jkt=jkt, acr=claims["acr"], iat=now)
        try:
            found = await self._consent.settle(was, arrival, vlt=vlt, card=card, person=person)
        except Problem as problem:
            if problem.status >= 500:
                raise
            return Response(problem.body(), problem.status, problem.headers, "application/problem+json")
        await self._database.write(lambda connection: store.vault_moved(connection, was, vlt))
        return json_response({name: found[name] for name in ("vlt", "seq", "receipts")})

    def _proven(self, given: Mapping[str, Any], now: int) -> tuple[str, str]:
        """(vlt, thumbprint of SIG): the card's own SIG made the proof. That the card is the next of its chain, and signed
        by the SIG that counts, consent checks. Raises FormatError."""
        header, told = peek(given["card"])
        if header["typ"] != CARD:
            raise FormatError("card")
        jkt = str(public_ec(told["sig"], "sig")["kid"])
        url = self._issuer.url("moves")
        check_proof(given["proof"], method="POST", url=url, now=now, ath=H(given["arrival"]), jkt=jkt)
        return check_vault(told["iss"]), jkt


def _a_move(given: dict[str, Any]) -> None:
    check_members(given, ("arrival", "card", "proof"))
    check_id(given["arrival"])
