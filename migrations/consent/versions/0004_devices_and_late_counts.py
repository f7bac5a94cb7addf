# SPDX-License-Identifier: EUPL-1.2
"""Devices that call in a person's name, and how often organisations are late."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes both tables; a question about a look says when it was counted as late."""
    op.create_table(
        "devices",
        sa.Column("vlt", TEXT, nullable=False),
        sa.Column("jkt", TEXT, nullable=False),
        sa.Column("first_at", NUMBER, nullable=False),
        sa.Column("last_at", NUMBER, nullable=False),
        sa.Column("stopped_at", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("vlt", "jkt"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("devices_newest", "devices", ["vlt", "first_at", "jkt"], unique=False)
    op.create_index("devices_idle", "devices", ["last_at"], unique=False)
    op.create_table(
        "late_counts",
        sa.Column("quarter", NUMBER, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("closings", NUMBER, nullable=False),
        sa.Column("answers", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("quarter", "organisation"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.add_column("questions", sa.Column("late_at", NUMBER, nullable=True))


def downgrade() -> None:
    """Takes them back."""
    op.drop_column("questions", "late_at")
    op.drop_table("late_counts")
    op.drop_index("devices_idle", table_name="devices")
    op.drop_index("devices_newest", table_name="devices")
    op.drop_table("devices")
