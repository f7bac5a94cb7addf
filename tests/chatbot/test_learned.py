# SPDX-License-Identifier: EUPL-1.2
"""What the helper learned is of the content that is shipped; and what it answers can be explained from it."""

import dataclasses
import shutil
import zlib
from functools import lru_cache
from pathlib import Path

import pytest

from chatbot.learning import learn, mark
from chatbot.library import CONTENT, ContentError
from chatbot.ready import READY, Kept, bare, fingerprint, keep, opened, ways, weights_kept, write
from chatbot.rules import LOCALES, OWN, Locale
from chatbot.weights import Learned
from tests.chatbot.evaluating import answers
from tests.chatbot.shelf import ONCE_HELD_OUT, SMALL, content, ours, small, tongue

NEAR = 0.02
"""Another machine's arithmetic may round the last digit another way."""
EACH = [(what, locale) for what in ("rules", "cries") for locale in LOCALES]


@lru_cache
def kept() -> Kept:
    """What is shipped."""
    found = weights_kept()
    assert found is not None
    return found


@lru_cache
def shipped(what: str, locale: Locale) -> Learned:
    """The weights that are shipped."""
    rules, cries = kept().side(locale).learned()
    assert cries is not None
    return rules if what == "rules" else cries


@lru_cache
def of_ours(what: str, locale: Locale) -> str:
    """The mark of what there is to learn from."""
    return mark(ways(content(), what, locale), tongue(locale))


@pytest.mark.parametrize(("what", "locale"), EACH)
def test_the_weights_are_of_this_content(what: str, locale: Locale) -> None:
    assert shipped(what, locale).of == of_ours(what, locale), "the content changed: python -m chatbot learn"


def test_one_crisis_phrase_fewer_is_other_content() -> None:
    """So nobody takes one away unseen: the weights are not of that content, and the test above fails."""
    ours = content()
    for at, kind in enumerate(ours.crisis.kinds):
        fewer = kind.model_copy(update={"nl": kind.nl.model_copy(update={"phrases": kind.nl.phrases[1:]})})
        kinds = (*ours.crisis.kinds[:at], fewer, *ours.crisis.kinds[at + 1 :])
        spoiled = dataclasses.replace(ours, crisis=ours.crisis.model_copy(update={"kinds": kinds}))
        assert mark(ways(spoiled, "cries", "nl"), tongue("nl")) != shipped("cries", "nl").of, kind.id


def test_what_a_start_opens_is_what_reading_anew_gives() -> None:
    assert (CONTENT / READY).read_bytes().startswith(fingerprint(CONTENT).encode()), "python -m chatbot learn"
    for what, locale in EACH:
        assert shipped(what, locale).of == of_ours(what, locale), "so nothing is learned below"
    assert keep(content(), kept()) == kept()
    assert kept().content == bare(content())
    assert any(rule.nl.asked for rule in content().rules), "which is not kept"


@pytest.mark.promise("P37")
def test_other_content_is_never_answered_from_what_was_kept(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SMALL, tmp_path / "content"))
    write(folder, keep(small()))
    before = (folder / READY).read_bytes()
    assert opened(folder).content == bare(small())
    crisis = folder / "crisis.yaml"
    crisis.write_text(crisis.read_text("utf-8").replace("Is er nu gevaar?", "Is het nu gevaarlijk?"), "utf-8")
    assert opened(folder).content.crisis.kinds[0].nl.say.startswith("Is het nu gevaarlijk?")
    assert (folder / READY).read_bytes() == before, "a start writes nothing"


def test_what_was_kept_and_is_damaged_stops_the_start(tmp_path: Path) -> None:
    """A phrase taken away there, and not from the content, is not taken away unseen either."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "content"))
    write(folder, keep(small()))
    whole = (folder / READY).read_bytes()
    of, right, body = whole.split(b"\n", 2)
    fewer = zlib.compress(zlib.decompress(body).replace(b"in gevaar", b"in gavaar", 1), 9)
    for damaged in (b"\n".join((of, right, fewer)), whole[:-1], b"\n", b"x\ny\n{}"):
        assert damaged != whole
        (folder / READY).write_bytes(damaged)
        with pytest.raises(ContentError, match="run that again"):
            opened(folder)


@pytest.mark.nightly
@pytest.mark.parametrize(("what", "locale"), EACH)
def test_learning_anew_gives_the_same_weights(what: str, locale: Locale) -> None:
    before = shipped(what, locale).lesson()
    again = learn(ways(content(), what, locale), tongue(locale))
    assert again.often == before.often
    for sign, weights in again.weights.items():
        for rule, weight in weights.items():
            assert before.weights[sign].get(rule, 0) == pytest.approx(weight, abs=NEAR), (sign, rule)


def test_every_evaluated_answer_can_be_explained() -> None:
    """chatbot.md, done when 12: what `because` names is among what `GET /rules/{id}` says leads to the rule."""
    matchers = ours().library.matchers
    leading = {(rule.id, one): {*rule.side(one).phrases, *matchers[one].leading_to(rule.id)}
               for rule in ours().library.content.rules for one in LOCALES}  # fmt: skip
    by_rule = [one for _, one in answers(ONCE_HELD_OUT) if one.rule not in OWN and not one.rule.startswith("crisis-")]
    assert len(by_rule) > 300
    for answer in by_rule:
        assert answer.because, answer.rule
        assert set(answer.because) <= leading[answer.rule, answer.locale], answer.rule
