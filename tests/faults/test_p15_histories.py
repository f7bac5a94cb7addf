# SPDX-License-Identifier: EUPL-1.2
"""P15: every history of questions, grants, time and looks behaves like the model (consent.md section 10)."""

import asyncio
from datetime import date
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from consent.ages import turns
from formats.spelling import DAY, new_id
from tests.faults.histories import BORN, DRAWERS, History, Start
from tests.faults.model import Given
from tests.faults.promises import NIGHTLY, figure, twin

pick = st.integers(0, 10_000)
kinds = st.sampled_from(["until", "until", "once", "every:7"])
person, team = st.integers(0, 1), st.integers(0, 1)
BIRTHDAYS = tuple(turns(date.fromisoformat(born), age) for born in BORN for age in (13, 18))


class Histories(RuleBasedStateMachine):
    """Draws steps; times come from the edges at which an answer may change, one second before, at, and after."""

    start: ClassVar[Start]
    loop: ClassVar[asyncio.AbstractEventLoop]
    steps: ClassVar[int] = 0
    outcomes: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.it = History(self.start, self.loop)

    def teardown(self) -> None:
        self.it.ends()

    def check_invariants(self, *given: Any, **more: Any) -> None:
        type(self).steps += 1
        super().check_invariants(*given, **more)  # type: ignore[no-untyped-call]

    def one(self, found: list[Any], number: int) -> Any:
        """One of these, the newest most often."""
        return found[-1 - number % min(len(found), 3)] if number % 2 else found[number % len(found)]

    @initialize(team=team, kind=kinds, less=st.booleans())
    def a_first_grant(self, team: int, kind: str, less: bool) -> None:
        self.it.asks(0, team, kind, frozenset(DRAWERS), 30, 0)
        self.it.allows(self.it.questions[0], less, False, 0)

    # Few rules with a choice inside each: Hypothesis leaves out whole rules from a history to vary it.

    @rule(
        what=st.sampled_from(["ask", "ask", "allow", "allow", "allow", "refuse", "take back"]), n=pick, person=person,
        team=team, kind=kinds, less=st.booleans(), once=st.booleans(), days=st.sampled_from([14, 30, 90]),
        later=st.sampled_from([0, 0, 60, DAY]), shorter=st.sampled_from([0, 0, 1, 7 * DAY]),
    )  # fmt: skip
    def asks_and_answers(
        self, what: str, n: int, person: int, team: int, kind: str, less: bool, once: bool, days: int, later: int,
        shorter: int,
    ) -> None:  # fmt: skip
        asked = self.one(self.it.questions, n)
        if what == "ask":
            items = frozenset({"school"}) if less else frozenset(DRAWERS)
            self.it.asks(person, team, kind, items, days, later)
        elif what == "allow":
            self.it.allows(asked, less, once, shorter)
        elif what == "refuse":
            self.it.refuses(asked)
        else:
            self.it.takes_back(asked)

    @rule(n=pick, odd=st.sampled_from(["", "", "", "", "team", "drawer", "drawer", "who", "grant"]))
    def looks(self, n: int, odd: str) -> None:
        """A look: as it was asked for, or with one thing that is another's."""
        if self.it.grants:
            self.looks_at(self.one(self.it.grants, n), odd)

    def looks_at(self, given: Given, odd: str) -> None:
        team = 1 - given.team if odd == "team" else given.team
        category = "free-time" if odd == "drawer" else "school"
        whose = self.it.people[given.person].drawers
        drw = next(one for one, (cat, _) in whose.items() if cat == category)
        grant = new_id() if odd == "grant" else given.id
        self.it.looks(grant, team, category, drw, "other" if odd == "who" else "case")

    @rule(
        what=st.sampled_from(["stop", "sign and stop", "hand back", "pause", "pause all", "open", "open", "suspend", "resume"]),
        n=pick, stranger=st.sampled_from([False, False, False, True]), renewed=st.sampled_from([True, True, False]),
        kind=st.sampled_from(["organisation", "application", "caseworker"]),
    )  # fmt: skip
    def takes_away_and_gives_back(self, what: str, n: int, stranger: bool, renewed: bool, kind: str) -> None:
        if what in ("suspend", "resume"):
            self.it.suspends(kind, n % 2, again=what == "resume")
        elif what == "open":
            paused = list(self.it.model.pauses)  # in the order in which they began
            if paused:
                self.it.opens_again(*paused[n % len(paused)], renewed)
        elif self.it.grants:
            given = self.one(self.it.grants, n)
            person, team = abs(stranger - given.person), abs(stranger - given.team)
            if what == "hand back":
                self.it.hands_back(team, given)
            elif what in ("pause", "pause all"):
                self.it.pauses(person, None if what == "pause all" else given.id)
            else:
                self.it.stops(person, given, what == "sign and stop")

    @rule(n=pick, off=st.sampled_from([-1, 0, 1]), odd=st.sampled_from(["", "", "drawer"]))
    def looks_at_an_edge(self, n: int, off: int, odd: str) -> None:
        """A look at a grant one second before, at, or after one of its own edges."""
        if not self.it.grants:
            return
        given, now = self.one(self.it.grants, n), max(self.it.model.clock, self.it.model.latest)
        edges = [at for at in (*self.it.model.edges_of(given), *BIRTHDAYS) if at + off >= now]
        if edges:
            self.it.moves(edges[n % min(len(edges), 2)] + off)
        self.looks_at(given, odd)

    @rule(n=pick, off=st.sampled_from([-1, 0, 1]), by=st.sampled_from([0, 0, 0, 0, 1, 60, 900, -1, -3600]))
    def time_moves(self, n: int, off: int, by: int) -> None:
        """To an edge (by 0), or on, or back."""
        clock = self.it.model.clock
        if by:
            self.it.moves(clock + by)
            return
        edges = sorted({at for at in (*self.it.model.edges(), *BIRTHDAYS) if at >= clock - 1})
        self.it.moves(edges[n % min(len(edges), 2 + n % 3)] + off)

    @rule(n=pick, rare=st.sampled_from(["stop", "crash", "file", "tend", "tend", "disk", "recall"]))
    def now_and_then(self, n: int, rare: str) -> None:
        """The disk fails under a look; the process ends, or is killed; an hour begins; the purpose is recalled."""
        if rare == "disk" and self.it.grants:
            given = self.one(self.it.grants, n)
            self.it.looks_in_vain(given.id, given.team, next(iter(self.it.people[given.person].drawers)))
        elif rare == "tend":
            self.it.tends()
        elif rare == "recall" and n % 2 == 0:
            self.it.recalls()
        else:
            self.it.restarts(properly=rare == "stop", file=rare == "file" and n % 4 == 0)


@pytest.mark.promise("P15")
def test_every_history_is_the_models(
    loop: asyncio.AbstractEventLoop, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.ledger.unexpected", lambda part, error: None)  # the disk fails a thousand times here
    Histories.start, Histories.loop, Histories.steps = start, loop, 0
    phases = (Phase.generate,) if twin() else (Phase.explicit, Phase.generate, Phase.shrink)
    profile = settings(
        max_examples=figure(300, 500, 5_000), stateful_step_count=50, derandomize=not NIGHTLY, database=None,
        deadline=None, suppress_health_check=list(HealthCheck), phases=phases, report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(Histories, settings=profile)  # type: ignore[no-untyped-call]
    print(f"P15: {Histories.steps} steps in {profile.max_examples} histories")
    assert twin() or Histories.steps > 20 * profile.max_examples
