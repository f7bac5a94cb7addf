# SPDX-License-Identifier: EUPL-1.2
"""The table of who takes pushed events. What is waiting stands at consent; here is only where to, and when next."""

from sqlalchemy import Column, Integer, Table, Text

from gateway.tables import metadata

receivers = Table(
    "receivers",
    metadata,
    Column("team", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("tries", Integer, nullable=False),  # failures in a row
    Column("next_at", Integer, nullable=False),
    sqlite_strict=True,
)
