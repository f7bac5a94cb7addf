# SPDX-License-Identifier: EUPL-1.2
"""How a team is shown, as the directory signed it: name, role, address, contact and logo."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXTS = ("token", "role", "name", "address", "contact")
NUMBERS = ("shard", "idx", "logged_at", "valid_from")


def upgrade() -> None:
    """Makes the table of listings; a team names the one that counts."""
    op.create_table(
        "listings",
        sa.Column("team", TEXT, nullable=False),
        sa.Column("sid", TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in TEXTS),
        *(sa.Column(name, NUMBER, nullable=False) for name in NUMBERS),
        sa.PrimaryKeyConstraint("team", "sid"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("listings_due", "listings", ["valid_from"], unique=False)
    op.add_column("teams", sa.Column("listing", TEXT, nullable=True))


def downgrade() -> None:
    """Takes them back."""
    op.drop_column("teams", "listing")
    op.drop_index("listings_due", table_name="listings")
    op.drop_table("listings")
