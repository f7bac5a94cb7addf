# SPDX-License-Identifier: EUPL-1.2
"""Statements enter the chain: 1–64 at once, all or nothing, each the next of the one before (formats.md section 2).

Signature first, then its place, then what its type asks. Each gets a line in the log and a receipt. The same
statements sent again get the receipts of the first time: a lost answer can be asked for again (P03, P08).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.database import Connection
from consent import store, store_grants
from consent.assenting import take_assent
from consent.batch import Batch
from consent.ending import end_grant
from consent.granting import Checked, check_grant, keep_grant, takes_a_touch
from consent.passkey import touched
from consent.receipts import acknowledge
from consent.refusals import Absent, ChainMoved, Forged, Misplaced, StepUpNeeded, Unspelled
from consent.registry import Registry
from consent.schemas import Assertion
from consent.store import Row
from formats.chain import epoch_follows, revoke_fits
from formats.grant import GRANT, Grant, read_grant
from formats.jose import peek
from formats.spelling import FormatError, sid, unb64u
from formats.statement import ASSENT, CARD, EPOCH, REVOKE, Statement, follows, verify_statement

MOST = 64
AHEAD = 600
"""Seconds that a device's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What came in: the receipts in order, the newest `seq`, the grants among it."""

    receipts: tuple[str, ...]
    seq: int
    grants: tuple[str, ...]


@dataclass(slots=True)
class _Chain:
    """The chain as it grows within one call."""

    vault: Row
    last: Statement
    sig: Mapping[str, Any]
    card_seq: int
    passkeys: Sequence[Mapping[str, Any]]
    drawers: dict[str, tuple[str, int]]
    narrowed: set[str] = field(default_factory=set)
    grants: list[str] = field(default_factory=list)
    touches: list[Grant] = field(default_factory=list)


def enter(
    registry: Registry,
    connection: Connection,
    batch: Batch,
    vlt: str,
    tokens: Sequence[str],
    assertion: Assertion | None,
) -> Entered:
    """Enters statements of one vault inside the ledger's transaction.

    Raises Absent (no such vault), Unspelled, Forged, ChainMoved, Misplaced, NotAsAsked, KeyNotReady, RequestClosed,
    StepUpNeeded; then nothing of the call was entered.
    """
    vault = opened(connection, vlt)
    repeated = _repeated(connection, vault, tokens)
    if repeated is not None:
        return repeated
    chain = _chain(connection, vault)
    receipts = []
    for index, token in enumerate(tokens):
        new = _checked(token, chain)
        if new.claims["iat"] > batch.now + AHEAD:
            raise Misplaced([(f"/statements/{index}/iat", "ahead")])
        card_seq = chain.card_seq
        _apply(registry, connection, batch, chain, new)
        entry = batch.append("statement", vlt, sid=new.sid, typ=new.typ)
        receipt = acknowledge(registry, entry, vlt, new.sid, new.typ, batch.now)
        values = {"vlt": vlt, "seq": new.seq, "sid": new.sid, "typ": new.typ, "token": token, "n": entry.n}
        store.put_statement(connection, values | {"entered_at": batch.now, "receipt": receipt})
        if new.typ == GRANT:
            _keep(registry, connection, batch.now, chain, new, card_seq)
        receipts.append(receipt)
        chain.last = new
    _check_touch(registry, chain, assertion)
    was, seq = int(vault["seq"]), chain.last.seq
    if not store.move_chain(connection, vlt, was=was, seq=seq, sid=chain.last.sid, card_seq=chain.card_seq):
        raise ChainMoved
    return Entered(tuple(receipts), seq, tuple(chain.grants))


def opened(connection: Connection, vlt: str) -> Row:
    """The row of a vault that was opened and is not gone. Raises Absent."""
    vault = store.vault(connection, vlt)
    if vault is None or vault["opened_at"] is None or vault["gone_at"] is not None:
        raise Absent
    return vault


def spelled(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWS, unverified. Raises Unspelled."""
    try:
        return peek(token)
    except FormatError as error:
        raise Unspelled from error


def takes_away(tokens: Sequence[str]) -> bool:
    """Whether a revoke is among the statements: then the call goes first in its batch. Nothing is verified here."""
    return any(spelled(token)[0]["typ"] == REVOKE for token in tokens)


def _repeated(connection: Connection, vault: Row, tokens: Sequence[str]) -> Entered | None:
    """The receipts of the first time, if exactly these statements are in the chain."""
    seq = spelled(tokens[0])[1].get("seq")
    if type(seq) is not int or not 0 <= seq <= vault["seq"]:
        return None
    stored = store.newest_statements(connection, vault["vlt"], seq + len(tokens), len(tokens))[::-1]
    if [row["token"] for row in stored] != list(tokens):
        return None
    grants = tuple(read_grant(row["token"]).jti for row in stored if row["typ"] == GRANT)
    return Entered(tuple(row["receipt"] for row in stored), int(vault["seq"]), grants)


def _chain(connection: Connection, vault: Row) -> _Chain:
    last = store.statement(connection, vault["vlt"], vault["seq"])
    card = store.statement(connection, vault["vlt"], vault["card_seq"])
    assert last is not None
    assert card is not None
    claims = peek(card["token"])[1]
    # Its signature was checked when it was entered; only its place is compared here.
    stands = Statement(last["typ"], last["sid"], last["token"], peek(last["token"])[1])
    drawers = dict(store.drawers(connection, vault["vlt"]))
    return _Chain(vault, stands, claims["sig"], int(card["seq"]), claims["wa"], drawers)


def _checked(token: str, chain: _Chain) -> Statement:
    """A statement whose signature, shape and place are right."""
    spelled(token)
    try:
        new = verify_statement(token, chain.sig)
    except FormatError as error:
        if sid(token) == chain.last.sid or _is_behind(token, chain):
            raise ChainMoved from error  # a twin, or one that was signed before the chain moved on
        raise Forged from error
    try:
        follows(chain.last, new)
    except FormatError as error:
        raise ChainMoved from error
    return new


def _is_behind(token: str, chain: _Chain) -> bool:
    seq = peek(token)[1].get("seq")
    return type(seq) is int and seq <= chain.last.seq


def _apply(registry: Registry, connection: Connection, batch: Batch, chain: _Chain, new: Statement) -> None:
    """What a statement's type asks and does; a grant is stored after its own row (`_keep`)."""
    if new.typ == CARD:
        # Its SIG counts from the next statement; its passkeys from the next call: a card cannot bring its own touch.
        chain.sig, chain.card_seq = new.claims["sig"], new.seq
    elif new.typ == EPOCH:
        _enter_epoch(connection, chain, new)
    elif new.typ == REVOKE:
        _enter_revoke(registry, connection, batch, chain, new)
    elif new.typ == ASSENT:
        take_assent(registry, connection, batch, chain.vault, new)


def _enter_epoch(connection: Connection, chain: _Chain, new: Statement) -> None:
    claims = new.claims
    newest = store.newest_epoch(connection, new.vlt, claims["drw"])
    try:
        epoch_follows(None if newest is None else peek(newest["token"])[1], new)
    except FormatError as error:
        raise ChainMoved from error
    values = {"vlt": new.vlt, "drw": claims["drw"], "ep": claims["ep"], "cat": claims["cat"]}
    store.put_epoch(connection, values | {"seq": new.seq, "until": claims["exp"]})
    chain.drawers[claims["drw"]] = (claims["cat"], claims["ep"])


def _enter_revoke(registry: Registry, connection: Connection, batch: Batch, chain: _Chain, new: Statement) -> None:
    row = store_grants.one(connection, new.vlt, new.claims["jti"])
    if row is None:
        raise Absent
    try:
        revoke_fits(read_grant(row["token"]), new)
    except FormatError as error:
        raise Misplaced([("/statements", "other-grant")]) from error
    store_grants.set_revoke(connection, new.vlt, row["jti"], new.sid)
    by = f"vault:{new.vlt}"
    if end_grant(registry, connection, batch.now, row, why="withdrawn", by=by, shown_by=new.sid):
        chain.narrowed.add(row["request"])


def _keep(registry: Registry, connection: Connection, now: int, chain: _Chain, new: Statement, card_seq: int) -> None:
    grant = read_grant(new.token)
    checked: Checked = check_grant(registry, connection, now, chain.vault, grant, chain.drawers, chain.narrowed)
    keep_grant(registry, connection, now, chain.vault, grant, card_seq, checked)
    chain.grants.append(grant.jti)
    if takes_a_touch(registry.catalogue, grant, checked.purpose):
        chain.touches.append(grant)


def _check_touch(registry: Registry, chain: _Chain, assertion: Assertion | None) -> None:
    """A grant that takes a touch: challenge = the 32 bytes behind its `sid`. One touch is one grant."""
    if not chain.touches:
        return
    if len(chain.touches) > 1 or assertion is None:
        raise StepUpNeeded
    good = touched(
        credential=assertion.credential,
        authenticator_data=assertion.authenticator_data,
        client_data=assertion.client_data,
        signature=assertion.signature,
        challenge=unb64u(chain.touches[0].sid),
        passkeys=chain.passkeys,
        page=registry.page,
    )
    if not good:
        raise StepUpNeeded
