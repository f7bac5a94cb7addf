# SPDX-License-Identifier: EUPL-1.2
"""Rows of receivers: where a team wants its events pushed to, and when to try next."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, bindparam, delete, select, update

from chassis.database import Connection, insert
from gateway.tables_receivers import receivers

b = bindparam

_PUT = insert(receivers).values(team=b("team"), address=b("address"), tries=0, next_at=0)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["team"], set_={"address": _PUT.excluded.address, "tries": 0, "next_at": 0}
)
_DROP = delete(receivers).where(receivers.c.team == b("team"))
_DUE = select(receivers).where(receivers.c.next_at <= b("now")).order_by(receivers.c.next_at)
_CLAIM = (
    update(receivers).where(receivers.c.team == b("b_team"), receivers.c.next_at == b("was")).values(next_at=b("until"))
)
_NEXT = (
    update(receivers)
    .where(receivers.c.team == b("b_team"), receivers.c.address == b("b_address"))
    .values(tries=b("b_tries"), next_at=b("b_next"))
)


def put(connection: Connection, team: str, address: str) -> None:
    """Registers an address, or another one: from now on events go there, at once."""
    connection.execute(_PUT, {"team": team, "address": address})


def drop(connection: Connection, team: str) -> bool:
    """Takes an address out; True when there was one."""
    return connection.execute(_DROP, {"team": team}).rowcount == 1


def due(connection: Connection, now: int) -> Sequence[RowMapping]:
    """Receivers that may be tried now: `team`, `address`, `tries`, `next_at`."""
    return connection.execute(_DUE, {"now": now}).mappings().all()


def claim(connection: Connection, team: str, was: int, until: int) -> bool:
    """Takes a receiver for one round; False when another process has it."""
    return connection.execute(_CLAIM, {"b_team": team, "was": was, "until": until}).rowcount == 1


def set_next(connection: Connection, team: str, address: str, tries: int, at: int) -> None:
    """How often it failed in a row, and when it is tried next; nothing if the address is another by now."""
    connection.execute(_NEXT, {"b_team": team, "b_address": address, "b_tries": tries, "b_next": at})
