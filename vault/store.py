# SPDX-License-Identifier: EUPL-1.2
"""SQL for the vault itself: card, keyrings, slots, drawers, epochs, heads, import and erasure, all built once.

Each function runs inside the caller's transaction and names one `vlt`. Rows come back with the names of tables.py.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection as Connection
from sqlalchemy import Row as Row
from sqlalchemy import bindparam, delete, func, insert, select, update

from chassis.database import TEXT
from vault.tables import challenges, drawers, epochs, erasures, heads, imports, keyrings, slots, vaults

_VLT, _DRW, _RID = (bindparam(name, type_=TEXT) for name in ("vlt", "drw", "rid"))

# -- vaults --------------------------------------------------------------------------------------------------

_vault = select(vaults).where(vaults.c.vlt == _VLT)
_add_vault = insert(vaults)
_set_card = update(vaults).where(vaults.c.vlt == bindparam("v")).values(card=bindparam("card"), seq=bindparam("seq"))
_set_state = update(vaults).where(vaults.c.vlt == bindparam("v")).values(state=bindparam("state"))
_charge = (
    update(vaults)
    .where(vaults.c.vlt == bindparam("v"), vaults.c.used + bindparam("more") <= bindparam("most"))
    .values(used=vaults.c.used + bindparam("more"), records=vaults.c.records + bindparam("further"))
)


def vault(c: Connection, vlt: str) -> Row[Any] | None:
    """The row of a vault in any state."""
    return c.execute(_vault, {"vlt": vlt}).first()


def add_vault(c: Connection, **row: Any) -> None:
    c.execute(_add_vault, row)


def set_card(c: Connection, vlt: str, card: str, seq: int) -> None:
    c.execute(_set_card, {"v": vlt, "card": card, "seq": seq})


def set_state(c: Connection, vlt: str, state: str) -> None:
    c.execute(_set_state, {"v": vlt, "state": state})


def charge(c: Connection, vlt: str, more: int, most: int, records: int = 0) -> bool:
    """Takes `more` bytes of the quota (less than 0: gives back) unless that passes `most`; counts records along."""
    limit = most if more > 0 else 2**62
    done = c.execute(_charge, {"v": vlt, "more": more, "most": limit, "further": records})
    return done.rowcount == 1


# -- keyrings and slots --------------------------------------------------------------------------------------

_keyring = select(keyrings).where(keyrings.c.vlt == _VLT, keyrings.c.seq == bindparam("seq"))
_newest_keyring = select(keyrings).where(keyrings.c.vlt == _VLT).order_by(keyrings.c.seq.desc()).limit(1)
_add_keyring = insert(keyrings)
_age_keyring = (
    update(keyrings)
    .where(keyrings.c.vlt == bindparam("v"), keyrings.c.seq == bindparam("s"))
    .values(until=bindparam("at"))
)
_drop_keyrings = delete(keyrings).where(keyrings.c.vlt == _VLT, keyrings.c.seq < bindparam("below"))
_slots = select(slots).where(slots.c.vlt == _VLT).order_by(slots.c.slot)
_slot = select(slots).where(slots.c.vlt == _VLT, slots.c.slot == bindparam("slot"))
_add_slot = insert(slots)
_drop_slot = delete(slots).where(slots.c.vlt == _VLT, slots.c.slot == bindparam("slot"))


def keyring(c: Connection, vlt: str, seq: int) -> Row[Any] | None:
    return c.execute(_keyring, {"vlt": vlt, "seq": seq}).first()


def newest_keyring(c: Connection, vlt: str) -> Row[Any] | None:
    return c.execute(_newest_keyring, {"vlt": vlt}).first()


def add_keyring(c: Connection, vlt: str, seq: int, jwe: str, h: str, *, until: int, below: int) -> None:
    """Puts keyring `seq` in; the one before stays until `until`, those below number `below` go at once."""
    c.execute(_age_keyring, {"v": vlt, "s": seq - 1, "at": until})
    c.execute(_add_keyring, {"vlt": vlt, "seq": seq, "jwe": jwe, "h": h, "until": None})
    c.execute(_drop_keyrings, {"vlt": vlt, "below": below})


def all_slots(c: Connection, vlt: str) -> Sequence[Row[Any]]:
    return c.execute(_slots, {"vlt": vlt}).all()


def slot(c: Connection, vlt: str, slot_id: str) -> Row[Any] | None:
    return c.execute(_slot, {"vlt": vlt, "slot": slot_id}).first()


def put_slot(c: Connection, **row: Any) -> None:
    c.execute(_drop_slot, {"vlt": row["vlt"], "slot": row["slot"]})
    c.execute(_add_slot, row)


def drop_slot(c: Connection, vlt: str, slot_id: str) -> None:
    c.execute(_drop_slot, {"vlt": vlt, "slot": slot_id})


# -- drawers, epochs, heads ----------------------------------------------------------------------------------

_drawer = select(drawers).where(drawers.c.vlt == _VLT, drawers.c.drw == _DRW)
_drawers = select(drawers).where(drawers.c.vlt == _VLT).order_by(drawers.c.drw)
_add_drawer = insert(drawers)
_set_epoch = (
    update(drawers)
    .where(drawers.c.vlt == bindparam("v"), drawers.c.drw == bindparam("d"))
    .values(ep=bindparam("e"), box=bindparam("b"))
)
_set_signed = (
    update(drawers)
    .where(drawers.c.vlt == bindparam("v"), drawers.c.drw == bindparam("d"))
    .values(signed=bindparam("token"), signed_n=bindparam("number"))
)
_move = (
    update(drawers)
    .where(drawers.c.vlt == bindparam("v"), drawers.c.drw == bindparam("d"), drawers.c.n == bindparam("before"))
    .values(n=bindparam("after"), h=bindparam("hash"))
)
_epoch = select(epochs).where(epochs.c.vlt == _VLT, epochs.c.drw == _DRW, epochs.c.ep == bindparam("ep"))
_epochs = select(epochs).where(epochs.c.vlt == _VLT, epochs.c.drw == _DRW).order_by(epochs.c.ep.desc())
_all_epochs = select(epochs).where(epochs.c.vlt == _VLT).order_by(epochs.c.drw, epochs.c.ep)
_add_epoch = insert(epochs)
_drop_epoch = delete(epochs).where(epochs.c.vlt == _VLT, epochs.c.drw == _DRW, epochs.c.ep == bindparam("ep"))
_head = select(heads).where(heads.c.vlt == _VLT, heads.c.drw == _DRW, heads.c.n == bindparam("n"))
_heads = (
    select(heads)
    .where(heads.c.vlt == _VLT, heads.c.drw == _DRW, heads.c.n < bindparam("before"))
    .order_by(heads.c.n.desc())
    .limit(bindparam("most"))
)
_last_of_record = select(heads).where(heads.c.vlt == _VLT, heads.c.rid == _RID).order_by(heads.c.n.desc()).limit(1)
_add_head = insert(heads)


def drawer(c: Connection, vlt: str, drw: str) -> Row[Any] | None:
    return c.execute(_drawer, {"vlt": vlt, "drw": drw}).first()


def all_drawers(c: Connection, vlt: str) -> Sequence[Row[Any]]:
    return c.execute(_drawers, {"vlt": vlt}).all()


def add_drawer(c: Connection, vlt: str, drw: str, box: str, *, ep: int = 1) -> None:
    row = {"vlt": vlt, "drw": drw, "ep": ep, "box": box, "n": 0, "h": bytes(32), "signed_n": 0, "signed": None}
    c.execute(_add_drawer, row)


def set_epoch(c: Connection, vlt: str, drw: str, ep: int, box: str) -> None:
    c.execute(_set_epoch, {"v": vlt, "d": drw, "e": ep, "b": box})


def set_signed(c: Connection, vlt: str, drw: str, n: int, token: str) -> None:
    c.execute(_set_signed, {"v": vlt, "d": drw, "number": n, "token": token})


def move_head(c: Connection, vlt: str, drw: str, *, before: int, op: str, rid: str, ver: int, t: str, h: bytes) -> bool:
    """Writes change `before` + 1 of a drawer; False when another change was first."""
    row = {"vlt": vlt, "drw": drw, "n": before + 1, "op": op, "rid": rid, "ver": ver, "sealed": t, "h": h}
    if c.execute(_move, {"v": vlt, "d": drw, "before": before, "after": before + 1, "hash": h}).rowcount != 1:
        return False
    c.execute(_add_head, row)
    return True


def add_heads(c: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """The changes of an imported drawer, and its head at the last of them."""
    made = list(rows)
    if made:
        c.execute(_add_head, made)
        last = made[-1]
        move = {"v": last["vlt"], "d": last["drw"], "before": 0, "after": last["n"], "hash": last["h"]}
        c.execute(_move, move)


def epoch(c: Connection, vlt: str, drw: str, ep: int) -> Row[Any] | None:
    return c.execute(_epoch, {"vlt": vlt, "drw": drw, "ep": ep}).first()


def epochs_of(c: Connection, vlt: str, drw: str) -> Sequence[Row[Any]]:
    """The epochs of a drawer, newest first."""
    return c.execute(_epochs, {"vlt": vlt, "drw": drw}).all()


def all_epochs(c: Connection, vlt: str) -> Sequence[Row[Any]]:
    return c.execute(_all_epochs, {"vlt": vlt}).all()


def put_epoch(c: Connection, **row: Any) -> None:
    c.execute(_drop_epoch, {name: row[name] for name in ("vlt", "drw", "ep")})
    c.execute(_add_epoch, row)


def head(c: Connection, vlt: str, drw: str, n: int) -> Row[Any] | None:
    return c.execute(_head, {"vlt": vlt, "drw": drw, "n": n}).first()


def heads_before(c: Connection, vlt: str, drw: str, before: int, most: int) -> Sequence[Row[Any]]:
    return c.execute(_heads, {"vlt": vlt, "drw": drw, "before": before, "most": most}).all()


def last_change(c: Connection, vlt: str, rid: str) -> Row[Any] | None:
    """The newest head line that names this record id; none means that the id is new."""
    return c.execute(_last_of_record, {"vlt": vlt, "rid": rid}).first()


# -- challenges, imports, erasures ---------------------------------------------------------------------------

_add_challenge = insert(challenges)
_count_challenges = select(func.count()).where(challenges.c.vlt == _VLT)
_take_challenge = delete(challenges).where(
    challenges.c.vlt == _VLT, challenges.c.challenge == bindparam("challenge"), challenges.c.until > bindparam("now")
)
_old_challenges = delete(challenges).where(challenges.c.vlt == _VLT, challenges.c.until <= bindparam("now"))
_import = select(imports).where(imports.c.vlt == _VLT)
_add_import = insert(imports)
_drop_import = delete(imports).where(imports.c.vlt == _VLT)
_waiting = select(erasures).where(erasures.c.vlt == _VLT, erasures.c.at.is_(None))
_add_erasure = insert(erasures)
_take_back = delete(erasures).where(erasures.c.vlt == _VLT, erasures.c.id == bindparam("id"), erasures.c.at.is_(None))


def add_challenge(c: Connection, vlt: str, challenge: str, *, until: int, now: int) -> int:
    """Adds a challenge, forgets old ones; returns how many are open."""
    c.execute(_old_challenges, {"vlt": vlt, "now": now})
    c.execute(_add_challenge, {"vlt": vlt, "challenge": challenge, "until": until})
    return int(c.execute(_count_challenges, {"vlt": vlt}).scalar_one())


def take_challenge(c: Connection, vlt: str, challenge: str, now: int) -> bool:
    """Uses a challenge up; False when it is unknown, over or used."""
    return c.execute(_take_challenge, {"vlt": vlt, "challenge": challenge, "now": now}).rowcount == 1


def running_import(c: Connection, vlt: str) -> Row[Any] | None:
    return c.execute(_import, {"vlt": vlt}).first()


def add_import(c: Connection, **row: Any) -> None:
    c.execute(_add_import, row)


def drop_import(c: Connection, vlt: str) -> None:
    c.execute(_drop_import, {"vlt": vlt})


def waiting_erasure(c: Connection, vlt: str) -> Row[Any] | None:
    return c.execute(_waiting, {"vlt": vlt}).first()


def add_erasure(c: Connection, vlt: str, erasure_id: str, due: int) -> None:
    c.execute(_add_erasure, {"vlt": vlt, "id": erasure_id, "due": due, "at": None})


def take_back(c: Connection, vlt: str, erasure_id: str) -> bool:
    return c.execute(_take_back, {"vlt": vlt, "id": erasure_id}).rowcount == 1
