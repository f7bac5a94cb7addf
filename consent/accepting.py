# SPDX-License-Identifier: EUPL-1.2
"""Accepting a counter-offer: a new question of exactly the offer takes the place of the one that was asked.

Nothing is given by it: she says yes to the new question with a new signature, or does not. The old question is taken
back in the same transaction, so an offer is accepted once and a late yes to more than was offered is not possible.
"""

import json
from collections.abc import Sequence

from chassis.database import Connection
from consent import store_requests
from consent.batch import Batch
from consent.entering import spelled
from consent.ledger_store import driver
from consent.purposes import Wrong
from consent.question import read_question
from consent.refusals import Misplaced, RequestClosed
from consent.registry import Registry
from consent.requesting import asked_for, checked, keep, known, own
from consent.schemas import Offer
from consent.store import Row
from formats.request import Request


async def accept(
    registry: Registry, identifier: str, token: str, *, team: str, client: str, caseworker: str
) -> tuple[Row, bool]:
    """Takes in the new question; its row, and False when the same one had come in before.

    Raises Absent (not their question), RequestClosed (no offer stands), Misplaced (not as offered), and what asking
    raises.
    """
    claims, emp = spelled(token)[1], registry.employee(team, caseworker)

    def work(connection: Connection, batch: Batch) -> tuple[Row, bool]:
        now = batch.now
        countered = own(connection, team, identifier, now)
        question, role = checked(registry, connection, token, claims, team, now, off=identifier)
        there = known(connection, token, question, team)
        if there is not None:
            return there, False
        if countered["state"] != "countered" or now >= countered["expires_at"]:
            raise RequestClosed
        offer = Offer.model_validate(json.loads(countered["offer"]))
        wrong = not_as_offered(question, read_question(connection, countered), offer, now)
        if wrong:
            raise Misplaced(wrong)
        purpose = asked_for(registry, connection, question, role)
        registry.rates.take(driver(connection), "question", emp, now)
        address = countered["address"]
        store_requests.set_state(connection, address, identifier, "taken-back", now, ("countered",))
        return keep(registry, connection, batch, question, purpose, address, client, emp, None), True

    return await registry.ledger.run(work)


def not_as_offered(question: Request, asked: Request, offer: Offer, now: int) -> Sequence[Wrong]:
    """Where a new question is not exactly the offer to `asked`. What the old one required stays required."""
    if not offer.items:
        return [("/request/off", "nothing-offered")]  # talk first, or ask later
    required = {(item.kind, item.ref): item.required for item in asked.items}
    offered = {(item.kind, item.ref): required.get((item.kind, item.ref), False) for item in offer.items}
    asks = {(item.kind, item.ref): item.required for item in question.items}
    ends = asked.ends if offer.ends_at is None else int(offer.ends_at)
    checks = [
        (question.pur == asked.pur, "/request/pur"),
        (question.act == asked.act, "/request/act"),
        (question.knd == asked.knd, "/request/knd"),
        (question.gnd == asked.gnd, "/request/gnd"),
        (asks == offered, "/request/items"),
        (question.ends == ends, "/request/ends"),
        (question.nbf >= asked.nbf, "/request/nbf"),
    ]
    wrong = [(at, "not-as-offered") for fine, at in checks if not fine]
    if offer.ask_after is not None and now < int(offer.ask_after):
        wrong.append(("/request/iat", "too-early"))
    return wrong
