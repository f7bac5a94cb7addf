# SPDX-License-Identifier: EUPL-1.2
"""The connections of one part in one process to its PostgreSQL: a few, kept open, each used by one at a time.

Each has two faces: SQLAlchemy's, and the driver's for hot statements. They belong to one event loop. To take one and to
give it back asks the server nothing: a connection that is not just as it was is thrown away instead.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.faults import FAULTS, Unavailable
from chassis.postgresql_driver import STATEMENTS, AsyncpgDriver
from chassis.sqlite import DRIVER

T = TypeVar("T")

CONNECTIONS = 10
"""The most of one part in one process."""
SECONDS = 2
"""For a connection, for a free one of ours, and for one statement: a silent server is given up on, never waited for."""
_SERVER = {
    "statement_timeout": "2000",
    "lock_timeout": "1000",
    "idle_in_transaction_session_timeout": "5000",
    "timezone": "UTC",
    "synchronous_commit": "on",
    "application_name": "kluisje",
}


class Line:
    """One connection. raw: asyncpg's own. back: gives it back, for the next."""

    def __init__(self, outer: AsyncConnection, raw: Any, give: "Callable[[Line], None]") -> None:
        assert outer.sync_connection is not None
        self.raw, self.driver, self._outer = raw, AsyncpgDriver(raw), outer
        self.back = partial(give, self)
        self.connection = outer.sync_connection.execution_options(**{DRIVER: self.driver})
        self.connection.detach()  # SQLAlchemy has no pool of it: we keep it and cut it ourselves

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returned; where it asks the database, the loop goes on with others. All that it wrote is with the
        server then."""
        return await self._outer.run_sync(self._run, work)

    def _run(self, _connection: Connection, work: Callable[[Connection], T]) -> T:
        try:
            result = work(self.connection)
            self.driver.flush()
            return result
        finally:
            self.driver.forget()
            if self.connection.in_transaction():  # SQLAlchemy counts along; we say BEGIN and COMMIT ourselves
                self.connection.rollback()

    @property
    def usable(self) -> bool:
        """Whether it is open and in no transaction, as far as we heard."""
        return not (self.raw.is_closed() or self.connection.invalidated or self.raw.is_in_transaction())

    async def undo(self, error: BaseException | None = None) -> None:
        """Rolls back whatever is left. One that cannot, or that said nothing until now, is cut: who waits behind it has
        waited enough, and the server gives up by its own clock."""
        if self.raw.is_closed():
            return
        if isinstance(error, TimeoutError):
            self.raw.terminate()
            return
        try:
            await self.raw.execute("ROLLBACK")
        except (*FAULTS, OSError):
            self.raw.terminate()


class Connections:
    """All of them. url: as SQLAlchemy wants it for asyncpg."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.get_running_loop()
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._free: list[Line] = []
        self._open: set[Any] = set()
        self._engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",  # we say BEGIN and COMMIT ourselves
            poolclass=NullPool,
            connect_args={
                "timeout": SECONDS,
                "command_timeout": SECONDS,
                "prepared_statement_cache_size": STATEMENTS,
                "server_settings": _SERVER,
            },
        )
        event.listen(self._engine.sync_engine, "before_cursor_execute", _flush)

    async def take(self) -> Line:
        """The one that was used last, or a new one. Raises Unavailable."""
        try:
            if self._turns.locked():
                async with asyncio.timeout(SECONDS):
                    await self._turns.acquire()
            else:
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable from error
        try:
            while self._free:
                line = self._free.pop()
                if line.usable:
                    return line
                line.raw.terminate()
            return await self._connected()
        except BaseException:
            self._turns.release()
            raise

    def _give(self, line: Line) -> None:
        if line.usable:
            self._free.append(line)
        else:
            line.raw.terminate()
        self._turns.release()

    def close(self) -> None:
        """Cuts every connection."""
        for raw in list(self._open):
            with suppress(RuntimeError):  # its loop is closed: the socket went with it
                raw.terminate()
        self._open.clear()
        self._free.clear()

    async def _connected(self) -> Line:
        try:
            outer = await self._engine.connect()
            raw = (await outer.get_raw_connection()).driver_connection
        except (*FAULTS, OSError, PoolTimeoutError) as error:
            raise Unavailable from error
        assert raw is not None
        self._open.add(raw)
        raw.add_termination_listener(self._open.discard)
        return Line(outer, raw, self._give)


def _flush(connection: Connection, *_: object) -> None:
    """Before SQLAlchemy asks anything, what the driver holds back is written."""
    driver = connection.get_execution_options().get(DRIVER)
    if driver is not None:
        driver.flush()
