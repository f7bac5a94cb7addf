# SPDX-License-Identifier: EUPL-1.2
"""Moving in from another installation."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "arrivals",
        sa.Column("vlt", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("until", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("vlt"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "arriving",
        sa.Column("vlt", TEXT, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("sid", TEXT, nullable=False),
        sa.Column("typ", TEXT, nullable=False),
        sa.Column("about", TEXT, nullable=True),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("receipt", TEXT, nullable=False),
        sa.Column("entered_at", NUMBER, nullable=False),
        sa.Column("entry", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("vlt", "seq"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("arriving_about", "arriving", ["vlt", "about"])
    op.create_table(
        "earlier_lines",
        sa.Column("vlt", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("n", NUMBER, nullable=False),
        sa.Column("entry", TEXT, nullable=True),
        sa.Column("event", TEXT, nullable=True),
        sa.Column("nonce", TEXT, nullable=True),
        sa.Column("proof", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("vlt", "origin", "n"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("earlier_entries", "earlier_lines", ["vlt", "entry"])
    op.create_table(
        "moves",
        sa.Column("vlt", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("was", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("vlt"),
        sa.UniqueConstraint("was"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )


def downgrade() -> None:
    """Takes them back."""
    for name in ("moves", "earlier_lines", "arriving", "arrivals"):
        op.drop_table(name)
