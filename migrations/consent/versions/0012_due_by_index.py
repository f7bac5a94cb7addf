# SPDX-License-Identifier: EUPL-1.2
"""What is due once an hour is found by an index: each of these was a walk of a whole table, in the ledger's own turn."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STANDING, OPENED = "ended_at IS NULL", "opened_at IS NOT NULL AND ended_at IS NULL"
MADE = (
    ("grants_ending", "grants", "ends", STANDING),
    ("grants_opened", "grants", "opened_at", OPENED),
    ("grant_places_of_vault", "grant_places", "vlt", None),
    ("requests_over", "requests", "expires_at", None),
    ("share_codes_over", "share_codes", "until", None),
    ("vaults_born", "vaults", "birth_date", "birth_date IS NOT NULL"),
    ("vaults_erasing", "vaults", "erase_at", "erase_at IS NOT NULL"),
    ("vaults_gone", "vaults", "gone_at", "gone_at IS NOT NULL"),
)


def upgrade() -> None:
    """Makes them; that of ended grants holds the standing ones only."""
    op.drop_index("grants_ending", "grants")
    for name, table, column, where in MADE:
        some = None if where is None else sa.text(where)
        op.create_index(name, table, [column], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    """Drops them again."""
    for name, table, _, _ in MADE:
        op.drop_index(name, table)
    op.create_index("grants_ending", "grants", ["ends"])
