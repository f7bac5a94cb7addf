# SPDX-License-Identifier: EUPL-1.2
"""Runs the vault's migrations over the connection that chassis/migrating.py opened (`config.attributes`)."""

from alembic import context

from vault.tables import metadata

context.config.attributes["tables"] = metadata
context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
