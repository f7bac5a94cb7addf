# SPDX-License-Identifier: EUPL-1.2
"""Which statement of her chain was the newest when a pause began: what opens it comes after, by number and not by clock."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column. Pauses that are there take a renewal of from now on."""
    op.add_column("pauses", sa.Column("seq", NUMBER, nullable=False, server_default="0"))
    op.execute("UPDATE pauses SET seq = (SELECT vaults.seq FROM vaults WHERE vaults.vlt = pauses.vlt)")


def downgrade() -> None:
    """Takes it back."""
    op.drop_column("pauses", "seq")
