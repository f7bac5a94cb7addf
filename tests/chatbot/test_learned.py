# SPDX-License-Identifier: EUPL-1.2
"""What the helper learned is of the content that is shipped; and what it answers can be explained from it."""

import dataclasses

import pytest

from chatbot.learning import learn, mark, read_written
from chatbot.library import Content, read, tongue_of, ways
from chatbot.rules import LOCALES, OWN, Locale
from tests.chatbot.evaluating import questions
from tests.chatbot.shelf import ours

NEAR = 0.02
"""Another machine's arithmetic may round the last digit another way."""
EACH = [(what, locale) for what in ("rules", "cries") for locale in LOCALES]


def is_of(content: Content, what: str, locale: Locale) -> bool:
    """Whether the weights that are written were learned from this content."""
    known = mark(ways(content, what, locale), tongue_of(content, locale))
    return read_written(content.learned[f"{what}-{locale}"])[0] == known


@pytest.mark.parametrize(("what", "locale"), EACH)
def test_the_weights_are_of_this_content(what: str, locale: Locale) -> None:
    assert is_of(read(), what, locale), "the content changed: python -m chatbot learn"


def test_one_crisis_phrase_fewer_is_other_content() -> None:
    """So nobody takes one away unseen: the weights are not of that content, and the test above fails."""
    content = read()
    for at, kind in enumerate(content.crisis.kinds):
        fewer = kind.model_copy(update={"nl": kind.nl.model_copy(update={"phrases": kind.nl.phrases[1:]})})
        kinds = (*content.crisis.kinds[:at], fewer, *content.crisis.kinds[at + 1 :])
        spoiled = dataclasses.replace(content, crisis=content.crisis.model_copy(update={"kinds": kinds}))
        assert not is_of(spoiled, "cries", "nl"), kind.id


@pytest.mark.nightly
@pytest.mark.parametrize(("what", "locale"), EACH)
def test_learning_anew_gives_the_same_weights(what: str, locale: Locale) -> None:
    content = read()
    _, shipped = read_written(content.learned[f"{what}-{locale}"])
    again = learn(ways(content, what, locale), tongue_of(content, locale))
    assert again.rare.keys() == shipped.rare.keys()
    for sign, weights in again.weights.items():
        for rule, weight in weights.items():
            assert shipped.weights.get(sign, {}).get(rule, 0) == pytest.approx(weight, abs=NEAR), (sign, rule)


def test_every_answer_to_a_held_out_question_can_be_explained() -> None:
    """chatbot.md, done when 12: what `because` names is among what `GET /rules/{id}` says leads to the rule."""
    matchers = ours().library.matchers
    leading = {(rule.id, one): {*rule.side(one).phrases, *matchers[one].leading_to(rule.id)}
               for rule in ours().library.content.rules for one in LOCALES}  # fmt: skip
    answers = [ours().answer(one.text, one.locale, one.audience) for one in questions()]
    by_rule = [one for one in answers if one.rule not in OWN and not one.rule.startswith("crisis-")]
    assert len(by_rule) > 300
    for answer in by_rule:
        assert answer.because, answer.rule
        assert set(answer.because) <= leading[answer.rule, answer.locale], answer.rule
