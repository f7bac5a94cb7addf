# SPDX-License-Identifier: EUPL-1.2
"""Scores and the margin rule, as tables."""

import subprocess
import sys
from itertools import product
from math import exp

import pytest

from chatbot.answering import Answer
from chatbot.learning import learn, mark
from chatbot.match import MOST_RULES, Choice, Exact, Found, Margins, Matcher, choose, exactly, ways_of
from chatbot.ready import AGAIN, learned_of, ways
from chatbot.rules import AUDIENCES, Audience, Rule
from chatbot.signs import signs_of
from chatbot.weights import Learned, Packed, alone, pack, signs_in
from tests.chatbot.shelf import asks, library, small

UNCLEAR = "hoe stoppen"
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


def test_a_score_is_what_the_signs_tell_added_up() -> None:
    """By hand: the weights of the signs, times how much each counts; then the share of the vote."""
    assert scores("hoe stop ik met delen")[STOP].score == 1.0  # it is asked exactly so
    matcher, tongue = library().matchers["nl"], library().tongues["nl"]
    text = "wanneer stop ik het delen"
    words, learned = tongue.words(text), matcher._learned
    stems, signs = tongue.stems_of(words), learned.signs
    known = learned.told(signs.numbered(signs_of(words, stems, tongue), stems)).counts(signs.always)
    sums = {rule: sum(learned.weights(sign).get(rule, 0) * n for sign, n in known) for rule in ("", STOP, WHO, SCHOOL)}
    assert scores(text)[STOP].score == pytest.approx(exp(sums[STOP]) / sum(map(exp, sums.values())), abs=1e-4)
    assert scores(f"{text} wxyz kwam")[STOP].score < scores(text)[STOP].score  # what nobody listed makes it less sure


def test_a_text_without_a_phrase_names_the_words_that_told() -> None:
    [found] = [one for one in scores("stopzetten wil ik").values() if one.rule.id == STOP]
    assert "stopzetten" in found.because
    assert set(found.because) <= set(library().matchers["nl"].leading_to(STOP))


def test_learning_gives_the_same_each_time_and_what_is_written_is_read() -> None:
    tongue, known = library().tongues["nl"], ways(small(), "rules", "nl")
    first, again = learn(known, tongue), learn(known, tongue)
    assert first == again
    signs = signs_in([first])
    packed = pack(first, signs)
    assert Learned(Packed.model_validate_json(packed.model_dump_json()), signs).lesson() == first
    assert mark(known, tongue) != mark(known[1:], tongue)


def test_weights_of_other_content_are_gone_on_from() -> None:
    """As an overlay does: the shipped ones know our rules, and learn the new one."""
    tongue, known = library().tongues["nl"], ways(small(), "rules", "nl")
    fewer = learn([way for way in known if way.rule != SCHOOL], tongue)
    assert SCHOOL not in alone(fewer).rules
    more = alone(learned_of(known, tongue, alone(fewer), AGAIN))
    found = Matcher(small().rules, tongue, more, Exact(exactly(small().rules, tongue))).scores("van school gaan", "16+")
    assert found[0].rule.id == SCHOOL


def test_words_that_mean_the_same_lead_to_the_same_rule() -> None:
    """`concepts` of words.yaml: no example has "inzien" or "gluren"."""
    for typed in ("wie kan mijn spullen inzien", "wie gluurt er naar mijn schulden"):
        assert asks(typed).rule == WHO


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
    return [Found(rules[n % len(rules)], "nl", score, tuple) for n, score in enumerate(points)]


@pytest.mark.parametrize(
    ("points", "asked", "kind", "buttons"),
    [
        ((0.5,), False, "answer", 1),
        ((0.4999,), False, "ask", 1),
        ((0.5, 0.5), False, "answer", 1),
        ((0.3, 0.3), False, "ask", 2),
        ((0.3, 0.3, 0.2, 0.1), False, "ask", 3),
        ((0.1,), False, "ask", 1),
        ((0.0999,), False, "hand-over", 0),
        ((0.3,), True, "hand-over", 1),  # asked before: not again
        ((0.5, 0.3), True, "answer", 1),
        ((), False, "hand-over", 0),
        ((), True, "hand-over", 0),
    ],
)
def test_the_margin_rule(points: tuple[float, ...], asked: bool, kind: str, buttons: int) -> None:
    choice: Choice = choose(_found(*points), Margins(sure=0.5, ask=0.1), asked=asked)
    assert (choice.kind, len(choice.found)) == (kind, buttons)


def test_the_figures_are_settings() -> None:
    assert choose(_found(0.5, 0.4), Margins(sure=0.5), asked=False).kind == "answer"
    assert choose(_found(0.5, 0.4), Margins(sure=0.51), asked=False).kind == "ask"
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
    own |= {
        word
        for matcher in library().matchers.values()
        for rule in content.rules
        for word in matcher.leading_to(rule.id)
    }
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


def test_no_more_rules_are_told_than_may_be_meant() -> None:
    [pattern] = [rule for rule in small().rules if rule.id == STOP]
    rules: list[Rule] = [pattern.model_copy(update={"id": f"rule-{n:03}"}) for n in range(20)]
    tongue = library().tongues["nl"]
    learned = alone(learn([*ways_of(rules, (), "nl")], tongue))
    found = Matcher(rules, tongue, learned, Exact(exactly(rules, tongue))).scores("hoe stop ik dat delen", "12-15")
    assert 0 < len(found) <= MOST_RULES
