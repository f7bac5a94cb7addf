# SPDX-License-Identifier: EUPL-1.2
"""Ending a grant, whoever ends it and why: what belongs to an end is done here, in one transaction.

A grant that ran: its team gets the same signed events for a stop and for an end date, and she gets a receipt. A grant
that still waited for somebody's yes was never known to its team: nobody is told, and its question stays unanswered.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent import store, store_grants, store_requests
from consent.batch import Batch
from consent.question import read_question
from consent.receipts import keep_consent_receipt
from consent.registry import Registry
from consent.store import Row
from consent.teams import own_grant
from consent.telling import tell_ended
from formats.grant import read_grant
from formats.spelling import b64u

_STATES = {
    "withdrawn": "ConsentWithdrawn",
    "handed-back": "ConsentRevoked",
    "expired": "ConsentExpired",
    "used": "ConsentExpired",
    "lapsed": "ConsentInvalidated",
}


def end_grant(
    registry: Registry,
    connection: Connection,
    now: int,
    row: Row,
    *,
    why: str,
    by: str | None,
    shown_by: str,
) -> bool:
    """Ends a grant for good; False when it had ended already, and nothing is done again.

    row: of `store_grants`, with its token. why: withdrawn, handed-back, expired, used, lapsed. by: the party who ended it.
    shown_by: the sid or log entry that shows it.
    """
    if not store_grants.end(connection, row["vlt"], row["jti"], now, why, by):
        return False
    vault = store.vault(connection, row["vlt"])
    assert vault is not None
    address = vault["bsn"]
    if row["waiting"]:
        store_requests.set_state(connection, address, row["request"], "refused", now, ("waiting",))
        return True
    grant = read_grant(row["token"])
    purpose = registry.catalogue.purposes.get(row["purpose"])
    asked = store_requests.one(connection, address, row["request"])
    answer_by = 14 if purpose is None else purpose.answer_by
    tell_ended(
        registry,
        connection,
        now,
        vlt=row["vlt"],
        jti=row["jti"],
        team=row["team"],
        act=grant.act,
        purpose=row["purpose"],
        answer_by=answer_by,
    )
    if purpose is not None and asked is not None:
        stopped_by_other = why == "withdrawn" and by != grant.iss
        keep_consent_receipt(
            registry,
            connection,
            now,
            vlt=row["vlt"],
            state="ConsentRevoked" if stopped_by_other else _STATES[why],
            indicated_by=shown_by,
            question=read_question(connection, asked),
            purpose=purpose,
            grant=grant,
        )
    return True


async def hand_back(registry: Registry, team: str, jti: str, caseworker: str | None) -> None:
    """The team gives its grant up. Again, or after another end: nothing changes. Raises Absent (not theirs)."""

    def work(connection: Connection, batch: Batch) -> None:
        row = own_grant(connection, team, jti)
        if row["ended_at"] is not None:
            return
        entry = batch.append("stop", row["vlt"], by=team, gnt=jti, sid=None)
        shown_by = b64u(entry.entry)
        end_grant(registry, connection, batch.now, row, why="handed-back", by=team, shown_by=shown_by)
        actor = team if caseworker is None else f"{team} {registry.employee(team, caseworker)}"
        line = Line("Grant handed back", f"grant {jti}", "Ok", actor, registry.subject(row["vlt"]))
        registry.account(connection, batch, line)

    await registry.ledger.run(work, stop=True)
