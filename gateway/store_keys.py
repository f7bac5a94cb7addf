# SPDX-License-Identifier: EUPL-1.2
"""Rows of our own signing keys: when each was first published, and first signed."""

from typing import Any

from sqlalchemy import Row, bindparam, select, update

from chassis.database import Connection as Connection
from chassis.database import insert
from gateway.tables import server_keys

b = bindparam

_SERVER_KEYS = select(server_keys).where(server_keys.c.issuer == b("of"))
_PUBLISH = insert(server_keys).on_conflict_do_nothing()
_SIGN = update(server_keys).where(server_keys.c.kid == b("of")).values(signed_at=b("now"))


def keys_of(connection: Connection, issuer: str) -> dict[str, Row[*tuple[Any, ...]]]:
    """What is known of an issuer's keys, by `kid`."""
    return {row.kid: row for row in connection.execute(_SERVER_KEYS, {"of": issuer})}


def publish_key(connection: Connection, issuer: str, kid: str, now: int) -> None:
    """Remembers when a key was first published."""
    connection.execute(_PUBLISH, {"kid": kid, "issuer": issuer, "published_at": now, "signed_at": None})


def begin_signing(connection: Connection, kid: str, now: int) -> None:
    """From now on this key signs."""
    connection.execute(_SIGN, {"of": kid, "now": now})
