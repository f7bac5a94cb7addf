# SPDX-License-Identifier: EUPL-1.2
"""Which rule does a text ask for? Words in, scores out; the margin rule says whether that is sure enough.

Pure: same text, language, audience and content give the same answer. Score 0 to 1, a sum of four: the key phrases that
were found, how much of the text points to the rule, the likeness of its nearest example and of all its examples
together (chatbot/signs.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatbot.language import MOST_WORDS, Tongue
from chatbot.rules import AUDIENCES, Audience, Locale, Rule
from chatbot.signs import Heard, Weights

MOST_RULES = 10
"""Rules that are scored in full: those to which the signs of the text point most."""
WINDOW = 4
"""Words that a key phrase may be spread over; words that say nothing are not counted."""
FULL = 3
"""Weight of phrases at which they count in full."""
SAME = 0.98
"""Likeness from which a text is an example in other clothes: then it is asked exactly so, and the score is full."""
Stems = tuple[str, ...]


@dataclass(frozen=True)
class Margins:
    """answer: least score of an answer. ahead: least distance to the next. sure: least share of the vote. ask: least
    score of a question back."""

    answer: float = 0.19
    ahead: float = 0.02
    sure: float = 0.45
    ask: float = 0.12
    phrases: float = 0.07
    points: float = 0.57
    near: float = 0.14
    """The shares in a score of key phrases, of what points to a rule, of the nearest example; the rest is the middle."""
    buttons: int = 3
    voters: int = 8


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


class Matcher:
    """The rules of one language, made ready once."""

    def __init__(self, rules: Iterable[Rule], tongue: Tongue, margins: Margins) -> None:
        self._tongue, self._margins = tongue, margins
        self._ready = tuple(_ready(rule, tongue) for rule in sorted(rules, key=lambda one: one.id))
        self._weights = Weights([*self._examples()], tongue)
        self._for = {who: {at for at, one in enumerate(self._ready) if who in one.rule.audience} for who in AUDIENCES}

    def _examples(self) -> Iterable[tuple[int, Stems]]:
        """Every way to ask a rule that its writers listed."""
        for index, one in enumerate(self._ready):
            side = one.rule.side(self._tongue.locale)
            for text in dict.fromkeys((*side.examples, *side.asked)):
                yield index, self._tongue.exact(text)

    def scores(self, text: str, audience: Audience) -> list[Found]:
        """Every rule for this audience that may be meant, the best first; among equals by id."""
        stems = self._tongue.stems(text)[:MOST_WORDS]
        heard = self._weights.hear(stems, self._for[audience], MOST_RULES)
        told = frozenset(stems)
        found = [self._score(self._ready[index], fits, stems, told) for index, fits in heard.items()]
        return sorted((one for one in found if one.score > 0), key=lambda one: (-one.score, one.rule.id))

    def _score(self, one: _Ready, fits: Heard, stems: Stems, told: frozenset[str]) -> Found:
        if any(phrase <= told and self._stands(phrase, stems) for phrase in one.unless):
            return Found(one.rule, self._tongue.locale, 0.0, ())
        hits = [(t, weight) for t, phrase, weight in one.phrases if phrase <= told and self._stands(phrase, stems)]
        if fits.near >= SAME:
            return Found(one.rule, self._tongue.locale, 1.0, tuple(text for text, _ in hits))
        weight = min(1.0, sum(weight for _, weight in hits) / FULL)
        share = self._margins
        rest = 1 - share.phrases - share.points - share.near
        score = share.phrases * weight + share.points * fits.points + share.near * fits.near + rest * fits.middle
        return Found(one.rule, self._tongue.locale, round(score, 4), tuple(text for text, _ in hits))

    def _stands(self, wanted: frozenset[str], stems: Stems) -> bool:
        """Whether all words of a phrase stand close together, in any order."""
        if len(wanted) < 2:
            return bool(wanted)
        heard = [stem for stem in stems if stem in wanted or stem not in self._tongue.empty]
        size = max(WINDOW, len(wanted))
        return any(wanted <= set(heard[at : at + size]) for at in range(max(1, len(heard) - size + 1)))


def _ready(rule: Rule, tongue: Tongue) -> _Ready:
    side = rule.side(tongue.locale)
    return _Ready(
        rule,
        tuple((text, frozenset(tongue.exact(text)), weight) for text, weight in side.phrases.items()),
        tuple(frozenset(tongue.exact(text)) for text in rule.unless),
    )


@dataclass(frozen=True)
class Choice:
    """What comes of the scores. kind: `answer` (one rule), `ask` (at most three) or `hand-over` (the nearest, if any).
    sure: the share of the vote for the first."""

    kind: str
    found: tuple[Found, ...]
    sure: float


def vote(found: Sequence[Found], margins: Margins) -> float:
    """How sure the first is, 0 to 1: the square of its score among those of the best. Alone it is 1; of two alike, a half."""
    squares = [one.score**2 for one in found[: margins.voters]]
    return round(squares[0] / sum(squares), 4)


def choose(found: Sequence[Found], margins: Margins, *, asked: bool) -> Choice:
    """The margin rule. asked: it was asked back before, so it is not asked again."""
    if not found or found[0].score < margins.ask:
        return Choice("hand-over", (), 0.0)
    sure = vote(found, margins)
    ahead = round(found[0].score - (found[1].score if len(found) > 1 else 0.0), 4)
    if found[0].score >= margins.answer and ahead >= margins.ahead and sure >= margins.sure:
        return Choice("answer", (found[0],), sure)
    if asked:
        return Choice("hand-over", (found[0],), sure)
    return Choice("ask", tuple(found[: margins.buttons]), sure)
