# SPDX-License-Identifier: EUPL-1.2
"""Rows of the public numbers: late closings and answers, by quarter and organisation."""

from collections.abc import Sequence

from sqlalchemy import bindparam, or_, select

from chassis.database import Connection, insert
from consent.store import Before, Row, change, every, older_than, page_values
from consent.tables import late_counts

b = bindparam

_COUNT = insert(late_counts)
_COUNT = _COUNT.on_conflict_do_update(
    index_elements=["quarter", "organisation"],
    set_={name: late_counts.c[name] + _COUNT.excluded[name] for name in ("closings", "answers")},
)
_SHOWN = (
    select(late_counts)
    .where(
        late_counts.c.quarter < b("running"),
        or_(late_counts.c.closings >= b("fewest"), late_counts.c.answers >= b("fewest")),
        older_than(late_counts.c.quarter, late_counts.c.organisation),
    )
    .order_by(late_counts.c.quarter.desc(), late_counts.c.organisation.desc())
    .limit(b("most"))
)


def count(connection: Connection, quarter: int, organisation: str, *, closing: bool) -> None:
    """One more of an organisation in a quarter."""
    values = {"quarter": quarter, "organisation": organisation, "closings": int(closing), "answers": int(not closing)}
    change(connection, _COUNT, **values)


def shown(connection: Connection, running: int, fewest: int, before: Before, most: int) -> Sequence[Row]:
    """Rows before the quarter that runs, with a cell of at least `fewest`, newest first."""
    return every(connection, _SHOWN, running=running, fewest=fewest, most=most, **page_values(before))
