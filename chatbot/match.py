# SPDX-License-Identifier: EUPL-1.2
"""Which rule does a text ask for? Words in, scores out; the margin rule says whether that is sure enough.

Pure: same text, language, audience and content give the same answer. Score 0 to 1 = 0.6 x weight of the key phrases
found + 0.4 x likeness to the nearest example (chatbot.md, "Finding the rule").
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from chatbot.language import MOST_WORDS, Tongue
from chatbot.rules import Audience, Locale, Rule

MOST_RULES = 50
"""Rules that are scored: those that share most stems."""
WINDOW = 4
"""Words that a key phrase may be spread over; words that say nothing are not counted."""
FULL = 3
"""Weight of phrases at which they count in full."""
Stems = tuple[str, ...]


@dataclass(frozen=True)
class Margins:
    """answer: least score of an answer. ahead: least distance to the next. ask: least score of a question back."""

    answer: float = 0.62
    ahead: float = 0.12
    ask: float = 0.30
    phrases: float = 0.6
    """The share of key phrases in a score; the rest is likeness."""
    buttons: int = 3


@dataclass(frozen=True)
class Found:
    """A rule and how well it fits. because: its phrases that were found, as they stand in the file."""

    rule: Rule
    locale: Locale
    score: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class _Ready:
    """A rule in one language, as stems."""

    rule: Rule
    phrases: tuple[tuple[str, frozenset[str], int], ...]
    unless: tuple[frozenset[str], ...]
    examples: tuple[str, ...]


class Matcher:
    """The rules of one language, made ready once."""

    def __init__(self, rules: Iterable[Rule], tongue: Tongue, margins: Margins) -> None:
        self._tongue, self._margins = tongue, margins
        self._ready = tuple(_ready(rule, tongue) for rule in sorted(rules, key=lambda one: one.id))
        self._holding: dict[str, list[int]] = {}
        for index, one in enumerate(self._ready):
            for stem in _stems_of(one):
                self._holding.setdefault(stem, []).append(index)

    def scores(self, text: str, audience: Audience) -> list[Found]:
        """Every rule for this audience that may be meant, the best first; among equals by id."""
        stems = self._tongue.stems(text)[:MOST_WORDS]
        told, words = frozenset(stems), self._likeness(stems)
        found = [self._score(self._ready[index], stems, told, words) for index in self._nearest(told, audience)]
        return sorted((one for one in found if one.score > 0), key=lambda one: (-one.score, one.rule.id))

    def _nearest(self, told: frozenset[str], audience: Audience) -> list[int]:
        """The rules that share most stems; words that say nothing count only when there are no others."""
        shared: Counter[int] = Counter()
        for stem in (told - self._tongue.empty) or told:
            shared.update(self._holding.get(stem, ()))
        fitting = (index for index in shared if audience in self._ready[index].rule.audience)
        return sorted(fitting, key=lambda index: (-shared[index], index))[:MOST_RULES]

    def _likeness(self, stems: Sequence[str]) -> str:
        return " ".join(_telling(stems, self._tongue.empty))

    def _score(self, one: _Ready, stems: Stems, told: frozenset[str], words: str) -> Found:
        if any(phrase <= told and self._stands(phrase, stems) for phrase in one.unless):
            return Found(one.rule, self._tongue.locale, 0.0, ())
        hits = [(t, weight) for t, phrase, weight in one.phrases if phrase <= told and self._stands(phrase, stems)]
        weight = min(1.0, sum(weight for _, weight in hits) / FULL)
        nearest = process.extractOne(words, one.examples, scorer=fuzz.token_set_ratio, processor=None)
        like = nearest[1] / 100 if nearest else 0.0
        share = self._margins.phrases
        score = round(share * weight + (1 - share) * like, 4)
        return Found(one.rule, self._tongue.locale, score, tuple(text for text, _ in hits))

    def _stands(self, wanted: frozenset[str], stems: Stems) -> bool:
        """Whether all words of a phrase stand close together, in any order."""
        if len(wanted) < 2:
            return bool(wanted)
        heard = [stem for stem in stems if stem in wanted or stem not in self._tongue.empty]
        size = max(WINDOW, len(wanted))
        return any(wanted <= set(heard[at : at + size]) for at in range(max(1, len(heard) - size + 1)))


def _telling(stems: Iterable[str], empty: frozenset[str]) -> list[str]:
    """The stems that say something; all of them when none does."""
    stems = list(stems)
    return sorted({stem for stem in stems if stem not in empty} or set(stems))


def _ready(rule: Rule, tongue: Tongue) -> _Ready:
    side = rule.side(tongue.locale)
    return _Ready(
        rule,
        tuple((text, frozenset(tongue.exact(text)), weight) for text, weight in side.phrases.items()),
        tuple(frozenset(tongue.exact(text)) for text in rule.unless),
        tuple(dict.fromkeys(" ".join(_telling(tongue.exact(text), tongue.empty)) for text in side.examples)),
    )


def _stems_of(one: _Ready) -> set[str]:
    return {stem for _, phrase, _ in one.phrases for stem in phrase} | {
        s for text in one.examples for s in text.split()
    }


@dataclass(frozen=True)
class Choice:
    """What comes of the scores. kind: `answer` (one rule), `ask` (at most three) or `hand-over` (the nearest, if any)."""

    kind: str
    found: tuple[Found, ...]


def choose(found: Sequence[Found], margins: Margins, *, asked: bool) -> Choice:
    """The margin rule. asked: it was asked back before, so it is not asked again."""
    if not found or found[0].score < margins.ask:
        return Choice("hand-over", ())
    ahead = found[0].score - (found[1].score if len(found) > 1 else 0.0)
    if found[0].score >= margins.answer and round(ahead, 4) >= margins.ahead:
        return Choice("answer", (found[0],))
    if asked:
        return Choice("hand-over", (found[0],))
    return Choice("ask", tuple(one for one in found if one.score >= margins.ask)[: margins.buttons])
