# SPDX-License-Identifier: EUPL-1.2
"""The database: durable settings, one writer, whole or nothing, also when whoever asked goes away."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select
from sqlalchemy.exc import IntegrityError

from chassis.database import MOST_JOINED, Database, Unavailable, claim_proof, driver, seen_proofs
from chassis.sqlite import Sqlite

METADATA = MetaData()
THINGS = Table("things", METADATA, Column("id", Integer, primary_key=True), Column("name", Text), sqlite_strict=True)
SEEN = seen_proofs(METADATA)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'things.sqlite3'}")
    await database.write(METADATA.create_all)
    yield database
    database.close()


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(THINGS)).scalar_one()


async def test_settings_are_the_durable_ones(database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "secure_delete": 1}
    wanted["temp_store"] = 2  # memory
    for name, value in wanted.items():
        found = await database.write(lambda c, n=name: c.exec_driver_sql(f"PRAGMA {n}").scalar_one())  # type: ignore[misc]
        assert found == value, name


async def test_a_failing_write_keeps_nothing(database: Database) -> None:
    def failing(connection: Connection) -> None:
        connection.execute(insert(THINGS), {"id": 1, "name": "half"})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(failing)
    assert await database.read(count) == 0
    await database.write(lambda c: c.execute(insert(THINGS), {"id": 1, "name": "whole"}).rowcount)
    assert await database.read(count) == 1


async def test_many_writers_take_turns(database: Database) -> None:
    def add(connection: Connection) -> int:
        number = count(connection) + 1
        connection.execute(insert(THINGS), {"id": number, "name": "n"})
        return number

    numbers = await asyncio.gather(*(database.write(add) for _ in range(50)))
    assert sorted(numbers) == list(range(1, 51))


async def test_who_goes_away_leaves_a_whole_database(database: Database) -> None:
    async def one(number: int) -> None:
        await database.write(lambda c: c.execute(insert(THINGS), {"id": number, "name": "n"}).rowcount)

    tasks = [asyncio.create_task(one(number)) for number in range(20)]
    await asyncio.sleep(0.002)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    before = await database.read(count)
    await one(100)
    assert await database.read(count) == before + 1


# -- read together -----------------------------------------------------------------------------------------------


async def test_reads_of_one_turn_are_answered_each_for_itself(database: Database) -> None:
    """One fails by itself, one in the database, one went away: the others have their answers."""

    def wrong(connection: Connection) -> int:
        raise KeyError

    def faulty(connection: Connection) -> int:
        return len(driver(connection).execute("SELECT * FROM nowhere").fetchall())

    works = (count, wrong, count, faulty, lambda c: driver(c).execute("SELECT 7").fetchone()[0], count)
    asked = [asyncio.create_task(database.read(work)) for work in works]
    await asyncio.sleep(0)
    asked[2].cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [found[0], found[4], found[5]] == [0, 7, 0]
    assert [type(found[n]) for n in (1, 2, 3)] == [KeyError, asyncio.CancelledError, Unavailable]
    assert await database.read(count) == 0


async def test_what_comes_before_reads_is_done_for_all_and_each_fails_for_itself(database: Database) -> None:
    done: list[str] = []

    def prepares(name: str) -> Callable[[], Callable[[Connection], str]]:
        def prepare() -> Callable[[Connection], str]:
            done.append(f"{name} is prepared")
            if name == "bad":
                raise ValueError(name)
            return lambda connection: done.append(f"{name} is read") or f"{name} {count(connection)}"  # type: ignore[func-returns-value]

        return prepare

    asked = [asyncio.create_task(database.read_prepared(prepares(name))) for name in ("one", "gone", "bad", "two")]
    await asyncio.sleep(0)
    asked[1].cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert done == ["one is prepared", "bad is prepared", "two is prepared", "one is read", "two is read"]
    assert [found[0], found[3]] == ["one 0", "two 0"]
    assert isinstance(found[1], asyncio.CancelledError)
    assert repr(found[2]) == "ValueError('bad')"
    with pytest.raises(ValueError, match="bad"):
        await database.look_prepared(prepares("bad"))


async def test_a_read_after_a_commit_sees_it(database: Database) -> None:
    """Also among reads that asked in the same turn as others, again and again: no snapshot outlives its turn."""
    for number in range(1, 20):
        await database.write(lambda c, n=number: c.execute(insert(THINGS), {"id": n, "name": "n"}).rowcount)  # type: ignore[misc]
        assert await asyncio.gather(*(database.read(count) for _ in range(3)), database.look(count)) == [number] * 4


async def test_no_read_is_answered_from_an_older_snapshot(database: Database) -> None:
    """A snapshot that could not be ended answers nobody, rather than what is no longer so."""
    on = database.on
    assert isinstance(on, Sqlite)
    on.driver(on._reader).execute("BEGIN")
    on.driver(on._reader).execute("SELECT * FROM things").fetchall()
    await database.write(lambda c: c.execute(insert(THINGS), {"id": 1, "name": "n"}).rowcount)
    with pytest.raises(Unavailable):
        await database.read(count)
    assert await database.read(count) == 1


# -- written together --------------------------------------------------------------------------------------------


def add(number: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(insert(THINGS), {"id": number, "name": "n"})
        return number

    return work


async def test_a_crowd_shares_commits_and_each_gets_its_own_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits, commit = [], database.on._commit
    monkeypatch.setattr(database.on, "_commit", lambda: (commits.append(1), commit())[1])
    numbers = await asyncio.gather(*(database.join(add(number)) for number in range(MOST_JOINED + 10)))
    assert numbers == list(range(MOST_JOINED + 10))
    assert await database.read(count) == MOST_JOINED + 10
    assert len(commits) == 2, "so many at once, and what was left"


async def test_one_of_a_crowd_that_fails_takes_back_its_own_and_nothing_else(database: Database) -> None:
    def half(connection: Connection) -> int:
        connection.execute(insert(THINGS), {"id": 100, "name": "half"})
        raise RuntimeError("this one")

    works = [add(1), half, add(1), add(2), lambda c: c.execute(insert(THINGS), {"id": 100, "name": "whole"}).rowcount]
    found = await asyncio.gather(*(database.join(work) for work in works), return_exceptions=True)
    assert [found[0], found[3], found[4]] == [1, 2, 1]
    assert isinstance(found[1], RuntimeError)
    assert isinstance(found[2], IntegrityError), "a rule of the schema that it broke is its own to judge"
    assert await database.read(count) == 3


async def test_who_goes_away_from_a_crowd_takes_nobody_along(database: Database) -> None:
    tasks = [asyncio.create_task(database.join(add(number))) for number in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    stayed = [number for number in range(30) if number % 3]
    assert [found[number] for number in stayed] == stayed
    assert await database.read(count) >= len(stayed)
    assert await database.join(add(100)) == 100


@pytest.mark.promise("P04")
async def test_a_joint_commit_that_fails_answers_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(database.on, "_commit", fails)
        found = await asyncio.gather(*(database.join(add(number)) for number in range(5)), return_exceptions=True)
        assert [type(one) for one in found] == [Unavailable] * 5
    assert await database.read(count) == 0
    assert await database.join(add(1)) == 1


async def test_strict_tables_and_missing_tables(database: Database) -> None:
    with pytest.raises(Unavailable):
        await database.read(lambda c: c.exec_driver_sql("SELECT * FROM nowhere").all())
    with pytest.raises(Exception, match=r"datatype|cannot store"):
        await database.write(lambda c: c.exec_driver_sql("INSERT INTO things VALUES (1, x'00')").rowcount)


async def test_a_proof_counts_once_until_its_time(database: Database) -> None:
    async def claim(jti: str, now: int) -> bool:
        return await database.write(lambda c: claim_proof(c, SEEN, "key", jti, now, 120))

    assert await claim("a", 1000)
    assert not await claim("a", 1001)
    assert await claim("b", 1001)
    assert await claim("c", 2000)
    left = await database.read(lambda c: c.execute(select(func.count()).select_from(SEEN)).scalar_one())
    assert left == 1


async def test_sixteen_at_once_one_wins(database: Database) -> None:
    claims = (database.write(lambda c: claim_proof(c, SEEN, "key", "jti", 1000, 120)) for _ in range(16))
    assert sorted(await asyncio.gather(*claims)) == [False] * 15 + [True]


async def test_a_commit_that_fails_leaves_the_connection_free(database: Database) -> None:
    """A rule that is checked at the commit only: SQLite refuses the commit and stays inside the transaction."""

    def make(connection: Connection) -> None:
        connection.exec_driver_sql(
            "CREATE TABLE parts (id INTEGER PRIMARY KEY, "
            "thing INTEGER REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)"
        )

    await database.write(make)
    with pytest.raises(IntegrityError):
        await database.write(lambda c: c.exec_driver_sql("INSERT INTO parts VALUES (1, 99)").rowcount)
    await database.write(lambda c: c.execute(insert(THINGS), {"id": 99, "name": "whole"}).rowcount)
    assert await database.read(lambda c: c.exec_driver_sql("SELECT * FROM parts").all()) == []
    assert await database.read(count) == 1


async def test_a_fault_straight_from_the_driver_is_unavailable_too(database: Database) -> None:
    with pytest.raises(Unavailable):
        await database.write(lambda c: driver(c).execute("SELECT * FROM nowhere").fetchall())
    await database.write(lambda c: c.execute(insert(THINGS), {"id": 1, "name": "whole"}).rowcount)
