# SPDX-License-Identifier: EUPL-1.2
"""SQL for records and deposits. Statements are built once; each names one `vlt`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from chassis.database import NUMBER, TEXT
from vault.store import Connection, Row
from vault.tables import deposits, records

_VLT, _DRW, _RID = (bindparam(name, type_=TEXT) for name in ("vlt", "drw", "rid"))
_VER = bindparam("ver", type_=NUMBER)
_here = (records.c.vlt == _VLT, records.c.drw == _DRW, records.c.rid == _RID)

_version = select(records).where(*_here, records.c.ver == _VER)
_newest = select(records).where(*_here, records.c.newest == 1)
_versions = (
    select(records.c.ver, records.c.ep, records.c.size, records.c.h).where(*_here).order_by(records.c.ver.desc())
)
_page = (
    select(records)
    .where(records.c.vlt == _VLT, records.c.drw == _DRW, records.c.newest == 1, records.c.n < bindparam("before"))
    .order_by(records.c.n.desc())
    .execution_options(stream_results=True, max_row_buffer=16)
)
_all = (
    select(records.c.drw, records.c.rid, records.c.ver, records.c.h, records.c.size)
    .where(records.c.vlt == _VLT)
    .order_by(records.c.drw, records.c.rid, records.c.ver)
)
_add = insert(records)
_not_newest = (
    update(records)
    .where(records.c.vlt == bindparam("v"), records.c.drw == bindparam("d"), records.c.rid == bindparam("r"))
    .where(records.c.newest == 1)
    .values(newest=0)
)
_of_version = (
    records.c.vlt == bindparam("v"),
    records.c.drw == bindparam("d"),
    records.c.rid == bindparam("r"),
    records.c.ver == bindparam("w"),
)
_reseal = (
    update(records)
    .where(*_of_version)
    .values(
        ep=bindparam("ep"), n=bindparam("n"), at=bindparam("at"),
        h=bindparam("h"), size=bindparam("size"), jwe=bindparam("jwe"),
    )
)  # fmt: skip
_set_n = update(records).where(*_of_version).values(n=bindparam("number"))
_drop = delete(records).where(*_here)


def version(c: Connection, vlt: str, drw: str, rid: str, ver: int) -> Row[Any] | None:
    return c.execute(_version, {"vlt": vlt, "drw": drw, "rid": rid, "ver": ver}).first()


def newest(c: Connection, vlt: str, drw: str, rid: str) -> Row[Any] | None:
    return c.execute(_newest, {"vlt": vlt, "drw": drw, "rid": rid}).first()


def versions(c: Connection, vlt: str, drw: str, rid: str) -> Sequence[Any]:
    """ver, ep, size and h of each version, newest first."""
    return c.execute(_versions, {"vlt": vlt, "drw": drw, "rid": rid}).all()


def page(c: Connection, vlt: str, drw: str, before: int) -> Iterator[Row[Any]]:
    """The newest versions of a drawer, newest first, read as they are taken: the caller stops when it has enough."""
    with c.execute(_page, {"vlt": vlt, "drw": drw, "before": before}) as rows:
        yield from rows


def all_versions(c: Connection, vlt: str) -> Sequence[Any]:
    return c.execute(_all, {"vlt": vlt}).all()


def add(c: Connection, **row: Any) -> None:
    """Adds a version as the newest of its record."""
    c.execute(_not_newest, {"v": row["vlt"], "d": row["drw"], "r": row["rid"]})
    c.execute(_add, {**row, "newest": 1})


def reseal(c: Connection, vlt: str, drw: str, rid: str, ver: int, **changed: Any) -> None:
    c.execute(_reseal, {"v": vlt, "d": drw, "r": rid, "w": ver, **changed})


def set_numbers(c: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Places in the head, of imported versions: rows of v, d, r, w, number."""
    made = list(rows)
    if made:
        c.execute(_set_n, made)


def drop(c: Connection, vlt: str, drw: str, rid: str) -> None:
    """Removes every version of a record."""
    c.execute(_drop, {"vlt": vlt, "drw": drw, "rid": rid})


# -- deposits ------------------------------------------------------------------------------------------------

_deposit = select(deposits).where(deposits.c.vlt == _VLT, deposits.c.rid == _RID)
_deposit_page = (
    select(deposits)
    .where(deposits.c.vlt == _VLT, deposits.c.complete == 1)
    .where(
        (deposits.c.event_n < bindparam("before"))
        | ((deposits.c.event_n == bindparam("before")) & (deposits.c.rid < bindparam("below")))
    )
    .order_by(deposits.c.event_n.desc(), deposits.c.rid.desc())
    .execution_options(stream_results=True, max_row_buffer=16)
)
_whole_deposits = (
    select(deposits.c.rid, deposits.c.drw, deposits.c.h, deposits.c.size)
    .where(deposits.c.vlt == _VLT, deposits.c.complete == 1)
    .order_by(deposits.c.rid)
)
_count = select(func.count(), func.count().filter(deposits.c.gnt == bindparam("gnt"))).where(deposits.c.vlt == _VLT)
_add_deposit = insert(deposits)
_complete = (
    update(deposits)
    .where(deposits.c.vlt == bindparam("v"), deposits.c.rid == bindparam("r"))
    .values(complete=1, n=bindparam("number"), until=None)
)
_drop_deposit = delete(deposits).where(deposits.c.vlt == _VLT, deposits.c.rid == _RID)


def deposit(c: Connection, vlt: str, rid: str) -> Row[Any] | None:
    """A deposit, whole or not."""
    return c.execute(_deposit, {"vlt": vlt, "rid": rid}).first()


def deposit_page(c: Connection, vlt: str, before: int, below: str) -> Iterator[Row[Any]]:
    """Whole deposits, newest event first, read as they are taken."""
    with c.execute(_deposit_page, {"vlt": vlt, "before": before, "below": below}) as rows:
        yield from rows


def whole_deposits(c: Connection, vlt: str) -> Sequence[Any]:
    return c.execute(_whole_deposits, {"vlt": vlt}).all()


def count_deposits(c: Connection, vlt: str, gnt: str) -> tuple[int, int]:
    """How many deposits lie in the vault, and how many of these by this grant."""
    everything, mine = c.execute(_count, {"vlt": vlt, "gnt": gnt}).one()
    return everything, mine


def add_deposit(c: Connection, **row: Any) -> None:
    c.execute(_add_deposit, row)


def complete_deposit(c: Connection, vlt: str, rid: str, n: int) -> None:
    c.execute(_complete, {"v": vlt, "r": rid, "number": n})


def drop_deposit(c: Connection, vlt: str, rid: str) -> None:
    c.execute(_drop_deposit, {"vlt": vlt, "rid": rid})
