# SPDX-License-Identifier: EUPL-1.2
"""On PostgreSQL: two functions that forget what lines of the log said, for a role that may not change one."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# They run with the rights of who made them, the owner; the entry, which the tree stands on, they leave as it is.
MADE = """CREATE FUNCTION {signature} RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE gone bigint;
BEGIN
  UPDATE public.events SET {forgotten} WHERE {which};
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$"""
FUNCTIONS = (
    ("forget_line(whose text, which bigint)", "nonce = NULL, bytes = NULL", "vlt = whose AND n = which"),
    ("forget_lines(whose text)", "vlt = NULL, n = NULL, nonce = NULL, bytes = NULL", "vlt = whose"),
)


def upgrade() -> None:
    """Makes them; nobody may call them until it is granted."""
    if op.get_bind().dialect.name == "postgresql":
        for signature, forgotten, which in FUNCTIONS:
            op.execute(MADE.format(signature=signature, forgotten=forgotten, which=which))
            op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")


def downgrade() -> None:
    """Takes them back."""
    if op.get_bind().dialect.name == "postgresql":
        for signature, _, _ in FUNCTIONS:
            op.execute(f"DROP FUNCTION {signature}")
