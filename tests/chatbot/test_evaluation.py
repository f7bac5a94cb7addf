# SPDX-License-Identifier: EUPL-1.2
"""The held-out questions: that they are held out, and how the helper does on them.

The bars are those of chatbot.md. They stand under `nightly` because the rules do not reach them yet; docs/known-weaknesses.md
says so, and `python -m tests.chatbot.evaluating` prints where they fall short. So do the two that refuse a question in
both halves: some were written twice by chance, and one half has to give them up. Take the mark away when they pass.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from chatbot.language import normalise
from chatbot.rules import LOCALES
from tests.chatbot.evaluating import answered, crisis, false_alarms, off_topic, questions, report
from tests.chatbot.shelf import HELD_OUT, HERE, ours

LEAST_RIGHT, MOST_SURE, MOST_OFF_TOPIC, MOST_ALARMS = 0.92, 0.03, 0.05, 0.02


def texts_in(value: Any) -> Iterator[str]:
    """All texts in a file, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from texts_in(one)
            yield from [name] if isinstance(one, list) and " " in name else ()
    elif isinstance(value, list):
        for one in value:
            yield from texts_in(one)


def bare(text: str) -> str:
    """The words alone, so that case and marks make no other question."""
    return " ".join("".join(c if c.isalnum() else " " for c in normalise(text, {})).split())


def held() -> set[str]:
    """Every held-out sentence of more than two words: shorter ones ("stop delen") anybody would write."""
    found = {bare(t) for path in HELD_OUT.glob("*.yaml") for t in texts_in(yaml.safe_load(path.read_text("utf-8")))}
    return {text for text in found if len(text.split()) > 2}


@pytest.mark.nightly
def test_no_held_out_question_is_an_example_of_a_rule() -> None:
    rules = ours().library.content.rules
    examples = {bare(text) for rule in rules for locale in LOCALES for text in rule.side(locale).examples}
    both = held() & examples
    assert not both, f"{len(both)} examples are held-out questions: write other ones"


@pytest.mark.nightly
def test_no_held_out_question_is_one_of_the_development_half() -> None:
    files = [path.read_text("utf-8") for path in (HERE / "development").rglob("*.yaml")]
    both = held() & {bare(text) for file in files for text in texts_in(yaml.safe_load(file))}
    assert not both, f"{len(both)} questions are in both halves"


def test_there_are_enough() -> None:
    asked = list(questions())
    assert len([one for one in asked if one.locale == "nl"]) >= 400
    assert crisis(ours())[1] >= 80
    assert false_alarms(ours())[1] >= 300
    assert len({one.theme for one in asked}) >= 10


def test_the_names_are_of_rules_that_there_are() -> None:
    known = {rule.id for rule in ours().library.content.rules}
    listed = yaml.safe_load((HERE / "names.yaml").read_text("utf-8"))
    assert {rule for rules in listed.values() for rule in rules} <= known
    assert {one.name for one in questions()} >= listed.keys()
    assert {rule for one in questions() for rule in one.right} <= known


def test_the_figures_are_told() -> None:
    told = report()
    print(told)
    assert told.count("theme ") == len({one.theme for one in questions()})


@pytest.mark.nightly
@pytest.mark.parametrize("locale", LOCALES)
def test_the_first_answer_is_right(locale: str) -> None:
    figures = answered()["language", locale]
    assert figures.right / figures.asked >= LEAST_RIGHT, figures.line()


@pytest.mark.nightly
@pytest.mark.parametrize("locale", LOCALES)
def test_it_is_hardly_ever_sure_and_wrong(locale: str) -> None:
    figures = answered()["language", locale]
    assert figures.sure / figures.asked <= MOST_SURE, figures.line()


@pytest.mark.nightly
def test_every_crisis_is_heard() -> None:
    missed, number = crisis(ours())
    assert not missed, f"{len(missed)} of {number}: {missed}"


@pytest.mark.nightly
def test_hardly_ever_a_false_alarm() -> None:
    heard, number = false_alarms(ours())
    assert len(heard) / number <= MOST_ALARMS, f"{len(heard)} of {number}: {heard}"


@pytest.mark.nightly
def test_what_no_rule_is_about_is_not_answered() -> None:
    answers, number = off_topic(ours())
    assert len(answers) / number <= MOST_OFF_TOPIC, f"{len(answers)} of {number}: {answers}"
