# SPDX-License-Identifier: EUPL-1.2
"""Her answer to a question: yes with what she signed, an offer, or no. Each is written down.

A no costs nothing and tells nothing: to the asker the question stays open until it expires, and until then a no can
become a yes. Nothing is signed for her: an offer that the asker accepts is a new question.
"""

import orjson

from chassis.database import Connection
from chassis.journal import Line
from consent import store_lines, store_requests
from consent.batch import Batch
from consent.entering import enter, opened, spelled
from consent.granting import ANSWERABLE
from consent.purposes import Purpose, Wrong
from consent.question import out_of_reach, read_question
from consent.receipts import keep_consent_receipt
from consent.refusals import Absent, Misplaced, RequestClosed
from consent.registry import Registry
from consent.schemas import Answer, Offer
from consent.store import Row
from consent.telling import tell_answered
from formats.request import Request
from formats.spelling import H, new_id


async def answer(registry: Registry, vlt: str, identifier: str, said: Answer) -> list[str]:
    """Takes her answer in; the receipts of the statements in it.

    Raises Absent, RequestClosed, Misplaced (what was sent does not fit the answer), and what `enter` raises.
    """
    _fits(said)

    def work(connection: Connection, batch: Batch) -> list[str]:
        vault = opened(connection, vlt)
        row = _asked(registry, connection, vault, identifier, batch.now)
        if said.answer == "yes":
            return _yes(registry, connection, batch, vault, row, said)
        if batch.now >= row["expires_at"]:
            raise RequestClosed
        if said.answer == "no":
            _no(registry, connection, batch, vault, row)
        else:
            assert said.offer is not None
            _offer(registry, connection, batch, vault, row, said.offer)
        return []

    return await registry.ledger.run(work)


def _fits(said: Answer) -> None:
    """Each answer comes with what it needs and nothing else."""
    wrong: list[Wrong] = []
    if (said.answer == "yes") != bool(said.statements):
        wrong.append(("/statements", "not-with-this-answer"))
    if (said.answer == "offer") != (said.offer is not None):
        wrong.append(("/offer", "not-with-this-answer"))
    if said.answer != "yes" and said.assertion is not None:
        wrong.append(("/assertion", "not-with-this-answer"))
    if wrong:
        raise Misplaced(wrong)


def _asked(registry: Registry, connection: Connection, vault: Row, identifier: str, now: int) -> Row:
    row = store_requests.one(connection, vault["bsn"], identifier)
    if row is None or row["purpose"] in out_of_reach(registry.catalogue, vault, now):
        raise Absent
    return row


def _yes(registry: Registry, connection: Connection, batch: Batch, vault: Row, row: Row, said: Answer) -> list[str]:
    """Exactly one grant among the statements answers exactly this question."""
    grants = [claims for header, claims in map(spelled, said.statements) if header["typ"] == "vault-grant+jwt"]
    if len(grants) != 1 or grants[0].get("req") != row["id"]:
        raise Misplaced([("/statements", "one-grant")])
    entered = enter(registry, connection, batch, vault["vlt"], said.statements, said.assertion)
    _account(registry, connection, batch, vault, row, "Question granted")
    return list(entered.receipts)


def _no(registry: Registry, connection: Connection, batch: Batch, vault: Row, row: Row) -> None:
    if row["state"] == "refused":
        return
    # After an offer the asker sees one; after a yes that waits she stops the grant. A no comes before either.
    if not store_requests.set_state(connection, vault["bsn"], row["id"], "refused", batch.now, ("open",)):
        raise RequestClosed
    question, purpose = read_question(connection, row), registry.catalogue.purposes.get(row["purpose"])
    if purpose is not None:
        keep_consent_receipt(
            registry,
            connection,
            batch.now,
            vlt=vault["vlt"],
            state="ConsentRefused",
            indicated_by=H(row["id"]),
            question=question,
            purpose=purpose,
            grant=None,
        )
    _note(connection, batch, vault, row, "refused")
    _account(registry, connection, batch, vault, row, "Question refused")


def _offer(registry: Registry, connection: Connection, batch: Batch, vault: Row, row: Row, offer: Offer) -> None:
    purpose = registry.catalogue.purposes.get(row["purpose"])
    wrong = _beyond(offer, read_question(connection, row), purpose)
    if wrong:
        raise Misplaced(wrong)
    seen = tuple(state for state in ANSWERABLE if state != "waiting")
    if not store_requests.set_state(connection, vault["bsn"], row["id"], "countered", batch.now, seen):
        raise RequestClosed
    told = offer.model_dump(mode="json", by_alias=True)
    store_requests.set_offer(connection, vault["bsn"], row["id"], orjson.dumps(told).decode())
    address, team = vault["bsn"], row["team"]
    tell_answered(registry, connection, batch.now, address=address, request=row["id"], team=team)
    _note(connection, batch, vault, row, "countered")
    _account(registry, connection, batch, vault, row, "Question countered")


def _beyond(offer: Offer, question: Request, purpose: Purpose | None) -> list[Wrong]:
    """An offer stays within the purpose, ends no later than was asked, and says something."""
    listed = {(item.kind, item.ref) for item in purpose.items} if purpose is not None else set()
    wrong: list[Wrong] = [
        (f"/offer/items/{index}", "not-listed")
        for index, item in enumerate(offer.items)
        if (item.kind, item.ref) not in listed
    ]
    if offer.ends_at is not None and offer.ends_at > question.ends:
        wrong.append(("/offer/endsAt", "too-long"))
    if not offer.items and not offer.talk_first and offer.ask_after is None:
        wrong.append(("/offer", "empty"))
    return wrong


def _note(connection: Connection, batch: Batch, vault: Row, row: Row, what: str) -> None:
    line = {"vlt": vault["vlt"], "id": new_id(), "at": batch.now, "what": what, "team": row["team"]}
    store_lines.put_line(connection, line | {"request": row["id"], "jti": None})


def _account(registry: Registry, connection: Connection, batch: Batch, vault: Row, row: Row, action: str) -> None:
    purpose = registry.catalogue.purposes.get(row["purpose"])
    activity = None if purpose is None else purpose.processing_activity
    who, what = f"vault:{vault['vlt']}", f"consent-request {row['id']}"
    line = Line(action, what, "Ok", who, registry.subject(vault["vlt"]), activity)
    registry.account(connection, batch, line)
