# SPDX-License-Identifier: EUPL-1.2
"""Who is calling: a person's own device (token bound to a DPoP key) or a neighbouring part (service token, or the
mark of a call inside the process).

A *verified token* is remembered by its hash until it ends: that is a verification of immutable bytes, not a decision.
The proof is checked every time, and each proof counts once: the database says so, also after a restart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.types import Scope

from chassis.clock import Clock
from chassis.database import Connection, Database, Table, claim_proof
from chassis.problems import Problem
from formats import dpop, jose
from formats.spelling import FormatError, H

MOST_TOKENS = 4096
Stands = Callable[[Connection, str, str, int], bool]
"""(transaction, vlt, jkt, now) -> whether this device of hers may call: False once another one has stopped it."""
PROOF_SECONDS = 120
SERVICE_SECONDS = 30


@dataclass(frozen=True)
class Person:
    """A person's own device. vlt: the vault it belongs to. jkt: thumbprint of its DPoP key. acr: level of assurance.

    auth_time: when the person signed in (seconds). claims: the whole verified token.
    """

    vlt: str
    jkt: str
    acr: str
    auth_time: int
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A neighbouring part of this installation: `gateway`, `consent` …"""

    name: str


def refused(error: str = "invalid_token", scheme: str = "DPoP") -> Problem:
    """401: sign in again (`error` as in RFC 6750 and RFC 9449)."""
    challenge = f'{scheme} error="{error}", algs="ES256"' if scheme == "DPoP" else f'{scheme} error="{error}"'
    return Problem("not-authenticated", "Sign in again, then repeat the call.", headers={"WWW-Authenticate": challenge})


class Tokens:
    """Verifies access tokens of one issuer for one audience (RFC 9068, our claims of gateway.md section 1)."""

    def __init__(self, issuer: str, audience: str, keys: Mapping[str, Any]) -> None:
        """keys: a JWK set `{"keys": […]}` pinned in the settings; nobody is called back."""
        self._issuer, self.audience = issuer, audience
        self._keys = {key["kid"]: key for key in keys["keys"]}
        self._verified: dict[str, dict[str, Any]] = {}

    def verify(self, token: str, mark: str, now: int) -> Mapping[str, Any]:
        """The claims of a good token. mark: H(token). Raises Problem 401."""
        claims = self._verified.get(mark)
        if claims is None:
            claims = self.check(token)
            if len(self._verified) >= MOST_TOKENS:
                self._verified.clear()
            self._verified[mark] = claims
        if not claims["nbf"] <= now < claims["exp"]:
            self._verified.pop(mark, None)
            raise refused()
        return claims

    def check(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature, issuer, audience and shape are good, whenever it ends. Problem 401."""
        try:
            header, _ = jose.peek(token)
            claims = jose.verify(token, "at+jwt", self._keys[header["kid"]])
        except (FormatError, KeyError) as error:
            raise refused() from error
        times = all(type(claims.get(name)) is int for name in ("nbf", "exp", "iat"))
        bound = isinstance(claims.get("cnf"), dict) and isinstance(claims["cnf"].get("jkt"), str)
        named = isinstance(claims.get("sub"), str) and isinstance(claims.get("jti"), str)
        if claims.get("iss") != self._issuer or claims.get("aud") != self.audience or not (times and bound and named):
            raise refused()
        return claims


def token_of(scope: Scope, scheme: bytes) -> tuple[str, str]:
    """(token, proof) from the headers; the proof is "" when there is none. Raises Problem 401."""
    authorization, proof = b"", b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value
        elif name == b"dpop":
            proof = value
    kind, _, token = authorization.partition(b" ")
    if kind.lower() != scheme.lower() or not token:
        raise refused(scheme=scheme.decode())
    return token.decode("latin-1"), proof.decode("latin-1")


def check_proof(scope: Scope, origin: str, mark: str, proof: str, jkt: str, now: int) -> dpop.ProofSeen:
    """Checks the DPoP proof of this very call (RFC 9449 section 4.3). mark: H(token). Raises Problem 401
    invalid_dpop_proof."""
    try:
        return dpop.check_proof(proof, method=scope["method"], url=origin + scope["path"], now=now, ath=mark, jkt=jkt)
    except FormatError as error:
        raise refused("invalid_dpop_proof") from error


class Callers:
    """Identifies callers for vault and consent: schemes `person` and `service`.

    origin: public origin, for `htu`. database, seen: where proofs are counted. stands: asked of each device in the same
    transaction. parts: name -> public JWK of the parts that may call, the name being the `iss` of their tokens.
    """

    def __init__(
        self,
        *,
        origin: str,
        tokens: Tokens,
        audience: str,
        parts: Mapping[str, Mapping[str, Any]],
        database: Database,
        seen: Table,
        stands: Stands,
        clock: Clock,
    ) -> None:
        self._origin, self._tokens, self._audience = origin, tokens, audience
        self._parts = {key["kid"]: (name, key) for name, key in parts.items()}
        self._database, self._clock = database, clock
        self._seen, self._stands = seen, stands
        self._services: dict[str, tuple[str, int]] = {}

    async def identify(self, scope: Scope, scheme: str) -> Person | Part:
        """Who is calling, by the scheme that the operation names. Raises Problem 401."""
        if scheme == "person":
            return await self._person(scope)
        return self._part(scope)

    async def _person(self, scope: Scope) -> Person:
        now = self._clock.now()
        token, proof = token_of(scope, b"DPoP")
        mark = H(token)
        claims = self._tokens.verify(token, mark, now)
        seen = check_proof(scope, self._origin, mark, proof, claims["cnf"]["jkt"], now)
        vlt = str(claims["sub"])

        def count(connection: Connection) -> tuple[bool, bool]:
            new = claim_proof(connection, self._seen, seen.jkt, seen.jti, now, PROOF_SECONDS)
            return self._stands(connection, vlt, seen.jkt, now), new

        stands, new = await self._database.write(count, about=vlt)
        if not stands:
            raise refused()
        if not new:
            raise refused("invalid_dpop_proof")
        return Person(vlt, seen.jkt, claims.get("acr", ""), claims.get("auth_time", 0), claims)

    def _part(self, scope: Scope) -> Part:
        inside = scope.get("kluisje.peer")
        if inside is not None:
            return Part(inside)
        now = self._clock.now()
        token, _ = token_of(scope, b"Bearer")
        mark = H(token)
        known = self._services.get(mark)
        if known is None or known[1] <= now:
            if len(self._services) >= MOST_TOKENS:
                self._services.clear()
            known = self._check_service(token, now)
            self._services[mark] = known
        return Part(known[0])

    def _check_service(self, token: str, now: int) -> tuple[str, int]:
        try:
            header, _ = jose.peek(token)
            name, key = self._parts[header["kid"]]
            claims = jose.verify(token, "service+jwt", key)
        except (FormatError, KeyError) as error:
            raise refused(scheme="Bearer") from error
        lasts = type(claims.get("iat")) is int and type(claims.get("exp")) is int
        if claims.get("iss") != name or claims.get("aud") != self._audience or not lasts:
            raise refused(scheme="Bearer")
        if not claims["iat"] - 2 <= now < claims["exp"] <= claims["iat"] + SERVICE_SECONDS:
            raise refused(scheme="Bearer")
        return name, int(claims["exp"])


def person(request: Request) -> Person:
    """FastAPI dependency: the person whom the door identified."""
    caller = request.scope["kluisje.caller"]
    assert isinstance(caller, Person)
    return caller


def part(request: Request) -> Part:
    """FastAPI dependency: the part whom the door identified."""
    caller = request.scope["kluisje.caller"]
    assert isinstance(caller, Part)
    return caller
