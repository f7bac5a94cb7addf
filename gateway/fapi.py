# SPDX-License-Identifier: EUPL-1.2
"""The rules of FAPI 2.0 that Authlib lacks, as overrides of its hooks and as plain checks.

Each override here has a test that fails without it (tests/gateway/test_overrides.py). Numbers are the lines of
gateway.md section 7. Texts of errors are fixed: nothing that was sent is ever repeated.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnsupportedResponseTypeError,
)
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, import_key

from formats import jose
from formats.spelling import FormatError, check_token, parse_json
from gateway.registering import Client
from gateway.settings import ALGORITHMS

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 3600
AHEAD = 30
"""Seconds that `iat` and `nbf` may lie ahead: 10 must pass, 61 must fail (line 14)."""
MOST_STATE = 1024
MOST_TOKEN = 8192
MOST_HEADER = 2048
_CLIENT_TYPES = ("jwt", "client-authentication+jwt")
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


class InvalidProof(OAuth2Error):  # type: ignore[misc]
    """The DPoP proof is absent, not good, or was used before (RFC 9449, 5)."""

    error = "invalid_dpop_proof"


class InvalidDetails(OAuth2Error):  # type: ignore[misc]
    """The details are malformed, not the client's to ask, or consent says no: one answer for all (RFC 9396, 5)."""

    error = "invalid_authorization_details"


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """The resource is none of this issuer's (RFC 8707, 2)."""

    error = "invalid_target"


# -- what stands in a form -------------------------------------------------------------------------------------


def check_parameters(form: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The parameters of a request, each at most once; those without a value count as absent (RFC 6749, 3.1, 3.2).

    No scopes, and a `state` of at most 1,024 characters.
    """
    found: dict[str, str] = {}
    for name, value in form:
        if name in found:
            raise InvalidRequestError()
        found[name] = value
    found = {name: value for name, value in found.items() if value}
    if "scope" in found:
        raise InvalidScopeError()
    if len(found.get("state", "")) > MOST_STATE:
        raise InvalidRequestError()
    return found


def check_mechanism(form: Mapping[str, str], headers: Mapping[str, str], method: str) -> None:
    """Exactly the one way to authenticate that this issuer has (lines 3 and 6)."""
    if "authorization" in headers or "client_secret" in form:
        raise InvalidClientError()
    asserted = "client_assertion" in form or "client_assertion_type" in form
    if asserted and method == "none":
        raise InvalidClientError()


def check_pushed(form: Mapping[str, str]) -> None:
    """What a pushed request must hold beside what Authlib asks (lines 16, 19, 20; RFC 9126, 2.1)."""
    if form.get("response_type") != "code":
        raise UnsupportedResponseTypeError("code")
    if "request_uri" in form or not form.get("redirect_uri") or form.get("response_mode", "query") != "query":
        raise InvalidRequestError()


# -- PKCE ------------------------------------------------------------------------------------------------------


class S256Only(CodeChallenge):  # type: ignore[misc]
    """PKCE is mandatory and S256 only; Authlib asks it of public clients alone and takes `plain` (line 19)."""

    DEFAULT_CODE_CHALLENGE_METHOD = None
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Asks for both parameters before Authlib looks at their form."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError()
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """A missing or misspelt verifier is `invalid_grant`, as a wrong one is."""
        try:
            super().validate_code_verifier(grant, result)
        except InvalidRequestError as error:
            raise InvalidGrantError() from error


# -- JWTs of others --------------------------------------------------------------------------------------------


def read_jwt(
    token: str, keys: Callable[[Mapping[str, Any]], Key], algorithms: Sequence[str], types: Sequence[str]
) -> dict[str, Any]:
    """The claims of a JWT that a client or a sign-in provider signed. Raises FormatError.

    keys: header -> the key that must have signed; it never follows `jku`, `x5u` or `jwk`. types: what `typ` may be,
    in lower case; absent passes. Other header members pass, but no `crit` and no private key (line 33, 36).
    """
    if len(token) > MOST_TOKEN:
        raise FormatError("token")
    head, body, signature = check_token(token, 3)
    if len(head) > MOST_HEADER:
        raise FormatError("header")
    header = parse_json(head)
    typ, jwk = header.get("typ", types[0]), header.get("jwk")
    if not isinstance(typ, str) or typ.lower() not in types or header.get("alg") not in algorithms:
        raise FormatError("header")
    if "crit" in header or "b64" in header or (isinstance(jwk, dict) and _PRIVATE & set(jwk)):
        raise FormatError("header")
    try:
        key = keys(header)
        if header["alg"] == "ES256" and isinstance(key, ECKey) and key.curve_name == "P-256":
            # What nearly everybody sends, without the library's general way, which costs as much again.
            jose.verify_bytes(token[: token.rindex(".")].encode("ascii"), signature, str(key["x"]), str(key["y"]))
            return parse_json(body)
        registry = jws.JWSRegistry(algorithms=list(algorithms), strict_check_header=False)
        registry.max_header_length = 2 * MOST_HEADER
        return parse_json(jws.deserialize_compact(token, key, registry=registry).payload)
    except (JoseError, ValueError, KeyError) as error:
        raise FormatError("signature") from error


@lru_cache(maxsize=1024)
def _parsed(jwk: bytes) -> Key:
    return import_key(orjson.loads(jwk))


def key_for(keys: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Key:
    """The key that `kid` names; without `kid` the only key there is. Raises KeyError."""
    kid = header.get("kid")
    found = [key for key in keys if kid is None or key.get("kid") == kid]
    if len(found) != 1 or found[0].get("alg", header["alg"]) != header["alg"]:
        raise KeyError("kid")
    return _parsed(orjson.dumps(dict(found[0]), option=orjson.OPT_SORT_KEYS))


def check_times(claims: Mapping[str, Any], now: int, longest: int) -> None:
    """`exp` to come and at most `longest` seconds after `iat`, or after now without one; `iat`, `nbf` not ahead.

    Raises FormatError.
    """
    iat, nbf, exp = claims.get("iat", now), claims.get("nbf", now), claims.get("exp")
    if type(iat) is not int or type(nbf) is not int or type(exp) is not int:
        raise FormatError("time")
    if max(iat, nbf) > now + AHEAD or exp <= now or exp - iat > longest or exp - now > longest + AHEAD:
        raise FormatError("time")


# -- private_key_jwt -------------------------------------------------------------------------------------------


class PrivateKeyJwt(JWTBearerClientAssertion):  # type: ignore[misc]
    """Client authentication by an assertion, as FAPI 2.0 wants it (lines 8, 9, 14, 33, 34).

    Authlib as it comes takes RS256, refuses PS256, takes `aud: [us, evil]`, ten years, and a `client_id` beside `sub`.
    """

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, issuer: str, now: int, use: Callable[[str, str, int], bool]) -> None:
        """issuer: the one `aud`. use: (client, jti, until) -> whether this assertion is new, which claims it."""
        super().__init__(validate_jti=True)
        self._issuer, self._now, self._use = issuer, now, use

    def __call__(self, query_client: Callable[[str], Client | None], request: Any) -> Client:
        """The client that the assertion proves. Raises InvalidClientError for every fault."""
        if request.form.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidClientError()
        client: Client | None = super().__call__(query_client, request)
        if client is None or request.form.get("client_id", client.id) != client.id:
            raise InvalidClientError()
        return client

    def extract_assertion(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims, spelling checked before any library sees the text."""
        try:
            header, claims, _ = check_token(assertion, 3)
            return parse_json(header), parse_json(claims)
        except FormatError as error:
            raise InvalidClientError() from error

    def resolve_client_public_key(self, client: Client) -> Sequence[Mapping[str, Any]]:
        """The registered keys that count now; never one that the assertion brings."""
        return client.keys_at(self._now)

    def process_assertion_claims(self, assertion: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Signature by the one key that `kid` names, algorithm PS256 or ES256, then `verify_claims`."""
        try:
            claims = read_jwt(assertion, lambda header: key_for(keys, header), ALGORITHMS, _CLIENT_TYPES)
        except FormatError as error:
            raise InvalidClientError() from error
        self.verify_claims(claims)
        return claims

    def verify_claims(self, claims: Mapping[str, Any]) -> None:
        """`aud` is the issuer string and nothing else; `iss` = `sub`; short; its `jti` counts once."""
        jti, client = claims.get("jti"), claims.get("sub")
        if claims.get("aud") != self._issuer or not isinstance(client, str) or claims.get("iss") != client:
            raise InvalidClientError()
        if not isinstance(jti, str) or not 1 <= len(jti) <= 256:
            raise InvalidClientError()
        try:
            check_times(claims, self._now, ASSERTION_SECONDS)
        except FormatError as error:
            raise InvalidClientError() from error
        if not self.validate_jti(claims, jti):
            raise InvalidClientError()

    def validate_jti(self, claims: Mapping[str, Any], jti: str) -> bool:
        """Whether this assertion is new."""
        return self._use(claims["sub"], jti, claims["exp"] + AHEAD)
