# SPDX-License-Identifier: EUPL-1.2
"""Drawer heads: a hash chain over the changes of a drawer, moved on in the transaction of each change.

The person's device recomputes it and signs it, so a record that a host leaves out or sets back is seen.
"""

from dataclasses import dataclass
from typing import Any

from formats.spelling import b64u
from formats.statement import next_head
from vault import store
from vault.component import Call, Vault, drawer_of
from vault.refusals import ChainMoved
from vault.store import Connection, Row


@dataclass(frozen=True)
class Head:
    """A drawer's head after change number n. h: 32 bytes."""

    n: int
    h: bytes

    def shown(self) -> dict[str, Any]:
        return {"n": self.n, "h": b64u(self.h)}


def head_of(drawer: Row[Any]) -> Head:
    return Head(drawer.n, drawer.h)


def advance(connection: Connection, drawer: Row[Any], op: str, rid: str, ver: int, t: str) -> Head:
    """Moves a drawer's head on by one change and writes it down. t: H of the sealed text, "" for del."""
    h = next_head(drawer.h, drawer.n + 1, op, rid, ver, t)
    place = (connection, drawer.vlt, drawer.drw)
    if not store.move_head(*place, before=drawer.n, op=op, rid=rid, ver=ver, t=t, h=h):
        raise ChainMoved
    return Head(drawer.n + 1, h)


async def changes(vault: Vault, call: Call, drw: str, before: int, most: int) -> tuple[Row[Any], list[Row[Any]]]:
    """The drawer with its head and signed head, and the changes below number `before`, newest first."""

    def work(connection: Connection) -> tuple[Row[Any], list[Row[Any]]]:
        drawer = drawer_of(connection, call.vlt, drw)
        return drawer, list(store.heads_before(connection, call.vlt, drw, before, most))

    return await vault.database.read(work)
