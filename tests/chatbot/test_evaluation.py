# SPDX-License-Identifier: EUPL-1.2
"""The held-out questions: that they are held out, and how the helper does on them.

The bars are those of chatbot.md. They stand under `nightly` because the rules do not reach them yet; docs/known-weaknesses.md
says so, and `python -m tests.chatbot.evaluating` prints where they fall short. Take the mark away when they pass.
"""

import pytest
import yaml

from chatbot.rules import LOCALES
from tests.chatbot.evaluating import answered, crisis, false_alarms, off_topic, questions, report
from tests.chatbot.overlaps import both, hashed, held
from tests.chatbot.shelf import HERE, ours

LEAST_RIGHT, MOST_SURE, MOST_OFF_TOPIC, MOST_ALARMS = 0.92, 0.03, 0.05, 0.02


def test_no_held_out_question_was_used_for_tuning() -> None:
    assert both() == [], "python -m tests.chatbot.overlaps says where: remove them there"


def test_a_question_in_both_halves_is_found() -> None:
    """Whatever its marks and case; but not one of two words."""
    assert hashed("Wie mag er kijken?") == hashed("wie mag er KIJKEN") != hashed("wie mag er lezen")
    assert hashed("stop delen") == ""
    assert len(held()) > 800


def test_there_are_enough() -> None:
    asked = list(questions())
    assert len([one for one in asked if one.locale == "nl"]) >= 400
    assert crisis(ours())[1] >= 80
    assert false_alarms(ours())[1] >= 300
    assert len({one.theme for one in asked}) >= 10


def test_the_names_are_of_rules_that_there_are() -> None:
    content = ours().library.content
    known = {rule.id for rule in content.rules} | {f"crisis-{kind.id}" for kind in content.crisis.kinds}
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
