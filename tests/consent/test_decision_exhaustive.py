# SPDX-License-Identifier: EUPL-1.2
"""The decision against its specification, exhaustively: every combination of every source of a no, and no sampling.

The specification is the list of reasons and, per reason, which source holds it. It says nothing of how `decide` finds out.
Signed grants are played by their outcome (the ten reasons of `formats.grant.why_not`, which has tests of its own): here it
is the order and the whole that are shown. Every change runs 107,520 cases, the night all 25 million.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from consent import decision
from consent.ages import turns
from consent.decision import OUTSIDE, REASONS, REVIEW, STATEMENT, CoveredDrawer, GrantFacts, No, Question, Yes, decide
from formats.spelling import DAY

NIGHTLY = os.environ.get("KLUISJE_NIGHTLY") == "1"
BORN = date(2011, 5, 9)
NOW = turns(BORN, 16) - 200 * DAY
STARTS = NOW - 40 * DAY

WHO = (
    "service-stopped",
    "organisation-unknown",
    "organisation-suspended",
    "application-suspended",
    "caseworker-suspended",
)
SIGNED = (None, *sorted(STATEMENT, key=REASONS.index))
GEZAG: dict[str, tuple[frozenset[str], dict[str, Any]]] = {
    "does not rest on it": (frozenset(), {}),
    "rests on it, and nothing changed": (frozenset(), {"rests_on_gezag": True}),
    "changed a day ago": (frozenset({"review-due"}), {"rests_on_gezag": True, "gezag_changed_at": NOW - DAY}),
    "changed 30 days ago": (
        frozenset({"ended", "review-due"}), {"rests_on_gezag": True, "gezag_changed_at": NOW - REVIEW},
    ),
    "she is 18": (frozenset({"ended"}), {"rests_on_gezag": True, "birth": None}),
}  # fmt: skip
# What was opened: (is it used, does this look open it anew, the facts).
OPENED: dict[str, tuple[bool, bool, dict[str, Any]]] = {
    "until": (False, False, {"kind": "until"}),
    "once, not yet": (False, True, {"kind": "once"}),
    "once, by me just now": (False, False, {"kind": "once", "opened_at": NOW - 60, "opened_by": "fatima"}),
    "once, by me before": (True, False, {"kind": "once", "opened_at": NOW - 900, "opened_by": "fatima"}),
    "once, by a colleague": (True, False, {"kind": "once", "opened_at": NOW - 60, "opened_by": "karim"}),
    "weekly, last week": (False, True, {"kind": "every:7", "opened_at": NOW - 7 * DAY, "opened_by": "fatima"}),
    "weekly, this week": (True, False, {"kind": "every:7", "opened_at": NOW - 3 * DAY, "opened_by": "fatima"}),
}
DRAWER = CoveredDrawer("school", (1, 2), ("picked",))
GRANT = GrantFacts(
    team="zuid", vlt="noor", token="", card_sig={}, party_keys=frozenset(), purpose="back", kind="until", starts=STARTS,
    drawers=(DRAWER,), caseworkers=frozenset({"fatima"}), daily=5, looks_today=0, reason_needed=False,
    given_at=STARTS, birth=BORN,
)  # fmt: skip
LOOK = Question(
    "read", "grant", "zuid", "fatima", "desk", "read", purpose="back", drawer="school", records=("picked",), epoch=2
)
ASKED: dict[str, dict[str, Any]] = {
    "purpose-differs": {"purpose": "debts"},
    "other-record": {"records": ("picked", "another")},
    "other-epoch": {"epoch": 3},
}
KNOWN: dict[str, dict[str, Any]] = {
    "not-on-the-case": {"caseworkers": frozenset({"karim"})},
    "reason-missing": {"reason_needed": True},
    "too-often": {"looks_today": 5},
    "paused": {"paused": True},
    "purpose-recalled": {"purpose_recalled": True},
    "handed-back": {"handed_back": True},
    "vault-gone": {"vault_gone": True},
}


def subsets(names: tuple[str, ...]) -> Iterator[frozenset[str]]:
    """Every set of these."""
    for held in product((False, True), repeat=len(names)):
        yield frozenset(name for name, holds in zip(names, held, strict=True) if holds)


def who(held: frozenset[str]) -> dict[str, bool]:
    """How the asker stands, as members of the question."""
    found = {name.replace("-", "_"): name in held for name in WHO if name != "organisation-unknown"}
    return found | {"organisation_known": "organisation-unknown" not in held}


def first(held: frozenset[str]) -> str | None:
    """The specification: the first reason of the list that holds."""
    return next((reason for reason in REASONS if reason in held), None)


def matches(answer: Yes | No, held: frozenset[str], opens: bool) -> bool:
    reason = first(held)
    if reason is None:
        return isinstance(answer, Yes) and answer.opens is opens
    return isinstance(answer, No) and answer.reason == reason and answer.outside == OUTSIDE[reason]


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What the signed grant says, as a test sets it."""
    said: dict[str, str | None] = {"says": None}
    monkeypatch.setattr(decision, "why_not", lambda *_, **__: said["says"])
    return said


def everything(
    signed: dict[str, str | None], statements: tuple[str | None, ...]
) -> Iterator[tuple[Question, GrantFacts, frozenset[str], bool]]:
    """Every combination of what concerns a known asker: (question, facts, reasons that hold, whether a yes opens)."""
    asked = [
        (names, replace(LOOK, **{k: v for n in names for k, v in ASKED[n].items()})) for names in subsets(tuple(ASKED))
    ]
    for said, (_, (by_gezag, gezag)), (_, (used, opens, opened)) in product(statements, GEZAG.items(), OPENED.items()):
        signed["says"] = said
        always = by_gezag | ({said} if said else set()) | ({"used"} if used else set())
        for names in subsets(tuple(KNOWN)):
            facts = replace(GRANT, **(gezag | opened | {k: v for name in names for k, v in KNOWN[name].items()}))
            for more, look in asked:
                yield look, facts, frozenset(always | names | more), opens


@pytest.mark.promise("P13")
def test_every_combination_answers_the_first_reason_that_holds(signed: dict[str, str | None]) -> None:
    statements = SIGNED if NIGHTLY else (None, "not-yet", "withdrawn")
    count, seen = 0, set()
    for look, facts, held, opens in everything(signed, statements):
        answer = decide(look, facts, NOW)
        assert matches(answer, held, opens), (answer, sorted(held), signed["says"])
        seen.add(first(held))
        count += 1
    assert count == len(statements) * len(GEZAG) * len(OPENED) * 2 ** (len(KNOWN) + len(ASKED))
    expected = set(REASONS[REASONS.index("vault-gone") :]) | {None}
    elsewhere = frozenset().union(*(held for held, _ in GEZAG.values()))  # "ended" is also said without a statement
    assert seen == expected - (STATEMENT - set(statements) - elsewhere), "a reason that no combination reaches"


@pytest.mark.promise("P13")
def test_who_asks_and_whose_it_is_go_before_everything_else(signed: dict[str, str | None]) -> None:
    """Every standing of the asker, times: no such grant, another team's, and each single other source of a no or none."""
    singles: list[tuple[frozenset[str], dict[str, Any], dict[str, Any]]] = [(frozenset(), {}, {})]
    singles += [(frozenset({name}), {}, facts) for name, facts in KNOWN.items()]
    singles += [(frozenset({name}), asked, {}) for name, asked in ASKED.items()]
    for standing, (held, asked, facts), team, said in product(subsets(WHO), singles, ("zuid", "noord"), SIGNED):
        signed["says"] = said
        reasons = standing | held | ({said} if said else set()) | ({"grant-not-yours"} if team != "zuid" else set())
        look = replace(LOOK, team=team, **who(standing), **asked)
        assert matches(decide(look, replace(GRANT, **facts), NOW), frozenset(reasons), False)
        assert matches(decide(look, None, NOW), standing | {"grant-unknown"}, False)


@pytest.mark.nightly
@pytest.mark.promise("P13")
def test_every_combination_for_every_asker(signed: dict[str, str | None]) -> None:
    """All of it times all standings and teams."""
    standings = [(standing, team, who(standing)) for standing in subsets(WHO) for team in ("zuid", "noord")]
    for look, facts, held, opens in everything(signed, SIGNED):
        for standing, team, members in standings:
            whose = {"grant-not-yours"} if team != "zuid" else set()
            answer = decide(replace(look, team=team, **members), facts, NOW)
            assert matches(answer, held | standing | whose, opens), (answer, sorted(held | standing | whose))
