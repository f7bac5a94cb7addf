# SPDX-License-Identifier: EUPL-1.2
"""Who calls the API of organisations: steps 2 to 5 of gateway.md section 3, for every call alike.

A verified token is remembered until it ends: that is a check of immutable bytes. Whether it still stands is asked of
the database at every call.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.types import Scope

from chassis import callers
from chassis.clock import Clock
from chassis.database import Connection, Database
from chassis.problems import Problem
from formats.dpop import ProofSeen
from formats.spelling import FormatError, H
from formats.value import value
from gateway import store
from gateway.details import ACTIONS, Details, NotGood, of_members
from gateway.issuing import Issuer, session_of

_LOOKS = frozenset({"readRecords", "readAttachment", "depositRecord"})
"""Operations of our contract that are looks. They need no commit of ours: the question id counts once in consent's ledger,
in the decision's own transaction. Every other operation's proof is counted here."""

# Beside the claims of a verified token; a claim that is called so would be overwritten.
DETAILS, SESSION = "kluisje.details", "kluisje.session"


@value
class Caller:
    """A caseworker's application or an organisation's system, as its token and the database say at this moment.

    client: client id. team: party in grants. subject: `cw_…`, or the client id of a system. question: of this
    very proof, which names the look.
    """

    client: str
    team: str
    subject: str
    details: Details
    question: str

    def must(self, *actions: str, grant: str | None = None) -> None:
        """Step 6: the details cover one of these actions, and this grant. No query: no oracle. Raises Problem 403."""
        if not self.details.cover(actions, grant):
            raise Problem("insufficient-scope", "Get a token whose details cover this action and this grant.")


class _Tokens(callers.Tokens):
    """Tokens of the organisations' issuer: their details and session are read once, with the signature."""

    def check(self, token: str) -> dict[str, Any]:
        claims = super().check(token)
        try:
            [members] = claims["authorization_details"]
            details = of_members(members, allowed=ACTIONS, location=self.audience)
            return claims | {DETAILS: details, SESSION: session_of(claims)}
        except (NotGood, FormatError, KeyError, TypeError, ValueError) as error:
            raise callers.refused() from error


class Callers:
    """Identifies callers for the scheme `organisation`."""

    def __init__(self, issuer: Issuer, database: Database, clock: Clock) -> None:
        self._issuer, self._database, self._clock = issuer, database, clock
        self._tokens = _Tokens(issuer.name, issuer.location, issuer.published)

    async def identify(self, scope: Scope, scheme: str) -> Caller:
        """The caller of one call. Raises Problem 401."""
        now = self._clock.now()
        if scope.get("kluisje.operation") in _LOOKS:
            claims, seen, team = await self._database.look_prepared(partial(self._asks, scope, now))
        else:
            claims, seen = self._checked(scope, now)
            team, fresh = await self._database.write(
                lambda c: (store.stands(c, claims[SESSION]), store.use_proof(c, seen.jkt, seen.jti, now))
            )
            if team is not None and not fresh:
                raise callers.refused("invalid_dpop_proof")
        if team is None:
            raise callers.refused()
        return Caller(str(claims["client_id"]), team, str(claims["sub"]), claims[DETAILS], seen.question)

    def _asks(self, scope: Scope, now: int) -> Callable[[Connection], tuple[Mapping[str, Any], ProofSeen, str | None]]:
        """Checks token and proof of a look, and asks whether they stand: one statement."""
        claims, seen = self._checked(scope, now)
        return lambda connection: (claims, seen, store.stands(connection, claims[SESSION]))

    def _checked(self, scope: Scope, now: int) -> tuple[Mapping[str, Any], ProofSeen]:
        """The claims of its token, and its proof."""
        token, proof = callers.token_of(scope, b"DPoP")
        if not proof:
            raise callers.refused()
        mark = H(token)
        claims = self._tokens.verify(token, mark, now)
        return claims, callers.check_proof(scope, self._issuer.origin, mark, proof, claims["cnf"]["jkt"], now)
