# SPDX-License-Identifier: EUPL-1.2
"""What the hourly sweep looks for is found by an index: each of these was a walk of a whole table."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MADE = (
    ("deposits_unfinished", "deposits", "until", "until IS NOT NULL"),
    ("keyrings_over", "keyrings", "until", "until IS NOT NULL"),
    ("vaults_gone", "vaults", "since", "state = 'gone'"),
)


def upgrade() -> None:
    """Makes them."""
    for name, table, column, where in MADE:
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Drops them again."""
    for name, table, _, _ in MADE:
        op.drop_index(name, table)
