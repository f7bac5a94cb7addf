# SPDX-License-Identifier: EUPL-1.2
"""Transactions on SQLite: the embedded default. One connection reads, one writes; WAL lets them run side by side.

Statements run where the event loop runs (a point look-up takes some 10 µs, a thread hop costs more and two threads
fight over the interpreter); only the durable commit, which waits for the disk and needs no interpreter, runs in a
thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from chassis.faults import BROKEN_RULES, FAULTS, Unavailable

T = TypeVar("T")
_Asked = tuple[Callable[[], Callable[[Connection], Any]], asyncio.Future[Any]]

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
    "PRAGMA temp_store=MEMORY",  # nothing of a row lies in a folder for temporary files, and a container needs none
    "PRAGMA wal_autocheckpoint=20000",
    "PRAGMA cache_size=-32768",
)


DRIVER = "kluisje_driver"
"""Under this option of ours a connection names its driver: the way there through the pool costs more than a look-up."""


def sqlite_engine(url: str) -> Engine:
    """An engine of one connection that begins no transaction by itself: who uses it does."""
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return engine


def _connected(url: str) -> Connection:
    made = sqlite_engine(url).connect()
    return made.execution_options(**{DRIVER: made.connection.driver_connection})


def _refuse(answer: asyncio.Future[Any], error: BaseException) -> None:
    """Unavailable, because of `error`, to whoever has no answer yet."""
    if not answer.done():
        refusal = Unavailable()
        refusal.__cause__ = error
        answer.set_exception(refusal)


class Sqlite:
    """Transactions over one file."""

    def __init__(self, url: str) -> None:
        self._writer, self._reader = _connected(url), _connected(url)
        self._asking: list[_Asked] = []
        self._one_writer = asyncio.Lock()
        self._flush = ThreadPoolExecutor(1, thread_name_prefix="commit")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """As Database.read."""
        return await self.read_prepared(lambda: work)

    async def read_prepared(self, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """As Database.read_prepared. All that ask in one turn of the event loop are prepared one after the other, and then
        run one after the other on one snapshot, begun after the last of them asked: from the second on, the code, the
        statements and their pages are at hand."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        if not self._asking:
            loop.call_soon(self._read_together)
        self._asking.append((prepare, answer))
        return await answer

    look, look_prepared = read, read_prepared  # as Database.look: one statement more on that snapshot

    def _read_together(self) -> None:
        """The driver begins and ends it: SQLAlchemy's own bookkeeping costs more than the look-up of a hot read."""
        asking, self._asking = self._asking, []
        taken = [(work, answer) for work, answer in map(self._prepared, asking) if work is not None]
        if not taken:
            return
        reader = self._reader
        driver = self.driver(reader)
        try:
            driver.execute("BEGIN")  # raises inside an older snapshot: nobody is ever answered from that
            try:
                for work, answer in taken:
                    self._tell(work, answer)
            finally:
                if reader.in_transaction():  # a `work` ran a statement through SQLAlchemy, which counts along
                    reader.rollback()
                else:
                    driver.rollback()
        except FAULTS as error:
            with suppress(*FAULTS):
                driver.rollback()
            for _, answer in taken:
                _refuse(answer, error)

    @staticmethod
    def _prepared(asked: _Asked) -> tuple[Callable[[Connection], Any] | None, asyncio.Future[Any]]:
        """The work of one who asks; None: it went away, or there is none and it has been told why."""
        prepare, answer = asked
        if not answer.done():
            try:
                return prepare(), answer
            except Exception as error:
                answer.set_exception(error)
        return None, answer

    def _tell(self, work: Callable[[Connection], T], answer: asyncio.Future[T]) -> None:
        """Answers one of those who asked together. Its fault is its own, unless the snapshot ended with it."""
        if answer.done():  # whoever asked went away
            return
        try:
            answer.set_result(work(self._reader))
        except FAULTS as error:
            _refuse(answer, error)
            if not self.driver(self._reader).in_transaction:
                raise
        except Exception as error:
            answer.set_exception(error)

    async def write(self, work: Callable[[Connection], T], about: str | None = None) -> T:
        """As Database.write. There is one writer, whatever it is about."""
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

    async def claim(self, work: Callable[[Connection], T]) -> T:
        """As Database.claim."""
        return await self.write(work)

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

    @staticmethod
    def driver(connection: Connection) -> sqlite3.Connection:
        """The driver's own connection inside `work`, for the few hot statements that are prepared once."""
        driver: sqlite3.Connection = connection.get_execution_options()[DRIVER]
        return driver

    def savepoint(self, connection: Connection) -> None:
        """Begins one of several works."""
        self.driver(connection).execute("SAVEPOINT apart")

    def rollback_to(self, connection: Connection) -> None:
        """Takes back what was written since."""
        self.driver(connection).execute("ROLLBACK TO apart")

    def written(self, connection: Connection) -> None:
        """Nothing to do: all was written where it was said."""

    def release(self, connection: Connection) -> None:
        """Ends it. A full disk may have ended it all before."""
        driver = self.driver(connection)
        if driver.in_transaction:
            driver.execute("RELEASE apart")

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
