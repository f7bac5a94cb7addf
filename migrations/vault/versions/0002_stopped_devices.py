# SPDX-License-Identifier: EUPL-1.2
"""Devices that another one of hers stopped."""

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
        "stopped_devices",
        sa.Column("vlt", TEXT, nullable=False),
        sa.Column("jkt", TEXT, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("vlt", "jkt"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("stopped_devices_by_time", "stopped_devices", ["at"], unique=False)


def downgrade() -> None:
    """Drops it."""
    op.drop_index("stopped_devices_by_time", table_name="stopped_devices")
    op.drop_table("stopped_devices")
