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
from tests.chatbot.shelf import DEVELOPMENT, content, ours

LEAST_RIGHT, MOST_MISSED, MOST_ALARMS = 0.95, 0, 3
BEFORE = {
    "danger": {"nl": 183, "en": 103}, "suicide": {"nl": 344, "en": 187}, "violence": {"nl": 306, "en": 187},
    "talk": {"nl": 230, "en": 122}, "harmless": {"nl": 1908, "en": 1001},
}  # fmt: skip
"""The texts of cries.yaml that these bounds were set on: the first so many of each list. Others wrote what comes behind them."""
MOST_MISSED_SINCE, MOST_ALARMS_SINCE = 7, 51
"""Of 1,897 cries and 2,466 look-alikes that came behind."""
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


def learned(kind: str, *, since: bool) -> Iterator[tuple[Locale, str]]:
    """Language, text of cries.yaml: of those before, or since. The second ear learned from them, so this says what it kept."""
    cries = content().cries
    sides = cries.harmless if kind == "harmless" else cries.kinds[kind]  # type: ignore[index]
    for locale in LOCALES:
        texts, before = sides.of(locale), BEFORE[kind][locale]
        yield from ((locale, text) for text in (texts[before:] if since else texts[:before]))


def test_the_right_rule_answers() -> None:
    asked = [*of_rules()]
    wrong = [(rule, text) for rule, locale, who, text in asked if ours().answer(text, locale, who).rule != rule]
    assert len(asked) > 200
    assert 1 - len(wrong) / len(asked) >= LEAST_RIGHT, wrong


@pytest.mark.parametrize(("since", "most"), [(False, MOST_MISSED), (True, MOST_MISSED_SINCE)])
def test_a_crisis_is_heard(since: bool, most: int) -> None:
    asked = [one for kind in ("danger", "suicide", "violence", "talk") for one in learned(kind, since=since)]
    missed = [text for locale, text in asked if not ours().answer(text, locale, "12-15").rule.startswith("crisis-")]
    assert len(asked) > 1500
    assert len(missed) <= most, missed


@pytest.mark.parametrize(("since", "most"), [(False, MOST_ALARMS), (True, MOST_ALARMS_SINCE)])
def test_what_only_looks_like_it_is_none(since: bool, most: int) -> None:
    asked = [*learned("harmless", since=since)]
    alarms = [text for locale, text in asked if ours().answer(text, locale, "12-15").rule.startswith("crisis-")]
    assert len(asked) > 2000
    assert len(alarms) <= most, alarms


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
