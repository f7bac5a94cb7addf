# SPDX-License-Identifier: EUPL-1.2
"""The gateway as its confidential client sees it: pushed request, code, refresh, DPoP, and the calls of the contract.

Two registrations: `caseworker` signs people in (code), `system` signs itself in (`learn`). Every token is bound to a
key of ours; every request carries a fresh proof. Sources: FAPI 2.0, RFC 9126 (PAR), RFC 7636 (PKCE), RFC 7523
(private_key_jwt), RFC 9449 (DPoP), RFC 9396. Why no OAuth library: docs/decisions/0010.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from chassis.calls import Flow, Reply
from chassis.clock import Clock
from chassis.outside import Abroad
from chassis.problems import Problem, unavailable
from desk.sessions import Token, fresh_key
from formats import jose
from formats.dpop import make_proof
from formats.spelling import FormatError, H, new_id
from formats.team import check_subject

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
EARLY = 20
"""Seconds before its end that a token is replaced."""


class NotGiven(Exception):
    """The gateway gives no token: the sign-in was refused, is over, or somebody may no longer."""


class Registration:
    """One of our registrations. key: private ES256 JWK."""

    def __init__(self, client_id: str, key: Mapping[str, Any]) -> None:
        self.id, self.key = client_id, key


class GatewayClient:
    """The calls. origin: the installation's. back: our registered callback."""

    def __init__(
        self, abroad: Abroad, clock: Clock, *, origin: str, back: str, caseworker: Registration, system: Registration
    ) -> None:
        self._abroad, self._clock, self.origin, self.back = abroad, clock, origin, back
        self._caseworker, self._system = caseworker, system
        self.api = f"{origin}/gateway/v1"
        self._known: dict[str, Any] = {}
        self._system_key, self._system_token = fresh_key(), Token("", 0, None)
        self._one_system = asyncio.Lock()

    def details(self, action: str, **members: str | None) -> list[dict[str, Any]]:
        """`authorization_details`, without the members that are None."""
        named = {name: value for name, value in members.items() if value is not None}
        return [{"type": "vault_access", "actions": [action], **named, "locations": [self.api]}]

    # -- tokens --------------------------------------------------------------------------------------------------

    async def push(
        self, key: Mapping[str, Any], details: Sequence[Mapping[str, Any]], state: str, verifier: str
    ) -> str:
        """Pushes a request; answers the address for the browser. Raises NotGiven, Problem unavailable."""
        form = {
            "response_type": "code",
            "redirect_uri": self.back,
            "state": state,
            "code_challenge": H(verifier),
            "code_challenge_method": "S256",
            "authorization_details": json.dumps(details),
        }
        told = await self._ask(self._caseworker, "pushed_authorization_request_endpoint", key, form)
        query = urlencode({"client_id": self._caseworker.id, "request_uri": str(told.get("request_uri"))})
        return f"{await self._endpoint('authorization_endpoint')}?{query}"

    async def redeem(self, key: Mapping[str, Any], code: str, verifier: str) -> tuple[Token, str]:
        """(token, who signed in). Raises NotGiven, Problem unavailable."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": verifier}
        token = self._token(await self._ask(self._caseworker, "token_endpoint", key, form), None)
        try:
            return token, check_subject(jose.peek(token.text)[1].get("sub"))
        except FormatError as error:
            raise NotGiven from error

    async def refresh(self, key: Mapping[str, Any], token: Token) -> Token:
        """The next access token of the same sign-in. Raises NotGiven, Problem unavailable."""
        if token.refresh is None:
            raise NotGiven
        form = {"grant_type": "refresh_token", "refresh_token": token.refresh}
        return self._token(await self._ask(self._caseworker, "token_endpoint", key, form), token.refresh)

    async def revoke(self, key: Mapping[str, Any], token: Token) -> None:
        """Ends a sign-in at the gateway; a gateway that is away ends it in its own time."""
        form = {"token": token.refresh or token.text}
        try:
            await self._ask(self._caseworker, "revocation_endpoint", key, form)
        except (NotGiven, Problem):
            return

    def good(self, token: Token) -> bool:
        """Whether it lasts a little longer."""
        return token.ends - EARLY > self._clock.now()

    def _token(self, told: Mapping[str, Any], before: str | None) -> Token:
        text, seconds, refresh = told.get("access_token"), told.get("expires_in"), told.get("refresh_token")
        if str(told.get("token_type")).lower() != "dpop" or not isinstance(text, str) or type(seconds) is not int:
            raise NotGiven
        return Token(text, self._clock.now() + seconds, refresh if isinstance(refresh, str) else before)

    async def _ask(
        self, who: Registration, endpoint: str, key: Mapping[str, Any], form: Mapping[str, str]
    ) -> dict[str, Any]:
        """One form to an OAuth endpoint, with our assertion and a proof. Raises NotGiven, Problem unavailable."""
        address, now = await self._endpoint(endpoint), self._clock.now()
        claims = {"iss": who.id, "sub": who.id, "aud": self.origin, "jti": new_id(), "iat": now, "nbf": now}
        us = {"client_id": who.id, "client_assertion_type": ASSERTION}
        us["client_assertion"] = jose.sign(claims | {"exp": now + 60}, "JWT", who.key)
        proof = make_proof(key, "POST", address, None, now=now)
        headers = {"Content-Type": FORM, "Accept": "application/json", "DPoP": proof}
        path = address.removeprefix(self.origin)
        reply = await self._abroad.call("POST", path, urlencode(us | dict(form)).encode(), headers=headers)
        if reply.status >= 500 or reply.status == 429:
            raise unavailable()
        if reply.status >= 300:
            raise NotGiven
        return _object(reply) if reply.body else {}

    async def _endpoint(self, name: str) -> str:
        """An address of the issuer, from its metadata (RFC 8414), read once and checked to be its own."""
        if not self._known:
            place = "/.well-known/oauth-authorization-server"
            reply = await self._abroad.call("GET", place, headers={"Accept": "application/json"})
            found = _object(reply) if reply.status == 200 else {}
            if found.get("issuer") != self.origin:
                raise unavailable()
            self._known = found
        address = str(self._known.get(name))
        if urlsplit(address)[:2] != urlsplit(self.origin)[:2]:
            raise unavailable()
        return address

    # -- calls ---------------------------------------------------------------------------------------------------

    def _headers(
        self, method: str, path: str, key: Mapping[str, Any], token: Token, kind: str | None
    ) -> dict[str, str]:
        proof = make_proof(key, method, self.api + path, H(token.text), now=self._clock.now())
        headers = {"Authorization": f"DPoP {token.text}", "DPoP": proof, "Accept": "*/*"}
        return headers if kind is None else headers | {"Content-Type": kind}

    async def call(
        self,
        method: str,
        path: str,
        key: Mapping[str, Any],
        token: Token,
        body: Mapping[str, Any] | bytes | None = None,
        query: Sequence[tuple[str, str]] = (),
    ) -> Reply:
        """A call of the contract, whatever its answer. path: below `/gateway/v1`. body: JSON, or octets as they are.
        Raises Problem unavailable."""
        sent = body if body is None or isinstance(body, bytes) else orjson.dumps(dict(body))
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        headers = self._headers(method, path, key, token, None if sent is None else kind)
        return await self._abroad.call(method, f"/gateway/v1{path}", sent, headers=headers, query=urlencode(query))

    async def flow(
        self, path: str, key: Mapping[str, Any], token: Token, query: Sequence[tuple[str, str]] = ()
    ) -> Flow:
        """A GET whose answer is streamed."""
        headers = self._headers("GET", path, key, token, None)
        return await self._abroad.flow(f"/gateway/v1{path}", headers=headers, query=urlencode(query))

    async def as_system(self, method: str, path: str, body: Mapping[str, Any]) -> Reply:
        """A call in the system's own name (`learn`). Raises NotGiven, Problem unavailable."""
        async with self._one_system:
            if not self.good(self._system_token):
                details = json.dumps(self.details("learn"))
                form = {"grant_type": "client_credentials", "authorization_details": details}
                self._system_token = self._token(
                    await self._ask(self._system, "token_endpoint", self._system_key, form), None
                )
        reply = await self.call(method, path, self._system_key, self._system_token, body)
        if reply.status == 401:
            self._system_token = Token("", 0, None)
            raise NotGiven
        return reply

    async def published(self, path: str, query: Sequence[tuple[str, str]]) -> Reply:
        """What the consent service publishes for everybody: purposes, directory, log. path: below `/consent/v1`."""
        headers = {"Accept": "application/json"}
        return await self._abroad.call("GET", f"/consent/v1{path}", headers=headers, query=urlencode(query))

    async def helper(self, question: Mapping[str, Any]) -> Reply:
        """The helper's answer. No token, no proof, no cookie goes along: it does not know who asks. Raises Problem
        unavailable."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        return await self._abroad.call("POST", "/chatbot/v1/answers", orjson.dumps(dict(question)), headers=headers)

    async def close(self) -> None:
        """Ends kept connections."""
        await self._abroad.close()


def _object(reply: Reply) -> dict[str, Any]:
    try:
        found = reply.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise unavailable()
    return found
