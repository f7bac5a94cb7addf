# SPDX-License-Identifier: EUPL-1.2
"""What a text says, sign by sign, and how much each sign tells for a rule: counted from the examples, never trained.

Pure. A sign is a stem (`delen`), what it means (`@share`), or two of them near each other (`@share|@stop`). A sign that
stands in few examples weighs much; one that stands in the examples of one rule alone points to that rule. Whoever
wants to know why a rule was chosen can add up these weights by hand (docs/decisions/0007-the-helper-counts-signs.md).
"""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from chatbot.language import Tongue

NEAR = 3
"""A pair stands at most this many telling words apart."""
MOST_SIGNS = 40
"""The most telling signs of a text are counted; a longer text has no more."""
RARE = 0.15
"""Added to how often a sign stands anywhere, so that one example alone is no proof."""
STRANGE = 0.5
"""How much less a text fits when none of its telling words stands in any example: it is about something else as well."""
Sign = str


def signs_of(stems: Sequence[str], tongue: Tongue) -> tuple[Sign, ...]:
    """The signs of a text, each once, in the order in which they stand."""
    found: dict[Sign, None] = {}
    heads: list[str] = []
    for stem in stems:
        meant = tongue.concepts.get(stem, ())
        found[stem] = None
        for name in meant:
            found[f"@{name}"] = None
        if stem not in tongue.empty:
            heads.append(f"@{meant[0]}" if meant else stem)
    for at, one in enumerate(heads):
        for other in heads[at + 1 : at + NEAR]:
            found["|".join(sorted((one, other)))] = None
    return tuple(found)


@dataclass(frozen=True)
class Heard:
    """How well a text fits a rule, each 0 to 1. points: to how much of the text the rule's examples point. near: the
    likeness of the nearest example. middle: the likeness of all its examples together."""

    points: float = 0.0
    near: float = 0.0
    middle: float = 0.0


class Weights:
    """Counted once from the examples of all rules of a language; a text is then a few look-ups per sign."""

    def __init__(self, asked: Sequence[tuple[int, Sequence[str]]], tongue: Tongue) -> None:
        """asked: (index of the rule, stems of one of its examples)."""
        self._tongue = tongue
        signs = [(rule, signs_of(stems, tongue)) for rule, stems in asked]
        often = Counter(sign for _, found in signs for sign in found)
        self._idf = {sign: log((1 + len(signs)) / (1 + n)) + 1.0 for sign, n in often.items()}
        self._unknown = log(1.0 + len(signs)) + 1.0
        examples: dict[int, list[dict[Sign, float]]] = {}
        for rule, found in signs:
            examples.setdefault(rule, []).append(_even({sign: self._idf[sign] for sign in found}))
        self._ways: dict[int, dict[Sign, list[tuple[int, float]]]] = {}
        share: dict[Sign, dict[int, float]] = defaultdict(dict)
        middles: dict[Sign, dict[int, float]] = defaultdict(dict)
        for rule, ways in examples.items():
            mean: dict[Sign, float] = defaultdict(float)
            having = self._ways.setdefault(rule, {})
            for at, way in enumerate(ways):
                for sign, weight in way.items():
                    having.setdefault(sign, []).append((at, weight))
                    mean[sign] += weight
                    share[sign][rule] = share[sign].get(rule, 0.0) + 1 / len(ways)
            for sign, weight in _even(mean).items():
                middles[sign][rule] = weight
        self._rules: dict[Sign, list[tuple[int, float, float]]] = {}
        for sign, counted in share.items():
            whole = sum(counted.values()) + RARE
            self._rules[sign] = [(rule, n / whole, middles[sign][rule]) for rule, n in counted.items()]

    def hear(self, stems: Sequence[str], may: Container[int], most: int) -> dict[int, Heard]:
        """How well a text fits the rules to which its signs point. may: these rules alone. most: the best ones."""
        signs = signs_of(stems, self._tongue)
        known = [(self._idf[sign], sign) for sign in signs if sign in self._idf]
        if len(known) > MOST_SIGNS:
            known = sorted(known, key=lambda one: (-one[0], one[1]))[:MOST_SIGNS]
        # A pair that stands nowhere is no news; a word that stands nowhere is: the text is about something else as well.
        unknown = sum(sign not in self._idf and "|" not in sign for sign in signs) * self._unknown**2
        length = sqrt(sum(weight**2 for weight, _ in known) + unknown) or 1.0
        points: dict[int, float] = defaultdict(float)
        middle: dict[int, float] = defaultdict(float)
        said = {sign: idf / length for idf, sign in known}
        for sign, weight in said.items():
            for rule, share, mean in self._rules[sign]:
                points[rule] += weight * share
                middle[rule] += weight * mean
        heads = [sign for sign in signs if sign[0] != "@" and "|" not in sign and sign not in self._tongue.empty]
        strange = sum(sign not in self._idf for sign in heads) / (len(heads) or 1)
        about = 1.0 - STRANGE * strange
        even = sqrt(len(known)) / about if known else 1.0
        best = sorted((-(points[rule] / even + middle[rule]), rule) for rule in points if rule in may)[:most]
        return {
            rule: Heard(points[rule] / even, about * self._nearest(said, rule), about * middle[rule])
            for _, rule in best
        }

    def _nearest(self, said: dict[Sign, float], rule: int) -> float:
        """The likeness of the example that is most like it (cosine)."""
        having, like = self._ways[rule], defaultdict[int, float](float)
        for sign, weight in said.items():
            for at, own in having.get(sign, ()):
                like[at] += weight * own
        return max(like.values(), default=0.0)


def _even(weights: Mapping[Sign, float]) -> dict[Sign, float]:
    """The same, of length 1."""
    length = sqrt(sum(weight**2 for weight in weights.values())) or 1.0
    return {sign: weight / length for sign, weight in weights.items()}
