# SPDX-License-Identifier: EUPL-1.2
"""The first schema of the vault."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table('attachments',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('rid', sa.Text(), nullable=False),
    sa.Column('a', sa.Text(), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.Column('h', sa.Text(), nullable=False),
    sa.Column('complete', sa.Integer(), sa.CheckConstraint('complete IN (0, 1)', name='complete_flag'), nullable=False),
    sa.Column('until', sa.Integer(), nullable=True),
    sa.Column('upload', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'rid', 'a'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('attachments_by_end', 'attachments', ['until'], unique=False)
    op.create_table('challenges',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('challenge', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'challenge'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('deposits',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('rid', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('ep', sa.Integer(), nullable=False),
    sa.Column('gnt', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('complete', sa.Integer(), sa.CheckConstraint('complete IN (0, 1)', name='complete_flag'), nullable=False),
    sa.Column('event_n', sa.Integer(), nullable=False),
    sa.Column('log_index', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=True),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('h', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'rid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('deposits_by_place', 'deposits', ['vlt', 'drw', 'complete', 'n'], unique=False)
    op.create_table('drawers',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('ep', sa.Integer(), nullable=False),
    sa.Column('box', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('h', sa.LargeBinary(), nullable=False),
    sa.Column('signed_n', sa.Integer(), nullable=False),
    sa.Column('signed', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'drw'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('envelopes',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('gnt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('ep', sa.Integer(), nullable=False),
    sa.Column('kid', sa.Text(), nullable=False),
    sa.Column('h', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'gnt', 'drw', 'ep'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('epochs',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('ep', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'ep'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('erasures',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('due', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('heads',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('op', sa.Text(), nullable=False),
    sa.Column('rid', sa.Text(), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('h', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'n'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index('heads_by_record', 'heads', ['vlt', 'rid', 'n'], unique=False)
    op.create_table('imports',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.Column('chain', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('journal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('line', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True,
    sqlite_strict=True
    )
    op.create_table('keyrings',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.Column('h', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'seq'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('pieces',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('rid', sa.Text(), nullable=False),
    sa.Column('a', sa.Text(), nullable=False),
    sa.Column('k', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('h', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'rid', 'a', 'k'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('pieces_by_blob', 'pieces', ['vlt', 'h'], unique=False)
    op.create_table('records',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('rid', sa.Text(), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('ep', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('newest', sa.Integer(), sa.CheckConstraint('newest IN (0, 1)', name='newest_flag'), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('h', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'rid', 'ver'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('records_by_place', 'records', ['vlt', 'drw', 'newest', 'n'], unique=False)
    op.create_table('seen_proofs',
    sa.Column('jkt', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('jkt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_seen_proofs_until'), 'seen_proofs', ['until'], unique=False)
    op.create_table('singles',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('gnt', sa.Text(), nullable=False),
    sa.Column('rid', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('kid', sa.Text(), nullable=False),
    sa.Column('h', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'gnt', 'rid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('singles_by_record', 'singles', ['vlt', 'rid'], unique=False)
    op.create_table('slots',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('slot', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('kdf', sa.Text(), nullable=True),
    sa.Column('jwe', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'slot'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('uploads',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('rid', sa.Text(), nullable=False),
    sa.Column('a', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('used_permits',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('idx', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'origin', 'idx'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('vaults',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), sa.CheckConstraint("state IN ('open', 'importing', 'gone')", name='vault_state'), nullable=False),
    sa.Column('card', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('quota', sa.Integer(), nullable=False),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('since', sa.Integer(), nullable=False),
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
