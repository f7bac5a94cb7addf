# SPDX-License-Identifier: EUPL-1.2
"""P31 on both databases: one history, which makes what the code says, and goes down and up step by step with data in
every table."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, LargeBinary, MetaData, Table, create_engine, insert, inspect, text

from chassis.database import MIGRATIONS, TEXT
from chassis.migrating import in_transaction, migrate
from tests.faults.promises import PromiseBroken

PARTS = {"vault": "tables", "consent": "tables", "gateway": "tables_receivers", "desk": "tables"}
SAID = {"state": "open", "starts": 1, "ends": 2, "ended_at": None, "ended_why": None}
"""What the rules of some tables ask for."""
Work = Callable[[Connection], Any]
On = Callable[[Work], Any]


def _tables(part: str) -> MetaData:
    found: MetaData = importlib.import_module(f"{part}.{PARTS[part]}").metadata
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, part: str, tmp_path: Path) -> tuple[str, On]:
    """An address without tables, and what runs a function on it in one transaction."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'one.sqlite3'}"

        def run(work: Work) -> Any:
            engine = create_engine(url)
            with engine.begin() as connection:
                found = work(connection)
            engine.dispose()
            return found

        return url, run
    owner = request.getfixturevalue("empty")("vault" if part == "desk" else part)[1]
    return owner, lambda work: in_transaction(owner, work)


def _row(table: Table) -> dict[str, Any]:
    rules = [*table.constraints, *(one for column in table.columns for one in column.constraints)]
    checked = {str(one.sqltext).split(" ")[0] for one in rules if isinstance(one, CheckConstraint)}
    return {
        column.name: SAID[column.name] if column.name in SAID and column.name in {*checked, "starts", "ends", "ended_why", "ended_at", "state"}
        else b"\x00\xff" if isinstance(column.type, LargeBinary)
        else "é " if column.type is TEXT
        else 1 if column.name in checked
        else 2**40
        for column in table.columns
    }  # fmt: skip


def _everything(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
    return {
        name: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()] for name in names
    }


@pytest.mark.promise("P31")
@pytest.mark.parametrize("part", PARTS)
def test_every_step_down_and_up_with_data(part: str, database: tuple[str, On]) -> None:
    url, on = database
    migrate(part, url)
    metadata = _tables(part)
    found = on(lambda c: compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), metadata))
    assert found == [], "the code and the history differ"
    on(lambda c: [c.execute(insert(table), _row(table)) for table in metadata.sorted_tables])
    kept = on(_everything)
    assert set(kept) == set(metadata.tables)
    assert all(len(rows) == 1 for rows in kept.values())
    steps = list(ScriptDirectory(str(MIGRATIONS / part)).walk_revisions())
    for step in steps[:-1]:
        migrate(part, url, "-1")
        _still(kept, on(_everything), str(step.revision))
    migrate(part, url)
    back = on(_everything)
    assert set(back) == set(kept)
    _still(kept, {name: rows for name, rows in back.items() if rows}, "up again")
    migrate(part, url, "base")
    assert on(lambda c: inspect(c).get_table_names()) == ["alembic_version"]
    migrate(part, url)
    assert set(on(_everything)) == set(metadata.tables)


def _still(kept: dict[str, list[dict[str, Any]]], now: dict[str, list[dict[str, Any]]], step: str) -> None:
    """Tables and columns that are there hold what they held; a column that came back is empty. A table that came back
    holds what another one held until then, which it gives back on the way up."""
    for name, rows in now.items():
        if name not in kept:
            continue
        if len(rows) != 1:
            raise PromiseBroken("P31", f"{step}: {name} lost its row")
        for column, value in rows[0].items():
            if value is not None and value != kept[name][0][column]:
                raise PromiseBroken("P31", f"{step}: {name}.{column} changed")
