# SPDX-License-Identifier: EUPL-1.2
"""SQL for what grantees get: envelopes, singles, used permits, and the hot statements of a hand-out.

The hot ones go to the driver itself: prepared once by it, some 7 µs each, and rows are taken one by one, so that a
page stops at its size without reading on. Each is a look-up by key or index; a test reads their query plans.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from chassis.database import NUMBER, TEXT, many, stream
from chassis.database import Driver as Driver
from chassis.database import driver as driver
from formats.permit import Permit
from vault.store import Connection, Row
from vault.tables import envelopes, singles

_VLT, _GNT, _DRW, _RID = (bindparam(name, type_=TEXT) for name in ("vlt", "gnt", "drw", "rid"))
_EP = bindparam("ep", type_=NUMBER)
_this_envelope = (envelopes.c.vlt == _VLT, envelopes.c.gnt == _GNT, envelopes.c.drw == _DRW, envelopes.c.ep == _EP)
_this_single = (singles.c.vlt == _VLT, singles.c.gnt == _GNT, singles.c.rid == _RID)

_envelope = select(envelopes).where(*_this_envelope)
_envelopes = (
    select(envelopes).where(envelopes.c.vlt == _VLT, envelopes.c.gnt == _GNT).order_by(envelopes.c.drw, envelopes.c.ep)
)
_add_envelope = insert(envelopes)
_drop_envelope = delete(envelopes).where(*_this_envelope)
_drop_envelopes = delete(envelopes).where(envelopes.c.vlt == _VLT, envelopes.c.gnt == _GNT)
_single = select(singles).where(*_this_single)
_singles = select(singles).where(singles.c.vlt == _VLT, singles.c.gnt == _GNT).order_by(singles.c.rid)
_singles_of = select(singles.c.gnt, singles.c.size).where(singles.c.vlt == _VLT, singles.c.rid == _RID)
_add_single = insert(singles)
_drop_single = delete(singles).where(*_this_single)
_drop_singles = delete(singles).where(singles.c.vlt == _VLT, singles.c.gnt == _GNT)
_drop_singles_of = delete(singles).where(singles.c.vlt == _VLT, singles.c.rid == _RID)


def envelope(c: Connection, vlt: str, gnt: str, drw: str, ep: int) -> Row[Any] | None:
    return c.execute(_envelope, {"vlt": vlt, "gnt": gnt, "drw": drw, "ep": ep}).first()


def envelopes_of(c: Connection, vlt: str, gnt: str) -> Sequence[Row[Any]]:
    return c.execute(_envelopes, {"vlt": vlt, "gnt": gnt}).all()


def put_envelope(c: Connection, **row: Any) -> None:
    drop_envelope(c, row["vlt"], row["gnt"], row["drw"], row["ep"])
    c.execute(_add_envelope, row)


def drop_envelope(c: Connection, vlt: str, gnt: str, drw: str, ep: int) -> None:
    c.execute(_drop_envelope, {"vlt": vlt, "gnt": gnt, "drw": drw, "ep": ep})


def single(c: Connection, vlt: str, gnt: str, rid: str) -> Row[Any] | None:
    return c.execute(_single, {"vlt": vlt, "gnt": gnt, "rid": rid}).first()


def singles_of(c: Connection, vlt: str, gnt: str) -> Sequence[Row[Any]]:
    return c.execute(_singles, {"vlt": vlt, "gnt": gnt}).all()


def put_single(c: Connection, **row: Any) -> None:
    c.execute(_drop_single, {"vlt": row["vlt"], "gnt": row["gnt"], "rid": row["rid"]})
    c.execute(_add_single, row)


def drop_singles_of_record(c: Connection, vlt: str, rid: str) -> int:
    """Removes the singles made from a record; returns their bytes."""
    gone: int = sum(row.size for row in c.execute(_singles_of, {"vlt": vlt, "rid": rid}))
    c.execute(_drop_singles_of, {"vlt": vlt, "rid": rid})
    return gone


def drop_grant(c: Connection, vlt: str, gnt: str) -> int:
    """Removes every envelope and single of a grant; returns their bytes."""
    gone: int = sum(row.size for row in (*envelopes_of(c, vlt, gnt), *singles_of(c, vlt, gnt)))
    c.execute(_drop_envelopes, {"vlt": vlt, "gnt": gnt})
    c.execute(_drop_singles, {"vlt": vlt, "gnt": gnt})
    return gone


# -- hot -----------------------------------------------------------------------------------------------------

SERVED = (
    "SELECT d.n, d.h, d.signed, e.ep, e.jwe FROM vaults v JOIN drawers d ON d.vlt = v.vlt"
    " LEFT JOIN envelopes e ON e.vlt = d.vlt AND e.gnt = ? AND e.drw = d.drw"
    " WHERE v.vlt = ? AND v.state = 'open' AND d.drw = ?"
)
# Both sides come in the order of an index and are merged as they are taken.
IN_DRAWER = (
    "SELECT n, rid, ver, ep, at, size, jwe FROM records WHERE vlt = ? AND drw = ? AND newest = 1 AND n < ?"
    " UNION ALL SELECT n, rid, 1, ep, at, size, jwe FROM deposits"
    " WHERE vlt = ? AND drw = ? AND complete = 1 AND n < ? AND event_n < ? ORDER BY 1 DESC"
)
RECORD = "SELECT n, rid, ver, ep, at, size, jwe FROM records WHERE vlt = ? AND drw = ? AND rid = ? AND newest = 1"
DEPOSIT = (
    "SELECT n, rid, 1, ep, at, size, jwe FROM deposits"
    " WHERE vlt = ? AND rid = ? AND drw = ? AND complete = 1 AND event_n < ?"
)
SINGLES = "SELECT 0, rid, ver, 0, at, size, jwe FROM singles WHERE vlt = ? AND gnt = ? AND drw = ? ORDER BY rid"

Sealed = tuple[int, str, int, int, int, int, str]
"""n in the head, rid, ver, ep, arrival, size, jwe."""


Served = tuple[int, bytes, str | None, list[tuple[int, str]]]
"""n, h and newest signed head of a drawer, and ep and jwe of the envelopes that name a grant there."""


def served(base: Driver, vlt: str, gnt: str, drw: str) -> Served | None:
    """The drawer as it is served on this grant, when its vault is open."""
    rows = base.execute(SERVED, (gnt, vlt, drw)).fetchall()
    if not rows:
        return None
    n, h, signed, _, _ = rows[0]
    return n, h, signed, [(ep, jwe) for _, _, _, ep, jwe in rows if ep is not None]


def in_drawer(base: Driver, vlt: str, drw: str, before: int, event: int) -> Iterator[Sealed]:
    """The newest versions in a drawer, and its whole deposits whose event came before number `event`; newest first,
    read as they are taken."""
    return stream(base, IN_DRAWER, (vlt, drw, before, vlt, drw, before, event))


def named(base: Driver, vlt: str, drw: str, rids: Iterable[str], event: int) -> list[Sealed]:
    """These records and deposits, as far as they are there."""
    found = []
    for rid in rids:
        row = base.execute(RECORD, (vlt, drw, rid)).fetchone()
        row = row or base.execute(DEPOSIT, (vlt, rid, drw, event)).fetchone()
        if row:
            found.append(row)
    return found


def granted_singles(base: Driver, vlt: str, gnt: str, drw: str) -> Iterator[Sealed]:
    """The singles of a grant in a drawer."""
    return stream(base, SINGLES, (vlt, gnt, drw))


_CLAIM = """INSERT INTO used_permits (vlt, origin, idx, at) VALUES $ROWS
ON CONFLICT DO NOTHING RETURNING vlt, origin, idx"""


def claim_permits(base: Driver, permits: Sequence[Permit]) -> list[bool]:
    """Marks permits as used, by one statement; False for one that was. In the order of their keys: two that claim the
    same ones at the same time then never wait for each other in a circle."""
    rows = sorted({(one.vlt, one.origin, one.index): one.at for one in permits}.items())
    found = set(many(base, _CLAIM, "ttnn", [(*key, at) for key, at in rows]))
    taken = []
    for one in permits:
        key = one.vlt, one.origin, one.index
        taken.append(key in found)
        found.discard(key)  # the same one again was used by the first
    return taken
