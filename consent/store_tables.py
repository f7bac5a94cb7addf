# SPDX-License-Identifier: EUPL-1.2
"""The log's tables, and how every table of consent is made. Only `ledger_store` writes what is here."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()


def key(name: str, kind: type[Any] = Text) -> Column[Any]:
    """A column of the primary key."""
    return Column(name, kind, primary_key=True)


def text(name: str, *, null: bool = False) -> Column[Any]:
    """Ids, hashes, signed things, words."""
    return Column(name, Text, nullable=null)


def number(name: str, *, null: bool = False) -> Column[Any]:
    """Whole numbers; times are seconds since 1970."""
    return Column(name, Integer, nullable=null)


def flag(name: str) -> Column[Any]:
    """0 or 1, at first 0."""
    check = CheckConstraint(f"{name} IN (0, 1)", name=f"{name}_flag")
    return Column(name, Integer, check, nullable=False, server_default="0")


def octets(name: str, *, null: bool = False) -> Column[Any]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=null)


def table(name: str, *parts: Any, rowid: bool = True) -> Table:
    """A STRICT table. rowid False: the row lies in the key's own tree, for small rows found by their whole key."""
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


shards = table(
    "shards",
    key("shard", Integer),
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
    key("shard", Integer),
    key("idx", Integer),
    text("vlt", null=True),
    number("n", null=True),
    octets("entry"),
    octets("nonce", null=True),  # null: erased, the entry stays and says nothing
    octets("bytes", null=True),
    Index("events_of_vault", "vlt", "n", unique=True),
    rowid=False,
)
"""The log's entries. `n` counts per vault and runs on across shards."""

nodes = table("nodes", key("shard", Integer), key("level", Integer), key("idx", Integer), octets("hash"), rowid=False)
"""Complete subtrees of each shard's tree (formats/tree.py)."""

taken = table(
    "taken",
    key("id", Integer),
    text("question"),
    number("until"),
    UniqueConstraint("question"),
)
"""Question ids H(jkt · jti) of looks: each counts once. Rows lie in order of time, so old ones go without a search."""
