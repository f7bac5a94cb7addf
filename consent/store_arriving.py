# SPDX-License-Identifier: EUPL-1.2
"""Rows of moving in: what is being brought, what stays as evidence, and the moment at which she lives here."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, literal, null, select, update

from chassis.database import Connection, insert
from consent.store import Before, Row, Values, change, every, first, older_than, page_values
from consent.tables import arrivals, arriving, devices, earlier_lines, moves, statements, vaults

_MINE: Any = bindparam("vlt")
_PUT = insert(arrivals)
_ONE = select(arrivals).where(arrivals.c.vlt == _MINE, arrivals.c.until > bindparam("now"))
_COUNTS = select(
    select(func.count()).select_from(arriving).where(arriving.c.vlt == _MINE).scalar_subquery().label("statements"),
    select(func.count())
    .select_from(earlier_lines)
    .where(earlier_lines.c.vlt == _MINE)
    .scalar_subquery()
    .label("lines"),
)
_DROP = tuple(delete(one).where(one.c.vlt == _MINE) for one in (arrivals, arriving))
_DROP_LINES = delete(earlier_lines).where(earlier_lines.c.vlt == _MINE)
_OVER = select(arrivals.c.vlt).where(arrivals.c.until <= bindparam("now")).limit(20)
_LAST = select(arriving).where(arriving.c.vlt == _MINE).order_by(arriving.c.seq.desc()).limit(1)
_CARD = _LAST.where(arriving.c.typ == "vault-card+jwt")
_ABOUT = (
    select(arriving)
    .where(arriving.c.vlt == _MINE, arriving.c.about.in_(bindparam("about", expanding=True)))
    .order_by(arriving.c.seq)
)
_OF_TYPE = select(arriving).where(arriving.c.vlt == _MINE, arriving.c.typ == bindparam("typ")).order_by(arriving.c.seq)
_FROM = (
    select(arriving)
    .where(arriving.c.vlt == _MINE, arriving.c.seq >= bindparam("start"))
    .order_by(arriving.c.seq)
    .limit(bindparam("most"))
)
_LAST_LINE = (
    select(earlier_lines)
    .where(earlier_lines.c.vlt == _MINE, earlier_lines.c.origin == bindparam("origin"))
    .order_by(earlier_lines.c.n.desc())
    .limit(1)
)
_LINES_FROM = (
    select(earlier_lines)
    .where(
        earlier_lines.c.vlt == _MINE, earlier_lines.c.origin == bindparam("origin"), earlier_lines.c.n >= bindparam("n")
    )
    .order_by(earlier_lines.c.n)
    .limit(bindparam("most"))
)
_PUT_STATEMENT, _PUT_LINE = insert(arriving), insert(earlier_lines)
_UNTOLD = (
    select(func.count())
    .select_from(arriving)
    .where(
        arriving.c.vlt == _MINE,
        ~exists().where(earlier_lines.c.vlt == arriving.c.vlt, earlier_lines.c.entry == arriving.c.entry),
    )
)
_ERASED = (
    select(func.count()).select_from(earlier_lines).where(earlier_lines.c.vlt == _MINE, earlier_lines.c.entry.is_(None))
)
_COLUMNS = ("vlt", "seq", "sid", "typ", "token", "entered_at", "n", "receipt")
_ENTER = statements.insert().from_select(
    _COLUMNS,
    select(
        bindparam("vlt", type_=vaults.c.vlt.type), arriving.c.seq, arriving.c.sid, arriving.c.typ, arriving.c.token,
        arriving.c.entered_at, literal(-1), arriving.c.receipt,
    ).where(arriving.c.vlt == bindparam("was")),
)  # fmt: skip
_RENAMED = tuple(
    update(one).where(one.c.vlt == bindparam("was")).values(vlt=bindparam("into")) for one in (earlier_lines, devices)
)
_MOVE_IN = (
    update(vaults)
    .where(vaults.c.vlt == bindparam("was"), vaults.c.opened_at.is_(None), vaults.c.gone_at.is_(None))
    .values(vlt=bindparam("into"), opened_at=bindparam("at"), person=bindparam("said"), seq=null())
)
_PUT_MOVE = insert(moves)
_MOVED = select(moves).where(moves.c.was == bindparam("was"))
_EARLIER = (
    select(earlier_lines)
    .where(earlier_lines.c.vlt == _MINE, older_than(earlier_lines.c.n, earlier_lines.c.origin))
    .order_by(earlier_lines.c.n.desc(), earlier_lines.c.origin.desc())
    .limit(bindparam("most"))
)


def put(connection: Connection, values: Values) -> None:
    """Begins a move."""
    change(connection, _PUT, **values)


def one(connection: Connection, vlt: str, now: int) -> Row | None:
    """The move that runs for who is signed in as `vlt`."""
    return first(connection, _ONE, vlt=vlt, now=now)


def counts(connection: Connection, vlt: str) -> tuple[int, int]:
    """Statements and lines that are here."""
    row = first(connection, _COUNTS, vlt=vlt)
    assert row is not None
    return int(row["statements"]), int(row["lines"])


def drop(connection: Connection, vlt: str) -> None:
    """Forgets a move that was not ended in its day."""
    change(connection, _DROP_LINES, vlt=vlt)
    done(connection, vlt)


def done(connection: Connection, vlt: str) -> None:
    """Forgets what is needed only while a move runs."""
    for statement in _DROP:
        change(connection, statement, vlt=vlt)


def over(connection: Connection, now: int) -> Sequence[str]:
    """Moves whose day is over, a few at a time."""
    return [str(row["vlt"]) for row in every(connection, _OVER, now=now)]


def last(connection: Connection, vlt: str) -> Row | None:
    """The newest statement that was brought."""
    return first(connection, _LAST, vlt=vlt)


def card(connection: Connection, vlt: str) -> Row | None:
    """The newest card that was brought: its SIG counts from the next statement."""
    return first(connection, _CARD, vlt=vlt)


def about(connection: Connection, vlt: str, things: Collection[str]) -> Sequence[Row]:
    """What was brought about these drawers and grants, oldest first."""
    return every(connection, _ABOUT, vlt=vlt, about=list(things)) if things else ()


def of_type(connection: Connection, vlt: str, typ: str) -> Sequence[Row]:
    """All of one type that was brought, oldest first."""
    return every(connection, _OF_TYPE, vlt=vlt, typ=typ)


def from_(connection: Connection, vlt: str, start: int, most: int) -> Sequence[Row]:
    """What was brought from this number on."""
    return every(connection, _FROM, vlt=vlt, start=start, most=most)


def put_statements(connection: Connection, rows: Sequence[Values]) -> None:
    """Adds what was brought and checked."""
    for row in rows:
        change(connection, _PUT_STATEMENT, **row)


def last_line(connection: Connection, vlt: str, origin: str) -> Row | None:
    """The newest line that was brought of one log."""
    return first(connection, _LAST_LINE, vlt=vlt, origin=origin)


def lines_from(connection: Connection, vlt: str, origin: str, n: int, most: int) -> Sequence[Row]:
    """What was brought of one log from this line on."""
    return every(connection, _LINES_FROM, vlt=vlt, origin=origin, n=n, most=most)


def put_lines(connection: Connection, rows: Sequence[Values]) -> None:
    """Adds lines that were brought and checked."""
    for row in rows:
        change(connection, _PUT_LINE, **row)


def untold(connection: Connection, vlt: str) -> int:
    """Statements whose line is missing, beyond those lines that were erased and say nothing any more."""
    missing, erased = first(connection, _UNTOLD, vlt=vlt), first(connection, _ERASED, vlt=vlt)
    assert missing is not None
    assert erased is not None
    return max(0, int(next(iter(missing.values()))) - int(next(iter(erased.values()))))


def move_in(connection: Connection, was: str, vlt: str, person: str, now: int) -> bool:
    """The empty vault takes the name and the chain that were brought; False when it was opened meanwhile."""
    if change(connection, _MOVE_IN, was=was, into=vlt, said=person, at=now) != 1:
        return False
    change(connection, _ENTER, was=was, vlt=vlt)
    for statement in _RENAMED:
        change(connection, statement, was=was, into=vlt)
    return True


def put_move(connection: Connection, values: Values) -> None:
    """Writes down where she came from."""
    change(connection, _PUT_MOVE, **values)


def moved(connection: Connection, was: str) -> Row | None:
    """The move that took the place of this empty vault."""
    return first(connection, _MOVED, was=was)


def earlier(connection: Connection, vlt: str, before: Before, most: int) -> Sequence[Row]:
    """Lines of logs of before, newest first."""
    return every(connection, _EARLIER, vlt=vlt, most=most, **page_values(before))
