# SPDX-License-Identifier: EUPL-1.2
"""Public numbers: how often an organisation was late with a closing, or with "Waarom keek je?".

Counted once when the term passes, by calendar quarter, all teams of an organisation together; an answer that comes
later takes nothing away. Cells under ten are hidden, and a quarter is shown when it is over: nobody can see a single
case by looking before and after it (consent.md section 6).
"""

from datetime import date

from chassis.database import Connection
from consent import store_counts
from consent.ages import day_of
from consent.purposes import DAY
from consent.service_schemas import LateCount
from consent.store import Before

FEWEST = 10
"""A cell below this is hidden."""
ORGANISATION = len("urn:oin:") + 20


def quarter_of(day: date) -> int:
    """20263: the third quarter of 2026."""
    return day.year * 10 + (day.month + 2) // 3


def count_late(connection: Connection, team: str, due: int, *, closing: bool) -> None:
    """One more that was not there when its term passed. due: the end of the term (seconds)."""
    store_counts.count(connection, quarter_of(day_of(due)), team[:ORGANISATION], closing=closing)


def late_counts(connection: Connection, now: int, before: Before, most: int) -> list[LateCount]:
    """What may be shown: quarters that were over a day ago, newest first."""
    rows = store_counts.shown(connection, quarter_of(day_of(now - DAY)), FEWEST, before, most)
    return [
        LateCount(
            organisation=row["organisation"],
            year=row["quarter"] // 10,
            quarter=row["quarter"] % 10,
            late_closings=_shown(row["closings"]),
            late_answers=_shown(row["answers"]),
        )
        for row in rows
    ]


def _shown(cell: int) -> int | None:
    return cell if cell >= FEWEST else None
