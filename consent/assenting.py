# SPDX-License-Identifier: EUPL-1.2
"""A second person's yes or no (`vault-assent+jwt`), where the age rules ask one: said in that person's own chain.

Until every yes is in, the grant waits: nobody reads, and the asker sees an open question. One no is no, and whoever
had to say yes can stop alone. Who is not asked learns nothing: to them the grant does not exist.
"""

from chassis.database import Connection
from consent import store, store_grants, store_requests
from consent.batch import Batch
from consent.ending import end_grant
from consent.gezag import still_missing
from consent.granting import announce_yes
from consent.question import read_question, voices
from consent.refusals import Absent
from consent.registry import Registry
from consent.store import Row
from formats.grant import read_grant
from formats.statement import Statement


def take_assent(registry: Registry, connection: Connection, batch: Batch, approver: Row, said: Statement) -> None:
    """Keeps the answer of `approver` (row of the vault that signed it) and lets it work on the grant it names.

    Raises Absent for a grant that is unknown, another version, or not theirs to decide.
    """
    now, jti = batch.now, said.claims["gnt"]
    vlt = store_grants.place(connection, jti)
    row = None if vlt is None else store_grants.one(connection, vlt, jti)
    vault = None if vlt is None else store.vault(connection, vlt)
    if row is None or vault is None or vlt == approver["vlt"] or row["sid"] != said.claims["sid"]:
        raise Absent
    purpose = registry.catalogue.purposes.get(row["purpose"])
    if purpose is None or not row["rests_on_gezag"]:
        raise Absent
    asked = voices(connection, registry.catalogue, vault, purpose, now)
    if approver["bsn"] not in asked.wanted.holders:
        raise Absent
    yes = bool(said.claims["yes"])
    values = {"vlt": vlt, "jti": jti, "by_vlt": approver["vlt"], "sid": said.sid, "token": said.token}
    store_grants.put_assent(connection, values | {"yes": int(yes), "at": now})
    if row["ended_at"] is not None or now >= row["ends"]:
        return
    if not row["waiting"]:
        if not yes:
            batch.append("stop", vlt, by=f"vault:{approver['vlt']}", gnt=jti, sid=None)
            by = f"vault:{approver['vlt']}"
            end_grant(registry, connection, now, row, why="withdrawn", by=by, shown_by=said.sid)
        return
    question = store_requests.one(connection, vault["bsn"], row["request"])
    if question is None or now >= question["expires_at"]:
        return  # it lapsed with its question
    answers = store_grants.assents_of(connection, vault["vlt"], jti)
    no = tuple(one["bsn"] for one in answers if not one["yes"])
    missing = still_missing(asked.wanted, tuple(one["bsn"] for one in answers if one["yes"]), no)
    if any(holder in no for holder in asked.wanted.holders):
        store_requests.set_state(connection, vault["bsn"], row["request"], "refused", now, ("waiting",))
    elif missing or asked.approvers.manual or asked.approvers.representative:
        store_requests.set_state(connection, vault["bsn"], row["request"], "waiting", now, ("refused",))
    else:
        store_grants.set_given(connection, vault["vlt"], jti, now)
        store_requests.set_state(connection, vault["bsn"], row["request"], "granted", now, ("waiting", "refused"))
        announce_yes(
            registry,
            connection,
            now,
            vault,
            read_grant(row["token"]),
            question,
            read_question(connection, question),
            purpose,
            representative=registry.subject(approver["vlt"]),
        )
