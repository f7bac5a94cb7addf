# SPDX-License-Identifier: EUPL-1.2
"""Scores and the margin rule, as tables."""

import subprocess
import sys
from itertools import product

import pytest

from chatbot.answering import Answer
from chatbot.match import MOST_RULES, Choice, Found, Margins, Matcher, choose
from chatbot.rules import AUDIENCES, Audience, Rule
from tests.chatbot.shelf import asks, library, small

UNCLEAR = "hoe stop ik"
STOP, WHO, SCHOOL = "stop-sharing", "who-may-see", "stop-school"


def scores(text: str, audience: Audience = "12-15") -> dict[str, Found]:
    return {found.rule.id: found for found in library().matchers["nl"].scores(text, audience)}


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("Hoe stop ik met delen?", STOP),
        ("stop met het delen", STOP),  # words of a phrase in any order, others between
        ("het delen stop ik ff", STOP),
        ("hoe stpo ik met dleen", STOP),
        ("How do I stop sharing?", STOP),  # the other language scores better
        ("stop sharnig", STOP),
        ("wie ziet m'n spullen 👀", WHO),
        ("who can see my things", WHO),
        ("hoe stop ik met school", SCHOOL),
        ("wat is de hoofdstad van frankrijk", "hand-over"),
        ("zxcv qwer", "hand-over"),
        ("?", "hand-over"),
    ],
)
def test_the_right_rule(typed: str, rule: str) -> None:
    assert asks(typed).rule == rule


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("stop delen", True),
        ("delen stop", True),
        ("stop nu dat delen", True),  # four words
        ("stop nu dat gekke delen", False),  # five
        ("stop de het een ik mijn delen", True),  # words that say nothing do not count
        ("stop", False),
    ],
)
def test_the_words_of_a_phrase_stand_close_together(typed: str, found: bool) -> None:
    assert ("stop delen" in scores(typed)[STOP].because) == found


def test_a_score_is_a_sum_of_four() -> None:
    """Key phrases, what points to the rule, the nearest example, all of them: each 0 to 1, and their shares make 1."""
    assert scores("hoe stop ik met delen")[STOP].score == 1.0  # an example is asked exactly so
    one = scores("delen")[STOP]
    assert one.because == ("delen",)
    shares = Margins()
    assert 0 < shares.phrases + shares.points + shares.near < 1
    heard = library().matchers["nl"]._weights.hear(library().tongues["nl"].stems("delen"), range(9), 9)
    assert all(0 <= part <= 1 for fits in heard.values() for part in (fits.points, fits.near, fits.middle))
    [mine] = [fits for index, fits in heard.items() if library().matchers["nl"]._ready[index].rule.id == STOP]
    rest = 1 - shares.phrases - shares.points - shares.near
    told = shares.phrases / 3 + shares.points * mine.points + shares.near * mine.near + rest * mine.middle
    assert one.score == pytest.approx(told, abs=1e-4)
    assert scores("delen wxyz kwam")[STOP].score < one.score  # what nobody listed makes it less sure


def test_words_that_mean_the_same_lead_to_the_same_rule() -> None:
    """`concepts` of words.yaml: no example has "inzien" or "gluren"."""
    for typed in ("wie kan mijn spullen inzien", "wie gluurt er naar mijn schulden"):
        assert asks(typed).rule == WHO


def test_what_rules_it_out_gives_nothing() -> None:
    assert STOP not in scores("ik wil stop delen stop school")
    assert STOP in scores("ik wil stop delen")


def test_a_rule_is_for_its_audience_only() -> None:
    assert asks("hoe stop ik met school", audience="16+").rule == SCHOOL
    for audience in ("relative", "caseworker"):
        assert asks("hoe stop ik met school", audience=audience).rule != SCHOOL
        assert SCHOOL not in {choice.rule for choice in asks("hoe stop ik met school", audience=audience).choices}


def test_another_audience_may_be_told_in_other_words() -> None:
    assert asks("wie mag kijken").say == "Hier zie je wie mag kijken."
    assert asks("wie mag kijken", audience="relative").say == "Hier ziet u wie mag kijken."


def _found(*points: float) -> list[Found]:
    rules = small().rules
    return [Found(rules[n % len(rules)], "nl", score, ()) for n, score in enumerate(points)]


@pytest.mark.parametrize(
    ("points", "asked", "kind", "buttons"),
    [
        ((0.19,), False, "answer", 1),
        ((0.189,), False, "ask", 1),
        ((0.4, 0.3), False, "answer", 1),  # 0.64 of the vote
        ((0.4, 0.39), False, "ask", 2),  # not far enough ahead
        ((0.4, 0.3, 0.3, 0.3), False, "ask", 3),  # 0.37 of the vote
        ((0.4, 0.2, 0.2, 0.2), False, "answer", 1),
        ((1.0, 1.0), False, "ask", 2),
        ((0.12,), False, "ask", 1),
        ((0.1199,), False, "hand-over", 0),
        ((0.3, 0.3, 0.3, 0.3, 0.3), False, "ask", 3),
        ((0.16,), True, "hand-over", 1),  # asked before: not again
        ((0.4, 0.39), True, "hand-over", 1),
        ((0.4, 0.3), True, "answer", 1),
        ((), False, "hand-over", 0),
        ((), True, "hand-over", 0),
    ],
)
def test_the_margin_rule(points: tuple[float, ...], asked: bool, kind: str, buttons: int) -> None:
    choice: Choice = choose(_found(*points), Margins(), asked=asked)
    assert (choice.kind, len(choice.found)) == (kind, buttons)


def test_the_figures_are_settings() -> None:
    assert choose(_found(0.5, 0.4), Margins(answer=0.5, ahead=0.1), asked=False).kind == "answer"
    assert choose(_found(0.5, 0.4), Margins(answer=0.5, ahead=0.11), asked=False).kind == "ask"
    assert choose(_found(0.5, 0.4), Margins(sure=0.7), asked=False).kind == "ask"
    assert choose(_found(0.05), Margins(ask=0.05), asked=False).kind == "ask"


def test_asking_back_gives_buttons_that_lead_to_their_rules() -> None:
    answer = asks(UNCLEAR)
    assert answer.rule == "ask"
    assert 1 <= len(answer.choices) <= 3
    for choice in answer.choices:
        assert asks(choice.text, asked=True).rule == choice.rule
    assert asks(UNCLEAR, asked=True).rule == "hand-over"


def test_a_hand_over_knows_what_it_seems_to_be_about() -> None:
    assert asks(UNCLEAR, asked=True).topic in {"permissions", "school"}
    assert asks("qwer zxcv").topic is None


@pytest.mark.parametrize(
    ("typed", "category"),
    [("wie mag mijn schulden zien", "debts"), ("wie ziet mijn school", "school"), ("wie mag kijken", None),
     ("wie ziet mijn schulden en mijn school", None), ("who may see my debts", "debts")],
)  # fmt: skip
def test_the_drawer_that_is_named_is_filled_in(typed: str, category: str | None) -> None:
    answer = asks(typed)
    assert answer.rule == WHO
    assert [one.category for one in answer.actions if one.action == "show-running-permissions"] == [category]


def test_every_answer_offers_a_person_and_names_its_rule() -> None:
    for typed in ("stop delen", "stop", "qwer", "ik wil dood", "bel 0612345678"):
        answer = asks(typed)
        assert answer.rule
        assert "talk-to-someone" in {one.action for one in answer.actions}


TYPED = (
    "hoe stop ik met delen", "Mijn geheim Pietje-9183 stop delen", "stop", "wie ziet pietje9183", "qwer pietje9183",
    "ik wil dood pietje9183", "0612345678 pietje9183", "stop sharing pietje9183",
)  # fmt: skip


def said(answer: Answer) -> str:
    return repr(answer)


@pytest.mark.parametrize("typed", TYPED)
def test_because_is_ours_and_nothing_typed_comes_back(typed: str) -> None:
    content = small()
    own = {text for rule in content.rules for side in (rule.nl, rule.en) for text in side.phrases}
    own |= {text for kind in content.crisis.kinds for side in (kind.nl, kind.en) for text in side.phrases}
    answer = asks(typed)
    assert set(answer.because) <= own
    assert "ietje" not in said(answer)
    assert "0612345678" not in said(answer)


def test_the_same_text_gives_the_same_answer() -> None:
    """In any order, from a library made anew, and in another process with another hash seed."""
    first = {(text, audience): said(asks(text, audience=audience)) for text, audience in product(TYPED, AUDIENCES)}
    for text, audience in reversed(first):
        assert said(asks(text, audience=audience)) == first[text, audience]
    program = (
        "from tests.chatbot.shelf import asks; from tests.chatbot.test_match import TYPED, said\n"
        "for text in TYPED: print(said(asks(text)))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert told == {"".join(first[text, "12-15"] + "\n" for text in TYPED)}


def test_only_the_rules_that_share_most_words_are_scored() -> None:
    [pattern] = [rule for rule in small().rules if rule.id == STOP]
    rules: list[Rule] = [pattern.model_copy(update={"id": f"rule-{n:03}"}) for n in range(120)]
    found = Matcher(rules, library().tongues["nl"], Margins()).scores("hoe stop ik met delen", "12-15")
    assert [one.rule.id for one in found] == [f"rule-{n:03}" for n in range(MOST_RULES)]
