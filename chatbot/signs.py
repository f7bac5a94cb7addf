# SPDX-License-Identifier: EUPL-1.2
"""What a text says, sign by sign: stems, what they mean, what stands beside what, and pieces of words.

Pure. A sign is a stem (`del`), what it means (`@share`), two of them near each other (`@share|@stopping`), two words in
a row (`hoe>stop`, with `^` and `$` for the ends), or four letters of a word (`~_sto`), which also a word with a typing
error, or one that nobody listed, has. How much each sign tells for a rule is learned: chatbot/learning.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from chatbot.language import MOST_WORDS, Tongue

NEAR = 3
"""A pair stands less than this many telling words apart."""
PIECE = 4
"""Letters of a piece of a word."""
MOST_SIGNS = 120
"""The most telling signs of a text are counted; a longer text has no more."""
SHARES = {"word": 1.0, "near": 0.8, "row": 0.6, "piece": 0.45}
"""How much a sign of each kind counts beside the others."""
Sign = str
ALWAYS: Sign = "."
"""What every text has: it tells what is asked most, and is all there is to go by when nothing else is known."""
STEADY = 0.3
FIGURES_OF_SIGNS = (NEAR, PIECE, MOST_SIGNS, tuple(SHARES.items()), STEADY)


def signs_of(words: Sequence[str], stems: Sequence[str], tongue: Tongue) -> dict[Sign, float]:
    """The signs of a text, and how much their kind counts. words: as typed. stems: the same, put straight.

    Pieces are of the words as they are typed: a repair may be wrong.
    """
    found: dict[Sign, float] = {}
    heads: list[str] = []
    for stem in stems:
        found[stem] = SHARES["word"]
        meant = tongue.concepts.get(stem, ())
        for name in meant:
            found[f"@{name}"] = SHARES["word"]
        if stem not in tongue.empty:
            heads.append(f"@{meant[0]}" if meant else stem)
    for at, one in enumerate(heads):
        for other in heads[at + 1 : at + NEAR]:
            found[f"{one}|{other}" if one < other else f"{other}|{one}"] = SHARES["near"]
    before = "^"
    for stem in (*stems, "$"):
        found[f"{before}>{stem}"] = SHARES["row"]
        before = stem
    for word in words:
        whole = f"_{word}_"
        for at in range(len(whole) - PIECE + 1):
            found[f"~{whole[at : at + PIECE]}"] = SHARES["piece"]
    return found


@dataclass(frozen=True)
class Numbered:
    """The signs of a text that a language has. known: the number of each, and how much its kind counts. words: the numbers of
    the words among them. strangers: how many of its words are none of them."""

    known: list[tuple[int, float]]
    words: list[int]
    strangers: int


class Signs:
    """All signs of a language, in the order of the alphabet: a sign's number is its place."""

    def __init__(self, names: Sequence[Sign]) -> None:
        self.names = names
        self._place = dict(zip(names, range(len(names)), strict=True))
        self.always = self._place[ALWAYS]

    def numbered(self, signs: Mapping[Sign, float], stems: Iterable[str]) -> Numbered:
        """The signs of a text by their numbers. stems: those that it has."""
        place = self._place
        found = zip(map(place.get, signs), signs.values(), strict=True)
        known = [(number, share) for number, share in found if number is not None]
        distinct = dict.fromkeys(stems)
        words = [place[stem] for stem in distinct if stem in place]
        return Numbered(known, words, len(distinct) - len(words))

    def number(self, sign: Sign) -> int | None:
        """Its number; None: nobody knows it."""
        return self._place.get(sign)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signs) and self.names == other.names

    def __hash__(self) -> int:
        return hash(len(self.names))


class Read:
    """A text in one language, for as long as it is answered. knows: how many of its words the content has."""

    def __init__(self, tongue: Tongue, plain: Sequence[str]) -> None:
        """plain: the words as they were typed; at most 60 of what stands for them are looked at."""
        self.tongue = tongue
        forms, known = tongue.forms, tongue.known
        self.words = [one for word in plain for one in forms.get(word, (word,))][:MOST_WORDS]
        self.knows = sum(word in known or word in forms for word in plain)
        self._stems: tuple[str, ...] | None = None
        self._numbered: tuple[Signs, Numbered] | None = None

    @property
    def stems(self) -> tuple[str, ...]:
        """Its stems, put straight when they are first asked for."""
        if self._stems is None:
            self._stems = self.tongue.stems_of(self.words)
        return self._stems

    def numbered(self, signs: Signs) -> Numbered:
        """Its signs by their numbers; looked up once, whoever asks."""
        if self._numbered is None or self._numbered[0] is not signs:
            self._numbered = signs, signs.numbered(signs_of(self.words, self.stems, self.tongue), self.stems)
        return self._numbered[1]


def read(text: str, tongue: Tongue) -> Read:
    """What somebody typed, in a language."""
    return Read(tongue, tongue.plain(text))


def is_word(sign: Sign) -> bool:
    """Whether a sign is a word, and not its meaning, its place or a piece of it."""
    return sign[0] not in "~@^." and "|" not in sign and ">" not in sign


@dataclass(frozen=True)
class Told:
    """What a text tells. signs: how much each sign weighs, and its number. length: of all of them together, and of the words that
    nobody knows: what a sign counts is its weight as a part of it."""

    signs: list[tuple[float, int]]
    length: float

    def counts(self, always: int) -> list[tuple[int, float]]:
        """The number of each sign and how much it counts. always: the number of ALWAYS."""
        return [*((sign, weight / self.length) for weight, sign in self.signs), (always, STEADY)]


def told(these: Numbered, rare: Sequence[float], strange: float) -> Told:
    """What the signs of a text tell. rare: how rare each sign is, by its number; nothing: it is not known. strange: what
    each unknown word counts: the text is about something else as well."""
    known = [(share * much, sign) for sign, share in these.known if (much := rare[sign])]
    if len(known) > MOST_SIGNS:
        known = _most(known)
    unknown = (these.strangers + sum([not rare[sign] for sign in these.words])) * strange**2
    return Told(known, sqrt(sum([weight * weight for weight, _ in known]) + unknown) or 1.0)


def _most(known: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """The most telling ones; among equals the first of the alphabet."""
    least = sorted([weight for weight, _ in known], reverse=True)[MOST_SIGNS - 1]
    more = [one for one in known if one[0] > least]
    return more + sorted(one for one in known if one[0] == least)[: MOST_SIGNS - len(more)]
