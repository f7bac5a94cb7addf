# SPDX-License-Identifier: EUPL-1.2
"""Devices of people that another one stopped."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "stopped_devices",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("jkt", TEXT, nullable=False),
        sa.Column("until", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("subject", "jkt"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stopped_devices_until", "stopped_devices", ["until"], unique=False)


def downgrade() -> None:
    """Drops it."""
    op.drop_index("ix_stopped_devices_until", table_name="stopped_devices")
    op.drop_table("stopped_devices")
