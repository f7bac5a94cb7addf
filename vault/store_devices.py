# SPDX-License-Identifier: EUPL-1.2
"""SQL for the devices that another one of hers stopped: asked at every call of a person."""

from typing import Any

from sqlalchemy import bindparam, delete, select

from chassis.database import insert, insert_once
from vault.store import Connection
from vault.tables import stopped_devices

_one: Any = (stopped_devices.c.vlt == bindparam("vlt"), stopped_devices.c.jkt == bindparam("jkt"))
_stopped = select(stopped_devices.c.at).where(*_one)
_stop = insert(stopped_devices).on_conflict_do_nothing()
_forget = delete(stopped_devices).where(stopped_devices.c.at < bindparam("before"))


def stands(c: Connection, vlt: str, jkt: str, now: int) -> bool:
    """Whether a device may call: nobody has stopped it. Before `now` or at it: a stop counts at once."""
    return c.execute(_stopped, {"vlt": vlt, "jkt": jkt}).first() is None


def stop(c: Connection, vlt: str, jkt: str, now: int) -> bool:
    """Stops a device; False when it was stopped."""
    return insert_once(c, _stop, {"vlt": vlt, "jkt": jkt, "at": now})


def forget(c: Connection, before: int) -> None:
    """Forgets stops of before: the tokens they were about are over long ago."""
    c.execute(_forget, {"before": before})
