# SPDX-License-Identifier: EUPL-1.2
"""How often a caseworker did a thing in the period that runs."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "rates",
        sa.Column("who", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("began", NUMBER, nullable=False),
        sa.Column("n", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("who", "what"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("rates")
