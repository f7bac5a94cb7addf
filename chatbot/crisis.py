# SPDX-License-Identifier: EUPL-1.2
"""Is somebody in danger? Goes before all else, in both languages, for everybody. In doubt it fires.

Pure. A phrase is there when its words stand in this order with at most two others between each. What only looks like
it ("dood van het lachen") is listed one by one and taken out first; what is left must still be harmless.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatbot.language import Repair, Tongue
from chatbot.rules import Crisis, Kind, Locale

BETWEEN = 2
"""Other words between two of a phrase."""
Stems = tuple[str, ...]


@dataclass(frozen=True)
class Alarm:
    """A crisis that was heard: its kind, and the phrase of ours and its language that decided."""

    kind: Kind
    locale: Locale
    phrase: str


@dataclass(frozen=True)
class _Heard:
    """The phrases of one language as stems."""

    tongue: Tongue
    kinds: tuple[tuple[Kind, tuple[tuple[str, Stems], ...]], ...]
    harmless: tuple[Stems, ...]
    repair: Repair


class Listening:
    """All phrases of all kinds, made ready once."""

    def __init__(self, crisis: Crisis, tongues: Iterable[Tongue]) -> None:
        self._tongues = tuple(_heard(crisis, tongue) for tongue in tongues)
        self._right = frozenset(word for heard in self._tongues for word in heard.tongue.known)

    def hears(self, text: str, locale: Locale) -> Alarm | None:
        """The first kind, in the order of the file, that the text has in either language; the asker's language first."""
        order = sorted(self._tongues, key=lambda heard: heard.tongue.locale != locale)
        found: list[tuple[int, int, Alarm]] = []
        for turn, heard in enumerate(order):
            left = _without(heard.tongue.stems(text, heard.repair, self._right), heard.harmless)
            for rank, (kind, phrases) in enumerate(heard.kinds):
                said = next((phrase for phrase, stems in phrases if _at(left, stems)), None)
                if said is not None:
                    found.append((rank, turn, Alarm(kind, heard.tongue.locale, said)))
                    break
        return min(found, key=lambda one: one[:2])[2] if found else None


def _heard(crisis: Crisis, tongue: Tongue) -> _Heard:
    locale = tongue.locale
    kinds = tuple(
        (kind, tuple((phrase, tongue.exact(phrase)) for phrase in kind.side(locale).phrases)) for kind in crisis.kinds
    )
    # The longest first: a short exception must not take a word out of a longer one.
    harmless = sorted((tongue.exact(one) for one in crisis.harmless.get(locale, ())), key=lambda one: (-len(one), one))
    # A word with a typing error is taken for one of these phrases, whatever else it may be near to: in doubt it fires.
    texts = (*crisis.harmless.get(locale, ()), *(text for _, phrases in kinds for text, _ in phrases))
    ours = {word: tongue.known[word] for text in texts for word in tongue.words(text)}
    return _Heard(tongue, kinds, tuple(harmless), Repair(ours))


def _without(stems: Sequence[str], harmless: Iterable[Stems]) -> list[str]:
    """The stems with a hole for each word of what is harmless."""
    left = list(stems)
    for phrase in harmless:
        while places := _at(left, phrase):
            for place in places:
                left[place] = ""
    return left


def _at(stems: Sequence[str], phrase: Stems) -> list[int] | None:
    """Where the words of a phrase stand, or None. Every beginning is tried: the first may lead nowhere."""
    if not phrase or not set(phrase) <= set(stems):
        return None
    for start, stem in enumerate(stems):
        if stem == phrase[0]:
            places = _onward(stems, phrase, [start])
            if places is not None:
                return places
    return None


def _onward(stems: Sequence[str], phrase: Stems, places: list[int]) -> list[int] | None:
    if len(places) == len(phrase):
        return places
    for place in range(places[-1] + 1, min(places[-1] + BETWEEN + 2, len(stems))):
        if stems[place] == phrase[len(places)]:
            found = _onward(stems, phrase, [*places, place])
            if found is not None:
                return found
    return None
