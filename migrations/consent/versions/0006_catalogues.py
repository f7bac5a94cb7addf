# SPDX-License-Identifier: EUPL-1.2
"""Signed versions of the catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "catalogues",
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("logged_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sid"),
        sa.UniqueConstraint("ver"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )


def downgrade() -> None:
    """Takes it back."""
    op.drop_table("catalogues")
