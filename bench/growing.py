# SPDX-License-Identifier: EUPL-1.2
"""Makes a town's databases as large as a country's: one person's rows, again and again under other names.

The copies are rows like any other (same indexes, same sizes, their own ids, spread over the whole key space and over a
thousand teams), but nobody can read them: their signatures are about somebody else. The log is not copied. The same
statements on SQLite and on PostgreSQL.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg

EACH = 10
"""Grants of one person."""
TEAMS = 1000
LOG = {"events", "twigs", "shards", "taken", "journal", "outbox", "seen_proofs"}
"""Not a person's rows, or the log's: its entries are counted by what was looked at, not by what was given."""
SQLITE, POSTGRESQL = "printf('%0{width}x', {number})", "lpad(to_hex({number}), {width}, '0')"
"""A number as so many hexadecimal figures."""


def grow(database: Path, vlt: str, people: int) -> int:
    """Copies the rows of `vlt` in a file for so many people, each with `EACH` grants; how many rows were added."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=OFF")  # a copy that a power cut spoils is made again
        connection.execute("PRAGMA cache_size=-1000000")
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
        connection.execute("BEGIN")
        before = connection.total_changes
        for sql in statements(columns, vlt, people, SQLITE):
            connection.execute(sql)
        added = connection.total_changes - before - people - EACH
        connection.execute("COMMIT")
        connection.execute("PRAGMA analysis_limit=10000")  # else it reads all of it, which takes as long as writing it
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    with database.open("rb") as filled:
        os.fsync(filled.fileno())  # else the first flushes that are measured, in any town, wait for this
    return added


async def grow_on_postgresql(owner: str, vlt: str, people: int) -> int:
    """The same on PostgreSQL. owner: the address as the role that owns the tables."""
    connection = await asyncpg.connect(owner)
    try:
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "ORDER BY table_name, ordinal_position"
        )
        columns: dict[str, list[str]] = {}
        for name, column in rows:
            columns.setdefault(name, []).append(column)
        added = -people - EACH
        async with connection.transaction():
            for sql in statements(columns, vlt, people, POSTGRESQL):
                said = await connection.execute(sql)
                added += int(said.rpartition(" ")[2]) if said.startswith("INSERT") else 0
        await connection.execute("VACUUM ANALYZE")
        return added
    finally:
        await connection.close()


def statements(tables: Mapping[str, list[str]], vlt: str, people: int, hexed: str) -> Iterator[str]:
    """What is to be run, in this order. tables: their columns. hexed: how this database writes a hexadecimal number."""
    for name, most in (("people", people), ("grants_each", EACH)):
        yield f"CREATE TEMP TABLE {name} (i BIGINT PRIMARY KEY)"
        yield (
            f"INSERT INTO {name} WITH RECURSIVE up(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM up WHERE i + 1 < {most}) "
            "SELECT i FROM up"
        )
    renamed = _Renamed(people, hexed)
    for table, columns in tables.items():
        if "vlt" in columns and table not in LOG:
            yield _copy(table, columns, vlt, renamed)
    if "statements" in tables:
        yield _further_statements(vlt, renamed)


class _Renamed:
    """How a column of a copy is made from the original's. Ids begin with their place in the key space, so that rows come
    in the order of the keys: a table of this size that is filled in another order takes hours."""

    def __init__(self, people: int, hexed: str) -> None:
        self._people, self._hexed = people, hexed

    def hexed(self, number: str, width: int) -> str:
        return self._hexed.format(number=number, width=width)

    def column(self, column: str, grant: str = "0") -> str:
        """grant: which of a person's grants the row is about."""
        first = self.hexed(f"people.i * {2**32 // self._people} + {grant if column in ('jti', 'gnt') else 0}", 8)
        if column == "vlt":
            return f"{first} || substr(one.vlt, 9)"
        if column in ("jti", "gnt", "bsn"):
            return f"CASE WHEN one.{column} IS NULL THEN NULL ELSE {first} || substr(one.{column}, 9) END"
        if column == "team":
            return f"one.team || (people.i % {TEAMS})"
        return f"one.{column}"


def _copy(table: str, columns: list[str], vlt: str, renamed: _Renamed) -> str:
    many = "jti" in columns or "gnt" in columns
    each, grant = ("CROSS JOIN grants_each", "grants_each.i") if many else ("", "0")
    named = [renamed.column(column, grant) for column in columns]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(named)} "
        f"FROM people {each} CROSS JOIN {table} one WHERE one.vlt = '{vlt}' ON CONFLICT DO NOTHING"
    )


def _further_statements(vlt: str, renamed: _Renamed) -> str:
    """The signed text of each further grant, which the copies of `grants` name by its place in the chain."""
    return (
        "INSERT INTO statements (vlt, seq, sid, typ, token, entered_at, n, receipt) "
        f"SELECT {renamed.column('vlt')}, one.seq + 1000 * (grants_each.i + 1), "
        f"{renamed.hexed('grants_each.i', 4)} || substr(one.sid, 5), one.typ, one.token, one.entered_at, one.n, "
        "one.receipt FROM people CROSS JOIN grants_each CROSS JOIN statements one "
        f"WHERE one.vlt = '{vlt}' AND one.typ LIKE '%grant%' ON CONFLICT DO NOTHING"
    )
