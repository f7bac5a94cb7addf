# SPDX-License-Identifier: EUPL-1.2
"""Rows of leaving: erasures planned and done, and the emptying itself."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, null, select, update

from chassis.database import Connection, insert
from consent.store import Row, Values, change, every, first
from consent.tables import (
    abilities,
    arrivals,
    arriving,
    challenges,
    devices,
    earlier_lines,
    epochs,
    erasures,
    gezag,
    lines,
    moves,
    pauses,
    questions,
    receipts,
    share_codes,
    statements,
    vaults,
)

_ERASURE = select(erasures).where(erasures.c.vlt == bindparam("vlt"))
_PUT_ERASURE = insert(erasures)
_PUT_ERASURE = _PUT_ERASURE.on_conflict_do_nothing()
_DROP_ERASURE = delete(erasures).where(
    erasures.c.vlt == bindparam("vlt"), erasures.c.id == bindparam("id"), erasures.c.done_at.is_(None)
)
_ERASED = update(erasures).where(erasures.c.vlt == bindparam("b_vlt")).values(done_at=bindparam("at"))
_ERASE_AT = update(vaults).where(vaults.c.vlt == bindparam("b_vlt")).values(erase_at=bindparam("at"))
_DUE = select(vaults.c.vlt).where(vaults.c.erase_at <= bindparam("now"), vaults.c.gone_at.is_(None)).limit(20)
_EMPTIED = (
    challenges, lines, questions, receipts, share_codes, pauses, gezag, abilities, epochs, statements, devices, arrivals,
    arriving, earlier_lines, moves,
)  # fmt: skip
_EMPTY = tuple(delete(table).where(table.c.vlt == bindparam("vlt")) for table in _EMPTIED)
_GONE = (
    update(vaults)
    .where(vaults.c.vlt == bindparam("b_vlt"))
    .values(
        gone_at=bindparam("at"),
        **dict.fromkeys(("bsn", "birth_date", "acr", "signed_in_at", "person", "seq", "sid", "card_seq"), null()),
    )
)
_ALL_GONE = select(vaults.c.vlt).where(vaults.c.gone_at.is_not(None))
_FORGET = (
    delete(erasures).where(erasures.c.done_at <= bindparam("before")),
    delete(vaults).where(vaults.c.gone_at <= bindparam("before")),
)


def erasure(connection: Connection, vlt: str) -> Row | None:
    """The erasure that was asked, or done."""
    return first(connection, _ERASURE, vlt=vlt)


def put_erasure(connection: Connection, values: Values) -> bool:
    """Plans an erasure; False when one is planned."""
    planned = change(connection, _PUT_ERASURE, **values) == 1
    if planned:
        change(connection, _ERASE_AT, b_vlt=values["vlt"], at=values["erase_at"])
    return planned


def drop_erasure(connection: Connection, vlt: str, identifier: str) -> bool:
    """Takes an erasure back before it is done."""
    dropped = change(connection, _DROP_ERASURE, vlt=vlt, id=identifier) == 1
    if dropped:
        change(connection, _ERASE_AT, b_vlt=vlt, at=None)
    return dropped


def erasures_due(connection: Connection, now: int) -> Sequence[str]:
    """Vaults whose erasure is due, a few at a time."""
    return [str(row["vlt"]) for row in every(connection, _DUE, now=now)]


def empty_vault(connection: Connection, vlt: str, at: int) -> None:
    """Deletes everything of a person but its id and the time: the pseudonym, the chain, lines, receipts."""
    for statement in _EMPTY:
        change(connection, statement, vlt=vlt)
    change(connection, _GONE, b_vlt=vlt, at=at)
    change(connection, _ERASED, b_vlt=vlt, at=at)


def gone(connection: Connection) -> Sequence[str]:
    """Vaults that were erased and are still remembered."""
    return [str(row["vlt"]) for row in every(connection, _ALL_GONE)]


def forget_gone(connection: Connection, before: int) -> None:
    """Forgets that those who were erased before this were ever there."""
    for statement in _FORGET:
        change(connection, statement, before=before)
