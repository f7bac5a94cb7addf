# SPDX-License-Identifier: EUPL-1.2
"""Why something is paused: what sleeps since a restore opens with a signature alone."""

import sqlalchemy as sa
from alembic import op

from chassis.database import TEXT

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column."""
    op.add_column("pauses", sa.Column("why", TEXT, nullable=True))


def downgrade() -> None:
    """Takes it back."""
    op.drop_column("pauses", "why")
