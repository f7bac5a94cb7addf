# SPDX-License-Identifier: EUPL-1.2
"""Evidence: what a team can show of one grant. The question, the grant, the yes, and its own lines with their proofs.

No value is in it: consent has none. Of the log only what the team did itself and was told at that moment: a refused
look holds the true reason, which is hers, and a stop of hers would tell a stop from an end date.
"""

from chassis.database import Connection
from consent import proving, store, store_requests, store_telling
from consent.receipts import receipt_of_the_yes
from consent.store import Row
from consent.team_schemas import Evidence, LoggedEvent
from consent.teams import own_grant
from formats.event import Event, read_event
from formats.spelling import b64u, sid

STEP = 200
"""Lines that are read at once."""
_ITS_OWN = frozenset({"read", "deposit", "stop"})


def evidence(connection: Connection, team: str, jti: str, below: int | None, most: int) -> tuple[Evidence, int | None]:
    """One page, newest line first, and where the next one begins (None: this was the last). Raises Absent."""
    row = own_grant(connection, team, jti)
    vlt, duty = row["vlt"], store_telling.duty(connection, team, jti)
    statement, card = store.statement(connection, vlt, row["seq"]), store.statement(connection, vlt, row["card_seq"])
    assert statement is not None
    assert card is not None
    closing = None if duty is None else duty["closing"]
    signed = {sid(token) for token in store_telling.answers_of(connection, vlt, team, jti)}
    if closing is not None:
        signed.add(sid(closing))
    lines = _own_lines(connection, row, signed, int(statement["n"]), below, most)
    asked = store_requests.by_id(connection, row["request"])
    shown = Evidence(
        grant=row["token"],
        card=card["token"],
        request=None if asked is None else asked["token"],
        receipt=receipt_of_the_yes(connection, vlt, jti),
        closing=closing,
        entered=_logged(proving.lines(connection, vlt, before=int(statement["n"]) + 1, limit=1)[0]),
        items=[_logged(line) for line in lines],
        next=None,
    )
    full = len(lines) == most
    return shown, lines[-1].n if full else None


def _own_lines(
    connection: Connection, row: Row, signed: set[str], first: int, below: int | None, most: int
) -> list[proving.Proven]:
    """The team's own lines about this grant, newest first: none is older than the grant's own line, `first`."""
    found: list[proving.Proven] = []
    while below is None or below > first:
        read = proving.lines(connection, row["vlt"], before=below, limit=STEP)
        for line in read:
            later = line.n is not None and line.n > first
            if later and line.event is not None and is_own(read_event(line.event), row["team"], row["jti"], signed):
                found.append(line)
                if len(found) == most:
                    return found
        if len(read) < STEP or read[-1].n is None:
            break
        below = read[-1].n
    return found


def is_own(event: Event, team: str, jti: str, signed: set[str]) -> bool:
    """Whether a line is the team's own look or hand-back under this grant, or something it signed about it."""
    if event.t in _ITS_OWN:
        return (event.claims["by"], event.claims["gnt"]) == (team, jti)
    return event.t == "statement" and str(event.claims["sid"]) in signed


def _logged(line: proving.Proven) -> LoggedEvent:
    assert line.event is not None
    assert line.nonce is not None
    return LoggedEvent(event=b64u(line.event), nonce=b64u(line.nonce), proof=line.proof)
