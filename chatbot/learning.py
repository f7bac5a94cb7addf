# SPDX-License-Identifier: EUPL-1.2
"""How much each sign tells for each rule: learned from the ways to ask that the rules' writers listed, and written down.

A rule's score is the sum of what its signs tell (logistic regression, one line per sign), so every answer can be added
up by hand. Learning is plain arithmetic in an order that is always the same: the same content gives the same weights. What
is shipped has a mark of the content it was learned from; other content (a municipality's overlay, a test) goes on from
there, or begins anew (docs/decisions/0013-the-helper-learns-what-signs-tell.md).
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from chatbot.language import Tongue
from chatbot.signs import ALWAYS, Sign, is_word, signs_of, told
from chatbot.weights import Learned, pack

ROUNDS = 6
GAIN = 6.0
"""What a weight is multiplied by before the vote: learning takes small steps, and so leaves most weights at nothing."""
RATE, SLOWER = 0.8, 0.8
"""How far a weight moves for a text that was not understood, and how much less in each next round."""
FAINT = 0.03
"""A rule that gets less of the vote than this is left as it is."""
START = 0.05
"""A rule that has less of a sign than this does not begin with it."""
LEAST = 0.02
"""A weight nearer to nothing than this is not kept."""
STRANGE = 0.5
FIGURES_OF_LEARNING = (ROUNDS, GAIN, RATE, SLOWER, FAINT, START, LEAST, STRANGE)
Weights = dict[Sign, dict[str, float]]


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

    start: weights to go on from, for content that is nearly the same; None: what is counted.
    """
    texts = [signs_of(tongue.words(way.text), tongue.exact(way.text), tongue) for way in ways]
    often = Counter(sign for signs in texts for sign in signs)
    rare = {sign: log((1 + len(ways)) / (1 + n)) + 1.0 for sign, n in often.items() if n > 1 or is_word(sign)}
    strange = round(STRANGE * (log(1.0 + len(ways)) + 1.0), 4)
    rows = [(way, told(signs, rare, strange)) for way, signs in zip(ways, texts, strict=True)]
    weights = _counted(rows) if start is None else _again(start, rare)
    order = sorted(range(len(rows)), key=lambda at: hashlib.sha256(ways[at].text.encode()).digest())
    for turn in range(rounds):
        step = RATE * SLOWER**turn
        for at in order[turn % 7 :] + order[: turn % 7]:
            _learn_one(*rows[at], weights, step)
    kept = {
        sign: {rule: round(GAIN * w, 2) for rule, w in one.items() if abs(w) >= LEAST} for sign, one in weights.items()
    }
    return pack(rare, {s: one for s, one in kept.items() if one}, strange, mark(ways, tongue))


def _counted(rows: Iterable[tuple[Way, list[tuple[Sign, float]]]]) -> Weights:
    """To begin with: a sign points to the rules whose ways to ask have it."""
    ways = Counter[str]()
    share: Weights = defaultdict(dict)
    rows = list(rows)
    for way, _ in rows:
        ways[way.rule] += 1
    for way, signs in rows:
        for sign, _ in signs:
            share[sign][way.rule] = share[sign].get(way.rule, 0.0) + way.worth / ways[way.rule]
    found: Weights = {}
    for sign, counted in share.items():
        whole = sum(counted.values()) + FAINT
        found[sign] = {rule: n / whole / 6 for rule, n in counted.items() if n > START * whole}
    return found


def _again(start: Learned, rare: Mapping[Sign, float]) -> Weights:
    return {sign: {rule: w / GAIN for rule, w in start.weights(sign).items()} for sign in (*rare, ALWAYS)}


def _learn_one(way: Way, signs: list[tuple[Sign, float]], weights: Weights, step: float) -> None:
    """Moves the weights of one text's signs: up for its rule, down for those that were taken for it."""
    sums: dict[str, float] = {}
    for sign, count in signs:
        for rule, weight in weights.get(sign, {}).items():
            sums[rule] = sums.get(rule, 0.0) + weight * count
    votes = {rule: exp(min(50.0, GAIN * n)) for rule, n in sums.items() if rule in way.rivals}
    whole = sum(votes.values()) + len(way.rivals) - len(votes)
    least, step = FAINT * whole, step * way.worth
    moved = [(rule, -step * vote / whole) for rule, vote in votes.items() if vote > least and rule != way.rule]
    moved.append((way.rule, step * (1 - votes.get(way.rule, 1.0) / whole)))
    if moved[-1][1] < FAINT * step:
        return
    for sign, count in signs:
        own = weights.setdefault(sign, {})
        for rule, by in moved:
            own[rule] = own.get(rule, 0.0) + by * count


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
