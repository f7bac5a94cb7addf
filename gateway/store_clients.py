# SPDX-License-Identifier: EUPL-1.2
"""SQL over the registered clients, for whoever administers them. `active`: in use, suspended, or ended for good."""

from typing import Any

from sqlalchemy import Row, bindparam, select, update

from chassis.database import Connection as Connection
from chassis.database import insert
from gateway.tables import clients, sessions

IN_USE, SUSPENDED, ENDED = 1, 0, -1
b = bindparam

_ALL = select(clients).order_by(clients.c.id)
_ONE = select(clients).where(clients.c.id == b("of"))
_PUT = insert(clients)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["id"],  # what it is now stays: a registration takes no suspension back
    set_={name: _PUT.excluded[name] for name in ("organisation", "team", "registration")},
)
_MOVE = update(clients).where(clients.c.id == b("of"), clients.c.active == b("before")).values(active=b("after"))
_END_ALL = update(sessions).where(sessions.c.client == b("of"), sessions.c.ended.is_(None)).values(ended=b("now"))


def every(connection: Connection) -> list[Row[*tuple[Any, ...]]]:
    """All clients that were ever registered, by id."""
    return list(connection.execute(_ALL))


def one(connection: Connection, client: str) -> Row[*tuple[Any, ...]] | None:
    """A client, whatever became of it."""
    return connection.execute(_ONE, {"of": client}).one_or_none()


def put(connection: Connection, client: str, organisation: str | None, team: str | None, registration: str) -> None:
    """Registers a client, in use, or replaces the registration of one that is there."""
    row = {"id": client, "organisation": organisation, "team": team, "registration": registration, "active": IN_USE}
    connection.execute(_PUT, row)


def move(connection: Connection, client: str, before: int, after: int) -> bool:
    """From one of the three to another; False when it was not there."""
    return connection.execute(_MOVE, {"of": client, "before": before, "after": after}).rowcount == 1


_END_EVERY = update(sessions).where(sessions.c.ended.is_(None)).values(ended=b("now"))


def end_every_session(connection: Connection, now: int) -> int:
    """Ends every sign-in of everybody; answers how many."""
    return connection.execute(_END_EVERY, {"now": now}).rowcount


def end_sessions(connection: Connection, client: str, now: int) -> None:
    """Ends everything that was ever signed in for a client."""
    connection.execute(_END_ALL, {"of": client, "now": now})
