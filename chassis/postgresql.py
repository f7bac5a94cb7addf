# SPDX-License-Identifier: EUPL-1.2
"""Transactions on PostgreSQL: for production, and for more than one process of a part (docs/decisions/0009).

`work` is the same plain function as on SQLite. It runs in a greenlet on the event loop: where it asks the database,
the loop goes on with others (SQLAlchemy's `run_sync`); no thread computes beside it.

A write takes a lock before its first statement, held to the commit and seen by every process: writes take turns as
they do on SQLite, so whatever reads and then writes is right on both. A write that says whom it is about takes turns
only with writes about the same one, and with those that do not say. READ COMMITTED then suffices: each statement sees
all that was committed when the lock was had. A read is one snapshot (REPEATABLE READ).
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_

from chassis.faults import AGAIN, BROKEN_RULES, FAULTS, Unavailable, state_of

T = TypeVar("T")

CONNECTIONS = 10
"""The most connections of one part in one process."""
SECONDS = 2
"""For a connection, for a free one of ours, and for one statement: a silent server is given up on, never waited for."""
TRIES = 3
"""How often a transaction is begun that the server took back to let another go on."""
STATEMENTS = 500
"""Prepared texts remembered per connection."""
_SERVER = {
    "statement_timeout": "2000",
    "lock_timeout": "1000",
    "idle_in_transaction_session_timeout": "5000",
    "timezone": "UTC",
    "synchronous_commit": "on",
    "application_name": "kluisje",
}
EVERYBODY = int.from_bytes(b"kluisje")
"""The advisory lock of all writes: alone for those that do not say whom they are about, shared for those that do."""
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_ALONE = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({EVERYBODY})"
_BESIDE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    f" SELECT pg_advisory_xact_lock_shared({EVERYBODY}); SELECT pg_advisory_xact_lock(%d)"
)


ADMINISTERING = {"timeout": 10, "server_settings": {"timezone": "UTC", "application_name": "kluisje-administration"}}
"""What asyncpg is told without our limits: for migrations and the move."""


def async_url(url: str) -> str:
    """The address as SQLAlchemy wants it for asyncpg, which calls libpq's `sslmode` just `ssl`."""
    made = make_url(url).set(drivername="postgresql+asyncpg")
    if "sslmode" in made.query:
        mode = made.query["sslmode"]
        made = made.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return made.render_as_string(hide_password=False)


class Rows:
    """What a statement of the driver answered, with the face of a cursor of SQLite."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Iterator[tuple[Any, ...]], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)


class AsyncpgDriver:
    """asyncpg's connection with the face of SQLite's, for the few hot statements that are prepared once.

    They are written for both: `?` becomes `$1`, `$2` …; a CROSS JOIN, which tells SQLite in which order to search, is a
    plain JOIN here. To be called inside `work` only.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._prepared: dict[str, Any] = {}

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Runs one statement."""
        statement = self._statement(sql)
        rows = await_(statement.fetch(*values))
        said = statement.get_statusmsg().rpartition(" ")[2]
        return Rows(map(tuple, rows), int(said) if said.isdigit() else -1)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Rows:
        """Runs one statement for each of these."""
        await_(self._statement(sql).executemany(list(rows)))
        return Rows(iter(()), -1)

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement as they are taken, a few at a time: who stops early has not read on."""
        cursor = await_(_opened(self._statement(sql), values))
        while rows := await_(cursor.fetch(16)):
            yield from map(tuple, rows)

    def _statement(self, sql: str) -> Any:
        found = self._prepared.get(sql)
        if found is None:
            if len(self._prepared) >= STATEMENTS:
                self._prepared.clear()
            found = self._prepared[sql] = await_(self._connection.prepare(_numbered(sql)))
        return found


async def _opened(statement: Any, values: Sequence[Any]) -> Any:
    return await statement.cursor(*values)


def _numbered(sql: str) -> str:
    parts = sql.replace("CROSS JOIN", "JOIN").split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]


def _is_dead(raw: Any, error: BaseException) -> bool:
    """Whether a connection broke, so that another one may do better."""
    return bool(raw.is_closed()) or isinstance(error, asyncpg.InternalClientError)


class Postgresql:
    """Transactions over one PostgreSQL database, by a pool of connections that belongs to the running loop."""

    def __init__(self, url: str) -> None:
        self._url = async_url(url)
        self._engine: AsyncEngine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._one_writer = asyncio.Lock()
        self._open: set[Any] = set()
        self._running: set[asyncio.Task[Any]] = set()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """As Database.read."""
        return await self._through(self._transact(work, _READ))

    async def look(self, work: Callable[[Connection], T]) -> T:
        """As Database.look: one statement is a transaction of its own."""
        return await self._through(self._look(work))

    async def read_prepared(self, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """As Database.read_prepared."""
        return await self.read(prepare())

    async def look_prepared(self, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """As Database.look_prepared."""
        return await self.look(prepare())

    async def write(self, work: Callable[[Connection], T], about: str | None = None) -> T:
        """As Database.write. Those that do not say whom they are about wait here for each other, not with a connection
        each."""
        if about is not None:
            key = int.from_bytes(sha256(about.encode()).digest()[:8], signed=True)
            return await self._through(self._transact(work, _BESIDE % key))
        async with self._one_writer:
            return await self._through(self._transact(work, _ALONE))

    async def scrub(self) -> None:
        """Nothing to do: what was deleted goes when the server vacuums (docs/known-weaknesses.md)."""

    def close(self) -> None:
        """Cuts every connection. What is under way is not committed any more."""
        for connection in self._open:
            with suppress(RuntimeError):  # its loop is closed: the socket went with it
                connection.terminate()
        self._open.clear()
        self._engine = self._loop = None

    @staticmethod
    def driver(connection: Connection) -> AsyncpgDriver:
        """The driver behind `connection`, inside `work`."""
        found = connection.connection.info["driver"]
        assert isinstance(found, AsyncpgDriver)
        return found

    def savepoint(self, connection: Connection) -> None:
        """Begins one of several works."""
        self.driver(connection).execute("SAVEPOINT apart")

    def rollback_to(self, connection: Connection) -> None:
        """Takes back what was written since."""
        self.driver(connection).execute("ROLLBACK TO apart")

    def release(self, connection: Connection) -> None:
        """Ends it, unless the whole transaction failed."""
        with suppress(*FAULTS):
            self.driver(connection).execute("RELEASE apart")

    # -- inside --------------------------------------------------------------------------------------------------

    async def _through(self, transaction: Coroutine[Any, Any, T]) -> T:
        """Lets a transaction end, also when whoever asked went away."""
        task = asyncio.ensure_future(transaction)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be left who hears it

    async def _transact(self, work: Callable[[Connection], T], how: str) -> T:
        for left in reversed(range(TRIES)):
            try:
                return await self._once(work, how)
            except Unavailable as error:
                if not left or state_of(error.__cause__ or error) not in AGAIN:
                    raise
        raise AssertionError

    async def _once(self, work: Callable[[Connection], T], how: str) -> T:
        connection = await self._begun(how)
        try:
            result = await connection.run_sync(work)
            await self._commit(connection)
            return result
        except BaseException as error:
            await self._undo(connection)
            if isinstance(error, FAULTS) and not isinstance(error, BROKEN_RULES):
                raise Unavailable from error
            raise
        finally:
            await connection.close()

    async def _look(self, work: Callable[[Connection], T]) -> T:
        for left in reversed(range(CONNECTIONS + 1)):
            connection, raw = await self._connection()
            try:
                return await connection.run_sync(work)
            except FAULTS as error:
                if not left or not _is_dead(raw, error):
                    raise Unavailable from error
                await connection.invalidate()
            finally:
                await connection.close()
        raise AssertionError

    async def _begun(self, how: str) -> AsyncConnection:
        """A connection inside a new transaction. This first statement is the ping: a connection that died meanwhile
        (the server was killed) is thrown away and another taken, as nothing was done yet. Raises Unavailable."""
        for left in reversed(range(CONNECTIONS + 1)):
            connection, raw = await self._connection()
            try:
                await raw.execute(how)
                return connection
            except FAULTS as error:
                dead = _is_dead(raw, error)
                await self._undo(connection)
                await connection.close()
                if not left or not dead:
                    raise Unavailable from error
            except BaseException:
                await self._undo(connection)
                await connection.close()
                raise
        raise AssertionError

    async def _connection(self) -> tuple[AsyncConnection, Any]:
        """A connection of the pool, and the driver's own behind it. Raises Unavailable."""
        try:
            connection = await self._pool().connect()
            raw = (await connection.get_raw_connection()).driver_connection
        except (*FAULTS, OSError, PoolTimeoutError) as error:
            raise Unavailable from error
        return connection, raw

    def _pool(self) -> AsyncEngine:
        loop = asyncio.get_running_loop()
        if self._engine is None or self._loop is not loop:
            self.close()  # of a loop that ended: a command that runs twice
            self._engine, self._loop = self._made(), loop
        return self._engine

    def _made(self) -> AsyncEngine:
        engine = create_async_engine(
            self._url,
            isolation_level="AUTOCOMMIT",  # we say BEGIN and COMMIT ourselves
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=SECONDS,
            pool_reset_on_return=None,
            connect_args={
                "timeout": SECONDS,
                "command_timeout": SECONDS,
                "prepared_statement_cache_size": STATEMENTS,
                "server_settings": _SERVER,
            },
        )

        @event.listens_for(engine.sync_engine, "connect")
        def _prepare(adapted: Any, record: Any) -> None:
            raw = adapted.driver_connection
            record.info["driver"] = AsyncpgDriver(raw)
            self._open.add(raw)
            raw.add_termination_listener(self._open.discard)

        return engine

    async def _commit(self, connection: AsyncConnection) -> None:
        """Ends the transaction durably. A server that answers ROLLBACK to a COMMIT has kept nothing (a statement had
        failed and `work` went on); a connection that breaks leaves us not knowing: both are no yes."""
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        if await raw.execute("COMMIT") != "COMMIT":
            raise asyncpg.InterfaceError("the transaction had failed before its commit")

    async def _undo(self, connection: AsyncConnection) -> None:
        """Rolls back whatever is left; a connection that cannot is thrown away."""
        try:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            if not raw.is_closed():
                await raw.execute("ROLLBACK")
                return
        except (*FAULTS, OSError):
            pass
        with suppress(*FAULTS, OSError):
            await connection.invalidate()
