# SPDX-License-Identifier: EUPL-1.2
"""The first schema of the vault."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table('attachments',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('rid', TEXT, nullable=False),
    sa.Column('a', TEXT, nullable=False),
    sa.Column('length', NUMBER, nullable=False),
    sa.Column('h', TEXT, nullable=False),
    sa.Column('complete', NUMBER, sa.CheckConstraint('complete IN (0, 1)', name='complete_flag'), nullable=False),
    sa.Column('until', NUMBER, nullable=True),
    sa.Column('upload', TEXT, nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'rid', 'a'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('attachments_by_end', 'attachments', ['until'], unique=False)
    op.create_table('challenges',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('challenge', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'challenge'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('deposits',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('rid', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('ep', NUMBER, nullable=False),
    sa.Column('gnt', TEXT, nullable=False),
    sa.Column('n', NUMBER, nullable=False),
    sa.Column('complete', NUMBER, sa.CheckConstraint('complete IN (0, 1)', name='complete_flag'), nullable=False),
    sa.Column('event_n', NUMBER, nullable=False),
    sa.Column('log_index', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('until', NUMBER, nullable=True),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('h', TEXT, nullable=False),
    sa.Column('size', NUMBER, nullable=False),
    sa.Column('jwe', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'rid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('deposits_by_place', 'deposits', ['vlt', 'drw', 'complete', 'n'], unique=False)
    op.create_table('drawers',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('ep', NUMBER, nullable=False),
    sa.Column('box', TEXT, nullable=False),
    sa.Column('n', NUMBER, nullable=False),
    sa.Column('h', sa.LargeBinary(), nullable=False),
    sa.Column('signed_n', NUMBER, nullable=False),
    sa.Column('signed', TEXT, nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'drw'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('envelopes',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('gnt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('ep', NUMBER, nullable=False),
    sa.Column('kid', TEXT, nullable=False),
    sa.Column('h', TEXT, nullable=False),
    sa.Column('size', NUMBER, nullable=False),
    sa.Column('jwe', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'gnt', 'drw', 'ep'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('epochs',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('ep', NUMBER, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('statement', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'ep'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('erasures',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('due', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('heads',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('n', NUMBER, nullable=False),
    sa.Column('op', TEXT, nullable=False),
    sa.Column('rid', TEXT, nullable=False),
    sa.Column('ver', NUMBER, nullable=False),
    sa.Column('sealed', TEXT, nullable=False),
    sa.Column('h', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'n'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index('heads_by_record', 'heads', ['vlt', 'rid', 'n'], unique=False)
    op.create_table('imports',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.Column('chain', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('journal',
    sa.Column('id', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('line', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True,
    sqlite_strict=True
    )
    op.create_table('keyrings',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('jwe', TEXT, nullable=False),
    sa.Column('h', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'seq'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('pieces',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('rid', TEXT, nullable=False),
    sa.Column('a', TEXT, nullable=False),
    sa.Column('k', NUMBER, nullable=False),
    sa.Column('size', NUMBER, nullable=False),
    sa.Column('h', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'rid', 'a', 'k'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('pieces_by_blob', 'pieces', ['vlt', 'h'], unique=False)
    op.create_table('records',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('rid', TEXT, nullable=False),
    sa.Column('ver', NUMBER, nullable=False),
    sa.Column('ep', NUMBER, nullable=False),
    sa.Column('n', NUMBER, nullable=False),
    sa.Column('newest', NUMBER, sa.CheckConstraint('newest IN (0, 1)', name='newest_flag'), nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('h', TEXT, nullable=False),
    sa.Column('size', NUMBER, nullable=False),
    sa.Column('jwe', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'rid', 'ver'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('records_by_place', 'records', ['vlt', 'drw', 'newest', 'n'], unique=False)
    op.create_table('seen_proofs',
    sa.Column('jkt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('jkt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_seen_proofs_until'), 'seen_proofs', ['until'], unique=False)
    op.create_table('singles',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('gnt', TEXT, nullable=False),
    sa.Column('rid', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('ver', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('kid', TEXT, nullable=False),
    sa.Column('h', TEXT, nullable=False),
    sa.Column('size', NUMBER, nullable=False),
    sa.Column('jwe', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'gnt', 'rid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('singles_by_record', 'singles', ['vlt', 'rid'], unique=False)
    op.create_table('slots',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('slot', TEXT, nullable=False),
    sa.Column('type', TEXT, nullable=False),
    sa.Column('kdf', TEXT, nullable=True),
    sa.Column('jwe', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'slot'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('uploads',
    sa.Column('id', TEXT, nullable=False),
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('rid', TEXT, nullable=False),
    sa.Column('a', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('used_permits',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('origin', TEXT, nullable=False),
    sa.Column('idx', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'origin', 'idx'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('vaults',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('state', TEXT, sa.CheckConstraint("state IN ('open', 'importing', 'gone')", name='vault_state'), nullable=False),
    sa.Column('card', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('quota', NUMBER, nullable=False),
    sa.Column('used', NUMBER, nullable=False),
    sa.Column('records', NUMBER, nullable=False),
    sa.Column('since', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )


def downgrade() -> None:
    """Removes every table, and all that was kept in it."""
    op.drop_table('vaults')
    op.drop_table('used_permits')
    op.drop_table('uploads')
    op.drop_table('slots')
    op.drop_index('singles_by_record', table_name='singles')
    op.drop_table('singles')
    op.drop_index(op.f('ix_seen_proofs_until'), table_name='seen_proofs')
    op.drop_table('seen_proofs')
    op.drop_index('records_by_place', table_name='records')
    op.drop_table('records')
    op.drop_index('pieces_by_blob', table_name='pieces')
    op.drop_table('pieces')
    op.drop_table('keyrings')
    op.drop_table('journal')
    op.drop_table('imports')
    op.drop_index('heads_by_record', table_name='heads')
    op.drop_table('heads')
    op.drop_table('erasures')
    op.drop_table('epochs')
    op.drop_table('envelopes')
    op.drop_table('drawers')
    op.drop_index('deposits_by_place', table_name='deposits')
    op.drop_table('deposits')
    op.drop_table('challenges')
    op.drop_index('attachments_by_end', table_name='attachments')
    op.drop_table('attachments')
