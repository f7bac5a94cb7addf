# SPDX-License-Identifier: EUPL-1.2
"""Rows of questions. They lie under an address (the pseudonym of a BSN), whether or not anybody answers to it."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, exists, func, null, select, update

from chassis.database import Connection, insert
from consent.store import Before, Row, Values, change, every, first, older_than, page_values
from consent.tables import requests, vaults

UNANSWERED = ("open", "waiting", "refused", "expired")
"""States that its asker sees as `open`, and as `no-answer` from `expires_at` on."""

_PUT = insert(requests)
_BY_ID = select(requests).where(requests.c.id == bindparam("id"))
_ONE = select(requests).where(requests.c.address == bindparam("address"), requests.c.id == bindparam("id"))
_newest = (requests.c.asked_at.desc(), requests.c.id.desc())
_older = older_than(requests.c.asked_at, requests.c.id)
_INBOX = (
    select(requests)
    .where(
        requests.c.address == bindparam("address"),
        requests.c.purpose.not_in(bindparam("hidden", expanding=True)),
        _older,
    )
    .order_by(*_newest)
    .limit(bindparam("most"))
)
_visible = (requests.c.state.in_(("granted", "countered"))) | (requests.c.expires_at > bindparam("since"))
_OF_TEAM = (
    select(requests)
    .where(requests.c.team == bindparam("team"), _visible, _older)
    .order_by(*_newest)
    .limit(bindparam("most"))
)
_TEAM_ONE = select(requests).where(requests.c.id == bindparam("id"), requests.c.team == bindparam("team"), _visible)
_LATEST_NO = select(func.max(requests.c.expires_at)).where(
    requests.c.address == bindparam("address"),
    requests.c.team == bindparam("team"),
    requests.c.purpose == bindparam("purpose"),
    requests.c.state.in_(UNANSWERED),
    requests.c.expires_at <= bindparam("now"),
)
_SET = (
    update(requests)
    .where(
        requests.c.address == bindparam("b_address"),
        requests.c.id == bindparam("b_id"),
        requests.c.state.in_(bindparam("from_", expanding=True)),
    )
    .values(state=bindparam("state"), answered_at=bindparam("at"))
)
_OFFER = (
    update(requests)
    .where(requests.c.address == bindparam("b_address"), requests.c.id == bindparam("b_id"))
    .values(offer=bindparam("offer"))
)
_APPROVERS = (
    update(requests)
    .where(requests.c.address == bindparam("b_address"), requests.c.id == bindparam("b_id"))
    .values(approvers=bindparam("approvers"))
)
_SILENT = (
    select(requests.c.address, requests.c.id, requests.c.team)
    .where(
        requests.c.state.in_(UNANSWERED),
        requests.c.expires_at <= bindparam("now"),
        requests.c.told_at.is_(None),
    )
    .limit(bindparam("most"))
)
_TOLD = (
    update(requests)
    .where(requests.c.address == bindparam("b_address"), requests.c.id == bindparam("b_id"))
    .values(told_at=bindparam("at"))
)
_nobody = ~exists(select(vaults.c.vlt).where(vaults.c.bsn == requests.c.address))
_OVER = delete(requests).where(requests.c.expires_at <= bindparam("before"), _nobody)
_OLD = delete(requests).where(requests.c.state.in_(UNANSWERED), requests.c.expires_at <= bindparam("before"))
_CLEAR = (
    update(requests)
    .where(requests.c.address == bindparam("b_address"))
    .values(approvers=null(), offer=null(), share_code=null())
)


def put(connection: Connection, values: Values) -> None:
    """A new question."""
    change(connection, _PUT, **values)


def by_id(connection: Connection, identifier: str) -> Row | None:
    """A question by the id its team gave it."""
    return first(connection, _BY_ID, id=identifier)


def one(connection: Connection, address: str, identifier: str) -> Row | None:
    """A question to this address."""
    return first(connection, _ONE, address=address, id=identifier)


def inbox(connection: Connection, address: str, hidden: Sequence[str], before: Before, most: int) -> Sequence[Row]:
    """Questions to this address, newest first, but for purposes that do not reach this age (`hidden`)."""
    values = page_values(before) | {"address": address, "hidden": list(hidden), "most": most}
    return every(connection, _INBOX, **values)


def of_team(connection: Connection, team: str, since: int, before: Before, most: int) -> Sequence[Row]:
    """A team's own questions, newest first. One without an answer is shown while `expires_at` is after `since`."""
    return every(connection, _OF_TEAM, team=team, since=since, most=most, **page_values(before))


def of_team_one(connection: Connection, team: str, identifier: str, since: int) -> Row | None:
    """One of a team's own questions."""
    return first(connection, _TEAM_ONE, team=team, id=identifier, since=since)


def latest_no(connection: Connection, address: str, team: str, purpose: str, now: int) -> int | None:
    """When the newest question of this team, for this purpose, to this address ended without an answer."""
    found = connection.execute(_LATEST_NO, {"address": address, "team": team, "purpose": purpose, "now": now}).scalar()
    return None if found is None else int(found)


def set_state(connection: Connection, address: str, identifier: str, state: str, at: int, were: Sequence[str]) -> bool:
    """Moves a question to `state` if it stands in one of `were`."""
    values = {"b_address": address, "b_id": identifier, "state": state, "at": at, "from_": list(were)}
    return change(connection, _SET, **values) == 1


def set_offer(connection: Connection, address: str, identifier: str, offer: str) -> None:
    """Keeps the counter-offer (JSON)."""
    change(connection, _OFFER, b_address=address, b_id=identifier, offer=offer)


def set_approvers(connection: Connection, address: str, identifier: str, approvers: str) -> None:
    """Keeps who had to say yes, and why (JSON)."""
    change(connection, _APPROVERS, b_address=address, b_id=identifier, approvers=approvers)


def silent(connection: Connection, now: int, most: int) -> Sequence[Row]:
    """Questions that ended without an answer and whose team was not told so."""
    return every(connection, _SILENT, now=now, most=most)


def told(connection: Connection, address: str, identifier: str, at: int) -> None:
    """The team was told."""
    change(connection, _TOLD, b_address=address, b_id=identifier, at=at)


def forget(connection: Connection, *, nobody_before: int, unanswered_before: int) -> int:
    """Deletes questions that ended before: sooner where no vault is (its pseudonym goes with it), later hers."""
    gone = change(connection, _OVER, before=nobody_before)
    return gone + change(connection, _OLD, before=unanswered_before)


def clear(connection: Connection, address: str) -> None:
    """Takes out of the questions to an address what its owner said; they go on as if nobody were there."""
    change(connection, _CLEAR, b_address=address)
