# SPDX-License-Identifier: EUPL-1.2
"""The first schema of the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table('cases',
    sa.Column('request', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('holder', sa.Text(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('request'),
    sqlite_strict=True
    )
    op.create_table('copies',
    sa.Column('h', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('h'),
    sqlite_strict=True
    )
    op.create_index('copies_by_subject', 'copies', ['subject', 'seq'], unique=False)
    op.create_table('duties',
    sa.Column('gnt', sa.Text(), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('closed', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('gnt'),
    sqlite_strict=True
    )
    op.create_table('envelopes',
    sa.Column('gnt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('ep', sa.Integer(), nullable=False),
    sa.Column('kid', sa.Text(), nullable=False),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('gnt', 'drw', 'ep'),
    sqlite_strict=True
    )
    op.create_table('events',
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('dataref', sa.Text(), nullable=False),
    sa.Column('issued', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('jti'),
    sqlite_strict=True
    )
    op.create_index('events_by_time', 'events', ['at', 'jti'], unique=False)
    op.create_table('journal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('line', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True,
    sqlite_strict=True
    )
    op.create_table('member_lists',
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('seq'),
    sqlite_strict=True
    )
    op.create_table('peppers',
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('subject'),
    sqlite_strict=True
    )
    op.create_table('removals',
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('told', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('subject'),
    sqlite_strict=True
    )
    op.create_table('rings',
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('ring', sa.Text(), nullable=False),
    sa.Column('sig', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('card', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('keyring', sa.Text(), nullable=True),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('subject'),
    sa.UniqueConstraint('ring'),
    sa.UniqueConstraint('sig'),
    sqlite_strict=True
    )
    op.create_table('slots',
    sa.Column('ring', sa.Text(), nullable=False),
    sa.Column('slot', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('kdf', sa.Text(), nullable=True),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('ring', 'slot'),
    sqlite_strict=True
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table('slots')
    op.drop_table('rings')
    op.drop_table('removals')
    op.drop_table('peppers')
    op.drop_table('member_lists')
    op.drop_table('journal')
    op.drop_index('events_by_time', table_name='events')
    op.drop_table('events')
    op.drop_table('envelopes')
    op.drop_table('duties')
    op.drop_index('copies_by_subject', table_name='copies')
    op.drop_table('copies')
    op.drop_table('cases')
