# SPDX-License-Identifier: EUPL-1.2
"""Depositing: a source puts something in without reading anything; the person files it under her own key.

Only a permit lets a deposit in, into the drawer's newest epoch, which is read inside the transaction. With attachments
it shows when all of it is there, and only if the epoch is still open then.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from formats.deposit import DepositPlace, deposit_place
from formats.permit import Permit
from formats.spelling import FormatError, H, new_id
from vault import attaching, store, store_pieces, store_records
from vault.component import Call, Vault, drawer_of, living, must_lie
from vault.heads import Head, advance, head_of
from vault.keeping import Page, drop_attachments, page_of, place_of
from vault.refusals import (
    ChainMoved,
    EpochClosed,
    NotAllowed,
    NotHere,
    OverQuota,
    PermitRefused,
    PlaceMismatch,
    VersionExists,
)
from vault.store import Connection, Row

UPLOAD_SECONDS = 600


@dataclass(frozen=True)
class Announced:
    """An attachment that comes with a deposit: id, length and hash of its blob."""

    a: str
    length: int
    h: str


@dataclass(frozen=True)
class Upload:
    """Where a source sends the pieces of one attachment. id: good for ten minutes. wanted: pieces still to send."""

    id: str
    a: str
    wanted: Sequence[int]


async def deposit(
    vault: Vault, part: str, given: Any, jwe: str, announced: Sequence[Announced], trace: str | None
) -> list[Upload]:
    """Takes a deposit in on a permit; where its attachments go.

    Raises PermitRefused, PermitUsed, PlaceMismatch, EpochClosed, VersionExists, OverQuota, FormatError.
    """
    place = deposit_place(jwe)
    permit = await vault.permits.admit(given, "deposit")
    opened = permit.drawers[0]
    rids = opened.records or ()
    if len(rids) != 1 or permit.gnt is None:
        raise PermitRefused
    must_lie(place, vlt=permit.vlt, drw=opened.id, rid=rids[0])
    if len({one.a for one in announced}) != len(announced):
        raise FormatError("attachment")
    call = Call(permit.vlt, f"{permit.by}:{permit.emp}", trace)

    blobs: list[str] = []

    def work(connection: Connection) -> tuple[list[Upload], bool]:
        vault.permits.take(connection, permit)
        _make_room(vault, connection, place, blobs)
        return _take_in(vault, connection, part, permit, place, jwe, announced)

    taken, _ = await vault.change(call, "Deposit received", f"record:{place.rid}", work)
    await vault.discard(permit.vlt, blobs)
    return taken


def _make_room(vault: Vault, connection: Connection, place: DepositPlace, blobs: list[str]) -> None:
    """Drops an earlier try of this very deposit whose attachments did not come in time: so ten minutes after a try, an
    id that is taken means that all of it is there."""
    row = store_records.deposit(connection, place.vlt, place.rid)
    if row is not None and not row.complete and row.until <= vault.clock.now():
        freed = row.size + drop_attachments(connection, place.vlt, row.drw, place.rid, blobs)
        store_records.drop_deposit(connection, place.vlt, place.rid)
        vault.charge(connection, place.vlt, -freed)


def _take_in(
    vault: Vault,
    connection: Connection,
    part: str,
    permit: Permit,
    place: DepositPlace,
    jwe: str,
    announced: Sequence[Announced],
) -> tuple[list[Upload], bool]:
    row, drawer = store.vault(connection, place.vlt), store.drawer(connection, place.vlt, place.drw)
    if row is None or row.state != "open" or drawer is None or permit.gnt is None:
        raise PermitRefused
    h = H(jwe)
    there = store_records.deposit(connection, place.vlt, place.rid)
    if there is not None and there.h == h:
        return _uploads(connection, place), False
    if place.box != drawer.box:
        raise EpochClosed
    if there is not None or store.last_change(connection, place.vlt, place.rid) is not None:
        raise VersionExists
    everything, mine = store_records.count_deposits(connection, place.vlt, permit.gnt)
    if everything >= vault.settings.quota_deposits or mine >= vault.settings.quota_deposits_per_grant:
        raise OverQuota
    if any(one.length > vault.settings.attachment_bytes for one in announced):
        raise OverQuota
    vault.charge(connection, place.vlt, len(jwe) + sum(one.length for one in announced), deposit=True)
    until = vault.clock.now() + UPLOAD_SECONDS
    for one in announced:
        where = (place.vlt, place.drw, place.rid, one.a)
        if store_pieces.attachment(connection, where) is not None:
            raise VersionExists
        upload = new_id()
        store_pieces.add_upload(connection, upload, where, until)
        attaching.add(connection, where, one.length, one.h, until=until, upload=upload)
    whole = not announced
    head = advance(connection, drawer, "put", place.rid, 1, h) if whole else None
    store_records.add_deposit(
        connection,
        vlt=place.vlt, rid=place.rid, drw=place.drw, ep=drawer.ep, gnt=permit.gnt, n=head.n if head else 0,
        complete=int(whole), event_n=permit.n, log_index=permit.index, at=permit.at,
        until=None if whole else until, by=part, h=h, size=len(jwe), jwe=jwe,
    )  # fmt: skip
    return _uploads(connection, place), True


def _uploads(connection: Connection, place: DepositPlace) -> list[Upload]:
    rows = store_pieces.attachments_of(connection, place.vlt, place.drw, place.rid)
    return [
        Upload(row.upload, row.a, attaching.progress(connection, row).wanted)
        for row in rows
        if row.upload is not None and not row.complete
    ]


# -- the source's uploads ------------------------------------------------------------------------------------


def _upload(vault: Vault, connection: Connection, part: str, upload: str) -> tuple[Row[Any], Row[Any]]:
    """The attachment and the deposit of an upload that this part began and whose time is not over."""
    place = store_pieces.upload(connection, upload)
    if place is None:
        raise NotHere
    living(connection, place[0])
    row = store_pieces.attachment(connection, place)
    found = store_records.deposit(connection, place[0], place[2])
    if row is None or found is None or found.by != part:
        raise NotHere
    if not row.complete and row.until <= vault.clock.now():
        raise NotHere
    return row, found


async def put_piece(
    vault: Vault, part: str, upload: str, k: int, octets: AsyncIterator[bytes], trace: str | None
) -> None:
    """Stores a piece of a source's attachment. Raises as `attaching.put_piece`."""
    row, _ = await vault.database.read(lambda connection: _upload(vault, connection, part, upload))
    await attaching.put_piece(vault, Call(row.vlt, f"system:{part}", trace), row, k, octets)


async def complete(vault: Vault, part: str, upload: str, trace: str | None) -> bool:
    """Ends one upload; True when the deposit is whole now and shows. Raises NotWhole, EpochClosed, NotHere."""
    row, found = await vault.database.read(lambda connection: _upload(vault, connection, part, upload))
    if row.complete:
        return bool(found.complete)
    place = (row.vlt, row.drw, row.rid, row.a)
    checked = await attaching.check_whole(vault, row)

    def work(connection: Connection) -> tuple[bool, bool]:
        _, waiting = _upload(vault, connection, part, upload)
        drawer = drawer_of(connection, row.vlt, row.drw)
        if drawer.ep != waiting.ep:
            raise EpochClosed
        attaching.finish(connection, place, checked)
        if waiting.complete:
            return True, False
        of_it = store_pieces.attachments_of(connection, row.vlt, row.drw, row.rid)
        if not all(one.complete for one in of_it):
            return False, True
        head = advance(connection, drawer, "put", row.rid, 1, waiting.h)
        store_records.complete_deposit(connection, row.vlt, row.rid, head.n)
        return True, True

    call = Call(row.vlt, f"system:{part}", trace)
    return (await vault.change(call, "Deposit's attachment received", f"attachment:{row.a}", work))[0]


# -- the person's side ---------------------------------------------------------------------------------------


async def deposits(vault: Vault, call: Call, before: int, below: str, most: int) -> Page:
    """Whole deposits below this position (event number, rid), newest first."""

    def work(connection: Connection) -> Page:
        living(connection, call.vlt)
        return page_of(store_records.deposit_page(connection, call.vlt, before, below), most)

    return await vault.database.read(work)


def _whole(connection: Connection, vlt: str, rid: str) -> Row[Any] | None:
    living(connection, vlt)
    row = store_records.deposit(connection, vlt, rid)
    return row if row is not None and row.complete else None


async def one(vault: Vault, call: Call, rid: str) -> Row[Any]:
    """A whole deposit. Raises NotHere."""
    row = await vault.database.read(lambda connection: _whole(connection, call.vlt, rid))
    if row is None:
        raise NotHere
    return row


async def file(vault: Vault, call: Call, rid: str, jwe: str) -> tuple[Head, str, bool]:
    """Replaces a deposit by its record, sealed in the deposit's own epoch, closed or not: one step. The head after it,
    the drawer, and whether it was done now.

    Raises NotHere, PlaceMismatch, VersionExists, OverQuota, FormatError.
    """
    place = place_of(jwe)
    must_lie(place, vlt=call.vlt, rid=rid, ver=1)
    h = H(jwe)

    def work(connection: Connection) -> tuple[Head, bool]:
        row = _whole(connection, call.vlt, rid)
        if row is None:
            done = store_records.version(connection, call.vlt, place.drw, rid, 1)
            if done is None:
                raise NotHere
            if done.h != h:
                raise VersionExists
            return head_of(drawer_of(connection, call.vlt, place.drw)), False
        if place.drw != row.drw:
            raise PlaceMismatch("drw")
        if place.ep != row.ep:
            raise PlaceMismatch("kid")
        if living(connection, call.vlt).state != "open":
            raise ChainMoved
        drawer = drawer_of(connection, call.vlt, row.drw)
        vault.charge(connection, call.vlt, len(jwe) - row.size, records=1)
        head = advance(connection, drawer, "file", rid, 1, h)
        store_records.drop_deposit(connection, call.vlt, rid)
        store_records.add(
            connection,
            vlt=call.vlt, drw=row.drw, rid=rid, ver=1, ep=row.ep, n=head.n, at=row.at, h=h, size=len(jwe), jwe=jwe,
        )  # fmt: skip
        return head, True

    head, new = await vault.change(call, "Deposit filed", f"record:{rid}", work)
    return head, place.drw, new


async def remove(vault: Vault, call: Call, rid: str) -> None:
    """Deletes a deposit with its attachments; its id is spent. Again is fine. Raises NotHere, NotAllowed."""
    blobs: list[str] = []

    def work(connection: Connection) -> tuple[None, bool]:
        row = _whole(connection, call.vlt, rid)
        if row is None:
            last = store.last_change(connection, call.vlt, rid)
            if last is None or last.op != "del":
                raise NotHere
            return None, False
        if living(connection, call.vlt).state != "open":
            raise NotAllowed
        freed = row.size + drop_attachments(connection, call.vlt, row.drw, rid, blobs)
        store_records.drop_deposit(connection, call.vlt, rid)
        vault.charge(connection, call.vlt, -freed)
        advance(connection, drawer_of(connection, call.vlt, row.drw), "del", rid, 1, "")
        return None, True

    await vault.change(call, "Deposit deleted", f"record:{rid}", work)
    await vault.discard(call.vlt, blobs)
