# SPDX-License-Identifier: EUPL-1.2
"""P17: one reason to refuse is enough. Every set of reasons at once, and again after a restart: each but the empty one is a
no, and the no that is told is the first of them."""

import asyncio
from collections.abc import Callable
from itertools import combinations

import pytest

from consent.decision import REASONS
from formats.spelling import DAY
from tests.consent.registry import NOW
from tests.faults.histories import DRAWERS, History, Start
from tests.faults.model import Given

LATER = 60  # seconds until the grant begins

CAUSES: dict[str, tuple[Callable[[History, Given], None], str]] = {
    "organisation suspended": (lambda h, g: h.suspends("organisation", 0, again=False), "organisation-suspended"),
    "application suspended": (lambda h, g: h.suspends("application", 0, again=False), "application-suspended"),
    "caseworker out": (lambda h, g: h.suspends("caseworker", 0, again=False), "caseworker-suspended"),
    "not begun": (lambda h, g: h.moves(NOW + LATER - 1), "not-yet"),
    "ended": (lambda h, g: h.moves(NOW + 30 * DAY), "ended"),
    "stopped": (lambda h, g: h.stops(0, g, signed=True), "withdrawn"),
    "paused": (lambda h, g: h.pauses(0, g.id), "paused"),
    "purpose recalled": (lambda h, g: h.recalls(), "purpose-recalled"),
}
"""What can be wrong, in the order in which it is told. "Off the case" is who looks."""
SETS = [
    chosen
    for size in range(len(CAUSES) + 1)
    for chosen in combinations(CAUSES, size)
    if not {"not begun", "ended"} <= set(chosen)
]


@pytest.mark.sqlite  # it begins each history anew from a page of the file
@pytest.mark.promise("P17")
def test_each_set_of_reasons(loop: asyncio.AbstractEventLoop, start: Start) -> None:
    """192 sets, each for who is on the case and who is not, before and after a restart."""
    assert len(SETS) == 192
    for chosen in SETS:
        history = History(start, loop, "P17")
        history.asks(0, 0, "until", frozenset(DRAWERS), 30, LATER)
        history.allows(history.questions[0], less=False, once=False, shorter=0)
        [given] = history.grants
        if "not begun" not in chosen:
            history.moves(NOW + LATER)
        for cause in chosen:
            CAUSES[cause][0](history, given)
        drw = next(one for one, (category, _) in history.people[0].drawers.items() if category == "school")
        reasons = {CAUSES[cause][1] for cause in chosen}
        for _ in range(2):
            for who, more in (("case", set()), ("other", {"not-on-the-case"})):
                hold = (reasons - {"caseworker-suspended"} if who == "other" else reasons) | more
                expected = min(hold, key=REASONS.index, default="yes")
                assert history.looks(given.id, 0, "school", drw, who) == expected, chosen
            history.restarts(properly=False, file=False)
        history.ends()
