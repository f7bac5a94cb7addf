# SPDX-License-Identifier: EUPL-1.2
"""What consent signs about a change: the acknowledgement, and the consent receipt she keeps.

`receipt+jwt` says "entered" and names the log entry. The consent receipt (ISO/IEC TS 27560 with DPV) is made at every
change for her; the organisation gets only the one of the yes: a later one would tell a stop from an end date.
"""

from datetime import datetime
from typing import Any

from chassis.clock import show_moment
from chassis.database import Connection
from consent import store_directory, store_lines
from consent.batch import Entry
from consent.purposes import Purpose, text_hash
from consent.registry import Registry
from formats.consent_receipt import Entity, State, issue_consent_receipt, receipt_body
from formats.grant import Grant
from formats.jose import peek
from formats.receipt import STOP, issue_receipt
from formats.request import Request
from formats.spelling import new_id

_METHODS = {
    "ConsentRequested": "signed question of the team",
    "ConsentGiven": "grant signed on the person's own device",
    "ConsentRefused": "answer of the person after signing in",
    "ConsentWithdrawn": "stop by the person",
    "ConsentRevoked": "end by another party",
    "ConsentExpired": "end date",
    "ConsentInvalidated": "end by rule",
}


def acknowledge(registry: Registry, entry: Entry, vlt: str, sid: str | None, of: str, now: int) -> str:
    """The `receipt+jwt` of a statement (its `sid` and `typ`), or of a stop by sign-in (None and "stop")."""
    return issue_receipt(
        registry.receipt_key,
        iss=registry.party,
        vlt=vlt,
        sid=sid,
        of=of,
        iat=now,
        idx=entry.index,
        entry=entry.entry,
    )


def acknowledge_stop(registry: Registry, entry: Entry, vlt: str, now: int) -> str:
    """The `receipt+jwt` of a stop by sign-in alone."""
    return acknowledge(registry, entry, vlt, None, STOP, now)


def keep_consent_receipt(
    registry: Registry,
    connection: Connection,
    now: int,
    *,
    vlt: str,
    state: str,
    indicated_by: str,
    question: Request,
    purpose: Purpose,
    grant: Grant | None,
    representative: str | None = None,
) -> str:
    """Signs and stores her consent receipt of this change; answers its id.

    state: of DPV (`ConsentGiven` …). indicated_by: the sid or log entry that shows it. Earlier states of the same grant
    are repeated before it. representative: pseudonym of who decided for her, or beside her.
    """
    jti = new_id()
    lang = "nl" if grant is None else grant.lang
    states = [] if grant is None else _states_before(connection, vlt, grant.jti)
    if not states:
        states.append(State("ConsentRequested", question.sid, _METHODS["ConsentRequested"], question.iat))
    states.append(State(state, indicated_by, _METHODS[state], now))
    team = _entity(connection, question.iss)
    where = f"consent-requests/{question.jti}/answers" if grant is None else f"grants/{grant.jti}/stops"
    categories = (
        [item.ref for item in question.items] if grant is None else sorted({drawer.cat for drawer in grant.drawers})
    )
    duration = "nothing was given" if grant is None else f"until {show_moment(grant.exp)}"
    body = receipt_body(
        jti=jti,
        vlt=vlt,
        iat=now,
        notice=(question.iat if grant is None else grant.iat, lang, text_hash(purpose, lang)),
        purpose=purpose.uri,
        legal_basis=f"{purpose.ground}: {purpose.article}",
        drawers=categories,
        controller=team,
        recipient=team,
        storage=(registry.location, duration, purpose.keep.say(lang)),
        withdraw_at=f"{registry.base()}/vaults/{vlt}/{where}",
        assessment=purpose.dpia,
        states=states,
        representative=representative,
    )
    sid = None if grant is None else grant.sid
    token = issue_consent_receipt(
        registry.receipt_key, iss=registry.party, vlt=vlt, jti=jti, iat=now, sid=sid, body=body
    )
    values = {"vlt": vlt, "id": jti, "at": now, "jti": None if grant is None else grant.jti, "receipt": token}
    store_lines.put_receipt(connection, values)
    return jti


def _states_before(connection: Connection, vlt: str, jti: str) -> list[State]:
    """The states that the newest receipt of this grant holds."""
    stored = [row["receipt"] for row in store_lines.receipts_of(connection, vlt, jti)]
    return [_state(one) for one in max(map(_told, stored), key=len, default=[])]


def receipt_of_the_yes(connection: Connection, vlt: str, jti: str) -> str | None:
    """The one consent receipt of a grant that its team may have: that of the yes, before any later state."""
    stored = [row["receipt"] for row in store_lines.receipts_of(connection, vlt, jti)]
    return min(stored, key=lambda receipt: len(_told(receipt)), default=None)


def _told(receipt: str) -> list[dict[str, str]]:
    told: list[dict[str, str]] = peek(receipt)[1]["body"]["dpv:hasConsentStatus"]
    return told


def _state(told: dict[str, Any]) -> State:
    at = int(datetime.fromisoformat(told["dpv:isIndicatedAtTime"]).timestamp())
    return State(told["@type"].removeprefix("dpv:"), told["dpv:isIndicatedBy"], told["dpv:hasIndicationMethod"], at)


def _entity(connection: Connection, team: str) -> Entity:
    known = store_directory.team(connection, team)
    assert known is not None  # nobody else can have asked
    return Entity(team, known["name"], known["address"], known["contact"])
