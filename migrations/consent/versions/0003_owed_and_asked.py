# SPDX-License-Identifier: EUPL-1.2
"""What teams owe after an end, and what people ask about a look: closings, "Waarom keek je?", take-overs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FURTHER = (("purpose", sa.Text), ("receipt", sa.Text), ("late_at", sa.Integer))


def upgrade() -> None:
    """Makes the table of questions; duties and plain lines say more."""
    op.create_table(
        "questions",
        sa.Column("vlt", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("emp", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("org", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("vlt", "id"),
        sa.UniqueConstraint("vlt", "n"),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("questions_due", "questions", ["answered_at", "due"], unique=False)
    op.create_index("questions_newest", "questions", ["vlt", "asked_at", "id"], unique=False)
    op.create_index("questions_of_team", "questions", ["team", "asked_at", "id"], unique=False)
    for name, kind in FURTHER:
        op.add_column("duties", sa.Column(name, kind(), nullable=True))
    op.create_index("duties_of_team", "duties", ["team", "jti"], unique=False)
    op.add_column("lines", sa.Column("note", sa.Text(), nullable=True))


def downgrade() -> None:
    """Takes them back."""
    op.drop_column("lines", "note")
    op.drop_index("duties_of_team", table_name="duties")
    for name, _ in FURTHER:
        op.drop_column("duties", name)
    for name in ("questions_of_team", "questions_newest", "questions_due"):
        op.drop_index(name, table_name="questions")
    op.drop_table("questions")
