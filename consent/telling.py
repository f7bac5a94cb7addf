# SPDX-License-Identifier: EUPL-1.2
"""Telling teams: signed events (SET, RFC 8417) into the outbox, in the transaction of the change they tell of.

They inform; enforcement never waits for one. Each holds an address to fetch from under the receiver's own token, and
no data. The gateway hands them over until acknowledged.
"""

from chassis.database import Connection
from consent import store_grants, store_requests
from consent.purposes import DAY
from consent.registry import Registry
from formats.receipt import issue_security_event
from formats.spelling import new_id


def tell(registry: Registry, connection: Connection, now: int, team: str, kind: str, dataref: str) -> None:
    """One signed event for a team. kind: of the one list in standards.md. dataref: path at the gateway."""
    jti = new_id()
    token = issue_security_event(
        registry.receipt_key, iss=registry.party, aud=team, kind=kind, dataref=dataref, iat=now, jti=jti
    )
    values = {"id": jti, "team": team, "type": kind, "token": token, "made_at": now, "due_at": now}
    store_grants.put_event(connection, values)


def tell_answered(
    registry: Registry, connection: Connection, now: int, *, address: str, request: str, team: str
) -> None:
    """`request-answered`: an answer, or none in time. The same event for both."""
    tell(registry, connection, now, team, "request-answered", f"/gateway/v1/consent-requests/{request}")
    store_requests.told(connection, address, request, now)


def tell_ended(
    registry: Registry, connection: Connection, now: int, *, vlt: str, jti: str, team: str, act: str, answer_by: int
) -> None:
    """`grant-ended`, and what the team owes then: `deletion-asked`, to be answered in `answer_by` days.

    The same for a stop, an end date and every other end. A deposit grant handed nothing over: nothing is owed.
    """
    tell(registry, connection, now, team, "grant-ended", f"/gateway/v1/grants/{jti}")
    if act == "read":
        duty = {"vlt": vlt, "jti": jti, "team": team, "since": now, "due": now + answer_by * DAY}
        store_grants.put_duty(connection, duty)
        tell(registry, connection, now, team, "deletion-asked", f"/gateway/v1/grants/{jti}")
