# SPDX-License-Identifier: EUPL-1.2
"""What each side may see of a question and a grant: rows made into wire members.

She sees the true state and reason; her team sees running or ended, and of a question nothing that tells refused,
ignored and absent apart. The state of a grant is never stored: it is the decision of this moment.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from chassis.clock import moment
from chassis.database import Connection
from consent import ledger_store, look, proving, store, store_directory, store_grants, store_requests, store_telling
from consent.decision import No, decide
from consent.purposes import text, text_hash
from consent.question import voices
from consent.receipts import receipt_of_the_yes
from consent.refusals import Absent
from consent.registry import Registry
from consent.schemas import (
    Approvers,
    Asked,
    CatalogueVersion,
    Deletion,
    DirectoryStatement,
    Given,
    GivenDrawer,
    LoggedListing,
    LoggedStatement,
    Offer,
    ShownText,
)
from consent.service_schemas import AskersGrant, AskersItem, AskersQuestion
from consent.store import Row
from formats.grant import Grant, read_grant
from formats.jose import peek
from formats.spelling import b64u

State = Literal["waiting", "running", "paused", "review-due", "ended"]
_ENDED = frozenset({"ended", "withdrawn", "handed-back", "used", "vault-gone"})
LANGUAGES: tuple[Literal["nl", "en"], ...] = ("nl", "en")


def standing(connection: Connection, rows: Sequence[Row], now: int) -> list[tuple[State, str | None]]:
    """State and true reason of each grant: what `decide` would say to the caseworker it suits best."""
    if not rows:
        return []
    looks = [_imagined(row) for row in rows]
    cases = look.load(ledger_store.driver(connection), [(one, "") for one in looks], now)
    found: list[tuple[State, str | None]] = []
    for row, case in zip(rows, cases, strict=True):
        question, facts = case.question_and_facts()
        # How the team stands in the directory is no state of the grant.
        question = replace(
            question,
            service_stopped=False,
            organisation_known=True,
            organisation_suspended=False,
            application_suspended=False,
            caseworker_suspended=False,
        )
        verdict = decide(question, facts, now)
        reason = verdict.reason if isinstance(verdict, No) else None
        found.append(_state(connection, row, reason, now))
    return found


def _imagined(row: Row) -> look.Look:
    act: Literal["read", "deposit"] = "read" if read_grant(row["token"]).act == "read" else "deposit"
    return look.Look("introspection", row["jti"], row["team"], "", None, act)


def _state(connection: Connection, row: Row, reason: str | None, now: int) -> tuple[State, str | None]:
    if row["ended_why"] is not None:
        return "ended", str(row["ended_why"])
    if reason == "not-assented":
        vault = store.vault(connection, row["vlt"])
        asked = None if vault is None else store_requests.one(connection, vault["bsn"], row["request"])
        return ("ended", "lapsed") if asked is None or now >= asked["expires_at"] else ("waiting", reason)
    if reason in _ENDED:
        return "ended", "expired" if reason == "ended" else reason
    if reason == "paused":
        return "paused", reason
    return ("review-due", reason) if reason == "review-due" else ("running", reason)


def drawers_of(grant: Grant) -> list[GivenDrawer]:
    """The drawers of a grant as members."""
    return [
        GivenDrawer(
            id=drawer.id,
            category=drawer.cat,
            epochs=list(drawer.epochs),
            records=[single.rid for single in drawer.singles] if drawer.singles else None,
        )
        for drawer in grant.drawers
    ]


def given(connection: Connection, rows: Sequence[Row], now: int) -> list[Given]:
    """Grants as she sees them."""
    if not rows:
        return []
    owed = store_telling.duties_of(connection, rows[0]["vlt"], [row["jti"] for row in rows])
    states = standing(connection, rows, now)
    return [
        _given(row, state, reason, _deletion(connection, owed.get(row["jti"]), now))
        for row, (state, reason) in zip(rows, states, strict=True)
    ]


def _deletion(connection: Connection, duty: Row | None, now: int) -> Deletion | None:
    if duty is None:
        return None
    closing = duty["closing"]
    named = None if closing is None else store_directory.by_sig(connection, duty["team"], peek(closing)[0]["kid"])
    return Deletion(
        since=moment(duty["since"]),
        due=moment(duty["due"]),
        overdue=duty["answered_at"] is None and now >= duty["due"],
        answer=duty["answer"],
        until=None if duty["kept_until"] is None else moment(duty["kept_until"]),
        article=duty["article"],
        closing=closing,
        organisation=None if named is None else signer(connection, duty["team"], named["sid"]),
        answered_at=None if duty["answered_at"] is None else moment(duty["answered_at"]),
    )


def _given(row: Row, state: State, reason: str | None, deletion: Deletion | None) -> Given:
    grant = read_grant(row["token"])
    return Given(
        id=grant.jti,
        state=state,
        reason=reason,
        statement=grant.token,
        request=grant.req,
        team=grant.aud,
        purpose=grant.purpose,
        act="read" if grant.act == "read" else "deposit",
        kind=grant.knd,
        starts_at=moment(grant.nbf),
        ends_at=moment(grant.exp),
        ended_at=None if row["ended_at"] is None else moment(row["ended_at"]),
        drawers=drawers_of(grant),
        deletion=deletion,
    )


def logged(connection: Connection, row: Row, suspended: bool) -> LoggedStatement:
    """A directory statement (row of `store_directory`) with its entry and proof."""
    event, nonce, proof = _line(connection, row)
    shown = None if row["listing"] is None else store_directory.listing(connection, row["team"], row["listing"])
    return LoggedStatement(
        team=row["team"],
        name=row["name"],
        statement=row["token"],
        event=event,
        nonce=nonce,
        proof=proof,
        counts_from=moment(row["valid_from"]),
        suspended=suspended,
        listing=None if shown is None else _listing(connection, shown),
    )


def _line(connection: Connection, row: Row) -> tuple[str, str, str]:
    """Event, nonce and proof of the line at which a directory statement stands."""
    line = proving.line_at(connection, row["shard"], row["idx"])
    assert line is not None
    assert line.event is not None
    assert line.nonce is not None
    return b64u(line.event), b64u(line.nonce), line.proof


def _listing(connection: Connection, row: Row) -> LoggedListing:
    event, nonce, proof = _line(connection, row)
    return LoggedListing(
        statement=row["token"], event=event, nonce=nonce, proof=proof, counts_from=moment(row["valid_from"])
    )


def version(connection: Connection, row: Row) -> CatalogueVersion:
    """A signed version of the catalogue, with its entry and proof."""
    event, nonce, proof = _line(connection, row)
    at = moment(row["logged_at"])
    return CatalogueVersion(
        version=row["ver"], id=row["sid"], statement=row["token"], event=event, nonce=nonce, proof=proof, logged_at=at
    )


def said(connection: Connection, row: Row) -> DirectoryStatement:
    """One thing that the directory said of a team, with its entry and proof."""
    event, nonce, proof = _line(connection, row)
    return DirectoryStatement(
        id=row["sid"],
        statement=row["token"],
        event=event,
        nonce=nonce,
        proof=proof,
        logged_at=moment(row["logged_at"]),
        counts_from=moment(row["valid_from"]),
        ended_at=None if row["withdrawn_at"] is None else moment(row["withdrawn_at"]),
    )


def asked(registry: Registry, connection: Connection, vault: Row, row: Row, now: int) -> Asked:
    """A question as she sees it. Raises Absent when its purpose is no more in the catalogue."""
    purpose = registry.catalogue.purposes.get(row["purpose"])
    organisation = _organisation(connection, row)
    if purpose is None or organisation is None:
        raise Absent
    sensitive = purpose.step_up or any(
        registry.catalogue.drawers[item.ref].sensitive for item in purpose.items if item.kind == "drawer"
    )
    who = voices(connection, registry.catalogue, vault, purpose, now).approvers
    state = row["state"]
    if state in ("open", "refused", "waiting") and now >= row["expires_at"]:
        state = "refused" if state == "refused" else "expired"
    grants = store_grants.of_request(connection, vault["vlt"], row["id"])
    return Asked(
        id=row["id"],
        state=state,
        request=row["token"],
        binding_code=row["binding_code"],
        asked_at=moment(row["asked_at"]),
        expires_at=moment(row["expires_at"]),
        texts=[ShownText(lang=lang, text=text(purpose, lang), hash=text_hash(purpose, lang)) for lang in LANGUAGES],
        sensitive=sensitive,
        organisation=organisation,
        approvers=Approvers(she=who.she, parents=who.parents, representative=who.representative, manual=who.manual),
        offer=_offer(row),
        grants=[grant["jti"] for grant in grants],
    )


def _organisation(connection: Connection, row: Row) -> LoggedStatement | None:
    return signer(connection, row["team"], peek(row["token"])[1]["org"])


def signer(connection: Connection, team: str, sid: str) -> LoggedStatement | None:
    """The directory statement by whose key a team signed something."""
    found = store_directory.one(connection, team, sid)
    if found is None:
        return None
    return logged(connection, found, store_directory.suspended(connection, "organisation", team))


def _offer(row: Row) -> Offer | None:
    if row["offer"] is None:
        return None
    return Offer.model_validate(json.loads(row["offer"]))


def askers(connection: Connection, row: Row, now: int) -> AskersQuestion:
    """A question as its asker sees it: nothing in it comes from a vault before there is an answer to show."""
    state: Literal["open", "granted", "countered", "no-answer", "taken-back"]
    items: list[AskersItem] = []
    offer, receipt = None, None
    if row["state"] == "granted":
        state, (items, receipt) = "granted", _items(connection, row)
    elif row["state"] == "countered":
        state, offer = "countered", _offer(row)
    elif row["state"] == "taken-back":
        state = "taken-back"
    else:
        state = "open" if now < row["expires_at"] else "no-answer"
    return AskersQuestion(
        id=row["id"],
        state=state,
        request=row["token"],
        binding_code=row["binding_code"],
        expires_at=moment(row["expires_at"]),
        items=items,
        offer=offer,
        receipt=receipt,
    )


def _items(connection: Connection, row: Row) -> tuple[list[AskersItem], str | None]:
    """The grants that answer a question, and the receipt of the newest yes among them."""
    vault = store.vault_at(connection, row["address"])
    grants = store_grants.of_request(connection, vault["vlt"], row["id"]) if vault is not None else ()
    found = [read_grant(one["token"]) for one in grants if not one["waiting"]]
    items = [
        AskersItem(
            grant=grant.jti,
            act="read" if grant.act == "read" else "deposit",
            kind=grant.knd,
            starts_at=moment(grant.nbf),
            ends_at=moment(grant.exp),
            drawers=drawers_of(grant),
        )
        for grant in found
    ]
    return items, receipt_of_the_yes(connection, found[-1].vlt, found[-1].jti) if found else None


def askers_grants(connection: Connection, rows: Sequence[Row], now: int) -> list[AskersGrant]:
    """Grants as their team sees them: running or ended, and no more."""
    found = []
    for row, (state, _) in zip(rows, standing(connection, rows, now), strict=True):
        grant = read_grant(row["token"])
        found.append(
            AskersGrant(
                id=grant.jti,
                state="ended" if state == "ended" else "running",
                request=grant.req,
                purpose=grant.purpose,
                act="read" if grant.act == "read" else "deposit",
                kind=grant.knd,
                starts_at=moment(grant.nbf),
                ends_at=moment(grant.exp),
                drawers=drawers_of(grant),
            )
        )
    return found
