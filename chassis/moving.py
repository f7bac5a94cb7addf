# SPDX-License-Identifier: EUPL-1.2
"""The move of a component from SQLite to PostgreSQL: every row, in one transaction, counted and hashed on both sides.

Nobody may write meanwhile: the file is locked for writing, and the component must not run on either. Either everything
is there and the same, or nothing is.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from chassis.migrating import in_transaction
from chassis.postgresql_driver import AsyncpgDriver

PAGE = 500
"""Rows that go over at once."""


class MoveError(Exception):
    """Nothing was moved. Says why and what to do."""


def move(source: Path, url: str) -> dict[str, int]:
    """Moves what lies in the file to the PostgreSQL database at `url` (as its owner), which is migrated and empty.

    Returns how many rows of each table are there now, also when a move before this one had brought the same rows.
    Raises MoveError.
    """
    if not source.is_file():
        raise MoveError(f"{source.name} is not there")
    with closing(sqlite3.connect(source, isolation_level=None, timeout=1, check_same_thread=False)) as file:
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise MoveError(f"{source.name} is in use: stop the component first") from error
        return in_transaction(url, lambda connection: _move(file, connection))


def _move(file: sqlite3.Connection, connection: Connection) -> dict[str, int]:
    base = AsyncpgDriver(connection.connection.driver_connection)
    of_file = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    )
    of_target = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    names = [str(name) for (name,) in file.execute(of_file)]
    if names != sorted(str(name) for (name,) in base.execute(of_target)):
        raise MoveError("the two do not have the same tables: migrate both to this release first")
    revisions = [one.execute("SELECT version_num FROM alembic_version").fetchone() for one in (file, base)]
    if revisions[0] != revisions[1]:
        raise MoveError("the two do not stand at the same revision: migrate both to this release first")
    tables = {name: _columns(file, name) for name in names if name != "alembic_version"}
    there = {name: base.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() is not None for name in tables}  # noqa: S608
    if not any(there.values()):
        for name, (columns, keys) in tables.items():
            _copy(file, base, name, columns, keys)
    counts = {}
    for name, (columns, keys) in tables.items():
        before, after = (
            _fingerprint(one) for one in (_rows(file, name, columns, keys), _streamed(base, name, columns, keys))
        )
        if before != after:
            raise MoveError(f"the rows of {name} are not the same ones there: give an empty database")
        counts[name] = before[0]
    return counts


def _columns(file: sqlite3.Connection, name: str) -> tuple[list[str], list[str]]:
    """All columns of a table, and those of its key, in order."""
    found = file.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
    keys = [column for _, column in sorted((pk, column) for column, pk in found if pk)]
    return [column for column, _ in found], keys


def _select(name: str, columns: list[str], keys: list[str]) -> str:
    """Rows in the order of their key: numbers by size, text byte by byte, on both databases alike."""
    listed, ordered = (", ".join(f'"{one}"' for one in some) for some in (columns, keys))
    return f'SELECT {listed} FROM "{name}" ORDER BY {ordered}'  # noqa: S608 our own tables


def _rows(file: sqlite3.Connection, name: str, columns: list[str], keys: list[str]) -> Iterator[tuple[Any, ...]]:
    yield from file.execute(_select(name, columns, keys))


def _streamed(base: AsyncpgDriver, name: str, columns: list[str], keys: list[str]) -> Iterator[tuple[Any, ...]]:
    return base.stream(_select(name, columns, keys))


def _copy(file: sqlite3.Connection, base: AsyncpgDriver, name: str, columns: list[str], keys: list[str]) -> None:
    listed, places = ", ".join(f'"{one}"' for one in columns), ", ".join("?" * len(columns))
    put, rows = f'INSERT INTO "{name}" ({listed}) VALUES ({places})', _rows(file, name, columns, keys)  # noqa: S608
    while page := list(islice(rows, PAGE)):
        base.executemany(put, page)
    for column in columns:
        sequence = base.execute("SELECT pg_get_serial_sequence(?, ?)", (name, column)).fetchone()
        if sequence is not None and sequence[0] is not None:
            newest = f'SELECT setval(CAST(? AS regclass), coalesce(max("{column}"), 0) + 1, false) FROM "{name}"'  # noqa: S608
            base.execute(newest, (sequence[0],))


def _fingerprint(rows: Iterable[tuple[Any, ...]]) -> tuple[int, str]:
    """How many rows, and a hash of each value with its type and length, in order."""
    count, digest = 0, sha256()
    for row in rows:
        count += 1
        for value in row:
            said = value if isinstance(value, bytes) else str(value).encode()
            digest.update(f"{type(value).__name__} {len(said)} ".encode() + said)
        digest.update(b"\n")
    return count, digest.hexdigest()
