# SPDX-License-Identifier: EUPL-1.2
"""Signing in: the gateway as relying party of OpenID providers (DigiD broker, organisations, the demo's own).

Code, PKCE, `state`, `nonce`, pinned issuer, listed algorithms, `acr` at least substantial. What comes out is a
pseudonym: a BSN goes on to consent in a body, at this moment, and is neither stored nor logged here.
"""

import hmac
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from chassis.clock import Clock
from formats import jose
from formats.spelling import FormatError, b64u, new_id, parse_json
from gateway import fapi
from gateway.issuing import SignedIn
from gateway.settings import Provider

CASEWORKER_SECONDS = 12 * 3600
ID_TOKEN_SECONDS = 3600
KEPT_SECONDS = 600.0
ANSWER_SECONDS = 4.0


class NotSignedIn(Exception):
    """The provider's answer proves nobody: refused, not fresh, not for us, not sure enough."""


class ProviderAway(Exception):
    """The provider does not answer."""


@dataclass(frozen=True)
class Departure:
    """Somebody leaves for the provider: what we have to know at the return."""

    state: str
    nonce: str
    verifier: str


def departure() -> Departure:
    """Three fresh secrets."""
    return Departure(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Citizen:
    """What a citizens' provider tells beside the sign-in. On its way to consent, never kept here."""

    bsn: str
    birth_date: str

    def __repr__(self) -> str:
        return "Citizen(<not shown>)"


class _Ours(PrivateKeyJWT):  # type: ignore[misc]
    """Our assertion for one request: Authlib's own would ask the machine's clock and sign by joserfc's defaults."""

    def __init__(self, provider: Provider, key: Mapping[str, Any], now: int) -> None:
        super().__init__()
        self._provider, self._key, self._now = provider, key, now

    def sign(self, auth: Any, token_endpoint: str) -> str:
        """Issuer and subject are we, the audience is the provider; a minute long, once."""
        us, now = self._provider.client_id, self._now
        claims = {
            "iss": us,
            "sub": us,
            "aud": self._provider.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": new_id(),
        }
        return jose.sign(claims, "JWT", self._key)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once a start: reading it takes 40 ms of the processor, and a sign-in makes two clients."""
    return httpx2.create_ssl_context(trust_env=False)


class RelyingParty:
    """Us at one provider. key: our private ES256 JWK (private_key_jwt). redirect_uri: our registered callback."""

    def __init__(self, provider: Provider, key: Mapping[str, Any], redirect_uri: str, clock: Clock) -> None:
        self.provider, self._redirect_uri, self._clock = provider, redirect_uri, clock
        self._key = key
        self._known: dict[str, Any] = {}
        self._keys: list[dict[str, Any]] = []
        self._until = 0.0

    async def address(self, leaving: Departure) -> str:
        """Where to send the browser. Raises ProviderAway."""
        async with self._client() as client:
            known = await self._metadata(client)
            address, _ = client.create_authorization_url(
                known["authorization_endpoint"],
                state=leaving.state,
                code_verifier=leaving.verifier,
                nonce=leaving.nonce,
                acr_values=" ".join(self.provider.acr),
                max_age=str(CASEWORKER_SECONDS),
            )
        return str(address)

    async def claims(self, returned: Mapping[str, str], nonce: str, verifier: str) -> dict[str, Any]:
        """The claims of the ID token behind a return. Raises NotSignedIn, ProviderAway."""
        issuer = self.provider.issuer
        if "error" in returned or "code" not in returned or returned.get("iss", issuer) != issuer:
            raise NotSignedIn
        async with self._client() as client:
            known = await self._metadata(client)
            client.register_client_auth_method(_Ours(self.provider, self._key, self._clock.now()))
            try:
                answer = await client.fetch_token(
                    known["token_endpoint"],
                    grant_type="authorization_code",
                    code=returned["code"],
                    code_verifier=verifier,
                )
            except (httpx2.HTTPError, OSError) as error:
                raise ProviderAway from error
            except (AuthlibBaseError, ValueError) as error:
                raise NotSignedIn from error
            token = answer.get("id_token")
            if not isinstance(token, str):
                raise NotSignedIn
            try:
                return await self._verified(client, token, nonce)
            except (FormatError, KeyError) as error:
                raise NotSignedIn from error

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.provider.client_id,
            token_endpoint_auth_method="private_key_jwt",
            scope="openid",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=ANSWER_SECONDS,
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(),
        )

    async def _metadata(self, client: AsyncOAuth2Client) -> dict[str, Any]:
        """The provider's discovery document and keys, remembered for ten minutes: public, and pinned by name."""
        if self._clock.steady() >= self._until:
            known = await _fetch(client, self.provider.issuer + "/.well-known/openid-configuration")
            if known.get("issuer") != self.provider.issuer:
                raise ProviderAway
            self._keys = (await _fetch(client, str(known.get("jwks_uri")))).get("keys", [])
            self._known = known
            self._until = self._clock.steady() + KEPT_SECONDS
        return self._known

    def _read(self, token: str) -> dict[str, Any]:
        algorithms = self.provider.algorithms
        return fapi.read_jwt(token, lambda header: fapi.key_for(self._keys, header), algorithms, ("jwt",))

    async def _verified(self, client: AsyncOAuth2Client, token: str, nonce: str) -> dict[str, Any]:
        """OpenID Connect Core 3.1.3.7. A `kid` that is not known makes us fetch the keys once more."""
        now = self._clock.now()
        try:
            claims = self._read(token)
        except FormatError:
            self._until = 0.0
            await self._metadata(client)
            claims = self._read(token)
        fapi.check_times(claims, now, ID_TOKEN_SECONDS)
        audience = claims.get("aud")
        good = (
            claims.get("iss") == self.provider.issuer
            and audience in (self.provider.client_id, [self.provider.client_id])
            and claims.get("azp", self.provider.client_id) == self.provider.client_id
            and isinstance(claims.get("nonce"), str)
            and hmac.compare_digest(claims["nonce"].encode(), nonce.encode())
            and claims.get("acr") in self.provider.acr
            and isinstance(claims.get("sub"), str)
            and bool(claims["sub"])
        )
        signed_in = claims.get("auth_time")
        if not good or type(signed_in) is not int or not now - CASEWORKER_SECONDS < signed_in <= now + fapi.AHEAD:
            raise NotSignedIn
        return claims


async def _fetch(client: AsyncOAuth2Client, address: str) -> dict[str, Any]:
    try:
        answer = await client.request("GET", address, withhold_token=True)
        if answer.status_code != 200:
            raise ProviderAway
        return parse_json(answer.content)
    except (httpx2.HTTPError, OSError, FormatError) as error:
        raise ProviderAway from error


def mark(secret: bytes, issuer: str, subject: str) -> str:
    """HMAC(issuer, subject): what a vault is found by at the next sign-in."""
    return b64u(hmac.new(secret, f"vlt\0{issuer}\0{subject}".encode(), sha256).digest())


def caseworker(secret: bytes, organisation: str, claims: Mapping[str, Any]) -> SignedIn:
    """A caseworker by the pairwise pseudonym of one organisation."""
    told = f"cw\0{organisation}\0{claims['iss']}\0{claims['sub']}"
    subject = "cw_" + b64u(hmac.new(secret, told.encode(), sha256).digest())
    return SignedIn(subject, claims["acr"], claims["auth_time"])


def citizen(claims: Mapping[str, Any]) -> Citizen:
    """The BSN and birth date of an ID token, for consent alone. Raises NotSignedIn."""
    bsn, born = claims.get("bsn"), claims.get("birth_date")
    if not isinstance(bsn, str) or not isinstance(born, str):
        raise NotSignedIn
    return Citizen(bsn, born)
