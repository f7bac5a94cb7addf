# SPDX-License-Identifier: EUPL-1.2
"""Rows of counting: one per caseworker and kind of act, found by its whole key. By the driver, as each look has one."""

from consent.ledger_store import Driver

# A row whose period is over begins anew; one that is full stays as it is, and the row count says so.
_TAKE = """INSERT INTO rates (who, what, began, n) VALUES (:who, :what, :now, 1)
ON CONFLICT (who, what) DO UPDATE SET
  n = CASE WHEN began <= :over THEN 1 ELSE n + 1 END,
  began = CASE WHEN began <= :over THEN excluded.began ELSE began END
WHERE began <= :over OR n < :most"""
_SPENT = "SELECT 1 FROM rates WHERE who = ? AND what = ? AND began > ? AND n >= ?"
_BEGAN = "SELECT began FROM rates WHERE who = ? AND what = ?"
_FORGET = "DELETE FROM rates WHERE began < ?"


def take(base: Driver, who: str, what: str, most: int, seconds: int, now: int) -> bool:
    """Counts one of at most `most` in `seconds`. False, and nothing is counted, when there is none left."""
    values = {"who": who, "what": what, "now": now, "over": now - seconds, "most": most}
    return base.execute(_TAKE, values).rowcount == 1


def spent(base: Driver, who: str, what: str, most: int, seconds: int, now: int) -> bool:
    """Whether there is none left."""
    return base.execute(_SPENT, (who, what, now - seconds, most)).fetchone() is not None


def began(base: Driver, who: str, what: str) -> int:
    """When the count that runs began. There is one."""
    return int(base.execute(_BEGAN, (who, what)).fetchone()[0])


def forget(base: Driver, before: int) -> None:
    """Drops counts that began before: all of them are over."""
    base.execute(_FORGET, (before,))
