# SPDX-License-Identifier: EUPL-1.2
"""The first schema of the gateway."""

import sqlalchemy as sa
from alembic import op

from chassis.database import NUMBER, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table('assertions',
    sa.Column('client', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('client', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_assertions_until'), 'assertions', ['until'], unique=False)
    op.create_table('clients',
    sa.Column('id', TEXT, nullable=False),
    sa.Column('organisation', TEXT, nullable=True),
    sa.Column('team', TEXT, nullable=True),
    sa.Column('registration', TEXT, nullable=False),
    sa.Column('active', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_table('codes',
    sa.Column('code', TEXT, nullable=False),
    sa.Column('session', TEXT, nullable=False),
    sa.Column('client', TEXT, nullable=False),
    sa.Column('redirect_uri', TEXT, nullable=False),
    sa.Column('challenge', TEXT, nullable=False),
    sa.Column('jkt', TEXT, nullable=True),
    sa.Column('until', NUMBER, nullable=False),
    sa.Column('used', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('code'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_codes_until'), 'codes', ['until'], unique=False)
    op.create_table('journal',
    sa.Column('id', NUMBER, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.Column('line', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True,
    sqlite_strict=True
    )
    op.create_table('pushed',
    sa.Column('uri', TEXT, nullable=False),
    sa.Column('client', TEXT, nullable=False),
    sa.Column('parameters', TEXT, nullable=False),
    sa.Column('jkt', TEXT, nullable=True),
    sa.Column('shown', TEXT, nullable=True),
    sa.Column('until', NUMBER, nullable=False),
    sa.Column('decided', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('uri'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_pushed_until'), 'pushed', ['until'], unique=False)
    op.create_table('seen_proofs',
    sa.Column('jkt', TEXT, nullable=False),
    sa.Column('jti', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('jkt', 'jti'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_seen_proofs_until'), 'seen_proofs', ['until'], unique=False)
    op.create_table('sessions',
    sa.Column('id', TEXT, nullable=False),
    sa.Column('client', TEXT, nullable=False),
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('acr', TEXT, nullable=False),
    sa.Column('auth_time', NUMBER, nullable=False),
    sa.Column('details', TEXT, nullable=True),
    sa.Column('jkt', TEXT, nullable=True),
    sa.Column('refresh', TEXT, nullable=True),
    sa.Column('idle_until', NUMBER, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.Column('ended', NUMBER, nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('refresh'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_sessions_until'), 'sessions', ['until'], unique=False)
    op.create_table('sign_ins',
    sa.Column('state', TEXT, nullable=False),
    sa.Column('cookie', TEXT, nullable=False),
    sa.Column('pushed', TEXT, nullable=False),
    sa.Column('nonce', TEXT, nullable=False),
    sa.Column('verifier', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.Column('used', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('state'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_sign_ins_until'), 'sign_ins', ['until'], unique=False)
    op.create_table('suspensions',
    sa.Column('organisation', TEXT, nullable=False),
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('organisation', 'subject'),
    sqlite_strict=True,
    sqlite_with_rowid=False
    )
    op.create_table('uploads',
    sa.Column('id', TEXT, nullable=False),
    sa.Column('client', TEXT, nullable=False),
    sa.Column('grant', TEXT, nullable=False),
    sa.Column('drawer', TEXT, nullable=False),
    sa.Column('until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_uploads_until'), 'uploads', ['until'], unique=False)
    op.create_table('vaults',
    sa.Column('mark', TEXT, nullable=False),
    sa.Column('vlt', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('mark'),
    sa.UniqueConstraint('vlt'),
    sqlite_strict=True
    )


def downgrade() -> None:
    """Takes every table away."""
    op.drop_table('vaults')
    op.drop_index(op.f('ix_uploads_until'), table_name='uploads')
    op.drop_table('uploads')
    op.drop_table('suspensions')
    op.drop_index(op.f('ix_sign_ins_until'), table_name='sign_ins')
    op.drop_table('sign_ins')
    op.drop_index(op.f('ix_sessions_until'), table_name='sessions')
    op.drop_table('sessions')
    op.drop_index(op.f('ix_seen_proofs_until'), table_name='seen_proofs')
    op.drop_table('seen_proofs')
    op.drop_index(op.f('ix_pushed_until'), table_name='pushed')
    op.drop_table('pushed')
    op.drop_table('journal')
    op.drop_index(op.f('ix_codes_until'), table_name='codes')
    op.drop_table('codes')
    op.drop_table('clients')
    op.drop_index(op.f('ix_assertions_until'), table_name='assertions')
    op.drop_table('assertions')
