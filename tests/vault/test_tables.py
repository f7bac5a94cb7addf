# SPDX-License-Identifier: EUPL-1.2
"""The tables: the migration makes what the code says, what is of one person is keyed by that person, and the hot
statements of a hand-out find their rows by key."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from chassis.migrating import migrate
from vault import store_handouts
from vault.tables import metadata


@pytest.mark.sqlite
@pytest.mark.promise("P31")
def test_the_migration_makes_the_tables_of_the_code(empty: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{empty}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made = create_engine(f"sqlite:///{tmp_path / 'made.sqlite3'}")
    metadata.create_all(made)
    for name in metadata.tables:
        both = [_sql(path, name) for path in (empty, tmp_path / "made.sqlite3")]
        assert both[0] == both[1]
        assert "STRICT" in both[0]


def _sql(path: Path, name: str) -> str:
    found = sqlite3.connect(path).execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
    return " ".join(sorted(found.replace(",", " ").replace("(", " ").replace(")", " ").split()))


@pytest.mark.sqlite
@pytest.mark.promise("P31")
def test_down_and_up_again(empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "vault.sqlite3"
    shutil.copy(empty, path)
    migrate("vault", f"sqlite:///{path}", "base")
    assert inspect(create_engine(f"sqlite:///{path}")).get_table_names() == ["alembic_version"]
    migrate("vault", f"sqlite:///{path}")
    found = inspect(create_engine(f"sqlite:///{path}")).get_table_names()
    assert set(found) == {*metadata.tables, "alembic_version"}


def test_what_is_of_one_person_begins_with_that_person() -> None:
    found = {name for name, table in metadata.tables.items() if next(iter(table.primary_key.columns)).name != "vlt"}
    assert found == {"uploads", "journal", "seen_proofs"}


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["SERVED", "IN_DRAWER", "RECORD", "DEPOSIT", "SINGLES"])
def test_hot_statements_search_and_never_scan_or_sort(empty: Path, name: str) -> None:
    sql: str = getattr(store_handouts, name)
    plan = sqlite3.connect(empty).execute("EXPLAIN QUERY PLAN " + sql, ["x"] * sql.count("?")).fetchall()
    steps = [row[3] for row in plan]
    assert steps
    merged = {"MERGE (UNION ALL)", "LEFT", "RIGHT"}  # of two sides that are in order already
    assert all(step.startswith("SEARCH") or step in merged for step in steps), steps
