# SPDX-License-Identifier: EUPL-1.2
"""Rows of grants: what was given, who is on the case, assents, and ends."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from chassis.database import Connection, insert
from consent.store import Before, Row, Values, change, every, first, older_than, page_values
from consent.tables import (
    assents,
    grant_caseworkers,
    grant_days,
    grant_drawers,
    grant_places,
    grants,
    pauses,
    statements,
    vaults,
)

_with_token = select(grants, statements.c.token).join(
    statements, (statements.c.vlt == grants.c.vlt) & (statements.c.seq == grants.c.seq)
)
_newest = (grants.c.entered_at.desc(), grants.c.jti.desc())
_older = older_than(grants.c.entered_at, grants.c.jti)

_PUT = insert(grants)
_PUT_PLACE = insert(grant_places)
_PUT_DRAWER = insert(grant_drawers)
_PUT_CASEWORKER = insert(grant_caseworkers)
_PLACE = select(grant_places.c.vlt).where(grant_places.c.jti == bindparam("jti"))
_ONE = _with_token.where(grants.c.vlt == bindparam("vlt"), grants.c.jti == bindparam("jti"))
# One statement for another's grant and for none, so that both take as long (P23).
# What a person brought along from elsewhere was never a grant to a team here: it is her own history.
_HERE = grants.c.ended_why.is_distinct_from("moved")
_OWN = _with_token.where(
    _HERE,
    grants.c.vlt == _PLACE.scalar_subquery(),
    grants.c.jti == bindparam("jti"),
    grants.c.team == bindparam("team"),
    grants.c.waiting == 0,
)
_OF_PERSON = _with_token.where(grants.c.vlt == bindparam("vlt"), _older).order_by(*_newest).limit(bindparam("most"))
_OF_TEAM = (
    _with_token.where(_HERE, grants.c.team == bindparam("team"), grants.c.waiting == 0, _older)
    .order_by(*_newest)
    .limit(bindparam("most"))
)
_OF_REQUEST = _with_token.where(grants.c.vlt == bindparam("vlt"), grants.c.request == bindparam("request")).order_by(
    grants.c.entered_at, grants.c.jti
)
_RUNNING = _with_token.where(
    grants.c.vlt == bindparam("vlt"), grants.c.ended_at.is_(None), grants.c.ends > bindparam("now")
)
_END = (
    update(grants)
    .where(grants.c.vlt == bindparam("b_vlt"), grants.c.jti == bindparam("b_jti"), grants.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_why=bindparam("why"), stopped_by=bindparam("by"))
)
_REVOKED = (
    update(grants)
    .where(grants.c.vlt == bindparam("b_vlt"), grants.c.jti == bindparam("b_jti"), grants.c.revoke.is_(None))
    .values(revoke=bindparam("b_sid"))
)
_GIVEN = (
    update(grants)
    .where(grants.c.vlt == bindparam("b_vlt"), grants.c.jti == bindparam("b_jti"), grants.c.ended_at.is_(None))
    .values(waiting=0, given_at=bindparam("at"))
)
_PAUSED = select(pauses.c.id).where(
    pauses.c.vlt == bindparam("vlt"), (pauses.c.jti == bindparam("jti")) | pauses.c.jti.is_(None)
)
_PUT_ASSENT = insert(assents)
_PUT_ASSENT = _PUT_ASSENT.on_conflict_do_update(
    index_elements=["vlt", "jti", "by_vlt"],
    set_={name: _PUT_ASSENT.excluded[name] for name in ("sid", "token", "yes", "at")},
)
_ASSENTS = (
    select(assents.c.by_vlt, assents.c.yes, vaults.c.bsn)
    .join(vaults, vaults.c.vlt == assents.c.by_vlt)
    .where(assents.c.vlt == bindparam("vlt"), assents.c.jti == bindparam("jti"))
)
_EXPIRED = (
    _with_token.where(grants.c.ends <= bindparam("now"), grants.c.ended_at.is_(None), grants.c.waiting == 0)
    .order_by(grants.c.ends)
    .limit(bindparam("most"))
)
_OPENED = (
    _with_token.where(grants.c.opened_at <= bindparam("before"), grants.c.ended_at.is_(None))
    .order_by(grants.c.opened_at.desc())
    .limit(bindparam("most"))
)
_OFF_THE_CASE = delete(grant_caseworkers).where(
    grant_caseworkers.c.vlt == bindparam("vlt"), grant_caseworkers.c.jti == bindparam("jti")
)
_DROP = tuple(
    delete(table).where(table.c.vlt == bindparam("vlt"))
    for table in (grants, grant_places, grant_drawers, grant_caseworkers, grant_days, assents)
)


def put(connection: Connection, values: Values, drawers: Sequence[tuple[str, str]], caseworker: str | None) -> None:
    """A grant with its drawers (id, category). caseworker: who is on the case; None: the whole party."""
    vlt, jti, at = values["vlt"], values["jti"], values["entered_at"]
    change(connection, _PUT, **values)
    change(connection, _PUT_PLACE, jti=jti, vlt=vlt)
    for drw, cat in drawers:
        change(connection, _PUT_DRAWER, vlt=vlt, drw=drw, jti=jti, cat=cat)
    if caseworker is not None:
        change(connection, _PUT_CASEWORKER, vlt=vlt, jti=jti, emp=caseworker, since=at)


def place(connection: Connection, jti: str) -> str | None:
    """Whose grant an id is."""
    row = first(connection, _PLACE, jti=jti)
    return None if row is None else str(row["vlt"])


def one(connection: Connection, vlt: str, jti: str) -> Row | None:
    """A grant with its signed text (`token`)."""
    return first(connection, _ONE, vlt=vlt, jti=jti)


def own(connection: Connection, team: str, jti: str) -> Row | None:
    """A grant of this team that waits for nobody, with its signed text."""
    return first(connection, _OWN, team=team, jti=jti)


def of_person(connection: Connection, vlt: str, before: Before, most: int) -> Sequence[Row]:
    """Her grants, newest first."""
    return every(connection, _OF_PERSON, vlt=vlt, most=most, **page_values(before))


def of_team(connection: Connection, team: str, before: Before, most: int) -> Sequence[Row]:
    """A team's grants, newest first; none that still waits for somebody's yes."""
    return every(connection, _OF_TEAM, team=team, most=most, **page_values(before))


def of_request(connection: Connection, vlt: str, request: str) -> Sequence[Row]:
    """The grants that answer a question, oldest first."""
    return every(connection, _OF_REQUEST, vlt=vlt, request=request)


def running(connection: Connection, vlt: str, now: int) -> Sequence[Row]:
    """Her grants that have not ended."""
    return every(connection, _RUNNING, vlt=vlt, now=now)


def end(connection: Connection, vlt: str, jti: str, at: int, why: str, by: str | None) -> bool:
    """Ends a grant, for good; False when it had ended."""
    return change(connection, _END, b_vlt=vlt, b_jti=jti, at=at, why=why, by=by) == 1


def set_revoke(connection: Connection, vlt: str, jti: str, sid: str) -> bool:
    """The signed revoke came in; False when one was there."""
    return change(connection, _REVOKED, b_vlt=vlt, b_jti=jti, b_sid=sid) == 1


def set_given(connection: Connection, vlt: str, jti: str, at: int) -> bool:
    """The last yes it needed is in."""
    return change(connection, _GIVEN, b_vlt=vlt, b_jti=jti, at=at) == 1


def paused(connection: Connection, vlt: str, jti: str) -> bool:
    """Whether this grant, or everything, is paused."""
    return first(connection, _PAUSED, vlt=vlt, jti=jti) is not None


def put_assent(connection: Connection, values: Values) -> None:
    """An approver's answer; the newest counts."""
    change(connection, _PUT_ASSENT, **values)


def assents_of(connection: Connection, vlt: str, jti: str) -> Sequence[Row]:
    """The newest answer of each approver: `bsn` (pseudonym), `yes`."""
    return every(connection, _ASSENTS, vlt=vlt, jti=jti)


def expired(connection: Connection, now: int, most: int) -> Sequence[Row]:
    """Grants whose end date passed and whose team was not told so yet."""
    return every(connection, _EXPIRED, now=now, most=most)


def opened_before(connection: Connection, before: int, most: int) -> Sequence[Row]:
    """Grants that were opened before and have not ended, the latest opening first."""
    return every(connection, _OPENED, before=before, most=most)


def take_case(connection: Connection, vlt: str, jti: str, emp: str, at: int) -> None:
    """This caseworker alone is on the case from now on."""
    change(connection, _OFF_THE_CASE, vlt=vlt, jti=jti)
    change(connection, _PUT_CASEWORKER, vlt=vlt, jti=jti, emp=emp, since=at)


def drop_all(connection: Connection, vlt: str) -> None:
    """Deletes every grant of a person; duties stay, by grant id."""
    for statement in _DROP:
        change(connection, statement, vlt=vlt)
