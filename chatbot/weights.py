# SPDX-License-Identifier: EUPL-1.2
"""What each sign tells for each rule, as numbers in a row: soon read, soon added up, and spelled for a file.

Pure. A weight is a whole number of hundredths and a rareness one of thousandths, so what is read is what was learned, to
the last digit. Who learned them: chatbot/learning.py; where they lie: chatbot/ready.py.

Most of the time of an answer goes into adding up what common signs tell, each for nearly every rule. So these are kept as
one large number each, with a lane of 64 bits per rule: one multiplication and one addition does all its rules.
"""

import sys
from array import array
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log
from operator import add

from pydantic import BaseModel, ConfigDict

from chatbot.signs import ALWAYS, STEADY, Numbered, Sign, Signs, Told, is_word, told

NOTHING = ""
"""Stands for: no rule is about it (`elsewhere.yaml`)."""
PARTS, THOUSANDTHS = 100, 1000
MOST = 50.0
"""No sum counts for more, so that no vote is too large a number."""
COMMON, FEW = 4, 8
"""A sign that tells for more than one in so many rules, and for more than a few, is kept as one large number."""
FINE = 1 << 29
"""How finely it is counted how much a sign counts: small enough that nothing runs over into the next lane (121 signs of
together length 1, weights below LIFT: less than 2**50)."""
LANE, LIFT = 8, 1 << 15
"""Bytes of a lane; and what is added to each weight there, so that none is less than nothing."""
Numbers = str
"""Whole numbers of a fixed size, the lowest byte first, in base64."""


@dataclass(frozen=True)
class Lesson:
    """What was learned. of: mark of the ways to ask. ways: how many there are. often: in how many each known sign stands.
    strange: what each unknown word counts. weights: sign -> rule -> what it tells."""

    of: str
    ways: int
    strange: float
    often: Mapping[Sign, int]
    weights: Mapping[Sign, Mapping[str, float]]


class Packed(BaseModel):
    """A lesson as it is written, beside the signs of its language.

    rules: their names, a line each. often: of each sign in how many ways to ask it stands; in none: it is not known here.
    sizes: for how many rules each sign tells something. whose, tells: the rule's number and the weight, sign after sign.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    ways: int
    strange: float
    rules: str
    often: Numbers
    sizes: Numbers
    whose: Numbers
    tells: Numbers


class Learned:
    """What was learned, ready to vote. of: mark of the content. rare: of each sign how rare it is, by its number.

    The weights of the sign with number n are those from `ends[n]` to `ends[n + 1]`.
    """

    def __init__(self, packed: Packed, signs: Signs) -> None:
        self.packed, self.signs, self.of, self.strange = packed, signs, packed.of, packed.strange
        self.rules = tuple(NOTHING if name == "-" else name for name in packed.rules.split("\n"))
        self._number = {rule: n for n, rule in enumerate(self.rules)}
        self._often = numbers("I", packed.often)
        rare = {n: rareness(n, packed.ways) for n in set(self._often)}
        self.rare: Sequence[float] = [rare[n] for n in self._often]
        sizes = numbers("H", packed.sizes)
        self._ends = array("I", accumulate(sizes, initial=0))
        self._whose, self._tells = numbers(_kind(self.rules), packed.whose), numbers("h", packed.tells)
        if not len(sizes) == len(self.rare) == len(signs.names) or not (
            self._ends[-1] == len(self._whose) == len(self._tells)
        ):
            raise ValueError("the numbers do not fit the signs")
        self._words: dict[str, list[tuple[Sign, float]]] | None = None
        least = max(FEW, len(self.rules) // COMMON)
        self._common = {n: self._lanes(n) for n, size in enumerate(sizes) if size > least}

    def told(self, these: Numbered) -> Told:
        """What a text tells."""
        return told(these, self.rare, self.strange)

    def numbers(self, rules: Iterable[str]) -> tuple[int, ...]:
        """The numbers of rules that may be meant, for `vote`; of one that nothing tells for, that of nothing told."""
        return tuple(self._number.get(rule, -1) for rule in rules)

    def vote(self, text: Told, may: Iterable[int]) -> list[float]:
        """The share of the vote of each rule that may be meant, 0 to 1, together 1."""
        common, whose, tells, ends = self._common, self._whose, self._tells, self._ends
        sums = [0] * (len(self.rules) + 1)  # the last: of a rule that nothing tells for
        lanes = lifted = 0
        fine = FINE / text.length
        for weight, sign in (*text.signs, (STEADY * text.length, self.signs.always)):
            count = int(weight * fine)
            row = common.get(sign)
            if row is not None:
                lanes += row * count
                lifted += count
            else:
                for at in range(ends[sign], ends[sign + 1]):
                    sums[whose[at]] += tells[at] * count
        if lifted:
            lifted *= LIFT
            by_lane = _array("Q", lanes.to_bytes(LANE * len(self.rules), "little"))
            sums = [*map(add, sums, by_lane), lifted]
        scores = [(sums[rule] - lifted) / (PARTS * FINE) for rule in may]
        votes = [exp(min(MOST, score)) for score in scores]
        whole = sum(votes)
        return [vote / whole for vote in votes]

    def weights(self, sign: int) -> dict[str, float]:
        """What a sign tells: rule -> weight."""
        of = slice(self._ends[sign], self._ends[sign + 1])
        return {self.rules[rule]: n / PARTS for rule, n in zip(self._whose[of], self._tells[of], strict=True)}

    def weight(self, sign: int, rule: str) -> float:
        """What a sign tells for one rule."""
        number = self._number.get(rule, -1)
        try:
            return self._tells[self._whose.index(number, self._ends[sign], self._ends[sign + 1])] / PARTS
        except (ValueError, OverflowError):
            return 0.0

    def words(self, rule: str) -> Sequence[tuple[Sign, float]]:
        """Every word that tells something for a rule, and how much. Found out for all rules when one is first asked for."""
        if self._words is None:
            self._words = {one: [] for one in self.rules}
            for n, sign in enumerate(self.signs.names):
                for one, weight in self.weights(n).items() if is_word(sign) else ():
                    self._words[one].append((sign, weight))
        return self._words.get(rule, ())

    def lesson(self) -> Lesson:
        """What was learned, by name."""
        names = self.signs.names
        often = {names[n]: count for n, count in enumerate(self._often) if count}
        weights = {name: found for n, name in enumerate(names) if (found := self.weights(n))}
        return Lesson(self.of, self.packed.ways, self.strange, often, weights)

    def _lanes(self, sign: int) -> int:
        """What a sign tells for all rules, as one large number."""
        row = array("Q", [LIFT]) * len(self.rules)
        of = slice(self._ends[sign], self._ends[sign + 1])
        deque(map(row.__setitem__, self._whose[of], map(LIFT.__add__, self._tells[of])), maxlen=0)
        return int.from_bytes(_bytes(row), "little")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Learned) and (self.packed, self.signs) == (other.packed, other.signs)

    def __hash__(self) -> int:
        return hash(self.of)


def rareness(often: int, ways: int) -> float:
    """How rare a sign is that stands in so many of the ways to ask; nothing for one that stands in none."""
    return round((log((1 + ways) / (1 + often)) + 1.0) * THOUSANDTHS) / THOUSANDTHS if often else 0.0


def signs_in(lessons: Iterable[Lesson]) -> Signs:
    """The signs of a language: all that one of its lessons knows."""
    return Signs(sorted({ALWAYS, *(sign for lesson in lessons for sign in (*lesson.often, *lesson.weights))}))


def pack(lesson: Lesson, signs: Signs) -> Packed:
    """A lesson as it is kept, rounded. Raises OverflowError when a weight is beyond 327.67: it has run away."""
    rules = sorted({NOTHING, *(rule for one in lesson.weights.values() for rule in one)})
    number = {rule: n for n, rule in enumerate(rules)}
    tell = [
        [(number[rule], round(weight * PARTS)) for rule, weight in sorted(lesson.weights.get(sign, {}).items())]
        for sign in signs.names
    ]
    return Packed(
        of=lesson.of,
        ways=lesson.ways,
        strange=lesson.strange,
        rules="\n".join(rule or "-" for rule in rules),
        often=spelled(array("I", (lesson.often.get(sign, 0) for sign in signs.names))),
        sizes=spelled(array("H", map(len, tell))),
        whose=spelled(array(_kind(rules), (rule for one in tell for rule, _ in one))),
        tells=spelled(array("h", (weight for one in tell for _, weight in one))),
    )


def alone(lesson: Lesson) -> Learned:
    """A lesson ready to vote, with no other beside it."""
    signs = signs_in([lesson])
    return Learned(pack(lesson, signs), signs)


def _kind(rules: Sequence[str]) -> str:
    """How large the number of a rule is."""
    return "B" if len(rules) <= 256 else "H"


def spelled(row: "array[int]") -> Numbers:
    """Numbers as text."""
    return b64encode(_bytes(row)).decode()


def numbers(kind: str, text: Numbers) -> "array[int]":
    """The numbers again. kind: `B` has one byte, `H` and `h` two, `I` four, on every machine that we run on."""
    return _array(kind, b64decode(text))


def _bytes(row: "array[int]") -> bytes:
    """The lowest byte first."""
    if sys.byteorder == "big":
        row = row[:]
        row.byteswap()
    return row.tobytes()


def _array(kind: str, content: bytes) -> "array[int]":
    row: array[int] = array(kind, content)
    if sys.byteorder == "big":
        row.byteswap()
    return row
