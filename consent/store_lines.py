# SPDX-License-Identifier: EUPL-1.2
"""Rows of what she reads back: plain lines and consent receipts."""

from collections.abc import Sequence

from sqlalchemy import bindparam, literal, null, select, union_all

from chassis.database import Connection, insert
from consent.store import Before, Row, Values, change, every, first, older_than, page_values
from consent.tables import lines, receipts, requests

_PUT_LINE = insert(lines)
_COLUMNS = (lines.c.id, lines.c.at, lines.c.what, lines.c.team, lines.c.request, lines.c.jti, lines.c.note)
_ASKED = select(
    requests.c.id,
    requests.c.asked_at,
    literal("asked"),
    requests.c.team,
    requests.c.id,
    null(),
    null(),
).where(requests.c.address == bindparam("address"), requests.c.purpose.not_in(bindparam("hidden", expanding=True)))
_both = union_all(select(*_COLUMNS).where(lines.c.vlt == bindparam("vlt")), _ASKED).subquery()
_LINES = (
    select(_both)
    .where(older_than(_both.c.at, _both.c.id))
    .order_by(_both.c.at.desc(), _both.c.id.desc())
    .limit(bindparam("most"))
)
_PUT_RECEIPT = insert(receipts)
_RECEIPTS = (
    select(receipts)
    .where(receipts.c.vlt == bindparam("vlt"), older_than(receipts.c.at, receipts.c.id))
    .order_by(receipts.c.at.desc(), receipts.c.id.desc())
    .limit(bindparam("most"))
)
_RECEIPT = select(receipts).where(receipts.c.vlt == bindparam("vlt"), receipts.c.id == bindparam("id"))
_RECEIPTS_OF = (
    select(receipts)
    .where(receipts.c.vlt == bindparam("vlt"), receipts.c.jti == bindparam("jti"))
    .order_by(receipts.c.at, receipts.c.id)
)


def put_line(connection: Connection, values: Values) -> None:
    """A plain line."""
    change(connection, _PUT_LINE, **values)


def plain_lines(
    connection: Connection, vlt: str, address: str, hidden: Sequence[str], before: Before, most: int
) -> Sequence[Row]:
    """Plain lines and questions asked, newest first; questions for purposes in `hidden` never reached her."""
    values = page_values(before) | {"vlt": vlt, "address": address, "hidden": list(hidden), "most": most}
    return every(connection, _LINES, **values)


def put_receipt(connection: Connection, values: Values) -> None:
    """A consent receipt."""
    change(connection, _PUT_RECEIPT, **values)


def newest_receipts(connection: Connection, vlt: str, before: Before, most: int) -> Sequence[Row]:
    """Consent receipts, newest first."""
    return every(connection, _RECEIPTS, vlt=vlt, most=most, **page_values(before))


def receipt(connection: Connection, vlt: str, identifier: str) -> Row | None:
    """One consent receipt."""
    return first(connection, _RECEIPT, vlt=vlt, id=identifier)


def receipts_of(connection: Connection, vlt: str, jti: str) -> Sequence[Row]:
    """The consent receipts of one grant, oldest first: the first is that of the yes."""
    return every(connection, _RECEIPTS_OF, vlt=vlt, jti=jti)
