# SPDX-License-Identifier: EUPL-1.2
"""Rows of the devices that call in a person's name: known by their key, stopped by another one of hers."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from chassis.database import Connection, insert
from consent.store import Before, Row, change, every, first, older_than, page_values
from consent.tables import devices

b = bindparam
HOUR = 3600

_one = (devices.c.vlt == b("b_vlt"), devices.c.jkt == b("b_jkt"))
_DEVICE = select(devices.c.last_at, devices.c.stopped_at).where(*_one)
_NEW = insert(devices).on_conflict_do_nothing()
_SEEN = update(devices).where(*_one).values(last_at=b("at"))
_STOP = insert(devices)
_STOP = _STOP.on_conflict_do_update(
    index_elements=["vlt", "jkt"], set_={"stopped_at": _STOP.excluded.stopped_at}, where=devices.c.stopped_at.is_(None)
)
_HERS = (
    select(devices)
    .where(devices.c.vlt == b("vlt"), older_than(devices.c.first_at, devices.c.jkt))
    .order_by(devices.c.first_at.desc(), devices.c.jkt.desc())
    .limit(b("most"))
)
_FORGET_ALL = delete(devices).where(devices.c.vlt == b("vlt"))
_FORGET = delete(devices).where(devices.c.last_at < b("before"))


def stands(connection: Connection, vlt: str, jkt: str, now: int) -> bool:
    """Whether a device may call, and notes that it did; False once another one has stopped it."""
    row = first(connection, _DEVICE, b_vlt=vlt, b_jkt=jkt)
    if row is None:
        change(connection, _NEW, vlt=vlt, jkt=jkt, first_at=now, last_at=now, stopped_at=None)
        return True
    if row["stopped_at"] is not None:
        return False
    if row["last_at"] <= now - HOUR:
        change(connection, _SEEN, b_vlt=vlt, b_jkt=jkt, at=now)
    return True


def stop(connection: Connection, vlt: str, jkt: str, now: int) -> bool:
    """Stops a device for good, also one that never called here; False when it was stopped."""
    return change(connection, _STOP, vlt=vlt, jkt=jkt, first_at=now, last_at=now, stopped_at=now) == 1


def devices_of(connection: Connection, vlt: str, before: Before, most: int) -> Sequence[Row]:
    """Her devices, newest first."""
    return every(connection, _HERS, vlt=vlt, most=most, **page_values(before))


def forget(connection: Connection, before: int) -> int:
    """Forgets devices that did not call since: their tokens are over long ago, a new sign-in makes them new."""
    return change(connection, _FORGET, before=before)


def forget_all(connection: Connection, vlt: str) -> None:
    """Forgets all devices of a vault that was erased."""
    change(connection, _FORGET_ALL, vlt=vlt)
