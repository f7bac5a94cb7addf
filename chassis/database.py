# SPDX-License-Identifier: EUPL-1.2
"""One database per component. `work` is a plain synchronous function over a `Connection`.

Because `work` cannot await, no transaction can be open across a call to another part (house.md, habit 7): the guard
is the shape itself. The same functions run on SQLite (chassis/sqlite.py) and on PostgreSQL (chassis/postgresql.py).
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, MetaData, Table, Text, inspect
from sqlalchemy.dialects.postgresql import insert

from chassis.faults import BROKEN_RULES, FAULTS, Unavailable
from chassis.postgresql import Postgresql
from chassis.sqlite import DRIVER, Sqlite
from chassis.together import Together

__all__ = [
    "BROKEN_RULES",
    "FAULTS",
    "MIGRATIONS",
    "NUMBER",
    "TEXT",
    "Connection",
    "Database",
    "Driver",
    "Table",
    "Unavailable",
    "at_head",
    "claim_proof",
    "driver",
    "insert",
    "insert_once",
    "many",
    "outbox",
    "put_lines",
    "seen_proofs",
    "stream",
]

T = TypeVar("T")

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
"""A folder for each component, whose `versions` are named by their revision: chassis/migrating.py runs them."""
MOST_JOINED = 64
"""Works in one joint transaction: what else waits comes in the next."""

# `insert` with ON CONFLICT is written alike for both. Numbers have 64 bits on both (times after 2038, milliseconds);
# text is compared byte by byte on both, whatever the server's locale: ids that differ in case or form are two.
NUMBER = Integer().with_variant(BigInteger(), "postgresql")
TEXT = Text().with_variant(Text(collation="C"), "postgresql")


class Rows(Protocol):
    """What a statement of a driver answered."""

    @property
    def rowcount(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


class Driver(Protocol):
    """The driver's own connection, for the few hot statements that are prepared once; `?` is a value. `executemany`
    writes rows of different keys; nobody looks at its answer, so it may run a little later in the transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Rows: ...
    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows: ...


class _Further(Driver, Protocol):
    """What a driver of PostgreSQL does besides: `stream` and `many` below."""

    def stream(self, sql: str, values: Sequence[Any], /) -> Iterator[Any]: ...
    def many(self, sql: str, kinds: str, rows: Sequence[Sequence[Any]], further: Sequence[Any], /) -> Rows: ...


class Database:
    """The component's database: `read` and `write` (and their kin for crowds), nothing else.

    url: `sqlite:///…` or `postgresql://…`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.on: Sqlite | Postgresql
        if url.startswith("sqlite:"):
            self.on = Sqlite(url)
        elif url.startswith(("postgresql:", "postgresql+asyncpg:")):
            self.on = Postgresql(url)
        else:
            raise ValueError("give a sqlite:/// or a postgresql:// address")
        self._joint: Together[Callable[[Connection], Any], tuple[Any, Exception | None]]
        self._joint = Together(self._all_apart, MOST_JOINED)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one read transaction: a consistent snapshot. Raises Unavailable."""
        return await self.on.read(work)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Runs `work`, which runs one statement of the driver: it needs no transaction around it. Raises Unavailable."""
        return await self.on.look(work)

    async def read_prepared(self, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """As `read`, for the work that `prepare` makes. What needs no database and has to come before it (a permit to be
        checked) stands in `prepare`: where many read at once, it is done for one after the other, which is the quicker for
        the same code. Raises what `prepare` raises; then nothing is read. For hot reads: `work` asks by the driver alone."""
        return await self.on.read_prepared(prepare)

    async def look_prepared(self, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """The same as `look`."""
        return await self.on.look_prepared(prepare)

    async def write(self, work: Callable[[Connection], T], about: str | None = None) -> T:
        """Runs `work` in one write transaction and returns after the durable commit.

        Writes take turns, over all processes. about: whose rows alone `work` reads and writes (a vault, a key); then it
        takes turns only with what is about the same one or does not say. `work` changes nothing but the database: it
        may run again when the database took the first one back. Any exception of it rolls back and is raised as it is;
        a failing database raises Unavailable.
        """
        return await self.on.write(work, about)

    async def claim(self, work: Callable[[Connection], T]) -> T:
        """Runs `work`, which writes by one statement of the driver that reads nothing before: its keys alone decide, so it
        needs no turn, and no transaction around it. Returns after the durable commit. Raises Unavailable, and then it
        may have been kept."""
        return await self.on.claim(work)

    async def join(self, work: Callable[[Connection], T]) -> T:
        """As `write`, in one transaction with all that came while the one before was under way: one durable commit for
        a whole crowd. For what comes in crowds and is short.

        An exception of `work` takes back what that work wrote, and nothing else. A commit that fails answers nobody.
        """
        result, failed = await self._joint.ask(work)
        if failed is not None:
            raise failed
        return cast(T, result)

    async def _all_apart(self, works: Sequence[Callable[[Connection], Any]]) -> list[tuple[Any, Exception | None]]:
        return await self.write(lambda connection: [self._apart(connection, work) for work in works])

    def _apart(self, connection: Connection, work: Callable[[Connection], T]) -> tuple[T | None, Exception | None]:
        """(result, None) or (None, error) of one work among others. Raises when the database itself failed."""
        self.on.savepoint(connection)
        try:
            result = work(connection)
            self.on.written(connection)
            return result, None
        except Exception as error:
            if isinstance(error, FAULTS) and not isinstance(error, BROKEN_RULES):
                raise
            self.on.rollback_to(connection)
            return None, error
        finally:
            self.on.release(connection)

    async def scrub(self) -> None:
        """Takes what was deleted out of the files too, where we can."""
        await self.on.scrub()

    def close(self) -> None:
        """Closes every connection."""
        self.on.close()


def driver(connection: Connection) -> Driver:
    """The driver behind a connection, inside `work`."""
    found: Driver = connection.get_execution_options()[DRIVER]
    return found


def stream(base: Driver, sql: str, values: Sequence[Any]) -> Iterator[Any]:
    """The rows of a statement as they are taken: who stops early has not read on. It ends with its order."""
    if isinstance(base, sqlite3.Connection):
        return base.execute(sql, values)
    return cast(_Further, base).stream(sql, values)


def many(base: Driver, sql: str, kinds: str, rows: Sequence[Sequence[Any]], further: Sequence[Any] = ()) -> Rows:
    """Runs one statement for many keys: where it says `VALUES $ROWS`, these rows stand, at least one.

    kinds: one letter a place, n(umber) or t(ext). further: the values behind them.
    """
    if isinstance(base, sqlite3.Connection):
        return base.execute(wanted(sql, kinds, len(rows)), [value for row in rows for value in row] + [*further])
    return cast(_Further, base).many(sql, kinds, rows, further)


@lru_cache(maxsize=512)
def wanted(sql: str, kinds: str, count: int) -> str:
    """`sql` with `count` rows of places; the first row says their types to the database. Batches are small: few texts."""
    typed = ",".join("CAST(? AS bigint)" if kind == "n" else "CAST(? AS text)" for kind in kinds)
    row = ",".join("?" * len(kinds))
    return sql.replace("$ROWS", f"({typed})" + f",({row})" * (count - 1))


def seen_proofs(metadata: MetaData) -> Table:
    """The replay table of DPoP proofs that each component has: unique (jkt, jti) until `until` (RFC 9449, 11.1)."""
    return Table(
        "seen_proofs",
        metadata,
        Column("jkt", TEXT, primary_key=True),
        Column("jti", TEXT, primary_key=True),
        Column("until", NUMBER, nullable=False, index=True),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def insert_once(connection: Connection, statement: Any, values: dict[str, Any]) -> bool:
    """Runs an `INSERT … ON CONFLICT DO NOTHING`; True when the row was new (claim, never read-then-write)."""
    return bool(connection.execute(statement, values).rowcount == 1)


def claim_proof(connection: Connection, seen: Table, jkt: str, jti: str, now: int, seconds: int) -> bool:
    """Counts a DPoP proof once: True when (jkt, jti) is new. Rows older than their time go in the same transaction.

    seen: the component's table of `seen_proofs`. seconds: how long a proof could be played again.
    """
    base = driver(connection)
    base.execute(f"DELETE FROM {seen.name} WHERE until < ?", (now,))  # noqa: S608 a table of our own
    claim = f"INSERT INTO {seen.name} (jkt, jti, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
    return base.execute(claim, (jkt, jti, now + seconds)).rowcount == 1


def at_head(component: str, connection: Connection) -> bool:
    """Whether the database stands at the newest revision of migrations/<component>: part of readiness."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    stands = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    return stands == [newest_revision(component)]


def newest_revision(component: str) -> str:
    """By the names of the files, of which each follows the one before (tests/house/test_schema.py). Alembic would import
    them all, and itself, to say the same."""
    return max(file.stem.partition("_")[0] for file in (MIGRATIONS / component / "versions").glob("*.py"))


def outbox(metadata: MetaData) -> Table:
    """The outbox of accountability lines of a component (chassis/journal.py). The row id only orders."""
    return Table(
        "journal",
        metadata,
        Column("id", NUMBER, primary_key=True),
        Column("at", NUMBER, nullable=False),
        Column("line", LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )


def put_lines(connection: Connection, table: Table, milliseconds: int, lines: list[bytes]) -> None:
    """Adds accountability lines to an outbox, in the caller's transaction; by the driver, as each look has one."""
    if lines:
        put = f"INSERT INTO {table.name} (at, line) VALUES (?, ?)"  # noqa: S608 a table of our own
        driver(connection).executemany(put, [(milliseconds, line) for line in lines])
