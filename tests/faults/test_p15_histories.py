# SPDX-License-Identifier: EUPL-1.2
"""P15: every history of questions, grants, time and looks behaves like the model (consent.md section 10)."""

import asyncio
from datetime import date
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from consent.ages import turns
from formats.spelling import DAY, new_id
from tests.faults.histories import BORN, DRAWERS, History, Start
from tests.faults.promises import NIGHTLY, figure, twin

pick = st.integers(0, 10_000)
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

    @initialize(team=team, kind=st.sampled_from(["until", "once", "every:7"]))
    def a_first_grant(self, team: int, kind: str) -> None:
        self.it.asks(0, team, kind, frozenset(DRAWERS), 30, 0)
        self.it.allows(self.it.questions[0], False, False, 0)

    @rule(
        person=person, team=team, kind=st.sampled_from(["until", "once", "every:7"]), whole=st.booleans(),
        days=st.sampled_from([14, 30, 90]), later=st.sampled_from([0, 0, 60, DAY]),
    )  # fmt: skip
    def asks(self, person: int, team: int, kind: str, whole: bool, days: int, later: int) -> None:
        self.it.asks(person, team, kind, frozenset(DRAWERS) if whole else frozenset({"school"}), days, later)

    @precondition(lambda self: self.it.questions)
    @rule(n=pick, less=st.booleans(), once=st.booleans(), shorter=st.sampled_from([0, 0, 1, 7 * DAY]))
    def allows(self, n: int, less: bool, once: bool, shorter: int) -> None:
        self.it.allows(self.one(self.it.questions, n), less, once, shorter)

    @precondition(lambda self: self.it.questions)
    @rule(n=pick, back=st.booleans())
    def refuses_or_takes_back(self, n: int, back: bool) -> None:
        (self.it.takes_back if back else self.it.refuses)(self.one(self.it.questions, n))

    @precondition(lambda self: self.it.grants)
    @rule(n=pick)
    def looks_as_asked(self, n: int) -> None:
        self.looks(n, "", 0)

    @precondition(lambda self: self.it.grants)
    @rule(n=pick, odd=st.sampled_from(["", "", "", "", "team", "drawer", "who", "grant"]), drawer=st.integers(0, 1))
    def looks(self, n: int, odd: str, drawer: int) -> None:
        """A look: as it was asked for, or with one thing that is another's."""
        given = self.one(self.it.grants, n)
        team = 1 - given.team if odd == "team" else given.team
        category = DRAWERS[drawer] if odd == "drawer" else "school"
        whose = self.it.people[given.person].drawers
        drw = next(one for one, (cat, _) in whose.items() if cat == category)
        grant = new_id() if odd == "grant" else given.id
        self.it.looks(grant, team, category, drw, "other" if odd == "who" else "case")

    @precondition(lambda self: self.it.grants)
    @rule(n=pick, signed=st.booleans(), stranger=st.sampled_from([False, False, False, True]))
    def stops(self, n: int, signed: bool, stranger: bool) -> None:
        given = self.one(self.it.grants, n)
        self.it.stops(1 - given.person if stranger else given.person, given, signed)

    @precondition(lambda self: self.it.grants)
    @rule(n=pick, stranger=st.booleans())
    def hands_back(self, n: int, stranger: bool) -> None:
        given = self.one(self.it.grants, n)
        self.it.hands_back(1 - given.team if stranger else given.team, given)

    @precondition(lambda self: self.it.grants)
    @rule(n=pick, everything=st.booleans(), stranger=st.sampled_from([False, False, True]))
    def pauses(self, n: int, everything: bool, stranger: bool) -> None:
        given = self.one(self.it.grants, n)
        self.it.pauses(1 - given.person if stranger else given.person, None if everything else given.id)

    @precondition(lambda self: self.it.model.pauses)
    @rule(n=pick, renewed=st.booleans())
    def opens_again(self, n: int, renewed: bool) -> None:
        paused = list(self.it.model.pauses)  # in the order in which they began
        self.it.opens_again(*paused[n % len(paused)], renewed)

    @rule(kind=st.sampled_from(["organisation", "application", "caseworker"]), team=team, again=st.booleans())
    def suspends_or_resumes(self, kind: str, team: int, again: bool) -> None:
        self.it.suspends(kind, team, again=again)

    @rule(n=pick, off=st.sampled_from([-1, 0, 1]))
    def moves_to_an_edge(self, n: int, off: int) -> None:
        edges = [at for at in (*self.it.model.edges(), *BIRTHDAYS) if at >= self.it.model.clock - 1]
        nearest = sorted(edges)[:6]
        if nearest:
            self.it.moves(nearest[n % len(nearest)] + off)

    @rule(by=st.sampled_from([1, 60, 899, 900, DAY, -1, -3600]))
    def moves_on_or_back(self, by: int) -> None:
        self.it.moves(self.it.model.clock + by)

    @rule(n=pick, rare=st.sampled_from(["disk", "disk", "stop", "crash", "crash", "file", "tend", "tend", "recall"]))
    def now_and_then(self, n: int, rare: str) -> None:
        """The disk fails under a look; the process ends, or is killed; an hour begins; the purpose is recalled."""
        if rare == "disk" and self.it.grants:
            given = self.one(self.it.grants, n)
            self.it.looks_in_vain(given.id, given.team, next(iter(self.it.people[given.person].drawers)))
        elif rare == "tend":
            self.it.tends()
        elif rare == "recall" and n % 4 == 0:
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
        max_examples=figure(100, 500, 5_000), stateful_step_count=50, derandomize=not NIGHTLY, database=None,
        deadline=None, suppress_health_check=list(HealthCheck), phases=phases, report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(Histories, settings=profile)  # type: ignore[no-untyped-call]
    print(f"P15: {Histories.steps} steps in {profile.max_examples} histories")
    assert twin() or Histories.steps > 20 * profile.max_examples
