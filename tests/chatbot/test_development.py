# SPDX-License-Identifier: EUPL-1.2
"""The questions for tuning must stay answered: who changes a rule, a word or the matching sees here what it breaks.

These bounds are what the helper reaches, not what it should reach: the bars are those of the questions that were held out once
(test_evaluation.py). Raise them when it does better; never lower them to get green.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
import yaml

from chatbot.rules import LOCALES, Audience, Locale
from tests.chatbot.folding import figures
from tests.chatbot.shelf import DEVELOPMENT, ours

LEAST_RIGHT, MOST_MISSED, MOST_ALARMS = 0.95, 7, 53
"""Cries and look-alikes that are learned from: of 3,559 and 5,375 since 2026-11-22 (before, 0 of 1,663 and 3 of 2,922)."""
NEVER_LEARNED_MISSED, NEVER_LEARNED_ALARMS = 5, 5
"""Of 75 cries and 98 look-alikes that nothing was learned from."""
LEAST_OF_A_FOLD, MOST_SURE_OF_A_FOLD = 0.36, 0.13


@lru_cache
def read(name: str) -> Any:
    """A file of questions for tuning."""
    return yaml.safe_load((DEVELOPMENT / f"{name}.yaml").read_text("utf-8"))


def of_rules() -> Iterator[tuple[str, Locale, Audience, str]]:
    """Rule, language, who asks, question."""
    for name in ("young", "grown_ups", "caseworkers", "asking"):
        whole = read(name)
        known = {rule.id: rule.audience for rule in ours().library.content.rules}
        for locale in LOCALES:
            for rule, texts in whole.get(locale, {}).items():
                who = whole["audience"] if whole["audience"] in known[rule] else known[rule][0]
                yield from ((rule, locale, who, text) for text in texts)


def crises() -> Iterator[tuple[Locale, str]]:
    """Language, cry for help: those that the second ear learned from, so this says what it kept."""
    for sides in ours().library.content.cries.kinds.values():
        yield from ((locale, text) for locale in LOCALES for text in sides.of(locale))


def harmless() -> Iterator[tuple[Locale, str]]:
    """Language, what only looks like a cry for help."""
    yield from ((locale, text) for locale in LOCALES for text in ours().library.content.cries.harmless.of(locale))


def test_the_right_rule_answers() -> None:
    asked = [*of_rules()]
    wrong = [(rule, text) for rule, locale, who, text in asked if ours().answer(text, locale, who).rule != rule]
    assert len(asked) > 200
    assert 1 - len(wrong) / len(asked) >= LEAST_RIGHT, wrong


def test_a_crisis_is_heard() -> None:
    asked = [*crises()]
    missed = [text for locale, text in asked if not ours().answer(text, locale, "12-15").rule.startswith("crisis-")]
    assert len(asked) > 500
    assert len(missed) <= MOST_MISSED, missed


def test_what_only_looks_like_it_is_none() -> None:
    asked = [*harmless()]
    alarms = [text for locale, text in asked if ours().answer(text, locale, "12-15").rule.startswith("crisis-")]
    assert len(asked) > 600
    assert len(alarms) <= MOST_ALARMS, alarms


def test_cries_that_nothing_was_learned_from() -> None:
    """development/cries.yaml: other words, of the same writer. Those of once_held_out/ are of others."""
    whole = read("cries")
    cries = [(locale, one) for locale in LOCALES for texts in whole["cries"][locale].values() for one in texts]
    jokes = [(locale, one) for locale in LOCALES for one in whole["harmless"][locale]]
    heard = [ours().answer(one, locale, "12-15").rule.startswith("crisis-") for locale, one in cries]
    taken = [one for locale, one in jokes if ours().answer(one, locale, "12-15").rule.startswith("crisis-")]
    assert len(cries) == 75
    assert len(jokes) == 98
    assert heard.count(False) <= NEVER_LEARNED_MISSED
    assert len(taken) <= NEVER_LEARNED_ALARMS, taken


@pytest.mark.nightly
@pytest.mark.parametrize("fold", [0])
def test_ways_to_ask_that_the_rules_were_not_given(fold: int) -> None:
    told, _ = figures(fold)
    assert told["asked"] > 500
    assert told["right"] / told["asked"] >= LEAST_OF_A_FOLD, told
    assert told["sure"] / told["asked"] <= MOST_SURE_OF_A_FOLD, told
