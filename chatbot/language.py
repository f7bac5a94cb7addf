# SPDX-License-Identifier: EUPL-1.2
"""From what somebody typed to stems that the rules know: spelling, irregular forms, youth words, joined words, errors.

Pure. A `Tongue` is made once from the content and never grows: what is typed is stemmed anew each time, so nothing
that somebody wrote stays behind in a table.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from chatbot.rules import Locale

MOST_CHARACTERS, MOST_WORDS = 500, 60
STEMMERS = {"nl": "dutch", "en": "english"}
ONE_EDIT_FROM, TWO_EDITS_FROM = 4, 8
COMMON = 150
"""Words, the most used ones, that a word of three letters may be meant for, with one more ("kek": keek) or two of them
swapped ("kna": kan); it is too short for others."""
PART = 4
"""Letters that each part of a joined word has at least."""
_LONG = re.compile(r"(.)\1{2,}")
_WORD = re.compile(r"[a-z0-9]+")
_QUOTES = re.compile("['`´’‘ʼ]")


def normalise(text: str, emoji: Mapping[str, str]) -> str:
    """NFKC, lower case, emoji as words, accents off, a letter at most twice in a row; at most 500 characters."""
    text = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower()
    if text.isascii():  # no accent, no emoji: as most are
        return _LONG.sub(r"\1\1", _QUOTES.sub("", text))
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
    string alignment: two letters swapped are one edit). known: gives word -> stem, what is meant first among equals first. It
    is asked at the first unknown word: where nobody types one, nothing is made. common: how many of the first of them a word
    may be meant for that is too short for others."""

    def __init__(self, known: Callable[[], Mapping[str, str]], common: int = 0) -> None:
        self._from, self._common = known, common
        self._made: tuple[Mapping[str, str], _Near, _Near] | None = None

    def stem(self, word: str, locale: Locale) -> str | None:
        """The stem that is meant; None when none is near enough."""
        if self._made is None:
            known = self._from()
            self._made = known, _Near(known, self._common), _Near(known.values())
        known, words, stems = self._made
        meant = words.to(word)
        return known[meant] if meant is not None else stems.to(stem_of(word, locale))


class _Near:
    """Known texts, so that the nearest one is found by looking at few: those with the same first two letters, the same
    last two, or the same first and last. One error leaves one of these three whole."""

    def __init__(self, texts: Iterable[str], common: int = 0) -> None:
        """texts: what is meant first among equals first. common: see Repair."""
        self._rank = {text: n for n, text in enumerate(dict.fromkeys(texts))}
        self._common = common
        self._having: dict[tuple[str, int], list[str]] = {}
        for text in self._rank:
            for key in _keys(text):
                self._having.setdefault((key, len(text)), []).append(text)

    def to(self, text: str) -> str | None:
        """The nearest; among equals the first, but where none is common one of the same length; None: too far."""
        if text in self._rank:
            return text
        most, short = edits(len(text)), len(text) == ONE_EDIT_FROM - 1
        best: tuple[float, int, int, str] | None = None
        for swapped in (text[1::-1] + text[2:], text[:1] + text[:0:-1]) if short else ():
            if self._rank.get(swapped, self._common) < self._common:
                return swapped
        for longer in (1,) if short and self._common else range(-most, most + 1) if most else ():
            for key in _keys(text):
                near = self._having.get((key, len(text) + longer))
                found = near and process.extractOne(
                    text, near, scorer=OSA.distance, score_cutoff=most or 1, processor=None
                )
                if not found or (short and self._rank[found[0]] >= self._common):
                    continue
                if self._common and len(text) == len(found[0]) == ONE_EDIT_FROM and sorted(text) != sorted(found[0]):
                    continue  # another letter makes another word of so short a one: "stof" is no "stop"
                one = found[1], 0 if self._common else abs(longer), self._rank[found[0]], found[0]
                best = min(best, one) if best else one
        return best[3] if best else None


def _keys(text: str) -> tuple[str, str, str]:
    return f"{text[:2]}-", f"-{text[-2:]}", f"{text[:1]}-{text[-1:]}"


@dataclass(frozen=True)
class Tongue:
    """One language as the content knows it.

    forms: word -> the words that stand for it. known: word -> stem of all words of the content, the most used first.
    empty: stems that say nothing alone. repair: the known stems. concepts: stem -> the names of what it can mean.
    listed: a text of our own -> its stems in a row, where they were found out before.
    """

    locale: Locale
    emoji: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    known: Mapping[str, str]
    empty: frozenset[str]
    repair: Repair = field(compare=False)
    concepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)

    def words(self, text: str) -> list[str]:
        """The words of a text, with irregular forms and youth words put straight."""
        found: list[str] = []
        for word in _WORD.findall(normalise(text, self.emoji)):
            found += self.forms.get(word, (word,))
        return found

    def exact(self, text: str) -> tuple[str, ...]:
        """The stems of a text of our own: nothing is repaired."""
        if text in self.listed:
            return tuple(self.listed[text].split())
        return tuple(self.known.get(word) or stem_of(word, self.locale) for word in self.words(text))

    def stems(self, text: str, repair: Repair | None = None, right: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The stems of what somebody typed; an unknown one becomes the nearest one of `repair`, or of all known.

        right: words of another language. They are no typing errors here: "rare" is Dutch, and nothing worse.
        """
        return self.stems_of(self.words(text), repair, right)

    def stems_of(
        self, words: Iterable[str], repair: Repair | None = None, right: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """The same for words that were put straight already."""
        repair = repair or self.repair
        found: list[str] = []
        for word in words:
            stem = self.known.get(word)
            if stem is not None or word in right:
                found.append(stem or word)
                continue
            meant = repair.stem(word, self.locale)
            found += (meant,) if meant else self._parts(word) or (stem_of(word, self.locale),)
        return tuple(found)

    def plain(self, text: str) -> list[str]:
        """The words of a text as they are typed."""
        return _WORD.findall(normalise(text, self.emoji))

    def _parts(self, word: str) -> tuple[str, ...]:
        """The stems of a word made of two known ones, as Dutch does (schoolgegevens, kluiscode); none when it is not."""
        if self.locale != "nl" or len(word) < 2 * PART:
            return ()
        for at in range(len(word) - PART, PART - 1, -1):  # the longest first part
            first, rest = self.known.get(word[:at]), word[at:]
            second = self.known.get(rest) or (self.known.get(rest[1:]) if rest[0] == "s" and len(rest) > PART else None)
            if first and second:
                return first, second
        return ()


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
    concepts: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> Tongue:
    """Learns a language from the texts of the content. forms: word -> word or words, concepts: name -> words, both as
    words.yaml has them."""
    plain = {key: tuple(_WORD.findall(normalise(word, {}))) for key, word in forms.items()}
    straight = {_WORD.findall(normalise(key, {}))[0]: words for key, words in plain.items() if key.strip()}
    bare = Tongue(locale, emoji, straight, {}, frozenset(), Repair(dict))
    meaning = [word for words in concepts.values() for word in words]
    used = Counter(word for text in (*texts, *empty, *meaning) for word in bare.words(text))
    known = {word: stem_of(word, locale) for word in sorted(used, key=lambda word: (-used[word], word))}
    nothing = frozenset(stem for word in empty for stem in bare.exact(word))
    named: dict[str, list[str]] = {}
    for name, meant in concepts.items():
        for stem in dict.fromkeys(stem for word in meant for stem in bare.exact(word)):
            named.setdefault(stem, []).append(name)
    means = {stem: tuple(names) for stem, names in named.items()}
    return retold(locale, emoji, straight, known, nothing, means)


def retold(
    locale: Locale,
    emoji: Mapping[str, str],
    forms: Mapping[str, tuple[str, ...]],
    known: Mapping[str, str],
    empty: frozenset[str],
    concepts: Mapping[str, tuple[str, ...]],
    listed: Mapping[str, str] = MappingProxyType({}),
) -> Tongue:
    """A language that was learned before. See Tongue."""
    return Tongue(locale, emoji, forms, known, empty, Repair(lambda: known, COMMON), concepts, listed)
