# SPDX-License-Identifier: EUPL-1.2
"""What a database can raise, through SQLAlchemy or straight from a driver, and the one word for it outside."""

import sqlite3

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError

FAULTS = (
    DBAPIError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
    TimeoutError, ConnectionError,
)  # fmt: skip
"""A driver that waits over a network gives up by the builtin errors; one that is cut off in the middle of a word is
confused (InternalClientError)."""
BROKEN_RULES = (IntegrityError, sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
"""Of these, a rule of the schema that a statement broke, which is for the caller to judge."""
AGAIN = frozenset({"40001", "40P01"})
"""SQLSTATEs of a transaction that was taken back to let another one go on: it may be tried once more."""


class Unavailable(Exception):
    """The database is away, locked too long or full. Nothing of this transaction was kept, as far as we know."""


def state_of(error: BaseException) -> str | None:
    """The SQLSTATE of a fault of PostgreSQL, through SQLAlchemy or not; None for any other."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)
