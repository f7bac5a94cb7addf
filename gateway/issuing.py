# SPDX-License-Identifier: EUPL-1.2
"""The two issuers: their names, keys, metadata and access tokens (RFC 8414, RFC 9068, RFC 9701, RFC 9728).

One issuer signs for people's own devices, one for organisations; each has its own keys, endpoints and audiences, so a
token of one means nothing where the other counts.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formats import jose
from formats.spelling import FormatError, check_id
from gateway.details import TYPE
from gateway.settings import ALGORITHMS

TOKEN_SECONDS = 300
CODE_SECONDS = 60
PUSHED_SECONDS = 120


@dataclass(frozen=True)
class SignedIn:
    """Somebody who signed in. subject: `vlt` of a person, `cw_…` of a caseworker. auth_time: seconds."""

    subject: str
    acr: str
    auth_time: int


@dataclass(frozen=True)
class Leave:
    """What consent says of the grant that a token will lean on. until: its end. again: whether a refresh token fits."""

    until: int
    again: bool


@dataclass(frozen=True)
class Issuer:
    """One authorization server.

    name: `iss`. path: where its endpoints are. key: private JWK it signs with. published: JWK set, `key` first.
    kinds: client kinds it knows. audiences: what its tokens may be for. method: how its clients authenticate.
    longest, idle: seconds a refresh token lives, and lives unused.
    """

    name: str
    origin: str
    path: str
    key: Mapping[str, Any]
    published: Mapping[str, Any]
    kinds: frozenset[str]
    audiences: tuple[str, ...]
    method: str
    grant_types: tuple[str, ...]
    longest: int
    idle: int

    @property
    def public(self) -> bool:
        """Whether its clients are people's devices."""
        return self.method == "none"

    @property
    def location(self) -> str:
        """The one resource of organisations; not used by the person issuer."""
        return self.audiences[0]

    def url(self, endpoint: str) -> str:
        """The address of an endpoint, as it stands in the metadata and in proofs."""
        return f"{self.origin}{self.path}/{endpoint}"

    def metadata(self) -> dict[str, Any]:
        """RFC 8414."""
        found: dict[str, Any] = {
            "issuer": self.name,
            "authorization_endpoint": self.url("authorize"),
            "pushed_authorization_request_endpoint": self.url("par"),
            "token_endpoint": self.url("token"),
            "revocation_endpoint": self.url("revoke"),
            "jwks_uri": self.url("jwks"),
            "require_pushed_authorization_requests": True,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(self.grant_types),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [self.method],
            "revocation_endpoint_auth_methods_supported": [self.method],
            "dpop_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": True,
            "ui_locales_supported": ["nl", "en"],
        }
        if not self.public:
            found["introspection_endpoint"] = self.url("introspect")
            found["introspection_endpoint_auth_methods_supported"] = [self.method]
            for endpoint in ("token", "revocation", "introspection"):
                found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
            found["introspection_signing_alg_values_supported"] = ["ES256"]
            found["request_object_signing_alg_values_supported"] = list(ALGORITHMS)
            found["authorization_details_types_supported"] = [TYPE]
        return found

    def access_token(
        self,
        *,
        session: str,
        audience: str,
        client: str,
        subject: str,
        acr: str,
        auth_time: int,
        jkt: str,
        details: Mapping[str, Any] | None,
        now: int,
        until: int,
    ) -> str:
        """An access token bound to a key; it ends after 300 s or at `until`, whichever is first.

        Its `jti` begins with the session, so that one statement tells whether it was revoked.
        """
        claims: dict[str, Any] = {
            "iss": self.name,
            "aud": audience,
            "client_id": client,
            "azp": client,
            "sub": subject,
            "acr": acr,
            "auth_time": auth_time,
            "iat": now,
            "nbf": now,
            "exp": min(now + TOKEN_SECONDS, until),
            "jti": f"{session}.{secrets.token_urlsafe(16)}",
            "cnf": {"jkt": jkt},
        }
        if details is not None:
            claims["authorization_details"] = [dict(details)]
        return jose.sign(claims, "at+jwt", self.key)

    def introspection(self, resource: str, told: Mapping[str, Any], now: int) -> str:
        """What introspection tells a resource server, signed (RFC 9701, 5). resource: its client id."""
        claims = {"iss": self.name, "aud": resource, "iat": now, "token_introspection": dict(told)}
        return jose.sign(claims, "token-introspection+jwt", self.key)

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims of one of our own access tokens, ended or not; None when it is not ours."""
        try:
            header, _ = jose.peek(token)
            key = next(key for key in self.published["keys"] if key["kid"] == header["kid"])
            return jose.verify(token, "at+jwt", key)
        except (FormatError, StopIteration):
            return None

    def session_of(self, token: str) -> str | None:
        """The session behind one of our own access tokens, ended or not; None when it is not ours."""
        claims = self.read(token)
        return None if claims is None else session_of(claims)


def session_of(claims: Mapping[str, Any]) -> str:
    """The session in a verified token's `jti`. Raises FormatError."""
    return check_id(str(claims.get("jti")).split(".", 1)[0])


def published(key: Mapping[str, Any], further: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JWK set of an issuer: its key and those of before and after. Raises FormatError on a `kid` used twice."""
    keys = [jose.public(one) for one in (key, *further.get("keys", ()))]
    if len({one["kid"] for one in keys}) != len(keys):
        raise FormatError("key")
    return {"keys": keys}


def protected_resource(resource: str, issuer: str, details: bool) -> dict[str, Any]:
    """RFC 9728 metadata of one API."""
    found: dict[str, Any] = {
        "resource": resource,
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
        "dpop_bound_access_tokens_required": True,
        "dpop_signing_alg_values_supported": ["ES256"],
    }
    return {**found, "authorization_details_types_supported": [TYPE]} if details else found
