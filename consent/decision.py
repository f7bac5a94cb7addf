# SPDX-License-Identifier: EUPL-1.2
"""The decision: may this look happen, now? Pure: no clock, no database, no request.

`decide(question, grant, now)` answers `Yes` or `No(reason)`. The 29 reasons have a fixed order and the first that
holds is the answer, so a suspended organisation never learns that a grant exists, and nobody learns that she paused.
She reads the reason; the asker reads only the outside word. The ledger loads the facts and calls this inside its
transaction; the same call serves sign-in steps, reads, attachments and deposits. `tests/consent/decisions.yaml` is
this file as a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from consent.ages import turns
from consent.purposes import DAY, period_days
from formats.grant import why_not
from formats.value import value

OPENING = 15 * 60
"""Seconds that one opening of a `once` or `every:<days>` grant lasts, for the caseworker who opened it."""
REVIEW = 30 * DAY
"""Seconds that a grant waits for her new answer after a birthday or a change of gezag; then it has ended."""

OUTSIDE: Mapping[str, str] = {
    "service-stopped": "unavailable",
    "organisation-unknown": "not-allowed",
    "organisation-suspended": "not-allowed",
    "application-suspended": "not-allowed",
    "caseworker-suspended": "not-allowed",
    "grant-unknown": "not-found",
    "grant-not-yours": "not-found",
    "vault-gone": "grant-ended",
    "unreadable": "not-allowed",
    "forged": "not-allowed",
    "other-reader": "not-allowed",
    "other-key": "not-allowed",
    "other-act": "not-allowed",
    "other-drawer": "not-allowed",
    "not-yet": "not-allowed",
    "ended": "grant-ended",
    "withdrawn": "grant-ended",
    "not-assented": "grant-ended",
    "handed-back": "grant-ended",
    "used": "grant-ended",
    "paused": "not-allowed",
    "review-due": "not-allowed",
    "purpose-recalled": "not-allowed",
    "purpose-differs": "purpose-differs",
    "not-on-the-case": "not-allowed",
    "reason-missing": "not-allowed",
    "other-record": "not-allowed",
    "other-epoch": "not-allowed",
    "too-often": "not-allowed",
}
"""Every reason, in the order in which it is tried -> the problem slug that the asker sees."""
REASONS: tuple[str, ...] = tuple(OUTSIDE)
ALARMS = frozenset({"unreadable", "forged"})
"""Reasons that no honest history can give: somebody has to look at once."""

STATEMENT = frozenset(REASONS[REASONS.index("unreadable") : REASONS.index("handed-back")])
"""The ten reasons that `formats.grant.why_not` gives, the same at consent, gateway and organisation."""
_RELEASING = frozenset({"read", "attachment", "deposit"})


@value
class Question:
    """One look to be judged: what is asked, by whom, and how the asker stands in the directory at this moment."""

    stage: str  # par, code, refresh, introspection, read, attachment, deposit
    grant: str  # the grant's id
    team: str  # the party that asks, spelled as the grant's `aud`
    caseworker: str  # pseudonym of the token's subject
    application: str  # client id
    action: str  # read or deposit
    key: str | None = None  # thumbprint of the key that the caller works with; None: not said
    purpose: str | None = None  # URI the caller opens it for; None: not said
    drawer: str | None = None  # None while only signing in
    records: tuple[str, ...] | None = None  # None: all that the grant covers
    epoch: int | None = None
    reason: str | None = None
    service_stopped: bool = False
    organisation_known: bool = True
    organisation_suspended: bool = False
    application_suspended: bool = False
    caseworker_suspended: bool = False


@value
class CoveredDrawer:
    """What the grant covers of one drawer now. Deposit grant: `epochs` is the newest one alone."""

    id: str
    epochs: tuple[int, ...]
    records: tuple[str, ...] | None  # ids of its singles; None: the whole drawer


@value
class GrantFacts:
    """What the registry knows of a grant, loaded in the transaction that decides. Nothing in it is a decision."""

    team: str  # `aud`
    vlt: str  # whose vault
    token: str  # the signed grant itself
    card_sig: Mapping[str, str]  # public JWK of the key that counted when it was signed
    party_keys: frozenset[str]  # thumbprints of that team's logged keys, withdrawn ones left out
    purpose: str
    kind: str  # once, until, every:<days>
    starts: int  # `nbf`
    drawers: tuple[CoveredDrawer, ...]
    caseworkers: frozenset[str] | None  # who is on the case; None: the whole party (a depositing system, a relative)
    daily: int
    looks_today: int
    reason_needed: bool
    given_at: int  # second at which the last yes it needs was in
    birth: date | None = None  # None: 18 or older, the date is deleted
    rests_on_gezag: bool = False  # a parent's yes was needed
    gezag_changed_at: int | None = None
    assents_missing: bool = False
    revoked: bool = False  # by a signed revoke or a stop by sign-in
    handed_back: bool = False
    opened_at: int | None = None  # the newest opening, of `once` and `every:<days>`
    opened_by: str | None = None
    paused: bool = False  # this grant, or everything
    purpose_recalled: bool = False
    vault_gone: bool = False


@value
class Yes:
    """It may happen. `opens`: this look starts a new opening, which the ledger writes in the same transaction."""

    opens: bool


@dataclass(frozen=True, slots=True)
class No:
    """It may not. `reason` is for her and the log, `outside` for the asker; `alarm`: somebody must look at once."""

    reason: str

    @property
    def outside(self) -> str:
        """The slug for the asker."""
        return OUTSIDE[self.reason]

    @property
    def alarm(self) -> bool:
        """True if no honest history leads here."""
        return self.reason in ALARMS


def decide(question: Question, grant: GrantFacts | None, now: int) -> Yes | No:
    """Judge one look at `now`. `grant` None: no grant of that id. The first reason in `REASONS` is the answer."""
    reason = _who(question)
    if reason is None and grant is None:
        reason = "grant-unknown"
    if reason is not None or grant is None:
        return No(reason or "grant-unknown")
    reason = _whose(question, grant) or _statement(question, grant, now) or _registry(question, grant, now)
    reason = reason or _this_look(question, grant)
    if reason is not None:
        return No(reason)
    return Yes(opens=question.stage in _RELEASING and grant.kind != "until" and not _open(question, grant, now))


def _who(question: Question) -> str | None:
    if question.service_stopped:
        return "service-stopped"
    if not question.organisation_known:
        return "organisation-unknown"
    if question.organisation_suspended:
        return "organisation-suspended"
    if question.application_suspended:
        return "application-suspended"
    return "caseworker-suspended" if question.caseworker_suspended else None


def _whose(question: Question, grant: GrantFacts) -> str | None:
    if question.team != grant.team:
        return "grant-not-yours"
    return "vault-gone" if grant.vault_gone else None


def _statement(question: Question, grant: GrantFacts, now: int) -> str | None:
    """Reasons 9 to 18: what the signed grant says, and `ended` by birthday where that comes first."""
    said = why_not(
        grant.token,
        card_sig=grant.card_sig,
        vlt=grant.vlt,
        reader=question.team,
        key_jkt=question.key,
        party_keys=grant.party_keys,
        act=question.action,
        drawers=() if question.drawer is None else (question.drawer,),
        now=now,
        revoked=(question.grant,) if grant.revoked else (),
        assents_missing=grant.assents_missing,
    )
    if _lapsed(grant, now) and (said is None or REASONS.index(said) > REASONS.index("ended")):
        return "ended"
    return said


def _registry(question: Question, grant: GrantFacts, now: int) -> str | None:
    if grant.handed_back:
        return "handed-back"
    if _used(question, grant, now):
        return "used"
    if grant.paused:
        return "paused"
    if _review_since(grant, now) is not None:
        return "review-due"
    if grant.purpose_recalled:
        return "purpose-recalled"
    return "purpose-differs" if question.purpose not in (None, grant.purpose) else None


def _this_look(question: Question, grant: GrantFacts) -> str | None:
    if grant.caseworkers is not None and question.caseworker not in grant.caseworkers:
        return "not-on-the-case"
    if grant.reason_needed and not question.reason:
        return "reason-missing"
    if question.drawer is not None:
        covered = next((drawer for drawer in grant.drawers if drawer.id == question.drawer), None)
        # A drawer that the signed grant names and the registry does not know: the facts are incomplete, so no.
        if covered is None or not _lies_in(question.records, covered.records):
            return "other-record"
        if question.epoch is not None and question.epoch not in covered.epochs:
            return "other-epoch"
    return "too-often" if grant.looks_today >= grant.daily else None


def _lies_in(asked: tuple[str, ...] | None, covered: tuple[str, ...] | None) -> bool:
    """True if every record asked is among the singles covered; None: all that is covered, and the whole drawer."""
    return asked is None or covered is None or all(record in covered for record in asked)


def _open(question: Question, grant: GrantFacts, now: int) -> bool:
    """True inside the 15 minutes of the newest opening, for the caseworker who opened it."""
    if grant.opened_at is None or grant.opened_by != question.caseworker:
        return False
    return grant.opened_at <= now < grant.opened_at + OPENING


def _used(question: Question, grant: GrantFacts, now: int) -> bool:
    """True if the one opening (of the grant, or of this period counted from its start) has been had."""
    if grant.kind == "until" or grant.opened_at is None or _open(question, grant, now):
        return False
    if grant.kind == "once":
        return True
    period = period_days(grant.kind) * DAY
    return (now - grant.starts) // period <= (grant.opened_at - grant.starts) // period


def _review_since(grant: GrantFacts, now: int) -> int | None:
    """The second since which a grant that rests on a parent's yes waits for a new one; None if it does not."""
    if not grant.rests_on_gezag:
        return None
    steps = [turns(grant.birth, age) for age in (12, 16)] if grant.birth is not None else []
    if grant.gezag_changed_at is not None:
        steps.append(grant.gezag_changed_at)
    return min((at for at in steps if grant.given_at < at <= now), default=None)


def _lapsed(grant: GrantFacts, now: int) -> bool:
    """True if what rests on gezag ended by itself: at 18 at once, else 30 days after the review began."""
    if not grant.rests_on_gezag:
        return False
    if grant.birth is None or turns(grant.birth, 18) <= now:
        return True
    since = _review_since(grant, now)
    return since is not None and since + REVIEW <= now
