# SPDX-License-Identifier: EUPL-1.2
"""Keeping records: versions, sealing again, deleting; and handing the person her own.

The sealed header says where a thing lies, and its `ver` is the condition of the write: of two devices one wins. The
newest epoch is read inside the transaction, so nothing enters an epoch that closed meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from formats.record import RecordPlace, record_place
from formats.spelling import FormatError, H
from vault import store, store_handouts, store_pieces, store_records
from vault.component import Call, Vault, drawer_of, living, must_lie
from vault.heads import Head, advance, head_of
from vault.refusals import EpochClosed, NotHere, PlaceMismatch, VersionExists
from vault.store import Connection, Row

PAGE_BYTES = 2 * 1024 * 1024
"""A page of sealed things ends with the first that passes this."""


@dataclass(frozen=True)
class Page:
    """Some rows, and whether there are more."""

    rows: Sequence[Any]
    more: bool


def page_of(rows: Iterable[Any], most: int) -> Page:
    """At most `most` rows and about PAGE_BYTES of sealed text; reads no further than one row more."""
    taken: list[Any] = []
    size = 0
    for row in rows:
        if len(taken) >= most or size >= PAGE_BYTES:
            return Page(taken, True)
        taken.append(row)
        size += row.size
    return Page(taken, False)


def place_of(jwe: str) -> RecordPlace:
    """The place a record names. Raises PlaceMismatch when its key is another drawer's, FormatError."""
    try:
        return record_place(jwe)
    except FormatError as error:
        if error.args == ("place",):
            raise PlaceMismatch("kid") from error
        raise


async def records(vault: Vault, call: Call, drw: str, before: int, most: int) -> Page:
    """The newest versions in a drawer whose place in the head is below `before`, newest first."""

    def work(connection: Connection) -> Page:
        drawer_of(connection, call.vlt, drw)
        return page_of(store_records.page(connection, call.vlt, drw, before), most)

    return await vault.database.read(work)


async def record(vault: Vault, call: Call, drw: str, rid: str, ver: int | None) -> Row[Any]:
    """One version of a record; the newest when `ver` is None. Raises NotHere."""

    def work(connection: Connection) -> Row[Any] | None:
        living(connection, call.vlt)
        if ver is None:
            return store_records.newest(connection, call.vlt, drw, rid)
        return store_records.version(connection, call.vlt, drw, rid, ver)

    row = await vault.database.read(work)
    if row is None:
        raise NotHere
    return row


async def keep(vault: Vault, call: Call, drw: str, rid: str, ver: int, jwe: str) -> tuple[Head, bool]:
    """Stores a version; the drawer's head after it, and whether it is new.

    Raises PlaceMismatch, EpochClosed, VersionExists, OverQuota, FormatError. While a vault is being imported, old
    epochs and gaps in `ver` are taken, ascending, and the head waits for the completion.
    """
    place = place_of(jwe)
    must_lie(place, vlt=call.vlt, drw=drw, rid=rid, ver=ver)
    h = H(jwe)

    def work(connection: Connection) -> tuple[Head, bool]:
        row = living(connection, call.vlt)
        drawer = drawer_of(connection, call.vlt, drw)
        there = store_records.version(connection, call.vlt, drw, rid, ver)
        if there is not None and there.h == h:
            return head_of(drawer), False
        newest = store_records.newest(connection, call.vlt, drw, rid)
        if row.state == "importing":
            if store.epoch(connection, call.vlt, drw, place.ep) is None:
                raise EpochClosed
            if newest is not None and newest.ver >= ver:
                raise VersionExists
            head, n = head_of(drawer), 0
        else:
            _may_follow(connection, drawer, place, newest)
            head, n = None, 0
        vault.charge(connection, call.vlt, len(jwe), records=0 if newest else 1)
        if head is None:
            head = advance(connection, drawer, "put", rid, ver, h)
            n = head.n
        store_records.add(
            connection,
            vlt=call.vlt, drw=drw, rid=rid, ver=ver, ep=place.ep, n=n,
            at=vault.clock.now(), h=h, size=len(jwe), jwe=jwe,
        )  # fmt: skip
        return head, True

    return await vault.change(call, "Record kept", f"record:{rid}", work)


def _may_follow(connection: Connection, drawer: Row[Any], place: RecordPlace, newest: Row[Any] | None) -> None:
    """The rules of a new version in an open vault: newest epoch, next version, a record id used once only."""
    if place.ep != drawer.ep:
        raise EpochClosed
    if newest is not None:
        if place.ver != newest.ver + 1:
            raise VersionExists
    elif (
        place.ver != 1
        or store.last_change(connection, place.vlt, place.rid) is not None
        or store_records.deposit(connection, place.vlt, place.rid) is not None
    ):
        raise VersionExists


async def head(vault: Vault, call: Call, drw: str) -> Head:
    """The head of a drawer. Raises NotHere."""
    return await vault.database.read(lambda connection: head_of(drawer_of(connection, call.vlt, drw)))


async def seal_again(vault: Vault, call: Call, drw: str, rid: str, jwe: str) -> tuple[Head, bool]:
    """Replaces the text of a version that exists by one sealed in the newest epoch; the older text goes.

    Raises NotHere, PlaceMismatch (no such version too), EpochClosed, OverQuota, FormatError.
    """
    place = place_of(jwe)
    must_lie(place, vlt=call.vlt, drw=drw, rid=rid)
    h = H(jwe)

    def work(connection: Connection) -> tuple[Head, bool]:
        drawer = drawer_of(connection, call.vlt, drw)
        if store_records.newest(connection, call.vlt, drw, rid) is None:
            raise NotHere
        there = store_records.version(connection, call.vlt, drw, rid, place.ver)
        if there is None:
            raise PlaceMismatch("ver")
        if there.h == h:
            return head_of(drawer), False
        if place.ep != drawer.ep:
            raise EpochClosed
        vault.charge(connection, call.vlt, len(jwe) - there.size)
        head = advance(connection, drawer, "put", rid, place.ver, h)
        changed = {"ep": place.ep, "n": head.n, "h": h, "size": len(jwe), "jwe": jwe}
        store_records.reseal(connection, call.vlt, drw, rid, place.ver, at=there.at, **changed)
        return head, True

    return await vault.change(call, "Record sealed again", f"record:{rid}", work)


async def remove(vault: Vault, call: Call, drw: str, rid: str) -> Head:
    """Deletes a record with its versions, attachments and singles; its id is spent. Again is fine. Raises NotHere."""
    blobs: list[str] = []

    def work(connection: Connection) -> tuple[Head, bool]:
        drawer = drawer_of(connection, call.vlt, drw)
        found = store_records.versions(connection, call.vlt, drw, rid)
        if not found:
            last = store.last_change(connection, call.vlt, rid)
            if last is None or last.drw != drw or last.op != "del":
                raise NotHere
            return head_of(drawer), False
        freed = sum(row.size for row in found)
        freed += store_handouts.drop_singles_of_record(connection, call.vlt, rid)
        freed += drop_attachments(connection, call.vlt, drw, rid, blobs)
        store_records.drop(connection, call.vlt, drw, rid)
        vault.charge(connection, call.vlt, -freed, records=-1)
        return advance(connection, drawer, "del", rid, found[0].ver, ""), True

    head, _ = await vault.change(call, "Record deleted", f"record:{rid}", work)
    await vault.discard(call.vlt, blobs)
    return head


def drop_attachments(connection: Connection, vlt: str, drw: str, rid: str, blobs: list[str]) -> int:
    """Removes the attachments' rows of a record or deposit; adds their blobs to `blobs`, returns the bytes freed."""
    freed = 0
    for row in store_pieces.attachments_of(connection, vlt, drw, rid):
        blobs += store_pieces.drop_attachment(connection, (vlt, drw, rid, row.a))
        freed += row.length
    return freed
