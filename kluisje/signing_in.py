# SPDX-License-Identifier: EUPL-1.2
"""Access tokens: how each of the three callers gets them, and gets them again when they run out.

    PersonTokens      a person's own device: public client, PAR, code, PKCE; one audience per token
    CaseworkerTokens  a caseworker's application: PAR, code, PKCE, private_key_jwt; one grant per token
    SystemTokens      an organisation's system: client credentials, private_key_jwt

All tokens are bound to a DPoP key that lives as long as the object. Sources: gateway.md section 1, FAPI 2.0,
RFC 9126 (PAR), RFC 7636 (PKCE), RFC 7523 (private_key_jwt), RFC 8707 (resource), RFC 9207 (iss), RFC 9396
(authorization_details).
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from formats.jose import Jwk, new_signing_key, peek, sign
from formats.spelling import FormatError, H, check_id, new_id
from kluisje.browsing import Door
from kluisje.http import DPoP, Http, Refused

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY = 20  # seconds before its end a token is replaced
Details = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it ends; `refresh` gets the next one, where there is one."""

    text: str
    ends: int
    refresh: str | None


class Issuer:
    """One authorization server, with its metadata read once and checked to be its own."""

    def __init__(self, http: Http, issuer: str) -> None:
        self.http, self.issuer = http, issuer
        self._metadata: dict[str, Any] | None = None

    async def endpoint(self, name: str) -> str:
        """The address of `token_endpoint`, `authorization_endpoint` or another one."""
        if self._metadata is None:
            parts = urlsplit(self.issuer)
            base = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path}"
            found = (await self.http.call("GET", base)).json()
            if found.get("issuer") != self.issuer:
                raise Refused("wrong-issuer", "The metadata is of another issuer.")
            self._metadata = found
        address = self._metadata.get(name)
        parts, own = urlsplit(str(address)), urlsplit(self.issuer)
        if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            raise Refused("wrong-issuer", "An endpoint lies outside its issuer.")
        return str(address)


class _Tokens:
    """What the three have in common: the DPoP key, the token endpoint, one request at a time."""

    def __init__(self, http: Http, issuer: str, client_id: str, client_key: Jwk | None) -> None:
        self.issuer = Issuer(http, issuer)
        self.client_id = client_id
        self.key = new_signing_key()
        self._client_key = client_key
        self._http = http
        self._lock = asyncio.Lock()

    def _client(self) -> dict[str, str]:
        """Who the client is; with a key, proven by a fresh assertion whose one audience is the issuer."""
        if self._client_key is None:
            return {"client_id": self.client_id}
        now = self._http.clock()
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer.issuer, "jti": new_id()}
        token = sign(claims | {"iat": now, "nbf": now, "exp": now + 60}, "JWT", self._client_key)
        return {"client_id": self.client_id, "client_assertion_type": ASSERTION, "client_assertion": token}

    async def _ask(self, form: Mapping[str, str]) -> Token:
        address = await self.issuer.endpoint("token_endpoint")
        proof = DPoP(self.key, clock=self._http.clock)
        told = (await self._http.call("POST", address, form=self._client() | dict(form), auth=proof)).json()
        text, seconds = told.get("access_token"), told.get("expires_in")
        if str(told.get("token_type")).lower() != "dpop" or not isinstance(text, str) or type(seconds) is not int:
            raise Refused("wrong-issuer", "The token is not bound to a key.")
        refresh = told.get("refresh_token")
        return Token(text, self._http.clock() + seconds, refresh if isinstance(refresh, str) else None)

    async def _by_code(self, door: Door, pushed: Mapping[str, str], further: Mapping[str, str]) -> Token:
        """Pushed request, the person's sign-in at `door`, code against token."""
        verifier, state = token_urlsafe(48), token_urlsafe(24)
        request = {
            "response_type": "code",
            "redirect_uri": door.redirect_uri,
            "state": state,
            "code_challenge": H(verifier),
            "code_challenge_method": "S256",
        }
        address = await self.issuer.endpoint("pushed_authorization_request_endpoint")
        proof = DPoP(self.key, clock=self._http.clock)
        form = self._client() | request | dict(pushed)
        kept = (await self._http.call("POST", address, form=form, auth=proof)).json()
        asked = urlencode({"client_id": self.client_id, "request_uri": str(kept["request_uri"])})
        back = await door(await self.issuer.endpoint("authorization_endpoint") + "?" + asked)
        code = self._code(back, door.redirect_uri, state)
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": door.redirect_uri}
        return await self._ask(grant | {"code_verifier": verifier} | dict(further))

    def _code(self, back: str, redirect_uri: str, state: str) -> str:
        given = parse_qs(urlsplit(back).query)
        if not back.startswith(redirect_uri) or given.get("state") != [state]:
            raise Refused("wrong-sign-in", "The sign-in came back to another place or for another question.")
        if given.get("iss") != [self.issuer.issuer]:
            raise Refused("wrong-issuer", "The sign-in came back from another issuer.")
        if "error" in given:
            raise Refused(given["error"][0], " ".join(given.get("error_description", ())))
        if len(given.get("code", ())) != 1:
            raise Refused("wrong-sign-in", "The sign-in gave no code.")
        return given["code"][0]

    def _good(self, token: Token | None) -> bool:
        return token is not None and token.ends - EARLY > self._http.clock()


class PersonTokens(_Tokens):
    """A person's sign-in. `vlt` is known after `sign_in`; `token(resource)` answers for vault, consent or
    issuer."""

    def __init__(self, http: Http, issuer: str, client_id: str, door: Door) -> None:
        super().__init__(http, issuer, client_id, None)
        self._door = door
        self._tokens: dict[str, Token] = {}
        self._refresh: str | None = None

    async def sign_in(self, resource: str) -> str:
        """Signs in; answers the vault that belongs to who did. The first token is for `resource`."""
        async with self._lock:
            return self._vault(await self._begin(resource))

    async def token(self, resource: str) -> str:
        """An access token for one audience (`<origin>/vault/v1` …), refreshed when it runs out; the sign-in
        itself once more when that is over."""
        async with self._lock:
            token = self._tokens.get(resource)
            if token is None or not self._good(token):
                token = await self._next(resource)
            return token.text

    async def again(self, resource: str) -> str:
        """Forgets the access tokens and gets a fresh one; whose vault it names."""
        async with self._lock:
            self._tokens.clear()
            return self._vault(await self._next(resource))

    async def _next(self, resource: str) -> Token:
        if self._refresh is not None:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh, "resource": resource}
            try:
                return self._keep(resource, await self._ask(form))
            except Refused as no:
                if no.slug != "invalid_grant":
                    raise
        return await self._begin(resource)

    async def _begin(self, resource: str) -> Token:
        self._tokens.clear()
        return self._keep(resource, await self._by_code(self._door, {}, {"resource": resource}))

    def _keep(self, resource: str, token: Token) -> Token:
        self._tokens[resource] = token
        self._refresh = token.refresh or self._refresh
        return token

    @staticmethod
    def _vault(token: Token) -> str:
        try:
            return check_id(peek(token.text)[1].get("sub"))
        except FormatError:
            raise Refused("wrong-issuer", "The token names no vault.") from None


class CaseworkerTokens(_Tokens):
    """A caseworker's sign-ins: one per set of details, since a token that reads names exactly one grant."""

    def __init__(self, http: Http, issuer: str, client_id: str, client_key: Jwk, door: Door) -> None:
        super().__init__(http, issuer, client_id, client_key)
        self._door = door
        self._tokens: dict[str, Token] = {}

    async def token(self, details: Details) -> str:
        """An access token for these `authorization_details`."""
        wanted = json.dumps(list(details), sort_keys=True)
        async with self._lock:
            token = self._tokens.get(wanted)
            if token is None or not self._good(token):
                token = self._tokens[wanted] = await self._next(wanted, token)
            return token.text

    async def _next(self, wanted: str, before: Token | None) -> Token:
        if before is not None and before.refresh is not None:
            try:
                form = {"grant_type": "refresh_token", "refresh_token": before.refresh}
                token = await self._ask(form)
                return Token(token.text, token.ends, token.refresh or before.refresh)
            except Refused as no:
                if no.slug != "invalid_grant":
                    raise
        return await self._by_code(self._door, {"authorization_details": wanted}, {})


class SystemTokens(_Tokens):
    """A system's tokens: it signs in as itself, and never reads."""

    def __init__(self, http: Http, issuer: str, client_id: str, client_key: Jwk) -> None:
        super().__init__(http, issuer, client_id, client_key)
        self._tokens: dict[str, Token] = {}

    async def token(self, details: Details) -> str:
        """An access token for these `authorization_details`."""
        wanted = json.dumps(list(details), sort_keys=True)
        async with self._lock:
            token = self._tokens.get(wanted)
            if token is None or not self._good(token):
                form = {"grant_type": "client_credentials", "authorization_details": wanted}
                token = self._tokens[wanted] = await self._ask(form)
            return token.text
