# SPDX-License-Identifier: EUPL-1.2
"""What a text says, sign by sign: stems, what they mean, what stands beside what, and pieces of words.

Pure. A sign is a stem (`del`), what it means (`@share`), two of them near each other (`@share|@stopping`), two words in
a row (`hoe>stop`, with `^` and `$` for the ends), or four letters of a word (`~_sto`), which also a word with a typing
error, or one that nobody listed, has. How much each sign tells for a rule is learned: chatbot/learning.py.
"""

from collections.abc import Mapping, Sequence
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


@dataclass
class Read:
    """A text in one language, for as long as it is answered. knows: how many of its words the content has."""

    tongue: Tongue
    words: list[str]
    knows: int
    _stems: tuple[str, ...] | None = None
    _signs: dict[Sign, float] | None = None

    @property
    def stems(self) -> tuple[str, ...]:
        """Its stems, put straight when they are first asked for."""
        if self._stems is None:
            self._stems = self.tongue.stems_of(self.words)
        return self._stems

    @property
    def signs(self) -> dict[Sign, float]:
        """Its signs, and how much their kind counts."""
        if self._signs is None:
            self._signs = signs_of(self.words, self.stems, self.tongue)
        return self._signs


def read(text: str, tongue: Tongue) -> Read:
    """What somebody typed, in a language; at most 60 words of it."""
    plain = tongue.plain(text)
    words = [one for word in plain for one in tongue.forms.get(word, (word,))]
    return Read(tongue, words[:MOST_WORDS], sum(word in tongue.known or word in tongue.forms for word in plain))


def is_word(sign: Sign) -> bool:
    """Whether a sign is a word, and not its meaning, its place or a piece of it."""
    return sign[0] not in "~@^." and "|" not in sign and ">" not in sign


def told(signs: Mapping[Sign, float], rare: Mapping[Sign, float], strange: float) -> list[tuple[Sign, float]]:
    """The known signs and how much each counts, of length 1 together with the words that nobody knows.

    rare: how rare each known sign is. strange: what each unknown word counts: the text is about something else as well.
    """
    known = [(share * rare[sign], sign) for sign, share in signs.items() if sign in rare]
    if len(known) > MOST_SIGNS:
        known = sorted(known, key=lambda one: (-one[0], one[1]))[:MOST_SIGNS]
    unknown = sum(sign not in rare and is_word(sign) for sign in signs) * strange**2
    length = sqrt(sum(weight**2 for weight, _ in known) + unknown) or 1.0
    return [*((sign, weight / length) for weight, sign in known), (ALWAYS, STEADY)]
