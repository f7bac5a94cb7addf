# SPDX-License-Identifier: EUPL-1.2
"""What each sign tells for each rule, as numbers in a row: soon read, soon added up, and spelled for a file.

Pure. A weight is a whole number of hundredths and a rareness one of thousandths, so what is read is what was learned, to
the last digit. Who learned them: chatbot/learning.py; where they lie: chatbot/ready.py.
"""

import sys
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from math import exp

from pydantic import BaseModel, ConfigDict

from chatbot.signs import ALWAYS, Sign

NOTHING = ""
"""Stands for: no rule is about it (`elsewhere.yaml`)."""
PARTS, THOUSANDTHS = 100, 1000
MOST = 50.0
"""No sum counts for more, so that no vote is too large a number."""
Numbers = str
"""Whole numbers of a fixed size, the lowest byte first, in base64."""


class Packed(BaseModel):
    """The weights of one language as they are written.

    of: mark of what they were learned from. rules, signs: their names, a line each. rare: of each sign. sizes: for how
    many rules each sign tells something. whose, tells: the rule's number and the weight, sign after sign.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    strange: float
    rules: str
    signs: str
    rare: Numbers
    sizes: Numbers
    whose: Numbers
    tells: Numbers


class Learned:
    """rare: how rare a sign is among the ways to ask. strange: what each unknown word counts. of: mark of the content.

    The weights of the sign with number n are those from `ends[n]` to `ends[n + 1]`.
    """

    def __init__(self, packed: Packed) -> None:
        self.packed, self.of, self.strange = packed, packed.of, packed.strange
        self.rules = tuple(NOTHING if name == "-" else name for name in packed.rules.split("\n"))
        self._number = {rule: n for n, rule in enumerate(self.rules)}
        self._signs = signs = packed.signs.split("\n")
        self._place = {sign: n for n, sign in enumerate(signs)}
        rare = _numbers("i", packed.rare)
        self.rare: Mapping[Sign, float] = {
            sign: n / THOUSANDTHS for sign, n in zip(signs, rare, strict=True) if sign != ALWAYS
        }
        self._ends = array("I", accumulate(_numbers("H", packed.sizes), initial=0))
        self._whose, self._tells = _numbers("H", packed.whose), _numbers("h", packed.tells)
        if not len(self._ends) - 1 == len(signs) or not self._ends[-1] == len(self._whose) == len(self._tells):
            raise ValueError("the numbers do not fit the signs")

    def vote(self, known: Iterable[tuple[Sign, float]], may: Iterable[str]) -> dict[str, float]:
        """The share of the vote of each rule that may be meant, 0 to 1, together 1. known: the signs of a text."""
        sums = [0.0] * len(self.rules)
        whose, tells, ends = self._whose, self._tells, self._ends
        for sign, count in known:
            at = self._place.get(sign)
            if at is None:
                continue
            of = slice(ends[at], ends[at + 1])
            for rule, weight in zip(whose[of], tells[of], strict=True):
                sums[rule] += weight * count
        number = self._number
        told = {rule: sums[number[rule]] / PARTS if rule in number else 0.0 for rule in may}
        votes = {rule: exp(min(MOST, added)) for rule, added in told.items()}
        whole = sum(votes.values())
        return {rule: vote / whole for rule, vote in votes.items()}

    def weights(self, sign: Sign) -> dict[str, float]:
        """What a sign tells: rule -> weight; nothing for a sign that nobody knows."""
        at = self._place.get(sign)
        if at is None:
            return {}
        of = slice(self._ends[at], self._ends[at + 1])
        return {self.rules[rule]: n / PARTS for rule, n in zip(self._whose[of], self._tells[of], strict=True)}

    def weight(self, sign: Sign, rule: str) -> float:
        """What a sign tells for one rule."""
        at, number = self._place.get(sign), self._number.get(rule)
        if at is None or number is None:
            return 0.0
        try:
            return self._tells[self._whose.index(number, self._ends[at], self._ends[at + 1])] / PARTS
        except ValueError:
            return 0.0

    def telling(self, rule: str) -> Iterator[tuple[Sign, float]]:
        """Every sign that tells something for a rule, and how much."""
        number, place = self._number.get(rule, -1), -1
        for _ in range(self._whose.count(number)):
            place = self._whose.index(number, place + 1)
            yield self._signs[bisect_right(self._ends, place) - 1], self._tells[place] / PARTS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Learned) and self.packed == other.packed

    def __hash__(self) -> int:
        return hash(self.of)


def pack(rare: Mapping[Sign, float], weights: Mapping[Sign, Mapping[str, float]], strange: float, of: str) -> Learned:
    """The weights as they are kept, rounded. Raises OverflowError when one is beyond 327.67: it has run away."""
    rules = sorted({NOTHING, *(rule for one in weights.values() for rule in one)})
    number = {rule: n for n, rule in enumerate(rules)}
    signs = sorted({ALWAYS, *rare, *weights})
    told = [
        [(number[rule], round(weight * PARTS)) for rule, weight in sorted(weights.get(sign, {}).items())]
        for sign in signs
    ]
    packed = Packed(
        of=of,
        strange=strange,
        rules="\n".join(rule or "-" for rule in rules),
        signs="\n".join(signs),
        rare=_spelled(array("i", (round(rare.get(sign, 0.0) * THOUSANDTHS) for sign in signs))),
        sizes=_spelled(array("H", map(len, told))),
        whose=_spelled(array("H", (rule for one in told for rule, _ in one))),
        tells=_spelled(array("h", (weight for one in told for _, weight in one))),
    )
    return Learned(packed)


def _spelled(numbers: "array[int]") -> str:
    if sys.byteorder == "big":
        numbers.byteswap()
    return b64encode(numbers.tobytes()).decode()


def _numbers(kind: str, spelled: str) -> "array[int]":
    """kind: `H` and `h` have two bytes, `i` and `I` four, on every machine that we run on."""
    numbers: array[int] = array(kind, b64decode(spelled))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
