# SPDX-License-Identifier: EUPL-1.2
"""The rules of a chain that one statement and the one before it cannot show.

The consent registry calls the small rules with what it has stored; a person's device and an auditor play a
whole chain through `check_chain`. Each refuses with `FormatError`.
"""

from collections.abc import Iterable, Mapping
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


def check_chain(tokens: Iterable[str]) -> tuple[Statement, ...]:
    """A whole chain from statement 0: each signature with the card of its moment, each link, each rule
    above."""
    found: list[Statement] = []
    epochs: dict[str, Statement] = {}
    grants: dict[str, Grant] = {}
    sig: Mapping[str, Any] = {}
    for token in tokens:
        new = verify_statement(token, sig) if found else verify_first_card(token)
        follows(found[-1] if found else None, new)
        claims = new.claims
        if new.typ == CARD:
            sig = claims["sig"]  # the new key counts from the next statement
        elif new.typ == EPOCH:
            before = epochs.get(claims["drw"])
            epoch_follows(before.claims if before else None, new)
            epochs[claims["drw"]] = new
        elif new.typ == GRANT:
            grant = read_grant(token)
            newest = {drw: (one.claims["cat"], one.claims["ep"]) for drw, one in epochs.items()}
            grant_fits(grant, newest)
            if grant.jti in grants:
                raise FormatError("grant")
            grants[grant.jti] = grant
        elif new.typ == REVOKE:
            if claims["jti"] not in grants:
                raise FormatError("revoke")
            revoke_fits(grants[claims["jti"]], new)
        found.append(new)
    return tuple(found)
