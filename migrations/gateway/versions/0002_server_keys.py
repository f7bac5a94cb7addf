# SPDX-License-Identifier: EUPL-1.2
"""When each key of ours was first published, and first signed."""

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
        "server_keys",
        sa.Column("kid", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("published_at", NUMBER, nullable=False),
        sa.Column("signed_at", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("kid"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("server_keys")
