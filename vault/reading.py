# SPDX-License-Identifier: EUPL-1.2
"""Handing out on a permit: only what the event and its grant name, and only deposits that came before this look.

The permit is the log entry of this very look. Sealed bytes pass through unparsed. Each page, and each attachment, is a
look of its own; an answer that broke off is asked for again with a new one.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.clock import show_moment
from chassis.problems import At, Problem
from chassis.wire import make_cursor, read_cursor
from formats.permit import Opened, Permit
from formats.spelling import MAX_NUMBER, H, b64u
from vault import store_handouts as store
from vault import store_pieces
from vault.component import Call, Vault, living
from vault.keeping import PAGE_BYTES
from vault.permits import TooEarly
from vault.refusals import NotHere, PermitRefused
from vault.store import Connection, Row
from vault.store_handouts import Driver, Sealed

PAGE = 100


async def hand_out(vault: Vault, given: Any, cursor: str | None) -> bytes:
    """The sealed answer to a look of type read, as JSON bytes. Raises PermitRefused, PermitUsed.

    Records in their newest version where that lies in a named epoch, un-filed deposits of those epochs, or, for a grant
    of singles, its singles; with the envelopes of the grant and the drawer's head. Newest first.
    """
    if vault.permits.needs_row:
        permit = await vault.permits.admit(given, "read")
        work = _work(permit, cursor)
        await vault.permits.take_first(permit)
        return await vault.database.read_prepared(lambda: work)

    def prepare() -> Callable[[Connection], bytes]:
        return _work(vault.permits.admit_now(given, "read"), cursor)

    try:
        return await vault.database.read_prepared(prepare)
    except TooEarly as early:
        await vault.permits.its_second(early.at)
        return await vault.database.read_prepared(prepare)


def _work(permit: Permit, cursor: str | None) -> Callable[[Connection], bytes]:
    opened, before = permit.drawers[0], MAX_NUMBER
    if cursor is not None and (position := read_cursor(cursor, _bound(permit, opened))) is not None:
        before = _number(position)
    return lambda connection: _answer(store.driver(connection), permit, opened, before)


def _bound(permit: Permit, opened: Opened) -> str:
    """What a cursor is bound to: whose vault, which grant, drawer and records."""
    return H(f"{permit.vlt}\0{permit.gnt}\0{opened.id}\0{','.join(opened.records or ())}")


def _number(position: Sequence[Any]) -> int:
    if len(position) != 1 or type(position[0]) is not int:
        raise Problem("invalid-input", "Use the cursor of the page before.", [At("body", "/pageCursor", "cursor")])
    return int(position[0])


def _answer(base: Driver, permit: Permit, opened: Opened, before: int) -> bytes:
    assert permit.gnt is not None
    vlt, gnt, drw = permit.vlt, permit.gnt, opened.id
    served = store.served(base, vlt, gnt, drw)
    if served is None:
        raise PermitRefused
    n, h, signed, found = served
    epochs = frozenset(opened.epochs)
    envelopes = [{"drawer": drw, "epoch": ep, "jwe": jwe} for ep, jwe in found if ep in epochs]
    taken, further = _page(_named(base, permit, opened, before, epochs), by_place=bool(epochs))
    return orjson.dumps(
        {
            "envelopes": envelopes,
            "sealed": [
                {"id": rid, "version": ver, "arrived": show_moment(at), "jwe": jwe}
                for _, rid, ver, _, at, _, jwe in taken
            ],
            "head": {"served": {"n": n, "h": b64u(h)}, "signed": signed},
            "next": make_cursor(_bound(permit, opened), [further]) if further is not None else None,
        }
    )


def _named(base: Driver, permit: Permit, opened: Opened, before: int, epochs: frozenset[int]) -> Iterable[Sealed]:
    """What the event names in this drawer, newest first, from the cursor on; taken row by row."""
    vlt, drw, rids = permit.vlt, opened.id, opened.records
    assert permit.gnt is not None
    if not epochs:
        # Singles have no place in the head; the cursor counts how many went before.
        wanted = None if rids is None else frozenset(rids)
        singles = store.granted_singles(base, vlt, permit.gnt, drw)
        mine = [row for row in singles if wanted is None or row[1] in wanted]
        return mine if before == MAX_NUMBER else mine[before:]
    if rids is not None:
        found = store.named(base, vlt, drw, rids, permit.n)
        rows: Iterable[Sealed] = sorted((row for row in found if row[0] < before), reverse=True)
    else:
        rows = store.in_drawer(base, vlt, drw, before, permit.n)
    return (row for row in rows if row[3] in epochs)


def _page(rows: Iterable[Sealed], *, by_place: bool) -> tuple[list[Sealed], int | None]:
    """As many rows as one answer holds, and where the next page begins, or None."""
    taken: list[Sealed] = []
    size = 0
    for row in rows:
        if len(taken) >= PAGE or size >= PAGE_BYTES:
            return taken, taken[-1][0] if by_place else len(taken)
        taken.append(row)
        size += row[5]
    return taken, None


# -- attachments ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Octets:
    """Bytes [start, end) of a blob of `length` bytes, checked to be there; `stream` gives them in steps."""

    start: int
    end: int
    length: int
    stream: AsyncIterator[bytes]


async def attachment(vault: Vault, call: Call, drw: str, rid: str, a: str, asked: str | None) -> Octets:
    """An attachment of the person's own. asked: a `Range` header. Raises NotHere, BlobLost, Problem invalid-input."""

    def work(connection: Connection) -> tuple[Row[Any], Sequence[Row[Any]]]:
        living(connection, call.vlt)
        return _whole(connection, call.vlt, drw, rid, a)

    row, pieces = await vault.database.read(work)
    start, end = (0, row.length) if asked is None else read_range(asked, row.length)
    return await _octets(vault, row, pieces, start, end)


async def hand_out_attachment(vault: Vault, given: Any, a: str, start: int) -> Octets:
    """An attachment of the event's one record, from byte `start` on. Raises PermitRefused, PermitUsed, BlobLost."""
    permit = await vault.permits.admit(given, "read")
    opened = permit.drawers[0]
    rids = opened.records or ()
    if len(rids) != 1:
        raise PermitRefused
    await vault.permits.take_first(permit)

    def work(connection: Connection) -> tuple[Row[Any], Sequence[Row[Any]]]:
        base = store.driver(connection)
        assert permit.gnt is not None
        if store.served(base, permit.vlt, permit.gnt, opened.id) is None:
            raise PermitRefused
        if not list(_named(base, permit, opened, MAX_NUMBER, frozenset(opened.epochs))):
            raise PermitRefused
        return _whole(connection, permit.vlt, opened.id, rids[0], a)

    row, pieces = await vault.database.read(work)
    if not 0 <= start < row.length:
        raise Problem("invalid-input", "Ask for bytes that are there.", [At("body", "/from", "range")])
    return await _octets(vault, row, pieces, start, row.length)


def _whole(connection: Connection, vlt: str, drw: str, rid: str, a: str) -> tuple[Row[Any], Sequence[Row[Any]]]:
    place = (vlt, drw, rid, a)
    row = store_pieces.attachment(connection, place)
    if row is None or not row.complete:
        raise NotHere
    return row, store_pieces.pieces_of(connection, place)


async def _octets(vault: Vault, row: Row[Any], pieces: Sequence[Row[Any]], start: int, end: int) -> Octets:
    """Checks every piece of the range before the first byte leaves: wrong bytes never go out, nor too few."""
    cuts: list[tuple[str, int, int, int]] = []
    offset = 0
    for piece in pieces:
        low, high = max(start - offset, 0), min(end - offset, piece.size)
        if low < high:
            cuts.append((piece.h, piece.size, low, high))
        offset += piece.size
    await vault.blobs.sound(row.vlt, [(h, size) for h, size, _, _ in cuts])

    async def stream() -> AsyncIterator[bytes]:
        for h, _, low, high in cuts:
            async for chunk in vault.blobs.open(row.vlt, h, low, high):
                yield chunk

    return Octets(start, end, row.length, stream())


def read_range(header: str, length: int) -> tuple[int, int]:
    """[start, end) of a `Range` header with one byte range (RFC 9110 section 14). Raises Problem invalid-input."""
    unit, _, given = header.partition("=")
    first, dash, last = given.partition("-")
    digits = all(part == "" or (part.isascii() and part.isdigit() and len(part) < 16) for part in (first, last))
    if unit == "bytes" and dash and digits and (first or last):
        start = int(first) if first else max(length - int(last), 0)
        end = min(int(last) + 1, length) if first and last else length
        if start < end and (first or int(last) > 0):
            return start, end
    raise Problem("invalid-input", "Ask for one range that is there.", [At("header", "range", "range")])
