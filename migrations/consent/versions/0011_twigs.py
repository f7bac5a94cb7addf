# SPDX-License-Identifier: EUPL-1.2
"""The log's tree by leaf: a batch then writes at the end of one table, not at the end of each level."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

HASH, PAGE, LEVELS = 32, 4096, 63
SHARDS = "SELECT shard, min(idx), max(idx) FROM {} GROUP BY shard ORDER BY shard"
NODES = (
    "SELECT idx, hash FROM nodes WHERE shard = :shard AND level = :level AND idx >= :start AND idx < :end ORDER BY idx"
)
TWIGS = "SELECT idx, hashes FROM twigs WHERE shard = :shard AND idx >= :start AND idx < :end ORDER BY idx"


def upgrade() -> None:
    """Lays the hashes of all subtrees that end with a leaf into that leaf's row, from the leaf up."""
    op.create_table(
        "twigs",
        sa.Column("shard", NUMBER, nullable=False),
        sa.Column("idx", NUMBER, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "idx"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    put = sa.text("INSERT INTO twigs VALUES (:shard, :idx, :hashes)")
    connection = op.get_bind()
    for shard, start, end in _pages("nodes"):
        twigs: dict[int, bytes] = {}
        for level in range(LEVELS):
            asked = {"shard": shard, "level": level, "start": start >> level, "end": end >> level}
            if asked["start"] < asked["end"]:
                for idx, value in connection.execute(sa.text(NODES), asked):
                    leaf = (idx + 1 << level) - 1
                    twigs[leaf] = twigs.get(leaf, b"") + value
        connection.execute(put, [{"shard": shard, "idx": leaf, "hashes": twigs[leaf]} for leaf in sorted(twigs)])
    op.drop_table("nodes")


def downgrade() -> None:
    """Takes them apart again."""
    op.create_table(
        "nodes",
        sa.Column("shard", NUMBER, nullable=False),
        sa.Column("level", NUMBER, nullable=False),
        sa.Column("idx", NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "level", "idx"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    put = sa.text("INSERT INTO nodes VALUES (:shard, :level, :idx, :hash)")
    connection = op.get_bind()
    for shard, start, end in _pages("twigs"):
        rows = connection.execute(sa.text(TWIGS), {"shard": shard, "start": start, "end": end}).all()
        places = [(leaf, level, hashes) for leaf, hashes in rows for level in range(-(-len(hashes) // HASH))]
        made = [
            {"shard": shard, "level": level, "idx": (leaf + 1 >> level) - 1, "hash": hashes[HASH * level :][:HASH]}
            for leaf, level, hashes in places
        ]
        connection.execute(put, made)
    op.drop_table("twigs")


def _pages(table: str) -> Iterator[tuple[int, int, int]]:
    """(shard, first leaf, first leaf behind) of some thousands of leaves at a time: a log of years does not fit in memory."""
    whole = SHARDS.format(table if table == "twigs" else f"{table} WHERE level = 0")
    for shard, first, last in op.get_bind().execute(sa.text(whole)).all():
        for start in range(first, last + 1, PAGE):
            yield shard, start, min(start + PAGE, last + 1)
