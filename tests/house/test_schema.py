# SPDX-License-Identifier: EUPL-1.2
"""The rule of docs/growing.md, read from the schema: what is of one person, team or address can be spread by that column,
because it stands in every key of its table; nothing refers across; and one history fits both databases."""

import importlib
import re
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite

from chassis.database import MIGRATIONS, newest_revision

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"vault": "tables", "consent": "tables", "gateway": "tables_receivers", "desk": "tables"}
TABLES: dict[str, Table] = {
    f"{part}.{name}": table
    for part, module in PARTS.items()
    for name, table in importlib.import_module(f"{part}.{module}").metadata.tables.items()
}
FIT = {("INTEGER", "BIGINT"), ("TEXT", 'TEXT COLLATE "C"'), ("BLOB", "BYTEA")}
SPREAD_BY = ("vlt", "team", "organisation", "jkt", "who", "client", "subject")
"""The columns that say whose a row is, strongest first."""


def _documented() -> dict[str, tuple[str, str]]:
    """table -> (column, or — with the reason) as docs/growing.md lists them."""
    page = (ROOT / "docs" / "growing.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (`[a-z]+`|–) \| ([^|]*)\|$", page, re.MULTILINE)
    return {name: (column.strip("`"), why.strip()) for name, column, why in rows}


def _keys(table: Table) -> list[tuple[str, ...]]:
    """Every key that makes a row the only one of its kind, but an index of rows without an owner."""
    unique = [tuple(c.name for c in one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique += [tuple(c.name for c in index.columns) for index in table.indexes if index.unique]
    return [tuple(c.name for c in table.primary_key.columns), *unique]


def _column(table: Table) -> str | None:
    """By which column its rows can be spread: it is in every key."""
    return next((name for name in SPREAD_BY if all(name in key for key in _keys(table))), None)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_spread_or_says_why_not(name: str) -> None:
    column, why = _documented()[name]
    found = _column(TABLES[name])
    if column == "–":
        assert found is None, f"{name} can be spread by {found}: say so in docs/growing.md"
        assert len(why) > 20, f"{name} needs a reason in docs/growing.md"
    else:
        assert found == column, f"{name} is not keyed by {column}: {_keys(TABLES[name])}"


def test_the_page_lists_every_table_and_no_other() -> None:
    assert set(_documented()) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_nothing_refers_to_another_table(name: str) -> None:
    """A foreign key over two servers is none. What belongs together carries the same column instead."""
    assert not TABLES[name].foreign_keys


@pytest.mark.parametrize("name", TABLES)
def test_types_that_fit_both(name: str) -> None:
    """64 bits and bytewise text on both; STRICT on SQLite, which knows nothing of PostgreSQL's types."""
    table = TABLES[name]
    assert table.dialect_options["sqlite"]["strict"] is True
    for column in table.columns:
        both = tuple(column.type.compile(dialect=one.dialect()) for one in (sqlite, postgresql))
        assert both in FIT, f"{name}.{column.name}: use NUMBER or TEXT of chassis/database.py"


def test_no_statement_is_for_one_database_alone() -> None:
    """`insert` with ON CONFLICT comes from chassis/database.py, and migrations use its types."""
    for part in PARTS:
        for path in (*(ROOT / part).glob("*.py"), *(ROOT / "migrations" / part / "versions").glob("*.py")):
            text = path.read_text("utf-8")
            assert "dialects.sqlite" not in text, path.name
            assert not re.search(r"sa\.(Integer|Text|String|Boolean|DateTime)\b", text), f"{path.name}: NUMBER, TEXT"


@pytest.mark.parametrize("part", PARTS)
def test_the_newest_revision_is_the_one_with_the_last_name(part: str) -> None:
    """A part that serves goes by the names of the files; Alembic, by what stands in them."""
    steps = ScriptDirectory(str(MIGRATIONS / part))
    assert newest_revision(part) == steps.get_current_head()
    names = [Path(step.path).stem.partition("_")[0] for step in steps.walk_revisions()]
    assert names == sorted((step.revision for step in steps.walk_revisions()), reverse=True)
