# SPDX-License-Identifier: EUPL-1.2
"""When each key of ours was first published, and first signed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "server_keys",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("kid"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("server_keys")
