# SPDX-License-Identifier: EUPL-1.2
"""The first schema of consent."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table('abilities',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('regime', sa.Text(), nullable=False),
    sa.Column('sid', sa.Text(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('since', sa.Integer(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'regime'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('assents',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('by_vlt', sa.Text(), nullable=False),
    sa.Column('sid', sa.Text(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('yes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'jti', 'by_vlt'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('challenges',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('challenge', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('challenges_until', 'challenges', ['until'], unique=False)
    op.create_table('duties',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('team', sa.Text(), nullable=False),
    sa.Column('since', sa.Integer(), nullable=False),
    sa.Column('due', sa.Integer(), nullable=False),
    sa.Column('reminded_at', sa.Integer(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('kept_until', sa.Integer(), nullable=True),
    sa.Column('article', sa.Text(), nullable=True),
    sa.Column('closing', sa.Text(), nullable=True),
    sa.Column('answered_at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('duties_due', 'duties', ['answered_at', 'due'], unique=False)
    op.create_table('epochs',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('ep', sa.Integer(), nullable=False),
    sa.Column('cat', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'ep'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('erasures',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.Integer(), nullable=False),
    sa.Column('erase_at', sa.Integer(), nullable=False),
    sa.Column('done_at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('vlt'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('events',
    sa.Column('shard', sa.Integer(), nullable=False),
    sa.Column('idx', sa.Integer(), nullable=False),
    sa.Column('vlt', sa.Text(), nullable=True),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('entry', sa.LargeBinary(), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=True),
    sa.Column('bytes', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('shard', 'idx'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index('events_of_vault', 'events', ['vlt', 'n'], unique=True)
    op.create_table('events_out',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('team', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('made_at', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.Integer(), nullable=False),
    sa.Column('acknowledged_at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('events_out_due', 'events_out', ['team', 'acknowledged_at', 'due_at'], unique=False)
    op.create_table('gezag',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('sid', sa.Text(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('holders', sa.Text(), nullable=False),
    sa.Column('in_doubt', sa.Integer(), server_default='0', nullable=False),
    sa.Column('taken_at', sa.Integer(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'sid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('grant_caseworkers',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('emp', sa.Text(), nullable=False),
    sa.Column('since', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'jti', 'emp'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grant_days',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('day', sa.Text(), nullable=False),
    sa.Column('looks', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'jti', 'day'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grant_drawers',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('drw', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('cat', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grant_places',
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grants',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('sid', sa.Text(), nullable=False),
    sa.Column('card_seq', sa.Integer(), nullable=False),
    sa.Column('team', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('starts', sa.Integer(), nullable=False),
    sa.Column('ends', sa.Integer(), nullable=False),
    sa.Column('request', sa.Text(), nullable=True),
    sa.Column('entered_at', sa.Integer(), nullable=False),
    sa.Column('given_at', sa.Integer(), nullable=False),
    sa.Column('waiting', sa.Integer(), server_default='0', nullable=False),
    sa.Column('rests_on_gezag', sa.Integer(), server_default='0', nullable=False),
    sa.Column('rules', sa.Integer(), nullable=False),
    sa.Column('approvers', sa.Text(), nullable=True),
    sa.Column('opened_at', sa.Integer(), nullable=True),
    sa.Column('opened_by', sa.Text(), nullable=True),
    sa.Column('ended_at', sa.Integer(), nullable=True),
    sa.Column('ended_why', sa.Text(), nullable=True),
    sa.Column('stopped_by', sa.Text(), nullable=True),
    sa.Column('revoke', sa.Text(), nullable=True),
    sa.CheckConstraint('(ended_at IS NULL) = (ended_why IS NULL)', name='ended_once'),
    sa.CheckConstraint('starts < ends', name='grant_ends'),
    sa.PrimaryKeyConstraint('vlt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('grants_ending', 'grants', ['ends'], unique=False)
    op.create_index('grants_newest', 'grants', ['vlt', 'entered_at', 'jti'], unique=False)
    op.create_index('grants_of_request', 'grants', ['vlt', 'request'], unique=False)
    op.create_index('grants_of_team', 'grants', ['team', 'entered_at', 'jti'], unique=False)
    op.create_table('journal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('line', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True,
    sqlite_strict=True
    )
    op.create_table('lines',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('team', sa.Text(), nullable=True),
    sa.Column('request', sa.Text(), nullable=True),
    sa.Column('jti', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('lines_newest', 'lines', ['vlt', 'at', 'id'], unique=False)
    op.create_table('nodes',
    sa.Column('shard', sa.Integer(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('idx', sa.Integer(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('shard', 'level', 'idx'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('organisations',
    sa.Column('team', sa.Text(), nullable=False),
    sa.Column('sid', sa.Text(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('enc', sa.Text(), nullable=False),
    sa.Column('sig', sa.Text(), nullable=False),
    sa.Column('shard', sa.Integer(), nullable=False),
    sa.Column('idx', sa.Integer(), nullable=False),
    sa.Column('logged_at', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Integer(), nullable=False),
    sa.Column('valid_until', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('team', 'sid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('organisations_newest', 'organisations', ['team', 'logged_at'], unique=False)
    op.create_table('pauses',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=True),
    sa.Column('since', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('one_pause_each', 'pauses', ['vlt', 'jti'], unique=True)
    op.create_index('one_pause_of_all', 'pauses', ['vlt'], unique=True, sqlite_where=sa.text('jti IS NULL'), postgresql_where=sa.text('jti IS NULL'))
    op.create_table('purposes',
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('sid', sa.Text(), nullable=True),
    sa.Column('daily', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Integer(), server_default='0', nullable=False),
    sa.Column('activity', sa.Text(), nullable=False),
    sa.Column('logged_at', sa.Integer(), nullable=False),
    sa.Column('recalled_at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('uri'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('receipts',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('at', sa.Integer(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=True),
    sa.Column('receipt', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('receipts_newest', 'receipts', ['vlt', 'at', 'id'], unique=False)
    op.create_table('requests',
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('team', sa.Text(), nullable=False),
    sa.Column('client', sa.Text(), nullable=False),
    sa.Column('emp', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('binding_code', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.Integer(), nullable=False),
    sa.Column('answered_at', sa.Integer(), nullable=True),
    sa.Column('offer', sa.Text(), nullable=True),
    sa.Column('rules', sa.Integer(), nullable=False),
    sa.Column('approvers', sa.Text(), nullable=True),
    sa.Column('share_code', sa.Text(), nullable=True),
    sa.Column('told_at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('address', 'id'),
    sa.UniqueConstraint('id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('requests_again', 'requests', ['address', 'team', 'purpose', 'expires_at'], unique=False)
    op.create_index('requests_ending', 'requests', ['state', 'expires_at'], unique=False)
    op.create_index('requests_newest', 'requests', ['address', 'asked_at', 'id'], unique=False)
    op.create_index('requests_of_team', 'requests', ['team', 'asked_at', 'id'], unique=False)
    op.create_table('seen_proofs',
    sa.Column('jkt', sa.Text(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('jkt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_seen_proofs_until'), 'seen_proofs', ['until'], unique=False)
    op.create_table('shards',
    sa.Column('shard', sa.Integer(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('now', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('shard'),
    sa.UniqueConstraint('origin'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('share_codes',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('made_at', sa.Integer(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.Integer(), nullable=True),
    sa.Column('used_by', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sa.UniqueConstraint('hash'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('statements',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('sid', sa.Text(), nullable=False),
    sa.Column('typ', sa.Text(), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('entered_at', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('receipt', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'seq'),
    sa.UniqueConstraint('vlt', 'sid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('suspensions',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('since', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'subject'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('taken',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('until', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('question'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('teams',
    sa.Column('team', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('listed_at', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('team'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('vaults',
    sa.Column('vlt', sa.Text(), nullable=False),
    sa.Column('bsn', sa.Text(), nullable=True),
    sa.Column('birth_date', sa.Text(), nullable=True),
    sa.Column('acr', sa.Text(), nullable=True),
    sa.Column('signed_in_at', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.Integer(), nullable=True),
    sa.Column('person', sa.Text(), nullable=True),
    sa.Column('seq', sa.Integer(), nullable=True),
    sa.Column('sid', sa.Text(), nullable=True),
    sa.Column('card_seq', sa.Integer(), nullable=True),
    sa.Column('gezag_changed_at', sa.Integer(), nullable=True),
    sa.Column('erase_at', sa.Integer(), nullable=True),
    sa.Column('gone_at', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('vlt'),
    sa.UniqueConstraint('bsn'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table('vaults')
    op.drop_table('teams')
    op.drop_table('taken')
    op.drop_table('suspensions')
    op.drop_table('statements')
    op.drop_table('share_codes')
    op.drop_table('shards')
    op.drop_index(op.f('ix_seen_proofs_until'), table_name='seen_proofs')
    op.drop_table('seen_proofs')
    op.drop_index('requests_of_team', table_name='requests')
    op.drop_index('requests_newest', table_name='requests')
    op.drop_index('requests_ending', table_name='requests')
    op.drop_index('requests_again', table_name='requests')
    op.drop_table('requests')
    op.drop_index('receipts_newest', table_name='receipts')
    op.drop_table('receipts')
    op.drop_table('purposes')
    op.drop_index('one_pause_of_all', table_name='pauses', sqlite_where=sa.text('jti IS NULL'), postgresql_where=sa.text('jti IS NULL'))
    op.drop_index('one_pause_each', table_name='pauses')
    op.drop_table('pauses')
    op.drop_index('organisations_newest', table_name='organisations')
    op.drop_table('organisations')
    op.drop_table('nodes')
    op.drop_index('lines_newest', table_name='lines')
    op.drop_table('lines')
    op.drop_table('journal')
    op.drop_index('grants_of_team', table_name='grants')
    op.drop_index('grants_of_request', table_name='grants')
    op.drop_index('grants_newest', table_name='grants')
    op.drop_index('grants_ending', table_name='grants')
    op.drop_table('grants')
    op.drop_table('grant_places')
    op.drop_table('grant_drawers')
    op.drop_table('grant_days')
    op.drop_table('grant_caseworkers')
    op.drop_table('gezag')
    op.drop_index('events_out_due', table_name='events_out')
    op.drop_table('events_out')
    op.drop_index('events_of_vault', table_name='events')
    op.drop_table('events')
    op.drop_table('erasures')
    op.drop_table('epochs')
    op.drop_index('duties_due', table_name='duties')
    op.drop_table('duties')
    op.drop_index('challenges_until', table_name='challenges')
    op.drop_table('challenges')
    op.drop_table('assents')
    op.drop_table('abilities')
