# SPDX-License-Identifier: EUPL-1.2
"""The entry of a grant (consent.md section 3): all that has to be true before a signed yes counts.

Consent cannot make a yes, and cannot widen one: it compares the signed grant with the signed question, the purpose,
the directory and the chain, and stores it as it is. Called inside the ledger's transaction, by `entering`.
"""

from dataclasses import dataclass

from chassis.database import Connection
from consent import store_directory, store_grants, store_requests
from consent.ending import end_grant
from consent.purposes import Catalogue, Purpose, Wrong, not_as_asked
from consent.question import Voices, out_of_reach, read_question, voices
from consent.receipts import keep_consent_receipt
from consent.refusals import Absent, KeyNotReady, NotAllowed, NotAsAsked, RequestClosed
from consent.registry import Registry
from consent.store import Row
from consent.telling import tell_answered
from formats.chain import grant_fits
from formats.grant import Grant
from formats.jose import peek
from formats.request import Request
from formats.spelling import FormatError

ANSWERABLE = ("open", "refused", "countered", "waiting")
"""States of a question to which a yes is still possible, until it expires."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A grant that may be entered: what it answers, and whose yes it needs besides hers."""

    row: Row
    question: Request
    purpose: Purpose
    voices: Voices


def check_grant(
    registry: Registry,
    connection: Connection,
    now: int,
    vault: Row,
    grant: Grant,
    drawers: dict[str, tuple[str, int]],
    narrowed: set[str],
) -> Checked:
    """Refuses a grant that may not be entered at `now`.

    drawers: id -> (category, newest epoch) of the chain so far. narrowed: questions whose running grant was revoked
    earlier in the same call: less, or shorter, is a stop and a new grant in one batch.
    """
    if grant.req is None:
        raise NotAsAsked([("/req", "missing")])
    row = store_requests.one(connection, vault["bsn"], grant.req)
    if row is None or row["purpose"] in out_of_reach(registry.catalogue, vault, now):
        raise Absent
    answerable = row["state"] in ANSWERABLE and now < row["expires_at"]
    if not answerable and not (row["state"] == "granted" and grant.req in narrowed):
        raise RequestClosed
    organisation = _ready(connection, grant, now)
    question = read_question(connection, row)
    purpose = registry.catalogue.purposes.get(question.pur)
    if purpose is None or _recalled(connection, registry.catalogue, purpose.uri):
        raise NotAsAsked([("/pur/uri", "recalled")])
    wrong = not_as_asked(grant, question, purpose)
    wrong += _further(connection, grant, organisation, drawers, now)
    if wrong:
        raise NotAsAsked(wrong)
    return Checked(row, question, purpose, voices(connection, registry.catalogue, vault, purpose, now))


def takes_a_touch(catalogue: Catalogue, grant: Grant, purpose: Purpose) -> bool:
    """Whether this yes takes a passkey: by its purpose, or because a whole sensitive drawer is handed over."""
    return purpose.step_up or any(
        drawer.epochs and drawer.cat in catalogue.drawers and catalogue.drawers[drawer.cat].sensitive
        for drawer in grant.drawers
    )


def keep_grant(
    registry: Registry, connection: Connection, now: int, vault: Row, grant: Grant, card_seq: int, checked: Checked
) -> bool:
    """Stores a checked grant and answers its question; True if it counts at once, False while it waits."""
    vlt, address, row = vault["vlt"], vault["bsn"], checked.row
    for earlier in store_grants.of_request(connection, vlt, row["id"]):
        if earlier["waiting"]:  # one grant answers a question: a newer yes takes the place of one that waits
            end_grant(registry, connection, now, earlier, why="lapsed", by=grant.iss, shown_by=grant.sid)
    counts = checked.voices.complete_with_her
    values = {
        "vlt": vlt,
        "jti": grant.jti,
        "seq": grant.seq,
        "sid": grant.sid,
        "card_seq": card_seq,
        "team": grant.aud,
        "purpose": grant.purpose,
        "starts": grant.nbf,
        "ends": grant.exp,
        "request": row["id"],
        "entered_at": now,
        "given_at": now,
        "waiting": 0 if counts else 1,
        "rests_on_gezag": 0 if checked.voices.approvers.parents == "none" else 1,
        "rules": registry.catalogue.ages.version,
        "approvers": checked.voices.said,
    }
    # A deposit grant is a system's: the whole party. A read grant is the asking caseworker's, until a take-over.
    caseworker = row["emp"] if grant.act == "read" else None
    store_grants.put(connection, values, [(drawer.id, drawer.cat) for drawer in grant.drawers], caseworker)
    store_requests.set_approvers(connection, address, row["id"], checked.voices.said)
    store_requests.set_state(
        connection, address, row["id"], "granted" if counts else "waiting", now, (*ANSWERABLE, "granted")
    )
    if counts:
        announce_yes(registry, connection, now, vault, grant, checked.row, checked.question, checked.purpose)
    return counts


def announce_yes(
    registry: Registry,
    connection: Connection,
    now: int,
    vault: Row,
    grant: Grant,
    row: Row,
    question: Request,
    purpose: Purpose,
    representative: str | None = None,
) -> None:
    """The yes is whole: her receipt is signed and the team is told, in the transaction that made it whole."""
    keep_consent_receipt(
        registry,
        connection,
        now,
        vlt=vault["vlt"],
        state="ConsentGiven",
        indicated_by=grant.sid,
        question=question,
        purpose=purpose,
        grant=grant,
        representative=representative,
    )
    tell_answered(registry, connection, now, address=vault["bsn"], request=row["id"], team=row["team"])


def _ready(connection: Connection, grant: Grant, now: int) -> Row:
    """The directory statement that the grant relies on: current, and 72 hours in the log."""
    found = store_directory.one(connection, grant.aud, grant.org)
    if found is None or found["withdrawn_at"] is not None:
        raise KeyNotReady
    if not found["valid_from"] <= now < found["valid_until"]:
        raise KeyNotReady
    if store_directory.suspended(connection, "organisation", grant.aud):
        raise NotAllowed
    return found


def _recalled(connection: Connection, catalogue: Catalogue, uri: str) -> bool:
    stored = store_directory.purpose(connection, uri)
    return uri in catalogue.recalled or stored is None or stored["recalled_at"] is not None


def _further(
    connection: Connection, grant: Grant, organisation: Row, drawers: dict[str, tuple[str, int]], now: int
) -> list[Wrong]:
    """What question and purpose cannot show: time, key, drawers, an id used before."""
    wrong: list[Wrong] = []
    if grant.exp <= now:
        wrong.append(("/exp", "over"))
    key = organisation["enc"] if grant.act == "read" else organisation["sig"]
    if grant.jkt != key or peek(organisation["token"])[1]["sub"] != grant.aud:
        wrong.append(("/cnf/jkt", "other-key"))
    if store_grants.place(connection, grant.jti) is not None:
        wrong.append(("/jti", "used"))
    if not grant.drawers:
        wrong.append(("/drw", "empty"))
    try:
        grant_fits(grant, drawers)
    except FormatError:
        wrong.append(("/drw", "unknown"))
    return wrong
