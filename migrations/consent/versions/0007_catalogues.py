# SPDX-License-Identifier: EUPL-1.2
"""Signed versions of the catalogue."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "catalogues",
        sa.Column("sid", TEXT, nullable=False),
        sa.Column("ver", NUMBER, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("shard", NUMBER, nullable=False),
        sa.Column("idx", NUMBER, nullable=False),
        sa.Column("logged_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("sid"),
        sa.UniqueConstraint("ver"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("catalogues")
