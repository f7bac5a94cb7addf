# SPDX-License-Identifier: EUPL-1.2
"""The tables: the migration makes what the code says, strictly typed, and what is of one person is keyed by that
person."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from chassis.migrating import migrate
from consent.tables import metadata

# Whose rows are of no person: the log (a line names its vault), organisations, the catalogue, and what has to be found
# without knowing whose it is (an address before there is a vault, a grant by its id, a proof, a question id).
SHARED = {
    "shards", "events", "twigs", "taken", "organisations", "listings", "teams", "suspensions", "purposes", "events_out",
    "journal", "seen_proofs", "requests", "grant_places", "rates", "catalogues", "late_counts",
}  # fmt: skip


@pytest.mark.sqlite
@pytest.mark.promise("P31")
def test_the_migration_makes_the_tables_of_the_code(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        made = {row.name: row.sql for row in connection.execute(text("SELECT name, sql FROM sqlite_master"))}
    for name in metadata.tables:
        assert "STRICT" in made[name], name
        checks = [c for c in metadata.tables[name].constraints if type(c).__name__ == "CheckConstraint"]
        assert made[name].count("CHECK") == len(checks), name


@pytest.mark.sqlite
@pytest.mark.promise("P31")
def test_down_and_up_again(migrated: Path, tmp_path: Path) -> None:
    path = tmp_path / "consent.sqlite3"
    shutil.copy(migrated, path)
    url = f"sqlite:///{path}"
    migrate("consent", url, "base")
    assert inspect(create_engine(url)).get_table_names() == ["alembic_version"]
    migrate("consent", url)
    assert set(inspect(create_engine(url)).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_what_is_of_one_person_begins_with_that_person() -> None:
    found = {name for name, table in metadata.tables.items() if next(iter(table.primary_key.columns)).name != "vlt"}
    assert found == SHARED


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "row",
    [
        "starts, ends) VALUES ('v', 'j', 1, 's', 0, 't', 'p', 1, 1, 1, 9, 9)",
        "starts, ends) VALUES ('v', 'j', 1, 's', 0, 't', 'p', 1, 1, 1, 9, NULL)",
        "starts, ends) VALUES ('v', 'j', 1, 's', 0, 't', NULL, 1, 1, 1, 9, 10)",
        "starts, ends) VALUES ('v', 'j', 1, 's', 0, 't', 'p', 1, 1, 1, 9, 'later')",
    ],
)
def test_no_grant_without_end_or_purpose_can_be_stored(migrated: Path, row: str) -> None:
    names = "vlt, jti, seq, sid, card_seq, team, purpose, entered_at, given_at, rules, "
    with create_engine(f"sqlite:///{migrated}").connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text(f"INSERT INTO grants ({names}{row}"))
