# SPDX-License-Identifier: EUPL-1.2
"""P15: every history of questions, grants, time and looks behaves like the model (consent.md section 10)."""

import asyncio
import random
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

BIRTHDAYS = tuple(turns(date.fromisoformat(born), age) for born in BORN for age in (13, 18))
KINDS = ("until", "until", "once", "every:7")
seeds = st.integers(0, 2**32)


class Histories(RuleBasedStateMachine):
    """Steps in any order. Hypothesis draws the order and a number for each step; what a step does follows evenly from
    that, since its own draws favour the same few values. Times come from the edges at which an answer may change, one
    second before, at, and after."""

    start: ClassVar[Start]
    loop: ClassVar[asyncio.AbstractEventLoop]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.it, self.step = History(self.start, self.loop), 0

    def teardown(self) -> None:
        self.it.ends()

    def chance(self, seed: int) -> random.Random:
        """The dice of one step."""
        type(self).steps += 1
        self.step += 1
        return random.Random(f"{seed} {self.step}")

    def one(self, found: list[Any], dice: random.Random) -> Any:
        """One of these, the newest most often."""
        return dice.choice(found[-3:] if dice.random() < 0.7 else found)

    def grant(self, dice: random.Random) -> Given:
        """One of the grants, most often one that runs."""
        now = max(self.it.model.clock, self.it.model.latest)
        running = [one for one in self.it.grants if one.ended is None and now < one.ends]
        return self.one(running if running and dice.random() < 0.8 else self.it.grants, dice)

    @initialize(seed=seeds)
    def a_first_grant(self, seed: int) -> None:
        dice = self.chance(seed)
        self.it.asks(0, dice.randrange(2), dice.choice(KINDS), frozenset(DRAWERS), 30, 0)
        self.it.allows(self.it.questions[0], dice.random() < 0.5, False, 0)

    @rule(seed=seeds)
    def asks_and_answers(self, seed: int) -> None:
        dice = self.chance(seed)
        asked, less = self.one(self.it.questions, dice), dice.random() < 0.5
        what = dice.choice(["ask", "ask", "allow", "allow", "allow", "refuse", "take back"])
        if what == "ask":
            items = frozenset({"school"}) if less else frozenset(DRAWERS)
            days, later = dice.choice([14, 30, 90]), dice.choice([0, 0, 60, DAY])
            self.it.asks(dice.randrange(2), dice.randrange(2), dice.choice(KINDS), items, days, later)
        elif what == "allow":
            self.it.allows(asked, less, dice.random() < 0.3, dice.choice([0, 0, 1, 7 * DAY]))
        elif what == "refuse":
            self.it.refuses(asked)
        else:
            self.it.takes_back(asked)

    @rule(seed=seeds)
    def looks(self, seed: int) -> None:
        """A look: as it was asked for, or with one thing that is another's."""
        dice = self.chance(seed)
        if self.it.grants:
            odd = dice.choice(["", "", "", "", "team", "drawer", "who", "grant"])
            self.looks_at(self.grant(dice), odd)

    @rule(seed=seeds)
    def looks_at_an_edge(self, seed: int) -> None:
        """A look at a grant one second before, at, or after one of its own edges."""
        dice = self.chance(seed)
        if not self.it.grants:
            return
        given, now = self.grant(dice), max(self.it.model.clock, self.it.model.latest)
        off = dice.choice([-1, 0, 1])
        edges = [at for at in (*self.it.model.edges_of(given), *BIRTHDAYS) if at + off >= now]
        if edges and dice.random() < 0.4:
            self.it.moves(dice.choice(edges[:2]) + off)
        self.looks_at(given, "")

    def looks_at(self, given: Given, odd: str) -> None:
        team = 1 - given.team if odd == "team" else given.team
        category = "free-time" if odd == "drawer" else "school"
        whose = self.it.people[given.person].drawers
        drw = next(one for one, (cat, _) in whose.items() if cat == category)
        grant = new_id() if odd == "grant" else given.id
        self.it.looks(grant, team, category, drw, "other" if odd == "who" else "case")

    @rule(seed=seeds)
    def takes_away_and_gives_back(self, seed: int) -> None:
        dice = self.chance(seed)
        what = dice.choice(
            ["stop", "sign and stop", "hand back", "pause", "pause all", "open", "open", "open", "suspend"]
        )
        stranger = dice.random() < 0.2
        if what == "suspend":
            kind, team = dice.choice(["organisation", "application", "caseworker"]), dice.randrange(2)
            self.it.suspends(kind, team, again=dice.random() < 0.7)
        elif what == "open":
            paused = list(self.it.model.pauses)  # in the order in which they began
            if paused:
                self.it.opens_again(*dice.choice(paused), dice.random() < 0.7)
        elif self.it.grants:
            given = self.grant(dice)
            person, team = abs(stranger - given.person), abs(stranger - given.team)
            if what == "hand back":
                self.it.hands_back(team, given)
            elif what in ("pause", "pause all"):
                self.it.pauses(person, None if what == "pause all" else given.id)
            else:
                self.it.stops(person, given, what == "sign and stop")

    @rule(seed=seeds)
    def time_moves(self, seed: int) -> None:
        """To an edge, or on, or back."""
        dice, clock = self.chance(seed), self.it.model.clock
        if dice.random() < 0.8:
            self.it.moves(clock + dice.choice([1, 60, 900, -1, -3600]))
            return
        edges = sorted({at for at in (*self.it.model.edges(), *BIRTHDAYS) if at >= clock - 1})
        self.it.moves(dice.choice(edges[:3]) + dice.choice([-1, 0, 1]))

    @rule(seed=seeds)
    def now_and_then(self, seed: int) -> None:
        """The disk fails under a look; the process ends, or is killed; an hour begins; the purpose is recalled."""
        dice = self.chance(seed)
        what = dice.choice(
            ["stop", "crash", "tend", "disk", *(["file", "recall"] if dice.random() < 0.3 else ["crash"])]
        )
        if what == "disk" and self.it.grants:
            given = self.grant(dice)
            self.it.looks_in_vain(given.id, given.team, next(iter(self.it.people[given.person].drawers)))
        elif what == "tend":
            self.it.tends()
        elif what == "recall" and self.step > 20:
            self.it.recalls()
        else:
            self.it.restarts(properly=what == "stop", file=what == "file")


@pytest.mark.sqlite  # it begins each history anew from a page of the file
@pytest.mark.promise("P15")
def test_every_history_is_the_models(
    loop: asyncio.AbstractEventLoop, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.ledger.unexpected", lambda part, error: None)  # the disk fails a thousand times here
    monkeypatch.setattr(
        "consent.ledger.SECONDS", 60
    )  # of the machine: that it stood still a while is no step of a history
    Histories.start, Histories.loop, Histories.steps = start, loop, 0
    phases = (Phase.generate,) if twin() else (Phase.explicit, Phase.generate, Phase.shrink)
    profile = settings(
        max_examples=figure(300, 500, 5_000), stateful_step_count=50, derandomize=not NIGHTLY, database=None,
        deadline=None, suppress_health_check=list(HealthCheck), phases=phases, report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(Histories, settings=profile)  # type: ignore[no-untyped-call]
    print(f"P15: {Histories.steps} steps in {profile.max_examples} histories")
    assert twin() or Histories.steps > 20 * profile.max_examples
