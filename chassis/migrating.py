# SPDX-License-Identifier: EUPL-1.2
"""Migrations: one history per component (migrations/<component>) for SQLite and PostgreSQL.

On PostgreSQL they run as the owner of the database; what the component itself may do with each table is granted
afterwards to its own role, which owns nothing (migrations/roles.sql). For commands: no part that serves imports this.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, inspect, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.database import MIGRATIONS
from chassis.postgresql import ADMINISTERING, EVERYBODY, async_url
from chassis.sqlite import sqlite_engine

T = TypeVar("T")

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
"""What a component may do with a table of its own, unless the table says less (`info["rights"]`)."""


def _config(component: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / component))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(component: str, url: str, revision: str = "head", *, role: str | None = None) -> None:
    """Brings a component's database to a revision of migrations/<component>.

    url: on PostgreSQL, as its owner. role: who the component is there, if that is another: it is given its rights.
    """
    config = _config(component, url)

    def work(connection: Connection) -> None:
        config.attributes["connection"] = connection
        if revision == "base" or revision.startswith("-"):
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)

    if url.startswith("sqlite:"):
        engine = sqlite_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            work(connection)
        engine.dispose()
        return

    def alone(connection: Connection) -> None:
        work(connection)
        if role is not None and role != make_url(url).username:
            _grant(connection, config.attributes["tables"], role)

    in_transaction(url, alone)


def role_of(url: str) -> str | None:
    """As whom a component works on PostgreSQL."""
    return None if url.startswith("sqlite:") else make_url(url).username


def _grant(connection: Connection, tables: MetaData, role: str) -> None:
    """What the component may do, and nothing else: no table or function is anybody's by default."""
    to = connection.dialect.identifier_preparer.quote_identifier(role)
    there = set(inspect(connection).get_table_names())
    connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {to}"))
    for name, table in tables.tables.items():
        if name in there:
            connection.execute(text(f'GRANT {table.info.get("rights", EVERYTHING)} ON "{name}" TO {to}'))
    if "alembic_version" in there:
        connection.execute(text(f"GRANT SELECT ON alembic_version TO {to}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {to}"))
    connection.execute(text(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {to}"))


def in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    """Runs `work` in one transaction on PostgreSQL, without our time limits, and waits for it; nobody else writes
    meanwhile. For commands: it has a loop of its own, in a thread of its own, so that it can be called wherever one runs
    already."""

    async def run() -> T:
        engine = create_async_engine(async_url(url), poolclass=NullPool, connect_args=ADMINISTERING)
        try:
            async with engine.begin() as connection:
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({EVERYBODY})")
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()
