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
            told = set(left)
            for rank, (kind, phrases) in enumerate(heard.kinds):
                said = next((phrase for phrase, stems in phrases if stems[0] in told and _at(left, stems)), None)
                if said is not None:
                    found.append((rank, turn, Alarm(kind, heard.tongue.locale, said)))
                    break
        return min(found, key=lambda one: one[:2])[2] if found else None


def _heard(crisis: Crisis, tongue: Tongue) -> _Heard:
    locale = tongue.locale
    kinds = tuple(
        (kind, tuple((phrase, stems) for phrase in kind.side(locale).phrases if (stems := tongue.exact(phrase))))
        for kind in crisis.kinds
    )
    # The longest first: a short exception must not take a word out of a longer one.
    listed = {tongue.exact(one) for one in crisis.harmless.get(locale, ())} - {()}
    harmless = sorted(listed, key=lambda one: (-len(one), one))
    # A word with a typing error is taken for one of these phrases, whatever else it may be near to: in doubt it fires.
    texts = (*crisis.harmless.get(locale, ()), *(text for _, phrases in kinds for text, _ in phrases))
    ours = {word: tongue.known[word] for text in texts for word in tongue.words(text)}
    return _Heard(tongue, kinds, tuple(harmless), Repair(ours))


def _without(stems: Sequence[str], harmless: Iterable[Stems]) -> list[str]:
    """The stems with a hole for each word of what is harmless."""
    left = list(stems)
    told = set(stems)
    for phrase in harmless:
        while phrase[0] in told and (places := _at(left, phrase)):
            for place in places:
                left[place] = ""
    return left


def _at(stems: Sequence[str], phrase: Stems) -> list[int] | None:
    """Where the words of a phrase stand, or None. Every way there is looked at, and each place once for each word."""
    reached: dict[int, int] = {place: -1 for place, stem in enumerate(stems) if stem == phrase[0]}
    steps = [reached]
    for word in phrase[1:]:
        further: dict[int, int] = {}
        for before in reached:
            for place in range(before + 1, min(before + BETWEEN + 2, len(stems))):
                if stems[place] == word:
                    further.setdefault(place, before)
        reached = further
        steps.append(reached)
    if not reached:
        return None
    places = [min(reached)]
    for step in reversed(steps[1:]):
        places.append(step[places[-1]])
    return places[::-1]
