# SPDX-License-Identifier: EUPL-1.2
"""From what somebody typed to stems, step by step."""

import copy

import pytest

from chatbot.language import MOST_CHARACTERS, Repair, edits, normalise, stem_of, tongue

DUTCH = tongue(
    "nl",
    forms={"keek": "kijken", "ff": "even", "kms": "ik wil dood", "m'n": "mijn"},
    empty=("de", "het"),
    emoji={"💀": "dood", "☠️": "dood"},
    texts=("hoe stop ik met delen", "toestemming intrekken", "ik wil dood", "wie kijken", "gegevens", "school"),
)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("HOI", "hoi"),
        ("Ｋｌｕｉｓ", "kluis"),  # full width
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("hooooooi", "hooi"),
        ("heee!!!!", "hee!!"),
        ("zo'n zo’n zo`n", "zon zon zon"),
        ("ik\u200b wil", "ik wil"),
        ("st\u00adop", "stop"),
        ("💀", " dood "),
        ("☠", " dood "),
        ("☠\ufe0f", " dood "),
    ],
)
def test_spelling_is_put_straight(typed: str, said: str) -> None:
    assert normalise(typed, {"💀": "dood", "☠️": "dood"}) == said


def test_not_more_than_five_hundred_characters_count() -> None:
    assert len(normalise("ab " * 1000, {})) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Keek hij?", ["kijken", "hij"]),
        ("ff m'n la", ["even", "mijn", "la"]),
        ("kms", ["ik", "wil", "dood"]),
        ("ik💀nu", ["ik", "dood", "nu"]),
        ("a-b/c.d", ["a", "b", "c", "d"]),
        ("???", []),
    ],
)
def test_words_are_what_stands_for_them(typed: str, words: list[str]) -> None:
    assert DUTCH.words(typed) == words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("delen", "delen"),  # known
        ("dleen", "delen"),  # swapped
        ("deelen", "delen"),
        ("toestemmign", "toestemming"),
        ("toestemmming", "toestemming"),
        ("toetsemmign", "toestemming"),  # two edits from eight letters
        ("gegevns", "gegevens"),
        ("shcool", "school"),
        ("stoppp", "stop"),
        ("doood", "dood"),
    ],
)
def test_typing_errors_are_repaired(typed: str, meant: str) -> None:
    assert DUTCH.stems(typed) == DUTCH.exact(meant)


@pytest.mark.parametrize("typed", ["wl", "med", "xyz", "trein", "gras", "schoonmoeder", "dxlxn"])
def test_what_is_too_far_stays_as_it_is(typed: str) -> None:
    assert DUTCH.stems(typed) == (stem_of(typed, "nl"),)


@pytest.mark.parametrize(("length", "most"), [(1, 0), (3, 0), (4, 1), (7, 1), (8, 2), (40, 2)])
def test_longer_words_may_have_more_errors(length: int, most: int) -> None:
    assert edits(length) == most


def test_among_equals_the_most_used_is_meant() -> None:
    repair = Repair(lambda: {"pasta": "pasta", "basta": "basta", "haspa": "haspa", "kasta": "kasta"})
    assert {repair.stem("wasta", "nl") for _ in range(50)} == {"pasta"}
    assert [*tongue("nl", forms={}, empty=(), emoji={}, texts=("laat", "maat", "maat laat maat")).known] == [
        "maat",
        "laat",
    ]


def test_three_letters_lack_one_of_a_word_that_is_much_used() -> None:
    known = {"mijn": "mijn", "keek": "keek"}
    assert [Repair(lambda: known, common).stem("kek", "nl") for common in (0, 1, 2)] == [None, None, "keek"]
    assert Repair(lambda: known, 2).stem("kes", "nl") is None


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("schoolgegevens", ("school", "gegevens")),
        ("schooltoestemming", ("school", "toestemming")),
        ("schoolboek", None),
    ],
)
def test_joined_words_are_taken_apart(typed: str, parts: tuple[str, ...] | None) -> None:
    assert DUTCH.stems(typed) == (DUTCH.exact(" ".join(parts)) if parts else (stem_of(typed, "nl"),))


def test_nothing_that_is_typed_stays_in_the_tables() -> None:
    DUTCH.stems("wxyzw")  # the first unknown word makes the tables
    assert DUTCH.repair._made is not None
    known, words, stems = DUTCH.repair._made
    before = copy.deepcopy((DUTCH.known, known, words._having, stems._having))
    for n in range(200):
        DUTCH.stems(f"kanarie{n} wil dleen {n}")
    assert before == (DUTCH.known, known, words._having, stems._having)
