# SPDX-License-Identifier: EUPL-1.2
"""Runs the gateway's migrations over the connection that chassis/migrating.py opened (`config.attributes`)."""

from alembic import context

from gateway.tables_receivers import receivers

context.config.attributes["tables"] = receivers.metadata
context.configure(connection=context.config.attributes["connection"], target_metadata=receivers.metadata)
with context.begin_transaction():
    context.run_migrations()
