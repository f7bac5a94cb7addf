# SPDX-License-Identifier: EUPL-1.2
"""The ledger when the database fails: no commit, no answer; what was answered is what stands in the log."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import insert, select

from chassis.database import Connection, Unavailable
from consent import tables
from consent.batch import Batch, Entry
from formats.event import verify_look
from formats.spelling import H, new_id
from tests import databases
from tests.consent.registry import Registry, enters


@pytest.mark.promise("P04")
async def test_failing_commits_answer_nobody_and_answers_are_entries(registry: Registry) -> None:
    """Every fifth commit fails, the commit itself: a rule that is checked only there is broken. Sizes 1 to 64; what was
    answered is what stands in the log."""
    databases.breaks_commits(registry.path)
    chance = random.Random(4)
    answered: list[Entry] = []
    refused = 0
    while len(answered) < 1_500:
        works = (registry.ledger.run(enters(new_id())) for _ in range(chance.randint(1, 64)))
        for one in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(one, Entry):
                answered.append(one)
            else:
                assert isinstance(one, Unavailable)
                refused += 1
    assert refused > 0
    assert {(one.index, one.entry) for one in answered} == {(row.idx, row.entry) for row in await registry.rows()}
    for one in answered:
        verify_look(one.look(), registry.policy(), witnessed=False)
    databases.mends_commits(registry.path)
    assert (await registry.verified()).lines == len(answered)


@pytest.mark.promise("P04")
async def test_a_failed_batch_is_tried_again_item_by_item(registry: Registry) -> None:
    """One item that the database refuses does not take the others with it."""
    bad = new_id()
    databases.breaks(registry.path, "events", f"NEW.vlt = '{bad}'")
    people = [new_id(), bad, new_id()]
    made = await asyncio.gather(*(registry.ledger.run(enters(who)) for who in people), return_exceptions=True)
    assert [isinstance(one, Entry) for one in made] == [True, False, True]
    assert isinstance(made[1], Unavailable)
    assert [row.vlt for row in await registry.rows()] == [people[0], people[2]]


@pytest.mark.promise("P27")
@pytest.mark.parametrize("table", ["events", "twigs"])
async def test_without_an_entry_there_is_no_answer(registry: Registry, table: str) -> None:
    vlt = new_id()
    databases.breaks(registry.path, table)

    def changes(connection: Connection, batch: Batch) -> Entry:
        connection.execute(insert(tables.vaults), {"vlt": vlt})
        return batch.append("statement", vlt, sid=H("s"), typ="x+jwt")

    with pytest.raises(Unavailable):
        await registry.ledger.run(changes)
    assert await registry.rows() == []
    assert await registry.database.read(lambda c: c.execute(select(tables.vaults)).all()) == []
    databases.mends(registry.path, table)
    assert (await registry.ledger.run(changes)).index == 0
    await registry.verified()


@pytest.mark.sqlite  # a full disk of PostgreSQL's is its own
@pytest.mark.promise("P28")
async def test_a_full_disk_keeps_nothing_and_heals(registry: Registry) -> None:
    pages = await registry.database.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
    await registry.database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar_one())
    made: list[Entry] = []

    async def fill() -> None:
        for _ in range(3_000):
            made.extend(await asyncio.gather(*(registry.ledger.run(enters(new_id())) for _ in range(16))))

    with pytest.raises(Unavailable):
        await fill()
    await registry.database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000").scalar_one())
    made.append(await registry.ledger.run(enters(new_id())))
    kept = {row.entry for row in await registry.rows()}
    assert kept >= {one.entry for one in made}
    await registry.verified()


@pytest.mark.promise("P27")
async def test_a_commit_that_hangs_is_answered_in_time(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is silent: everybody, also who comes later, hears 503; the line may arrive, but nobody relies on it."""
    monkeypatch.setattr("consent.ledger.SECONDS", 0.05)
    released = asyncio.Event()
    name = "_commit" if databases.ON_POSTGRESQL else "_committed"
    commits = getattr(registry.database.on, name)

    async def hangs(commit: Any) -> None:
        await released.wait()
        await commits(commit)

    monkeypatch.setattr(registry.database.on, name, hangs)
    asking = [asyncio.ensure_future(registry.ledger.run(enters(new_id()))) for _ in range(3)]
    await asyncio.wait(asking)
    late = asyncio.ensure_future(registry.ledger.run(enters(new_id())))
    await asyncio.wait([late], timeout=5)
    monkeypatch.undo()  # the disk answers again, and a slow machine has its time
    released.set()
    assert all(isinstance(one.exception(), Unavailable) for one in (*asking, late))
    assert (await registry.ledger.run(enters(new_id()))).index == 3
    await registry.verified()
