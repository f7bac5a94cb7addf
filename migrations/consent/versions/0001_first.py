# SPDX-License-Identifier: EUPL-1.2
"""The first schema of consent."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table('abilities',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('regime', TEXT, nullable=False),
    sa.Column('sid', TEXT, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('since', NUMBER, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'regime'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('assents',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('by_vlt', TEXT, nullable=False),
    sa.Column('sid', TEXT, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('yes', NUMBER, server_default='0', nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'jti', 'by_vlt'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('challenges',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('challenge', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('challenges_until', 'challenges', ['until'], unique=False)
    op.create_table('duties',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('team', TEXT, nullable=False),
    sa.Column('since', NUMBER, nullable=False),
    sa.Column('due', NUMBER, nullable=False),
    sa.Column('reminded_at', NUMBER, nullable=True),
    sa.Column('answer', TEXT, nullable=True),
    sa.Column('kept_until', NUMBER, nullable=True),
    sa.Column('article', TEXT, nullable=True),
    sa.Column('closing', TEXT, nullable=True),
    sa.Column('answered_at', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('duties_due', 'duties', ['answered_at', 'due'], unique=False)
    op.create_table('epochs',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('ep', NUMBER, nullable=False),
    sa.Column('cat', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'ep'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('erasures',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('asked_at', NUMBER, nullable=False),
    sa.Column('erase_at', NUMBER, nullable=False),
    sa.Column('done_at', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('vlt'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('events',
    sa.Column('shard', NUMBER, nullable=False),
    sa.Column('idx', NUMBER, nullable=False),
    sa.Column('vlt', TEXT, nullable=True),
    sa.Column('n', NUMBER, nullable=True),
    sa.Column('entry', sa.LargeBinary(), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=True),
    sa.Column('bytes', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('shard', 'idx'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index('events_of_vault', 'events', ['vlt', 'n'], unique=True)
    op.create_table('events_out',
    sa.Column('id', TEXT, nullable=False),
    sa.Column('team', TEXT, nullable=False),
    sa.Column('type', TEXT, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('made_at', NUMBER, nullable=False),
    sa.Column('due_at', NUMBER, nullable=False),
    sa.Column('acknowledged_at', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('events_out_due', 'events_out', ['team', 'acknowledged_at', 'due_at'], unique=False)
    op.create_table('gezag',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('sid', TEXT, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('holders', TEXT, nullable=False),
    sa.Column('in_doubt', NUMBER, server_default='0', nullable=False),
    sa.Column('taken_at', NUMBER, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'sid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('grant_caseworkers',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('emp', TEXT, nullable=False),
    sa.Column('since', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'jti', 'emp'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grant_days',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('day', TEXT, nullable=False),
    sa.Column('looks', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'jti', 'day'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grant_drawers',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('drw', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('cat', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'drw', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grant_places',
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('vlt', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('grants',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('sid', TEXT, nullable=False),
    sa.Column('card_seq', NUMBER, nullable=False),
    sa.Column('team', TEXT, nullable=False),
    sa.Column('purpose', TEXT, nullable=False),
    sa.Column('starts', NUMBER, nullable=False),
    sa.Column('ends', NUMBER, nullable=False),
    sa.Column('request', TEXT, nullable=True),
    sa.Column('entered_at', NUMBER, nullable=False),
    sa.Column('given_at', NUMBER, nullable=False),
    sa.Column('waiting', NUMBER, server_default='0', nullable=False),
    sa.Column('rests_on_gezag', NUMBER, server_default='0', nullable=False),
    sa.Column('rules', NUMBER, nullable=False),
    sa.Column('approvers', TEXT, nullable=True),
    sa.Column('opened_at', NUMBER, nullable=True),
    sa.Column('opened_by', TEXT, nullable=True),
    sa.Column('ended_at', NUMBER, nullable=True),
    sa.Column('ended_why', TEXT, nullable=True),
    sa.Column('stopped_by', TEXT, nullable=True),
    sa.Column('revoke', TEXT, nullable=True),
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
    sa.Column('id', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('line', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True,
    sqlite_strict=True
    )
    op.create_table('lines',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('what', TEXT, nullable=False),
    sa.Column('team', TEXT, nullable=True),
    sa.Column('request', TEXT, nullable=True),
    sa.Column('jti', TEXT, nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('lines_newest', 'lines', ['vlt', 'at', 'id'], unique=False)
    op.create_table('nodes',
    sa.Column('shard', NUMBER, nullable=False),
    sa.Column('level', NUMBER, nullable=False),
    sa.Column('idx', NUMBER, nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('shard', 'level', 'idx'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('organisations',
    sa.Column('team', TEXT, nullable=False),
    sa.Column('sid', TEXT, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('enc', TEXT, nullable=False),
    sa.Column('sig', TEXT, nullable=False),
    sa.Column('shard', NUMBER, nullable=False),
    sa.Column('idx', NUMBER, nullable=False),
    sa.Column('logged_at', NUMBER, nullable=False),
    sa.Column('valid_from', NUMBER, nullable=False),
    sa.Column('valid_until', NUMBER, nullable=False),
    sa.Column('withdrawn_at', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('team', 'sid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('organisations_newest', 'organisations', ['team', 'logged_at'], unique=False)
    op.create_table('pauses',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=True),
    sa.Column('since', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('one_pause_each', 'pauses', ['vlt', 'jti'], unique=True)
    op.create_index('one_pause_of_all', 'pauses', ['vlt'], unique=True, sqlite_where=sa.text('jti IS NULL'), postgresql_where=sa.text('jti IS NULL'))
    op.create_table('purposes',
    sa.Column('uri', TEXT, nullable=False),
    sa.Column('sid', TEXT, nullable=True),
    sa.Column('daily', NUMBER, nullable=False),
    sa.Column('reason', NUMBER, server_default='0', nullable=False),
    sa.Column('activity', TEXT, nullable=False),
    sa.Column('logged_at', NUMBER, nullable=False),
    sa.Column('recalled_at', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('uri'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('receipts',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('jti', TEXT, nullable=True),
    sa.Column('receipt', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_index('receipts_newest', 'receipts', ['vlt', 'at', 'id'], unique=False)
    op.create_table('requests',
    sa.Column('address', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('team', TEXT, nullable=False),
    sa.Column('client', TEXT, nullable=False),
    sa.Column('emp', TEXT, nullable=False),
    sa.Column('purpose', TEXT, nullable=False),
    sa.Column('act', TEXT, nullable=False),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('binding_code', TEXT, nullable=False),
    sa.Column('asked_at', NUMBER, nullable=False),
    sa.Column('expires_at', NUMBER, nullable=False),
    sa.Column('answered_at', NUMBER, nullable=True),
    sa.Column('offer', TEXT, nullable=True),
    sa.Column('rules', NUMBER, nullable=False),
    sa.Column('approvers', TEXT, nullable=True),
    sa.Column('share_code', TEXT, nullable=True),
    sa.Column('told_at', NUMBER, nullable=True),
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
    sa.Column('jkt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('jkt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_seen_proofs_until'), 'seen_proofs', ['until'], unique=False)
    op.create_table('shards',
    sa.Column('shard', NUMBER, nullable=False),
    sa.Column('origin', TEXT, nullable=False),
    sa.Column('size', NUMBER, nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('note', TEXT, nullable=False),
    sa.Column('now', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('shard'),
    sa.UniqueConstraint('origin'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('share_codes',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('id', TEXT, nullable=False),
    sa.Column('hash', TEXT, nullable=False),
    sa.Column('made_at', NUMBER, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.Column('used_at', NUMBER, nullable=True),
    sa.Column('used_by', TEXT, nullable=True),
    sa.PrimaryKeyConstraint('vlt', 'id'),
    sa.UniqueConstraint('hash'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('statements',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('seq', NUMBER, nullable=False),
    sa.Column('sid', TEXT, nullable=False),
    sa.Column('typ', TEXT, nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('entered_at', NUMBER, nullable=False),
    sa.Column('n', NUMBER, nullable=False),
    sa.Column('receipt', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('vlt', 'seq'),
    sa.UniqueConstraint('vlt', 'sid'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('suspensions',
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('since', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('kind', 'subject'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('taken',
    sa.Column('id', NUMBER, nullable=False),
    sa.Column('question', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('question'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('teams',
    sa.Column('team', TEXT, nullable=False),
    sa.Column('role', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('address', TEXT, nullable=False),
    sa.Column('contact', TEXT, nullable=False),
    sa.Column('listed_at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('team'),
    sqlite_strict=True,
    sqlite_with_rowid=True
    )
    op.create_table('vaults',
    sa.Column('vlt', TEXT, nullable=False),
    sa.Column('bsn', TEXT, nullable=True),
    sa.Column('birth_date', TEXT, nullable=True),
    sa.Column('acr', TEXT, nullable=True),
    sa.Column('signed_in_at', NUMBER, nullable=True),
    sa.Column('opened_at', NUMBER, nullable=True),
    sa.Column('person', TEXT, nullable=True),
    sa.Column('seq', NUMBER, nullable=True),
    sa.Column('sid', TEXT, nullable=True),
    sa.Column('card_seq', NUMBER, nullable=True),
    sa.Column('gezag_changed_at', NUMBER, nullable=True),
    sa.Column('erase_at', NUMBER, nullable=True),
    sa.Column('gone_at', NUMBER, nullable=True),
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
