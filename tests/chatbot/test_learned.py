# SPDX-License-Identifier: EUPL-1.2
"""What the helper learned is of the content that is shipped; and what it answers can be explained from it."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from chatbot.learning import learn, mark
from chatbot.library import CONTENT, Content, ContentError, read
from chatbot.ready import READY, fingerprint, keep, opened, tongue_of, ways, weights_kept, write
from chatbot.rules import LOCALES, OWN, Locale
from chatbot.signs import ALWAYS
from chatbot.weights import Learned, Packed
from tests.chatbot.evaluating import questions
from tests.chatbot.shelf import ONCE_HELD_OUT, SMALL, ours, small

NEAR = 0.02
"""Another machine's arithmetic may round the last digit another way."""
EACH = [(what, locale) for what in ("rules", "cries") for locale in LOCALES]


def shipped(what: str, locale: Locale) -> Packed:
    """The weights that are shipped."""
    kept = weights_kept()
    assert kept is not None
    packed = kept.side(locale).rules if what == "rules" else kept.side(locale).cries
    assert packed is not None
    return packed


def is_of(content: Content, what: str, locale: Locale) -> bool:
    """Whether the weights that are shipped were learned from this content."""
    return shipped(what, locale).of == mark(ways(content, what, locale), tongue_of(content, locale))


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


def test_what_a_start_opens_is_what_reading_anew_gives() -> None:
    kept = weights_kept()
    assert kept is not None
    assert (CONTENT / READY).read_text("utf-8").startswith(fingerprint(CONTENT)), "python -m chatbot learn"
    for what, locale in EACH:
        assert is_of(read(), what, locale), "so nothing is learned below"
    assert keep(read(), kept) == kept
    assert kept.content == read()


@pytest.mark.promise("P37")
def test_other_content_is_never_answered_from_what_was_kept(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SMALL, tmp_path / "content"))
    write(folder, keep(small()))
    before = (folder / READY).read_bytes()
    assert opened(folder).content == small()
    crisis = folder / "crisis.yaml"
    crisis.write_text(crisis.read_text("utf-8").replace("Is er nu gevaar?", "Is het nu gevaarlijk?"), "utf-8")
    assert opened(folder).content.crisis.kinds[0].nl.say.startswith("Is het nu gevaarlijk?")
    assert (folder / READY).read_bytes() == before, "a start writes nothing"


def test_what_was_kept_and_is_damaged_stops_the_start(tmp_path: Path) -> None:
    """A phrase taken away there, and not from the content, is not taken away unseen either."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "content"))
    write(folder, keep(small()))
    text = (folder / READY).read_text("utf-8")
    for damaged in (text.replace("in gevaar", "in gavaar", 1), text[:-1], "\n", "x\ny\n{}"):
        assert damaged != text
        (folder / READY).write_text(damaged, "utf-8")
        with pytest.raises(ContentError, match="run that again"):
            opened(folder)


@pytest.mark.nightly
@pytest.mark.parametrize(("what", "locale"), EACH)
def test_learning_anew_gives_the_same_weights(what: str, locale: Locale) -> None:
    content, ours = read(), Learned(shipped(what, locale))
    again = learn(ways(content, what, locale), tongue_of(content, locale))
    assert again.rare.keys() == ours.rare.keys()
    for sign in (ALWAYS, *again.rare):
        for rule, weight in again.weights(sign).items():
            assert ours.weights(sign).get(rule, 0) == pytest.approx(weight, abs=NEAR), (sign, rule)


def test_every_evaluated_answer_can_be_explained() -> None:
    """chatbot.md, done when 12: what `because` names is among what `GET /rules/{id}` says leads to the rule."""
    matchers = ours().library.matchers
    leading = {(rule.id, one): {*rule.side(one).phrases, *matchers[one].leading_to(rule.id)}
               for rule in ours().library.content.rules for one in LOCALES}  # fmt: skip
    answers = [ours().answer(one.text, one.locale, one.audience) for one in questions(ONCE_HELD_OUT)]
    by_rule = [one for one in answers if one.rule not in OWN and not one.rule.startswith("crisis-")]
    assert len(by_rule) > 300
    for answer in by_rule:
        assert answer.because, answer.rule
        assert set(answer.because) <= leading[answer.rule, answer.locale], answer.rule
