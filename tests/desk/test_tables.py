# SPDX-License-Identifier: EUPL-1.2
"""The tables: the migration makes what the code says, and goes down and up again; no column could hold a secret."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from chassis.migrating import migrate
from desk.tables import metadata


@pytest.mark.promise("P31")
def test_the_migration_makes_the_tables_of_the_code_and_goes_down_and_up(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.sqlite3'}"
    for _ in range(2):
        migrate("desk", url)
        engine = create_engine(url)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
        found = sqlite3.connect(tmp_path / "desk.sqlite3").execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        assert {name for name, sql in found if "STRICT" not in sql} == {"alembic_version"}
        migrate("desk", url, "base")
        assert inspect(create_engine(url)).get_table_names() == ["alembic_version"]


def test_no_column_is_for_a_token_a_key_that_opens_or_a_value() -> None:
    names = {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns}
    assert {name for name in names if name.endswith("token")} == {"member_lists.token"}
    assert not {name for name in names if name.split(".")[1] in ("refresh", "key", "d", "bsn", "value", "cookie")}
