# SPDX-License-Identifier: EUPL-1.2
"""Transactions on PostgreSQL: for production, and for more than one process of a part (docs/decisions/0009).

`work` is the same plain function as on SQLite. It runs in a greenlet on the event loop: where it asks the database,
the loop goes on with others (SQLAlchemy's `run_sync`); no thread computes beside it.

A write takes a lock before its first statement, held to the commit and seen by every process: writes take turns as
they do on SQLite, so whatever reads and then writes is right on both. A write that says whom it is about takes turns
only with writes about the same one, and with those that do not say. READ COMMITTED then suffices: each statement sees
all that was committed when the lock was had. A read is one snapshot (REPEATABLE READ).

What costs on the hot path is each way to the server and back, some 0.1 ms of our own CPU: hot reads that ask at the same
time share a connection, a snapshot and their statements (chassis/postgresql_reads.py).
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy import Connection, make_url

from chassis.faults import AGAIN, BROKEN_RULES, FAULTS, Unavailable, state_of
from chassis.postgresql_connections import CONNECTIONS, Connections, Line
from chassis.postgresql_driver import AsyncpgDriver
from chassis.postgresql_reads import Outcome, Work, side_by_side
from chassis.sqlite import DRIVER
from chassis.together import Together

T = TypeVar("T")
Prepare = Callable[[], Work]

TRIES = 3
"""How often a transaction is begun that the server took back to let another go on."""
LOOKS, READS = 64, 16
"""The most that are answered side by side: by one statement; by several, whose answers are larger."""

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


def _is_dead(raw: Any, error: BaseException) -> bool:
    """Whether a connection broke, so that another one may do better."""
    return bool(raw.is_closed()) or isinstance(error, asyncpg.InternalClientError)


def _its_own(error: BaseException) -> bool:
    """Whether a fault lies in what was asked: a value that is none, a table that is not there."""
    return (state_of(error) or "")[:2] in ("22", "42")


class Postgresql:
    """Transactions over one PostgreSQL database, by connections that belong to the running loop."""

    def __init__(self, url: str) -> None:
        self._url = async_url(url)
        self._connections: Connections | None = None
        self._one_writer = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._looks: Together[Prepare, Outcome] = Together(partial(self._answers, None), LOOKS)
        self._reads: Together[Prepare, Outcome] = Together(partial(self._answers, _READ), READS)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """As Database.read."""
        return await self._through(self._transact(work, _READ))

    async def look(self, work: Callable[[Connection], T]) -> T:
        """As Database.look: one statement is a transaction of its own."""
        return await self.look_prepared(lambda: work)

    async def read_prepared(self, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """As Database.read_prepared, with all that ask while those before are answered."""
        return cast(T, _told(await self._reads.ask(prepare)))

    async def look_prepared(self, prepare: Callable[[], Callable[[Connection], T]]) -> T:
        """As Database.look_prepared, in the same way."""
        return cast(T, _told(await self._looks.ask(prepare)))

    async def write(self, work: Callable[[Connection], T], about: str | None = None) -> T:
        """As Database.write. Those that do not say whom they are about wait here for each other, not with a connection
        each."""
        if about is not None:
            key = int.from_bytes(sha256(about.encode()).digest()[:8], signed=True)
            return await self._through(self._transact(work, _BESIDE % key))
        async with self._one_writer:
            return await self._through(self._transact(work, _ALONE))

    async def claim(self, work: Callable[[Connection], T]) -> T:
        """As Database.claim: without BEGIN, the server commits the statement before it answers. Not tried again on a
        connection that broke: the claim may be there."""
        return await self._through(self._claim(work))

    async def scrub(self) -> None:
        """Nothing to do: what was deleted goes when the server vacuums (docs/known-weaknesses.md)."""

    def close(self) -> None:
        """Cuts every connection. What is under way is not committed any more."""
        if self._connections is not None:
            self._connections.close()
            self._connections = None

    @staticmethod
    def driver(connection: Connection) -> AsyncpgDriver:
        """The driver behind `connection`, inside `work`."""
        found: AsyncpgDriver = connection.get_execution_options()[DRIVER]
        return found

    def savepoint(self, connection: Connection) -> None:
        """Begins one of several works."""
        self.driver(connection).execute("SAVEPOINT apart")

    def rollback_to(self, connection: Connection) -> None:
        """Takes back what was written since."""
        driver = self.driver(connection)
        driver.forget()
        driver.execute("ROLLBACK TO apart")

    def written(self, connection: Connection) -> None:
        """All that was written since is with the server, and if not, this raises."""
        self.driver(connection).flush()

    def release(self, connection: Connection) -> None:
        """Ends it, unless the whole transaction failed."""
        with suppress(*FAULTS):
            self.driver(connection).execute("RELEASE apart")

    # -- inside --------------------------------------------------------------------------------------------------

    async def _through(self, transaction: Coroutine[Any, Any, T]) -> T:
        """Lets a transaction end, also when whoever asked went away."""
        return await asyncio.shield(self._begin(transaction))

    def _begin(self, transaction: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.ensure_future(transaction)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

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
        line = await self._begun(how)
        try:
            result = await line.run(work)
            await self._commit(line)
            return result
        except BaseException as error:
            await line.undo(error)
            if isinstance(error, FAULTS) and not isinstance(error, BROKEN_RULES):
                raise Unavailable from error
            raise
        finally:
            line.back()

    async def _claim(self, work: Callable[[Connection], T]) -> T:
        line = await self._here().take()
        try:
            return await line.run(work)
        except FAULTS as error:
            await line.undo(error)
            if isinstance(error, BROKEN_RULES):
                raise
            raise Unavailable from error
        finally:
            line.back()

    async def _begun(self, how: str) -> Line:
        """A connection inside a new transaction. This first statement is the ping: a connection that died meanwhile
        (the server was killed) is thrown away and another taken, as nothing was done yet. Raises Unavailable."""
        for left in reversed(range(CONNECTIONS + 1)):
            line = await self._here().take()
            try:
                await line.raw.execute(how)
                return line
            except BaseException as error:
                await self._failed(line, error, left)
        raise AssertionError

    @staticmethod
    async def _failed(line: Line, error: BaseException, left: int) -> None:
        """Gives back a connection on which something failed. Raises, unless it broke and another one may be tried."""
        dead = _is_dead(line.raw, error)
        await line.undo(error)
        line.back()
        if not isinstance(error, FAULTS):
            raise error
        if not left or not dead:
            raise Unavailable from error

    async def _commit(self, line: Line) -> None:
        """Ends the transaction durably. A server that answers ROLLBACK to a COMMIT has kept nothing (a statement had
        failed and `work` went on); a connection that breaks leaves us not knowing: both are no yes."""
        if await line.raw.execute("COMMIT") != "COMMIT":
            raise asyncpg.InterfaceError("the transaction had failed before its commit")

    # -- side by side --------------------------------------------------------------------------------------------

    async def _answers(self, how: str | None, prepares: Sequence[Prepare]) -> list[Outcome]:
        """The outcomes of all who ask. how: begins their snapshot; None: each asks one thing and needs none."""
        outcomes = [_prepared(one) for one in prepares]
        works = [work for work, _ in outcomes if work is not None]
        found = iter(await self._side_by_side(how, works) if works else ())
        return [next(found) if work is not None else (None, failed) for work, failed in outcomes]

    async def _side_by_side(self, how: str | None, works: Sequence[Work]) -> list[Outcome]:
        try:
            return await self._read(how, works)
        except Unavailable as error:
            if len(works) == 1 or not _its_own(error.__cause__ or error):
                raise
        found: list[Outcome] = []
        for work in works:  # somebody asked what cannot be asked: each for itself
            try:
                found += await self._read(how, [work])
            except Unavailable as error:
                found.append((None, error))
        return found

    async def _read(self, how: str | None, works: Sequence[Work]) -> list[Outcome]:
        for left in reversed(range(CONNECTIONS + 1)):
            line = await (self._here().take() if how is None else self._begun(how))
            try:
                found = await side_by_side(line.driver, works)
            except BaseException as error:
                await self._failed(line, error, left)
            else:
                if how is None:
                    line.back()
                else:
                    self._begin(self._end(line))  # nobody waits for the end of a snapshot
                return found
        raise AssertionError

    async def _end(self, line: Line) -> None:
        await line.undo()
        line.back()

    def _here(self) -> Connections:
        """The connections of this loop."""
        if self._connections is None or self._connections.loop is not asyncio.get_running_loop():
            self.close()  # of a loop that ended: a command that runs twice
            self._connections = Connections(self._url)
        return self._connections


def _prepared(prepare: Prepare) -> tuple[Work, None] | tuple[None, Exception]:
    try:
        return prepare(), None
    except Exception as error:
        return None, error


def _told(outcome: Outcome) -> Any:
    result, failed = outcome
    if failed is not None:
        raise failed
    return result
