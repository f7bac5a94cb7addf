# SPDX-License-Identifier: EUPL-1.2
"""The first schema of the desk."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table('cases',
    sa.Column('request', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('holder', TEXT, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('request'),
    sqlite_strict=True
    )
    op.create_table('copies',
    sa.Column('h', TEXT, nullable=False),
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('jwe', TEXT, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('h'),
    sqlite_strict=True
    )
    op.create_index('copies_by_subject', 'copies', ['subject', 'seq'], unique=False)
    op.create_table('duties',
    sa.Column('gnt', TEXT, nullable=False),
    sa.Column('asked', NUMBER, nullable=False),
    sa.Column('closed', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('gnt'),
    sqlite_strict=True
    )
    op.create_table('envelopes',
    sa.Column('gnt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('ep', NUMBER, nullable=False),
    sa.Column('kid', TEXT, nullable=False),
    sa.Column('jwe', TEXT, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('gnt', 'drw', 'ep'),
    sqlite_strict=True
    )
    op.create_table('events',
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('type', TEXT, nullable=False),
    sa.Column('dataref', TEXT, nullable=False),
    sa.Column('issued', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('jti'),
    sqlite_strict=True
    )
    op.create_index('events_by_time', 'events', ['at', 'jti'], unique=False)
    op.create_table('journal',
    sa.Column('id', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('line', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True,
    sqlite_strict=True
    )
    op.create_table('member_lists',
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('seq'),
    sqlite_strict=True
    )
    op.create_table('peppers',
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('day', NUMBER, nullable=False),
    sa.Column('tries', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('subject'),
    sqlite_strict=True
    )
    op.create_table('removals',
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('told', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('subject'),
    sqlite_strict=True
    )
    op.create_table('rings',
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('ring', TEXT, nullable=False),
    sa.Column('sig', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('card', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('keyring', TEXT, nullable=True),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('subject'),
    sa.UniqueConstraint('ring'),
    sa.UniqueConstraint('sig'),
    sqlite_strict=True
    )
    op.create_table('slots',
    sa.Column('ring', TEXT, nullable=False),
    sa.Column('slot', TEXT, nullable=False),
    sa.Column('type', TEXT, nullable=False),
    sa.Column('kdf', TEXT, nullable=True),
    sa.Column('jwe', TEXT, nullable=False),
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
