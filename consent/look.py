# SPDX-License-Identifier: EUPL-1.2
"""A look: what is asked, what is known of it at this moment, and the line it leaves in the log.

`load` brings the facts of a whole batch in a few statements; `Case` puts those of one look before `decide` and writes
down what came of it. Nothing of it outlives the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any, Literal

from chassis.logs import log
from consent import ledger_store as store
from consent.ages import day_of
from consent.batch import Batch, Entry
from consent.decision import CoveredDrawer, GrantFacts, No, Question, Yes
from consent.refusals import Misplaced, Refused
from formats.grant import Drawer, Grant, read_grant
from formats.jose import peek
from formats.spelling import FormatError, check_hash, check_id, check_int, check_members
from formats.value import value

Stage = Literal["par", "code", "refresh", "introspection", "read", "attachment", "deposit"]

ACTIONS = {"read": "Record read", "attachment": "Attachment read", "deposit": "Record deposited"}
"""The stages that hand something out -> the name of that action in accountability lines."""


@value
class Look:
    """What the gateway asks. `question`: `<iat>.<H(jkt · jti)>` of the proof, None in a preview. `caseworker`: the token's
    subject, None before anybody signed in. `key`: thumbprint the caller works with. `records`: None = all that the grant
    covers. `head`: the drawer heads `{drw, n, h}` that were served last. `trace`: W3C traceparent."""

    stage: Stage
    grant: str
    team: str
    client: str
    caseworker: str | None
    action: Literal["read", "deposit"]
    question: str | None = None
    key: str | None = None
    purpose: str | None = None
    drawer: str | None = None
    records: tuple[str, ...] | None = None
    epoch: int | None = None
    reason: str | None = None
    head: tuple[dict[str, Any], ...] | None = None
    trace: str | None = None


@value
class Released:
    """Yes. `entry` is the permit; `statements` are the card that counts for the grant and the epochs it covers."""

    entry: Entry
    grant: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A look would be allowed now. `reason_needed`: at each opening, so no refresh token."""

    grant: Grant
    reason_needed: bool


class LookRefused(Refused):
    """No. `reason` is for her and the log, `outside` the problem slug for the asker."""

    def __init__(self, no: No) -> None:
        super().__init__()
        self.reason, self.outside = no.reason, no.outside


def check(look: Look) -> None:
    """What the stage says, what is asked and what is named have to fit: a deposit's entry must never come of a read."""
    if look.question is None or look.drawer is None or look.caseworker is None:
        raise Misplaced([("/question", "missing")])
    if (look.stage == "deposit") != (look.action == "deposit") or look.stage not in ACTIONS:
        raise Misplaced([("/stage", "other-action")])
    if look.stage != "read" and (look.records is None or len(look.records) != 1):
        raise Misplaced([("/records", "exactly-one")])
    if look.records is not None and len(set(look.records)) != len(look.records):
        raise Misplaced([("/records", "twice")])
    try:
        for one in look.head or ():
            check_members(one, ("drw", "n", "h"))
            check_id(one["drw"])
            check_int(one["n"])
            check_hash(one["h"])
    except FormatError:
        raise Misplaced([("/head", "spelling")]) from None


@lru_cache(maxsize=4096)
def _sig_of(card: str) -> dict[str, str]:
    """The SIG in a card of the registry's own chain, whose signature was checked when it was entered."""
    sig: dict[str, str] = peek(card)[1]["sig"]
    return sig


@value
class Standing:
    """How a team stands in the directory now. `keys`: thumbprints in the log for 72 hours and not withdrawn."""

    known: bool
    keys: frozenset[str]


class Case:
    """One look with what is known of it at this moment. `epochs`: the signed text of the epochs it is about."""

    __slots__ = ("_day", "_standing", "_suspended", "covered", "emp", "epochs", "grant", "look", "row")

    def __init__(
        self,
        look: Look,
        emp: str,
        row: store.GrantRow | None,
        day: str,
        standing: Standing,
        suspended: set[tuple[str, str]],
    ) -> None:
        self.look, self.emp, self.row = look, emp, row
        self._day, self._standing, self._suspended = day, standing, suspended
        self.grant: Grant | None = None
        self.covered: CoveredDrawer | None = None
        self.epochs: Mapping[int, str] = {}
        if row is not None:
            try:
                self.grant = read_grant(row.token)
            except FormatError:
                return  # `decide` says so: unreadable
            drawer = None if look.drawer is None else self.grant.drawer(look.drawer)
            self.covered = None if drawer is None else covered(self.grant.act, drawer, row.newest_epoch)

    def question_and_facts(self) -> tuple[Question, GrantFacts | None]:
        """What `decide` takes."""
        look, row, grant = self.look, self.row, self.grant
        caseworker = self.emp
        if look.caseworker is None:  # nobody signed in yet: as for whom it would suit best
            caseworker = (row.state.opened_by if row is not None else None) or ""
        question = Question(
            stage=look.stage,
            grant=look.grant,
            team=look.team,
            caseworker=caseworker,
            application=look.client,
            action=look.action,
            key=look.key,
            purpose=look.purpose,
            drawer=look.drawer,
            records=look.records,
            epoch=look.epoch,
            reason=look.reason,
            service_stopped=("service", "") in self._suspended,
            organisation_known=self._standing.known,
            organisation_suspended=("organisation", look.team) in self._suspended,
            application_suspended=("application", look.client) in self._suspended,
            caseworker_suspended=("caseworker", self.emp) in self._suspended,
        )
        if row is None:
            return question, None
        on_case = frozenset((caseworker,)) if row.on_case or look.caseworker is None else frozenset[str]()
        return question, GrantFacts(
            team=row.team,
            vlt=row.vlt,
            token=row.token,
            card_sig=_sig_of(row.card),
            party_keys=self._standing.keys,
            purpose=row.purpose,
            kind=grant.knd if grant is not None else "until",
            starts=grant.nbf if grant is not None else 0,
            drawers=() if self.covered is None else (self.covered,),
            caseworkers=on_case if row.assigned else None,
            daily=row.daily or 0,
            looks_today=row.state.looks,
            reason_needed=bool(row.reason),
            given_at=row.given_at,
            birth=None if row.birth_date is None else date.fromisoformat(row.birth_date),
            rests_on_gezag=bool(row.rests_on_gezag),
            gezag_changed_at=row.gezag_changed_at,
            assents_missing=bool(row.waiting),
            revoked=row.ended_why not in (None, "handed-back", "used"),
            handed_back=row.ended_why == "handed-back",
            opened_at=row.state.opened_at,
            opened_by=row.state.opened_by,
            paused=bool(row.paused),
            purpose_recalled=row.daily is None or row.recalled_at is not None,
            vault_gone=row.gone_at is not None,
        )

    def refuse(self, batch: Batch, no: No) -> LookRefused:
        """Writes the no into the log: with the person it concerns, if there is one who can still read it."""
        look, row = self.look, self.row
        known = row is not None and row.gone_at is None
        vlt, last = (row.vlt, row.last) if row is not None and known else (None, None)
        members = {"by": look.team, "emp": self.emp, "gnt": look.grant if known else None, "why": no.reason}
        batch.append_look("refused", vlt, last, members)
        if no.alarm:
            batch.after(partial(log().error, "alarm", part="consent", reason=no.reason))
        return LookRefused(no)

    def release(self, batch: Batch) -> Released:
        """Writes the yes into the log."""
        look, row, grant, part = self.look, self.row, self.grant, self.covered
        assert row is not None
        assert grant is not None
        assert part is not None
        epochs = part.epochs if look.epoch is None else (look.epoch,)
        statements = (row.card, *(self.epochs[ep] for ep in epochs if ep in self.epochs))
        deposit = look.stage == "deposit"
        members = {
            "by": look.team,
            "emp": self.emp,
            "gnt": look.grant,
            "sid": grant.sid,
            "drw": [{"id": part.id, "ep": () if deposit else epochs, "rid": look.records}],
            "head": look.head,
        }
        entry = batch.append_look("deposit" if deposit else "read", row.vlt, row.last, members)
        return Released(entry, row.token, statements)

    def count(self, yes: Yes, now: int, opened: list[tuple[int, str, str, str]]) -> tuple[str, str, str]:
        """Counts the look, and its opening if it is one, for those behind it in the batch too."""
        row = self.row
        assert row is not None
        row.state.looks += 1
        if yes.opens:
            row.state.opened_at, row.state.opened_by = now, self.emp
            opened.append((now, self.emp, row.vlt, self.look.grant))
        return row.vlt, self.look.grant, self._day

    def foreseen(self) -> Foreseen:
        """The yes of a preview."""
        assert self.grant is not None
        assert self.row is not None
        return Foreseen(self.grant, bool(self.row.reason))


def covered(act: str, drawer: Drawer, newest: int | None) -> CoveredDrawer:
    """What a grant covers of a drawer whose newest epoch is `newest` (None: it has none).

    A whole drawer: the epochs it lists, and every later one, for which her device makes an envelope at each rotation
    while the grant stands. Singles: no epoch. Deposit: the newest epoch alone.
    """
    if act == "deposit":
        return CoveredDrawer(drawer.id, () if newest is None else (newest,), None)
    if not drawer.epochs:
        return CoveredDrawer(drawer.id, (), tuple(single.rid for single in drawer.singles))
    later = range(drawer.epochs[-1] + 1, (newest or 0) + 1)
    return CoveredDrawer(drawer.id, (*drawer.epochs, *later), None)


def load(base: store.Driver, asked: Sequence[tuple[Look, str]], now: int) -> list[Case]:
    """The facts of all these looks: five statements for the whole batch, whatever its size."""
    day = day_of(now).isoformat()
    places = store.places(base, [look.grant for look, _ in asked])
    rows: dict[int, store.GrantRow] = {}
    if any(places):
        rows = store.grant_rows(
            base,
            [
                (i, vlt, look.grant, emp, look.drawer, day)
                for i, ((look, emp), vlt) in enumerate(zip(asked, places, strict=True))
                if vlt is not None
            ],
        )
    subjects = {("service", "")}
    for look, emp in asked:
        subjects |= {("organisation", look.team), ("application", look.client), ("caseworker", emp)}
    suspended = store.suspended(base, sorted(subjects))
    standing = {
        team: Standing(
            any(now < until for _, _, until in keys), frozenset(key for enc, sig, _ in keys for key in (enc, sig))
        )
        for team, keys in store.keys_of(base, sorted({look.team for look, _ in asked}), now).items()
    }
    states: dict[str, store.GrantState] = {}
    for i, row in rows.items():
        row.state = states.setdefault(asked[i][0].grant, row.state)
    cases = [Case(look, emp, rows.get(i), day, standing[look.team], suspended) for i, (look, emp) in enumerate(asked)]
    wanted = [
        (i, case.row.vlt, case.covered.id, case.covered.epochs[0])
        for i, case in enumerate(cases)
        if case.row is not None and case.covered is not None and case.covered.epochs
    ]
    if wanted:
        for i, epochs in store.epoch_tokens(base, wanted).items():
            cases[i].epochs = epochs
    return cases
