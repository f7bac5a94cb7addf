# SPDX-License-Identifier: EUPL-1.2
"""Moving in: a vault from elsewhere keeps its `vlt`, its signatures and its heads; nothing can slip in or go missing.

Whoever brings the chain proves to hold its SIG. For 24 hours the empty vault takes old epochs and versions, ascending.
Then every head is recomputed and compared with the newest signed one, and every live text must be here with its hash.
Until that is so, nothing is handed out. Grants stay behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formats.chain import check_chain
from formats.deposit import deposit_place
from formats.dpop import check_proof
from formats.jose import peek
from formats.spelling import FormatError, H, new_id, unb64u
from formats.statement import CARD, EPOCH, HEAD, Statement, next_head
from vault import store, store_records
from vault.component import Call, Vault, living, must_lie
from vault.refusals import BadSignature, ChainMoved, EpochClosed, NotHere, NotWhole, PlaceMismatch, VersionExists
from vault.stating import add_vault
from vault.store import Connection, Row

IMPORT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Change:
    """One line of a drawer's heads file."""

    n: int
    op: str
    rid: str
    ver: int
    t: str


async def begin(
    vault: Vault, call: Call, chain: Sequence[str], challenge: str, proof: str, url: str
) -> tuple[str, int, bool]:
    """Opens an empty vault for an import: its id, until when, and whether it is new.

    chain: all statements from number 0. proof: made like a DPoP proof (RFC 9449) with SIG as key, for this call's
    address `url`, with `ath` = the challenge. Raises ChainMoved when the vault exists here, BadSignature, FormatError.
    """
    found = check_chain(chain)
    if not found:
        raise FormatError("chain")
    if found[0].vlt != call.vlt:
        raise PlaceMismatch("iss")
    card = [one for one in found if one.typ == CARD][-1]
    now, mark = vault.clock.now(), H("\n".join(chain))
    try:
        sig = card.claims["sig"]["kid"]
        check_proof(proof, method="POST", url=url, now=now, ath=challenge, jkt=sig)
    except FormatError as error:
        raise BadSignature from error

    def work(connection: Connection) -> tuple[tuple[str, int, bool], bool]:
        if not store.take_challenge(connection, call.vlt, challenge, now):
            raise BadSignature
        there = store.vault(connection, call.vlt)
        running = store.running_import(connection, call.vlt)
        if there is not None:
            if there.state == "importing" and running is not None and running.chain == mark:
                return (running.id, running.until, False), False
            raise ChainMoved
        add_vault(vault, connection, card, "importing")
        _add_drawers(connection, call.vlt, found)
        made, until = new_id(), now + IMPORT_SECONDS
        store.add_import(connection, vlt=call.vlt, id=made, until=until, chain=mark)
        return (made, until, True), True

    return (await vault.change(call, "Import begun", "vault", work))[0]


def _add_drawers(connection: Connection, vlt: str, chain: Sequence[Statement]) -> None:
    """The drawers, epochs and signed heads that a chain tells of: of each epoch and head the newest statement."""
    epochs = {(one.claims["drw"], one.claims["ep"]): one for one in chain if one.typ == EPOCH}
    heads = {one.claims["drw"]: one for one in chain if one.typ == HEAD}
    newest = {drw: one for (drw, _), one in sorted(epochs.items())}
    for drw, one in newest.items():
        store.add_drawer(connection, vlt, drw, one.claims["box"]["kid"], ep=one.claims["ep"])
        if drw in heads:
            store.set_signed(connection, vlt, drw, heads[drw].claims["n"], heads[drw].token)
    for (drw, ep), one in epochs.items():
        store.put_epoch(connection, vlt=vlt, drw=drw, ep=ep, seq=one.seq, statement=one.token)


async def bring_deposit(vault: Vault, call: Call, drw: str, rid: str, jwe: str) -> bool:
    """Stores an un-filed deposit of an imported vault; True when it is new. Raises NotHere when none is imported."""
    place = deposit_place(jwe)
    must_lie(place, vlt=call.vlt, drw=drw, rid=rid)
    h = H(jwe)

    def work(connection: Connection) -> tuple[None, bool]:
        if living(connection, call.vlt).state != "importing":
            raise NotHere
        there = store_records.deposit(connection, call.vlt, rid)
        if there is not None:
            if there.h == h:
                return None, False
            raise VersionExists
        ep = _epoch_of_box(connection, call.vlt, drw, place.box)
        vault.charge(connection, call.vlt, len(jwe))
        # Its event stands in the old place's log: it came before everything that is logged here.
        store_records.add_deposit(
            connection,
            vlt=call.vlt, rid=rid, drw=drw, ep=ep, gnt="", n=0, complete=1, event_n=-1, log_index=-1,
            at=vault.clock.now(), until=None, by="import", h=h, size=len(jwe), jwe=jwe,
        )  # fmt: skip
        return None, True

    return (await vault.change(call, "Deposit brought in", f"record:{rid}", work))[1]


def _epoch_of_box(connection: Connection, vlt: str, drw: str, box: str) -> int:
    for row in store.epochs_of(connection, vlt, drw):
        if _box_of(row.statement) == box:
            return int(row.ep)
    raise EpochClosed


def _box_of(statement: str) -> str:
    return str(peek(statement)[1]["box"]["kid"])


async def complete(vault: Vault, call: Call, import_id: str, drawers: Mapping[str, Sequence[Change]]) -> None:
    """Ends an import: checks everything, then opens the vault. Raises NotHere, NotWhole, FormatError.

    drawers: the changes of each drawer from number 1 on, as its heads file tells them.
    """

    def work(connection: Connection) -> tuple[None, bool]:
        row = living(connection, call.vlt)
        running = store.running_import(connection, call.vlt)
        if row.state != "importing" or running is None or running.id != import_id:
            raise NotHere
        known = store.all_drawers(connection, call.vlt)
        if drawers.keys() != {drawer.drw for drawer in known}:
            raise NotWhole("body", "/drawers", "drawers")
        for drawer in known:
            _settle(connection, drawer, drawers[drawer.drw])
        store.drop_import(connection, call.vlt)
        store.set_state(connection, call.vlt, "open")
        return None, True

    await vault.change(call, "Import completed", "vault", work)


def _settle(connection: Connection, drawer: Row[Any], changes: Sequence[Change]) -> None:
    """Recomputes a drawer's head, compares it with the signed one, and every live text with what was brought."""
    at = f"/drawers/{drawer.drw}"
    h, rows = bytes(32), []
    signed = b"" if drawer.signed is None else unb64u(peek(drawer.signed)[1]["h"])
    live: dict[tuple[str, int], tuple[str, int]] = {}
    for number, change in enumerate(changes, 1):
        if change.n != number:
            raise NotWhole("body", at, "order")
        h = next_head(h, change.n, change.op, change.rid, change.ver, change.t)
        if change.n == drawer.signed_n and h != signed:
            raise NotWhole("body", at, "head")
        if change.op == "del":
            live = {place: value for place, value in live.items() if place[0] != change.rid}
        else:
            live[change.rid, change.ver] = (change.t, change.n)
        rows.append(
            {"vlt": drawer.vlt, "drw": drawer.drw, "n": change.n, "op": change.op, "rid": change.rid}
            | {"ver": change.ver, "sealed": change.t, "h": h}
        )
    if len(changes) < drawer.signed_n:
        raise NotWhole("body", at, "head")
    _compare(connection, drawer, live, at)
    store.add_heads(connection, rows)


def _compare(
    connection: Connection, drawer: Row[Any], live: Mapping[tuple[str, int], tuple[str, int]], at: str
) -> None:
    records = {
        (row.rid, row.ver): row.h for row in store_records.all_versions(connection, drawer.vlt) if row.drw == drawer.drw
    }
    deposits = {
        (row.rid, 1): row.h for row in store_records.whole_deposits(connection, drawer.vlt) if row.drw == drawer.drw
    }
    if records.keys() & deposits.keys() or records | deposits != {place: t for place, (t, _) in live.items()}:
        raise NotWhole("body", at, "texts")
    places = {"v": drawer.vlt, "d": drawer.drw}
    store_records.set_numbers(
        connection, ({**places, "r": rid, "w": ver, "number": live[rid, ver][1]} for rid, ver in records)
    )
    for rid, ver in deposits:
        store_records.complete_deposit(connection, drawer.vlt, rid, live[rid, ver][1])
