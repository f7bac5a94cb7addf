# SPDX-License-Identifier: EUPL-1.2
"""Questions of organisations: asked, taken back, and seen by those who asked (consent.md section 1).

A question lies under an address. To its asker refused, ignored and absent are the same: the same work at asking, the
same bytes while it is open, the same `no-answer` afterwards, the same 30 days. So nothing here looks whether anybody
answers to an address before an answer is there.
"""

import secrets
from dataclasses import dataclass

from chassis.database import Connection
from chassis.journal import Line
from consent import store, store_directory, store_grants, store_pauses, store_requests
from consent.batch import Batch
from consent.ending import end_grant
from consent.entering import spelled
from consent.ledger_store import driver
from consent.purposes import DAY, Purpose, over_asking
from consent.refusals import (
    Absent,
    Forged,
    Misplaced,
    NotAllowed,
    OverAsking,
    RequestClosed,
    ShareCodeNotGood,
    TooSoon,
)
from consent.registry import Registry
from consent.sharing import code_hash, read_code
from consent.store import Before, Row
from formats.jose import peek
from formats.request import Request, verify_request
from formats.spelling import FormatError

AGAIN = 30 * DAY
"""After a `no-answer` the team waits this long for the same purpose and address; a share code lifts it."""
CLOCK = 600
"""Seconds that a question's `iat` may lie from our clock."""
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class To:
    """Where a question goes: one of the two."""

    share_code: str | None
    bsn: str | None


async def ask(registry: Registry, to: To, token: str, *, team: str, client: str, caseworker: str) -> tuple[Row, bool]:
    """Takes in a question; answers its row, and False when the same one had come in before.

    Raises Unspelled, Forged, NotAllowed (an unknown or suspended team), Misplaced, OverAsking (all places together),
    ShareCodeNotGood, TooMany, TooSoon. None of them depends on who lives at the address, but TooSoon, which is the same
    for refused, ignored and absent.
    """
    claims = spelled(token)[1]
    letters = None if to.share_code is None else read_code(to.share_code)
    emp = registry.employee(team, caseworker)
    if to.bsn is None and letters is None:
        await registry.ledger.run(lambda connection, batch: _wrong_code(registry, connection, emp, batch.now))
        raise ShareCodeNotGood
    direct = None if to.bsn is None else registry.address(to.bsn)

    def work(connection: Connection, batch: Batch) -> tuple[Row, bool] | None:
        now = batch.now
        question, role = checked(registry, connection, token, claims, team, now)
        there = known(connection, token, question, team)
        if there is not None:
            return there, False
        purpose = asked_for(registry, connection, question, role)
        address = direct
        if address is None:
            assert letters is not None
            registry.rates.check(driver(connection), "wrong-code", emp, now)
            address = _address_of_code(registry, connection, letters, question.jti, now)
            if address is None:  # not raised: the count has to stay
                _wrong_code(registry, connection, emp, now)
                return None
        else:
            registry.rates.take(driver(connection), "bsn", emp, now)
            _not_too_soon(connection, address, team, question.pur, now)
        registry.rates.take(driver(connection), "question", emp, now)
        code = None if letters is None else code_hash(registry, letters)
        return keep(registry, connection, batch, question, purpose, address, client, emp, code), True

    asked = await registry.ledger.run(work)
    if asked is None:
        raise ShareCodeNotGood
    return asked


def _wrong_code(registry: Registry, connection: Connection, emp: str, now: int) -> None:
    """Counts a share code that was not good. Raises TooMany."""
    registry.rates.take(driver(connection), "wrong-code", emp, now)


async def take_back(registry: Registry, team: str, identifier: str, caseworker: str) -> Row:
    """The team takes its question back, while it is open to it. Raises Absent, RequestClosed."""

    def work(connection: Connection, batch: Batch) -> Row:
        now = batch.now
        row = _own(connection, team, identifier, now)
        if row["state"] == "taken-back":
            return row
        seen = (*store_requests.UNANSWERED, "countered")
        if now >= row["expires_at"] or not store_requests.set_state(
            connection, row["address"], identifier, "taken-back", now, seen
        ):
            raise RequestClosed
        vault = store.vault_at(connection, row["address"])
        for given in store_grants.of_request(connection, vault["vlt"], identifier) if vault is not None else ():
            end_grant(registry, connection, now, given, why="lapsed", by=team, shown_by=given["sid"])
        actor = f"{team} {registry.employee(team, caseworker)}"
        line = Line(
            "Question taken back", f"consent-request {identifier}", "Ok", actor, registry.subject(row["address"])
        )
        registry.account(connection, batch, line)
        return _own(connection, team, identifier, now)

    return await registry.ledger.run(work)


def own_page(connection: Connection, team: str, now: int, before: Before, most: int) -> list[Row]:
    """A team's own questions, newest first."""
    return list(store_requests.of_team(connection, team, now - AGAIN, before, most))


def own(connection: Connection, team: str, identifier: str, now: int) -> Row:
    """One of a team's own questions. Raises Absent."""
    return _own(connection, team, identifier, now)


def _own(connection: Connection, team: str, identifier: str, now: int) -> Row:
    # An unanswered one is shown for as long as the team has to wait; so one without a vault can be forgotten then.
    row = store_requests.of_team_one(connection, team, identifier, now - AGAIN)
    if row is None:
        raise Absent
    return row


def checked(
    registry: Registry,
    connection: Connection,
    token: str,
    claims: dict[str, object],
    team: str,
    now: int,
    off: str | None = None,
) -> tuple[Request, str]:
    """The question with the team's role: signed by a key of the directory, current, and by who calls. off: the question
    whose counter-offer it has to accept. Raises NotAllowed, Forged, Misplaced."""
    organisation = store_directory.one(connection, team, str(claims.get("org")))
    if claims.get("iss") != team or organisation is None or organisation["withdrawn_at"] is not None:
        raise NotAllowed
    if now >= organisation["valid_until"] or store_directory.suspended(connection, "organisation", team):
        raise NotAllowed
    try:
        question = verify_request(token, peek(organisation["token"])[1]["sig"])
    except FormatError as error:
        raise Forged from error
    wrong = []
    if not now - CLOCK <= question.iat <= now + CLOCK or question.exp <= now:
        wrong.append(("/request/iat", "not-current"))
    if question.off != off:
        wrong.append(("/request/off", "other-question"))
    if question.ends <= now:
        wrong.append(("/request/ends", "over"))
    if wrong:
        raise Misplaced(wrong)
    return question, str(organisation["role"])


def known(connection: Connection, token: str, question: Request, team: str) -> Row | None:
    """The very question, if it came in before. Raises Misplaced when its id was used for another."""
    there = store_requests.by_id(connection, question.jti)
    if there is not None and (there["token"], there["team"]) != (token, team):
        raise Misplaced([("/request/jti", "used")])
    return there


def asked_for(registry: Registry, connection: Connection, question: Request, role: str) -> Purpose:
    """The purpose of a question that asks no more than it lists. Raises OverAsking with all places."""
    purpose = registry.catalogue.purposes.get(question.pur)
    if purpose is None:
        raise OverAsking([("/request/pur", "not-listed")])
    stored = store_directory.purpose(connection, question.pur)
    recalled = purpose.uri in registry.catalogue.recalled or (stored is not None and stored["recalled_at"] is not None)
    wrong = over_asking(question, purpose, role, recalled=recalled)
    if wrong:
        raise OverAsking([(f"/request{at}", code) for at, code in wrong])
    return purpose


def keep(
    registry: Registry,
    connection: Connection,
    batch: Batch,
    question: Request,
    purpose: Purpose,
    address: str,
    client: str,
    emp: str,
    code: str | None,
) -> Row:
    """Lays a question that may be asked under its address; its row. code: hash of the share code that it came by."""
    team = question.iss
    values = {
        "address": address,
        "id": question.jti,
        "token": question.token,
        "team": team,
        "client": client,
        "emp": emp,
        "purpose": question.pur,
        "act": question.act,
        "state": "open",
        "binding_code": f"{secrets.choice(_LETTERS)}{secrets.choice(_LETTERS)}-{secrets.randbelow(90) + 10}",
        "asked_at": batch.now,
        "expires_at": question.exp,
        "rules": registry.catalogue.ages.version,
        "share_code": code,
    }
    store_requests.put(connection, values)
    line = Line(
        "Question asked",
        f"consent-request {question.jti}",
        "Ok",
        f"{team} {emp}",
        registry.subject(address),
        purpose.processing_activity,
        client,
    )
    registry.account(connection, batch, line)
    row = store_requests.by_id(connection, question.jti)
    assert row is not None
    return row


def _address_of_code(registry: Registry, connection: Connection, letters: str, request: str, now: int) -> str | None:
    """The address behind a share code, which is then used; None when it is not good."""
    vlt = store_pauses.use_code(connection, code_hash(registry, letters), request, now)
    vault = None if vlt is None else store.vault(connection, vlt)
    return None if vault is None or vault["bsn"] is None else str(vault["bsn"])


def _not_too_soon(connection: Connection, address: str, team: str, purpose: str, now: int) -> None:
    ended = store_requests.latest_no(connection, address, team, purpose, now)
    if ended is not None and now < ended + AGAIN:
        raise TooSoon(ended + AGAIN - now)
