# SPDX-License-Identifier: EUPL-1.2
"""Where signed events are pushed to, and when next."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "receivers",
        sa.Column("team", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("tries", NUMBER, nullable=False),
        sa.Column("next_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("team"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("receivers")
