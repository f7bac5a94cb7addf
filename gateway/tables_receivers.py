# SPDX-License-Identifier: EUPL-1.2
"""The table of who takes pushed events. What is waiting stands at consent; here is only where to, and when next."""

from sqlalchemy import Column, Table

from chassis.database import NUMBER, TEXT
from gateway.tables import metadata

receivers = Table(
    "receivers",
    metadata,
    Column("team", TEXT, primary_key=True),
    Column("address", TEXT, nullable=False),
    Column("tries", NUMBER, nullable=False),  # failures in a row
    Column("next_at", NUMBER, nullable=False),
    sqlite_strict=True,
)
