# SPDX-License-Identifier: EUPL-1.2
"""Rows of counting: one per caseworker and kind of act, found by its whole key. By the driver, as each look has one."""

from consent.ledger_store import Driver

_FOUND = "SELECT began, n FROM rates WHERE who = ? AND what = ? AND began > ?"
_PUT = """INSERT INTO rates (who, what, began, n) VALUES (?, ?, ?, ?)
ON CONFLICT (who, what) DO UPDATE SET began = excluded.began, n = excluded.n"""
_FORGET = "DELETE FROM rates WHERE began < ?"


def found(base: Driver, who: str, what: str, over: int) -> tuple[int, int] | None:
    """When the count that runs began, and how many it is; None when there is none, or it began at `over` or before."""
    row = base.execute(_FOUND, (who, what, over)).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def put(base: Driver, who: str, what: str, began: int, n: int) -> None:
    """Writes the count that runs. Within the ledger's transaction, which is the only one that writes."""
    base.execute(_PUT, (who, what, began, n))


def forget(base: Driver, before: int) -> None:
    """Drops counts that began before: all of them are over."""
    base.execute(_FORGET, (before,))
