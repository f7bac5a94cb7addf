# SPDX-License-Identifier: EUPL-1.2
"""Telling teams: signed events (SET, RFC 8417) into the outbox, in the transaction of the change they tell of.

They inform; enforcement never waits for one. Each holds an address to fetch from under the receiver's own token, and
no data. The one list of types is in docs/events.md. The gateway hands them over, polled (RFC 8936) or pushed (RFC
8935), until the team acknowledges; at most 90 days they are kept.
"""

from collections.abc import Collection
from dataclasses import dataclass

from chassis.database import Connection
from chassis.logs import log
from consent import store_requests, store_telling
from consent.batch import Batch
from consent.purposes import DAY
from consent.registry import Registry
from formats.receipt import issue_security_event
from formats.spelling import new_id

KEPT = 90 * DAY
"""How long an event waits for who never asks."""


def tell(registry: Registry, connection: Connection, now: int, team: str, kind: str, dataref: str) -> None:
    """One signed event for a team. kind: of the one list in standards.md. dataref: path at the gateway."""
    jti = new_id()
    token = issue_security_event(
        registry.receipt_key, iss=registry.party, aud=team, kind=kind, dataref=dataref, iat=now, jti=jti
    )
    values = {"id": jti, "team": team, "type": kind, "token": token, "made_at": now, "due_at": now}
    store_telling.put_event(connection, values)


def tell_answered(
    registry: Registry, connection: Connection, now: int, *, address: str, request: str, team: str
) -> None:
    """`request-answered`: an answer, or none in time. The same event for both."""
    tell(registry, connection, now, team, "request-answered", f"/gateway/v1/consent-requests/{request}")
    store_requests.told(connection, address, request, now)


def tell_ended(
    registry: Registry,
    connection: Connection,
    now: int,
    *,
    vlt: str,
    jti: str,
    team: str,
    act: str,
    purpose: str,
    answer_by: int,
) -> None:
    """`grant-ended`, and what the team owes then: `deletion-asked`, to be answered in `answer_by` days.

    The same for a stop, an end date and every other end. A deposit grant handed nothing over: nothing is owed.
    """
    tell(registry, connection, now, team, "grant-ended", f"/gateway/v1/grants/{jti}")
    if act == "read":
        duty = {"vlt": vlt, "jti": jti, "team": team, "since": now, "due": now + answer_by * DAY}
        duty |= {"purpose": purpose}
        store_telling.put_duty(connection, duty)
        tell(registry, connection, now, team, "deletion-asked", f"/gateway/v1/grants/{jti}")


@dataclass(frozen=True, slots=True)
class Told:
    """Events for a team: id -> signed event, oldest first. more: there are more than were asked for."""

    sets: dict[str, str]
    more: bool


async def poll(
    registry: Registry, team: str, *, most: int, since: int, taken: Collection[str], not_good: Collection[str]
) -> Told:
    """The events that a team has not acknowledged, at most `most`, made at `since` or later.

    taken: ids it acknowledges. not_good: ids that it could not read: they are not sent again, somebody must look.
    """
    if taken or not_good:

        def take(connection: Connection, batch: Batch) -> None:
            store_telling.acknowledge(connection, team, taken, batch.now)
            if store_telling.acknowledge(connection, team, not_good, batch.now):
                batch.after(lambda: log().error("alarm", part="consent", what="event-not-read", team=team))

        await registry.ledger.run(take)
    if most == 0:
        return Told({}, False)

    def look(connection: Connection, now: int) -> Told:
        rows = store_telling.waiting(connection, team, now, since, most + 1)
        return Told({row["id"]: row["token"] for row in rows[:most]}, len(rows) > most)

    return await registry.ledger.view(look)
