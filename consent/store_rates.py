# SPDX-License-Identifier: EUPL-1.2
"""Rows of counting: one per caseworker and kind of act, found by its whole key. By the driver, as each look has one."""

from collections.abc import Collection, Mapping

from chassis.database import many
from consent.ledger_store import Driver

_FOUND = """WITH asked(who) AS (VALUES $ROWS)
SELECT r.who, r.began, r.n FROM asked a CROSS JOIN rates r ON r.who = a.who AND r.what = ? AND r.began > ?"""
_PUT = """INSERT INTO rates (who, what, began, n) VALUES (?, ?, ?, ?)
ON CONFLICT (who, what) DO UPDATE SET began = excluded.began, n = excluded.n"""
_FORGET = "DELETE FROM rates WHERE began < ?"


def found(base: Driver, whose: Collection[str], what: str, over: int) -> dict[str, tuple[int, int]]:
    """Of each of these, when the count that runs began, and how many it is; nothing of whom there is none, or where it
    began at `over` or before."""
    rows = many(base, _FOUND, "t", [(who,) for who in whose], (what, over))
    return {who: (int(began), int(n)) for who, began, n in rows}


def put(base: Driver, what: str, counts: Mapping[str, tuple[int, int]]) -> None:
    """Writes the counts that run. Within the ledger's transaction, which is the only one that writes."""
    base.executemany(_PUT, [(who, what, began, n) for who, (began, n) in counts.items()])


def forget(base: Driver, before: int) -> None:
    """Drops counts that began before: all of them are over."""
    base.execute(_FORGET, (before,))
