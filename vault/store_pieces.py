# SPDX-License-Identifier: EUPL-1.2
"""SQL for attachments and their pieces, and for the hourly sweep. Statements are built once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update

from chassis.database import NUMBER, TEXT
from vault.store import Connection, Row
from vault.tables import (
    GONE,
    attachments,
    challenges,
    deposits,
    drawers,
    envelopes,
    epochs,
    erasures,
    heads,
    imports,
    keyrings,
    pieces,
    records,
    seen,
    singles,
    slots,
    stopped_devices,
    uploads,
    used_permits,
    vaults,
)

_VLT, _DRW, _RID, _A, _H = (bindparam(name, type_=TEXT) for name in ("vlt", "drw", "rid", "a", "h"))
_K = bindparam("k", type_=NUMBER)
_of_record = (attachments.c.vlt == _VLT, attachments.c.drw == _DRW, attachments.c.rid == _RID)
_this = (*_of_record, attachments.c.a == _A)
_pieces_of_record = (pieces.c.vlt == _VLT, pieces.c.drw == _DRW, pieces.c.rid == _RID)
_this_piece = (*_pieces_of_record, pieces.c.a == _A)

_attachment = select(attachments).where(*_this)
_upload = select(uploads).where(uploads.c.id == bindparam("id"))
_add_upload = insert(uploads)
_of = select(attachments).where(*_of_record)
_add = insert(attachments)
_complete = (
    update(attachments)
    .where(
        attachments.c.vlt == bindparam("v"), attachments.c.drw == bindparam("d"),
        attachments.c.rid == bindparam("r"), attachments.c.a == bindparam("i"),
    )
    .values(complete=1, until=None)
)  # fmt: skip
_drop = delete(attachments).where(*_this)
_pieces = select(pieces).where(*_this_piece).order_by(pieces.c.k)
_all = (
    select(pieces)
    .join_from(
        pieces,
        attachments,
        (attachments.c.vlt == pieces.c.vlt) & (attachments.c.drw == pieces.c.drw)
        & (attachments.c.rid == pieces.c.rid) & (attachments.c.a == pieces.c.a),
    )
    .where(pieces.c.vlt == _VLT, attachments.c.complete == 1)
    .order_by(pieces.c.drw, pieces.c.rid, pieces.c.a, pieces.c.k)
)  # fmt: skip
_add_piece = insert(pieces)
_drop_piece = delete(pieces).where(*_this_piece, pieces.c.k == _K)
_drop_pieces = delete(pieces).where(*_this_piece)
_named = select(pieces.c.k).where(pieces.c.vlt == _VLT, pieces.c.h == _H).limit(1)

Place = tuple[str, str, str, str]
"""vlt, drw, rid, a."""


def _at(place: Place) -> dict[str, str]:
    return dict(zip(("vlt", "drw", "rid", "a"), place, strict=True))


def attachment(c: Connection, place: Place) -> Row[Any] | None:
    return c.execute(_attachment, _at(place)).first()


def upload(c: Connection, upload_id: str) -> Place | None:
    """The attachment that a source brings under this upload id."""
    row = c.execute(_upload, {"id": upload_id}).first()
    return None if row is None else (row.vlt, row.drw, row.rid, row.a)


def add_upload(c: Connection, upload_id: str, place: Place, until: int) -> None:
    c.execute(_add_upload, {"id": upload_id, **_at(place), "until": until})


def attachments_of(c: Connection, vlt: str, drw: str, rid: str) -> Sequence[Row[Any]]:
    return c.execute(_of, {"vlt": vlt, "drw": drw, "rid": rid}).all()


def add_attachment(c: Connection, **row: Any) -> None:
    c.execute(_add, row)


def complete_attachment(c: Connection, place: Place) -> None:
    c.execute(_complete, dict(zip(("v", "d", "r", "i"), place, strict=True)))


def pieces_of(c: Connection, place: Place) -> Sequence[Row[Any]]:
    return c.execute(_pieces, _at(place)).all()


def put_piece(c: Connection, place: Place, k: int, size: int, h: str) -> None:
    c.execute(_drop_piece, {**_at(place), "k": k})
    c.execute(_add_piece, {**_at(place), "k": k, "size": size, "h": h})


def drop_attachment(c: Connection, place: Place) -> list[str]:
    """Removes an attachment and its pieces' rows; returns the blobs to discard after the commit."""
    blobs = [row.h for row in pieces_of(c, place)]
    c.execute(_drop_pieces, _at(place))
    c.execute(_drop, _at(place))
    return blobs


def all_pieces(c: Connection, vlt: str) -> Sequence[Row[Any]]:
    """The pieces of whole attachments."""
    return c.execute(_all, {"vlt": vlt}).all()


def names_blob(c: Connection, vlt: str, h: str) -> bool:
    return c.execute(_named, {"vlt": vlt, "h": h}).first() is not None


# -- sweep ---------------------------------------------------------------------------------------------------

_NOW = bindparam("now", type_=NUMBER)
_due = select(erasures.c.vlt, erasures.c.id).where(erasures.c.at.is_(None), erasures.c.due <= _NOW)
# A vault older than its own erasure came back from a backup.
_revived = (
    select(erasures.c.vlt, erasures.c.id)
    .join_from(erasures, vaults, erasures.c.vlt == vaults.c.vlt)
    .where(vaults.c.state != "gone", vaults.c.since < erasures.c.at)
)
_gone = select(vaults.c.vlt).where(GONE)
_over_imports = select(imports.c.vlt).where(imports.c.until <= _NOW)
_over_attachments = select(attachments).where(attachments.c.complete == 0, attachments.c.until <= _NOW)
_over_deposits = select(deposits).where(deposits.c.complete == 0, deposits.c.until <= _NOW)
_erased = (
    update(erasures)
    .where(erasures.c.vlt == bindparam("v"), erasures.c.id == bindparam("i"))
    .values(at=bindparam("when"))
)
_over = tuple(delete(table).where(table.c.until <= _NOW) for table in (keyrings, challenges, uploads, seen))
_old_permits = delete(used_permits).where(used_permits.c.at < bindparam("then"))
_old_erasures = delete(erasures).where(erasures.c.at < bindparam("long"))
_OF_A_VAULT: tuple[Table, ...] = (
    keyrings, slots, heads, records, deposits, envelopes, singles, attachments, pieces, epochs, drawers,
    used_permits, challenges, imports, stopped_devices,
)  # fmt: skip
_drop_vault = delete(vaults).where(vaults.c.vlt == _VLT, vaults.c.state == "gone")
_empty = tuple(delete(table).where(table.c.vlt == _VLT) for table in _OF_A_VAULT)


def due_erasures(c: Connection, now: int) -> Sequence[Row[Any]]:
    """vlt and id of erasures to run: those whose waiting time is over, and those of a vault that was restored."""
    return [*c.execute(_due, {"now": now}), *c.execute(_revived)]


def erased(c: Connection, vlt: str, erasure_id: str, now: int) -> bool:
    """Notes when an erasure ran; False when it was taken back meanwhile."""
    return c.execute(_erased, {"v": vlt, "i": erasure_id, "when": now}).rowcount == 1


def gone_vaults(c: Connection) -> list[str]:
    return [row.vlt for row in c.execute(_gone)]


def over_imports(c: Connection, now: int) -> list[str]:
    return [row.vlt for row in c.execute(_over_imports, {"now": now})]


def over_attachments(c: Connection, now: int) -> Sequence[Row[Any]]:
    return c.execute(_over_attachments, {"now": now}).all()


def over_deposits(c: Connection, now: int) -> Sequence[Row[Any]]:
    return c.execute(_over_deposits, {"now": now}).all()


def forget_old(c: Connection, now: int, permits_before: int, erasures_before: int) -> None:
    """Removes what has its time in its row: old keyrings, challenges, proofs, used permits, finished erasures."""
    for statement in _over:
        c.execute(statement, {"now": now})
    c.execute(_old_permits, {"then": permits_before})
    c.execute(_old_erasures, {"long": erasures_before})


def empty_vault(c: Connection, vlt: str) -> None:
    """Removes every row of a vault but the one that says it is gone, and its erasure."""
    for statement in _empty:
        c.execute(statement, {"vlt": vlt})


def drop_vault(c: Connection, vlt: str) -> None:
    """Removes the last row of a vault that is gone."""
    c.execute(_drop_vault, {"vlt": vlt})
