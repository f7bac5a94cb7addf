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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from chatbot.language import Tongue
from chatbot.signs import ALWAYS, Sign, is_word, signs_of, told
from chatbot.weights import Learned, pack

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


def learn(ways: Sequence[Way], tongue: Tongue, start: Learned | None = None, rounds: int = ROUNDS) -> Learned:
    """Learns from all ways to ask, round after round, in an order that is always the same.

    start: weights to go on from, for content that is nearly the same; None: nothing.
    """
    texts = [signs_of(tongue.words(way.text), tongue.exact(way.text), tongue) for way in ways]
    often = Counter(sign for signs in texts for sign in signs)
    rare = {sign: log((1 + len(ways)) / (1 + n)) + 1.0 for sign, n in often.items() if n > 1 or is_word(sign)}
    strange = round(STRANGE * (log(1.0 + len(ways)) + 1.0), 4)
    rules = sorted({rule for way in ways for rule in (way.rule, *way.rivals)})
    place = {sign: n for n, sign in enumerate((*rare, ALWAYS))}
    learner = _Learner(rules, _again(start, place, rules))
    rivals = {one: learner.numbers(one) for one in {way.rivals for way in ways}}
    rows = [
        learner.row(way, rivals[way.rivals], [(place[sign], count) for sign, count in told(signs, rare, strange)])
        for way, signs in zip(ways, texts, strict=True)
    ]
    order = sorted(range(len(rows)), key=lambda at: hashlib.sha256(ways[at].text.encode()).digest())
    for turn in range(rounds):
        for at in order:
            learner.takes(rows[at], whole=turn in WHOLE)
    kept = {
        sign: {rules[rule]: round(GAIN * w, 2) for rule, w in learner.weights[n].items() if abs(w) >= LEAST}
        for sign, n in place.items()
    }
    return pack(rare, {s: one for s, one in kept.items() if one}, strange, mark(ways, tongue))


def _again(start: Learned | None, place: Mapping[Sign, int], rules: Sequence[str]) -> list[dict[int, float]]:
    """The weights to begin with, by the numbers of signs and rules."""
    if start is None:
        return [{} for _ in place]
    number = {rule: n for n, rule in enumerate(rules)}
    return [{number[rule]: w / GAIN for rule, w in start.weights(sign).items() if rule in number} for sign in place]


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
    content = [(way.rule, way.text, sorted(way.rivals), way.worth) for way in ways]
    words = [
        sorted(tongue.forms.items()),
        sorted(tongue.concepts.items()),
        sorted(tongue.empty),
        sorted(tongue.emoji.items()),
    ]
    return hashlib.sha256(repr((content, words, FIGURES_OF_LEARNING)).encode()).hexdigest()
