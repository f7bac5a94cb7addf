# SPDX-License-Identifier: EUPL-1.2
"""The words on the screens: complete in both languages, easy to read in Dutch, and free of words that nobody needs.

The build refuses a missing word as well (portal/web/words.ts); here it is told without Node, and with the rest: how
hard a screen reads, which words must not stand on it, whether a text is used at all.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "portal" / "web" / "src"
LANGUAGES = {lang: json.loads((SOURCE / "words" / f"{lang}.json").read_text("utf-8")) for lang in ("nl", "en")}
YOUNG = "_young"
AT_THE_DESK = "desk.for."
"""What the desk calls otherwise: used where the text that it stands for is used."""

# What a screen never says. Whole words, or (with a star) beginnings.
FORBIDDEN = {
    "nl": [
        "sleutel*",
        "toegangssleutel*",
        "versleutel*",
        "ontsleutel*",
        "encrypt*",
        "passkey*",
        "wachtwoord*",
        "token*",
        "server*",
    ],
    "en": ["key", "keys", "passkey*", "encrypt*", "decrypt*", "password*", "token*", "server*"],
}
# Not read as sentences: names of professions as the catalogue has them, and bare headings of the menu.
NO_SENTENCES = ("role",)
LEAST_EASE, MOST_WORDS, NINTH_TENTH, AVERAGE = 70, 20, 12, 12
ENOUGH = 8  # words: fewer say nothing about how easy they are

_PLURAL = re.compile(r"\{(\w+), plural,((?:[^{}]|\{(?:[^{}]|\{\w+\})*\})*)\}")
_CASE = re.compile(r"(=\d+|one|other) \{((?:[^{}]|\{\w+\})*)\}")
# Sounds of Dutch that are one syllable; what is left counts letter by letter ("video": e and o).
_SYLLABLE = re.compile(r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ei|ij|ou|au|ai|oi|[aeiouyáéèëïíóöúü]")


def spoken(message: str) -> list[str]:
    """What a message can read like: each case of its plurals, with a name for each argument."""
    found = _PLURAL.search(message)
    if found is None:
        return [re.sub(r"\{\w+\}", "Fatima", message)]
    cases = [text.replace("#", "3") for _, text in _CASE.findall(found[2])]
    return [one for case in cases for one in spoken(message[: found.start()] + case + message[found.end() :])]


def sentences(text: str) -> list[str]:
    """Its sentences; a heading or button without an end is one too."""
    return [one for one in re.split(r"(?<=[.?!:…])\s+|\n", text) if re.search(r"\w", one)]


def words(sentence: str) -> list[str]:
    """Its words: numbers count, signs do not."""
    return re.findall(r"[\w'’-]*\w", sentence)


def ease(texts: list[str]) -> float:
    """Flesch-Douma: 206.835 - 0.93 x words a sentence - 77 x syllables a word. 70 is easy, for who is twelve."""
    said = [sentence for text in texts for sentence in sentences(text)]
    all_words = [word for sentence in said for word in words(sentence)]
    syllables = sum(max(1, len(_SYLLABLE.findall(word.lower()))) for word in all_words)
    return 206.835 - 0.93 * len(all_words) / len(said) - 77 * syllables / len(all_words)


def forbidden(lang: str, text: str) -> list[str]:
    """The words of a text that must not stand on a screen."""
    patterns = [re.escape(one.rstrip("*")) + (r"\w*" if one.endswith("*") else "") for one in FORBIDDEN[lang]]
    return re.findall(rf"\b(?:{'|'.join(patterns)})\b", text, re.IGNORECASE)


def hard(texts: list[str]) -> list[str]:
    """What is too hard about the Dutch of one screen; nothing: it passes."""
    found = []
    lengths = sorted(len(words(sentence)) for text in texts for sentence in sentences(text))
    if lengths[-1] > MOST_WORDS:
        found.append(f"a sentence of {lengths[-1]} words")
    if lengths[int(len(lengths) * 0.9)] > NINTH_TENTH:
        found.append(f"a tenth of the sentences has more than {NINTH_TENTH} words")
    if sum(lengths) / len(lengths) > AVERAGE:
        found.append("long sentences all over")
    if sum(lengths) >= ENOUGH and ease(texts) < LEAST_EASE:
        found.append(f"Flesch-Douma {ease(texts):.0f}")
    return found


def screens(messages: Mapping[str, str]) -> dict[str, list[str]]:
    """Screen -> what can be read on it."""
    found = defaultdict(list)
    for key, message in messages.items():
        found[".".join(key.split(".")[: 2 if key.startswith("desk.") else 1])] += spoken(message)
    return {name: texts for name, texts in found.items() if name not in NO_SENTENCES}


def arguments(message: str) -> set[str]:
    """The names that a message asks for."""
    found = _PLURAL.search(message)
    if found is None:
        return set(re.findall(r"\{(\w+)\}", message))
    rest = message[: found.start()] + message[found.end() :]
    inside = [name for _, text in _CASE.findall(found[2]) for name in arguments(text)]
    return {found[1], *inside} | arguments(rest)


def sources() -> Iterator[tuple[Path, str]]:
    """The files that say words."""
    for path in sorted(SOURCE.rglob("*.ts*")):
        if path.parts[-2] != "words":
            yield path, path.read_text("utf-8")


def test_both_languages_say_the_same_things() -> None:
    nl, en = LANGUAGES["nl"], LANGUAGES["en"]
    assert sorted(nl) == sorted(en)
    assert {key: arguments(text) for key, text in nl.items()} == {key: arguments(text) for key, text in en.items()}


def test_no_text_is_empty_or_says_its_own_name() -> None:
    for messages in LANGUAGES.values():
        for key, message in messages.items():
            assert all(text.strip() for text in spoken(message)), key
            assert key not in message, key


def test_every_text_is_used() -> None:
    """As a literal, or by what a template begins with (`role.${…}`)."""
    code = "\n".join(text for _, text in sources())
    literal = set(re.findall(r"'([a-z]+(?:\.[\w-]+)+)'", code))
    starts = tuple(set(re.findall(r"`([a-z]+(?:\.[\w-]+)*\.)\$\{", code)))
    unused = [
        key
        for key in LANGUAGES["nl"]
        if (whole := key.removesuffix(YOUNG).removeprefix(AT_THE_DESK)) not in literal
        and not (starts and whole.startswith(starts))
    ]
    assert unused == []


def test_no_screen_has_words_of_its_own() -> None:
    """Text between tags stands in the words files: a screen with words in its code could not be translated."""
    for path, text in sources():
        if path.suffix == ".tsx":
            assert re.findall(r"</?[a-zA-Z.]+(?:\s[^<>=]*)?>\s*([A-Za-z]{2,}[^<>{}]*)</", text) == [], path.name


@pytest.mark.parametrize("screen", screens(LANGUAGES["nl"]))
def test_dutch_is_easy(screen: str) -> None:
    assert hard(screens(LANGUAGES["nl"])[screen]) == []


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_no_screen_says_a_word_that_nobody_needs(lang: str) -> None:
    found = {key: forbidden(lang, message) for key, message in LANGUAGES[lang].items()}
    assert {key: said for key, said in found.items() if said} == {}


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_texts_for_the_youngest_are_shorter(lang: str) -> None:
    messages = LANGUAGES[lang]
    young = [key for key in messages if key.endswith(YOUNG)]
    assert young
    for key in young:
        assert len(words(messages[key])) < len(words(messages[key.removesuffix(YOUNG)])), key


def test_roles_are_called_as_in_the_catalogue() -> None:
    roles = yaml.safe_load((ROOT / "catalogue" / "roles.yaml").read_text("utf-8"))
    for lang, messages in LANGUAGES.items():
        said = {key.removeprefix("role."): text for key, text in messages.items() if key.startswith("role.")}
        assert said == {role: titles[lang] for role, titles in roles.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jij kiest. Niemand ziet iets.", []),
        ("Je kluis is op slot. Open hem met je vinger.", []),
        (
            "De verantwoordelijke organisatie verwerkt persoonsgegevens. Overeenkomstig toepasselijke regelgeving.",
            ["Flesch-Douma"],
        ),
        ("Je mag " + "en ook " * 10 + "kijken.", ["a sentence of", "a tenth of"]),
    ],
)
def test_the_lint_finds_what_is_hard(text: str, expected: list[str]) -> None:
    found = hard([text])
    assert all(any(one.startswith(start) for one in found) for start in expected), found
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("nl", "Bewaar je sleutels goed", ["sleutels"]),
        ("nl", "Je noodcode", []),
        ("en", "Your passkey and your key", ["passkey", "key"]),
        ("en", "Keep it, okay", []),
    ],
)
def test_the_lint_finds_forbidden_words(lang: str, text: str, expected: list[str]) -> None:
    assert forbidden(lang, text) == expected


def test_a_plural_is_read_in_each_of_its_cases() -> None:
    assert spoken("Er {n, plural, =0 {is niets} one {is # vraag} other {zijn # vragen}} voor {name}.") == [
        "Er is niets voor Fatima.",
        "Er is 3 vraag voor Fatima.",
        "Er zijn 3 vragen voor Fatima.",
    ]


@pytest.mark.parametrize(
    ("word", "count"), [("kluis", 1), ("gezicht", 2), ("vinger", 2), ("video", 3), ("financiën", 4), ("bewijs", 2)]
)
def test_syllables_of_dutch(word: str, count: int) -> None:
    assert len(_SYLLABLE.findall(word)) == count
