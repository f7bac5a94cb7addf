# SPDX-License-Identifier: EUPL-1.2
"""Rows of the directory: organisations' statements, teams, suspensions, and what the decision needs of purposes."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from chassis.database import Connection
from consent.store import Row, Values, change, every, first
from consent.tables import organisations, purposes, suspensions, teams

_with_team = select(organisations, teams.c.role, teams.c.name, teams.c.address, teams.c.contact).join(
    teams, teams.c.team == organisations.c.team
)
_PUT = insert(organisations).on_conflict_do_nothing()
_ONE = _with_team.where(organisations.c.team == bindparam("team"), organisations.c.sid == bindparam("sid"))
_BY_SIG = (
    _with_team.where(organisations.c.team == bindparam("team"), organisations.c.sig == bindparam("sig"))
    .order_by(organisations.c.withdrawn_at.is_not(None), organisations.c.valid_until.desc())
    .limit(1)
)
_NEWEST = (
    _with_team.where(organisations.c.team == bindparam("team"), organisations.c.withdrawn_at.is_(None))
    .order_by(organisations.c.logged_at.desc(), organisations.c.idx.desc())
    .limit(1)
)
_latest = (
    select(organisations.c.team, func.max(organisations.c.logged_at).label("at"))
    .where(organisations.c.withdrawn_at.is_(None))
    .group_by(organisations.c.team)
    .subquery()
)
_PAGE = (
    _with_team.join(_latest, (_latest.c.team == organisations.c.team) & (_latest.c.at == organisations.c.logged_at))
    .where(organisations.c.team > bindparam("after"), organisations.c.withdrawn_at.is_(None))
    .order_by(organisations.c.team, organisations.c.idx.desc())
    .limit(bindparam("most"))
)
_WITHDRAW = (
    update(organisations)
    .where(
        organisations.c.team == bindparam("b_team"),
        organisations.c.sid == bindparam("b_sid"),
        organisations.c.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("at"))
)
_PUT_TEAM = insert(teams)
_PUT_TEAM = _PUT_TEAM.on_conflict_do_update(
    index_elements=["team"], set_={k: _PUT_TEAM.excluded[k] for k in ("role", "name", "address", "contact")}
)
_TEAM = select(teams).where(teams.c.team == bindparam("team"))
_SUSPEND = insert(suspensions).on_conflict_do_nothing()
_RESUME = delete(suspensions).where(
    suspensions.c.kind == bindparam("kind"), suspensions.c.subject == bindparam("subject")
)
_SUSPENDED = select(suspensions.c.since).where(
    suspensions.c.kind == bindparam("kind"), suspensions.c.subject == bindparam("subject")
)
_PUT_PURPOSE = insert(purposes)
_PUT_PURPOSE = _PUT_PURPOSE.on_conflict_do_update(
    index_elements=["uri"], set_={k: _PUT_PURPOSE.excluded[k] for k in ("daily", "reason", "activity")}
)
_RECALL = (
    update(purposes)
    .where(purposes.c.uri == bindparam("b_uri"), purposes.c.recalled_at.is_(None))
    .values(recalled_at=bindparam("at"))
)
_PURPOSE = select(purposes).where(purposes.c.uri == bindparam("uri"))


def put(connection: Connection, values: Values) -> bool:
    """A statement of the directory; False when it was there."""
    return change(connection, _PUT, **values) == 1


def one(connection: Connection, party: str, sid: str) -> Row | None:
    """The statement of a team with this sid, with its role, name, address and contact."""
    return first(connection, _ONE, team=party, sid=sid)


def by_sig(connection: Connection, party: str, sig: str) -> Row | None:
    """The statement of a team that names this signing key: one that was not withdrawn, if there is one."""
    return first(connection, _BY_SIG, team=party, sig=sig)


def newest(connection: Connection, party: str) -> Row | None:
    """The newest statement of a team that was not withdrawn."""
    return first(connection, _NEWEST, team=party)


def page(connection: Connection, after: str, most: int) -> Sequence[Row]:
    """The newest statement of each team, by team."""
    return every(connection, _PAGE, after=after, most=most)


def withdraw(connection: Connection, party: str, sid: str, at: int) -> bool:
    """A statement is withdrawn: its keys count no more."""
    return change(connection, _WITHDRAW, b_team=party, b_sid=sid, at=at) == 1


def put_team(connection: Connection, values: Values) -> None:
    """What is said of a team besides its keys."""
    change(connection, _PUT_TEAM, **values)


def team(connection: Connection, party: str) -> Row | None:
    """What is said of a team: role, name, address, contact."""
    return first(connection, _TEAM, team=party)


def suspend(connection: Connection, kind: str, subject: str, since: int) -> bool:
    """Suspends a service, organisation, application or caseworker."""
    return change(connection, _SUSPEND, kind=kind, subject=subject, since=since) == 1


def resume(connection: Connection, kind: str, subject: str) -> bool:
    """Ends a suspension."""
    return change(connection, _RESUME, kind=kind, subject=subject) == 1


def suspended(connection: Connection, kind: str, subject: str) -> bool:
    """Whether this one is suspended now."""
    return first(connection, _SUSPENDED, kind=kind, subject=subject) is not None


def put_purpose(connection: Connection, values: Values) -> None:
    """What the decision needs of one version of a purpose."""
    change(connection, _PUT_PURPOSE, **values)


def recall(connection: Connection, uri: str, at: int) -> bool:
    """A purpose may not be used any more."""
    return change(connection, _RECALL, b_uri=uri, at=at) == 1


def purpose(connection: Connection, uri: str) -> Row | None:
    """What is stored of a purpose."""
    return first(connection, _PURPOSE, uri=uri)
