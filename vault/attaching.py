# SPDX-License-Identifier: EUPL-1.2
"""Attachments: a reservation with length and hash, pieces of 8 MiB in any order, a completion that checks the whole.

It resumes: who was cut off asks which pieces are wanted. Nothing is readable before it is whole and its hash is right.
The person brings them beside her records, a source beside its deposit (depositing.py): the same pieces.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from vault import store, store_pieces
from vault.component import Call, Vault, drawer_of, living
from vault.refusals import NotHere, NotWhole, OverQuota, VersionExists
from vault.store import Connection, Row
from vault.store_pieces import Place

PIECE = 8 * 1024 * 1024
HELD_SECONDS = 24 * 3600


def piece_count(length: int) -> int:
    return -(-length // PIECE)


def piece_size(length: int, k: int) -> int:
    """The size that piece k of a blob must have; all are full but the last."""
    return min(PIECE, length - k * PIECE)


@dataclass(frozen=True)
class Progress:
    """An attachment on its way. pieces: (k, size) stored; wanted: numbers still to send; whole: readable."""

    length: int
    pieces: Sequence[tuple[int, int]]
    wanted: Sequence[int]
    whole: bool


def progress(connection: Connection, row: Row[Any]) -> Progress:
    stored = [(p.k, p.size) for p in store_pieces.pieces_of(connection, (row.vlt, row.drw, row.rid, row.a))]
    have = {k for k, _ in stored}
    wanted = [k for k in range(piece_count(row.length)) if k not in have]
    return Progress(row.length, stored, wanted, bool(row.complete))


async def reserve(vault: Vault, call: Call, drw: str, rid: str, a: str, length: int, h: str) -> tuple[Progress, bool]:
    """Holds space for 24 hours. The same again tells which pieces are wanted. Raises VersionExists, OverQuota."""
    place = (call.vlt, drw, rid, a)

    def work(connection: Connection) -> tuple[Progress, bool]:
        drawer_of(connection, call.vlt, drw)
        row = store_pieces.attachment(connection, place)
        if row is not None:
            if (row.length, row.h, row.upload) != (length, h, None):
                raise VersionExists
            return progress(connection, row), False
        if length > vault.settings.attachment_bytes:
            raise OverQuota
        last = store.last_change(connection, call.vlt, rid)
        if last is not None and (last.op == "del" or last.drw != drw):
            raise VersionExists
        vault.charge(connection, call.vlt, length)
        until = vault.clock.now() + HELD_SECONDS
        row = add(connection, place, length, h, until=until, upload=None)
        return progress(connection, row), True

    return await vault.change(call, "Attachment announced", f"attachment:{a}", work)


def add(connection: Connection, place: Place, length: int, h: str, *, until: int, upload: str | None) -> Row[Any]:
    """The row of a new attachment. upload: the id under which a source brings it, None for the person."""
    vlt, drw, rid, a = place
    store_pieces.add_attachment(
        connection,
        vlt=vlt, drw=drw, rid=rid, a=a, length=length, h=h, complete=0, until=until, upload=upload,
    )  # fmt: skip
    row = store_pieces.attachment(connection, place)
    assert row is not None
    return row


async def look(vault: Vault, call: Call, drw: str, rid: str, a: str) -> Progress:
    """How far an attachment of hers has come. Raises NotHere."""

    def work(connection: Connection) -> Progress:
        return progress(connection, _found(connection, call, (call.vlt, drw, rid, a)))

    return await vault.database.read(work)


def _found(connection: Connection, call: Call, place: Place) -> Row[Any]:
    living(connection, call.vlt)
    row = store_pieces.attachment(connection, place)
    if row is None:
        raise NotHere
    return row


async def put_piece(vault: Vault, call: Call, row: Row[Any], k: int, octets: AsyncIterator[bytes]) -> None:
    """Stores piece k of the attachment in `row`. Again, in any order, is fine; a whole one stays as it is.

    Raises NotHere (no such piece), NotWhole (other length), VersionExists (other bytes in a whole attachment).
    """
    if not 0 <= k < piece_count(row.length):
        raise NotHere
    place = (row.vlt, row.drw, row.rid, row.a)
    size = piece_size(row.length, k)
    h = await vault.blobs.put(row.vlt, octets, size)
    replaced: list[str] = []

    def work(connection: Connection) -> tuple[None, bool]:
        living(connection, row.vlt)
        now = store_pieces.attachment(connection, place)
        if now is None:
            raise NotHere
        before = {p.k: p.h for p in store_pieces.pieces_of(connection, place)}.get(k)
        if before == h:
            return None, False
        if now.complete:
            raise VersionExists
        vault.need_blob(row.vlt, h)
        if before is not None:
            replaced.append(before)
        store_pieces.put_piece(connection, place, k, size, h)
        return None, True

    try:
        await vault.change(call, "Attachment piece kept", f"attachment:{row.a}", work)
    except (NotHere, VersionExists):
        replaced.append(h)
        raise
    finally:
        await vault.discard(row.vlt, replaced)


async def piece_of_record(vault: Vault, call: Call, place: Place, k: int, octets: AsyncIterator[bytes]) -> None:
    """Stores piece k of an attachment that the person herself brings."""
    row = await vault.database.read(lambda connection: _found(connection, call, place))
    if row.upload is not None and not row.complete:
        raise NotHere  # a source is bringing it
    await put_piece(vault, call, row, k, octets)


async def check_whole(vault: Vault, row: Row[Any]) -> list[str]:
    """Refuses unless all pieces are here and together have the announced length and hash; returns their blobs, which
    `finish` compares again. Raises NotWhole, BlobLost."""
    place = (row.vlt, row.drw, row.rid, row.a)
    found = await vault.database.read(lambda connection: store_pieces.pieces_of(connection, place))
    if len(found) != piece_count(row.length):
        raise NotWhole("body", "", "pieces-missing")
    blobs = [piece.h for piece in found]
    if await vault.blobs.digest(row.vlt, blobs) != (row.length, row.h):
        raise NotWhole("body", "", "hash")
    return blobs


def finish(connection: Connection, place: Place, checked: list[str]) -> None:
    """Makes an attachment readable whose pieces are still those that were checked. Raises NotWhole."""
    if [piece.h for piece in store_pieces.pieces_of(connection, place)] != checked:
        raise NotWhole("body", "", "hash")
    store_pieces.complete_attachment(connection, place)


async def complete(vault: Vault, call: Call, drw: str, rid: str, a: str) -> None:
    """Makes an attachment readable. Again is fine. Raises NotHere, NotWhole, BlobLost."""
    place = (call.vlt, drw, rid, a)
    row = await vault.database.read(lambda connection: _found(connection, call, place))
    if row.complete:
        return
    if row.upload is not None:
        raise NotHere
    checked = await check_whole(vault, row)

    def work(connection: Connection) -> tuple[None, bool]:
        now = _found(connection, call, place)
        if not now.complete:
            finish(connection, place, checked)
        return None, not now.complete

    await vault.change(call, "Attachment kept", f"attachment:{a}", work)


async def remove(vault: Vault, call: Call, drw: str, rid: str, a: str) -> None:
    """Deletes an attachment, or takes a reservation back. Again is fine."""
    place = (call.vlt, drw, rid, a)
    blobs: list[str] = []

    def work(connection: Connection) -> tuple[None, bool]:
        living(connection, call.vlt)
        row = store_pieces.attachment(connection, place)
        if row is None:
            return None, False
        blobs.extend(store_pieces.drop_attachment(connection, place))
        vault.charge(connection, call.vlt, -row.length)
        return None, True

    await vault.change(call, "Attachment deleted", f"attachment:{a}", work)
    await vault.discard(call.vlt, blobs)
