# SPDX-License-Identifier: EUPL-1.2
"""Reading the log back: proofs, one log whatever two checkpoints, damage found, and statements that stay fast."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from chassis.database import Connection, wanted
from chassis.migrating import migrate
from consent import ledger_store as store
from consent import proving
from formats.checkpoint import entry, make_proof, verify_note
from formats.event import make_look, verify_look
from formats.spelling import FormatError, new_id
from formats.tree import append, inclusion_plan, leaf, proof, root, root_nodes, verify_consistency, verify_inclusion
from tests.consent.registry import HOST, Registry, enters


@pytest.mark.parametrize("before", [0, 1, 2, 3, 7, 8, 63, 64, 100, 1023, 1024])
@pytest.mark.parametrize("more", [1, 2, 3, 16, 64])
def test_a_batch_proves_as_the_tree_does(before: int, more: int) -> None:
    leaves = [leaf(entry(n.to_bytes(32, "big"), b"{}")) for n in range(before + more)]
    every: dict[tuple[int, int], bytes] = {}
    for level, idx, value in append(0, leaves, lambda level, idx: every[level, idx]):
        every[level, idx] = value
    size = before + more
    old = {(level, idx): every[level, idx] for level, idx in root_nodes(before)}
    new = append(before, leaves[before:], lambda level, idx: old[level, idx])
    shoots = proving.Shoots(size, old | {(level, idx): value for level, idx, value in new})
    shoots.note = "note"
    assert shoots.root == root(size, lambda level, idx: every[level, idx])
    for index in range(before, size):
        hashes = proof(inclusion_plan(index, size), lambda level, idx: every[level, idx])
        assert shoots.proof(index) == make_proof(index, hashes, "note")
        verify_inclusion(index, size, leaves[index], hashes, shoots.root)


async def test_a_person_reads_own_lines_newest_first_with_proofs(registry: Registry) -> None:
    vlt = new_id()
    for _ in range(5):
        await asyncio.gather(*(registry.ledger.run(enters(who)) for who in (vlt, new_id(), vlt)))
    pages: list[proving.Proven] = []
    before = None
    while page := await registry.database.read(lambda c, b=before: proving.lines(c, vlt, before=b, limit=4)):  # type: ignore[misc]
        pages += page
        before = page[-1].n
    assert [line.n for line in pages] == list(range(9, -1, -1))
    for line in pages:
        assert line.event
        assert line.nonce
        found = verify_look(make_look(line.event, line.nonce, line.proof), registry.policy(), witnessed=True)
        assert (found.event.vlt, found.event.n) == (vlt, line.n)
    assert await registry.database.read(lambda c: proving.lines(c, new_id())) == []
    one = await registry.database.read(lambda c: proving.line_at(c, 0, 7))
    assert one is not None
    assert one.index == 7
    assert await registry.database.read(lambda c: proving.line_at(c, 0, 99)) is None


async def test_every_two_checkpoints_are_one_log(registry: Registry) -> None:
    seen = []
    for count in (1, 3, 1, 7, 2, 16):
        await asyncio.gather(*(registry.ledger.run(enters(new_id())) for _ in range(count)))
        head = await registry.database.read(lambda c: proving.checkpoint(c, f"log.{HOST}/2026h2"))
        assert head is not None
        seen.append(verify_note(head.note, [registry.ledger.vkey(head.origin)]))
    for i, old in enumerate(seen):
        for new in seen[i:]:
            hashes = await registry.growth(old.size, new.size)
            verify_consistency(old.size, old.root, new.size, new.root, hashes)


@pytest.mark.parametrize(("earlier", "later"), [(0, 1), (2, 1), (1, 4)])
async def test_there_is_no_proof_outside_the_log(registry: Registry, earlier: int, later: int) -> None:
    await asyncio.gather(*(registry.ledger.run(enters(new_id())) for _ in range(3)))
    with pytest.raises(FormatError):
        await registry.growth(earlier, later)
    assert await registry.database.read(lambda c: proving.consistency(c, "log.x/2026h2", 1, 2)) is None
    assert await registry.database.read(lambda c: proving.checkpoint(c, "log.x/2026h2")) is None


async def test_an_erased_line_says_nothing_and_the_tree_stands(registry: Registry) -> None:
    vlt = new_id()
    await asyncio.gather(*(registry.ledger.run(enters(vlt)) for _ in range(3)))
    assert await registry.database.write(lambda c: store.erase_line(store.driver(c), vlt, 1))
    line = (await registry.database.read(lambda c: proving.lines(c, vlt)))[1]
    assert (line.n, line.event, line.nonce) == (1, None, None)
    assert (await registry.verified()).erased == 1
    assert (await registry.ledger.run(enters(vlt))).n == 3
    assert await registry.database.write(lambda c: store.erase_lines(store.driver(c), vlt)) == 4
    assert await registry.database.read(lambda c: proving.lines(c, vlt)) == []
    assert (await registry.verified()).erased == 4


DAMAGE: dict[str, list[tuple[Any, ...]]] = {
    "the entry is another": [("UPDATE events SET entry = ? WHERE idx = 5", bytes(32))],
    "not an event": [("UPDATE events SET bytes = ? WHERE idx = 5", b"{}")],
    "filed under another person": [("UPDATE events SET n = 77 WHERE idx = 9",)],
    "a line is missing": [("DELETE FROM events WHERE idx = 5",)],
    "19 lines, the checkpoint says 20": [("DELETE FROM events WHERE idx = 19",)],
    "another hash": [("UPDATE twigs SET hashes = ? WHERE idx = 7", bytes(4 * 32))],
    "too many or too few tree rows": [("INSERT INTO twigs VALUES (0, 99, ?)", bytes(32))],
    "the checkpoint says something else": [("UPDATE shards SET root = ?", bytes(32))],
    "another root": [("UPDATE shards SET root = ?", bytes(32))],
    "not signed by its key": [("UPDATE shards SET note = replace(note, '2026h2', '2025h2')",)],
    "is missing": [("UPDATE events SET n = NULL, vlt = NULL WHERE idx = 5",)],
    "does not follow the line before": [
        (f"UPDATE events SET n = {n} WHERE idx = {idx}",) for idx, n in ((0, 5), (10, 0), (0, 1))
    ],
}


@pytest.mark.parametrize("told", list(DAMAGE))
async def test_verifying_finds_the_damage(registry: Registry, told: str) -> None:
    people = [new_id() for _ in range(10)]
    await asyncio.gather(*(registry.ledger.run(enters(who)) for who in people * 2))
    await registry.verified()
    for statement in DAMAGE[told]:
        registry.sql(*statement)
    report = await registry.database.read(lambda c: proving.verify_log(c, registry.ledger.vkey))
    assert any(told in fault for fault in report.faults), report.faults


# -- growth --------------------------------------------------------------------------------------------------

# What leads a statement is the batch itself, a VALUES table. Every other step has to be a search by these columns: a
# scan, or a search by the first column of a key alone, grows with the table.
LEADS = ("CO-ROUTINE", "SCAN 3 CONSTANT ROWS", "SCAN a", "SCAN w", "SCALAR", "CORRELATED", "LIST")
HOT = {
    "head": (store._HEAD, {"SCAN shards"}),  # one row per half year, newest first
    "tail": (store._TAIL, {"vlt"}),  # the newest of the index, one row
    "twigs": (wanted(store._TWIGS, "n", 3), {"shard idx"}),
    "lines": (store._LINES, {"vlt n"}),
    "event": (store._EVENT, {"shard idx"}),
    "claim": (wanted(store._CLAIM, "tn", 3), set()),
    "sweep": (store._SWEEP, {"rowid", "SEARCH taken"}),
    "places": (wanted(store._PLACES, "nt", 3), {"jti"}),
    "facts": (
        wanted(store._FACTS, "nttttt", 3),
        {"vlt jti", "vlt", "vlt seq", "uri", "vlt jti day", "vlt n", "vlt jti emp", "vlt drw"},
    ),
    "standing": (wanted(store._STANDING, "tt", 3), {"kind subject"}),
    "keys": (wanted(store._KEYS, "t", 3), {"team"}),
    "epochs": (wanted(store._EPOCHS, "nttn", 3), {"vlt drw ep", "vlt seq"}),
    "opened": (store._OPENED, {"vlt jti"}),
    "count": (store._COUNT, set()),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("name", list(HOT))
async def test_hot_statements_search_by_their_whole_key(registry: Registry, name: str) -> None:
    statement, keys = HOT[name]

    def plan(connection: Connection) -> list[str]:
        values = [None] * statement.count("?")
        return [row[3] for row in store.driver(connection).execute(f"EXPLAIN QUERY PLAN {statement}", values)]

    steps = await registry.database.read(plan)
    found = set()
    for step in steps:
        columns = " ".join(re.findall(r"(\w+)[=<>]\?", step))
        if not step.startswith(LEADS):
            found.add(columns if step.startswith("SEARCH") and columns else step)
    assert found == keys, steps


@pytest.mark.sqlite
async def test_the_tree_of_an_older_log_is_laid_by_leaf(tmp_path: Path) -> None:
    """Down to the tree by levels and up again: each row is what it was, and the log goes on from there."""
    before = Registry(tmp_path / "consent.sqlite3")
    await before.ledger.start()
    await asyncio.gather(*(before.ledger.run(enters(new_id())) for _ in range(21)))
    kept = await _twigs(before)
    await before.close()
    for revision in ("-1", "head"):
        migrate("consent", before.url, revision)
    after = Registry(before.path, ready=True)
    assert await _twigs(after) == kept
    await after.ledger.run(enters(new_id()))
    await after.verified()
    await after.close()


async def _twigs(registry: Registry) -> list[Any]:
    return await registry.database.read(
        lambda c: store.driver(c).execute("SELECT shard, idx, hashes FROM twigs ORDER BY idx").fetchall()
    )
