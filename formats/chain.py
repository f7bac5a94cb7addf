# SPDX-License-Identifier: EUPL-1.2
"""The rules of a chain that one statement and the one before it cannot show.

The consent registry calls the small rules with what it has stored; a person's device and an auditor play a
whole chain through `check_chain`. Each refuses with `FormatError`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from formats.grant import GRANT, Grant, read_grant
from formats.spelling import FormatError
from formats.statement import CARD, EPOCH, REVOKE, Statement, follows, verify_first_card, verify_statement


def epoch_follows(last: Mapping[str, Any] | None, new: Statement) -> None:
    """Refuses unless `new` may follow `last`, the claims of the drawer's newest epoch statement.

    `last` is None for a new drawer.

    A new drawer starts at 1; `renew` repeats epoch, category, BOX and commitment; `rotate` counts on with
    fresh keys."""
    claims = new.claims
    if new.typ != EPOCH:
        raise FormatError("epoch")
    if last is None:
        allowed = claims["rsn"] == "new" and claims["ep"] == 1
    elif claims["iss"] != last["iss"] or claims["drw"] != last["drw"] or claims["cat"] != last["cat"]:
        allowed = False
    elif claims["rsn"] == "renew":
        allowed = all(claims[name] == last[name] for name in ("ep", "box", "dkc"))
    else:
        fresh = claims["box"]["kid"] != last["box"]["kid"] and claims["dkc"] != last["dkc"]
        allowed = claims["rsn"] == "rotate" and claims["ep"] == last["ep"] + 1 and fresh
    if not allowed:
        raise FormatError("epoch")


def grant_fits(grant: Grant, drawers: Mapping[str, tuple[str, int]]) -> None:
    """Refuses unless each drawer of the grant is in the chain with that category, and each epoch exists.

    `drawers`: id -> (category, newest epoch); epochs run from 1 without a gap."""
    for drawer in grant.drawers:
        cat, newest = drawers.get(drawer.id, ("", 0))
        if drawer.cat != cat or any(epoch > newest for epoch in drawer.epochs):
            raise FormatError("grant")


def revoke_fits(grant: Grant, revoke: Statement) -> None:
    """Refuses unless `revoke` ends exactly this grant: same chain, `jti`, reader, and every drawer of it."""
    claims = revoke.claims
    if revoke.typ != REVOKE:
        raise FormatError("revoke")
    if (claims["iss"], claims["jti"], claims["aud"]) != (grant.iss, grant.jti, grant.aud):
        raise FormatError("revoke")
    if set(claims["drw"]) != {drawer.id for drawer in grant.drawers}:
        raise FormatError("revoke")


@dataclass(slots=True)
class Playback:
    """A chain as far as it was played: what the next statement has to fit. Made empty, or from what was stored.

    sig: the public SIG that counts now. epochs: the newest epoch statement by drawer. grants: by `jti`. Of the last two,
    those that the statements to come are about are enough."""

    last: Statement | None = None
    sig: Mapping[str, Any] = field(default_factory=dict)
    epochs: dict[str, Statement] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)

    def take(self, token: str) -> Statement:
        """The next statement: its signature, its link, and every rule above. FormatError leaves all as it was."""
        new = verify_first_card(token) if self.last is None else verify_statement(token, self.sig)
        follows(self.last, new)
        claims = new.claims
        if new.typ == CARD:
            self.sig = claims["sig"]  # the new key counts from the next statement
        elif new.typ == EPOCH:
            before = self.epochs.get(claims["drw"])
            epoch_follows(before.claims if before else None, new)
            self.epochs[claims["drw"]] = new
        elif new.typ == GRANT:
            grant = read_grant(token)
            grant_fits(grant, {drw: (one.claims["cat"], one.claims["ep"]) for drw, one in self.epochs.items()})
            if grant.jti in self.grants:
                raise FormatError("grant")
            self.grants[grant.jti] = grant
        elif new.typ == REVOKE:
            if claims["jti"] not in self.grants:
                raise FormatError("revoke")
            revoke_fits(self.grants[claims["jti"]], new)
        self.last = new
        return new


def check_chain(tokens: Iterable[str]) -> tuple[Statement, ...]:
    """A whole chain from statement 0: each signature with the card of its moment, each link, each rule
    above."""
    played = Playback()
    return tuple(played.take(token) for token in tokens)
