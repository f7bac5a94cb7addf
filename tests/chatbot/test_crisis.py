# SPDX-License-Identifier: EUPL-1.2
"""Crisis before all else: in both languages, with typing errors, for everybody; and what only looks like it."""

import pytest

from chatbot.crisis import SECOND_EAR
from chatbot.rules import AUDIENCES, LOCALES, Audience
from tests.chatbot.shelf import asks, small


def by_a_phrase(typed: str) -> bool:
    """Whether a phrase of suicide fires; what the second ear hears is no proof of it."""
    answer = asks(typed)
    return answer.rule == "crisis-suicide" and answer.because != (SECOND_EAR,)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("ik wil dood", "suicide"),
        ("IK WIL DOOOOOD!!", "suicide"),
        ("ik wl dood", "suicide"),
        ("zelfmord", "suicide"),
        ("ik denk aan zefmoord", "suicide"),
        ("kms", "suicide"),
        ("ik wil echt 💀", "suicide"),
        ("i want to kill myself", "suicide"),
        ("i wanna kill mysefl", "suicide"),
        ("hij slaat mij", "violence"),
        ("hij heeft nu een mes en slaat mij", "danger"),  # the first kind of the file
        ("ik voel mij zo alleen", "talk"),
        ("I feel so lonely", "talk"),
        ("hoe stop ik met delen want ik wil dood", "suicide"),  # whatever else is asked
        ("ik wil dood mijn nummer is 0612345678", "suicide"),  # before numbers
        ("stop delen " * 15 + "ik wil dood", "suicide"),  # wherever it stands
        ("mijn telefoon is dood en ik wil dood", "suicide"),  # beside what is harmless
        ("ik ga dood van het lachen maar ik wil niet meer leven", "suicide"),
    ],
)
@pytest.mark.promise("P37")
def test_it_goes_first(typed: str, kind: str) -> None:
    for audience in AUDIENCES:
        for locale in LOCALES:
            assert asks(typed, locale, audience).rule == f"crisis-{kind}"


@pytest.mark.parametrize(
    "typed",
    ["ik ga dood van het lachen", "mijn telefoon is dood", "mijn telefoon is echt dood", "spreekbeurt zelfmoord in boeken",
     "i kill myself laughing", "hoe stop ik met delen", "de deadline", "doodlopende straat"],
)  # fmt: skip
def test_what_only_looks_like_it(typed: str) -> None:
    assert not asks(typed).rule.startswith("crisis-")


@pytest.mark.parametrize(
    ("typed", "heard"),
    [("wil dood", True), ("wil nu dood", True), ("wil nu echt dood", True), ("wil nu echt heel dood", False),
     ("dood wil", False)],
)  # fmt: skip
def test_the_words_stand_in_their_order_with_at_most_two_between(typed: str, heard: bool) -> None:
    assert by_a_phrase(typed) == heard


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("ik snij mezelf", False),  # the other order is another phrase
        ("mezelf snij", True),  # any word of a set, in its place
        ("hij wil zichzelf niet krassen", True),
        ("ik kan niet meer", True),  # all that was typed
        ("ik kan niet meer inloggen", False),
        ("ik ga dood", True),  # in doubt it fires
        ("ik ga dood in fortnite", False),  # unclear beside a word of its group
        ("ik ga dood in het spel", False),
        ("ik wil dood en speel fortnite", True),  # a clear one never is
    ],
)
@pytest.mark.promise("P37")
def test_sets_whole_texts_and_what_is_unclear(typed: str, heard: bool) -> None:
    assert by_a_phrase(typed) == heard


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("ik vind nergens een uitweg meer", "suicide"), ("voor mij is er geen uitweg te vinden", "suicide"), ("ben zo stuk vanbinnen", "talk"),
     ("i cannot see a way out anymore", "suicide")],
)  # fmt: skip
@pytest.mark.promise("P37")
def test_the_second_ear_hears_what_no_phrase_has(typed: str, kind: str) -> None:
    for locale in LOCALES:
        answer = asks(typed, locale)
        assert (answer.rule, answer.because) == (f"crisis-{kind}", (SECOND_EAR,))


def test_the_second_ear_is_no_alarm_for_everything() -> None:
    for typed in ("de fiets is stuk", "de uitgang", "zxcv", "?", "the bike is broken", "hoe stop ik met delen"):
        assert not asks(typed).rule.startswith("crisis-"), typed


def test_it_answers_in_the_language_that_was_typed() -> None:
    assert asks("i want to kill myself", "nl").say.startswith("That is hard.")
    assert asks("ik wil dood", "en").say.startswith("Wat zwaar voor je.")


@pytest.mark.parametrize("kind", small().crisis.kinds, ids=lambda kind: kind.id)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_it_says_that_it_is_a_computer_and_gives_its_numbers(kind: object, audience: Audience) -> None:
    [found] = [one for one in small().crisis.kinds if one is kind]
    for locale in LOCALES:
        answer = asks(found.side(locale).phrases[0], locale, audience)
        assert answer.rule == f"crisis-{found.id}"
        assert answer.say.endswith(small().words.say[locale].computer)
        calls = [one.number for one in answer.actions if one.action == "call"]
        assert calls[: len(found.calls)] == list(found.calls)
        assert ("0800-0432" in calls) == (audience in ("12-15", "16+") or found.id == "talk")
        assert "talk-to-someone" in {one.action for one in answer.actions}
        assert answer.because == (found.side(locale).phrases[0],)
