# SPDX-License-Identifier: EUPL-1.2
"""From what somebody typed to stems that the rules know: spelling, irregular forms, youth words, typing errors.

Pure. A `Tongue` is made once from the content and never grows: what is typed is stemmed anew each time, so nothing
that somebody wrote stays behind in a table.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from chatbot.rules import Locale

MOST_CHARACTERS, MOST_WORDS = 500, 60
STEMMERS = {"nl": "dutch", "en": "english"}
ONE_EDIT_FROM, TWO_EDITS_FROM = 4, 8
_LONG = re.compile(r"(.)\1{2,}")
_WORD = re.compile(r"[a-z0-9]+")
_QUOTES = re.compile("['`´’‘ʼ]")


def normalise(text: str, emoji: Mapping[str, str]) -> str:
    """NFKC, lower case, emoji as words, accents off, a letter at most twice in a row; at most 500 characters."""
    text = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower()
    text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) not in ("Mn", "Cf"))
    for sign, word in emoji.items():
        if sign[0] in text:
            text = text.replace(sign.rstrip("\ufe0f"), f" {word} ")
    return _LONG.sub(r"\1\1", _QUOTES.sub("", text))


def edits(length: int) -> int:
    """How many typing errors a word of this length may have."""
    return 2 if length >= TWO_EDITS_FROM else 1 if length >= ONE_EDIT_FROM else 0


class Repair:
    """What an unknown word was meant to be: the nearest known word, or else the known stem nearest to its stem (optimal
    string alignment: two letters swapped are one edit). known: word -> stem."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = dict(known)
        self._words, self._stems = _by_length(known), _by_length(known.values())

    def stem(self, word: str, locale: Locale) -> str:
        """The stem that is meant; the word's own when none is near enough."""
        meant = _nearest(word, self._words)
        if meant is not None:
            return self._known[meant]
        own = stem_of(word, locale)
        return _nearest(own, self._stems) or own


def _by_length(texts: Iterable[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for text in sorted(set(texts)):
        found.setdefault(len(text), []).append(text)
    return found


def _nearest(text: str, known: Mapping[int, list[str]]) -> str | None:
    """The nearest known text; among equals of the same length, then of the alphabet, the first."""
    if text in known.get(len(text), ()):
        return text
    most = edits(len(text))
    best: tuple[float, int, str] | None = None
    for longer in range(-most, most + 1) if most else ():
        found = process.extractOne(
            text, known.get(len(text) + longer, ()), scorer=OSA.distance, score_cutoff=most, processor=None
        )
        if found is not None and (best is None or (found[1], abs(longer), found[0]) < best):
            best = found[1], abs(longer), found[0]
    return best[2] if best else None


@dataclass(frozen=True)
class Tongue:
    """One language as the content knows it.

    forms: word -> the words that stand for it. known: word -> stem of all words of the content. empty: stems that say
    nothing alone. repair: the known stems.
    """

    locale: Locale
    emoji: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    known: Mapping[str, str]
    empty: frozenset[str]
    repair: Repair = field(compare=False)

    def words(self, text: str) -> list[str]:
        """The words of a text, with irregular forms and youth words put straight."""
        found: list[str] = []
        for word in _WORD.findall(normalise(text, self.emoji)):
            found += self.forms.get(word, (word,))
        return found

    def exact(self, text: str) -> tuple[str, ...]:
        """The stems of a text of our own: nothing is repaired."""
        return tuple(self.known.get(word) or stem_of(word, self.locale) for word in self.words(text))

    def stems(self, text: str, repair: Repair | None = None, right: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The stems of what somebody typed; an unknown one becomes the nearest one of `repair`, or of all known.

        right: words of another language. They are no typing errors here: "rare" is Dutch, and nothing worse.
        """
        repair = repair or self.repair
        found: list[str] = []
        for word in self.words(text):
            found.append(self.known.get(word) or (word if word in right else repair.stem(word, self.locale)))
        return tuple(found)


_STEMMERS = {locale: snowballstemmer.stemmer(name) for locale, name in STEMMERS.items()}


def stem_of(word: str, locale: Locale) -> str:
    """The stem of one word (Snowball)."""
    return str(_STEMMERS[locale].stemWord(word))


def tongue(
    locale: Locale,
    *,
    forms: Mapping[str, str],
    empty: Iterable[str],
    emoji: Mapping[str, str],
    texts: Iterable[str],
) -> Tongue:
    """Learns a language from the texts of the content. forms: word -> word or words, as words.yaml has them."""
    plain = {key: tuple(_WORD.findall(normalise(word, {}))) for key, word in forms.items()}
    straight = {_WORD.findall(normalise(key, {}))[0]: words for key, words in plain.items() if key.strip()}
    bare = Tongue(locale, emoji, straight, {}, frozenset(), Repair({}))
    words = {word for text in (*texts, *empty) for word in bare.words(text)}
    known = {word: stem_of(word, locale) for word in sorted(words)}
    nothing = frozenset(stem for word in empty for stem in bare.exact(word))
    return Tongue(locale, emoji, straight, known, nothing, Repair(known))
