# SPDX-License-Identifier: EUPL-1.2
"""What teams owe after an end, and what people ask about a look: closings, "Waarom keek je?", take-overs."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FURTHER = (("purpose", TEXT), ("receipt", TEXT), ("late_at", NUMBER))


def upgrade() -> None:
    """Makes the table of questions; duties and plain lines say more."""
    op.create_table(
        "questions",
        sa.Column("vlt", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("n", NUMBER, nullable=False),
        sa.Column("entry", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("looked_at", NUMBER, nullable=False),
        sa.Column("team", TEXT, nullable=False),
        sa.Column("emp", TEXT, nullable=False),
        sa.Column("jti", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("asked_at", NUMBER, nullable=False),
        sa.Column("due", NUMBER, nullable=False),
        sa.Column("reminded_at", NUMBER, nullable=True),
        sa.Column("answer", TEXT, nullable=True),
        sa.Column("org", TEXT, nullable=True),
        sa.Column("receipt", TEXT, nullable=True),
        sa.Column("answered_at", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("vlt", "id"),
        sa.UniqueConstraint("vlt", "n"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("questions_due", "questions", ["answered_at", "due"], unique=False)
    op.create_index("questions_newest", "questions", ["vlt", "asked_at", "id"], unique=False)
    op.create_index("questions_of_team", "questions", ["team", "asked_at", "id"], unique=False)
    for name, kind in FURTHER:
        op.add_column("duties", sa.Column(name, kind, nullable=True))
    op.create_index("duties_of_team", "duties", ["team", "jti"], unique=False)
    op.add_column("lines", sa.Column("note", TEXT, nullable=True))


def downgrade() -> None:
    """Takes them back."""
    op.drop_column("lines", "note")
    op.drop_index("duties_of_team", table_name="duties")
    for name, _ in FURTHER:
        op.drop_column("duties", name)
    for name in ("questions_of_team", "questions_newest", "questions_due"):
        op.drop_index(name, table_name="questions")
    op.drop_table("questions")
