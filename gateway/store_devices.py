# SPDX-License-Identifier: EUPL-1.2
"""Rows of devices that another one of the same person stopped: their sign-ins end, and their keys get no token."""

from typing import Any

from sqlalchemy import bindparam, select, update

from chassis.database import Connection, insert, insert_once
from gateway.tables import sessions, stopped_devices

b = bindparam
YEAR = 365 * 86_400
"""How long a stop is remembered. Its sign-ins are over within a day; what it guards after that is a key that signs in
anew, which nobody can but she."""

_one: Any = (stopped_devices.c.subject == b("of"), stopped_devices.c.jkt == b("key"))
_STOPPED = select(stopped_devices.c.until).where(*_one)
_STOP = insert(stopped_devices).on_conflict_do_nothing()
_END = (
    update(sessions)
    .where(sessions.c.subject == b("of"), sessions.c.jkt == b("key"), sessions.c.ended.is_(None))
    .values(ended=b("now"))
)


def stop(connection: Connection, subject: str, jkt: str, now: int) -> bool:
    """Ends every sign-in of a device, and keeps its key from beginning another; False when it was stopped."""
    connection.execute(_END, {"of": subject, "key": jkt, "now": now})
    return insert_once(connection, _STOP, {"subject": subject, "jkt": jkt, "until": now + YEAR})


def is_stopped(connection: Connection, subject: str, jkt: str) -> bool:
    """Whether a device was stopped."""
    return connection.execute(_STOPPED, {"of": subject, "key": jkt}).first() is not None
