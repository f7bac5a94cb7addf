# SPDX-License-Identifier: EUPL-1.2
"""Opening a vault, and the person's statements that change it: cards, epochs, signed heads.

The vault takes a statement that the card's SIG signed and for which consent gave its receipt; that it follows in the
chain is consent's to check. What the vault compares itself: whose it is, a drawer's next epoch, the head it keeps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formats.chain import epoch_follows
from formats.jose import peek
from formats.receipt import verify_receipt
from formats.spelling import FormatError, unb64u
from formats.statement import CARD, EPOCH, HEAD, Statement, verify_first_card, verify_statement
from vault import store
from vault.component import Call, Vault, drawer_of, living
from vault.refusals import BadSignature, ChainMoved, NotHere, OverQuota, PlaceMismatch
from vault.store import Connection, Row


def first_card(token: str) -> Statement:
    """Statement 0. Raises FormatError for its spelling, BadSignature for its signature."""
    header, claims = peek(token)
    if header["typ"] != CARD or claims.get("seq") != 0:
        raise FormatError("card")
    try:
        return verify_first_card(token)
    except FormatError as error:
        raise _signature_or(error) from error


def _signed(token: str, card: str) -> Statement:
    """A statement signed by the SIG of the vault's newest card."""
    header, _ = peek(token)
    sig = peek(card)[1]["sig"]
    if header["kid"] != sig["kid"]:
        raise BadSignature
    try:
        return verify_statement(token, sig)
    except FormatError as error:
        raise _signature_or(error) from error


def _signature_or(error: FormatError) -> Exception:
    return BadSignature() if error.args == ("signature",) else error


def check_entered(vault: Vault, receipt: str, statement: Statement) -> None:
    """Refuses unless consent's receipt acknowledges exactly this statement of this vault. Raises BadSignature."""
    peek(receipt)
    try:
        found = verify_receipt(receipt, vault.receipt_key)
    except FormatError as error:
        raise BadSignature from error
    if (found.vlt, found.sid, found.of) != (statement.vlt, statement.sid, statement.typ):
        raise BadSignature


async def open_vault(vault: Vault, call: Call, card: str, receipt: str) -> bool:
    """Opens the caller's vault with statement 0; True when it is new. Raises ChainMoved for a second card 0."""
    statement = first_card(card)
    if statement.vlt != call.vlt:
        raise PlaceMismatch("iss")
    check_entered(vault, receipt, statement)

    def work(connection: Connection) -> tuple[None, bool]:
        row = store.vault(connection, call.vlt)
        if row is not None:
            if row.state == "open" and row.card == card:
                return None, False
            raise ChainMoved
        add_vault(vault, connection, statement, "open")
        return None, True

    return (await vault.change(call, "Vault opened", "vault", work))[1]


def add_vault(vault: Vault, connection: Connection, card: Statement, state: str) -> None:
    """The row of a new vault, with its card and quota."""
    store.add_vault(
        connection,
        vlt=card.vlt, state=state, card=card.token, seq=card.seq,
        quota=vault.settings.quota_bytes, used=0, records=0, since=vault.clock.now(),
    )  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A vault as its device sees it. ring: newest keyring `seq`, 0 for none; erasure: the one that waits, or None."""

    vault: Row[Any]
    ring: int
    drawers: Sequence[Row[Any]]
    erasure: Row[Any] | None


async def look(vault: Vault, call: Call) -> Seen:
    """The vault's card, keyring number, drawers with heads, and what waits."""

    def work(connection: Connection) -> Seen:
        row = living(connection, call.vlt)
        ring = store.newest_keyring(connection, call.vlt)
        waiting = store.waiting_erasure(connection, call.vlt)
        return Seen(row, ring.seq if ring else 0, store.all_drawers(connection, call.vlt), waiting)

    return await vault.database.read(work)


async def epochs(vault: Vault, call: Call, drw: str) -> Sequence[Row[Any]]:
    """The signed epochs of a drawer, newest first."""

    def work(connection: Connection) -> Sequence[Row[Any]]:
        drawer_of(connection, call.vlt, drw)
        return store.epochs_of(connection, call.vlt, drw)

    return await vault.database.read(work)


async def state(vault: Vault, call: Call, token: str, receipt: str) -> bool:
    """Takes in a card, epoch or head; True when it changed something. Raises ChainMoved, BadSignature, FormatError."""
    row = await vault.database.read(lambda connection: living(connection, call.vlt))
    if row.card == token:
        return False
    header, claims = peek(token)
    if header["typ"] not in _TAKE:
        raise FormatError("header")
    if claims.get("iss") != f"vault:{call.vlt}":
        raise PlaceMismatch("iss")
    statement = _signed(token, row.card)
    check_entered(vault, receipt, statement)

    def work(connection: Connection) -> tuple[None, bool]:
        if living(connection, call.vlt).card != row.card:
            raise ChainMoved  # the key it was checked with is no longer the newest
        return None, _TAKE[statement.typ](vault, connection, statement)

    action, kind = _NAMES[statement.typ]
    thing = f"{kind}:{statement.claims['drw']}" if "drw" in statement.claims else kind
    return (await vault.change(call, action, thing, work))[1]


def _take_card(vault: Vault, connection: Connection, new: Statement) -> bool:
    if new.seq <= living(connection, new.vlt).seq:
        raise ChainMoved
    store.set_card(connection, new.vlt, new.token, new.seq)
    return True


def _take_epoch(vault: Vault, connection: Connection, new: Statement) -> bool:
    drw, ep = str(new.claims["drw"]), int(new.claims["ep"])
    drawer = store.drawer(connection, new.vlt, drw)
    last = store.epoch(connection, new.vlt, drw, drawer.ep) if drawer else None
    if last is not None and last.statement == new.token:
        return False
    before: Mapping[str, Any] | None = peek(last.statement)[1] if last else None
    try:
        epoch_follows(before, new)
    except FormatError as error:
        raise ChainMoved from error
    if last is not None and new.seq <= last.seq:
        raise ChainMoved
    box = str(new.claims["box"]["kid"])
    if drawer is None:
        if len(store.all_drawers(connection, new.vlt)) >= vault.settings.quota_drawers:
            raise OverQuota
        store.add_drawer(connection, new.vlt, drw, box)
    else:
        store.set_epoch(connection, new.vlt, drw, ep, box)
    store.put_epoch(connection, vlt=new.vlt, drw=drw, ep=ep, seq=new.seq, statement=new.token)
    return True


def _take_head(vault: Vault, connection: Connection, new: Statement) -> bool:
    drw, n = str(new.claims["drw"]), int(new.claims["n"])
    drawer = store.drawer(connection, new.vlt, drw)
    if drawer is None:
        raise NotHere
    if drawer.signed == new.token:
        return False
    kept = store.head(connection, new.vlt, drw, n)
    if kept is None or kept.h != unb64u(new.claims["h"]) or n < drawer.signed_n:
        raise ChainMoved  # she signed another history than the one kept here, or an older one
    store.set_signed(connection, new.vlt, drw, n, new.token)
    return True


_TAKE = {CARD: _take_card, EPOCH: _take_epoch, HEAD: _take_head}
_NAMES = {CARD: ("Card renewed", "vault"), EPOCH: ("Epoch opened", "drawer"), HEAD: ("Head signed", "drawer")}
