# SPDX-License-Identifier: EUPL-1.2
"""The questions that were held out once: that nothing was learned from them, and how the helper does on them.

The bars are those of chatbot.md; docs/helper-done.md says which are met. `python -m tests.chatbot.evaluating` prints all
figures, and the confusion by theme.
"""

from functools import lru_cache

import pytest
import yaml

from chatbot.rules import LOCALES
from tests.chatbot.evaluating import answered, crisis, false_alarms, off_topic, questions, report
from tests.chatbot.overlaps import both, hashed, held
from tests.chatbot.shelf import HERE, ours
from tests.town import ROOT

BARS = {"right": 0.92, "wrong and sure": 0.03, "crisis missed": 0.0, "false alarms": 0.02, "off-topic answered": 0.05}
REACHED: dict[str, float] = {
    "right, nl": 0.894,
    "wrong and sure, nl": 0.03,
    "right, en": 0.92,
    "wrong and sure, en": 0.03,
    "crisis missed": 0.0,
    "false alarms": 0.02,
    "off-topic answered": 0.05,
}
"""What is reached today."""
PAGE = (ROOT / "docs" / "helper-done.md").read_text("utf-8")


def test_none_of_them_is_learned_from() -> None:
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


@lru_cache
def figures() -> dict[str, float]:
    """Each figure of chatbot.md, as a share."""
    told: dict[str, float] = {}
    for locale in LOCALES:
        one = answered()["language", locale]
        told[f"right, {locale}"] = one.right / one.asked
        told[f"wrong and sure, {locale}"] = one.sure / one.asked
    for name, count in (("crisis missed", crisis), ("false alarms", false_alarms), ("off-topic answered", off_topic)):
        found, number = count(ours())
        told[name] = len(found) / number
    return told


@pytest.mark.parametrize("name", REACHED)
def test_the_figures_hold(name: str) -> None:
    """What is met is held to its bar; what is not, to what was reached, so that it can only get better."""
    bar, reached = BARS[name.split(", ")[0]], REACHED[name]
    at_least = name.startswith("right")
    told, bound = figures()[name], (min if at_least else max)(bar, reached)
    assert told >= bound if at_least else told <= bound, (
        f"{name}: {told:.3f}, at {'least' if at_least else 'most'} {bound}"
    )


@pytest.mark.parametrize("name", REACHED)
def test_the_page_says_what_is_met(name: str) -> None:
    """docs/helper-done.md has the figure, and says truly whether its bar is met."""
    told, bar = figures()[name], BARS[name.split(", ")[0]]
    met = told >= bar if name.startswith("right") else told <= bar
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| {name} |")]
    assert f"| {100 * told:.1f} % |" in row
    assert row.endswith("| met |" if met else "| missed |")
