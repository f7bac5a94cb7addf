# SPDX-License-Identifier: EUPL-1.2
"""What consent should do, written down a second time: a small model of questions, grants, pauses and time.

It is made from consent.md alone, keeps everything in memory, and answers each step with the outcome that the page asks:
`"yes"`, or the reason. It restricts itself to what a person of 12 or older decides alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

MINUTES_15, DAY, AGAIN = 900, 86_400, 30 * 86_400
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass
class Asked:
    """A question."""

    id: str
    person: int
    team: int
    kind: str
    items: frozenset[str]
    starts: int
    ends: int
    expires: int
    state: str = "open"


@dataclass
class Given:
    """A grant. drawers: categories."""

    id: str
    person: int
    team: int
    kind: str
    drawers: frozenset[str]
    starts: int
    ends: int
    ended: str | None = None
    opened_at: int | None = None
    opened_by: str | None = None
    looks: dict[str, int] = field(default_factory=dict)


@dataclass
class Model:
    """The whole town. clock: what the clock says; latest: the latest time the log ever used."""

    clock: int
    latest: int
    daily: int
    questions: dict[str, Asked] = field(default_factory=dict)
    grants: dict[str, Given] = field(default_factory=dict)
    pauses: dict[tuple[int, str | None], int] = field(default_factory=dict)
    suspended: set[tuple[str, str]] = field(default_factory=set)
    recalled: bool = False
    renewed: dict[int, list[int]] = field(default_factory=lambda: {0: [], 1: []})
    lines: dict[int, list[tuple[str, ...]]] = field(default_factory=lambda: {0: [], 1: [], -1: []})

    def now(self) -> int:
        """A clock set back moves nothing back."""
        self.latest = max(self.latest, self.clock)
        return self.latest

    def said(self, person: int, *line: str) -> None:
        """A line of the log about a person (−1: about nobody)."""
        self.lines[person].append(line)

    def edges(self) -> list[int]:
        """The moments at which an answer may change."""
        found = {self.clock}
        found |= {at for one in self.questions.values() for at in (one.starts, one.ends, one.expires)}
        for one in self.grants.values():
            found.update(self.edges_of(one))
        return sorted(found)

    def edges_of(self, one: Given) -> list[int]:
        """Of one grant: its start, its end, and those of its openings."""
        found = [one.starts, one.ends]
        if one.opened_at is not None:
            found.append(one.opened_at + MINUTES_15)
            if one.kind.startswith("every"):
                period = int(one.kind.partition(":")[2]) * DAY
                found.append(one.starts + ((one.opened_at - one.starts) // period + 1) * period)
        return sorted(found)

    # -- questions -------------------------------------------------------------------------------------------

    def ask(self, made: Asked, party: str) -> str:
        now = self.now()
        if ("organisation", party) in self.suspended:
            return "NotAllowed"
        if self.recalled:
            return "OverAsking"
        same = [q for q in self.questions.values() if (q.person, q.team) == (made.person, made.team)]
        silent = [q.expires for q in same if q.state in ("open", "refused") and q.expires <= now]
        if silent and now < max(silent) + AGAIN:
            return "TooSoon"
        self.questions[made.id] = made
        return "yes"

    def refuse(self, asked: Asked) -> str:
        if self.now() >= asked.expires:
            return "RequestClosed"
        if asked.state == "refused":
            return "yes"
        if asked.state != "open":
            return "RequestClosed"
        asked.state = "refused"
        return "yes"

    def take_back(self, asked: Asked) -> str:
        now = self.now()
        if asked.state == "taken-back":
            return "yes"
        if asked.state not in ("open", "refused") or now >= asked.expires:
            return "RequestClosed"
        asked.state = "taken-back"
        return "yes"

    def allow(self, asked: Asked, given: Given, party: str) -> str:
        now = self.now()
        if asked.state not in ("open", "refused") or now >= asked.expires:
            return "RequestClosed"
        if ("organisation", party) in self.suspended:
            return "NotAllowed"
        if self.recalled or given.ends <= now:
            return "NotAsAsked"
        asked.state = "granted"
        self.grants[given.id] = given
        self.said(given.person, "statement", "vault-grant+jwt")
        return "yes"

    # -- looks -----------------------------------------------------------------------------------------------

    def look(self, grant: str, party: str, client: str, emp: str, team: int, drawer: str) -> str:
        now = self.now()
        given = self.grants.get(grant)
        reason = self._why_not(given, party, client, emp, team, drawer, now)
        about = -1 if given is None else given.person
        if reason != "yes":
            self.said(about, "refused", reason, "-" if given is None else grant)
            return reason
        assert given is not None
        if given.kind != "until" and not self._open(given, emp, now):
            given.opened_at, given.opened_by = now, emp
        day = _day(now)
        given.looks[day] = given.looks.get(day, 0) + 1
        self.said(about, "read", grant, drawer)
        return "yes"

    def _why_not(self, given: Given | None, party: str, client: str, emp: str, team: int, drawer: str, now: int) -> str:
        for kind, who in (("organisation", party), ("application", client), ("caseworker", emp)):
            if (kind, who) in self.suspended:
                return f"{kind}-suspended"
        if given is None:
            return "grant-unknown"
        first = [
            (given.team != team, "grant-not-yours"),
            (drawer not in given.drawers, "other-drawer"),
            (now < given.starts, "not-yet"),
            (now >= given.ends, "ended"),
            (given.ended == "withdrawn", "withdrawn"),
            (given.ended == "handed-back", "handed-back"),
            (self._used(given, emp, now), "used"),
            (self._paused(given), "paused"),
            (self.recalled, "purpose-recalled"),
            (emp != f"{party} of the case", "not-on-the-case"),
            (given.looks.get(_day(now), 0) >= self.daily, "too-often"),
        ]
        return next((reason for holds, reason in first if holds), "yes")

    def _open(self, given: Given, emp: str, now: int) -> bool:
        if given.opened_at is None or given.opened_by != emp:
            return False
        return given.opened_at <= now < given.opened_at + MINUTES_15

    def _used(self, given: Given, emp: str, now: int) -> bool:
        if given.kind == "until" or given.opened_at is None or self._open(given, emp, now):
            return False
        if given.kind == "once":
            return True
        period = int(given.kind.partition(":")[2]) * DAY
        return (now - given.starts) // period <= (given.opened_at - given.starts) // period

    def _paused(self, given: Given) -> bool:
        return (given.person, None) in self.pauses or (given.person, given.id) in self.pauses

    # -- taking away -----------------------------------------------------------------------------------------

    def stop(self, person: int, grant: str, signed: bool) -> str:
        self.now()
        given = self.grants[grant]
        if given.person != person:
            return "Absent"
        self.said(person, *(("statement", "vault-revoke+jwt") if signed else ("stop", grant)))
        given.ended = given.ended or "withdrawn"
        return "yes"

    def hand_back(self, team: int, grant: str) -> str:
        self.now()
        given = self.grants[grant]
        if given.team != team:
            return "Absent"
        if given.ended is None:
            given.ended = "handed-back"
            self.said(given.person, "stop", grant)
        return "yes"

    def tend(self) -> None:
        """An hour begins: what passed its end date, or was for once and was looked at, is told to be over. It changes no
        answer to a look."""
        now = self.now()
        for given in self.grants.values():
            if given.ended is None and given.ends <= now:
                given.ended = "expired"
            once = given.kind == "once" and given.opened_at is not None and given.opened_at <= now - MINUTES_15
            if given.ended is None and once:
                given.ended = "used"

    def pause(self, person: int, grant: str | None) -> str:
        self.now()
        if grant is not None and self.grants[grant].person != person:
            return "Absent"
        self.pauses.setdefault((person, grant), len(self.renewed[person]))
        return "yes"

    def renew(self, person: int) -> None:
        """Her key signed her card again: her code was used."""
        self.renewed[person].append(self.now())
        self.said(person, "statement", "vault-card+jwt")

    def open_again(self, person: int, grant: str | None) -> str:
        """Takes a renewal of after the pause, at most ten minutes old."""
        now, after = self.now(), self.renewed[person][self.pauses[person, grant] :]
        if not after or after[-1] <= now - 600:
            return "StepUpNeeded"
        del self.pauses[person, grant]
        return "yes"


def _day(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).astimezone(AMSTERDAM).date().isoformat()


def line_of(event: Mapping[str, Any], drawers: Mapping[str, str]) -> tuple[str, ...] | None:
    """A line of the real log as the model writes it; None for what the model does not know. drawers: id -> category."""
    if event["t"] == "statement":
        return "statement", event["typ"]
    if event["t"] == "stop":
        return "stop", event["gnt"]
    if event["t"] == "refused":
        return "refused", event["why"], event["gnt"] or "-"
    return ("read", event["gnt"], drawers[event["drw"][0]["id"]]) if event["t"] == "read" else None
