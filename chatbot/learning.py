# SPDX-License-Identifier: EUPL-1.2
"""How much each sign tells for each rule: learned from the ways to ask that the rules' writers listed, and written down.

A rule's score is the sum of what its signs tell, so every answer can be added up by hand. For each rule apart the ways
to ask it should score ENOUGH and all others no more than OTHERS (a linear support vector machine, one rule against the
rest; dual coordinate descent of Hsieh et al., ICML 2008): what is understood already moves nothing, so it is soon done. It
is plain arithmetic in an order that is always the same: the same content gives the same weights. What is shipped has a
mark of the content it was learned from; other content (a municipality's overlay) goes on from there, or begins anew
(docs/decisions/0013-the-helper-learns-what-signs-tell.md).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from chatbot.language import Tongue
from chatbot.signs import ALWAYS, Signs, is_word, signs_of, told
from chatbot.weights import Lesson, rareness

ROUNDS = 5
WHOLE = (0, 3)
"""The rounds in which every rule is looked at for every text; in the others those that it moved before."""
ENOUGH, OTHERS = 2.0, 0.6
"""What a way to ask should score for its own rule at least, and for any other at most."""
COST = 1.0
"""How much a text that does not reach that counts beside small weights."""
STILL = 0.03
"""A step smaller than this is not taken."""
GAIN = 8.0
"""What a score is multiplied by before the vote."""
LEAST = 0.05
"""A weight nearer to nothing than this is not kept."""
STRANGE = 0.5
FIGURES_OF_LEARNING = (ROUNDS, WHOLE, ENOUGH, OTHERS, COST, STILL, GAIN, LEAST, STRANGE)


@dataclass(frozen=True)
class Way:
    """One way to ask. rule: NOTHING for what no rule is about. rivals: the rules that somebody may mean who asks so.
    worth: how much it counts; a key phrase is less than a sentence."""

    rule: str
    text: str
    rivals: frozenset[str]
    worth: float = 1.0


def learn(ways: Sequence[Way], tongue: Tongue, start: Lesson | None = None, rounds: int = ROUNDS) -> Lesson:
    """Learns from all ways to ask, round after round, in an order that is always the same.

    start: weights to go on from, for content that is nearly the same; None: nothing.
    """
    stems = [tongue.exact(way.text) for way in ways]
    texts = [signs_of(tongue.words(way.text), one, tongue) for way, one in zip(ways, stems, strict=True)]
    counted = Counter(sign for signs in texts for sign in signs)
    often = {sign: n for sign, n in counted.items() if n > 1 or is_word(sign)}
    strange = round(STRANGE * (log(1.0 + len(ways)) + 1.0), 4)
    rules = sorted({rule for way in ways for rule in (way.rule, *way.rivals)})
    signs = Signs(sorted((ALWAYS, *often)))
    rare = [rareness(often.get(sign, 0), len(ways)) for sign in signs.names]
    learner = _Learner(rules, _again(start, signs, rules))
    rivals = {one: learner.numbers(one) for one in {way.rivals for way in ways}}
    rows = [
        learner.row(way, rivals[way.rivals], told(signs.numbered(found, one), rare, strange).counts(signs.always))
        for way, found, one in zip(ways, texts, stems, strict=True)
    ]
    order = sorted(range(len(rows)), key=lambda at: hashlib.sha256(ways[at].text.encode()).digest())
    for turn in range(rounds):
        for at in order:
            learner.takes(rows[at], whole=turn in WHOLE)
    kept = {
        sign: {rules[rule]: round(GAIN * w, 2) for rule, w in learner.weights[n].items() if abs(w) >= LEAST}
        for n, sign in enumerate(signs.names)
    }
    return Lesson(mark(ways, tongue), len(ways), strange, often, {s: one for s, one in kept.items() if one})


def _again(start: Lesson | None, signs: Signs, rules: Sequence[str]) -> list[dict[int, float]]:
    """The weights to begin with, by the numbers of signs and rules."""
    if start is None:
        return [{} for _ in signs.names]
    number = {rule: n for n, rule in enumerate(rules)}
    before = (start.weights.get(sign, {}) for sign in signs.names)
    return [{number[rule]: w / GAIN for rule, w in one.items() if rule in number} for one in before]


@dataclass
class _Row:
    """A text. signs: their numbers and how much each counts. rule: its own. rivals: the others. give: how much it may miss
    for what it costs. steps: how far it moved each rule so far."""

    signs: list[tuple[int, float]]
    rule: int
    rivals: list[int]
    give: float
    size: float
    steps: dict[int, float]


class _Learner:
    """The weights while they are learned: for each sign, rule -> weight."""

    def __init__(self, rules: Sequence[str], weights: list[dict[int, float]]) -> None:
        self.weights = weights
        self._number = {rule: n for n, rule in enumerate(rules)}

    def numbers(self, rules: Iterable[str]) -> list[int]:
        """The numbers of rules, in their order."""
        return sorted(self._number[rule] for rule in rules)

    def row(self, way: Way, rivals: list[int], signs: list[tuple[int, float]]) -> _Row:
        """A text, ready to be learned from. rivals: as numbers."""
        give = 0.5 / (COST * way.worth)
        size = sum(count * count for _, count in signs) + give
        return _Row(signs, self._number[way.rule], rivals, give, size, {})

    def takes(self, row: _Row, *, whole: bool) -> None:
        """Moves the weights of a text's signs: up for its rule, down for those that score too much. whole: every rule that
        may be meant is looked at; else those that this text moved before."""
        weights, steps, give, size = self.weights, row.steps, row.give, row.size
        if whole:
            scores = [0.0] * len(self._number)
            for sign, count in row.signs:
                for rule, weight in weights[sign].items():
                    scores[rule] += weight * count
            found = [
                (rule, scores[rule])
                for rule in row.rivals
                if (scores[rule] > OTHERS or rule in steps) and rule != row.rule
            ]
            own = scores[row.rule]
        else:
            found = [(rule, self._score(row, rule)) for rule in steps if rule != row.rule]
            own = self._score(row, row.rule)
        moved: list[tuple[int, float]] = []
        for rule, score in (*found, (row.rule, own)):
            before = steps.get(rule, 0.0)
            wrong = (ENOUGH - score if rule == row.rule else score - OTHERS) - give * before
            step = max(-before, wrong / size)
            if not -STILL < step < STILL:
                steps[rule] = before + step
                moved.append((rule, step if rule == row.rule else -step))
        if moved:
            for sign, count in row.signs:
                own_weights = weights[sign]
                for rule, by in moved:
                    own_weights[rule] = own_weights.get(rule, 0.0) + by * count

    def _score(self, row: _Row, rule: int) -> float:
        weights = self.weights
        return sum(weights[sign].get(rule, 0.0) * count for sign, count in row.signs)


def mark(ways: Iterable[Way], tongue: Tongue) -> str:
    """A mark of all that is learned from: other content has another."""
    rivals: dict[frozenset[str], int] = {}
    content = [(way.rule, way.text, rivals.setdefault(way.rivals, len(rivals)), way.worth) for way in ways]
    words = [
        sorted(tongue.forms.items()),
        sorted(tongue.concepts.items()),
        sorted(tongue.empty),
        sorted(tongue.emoji.items()),
    ]
    return hashlib.sha256(repr((content, [*map(sorted, rivals)], words, FIGURES_OF_LEARNING)).encode()).hexdigest()
