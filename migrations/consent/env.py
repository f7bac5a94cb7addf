# SPDX-License-Identifier: EUPL-1.2
"""Runs consent's migrations over the connection that chassis/migrating.py opened (`config.attributes`)."""

from alembic import context

from consent.tables import metadata

context.config.attributes["tables"] = metadata
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
