# SPDX-License-Identifier: EUPL-1.2
"""Rows of the directory: organisations' statements of keys, how teams are shown, suspensions, and what the decision
needs of purposes."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, exists, func, literal, null, select, tuple_, union_all, update

from chassis.database import Connection, insert
from consent.store import Before, Row, Values, change, every, first, older_than, page_values
from consent.tables import catalogues, listings, organisations, purposes, suspensions, teams

_with_team = select(organisations, teams.c.role, teams.c.name, teams.c.address, teams.c.contact, teams.c.listing).join(
    teams, teams.c.team == organisations.c.team
)
_PUT = insert(organisations).on_conflict_do_nothing()
_ONE = _with_team.where(organisations.c.team == bindparam("team"), organisations.c.sid == bindparam("sid"))
_BY_SIG = (
    _with_team.where(organisations.c.team == bindparam("team"), organisations.c.sig == bindparam("sig"))
    .order_by(organisations.c.withdrawn_at.is_not(None), organisations.c.valid_until.desc())
    .limit(1)
)
# A renewed key waits 72 hours, and the one before serves until then: what counts now goes before what is newer.
_counts = (organisations.c.valid_from <= bindparam("now")) & (organisations.c.valid_until > bindparam("now"))
_first = (_counts.desc(), organisations.c.logged_at.desc(), organisations.c.idx.desc())
_CURRENT = (
    _with_team.where(organisations.c.team == bindparam("team"), organisations.c.withdrawn_at.is_(None))
    .order_by(*_first)
    .limit(1)
)
_ranked = (
    select(
        organisations.c.team,
        organisations.c.sid,
        func.row_number().over(partition_by=organisations.c.team, order_by=_first).label("rank"),
    )
    .where(organisations.c.withdrawn_at.is_(None), organisations.c.team > bindparam("after"))
    .subquery()
)
_PAGE = (
    _with_team.join(_ranked, (_ranked.c.team == organisations.c.team) & (_ranked.c.sid == organisations.c.sid))
    .where(_ranked.c.rank == 1)
    .order_by(organisations.c.team)
    .limit(bindparam("most"))
)
_SAID = ("team", "sid", "token", "shard", "idx", "logged_at", "valid_from")
_said = union_all(
    select(literal("keys").label("what"), *(organisations.c[one] for one in _SAID), organisations.c.withdrawn_at),
    select(literal("shown"), *(listings.c[one] for one in _SAID), null().label("withdrawn_at")),
).subquery()
_ALL = (
    select(_said)
    .where(_said.c.team == bindparam("team"), older_than(_said.c.logged_at, _said.c.sid))
    .order_by(_said.c.logged_at.desc(), _said.c.sid.desc())
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
    index_elements=["team"], set_={k: _PUT_TEAM.excluded[k] for k in ("role", "name", "address", "contact", "listing")}
)
_PUT_LISTING = insert(listings).on_conflict_do_nothing()
_LISTING = select(listings).where(listings.c.team == bindparam("team"), listings.c.sid == bindparam("sid"))
_NEWEST, _NEWEST_LISTING = (
    select(known.c.token)
    .where(known.c.team == bindparam("team"))
    .order_by(known.c.logged_at.desc(), known.c.idx.desc())
    .limit(1)
    for known in (organisations, listings)
)
_later = listings.alias()
_DUE = (
    select(listings)
    .join(teams, teams.c.team == listings.c.team)
    .where(
        listings.c.valid_from <= bindparam("now"),
        teams.c.listing.is_distinct_from(listings.c.sid),
        ~exists().where(
            _later.c.team == listings.c.team,
            _later.c.valid_from <= bindparam("now"),
            tuple_(_later.c.logged_at, _later.c.idx) > tuple_(listings.c.logged_at, listings.c.idx),
        ),
    )
    .limit(bindparam("most"))
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
_PUT_VERSION = insert(catalogues)
_NEWEST_VERSION = select(catalogues).order_by(catalogues.c.ver.desc()).limit(1)
_VERSIONS = (
    select(catalogues)
    .where(older_than(catalogues.c.ver, catalogues.c.sid))
    .order_by(catalogues.c.ver.desc())
    .limit(bindparam("most"))
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


def current(connection: Connection, party: str, now: int) -> Row | None:
    """The newest statement of a team whose keys count now; where none does, the newest that was not withdrawn."""
    return first(connection, _CURRENT, team=party, now=now)


def page(connection: Connection, after: str, most: int, now: int) -> Sequence[Row]:
    """That statement of each team, by team."""
    return every(connection, _PAGE, after=after, most=most, now=now)


def all_said(connection: Connection, party: str, before: Before, most: int) -> Sequence[Row]:
    """Every statement about a team, of keys and of how it is shown, newest first."""
    return every(connection, _ALL, team=party, most=most, **page_values(before))


def withdraw(connection: Connection, party: str, sid: str, at: int) -> bool:
    """A statement is withdrawn: its keys count no more."""
    return change(connection, _WITHDRAW, b_team=party, b_sid=sid, at=at) == 1


def put_team(connection: Connection, values: Values) -> None:
    """What is said of a team besides its keys."""
    change(connection, _PUT_TEAM, **values)


def put_listing(connection: Connection, values: Values) -> bool:
    """A signed statement of how a team is shown; False when it was there."""
    return change(connection, _PUT_LISTING, **values) == 1


def listing(connection: Connection, party: str, sid: str) -> Row | None:
    """That statement of a team with this sid."""
    return first(connection, _LISTING, team=party, sid=sid)


def newest(connection: Connection, party: str) -> str | None:
    """The statement of keys that was taken in last, whether it counts or not."""
    row = first(connection, _NEWEST, team=party)
    return None if row is None else str(row["token"])


def newest_listing(connection: Connection, party: str) -> str | None:
    """The same of how a team is shown."""
    row = first(connection, _NEWEST_LISTING, team=party)
    return None if row is None else str(row["token"])


def listings_due(connection: Connection, now: int, most: int) -> Sequence[Row]:
    """Those that count since a while and are not yet shown."""
    return every(connection, _DUE, now=now, most=most)


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


def put_version(connection: Connection, values: Values) -> None:
    """A signed version of the catalogue."""
    change(connection, _PUT_VERSION, **values)


def newest_version(connection: Connection) -> Row | None:
    """The signed version that is in use; None before the first."""
    return first(connection, _NEWEST_VERSION)


def versions(connection: Connection, before: Before, most: int) -> Sequence[Row]:
    """Signed versions of the catalogue, newest first."""
    return every(connection, _VERSIONS, most=most, **page_values(before))


def recall(connection: Connection, uri: str, at: int) -> bool:
    """A purpose may not be used any more."""
    return change(connection, _RECALL, b_uri=uri, at=at) == 1


def purpose(connection: Connection, uri: str) -> Row | None:
    """What is stored of a purpose."""
    return first(connection, _PURPOSE, uri=uri)
