# SPDX-License-Identifier: EUPL-1.2
"""One database per component. `work` is a plain synchronous function over a `Connection`.

Because `work` cannot await, no transaction can be open across a call to another part (house.md, habit 7): the guard
is the shape itself. On SQLite statements run where the event loop runs (a point look-up takes some 10 µs, a thread
hop costs more and two threads fight over the interpreter); only the durable commit, which waits for the disk and
needs no interpreter, runs in a thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool

__all__ = [
    "BROKEN_RULES",
    "FAULTS",
    "Connection",
    "Database",
    "Table",
    "Unavailable",
    "at_head",
    "claim_proof",
    "insert_once",
    "migrate",
    "outbox",
    "put_lines",
    "seen_proofs",
]

T = TypeVar("T")

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
BUSY_MS = 2000

# WAL and FULL: a commit that was acknowledged survives a power cut. secure_delete: what is erased is gone from the
# file. A checkpoint of 20,000 pages keeps the write-ahead log out of the hot path (performance.md).
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA secure_delete=ON",
    "PRAGMA wal_autocheckpoint=20000",
    "PRAGMA cache_size=-32768",
)


MOST_JOINED = 64
"""Works in one joint transaction: what else waits comes in the next."""

# What a database can raise, through SQLAlchemy or straight from the driver; and of these, a rule of the schema that a
# statement broke, which is for the caller to judge.
FAULTS = (DBAPIError, sqlite3.Error)
BROKEN_RULES = (IntegrityError, sqlite3.IntegrityError)


class Unavailable(Exception):
    """The database is away, locked too long or full. Nothing of this transaction was kept."""


def _sqlite(url: str) -> Engine:
    """An engine of one connection that begins no transaction by itself: who uses it does."""
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return engine


class Database:
    """The component's database: `read` and `write` (and `join`, a write with others), nothing else.

    url: `sqlite:///…`. One connection reads, one writes; WAL lets them run side by side.
    """

    def __init__(self, url: str) -> None:
        if not url.startswith("sqlite:"):
            raise ValueError("this release runs on SQLite: give a sqlite:/// URL")
        self.url = url
        self._writer = _sqlite(url).connect()
        self._reader = _sqlite(url).connect()
        self._one_writer = asyncio.Lock()
        self._waiting: list[tuple[Callable[[Connection], Any], asyncio.Future[Any]]] = []
        self._joint: asyncio.Task[None] | None = None
        self._flush = ThreadPoolExecutor(1, thread_name_prefix="commit")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one read transaction: a consistent snapshot. Raises Unavailable.

        The driver begins and ends it: SQLAlchemy's own bookkeeping costs more than the look-up of a hot read.
        """
        reader = self._reader
        driver = self.driver(reader)
        try:
            driver.execute("BEGIN")
            try:
                return work(reader)
            finally:
                if reader.in_transaction():  # `work` ran a statement through SQLAlchemy, which counts along
                    reader.rollback()
                else:
                    driver.rollback()
        except FAULTS as error:
            raise Unavailable from error

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Runs `work`, which runs one statement of the driver: it needs no transaction around it. Raises Unavailable."""
        try:
            return work(self._reader)
        except FAULTS as error:
            raise Unavailable from error

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one write transaction and returns after the durable commit.

        Any exception of `work` rolls back and is raised as it is; a failing database raises Unavailable.
        """
        async with self._one_writer:
            try:
                self.driver(self._writer).execute("BEGIN IMMEDIATE")
            except FAULTS as error:
                raise Unavailable from error
            try:
                result = work(self._writer)
                await self._committed(asyncio.get_running_loop().run_in_executor(self._flush, self._commit))
                return result
            except BaseException as error:
                self._undo()
                if isinstance(error, FAULTS) and not isinstance(error, BROKEN_RULES):
                    raise Unavailable from error
                raise

    async def join(self, work: Callable[[Connection], T]) -> T:
        """As `write`, in one transaction with all that came while the one before was under way: one durable commit for
        a whole crowd. For what comes in crowds and is short.

        An exception of `work` takes back what that work wrote, and nothing else. A commit that fails answers nobody.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, answer))
        if self._joint is None:
            self._joint = asyncio.create_task(self._drain())
        return await answer

    async def _drain(self) -> None:
        """One transaction after the other until nobody waits. A task of its own: no caller that goes away ends it."""
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[:MOST_JOINED], self._waiting[MOST_JOINED:]
                await self._together([one for one in taken if not one[1].done()])
        finally:
            self._joint = None

    async def _together(self, taken: Sequence[tuple[Callable[[Connection], Any], asyncio.Future[Any]]]) -> None:
        outcomes: list[tuple[Any, Exception | None]]
        try:
            outcomes = await self.write(lambda connection: [self._apart(connection, work) for work, _ in taken])
        except Exception as error:
            outcomes = [(None, error)] * len(taken)
        for (_, answer), (result, failed) in zip(taken, outcomes, strict=True):
            if answer.done():  # whoever asked went away meanwhile
                continue
            if failed is None:
                answer.set_result(result)
            else:
                answer.set_exception(failed)

    def _apart(self, connection: Connection, work: Callable[[Connection], T]) -> tuple[T | None, Exception | None]:
        """(result, None) or (None, error) of one work among others. Raises when the database itself failed."""
        driver = self.driver(connection)
        driver.execute("SAVEPOINT apart")
        try:
            return work(connection), None
        except Exception as error:
            if isinstance(error, FAULTS) and not isinstance(error, BROKEN_RULES):
                raise
            driver.execute("ROLLBACK TO apart")
            return None, error
        finally:
            if driver.in_transaction:  # a full disk may have ended it all
                driver.execute("RELEASE apart")

    def _commit(self) -> None:
        """Ends the transaction durably; SQLAlchemy has one of its own if `work` ran a statement through it."""
        if (counted := self._writer.get_transaction()) is not None:
            counted.commit()
        else:
            self.driver(self._writer).commit()

    async def _committed(self, commit: asyncio.Future[None]) -> None:
        """Waits for a commit to end, also when whoever asked went away: the connection is not free before."""
        cancelled: asyncio.CancelledError | None = None
        while not commit.done():
            try:
                await asyncio.wait((commit,))
            except asyncio.CancelledError as error:
                cancelled = error
        commit.result()
        if cancelled is not None:
            raise cancelled

    def _undo(self) -> None:
        """Rolls back whatever is left. After a failed commit SQLAlchemy holds its transaction for ended while the
        driver may still be inside one; after a full disk it is the other way round. So ask the driver."""
        if (counted := self._writer.get_transaction()) is not None:
            with suppress(*FAULTS):
                counted.rollback()
        driver = self.driver(self._writer)
        if driver.in_transaction:
            with suppress(*FAULTS):
                driver.rollback()

    def driver(self, connection: Connection) -> sqlite3.Connection:
        """The driver's own connection inside `work`, for the few hot statements that are prepared once."""
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return driver

    async def scrub(self) -> None:
        """Empties the write-ahead log into the file: what was deleted (secure_delete) is then in neither.

        A reader of another process can keep a part of it back; the next scrub takes that along.
        """
        async with self._one_writer:
            driver = self.driver(self._writer)

            def empty() -> None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

            try:
                await self._committed(asyncio.get_running_loop().run_in_executor(self._flush, empty))
            except sqlite3.Error as error:
                raise Unavailable from error

    def close(self) -> None:
        """Closes both connections; waits for a commit that is under way."""
        self._flush.shutdown(wait=True)
        for connection in (self._reader, self._writer):
            engine = connection.engine
            connection.close()
            engine.dispose()


def seen_proofs(metadata: MetaData) -> Table:
    """The replay table of DPoP proofs that each component has: unique (jkt, jti) until `until` (RFC 9449, 11.1)."""
    return Table(
        "seen_proofs",
        metadata,
        Column("jkt", Text, primary_key=True),
        Column("jti", Text, primary_key=True),
        Column("until", Integer, nullable=False, index=True),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _config(component: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / component))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(component: str, url: str, revision: str = "head") -> None:
    """Brings a component's database to a revision of migrations/<component>."""
    engine = _sqlite(url)
    config = _config(component, url)
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        if revision == "base" or revision.startswith("-"):
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
    engine.dispose()


def at_head(component: str, url: str, connection: Connection) -> bool:
    """Whether the database stands at the newest revision: part of readiness."""
    head = ScriptDirectory.from_config(_config(component, url)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def insert_once(connection: Connection, statement: Any, values: dict[str, Any]) -> bool:
    """Runs an `INSERT … ON CONFLICT DO NOTHING`; True when the row was new (claim, never read-then-write)."""
    return bool(connection.execute(statement, values).rowcount == 1)


def claim_proof(connection: Connection, seen: Table, jkt: str, jti: str, now: int, seconds: int) -> bool:
    """Counts a DPoP proof once: True when (jkt, jti) is new. Rows older than their time go in the same transaction.

    seen: the component's table of `seen_proofs`. seconds: how long a proof could be played again.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute(f"DELETE FROM {seen.name} WHERE until < ?", (now,))  # noqa: S608 a table of our own
    claim = f"INSERT INTO {seen.name} (jkt, jti, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
    return driver.execute(claim, (jkt, jti, now + seconds)).rowcount == 1


def outbox(metadata: MetaData) -> Table:
    """The outbox of accountability lines of a component (chassis/journal.py). The row id only orders."""
    return Table(
        "journal",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("at", Integer, nullable=False),
        Column("line", LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )


def put_lines(connection: Connection, table: Table, milliseconds: int, lines: list[bytes]) -> None:
    """Adds accountability lines to an outbox, in the caller's transaction; by the driver, as each look has one."""
    if lines:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        put = f"INSERT INTO {table.name} (at, line) VALUES (?, ?)"  # noqa: S608 a table of our own
        driver.executemany(put, [(milliseconds, line) for line in lines])
