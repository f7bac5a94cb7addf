# SPDX-License-Identifier: EUPL-1.2
"""SQL of the desk. Each function runs inside the caller's transaction. Rows have the names of tables.py."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection as Connection
from sqlalchemy import Row as Row
from sqlalchemy import and_, delete, func, insert, or_, select, update

from chassis.database import insert as upsert
from chassis.database import insert_once
from desk.tables import (
    cases,
    copies,
    duties,
    envelopes,
    events,
    member_lists,
    peppers,
    removals,
    rings,
    slots,
)

MOST_COPIES = 20
"""Copies of the team's key that are kept for one member: older ones are of keys that are long over."""

# -- member lists --------------------------------------------------------------------------------------------


def lists(c: Connection) -> Sequence[str]:
    """All lists, oldest first."""
    return c.execute(select(member_lists.c.token).order_by(member_lists.c.seq)).scalars().all()


def newest_list(c: Connection) -> str | None:
    return c.execute(select(member_lists.c.token).order_by(member_lists.c.seq.desc()).limit(1)).scalar()


def add_list(c: Connection, seq: int, token: str, at: int) -> None:
    c.execute(insert(member_lists), {"seq": seq, "token": token, "at": at})


def removed(c: Connection, subject: str) -> bool:
    """Whether the newest list no longer names somebody whom an earlier one named."""
    return c.execute(select(removals.c.seq).where(removals.c.subject == subject)).first() is not None


def remove(c: Connection, subject: str, seq: int, at: int) -> None:
    """From here on somebody is refused. The own copies of the team's key go."""
    row = {"subject": subject, "seq": seq, "at": at, "told": 0}
    c.execute(upsert(removals).values(row).on_conflict_do_update(index_elements=["subject"], set_=row))
    c.execute(delete(copies).where(copies.c.subject == subject))


def let_back(c: Connection, subject: str) -> None:
    c.execute(delete(removals).where(removals.c.subject == subject))


def untold(c: Connection) -> Sequence[Row[Any]]:
    """Removals that the gateway does not know."""
    return c.execute(select(removals).where(removals.c.told == 0).order_by(removals.c.at)).all()


def set_told(c: Connection, subject: str, seq: int) -> None:
    c.execute(update(removals).where(removals.c.subject == subject, removals.c.seq == seq).values(told=1))


# -- rings and slots -----------------------------------------------------------------------------------------


def ring_of(c: Connection, subject: str) -> Row[Any] | None:
    return c.execute(select(rings).where(rings.c.subject == subject)).first()


def add_ring(c: Connection, **row: Any) -> bool:
    """False when the subject, the ring id or the key has one already."""
    return insert_once(c, upsert(rings).on_conflict_do_nothing(), row)


def drop_ring(c: Connection, subject: str, ring: str) -> None:
    c.execute(delete(slots).where(slots.c.ring == ring))
    c.execute(delete(rings).where(rings.c.subject == subject))


def next_keyring(c: Connection, subject: str, seq: int, jwe: str) -> bool:
    """False unless `seq` is the one after the number that is kept."""
    own = and_(rings.c.subject == subject, rings.c.seq == seq - 1)
    return c.execute(update(rings).where(own).values(seq=seq, keyring=jwe)).rowcount == 1


def all_rings(c: Connection) -> Sequence[Row[Any]]:
    """Everybody with keys here: `copy`, the number of the newest copy of the team's key; `gone`, the list that left
    somebody out."""
    newest = select(func.max(copies.c.seq)).where(copies.c.subject == rings.c.subject).scalar_subquery()
    gone = select(removals.c.seq).where(removals.c.subject == rings.c.subject).scalar_subquery()
    found = select(rings, newest.label("copy"), gone.label("gone")).order_by(rings.c.name, rings.c.ring)
    return c.execute(found).all()


def all_slots(c: Connection, ring: str) -> Sequence[Row[Any]]:
    return c.execute(select(slots).where(slots.c.ring == ring).order_by(slots.c.slot)).all()


def put_slot(c: Connection, **row: Any) -> None:
    c.execute(upsert(slots).values(row).on_conflict_do_update(index_elements=["ring", "slot"], set_=row))


def drop_slot(c: Connection, ring: str, slot: str) -> None:
    c.execute(delete(slots).where(slots.c.ring == ring, slots.c.slot == slot))


def take_try(c: Connection, subject: str, day: int, most: int) -> bool:
    """Counts a try at own words; False when the day's are used up."""
    c.execute(delete(peppers).where(peppers.c.day < day))
    first = upsert(peppers).values(subject=subject, day=day, tries=1)
    more = first.on_conflict_do_update(
        index_elements=["subject"], set_={"tries": peppers.c.tries + 1}, where=peppers.c.tries < most
    )
    return c.execute(more).rowcount == 1


# -- copies of the team's key --------------------------------------------------------------------------------


def copies_of(c: Connection, subject: str) -> Sequence[Row[Any]]:
    own = select(copies).where(copies.c.subject == subject)
    return c.execute(own.order_by(copies.c.seq.desc(), copies.c.at.desc(), copies.c.h)).all()


def add_copy(c: Connection, **row: Any) -> None:
    insert_once(c, upsert(copies).on_conflict_do_nothing(), row)
    for old in copies_of(c, row["subject"])[MOST_COPIES:]:
        c.execute(delete(copies).where(copies.c.h == old.h))


# -- cases and envelopes -------------------------------------------------------------------------------------


def put_case(c: Connection, **row: Any) -> None:
    c.execute(upsert(cases).values(row).on_conflict_do_update(index_elements=["request"], set_=row))


def case(c: Connection, request: str) -> Row[Any] | None:
    return c.execute(select(cases).where(cases.c.request == request)).first()


def drop_case(c: Connection, request: str) -> None:
    c.execute(delete(cases).where(cases.c.request == request))


def some_cases(c: Connection, after: tuple[int, str] | None, size: int) -> Sequence[Row[Any]]:
    """Newest first, after a place (at, request)."""
    found = select(cases).order_by(cases.c.at.desc(), cases.c.request).limit(size)
    if after is not None:
        later = and_(cases.c.at == after[0], cases.c.request > after[1])
        found = found.where(or_(cases.c.at < after[0], later))
    return c.execute(found).all()


def put_envelope(c: Connection, **row: Any) -> bool:
    """Keeps an envelope in the place of an earlier one; True when there was none."""
    place = and_(envelopes.c.gnt == row["gnt"], envelopes.c.drw == row["drw"], envelopes.c.ep == row["ep"])
    if c.execute(update(envelopes).where(place).values(row)).rowcount:
        return False
    c.execute(insert(envelopes), row)
    return True


def envelopes_of(c: Connection, gnt: str) -> Sequence[Row[Any]]:
    return c.execute(select(envelopes).where(envelopes.c.gnt == gnt).order_by(envelopes.c.drw, envelopes.c.ep)).all()


def drop_envelopes(c: Connection, gnt: str) -> int:
    return c.execute(delete(envelopes).where(envelopes.c.gnt == gnt)).rowcount


def some_envelopes(c: Connection, after: tuple[str, str, int] | None, size: int) -> Sequence[Row[Any]]:
    """By place, after a place (gnt, drw, ep)."""
    found = select(envelopes).order_by(envelopes.c.gnt, envelopes.c.drw, envelopes.c.ep).limit(size)
    if after is not None:
        gnt, drw, ep = after
        same = and_(envelopes.c.gnt == gnt, envelopes.c.drw == drw, envelopes.c.ep > ep)
        later = and_(envelopes.c.gnt == gnt, envelopes.c.drw > drw)
        found = found.where(or_(envelopes.c.gnt > gnt, later, same))
    return c.execute(found).all()


# -- events and duties ---------------------------------------------------------------------------------------


def add_event(c: Connection, **row: Any) -> bool:
    """True when it is new: only then it has an effect."""
    return insert_once(c, upsert(events).on_conflict_do_nothing(), row)


def some_events(c: Connection, after: tuple[int, str] | None, size: int) -> Sequence[Row[Any]]:
    """Newest first, after a place (at, jti)."""
    found = select(events).order_by(events.c.at.desc(), events.c.jti).limit(size)
    if after is not None:
        later = and_(events.c.at == after[0], events.c.jti > after[1])
        found = found.where(or_(events.c.at < after[0], later))
    return c.execute(found).all()


def add_duty(c: Connection, gnt: str, asked: int) -> None:
    """Asked once more is the same duty."""
    insert_once(c, upsert(duties).on_conflict_do_nothing(), {"gnt": gnt, "asked": asked, "closed": None})


def close_duty(c: Connection, gnt: str, at: int) -> None:
    first = upsert(duties).values(gnt=gnt, asked=at, closed=at)
    c.execute(first.on_conflict_do_update(index_elements=["gnt"], set_={"closed": at}))


def some_duties(c: Connection, after: tuple[int, str] | None, size: int) -> Sequence[Row[Any]]:
    """Newest first, after a place (asked, gnt)."""
    found = select(duties).order_by(duties.c.asked.desc(), duties.c.gnt).limit(size)
    if after is not None:
        later = and_(duties.c.asked == after[0], duties.c.gnt > after[1])
        found = found.where(or_(duties.c.asked < after[0], later))
    return c.execute(found).all()
