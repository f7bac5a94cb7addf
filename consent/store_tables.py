# SPDX-License-Identifier: EUPL-1.2
"""The log's tables, and how every table of consent is made. Only `ledger_store` writes what is here."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, MetaData, Table, UniqueConstraint

from chassis.database import NUMBER, TEXT

metadata = MetaData()
APPEND = "SELECT, INSERT"
"""The log's lines and its tree are never changed: our own role cannot. It forgets a line by `forget_line` only."""


def key(name: str, kind: Any = TEXT) -> Column[Any]:
    """A column of the primary key."""
    return Column(name, kind, primary_key=True)


def text(name: str, *, null: bool = False) -> Column[Any]:
    """Ids, hashes, signed things, words."""
    return Column(name, TEXT, nullable=null)


def number(name: str, *, null: bool = False) -> Column[Any]:
    """Whole numbers; times are seconds since 1970."""
    return Column(name, NUMBER, nullable=null)


def flag(name: str) -> Column[Any]:
    """0 or 1, at first 0."""
    check = CheckConstraint(f"{name} IN (0, 1)", name=f"{name}_flag")
    return Column(name, NUMBER, check, nullable=False, server_default="0")


def octets(name: str, *, null: bool = False) -> Column[Any]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=null)


def table(name: str, *parts: Any, rowid: bool = True, **info: str) -> Table:
    """A STRICT table. rowid False: the row lies in the key's own tree, for small rows found by their whole key.

    info: `rights` that consent has on PostgreSQL, where they are less than all; how the table is spread (docs/growing.md).
    """
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid, info=info)


shards = table(
    "shards",
    key("shard", NUMBER),
    text("origin"),
    number("size"),
    octets("root"),
    text("note"),  # newest signed checkpoint
    number("now"),  # high-water mark of the clock: no decision is ever made before it
    UniqueConstraint("origin"),
)
"""One row per half year; the highest `shard` is the one that is written. Locked by the writer."""

events = table(
    "events",
    key("shard", NUMBER),
    key("idx", NUMBER),
    text("vlt", null=True),
    number("n", null=True),
    octets("entry"),
    octets("nonce", null=True),  # null: erased, the entry stays and says nothing
    octets("bytes", null=True),
    Index("events_of_vault", "vlt", "n", unique=True),
    rowid=False,
    rights=APPEND,
)
"""The log's entries. `n` counts per vault and runs on across shards."""

twigs = table("twigs", key("shard", NUMBER), key("idx", NUMBER), octets("hashes"), rowid=False, rights=APPEND)
"""Complete subtrees of each shard's tree (formats/tree.py): with leaf `idx` the hashes of all those that end there, from
the leaf up, 32 bytes each. So a batch writes at the end of one table, whatever the size of the log."""

taken = table(
    "taken",
    key("id", NUMBER),
    text("question"),
    number("until"),
    UniqueConstraint("question"),
)
"""Question ids `<iat>.<H(jkt · jti)>` of looks: each counts once. Rows and ids lie in order of time: a batch changes the
newest pages and the oldest, whatever lies between."""
