# SPDX-License-Identifier: EUPL-1.2
"""P32: the move from SQLite to PostgreSQL changes nothing. A registry with a real log moves; it goes on there, and the log
verifies from its first line. Ids that differ in case, form or a trailing space stay apart."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

import serve
from chassis.moving import MoveError, move
from consent import tables
from formats.spelling import new_id
from tests.consent.registry import Registry, enters
from tests.databases import query
from tests.faults.promises import PromiseBroken, figure

Made = Callable[[str], tuple[str, str]]
ALIKE = ("id", "ID", "id ", "i\u0064\u0301", "\u00ed", "i\u0301", "z", "é", "Z")


async def _lives(file: Path) -> list[tuple[str, str]]:
    """Some life on SQLite: people, grants, looks, and names that are nearly alike."""
    registry = Registry(file, ready=True, url=f"sqlite:///{file}")
    await registry.start()
    people = [await registry.person() for _ in range(4)]
    given = [(await registry.grant(person, drw), drw) for person, drw in people]
    each = figure(20, 250, 2_500)
    for start in range(0, each, 25):
        looks = (registry.asking.ask(registry.look(*given[n % 4])) for n in range(start, start + 25))
        await asyncio.gather(*looks)
    rows = [
        {"team": name, "role": "r", "name": "n", "address": "a", "contact": "c", "listed_at": 2**40} for name in ALIKE
    ]
    await registry.database.write(lambda c: c.execute(insert(tables.teams), rows))
    await registry.close()
    return given


@pytest.mark.promise("P32")
def test_everything_is_there_and_goes_on(ready: Made, file: Callable[[str], Path]) -> None:
    own, owner = ready("consent")
    given = asyncio.run(_lives(file("consent")))
    counts = move(file("consent"), owner)
    with sqlite3.connect(file("consent")) as source:
        for name, count in counts.items():
            [(here,)] = source.execute(f'SELECT count(*) FROM "{name}"').fetchall()
            if count != here:
                raise PromiseBroken("P32", f"{name}: {here} rows, {count} there")
        names = [name for (name,) in source.execute("SELECT team FROM teams ORDER BY team")]
        lines = source.execute(
            "SELECT shard, idx, vlt, n, entry, nonce, bytes FROM events ORDER BY shard, idx"
        ).fetchall()
    assert counts["events"] > 0
    if [name for (name,) in query(owner, "SELECT team FROM teams ORDER BY team")] != names or len(names) < len(ALIKE):
        raise PromiseBroken("P32", "names that are nearly alike came together, or another order")
    if query(owner, "SELECT shard, idx, vlt, n, entry, nonce, bytes FROM events ORDER BY shard, idx") != lines:
        raise PromiseBroken("P32", "a line of the log is another one")

    async def goes_on() -> None:
        registry = Registry.at(own)
        await registry.ledger.start()
        found = await registry.asking.ask(registry.look(*given[0]))
        assert found.entry.index == counts["events"]
        await registry.ledger.run(enters(new_id()))
        await registry.verified()
        await registry.close()

    assert move(file("consent"), owner) == counts, "again is fine while nothing changed"
    asyncio.run(goes_on())
    with pytest.raises(MoveError, match="not the same"):
        move(file("consent"), owner)


@pytest.mark.promise("P32")
def test_nothing_moves_while_somebody_writes_or_where_it_does_not_fit(
    ready: Made, empty: Made, file: Callable[[str], Path], tmp_path: Path
) -> None:
    _, owner = ready("gateway")
    with sqlite3.connect(file("gateway"), isolation_level=None) as busy:
        busy.execute("BEGIN IMMEDIATE")
        with pytest.raises(MoveError, match="in use"):
            move(file("gateway"), owner)
        busy.execute("ROLLBACK")
    with pytest.raises(MoveError, match="same tables"):
        move(file("gateway"), empty("gateway")[1])
    with pytest.raises(MoveError, match="not there"):
        move(tmp_path / "nothing.sqlite3", owner)


def test_the_command_moves_every_part(
    ready: Made, empty: Made, file: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """As an administrator does: settings name the new databases, the command the folder with the files."""
    found = {}
    for part in serve.PARTS:
        with sqlite3.connect(file(part)) as source:
            source.execute("INSERT INTO seen_proofs VALUES ('a', 'b', 1)")
        found[part] = empty(part)
    monkeypatch.setattr(serve, "databases", lambda parts: {part: found[part] for part in parts})
    assert serve.main(["move", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    for part in serve.PARTS:
        assert f"{part}: 1 rows" in said
        assert query(found[part][0], "SELECT jkt, jti, until FROM seen_proofs") == [("a", "b", 1)]
    (tmp_path / "vault.sqlite3").unlink()
    assert serve.main(["move", str(tmp_path)]) == 1
    assert "Not moved" in capsys.readouterr().err
