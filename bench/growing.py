# SPDX-License-Identifier: EUPL-1.2
"""Makes a town's databases as large as a country's: one person's rows, again and again under other names.

The copies are rows like any other (same indexes, same sizes, their own ids, spread over the whole key space and over a
thousand teams), but nobody can read them: their signatures are about somebody else. The log is not copied.
"""

import sqlite3
from pathlib import Path

EACH = 10
"""Grants of one person."""
TEAMS = 1000
LOG = {"events", "nodes", "shards", "taken", "journal", "outbox", "seen_proofs"}
"""Not a person's rows, or the log's: its entries are counted by what was looked at, not by what was given."""


def grow(database: Path, vlt: str, people: int) -> int:
    """Copies the rows of `vlt` for so many people, each with `EACH` grants; how many rows were added."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=OFF")  # a copy that a power cut spoils is made again
        connection.execute("PRAGMA cache_size=-1000000")
        connection.execute("BEGIN")
        _count(connection, "people", people)
        _count(connection, "grants_each", EACH)
        before = connection.total_changes
        for table, columns in _tables(connection).items():
            many = "jti" in columns or "gnt" in columns
            _copy(connection, table, columns, vlt, people, many=many)
        if "statements" in _tables(connection):
            _further_statements(connection, vlt, people)
        added = connection.total_changes - before
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    return added


def _count(connection: sqlite3.Connection, name: str, most: int) -> None:
    """A temporary table of 0 … most - 1."""
    connection.execute(f"CREATE TEMP TABLE {name} (i INTEGER PRIMARY KEY)")
    connection.execute(
        f"INSERT INTO {name} WITH RECURSIVE up(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM up WHERE i + 1 < ?) "
        "SELECT i FROM up",
        (most,),
    )


def _tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Tables of persons' rows and their columns."""
    names = [name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    columns = {name: [row[1] for row in connection.execute(f"PRAGMA main.table_info({name})")] for name in names}
    return {name: found for name, found in columns.items() if "vlt" in found and name not in LOG}


def _renamed(column: str, people: int) -> str:
    """How a column of a copy is made from the original's. Ids begin with their place in the key space, so that rows come
    in the order of the keys: a table of this size that is filled in another order takes hours."""
    spread = f"printf('%08x', people.i * {2**32 // people} + {{more}})"
    if column == "vlt":
        return f"{spread.format(more=0)} || substr(one.vlt, 9)"
    if column in ("jti", "gnt"):
        return f"iif(one.{column} IS NULL, NULL, {spread.format(more='coalesce(grants_each.i, 0)')} || substr(one.{column}, 9))"
    if column == "bsn":
        return f"iif(one.bsn IS NULL, NULL, {spread.format(more=0)} || substr(one.bsn, 9))"
    if column == "team":
        return f"one.team || (people.i % {TEAMS})"
    return f"one.{column}"


def _copy(connection: sqlite3.Connection, table: str, columns: list[str], vlt: str, people: int, *, many: bool) -> None:
    each = "CROSS JOIN grants_each" if many else ""
    named = [_renamed(column, people) for column in columns]
    if not many:
        named = [one.replace("coalesce(grants_each.i, 0)", "0") for one in named]
    connection.execute(
        f"INSERT OR IGNORE INTO main.{table} ({', '.join(columns)}) SELECT {', '.join(named)} "
        f"FROM people {each} CROSS JOIN main.{table} one WHERE one.vlt = ?",
        (vlt,),
    )


def _further_statements(connection: sqlite3.Connection, vlt: str, people: int) -> None:
    """The signed text of each further grant, which the copies of `grants` name by its place in the chain."""
    connection.execute(
        "INSERT INTO main.statements (vlt, seq, sid, typ, token, entered_at, n, receipt) "
        f"SELECT {_renamed('vlt', people)}, one.seq + 1000 * (grants_each.i + 1), "
        "printf('%04x', grants_each.i) || substr(one.sid, 5), one.typ, one.token, one.entered_at, one.n, one.receipt "
        "FROM people CROSS JOIN grants_each CROSS JOIN main.statements one WHERE one.vlt = ? AND one.typ LIKE '%grant%'",
        (vlt,),
    )
