# SPDX-License-Identifier: EUPL-1.2
"""Transactions on PostgreSQL: the settings that matter, turns, dead connections, and a COMMIT that is none."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from itertools import islice

import pytest
from asyncpg import IntegrityConstraintViolationError

from chassis.database import FAULTS, Connection, Database, Unavailable, driver, stream
from chassis.postgresql_connections import CONNECTIONS
from tests.databases import Cluster, query

Made = Callable[[str], tuple[str, str]]


@pytest.fixture
async def database(empty: Made) -> AsyncIterator[Database]:
    made = Database(empty("vault")[1])
    await made.write(lambda c: driver(c).execute("CREATE TABLE things (id bigint PRIMARY KEY, n bigint)"))
    yield made
    made.close()


def put(number: int) -> Callable[[Connection], object]:
    return lambda c: driver(c).execute("INSERT INTO things VALUES (?, 0)", (number,))


def count(connection: Connection) -> int:
    return int(driver(connection).execute("SELECT count(*) FROM things").fetchone()[0])


async def test_settings_are_the_durable_and_impatient_ones(database: Database) -> None:
    wanted = {
        "synchronous_commit": "on", "statement_timeout": "2s", "lock_timeout": "1s", "fsync": "on",
        "idle_in_transaction_session_timeout": "5s", "TimeZone": "UTC", "transaction_isolation": "read committed",
    }  # fmt: skip
    for name, value in wanted.items():
        found = await database.write(lambda c, name=name: driver(c).execute(f"SHOW {name}").fetchone()[0])
        assert found == value, name
    reads = await database.read(lambda c: driver(c).execute("SHOW transaction_isolation").fetchone()[0])
    assert reads == "repeatable read"


@pytest.mark.promise("P04")
async def test_a_commit_that_the_server_answers_with_rollback_is_no_yes(database: Database) -> None:
    """A statement failed, and `work` went on as if it had not: the server then takes a COMMIT for a ROLLBACK."""

    def goes_on(connection: Connection) -> str:
        put(1)(connection)
        with suppress(*FAULTS):
            put(1)(connection)
        return "done"

    with pytest.raises(Unavailable):
        await database.write(goes_on)
    assert await database.read(count) == 0
    await database.write(put(2))
    assert await database.read(count) == 1


async def test_whoever_reads_and_then_writes_is_right(database: Database) -> None:
    """Fifty at once, over two pools, count one up: none is lost. About one thing, and about nothing in particular."""
    other = Database(database.url)
    for number in (1, 2):
        await database.write(put(number))

    def up(number: int) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            base = driver(connection)
            [n] = base.execute("SELECT n FROM things WHERE id = ?", (number,)).fetchone()
            base.execute("UPDATE things SET n = ? WHERE id = ?", (n + 1, number))

        return work

    turns = [one.write(up(1), about="one") for one in (database, other) * 20]
    turns += [one.write(up(2)) for one in (database, other) * 5]
    await asyncio.gather(*turns)
    rows = await database.read(lambda c: driver(c).execute("SELECT n FROM things ORDER BY id").fetchall())
    assert rows == [(40,), (10,)]
    other.close()


async def test_connections_that_died_are_replaced_unseen(database: Database, cluster: Cluster) -> None:
    await asyncio.gather(*(database.read(count) for _ in range(CONNECTIONS)))
    for reach in (lambda: database.read(count), lambda: database.look(count), lambda: database.write(count)):
        query(
            cluster.url("postgres"),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kluisje'",
        )
        await asyncio.sleep(0.05)
        assert await reach() == 0


async def test_no_more_connections_than_ours(database: Database, cluster: Cluster) -> None:
    await asyncio.gather(*(database.read(count) for _ in range(5 * CONNECTIONS)))
    [(open_,)] = query(
        cluster.url("postgres"), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kluisje'"
    )
    assert open_ <= CONNECTIONS


async def test_a_lock_that_somebody_keeps_is_given_up_on(database: Database, cluster: Cluster) -> None:
    other = Database(database.url)
    begun, ends = asyncio.Event(), asyncio.Event()

    async def keeps() -> None:
        line = await other.on._begun("BEGIN; LOCK TABLE things IN ACCESS EXCLUSIVE MODE")  # type: ignore[union-attr]
        begun.set()
        await ends.wait()
        await line.undo()
        line.back()

    keeping = asyncio.create_task(keeps())
    await begun.wait()
    with pytest.raises(Unavailable):
        await database.write(put(1))
    ends.set()
    await keeping
    await database.write(put(1))
    other.close()


# -- side by side ----------------------------------------------------------------------------------------------------


async def test_reads_that_ask_at_once_have_each_its_own_rows(database: Database) -> None:
    """They share their statements: one asks for nothing that is there, one for what is no number, one fails by itself."""
    await database.write(
        lambda c: driver(c).executemany("INSERT INTO things VALUES (?, ?)", [(n, n) for n in range(40)])
    )

    def reads(least: int, first: int) -> Callable[[Connection], list[int]]:
        def work(connection: Connection) -> list[int]:
            base = driver(connection)
            [[n]] = base.execute("SELECT count(*) FROM things WHERE id >= ?", (least,)).fetchall()
            rows = stream(base, "SELECT id FROM things WHERE id >= ? ORDER BY id DESC", (least,))
            return [n, *(one for (one,) in islice(rows, first))]

        return work

    def faulty(connection: Connection) -> None:
        raise KeyError

    works = [reads(38, 9), reads(50, 9), reads(0, 30), faulty, reads(2**70, 1), reads(39, 1)]
    found = await asyncio.gather(
        *(database.read_prepared(lambda work=work: work) for work in works),  # type: ignore[misc]
        return_exceptions=True,
    )
    assert found[:3] == [[2, 39, 38], [0], [40, *range(39, 9, -1)]]
    assert [type(one) for one in found[3:5]] == [KeyError, Unavailable]
    assert found[5] == [1, 39]


async def test_a_read_after_a_commit_sees_it_however_many_ask(database: Database) -> None:
    """No snapshot is begun before the question."""
    for number in range(1, 20):
        await database.write(put(number))
        asked = [database.read_prepared(lambda: count), database.look(count)] * 3
        assert await asyncio.gather(*asked) == [number] * 6


async def test_what_is_held_back_is_there_for_whoever_asks_and_at_the_commit(database: Database) -> None:
    def work(connection: Connection) -> tuple[int, int]:
        base = driver(connection)
        base.executemany("INSERT INTO things VALUES (?, ?)", [(1, 1), (2, 2)])
        base.executemany("UPDATE things SET n = n + ? WHERE id = ?", [(10, 1), (10, 2)])
        seen = count(connection), connection.exec_driver_sql("SELECT sum(n) FROM things").scalar_one()
        base.executemany("INSERT INTO things VALUES (?, ?)", [(3, 3)])
        return seen

    assert await database.write(work) == (2, 23)
    assert await database.look(count) == 3
    with pytest.raises(IntegrityConstraintViolationError):
        await database.write(lambda c: driver(c).executemany("INSERT INTO things VALUES (?, ?)", [(4, 4), (3, 3)]))
    assert await database.look(count) == 3
    joined = [database.join(put(number)) for number in (5, 3, 6)]
    found = await asyncio.gather(*joined, return_exceptions=True)
    assert isinstance(found[1], IntegrityConstraintViolationError)
    assert await database.look(count) == 5


async def test_a_claim_is_durable_when_it_is_answered_and_counts_once(database: Database) -> None:
    once = "INSERT INTO things VALUES (?, 0) ON CONFLICT DO NOTHING"
    claims = [database.claim(lambda c, n=n: driver(c).execute(once, (n % 5,)).rowcount) for n in range(50)]  # type: ignore[misc]
    assert sorted(await asyncio.gather(*claims)) == [0] * 45 + [1] * 5
    other = Database(database.url)
    assert await other.look(count) == 5
    other.close()
