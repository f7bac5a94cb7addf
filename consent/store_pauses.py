# SPDX-License-Identifier: EUPL-1.2
"""Rows of pauses, challenges for a passkey touch, and share codes."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from chassis.database import Connection, insert
from consent.store import Row, Values, change, every, first
from consent.tables import challenges, grants, pauses, share_codes, vaults
from formats.spelling import new_id

# -- pauses, challenges -----------------------------------------------------------------------------------------

_PAUSES = select(pauses).where(pauses.c.vlt == bindparam("vlt")).order_by(pauses.c.since, pauses.c.id)
_PUT_PAUSE = insert(pauses).on_conflict_do_nothing()
_NEWEST = select(vaults.c.seq).where(vaults.c.vlt == bindparam("vlt"))
_END_PAUSE = delete(pauses).where(pauses.c.vlt == bindparam("vlt"), pauses.c.id == bindparam("id"))
_NOT_PAUSED = (
    select(vaults.c.vlt)
    .where(vaults.c.opened_at.is_not(None), vaults.c.gone_at.is_(None))
    .where(~select(pauses.c.id).where(pauses.c.vlt == vaults.c.vlt, pauses.c.jti.is_(None)).exists())
    .order_by(vaults.c.vlt)
    .limit(bindparam("limit"))
)
_ASLEEP = update(pauses).where(pauses.c.jti.is_not(None), pauses.c.why.is_(None)).values(why=bindparam("reason"))
_AWAKE = (
    select(grants.c.vlt, grants.c.jti)
    .where(grants.c.ended_at.is_(None), grants.c.ends > bindparam("now"))
    .where(~select(pauses.c.id).where(pauses.c.vlt == grants.c.vlt, pauses.c.jti == grants.c.jti).exists())
    .order_by(grants.c.vlt, grants.c.jti)
    .limit(bindparam("limit"))
)
_PUT_CHALLENGE = insert(challenges)
_TAKE_CHALLENGE = (
    delete(challenges)
    .where(challenges.c.vlt == bindparam("vlt"), challenges.c.id == bindparam("id"))
    .returning(challenges.c.challenge, challenges.c.until)
)
_OLD_CHALLENGES = delete(challenges).where(challenges.c.until < bindparam("now"))


def open_pauses(connection: Connection, vlt: str) -> Sequence[Row]:
    """The pauses that hold now."""
    return every(connection, _PAUSES, vlt=vlt)


def put_pause(connection: Connection, vlt: str, jti: str | None, now: int, why: str | None = None) -> str:
    """A pause of one grant or (None) of everything; the one that is there stays. Answers the id of the new one."""
    newest, fresh = first(connection, _NEWEST, vlt=vlt), new_id()
    assert newest is not None
    change(connection, _PUT_PAUSE, vlt=vlt, id=fresh, jti=jti, since=now, seq=newest["seq"], why=why)
    return fresh


def not_paused(connection: Connection, limit: int) -> list[str]:
    """Open vaults of which not everything is paused."""
    return [str(row["vlt"]) for row in every(connection, _NOT_PAUSED, limit=limit)]


def asleep(connection: Connection, why: str) -> None:
    """Every pause of one grant opens only as those of a restore do."""
    change(connection, _ASLEEP, reason=why)


def awake(connection: Connection, now: int, limit: int) -> list[tuple[str, str]]:
    """(vlt, grant) of running grants that have no pause of their own."""
    return [(str(row["vlt"]), str(row["jti"])) for row in every(connection, _AWAKE, now=now, limit=limit)]


def end_pause(connection: Connection, vlt: str, identifier: str) -> bool:
    """Opens a pause again."""
    return change(connection, _END_PAUSE, vlt=vlt, id=identifier) == 1


def put_challenge(connection: Connection, values: Values) -> None:
    """Remembers a challenge; old ones go."""
    change(connection, _OLD_CHALLENGES, now=values["until"] - 600)
    change(connection, _PUT_CHALLENGE, **values)


def take_challenge(connection: Connection, vlt: str, identifier: str) -> Row | None:
    """Takes a challenge out: it counts once."""
    return first(connection, _TAKE_CHALLENGE, vlt=vlt, id=identifier)


# -- share codes ------------------------------------------------------------------------------------------------

_PUT_CODE = insert(share_codes)
_CODES = (
    select(share_codes)
    .where(share_codes.c.vlt == bindparam("vlt"), share_codes.c.until > bindparam("now"))
    .order_by(share_codes.c.made_at.desc(), share_codes.c.id)
)
_DROP_CODE = delete(share_codes).where(share_codes.c.vlt == bindparam("vlt"), share_codes.c.id == bindparam("id"))
_USE_CODE = (
    update(share_codes)
    .where(
        share_codes.c.hash == bindparam("b_hash"),
        share_codes.c.used_at.is_(None),
        share_codes.c.until > bindparam("b_now"),
    )
    .values(used_at=bindparam("b_now"), used_by=bindparam("by"))
    .returning(share_codes.c.vlt)
)
_OLD_CODES = delete(share_codes).where(share_codes.c.until < bindparam("before"))


def put_code(connection: Connection, values: Values) -> None:
    """A new share code, as its hash."""
    change(connection, _PUT_CODE, **values)


def codes(connection: Connection, vlt: str, now: int) -> Sequence[Row]:
    """Codes that are not over, newest first."""
    return every(connection, _CODES, vlt=vlt, now=now)


def drop_code(connection: Connection, vlt: str, identifier: str) -> bool:
    """Takes a code back."""
    return change(connection, _DROP_CODE, vlt=vlt, id=identifier) == 1


def use_code(connection: Connection, code_hash: str, request: str, now: int) -> str | None:
    """Spends a code, once; answers whose it is, or None when it is unknown, used or over."""
    row = first(connection, _USE_CODE, b_hash=code_hash, by=request, b_now=now)
    return None if row is None else str(row["vlt"])


def forget_codes(connection: Connection, before: int) -> int:
    """Deletes codes that were over before this."""
    return change(connection, _OLD_CODES, before=before)
