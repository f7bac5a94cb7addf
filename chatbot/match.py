# SPDX-License-Identifier: EUPL-1.2
"""Which rule does a text ask for? Words in, votes out; the margin rule says whether that is sure enough.

Pure: same text, language, audience and content give the same answer. A rule's score is its share of the vote, 0 to 1,
as its signs tell it (chatbot/signs.py, chatbot/learning.py); what is asked exactly as a writer listed it scores 1.
"""

import hashlib
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from chatbot.language import Tongue
from chatbot.learning import Way
from chatbot.rules import AUDIENCES, Audience, Locale, Rule, Shape
from chatbot.signs import Read, Told, read
from chatbot.weights import NOTHING, Learned, Numbers, numbers, spelled

MOST_RULES = 8
"""Rules that are told, the best first."""
WINDOW = 4
"""Words that a key phrase may be spread over; words that say nothing are not counted."""
FULL, PHRASE = 3, 0.3
"""Weight of a key phrase at which it counts in full, and how much that is beside a whole question."""
REASONS = 3
"""Words that are named as the reason where no key phrase was found."""
LISTED_TWICE = 0.9
"""The share of the vote that rules have together which list the same: never enough to answer, so it is asked back."""
TELLS = 0.2
"""What a word tells for a rule, at least, to be named as one that leads to it."""
DIGEST = 6
"""Bytes of the hash by which what a writer listed is known again: among 40,000 of them another text is taken for one of
them once in seven thousand million times."""
Stems = tuple[str, ...]


class Listed(Shape):
    """What the writers listed in one language, as it is kept: without the sentences.

    rules: their names, a line each. hashes: of the stems of each, in their order, as bytes in base64. whose: the rule's
    number of each; one that several rules list stands there as often.
    """

    rules: str
    hashes: str
    whose: Numbers


class Exact:
    """The rules that a writer listed a text for."""

    def __init__(self, listed: Listed) -> None:
        self._rules = listed.rules.split("\n")
        self._hashes, self._whose = b64decode(listed.hashes), numbers("H", listed.whose)

    def of(self, stems: Stems) -> list[str]:
        """Those that list just these stems."""
        wanted, found = _digest(stems), []
        place = bisect_left(range(len(self._whose)), wanted, key=self._hash)
        while place < len(self._whose) and self._hash(place) == wanted:
            found.append(self._rules[self._whose[place]])
            place += 1
        return found

    def _hash(self, place: int) -> bytes:
        return self._hashes[place * DIGEST : (place + 1) * DIGEST]


def _digest(stems: Stems) -> bytes:
    return hashlib.sha256(" ".join(stems).encode()).digest()[:DIGEST]


@dataclass(frozen=True)
class Margins:
    """sure: least share of the vote of an answer. ask: least share of a question back. buttons: at most."""

    sure: float = 0.48
    ask: float = 0.08
    buttons: int = 3


@dataclass(frozen=True)
class Found:
    """A rule and its share of the vote. why: finds out what `because` says."""

    rule: Rule
    locale: Locale
    score: float
    why: Callable[[], tuple[str, ...]]

    @property
    def because(self) -> tuple[str, ...]:
        """Its phrases that were found, as they stand in the file, or the words of ours that told most."""
        return self.why()


@dataclass(frozen=True)
class _Ready:
    """A rule in one language: its phrases as stems."""

    rule: Rule
    phrases: tuple[tuple[str, frozenset[str]], ...]


class Matcher:
    """The rules of one language, made ready once."""

    def __init__(self, rules: Iterable[Rule], tongue: Tongue, learned: Learned, exact: Exact) -> None:
        """exact: what is asked as a writer listed it."""
        self._tongue, self._learned, self._exact = tongue, learned, exact
        self._ready = {rule.id: _ready(rule, tongue) for rule in sorted(rules, key=lambda one: one.id)}
        may = {
            who: (NOTHING, *(one.rule.id for one in self._ready.values() if who in one.rule.audience))
            for who in AUDIENCES
        }
        self._for = {who: (rules, learned.numbers(rules)) for who, rules in may.items()}
        # A stem as a word that people know: the shortest that has it, of as short ones the last.
        said: dict[str, str] = {}
        for word, stem in tongue.known.items():
            shown = said.get(stem)
            if shown is None or (-len(word), word) > (-len(shown), shown):
                said[stem] = word
        self._shown = said

    def scores(self, text: str | Read, audience: Audience) -> list[Found]:
        """The rules for this audience that may be meant, the best first; among equals by id. Empty: it is about nothing
        of ours. text: as typed, or read in this matcher's language."""
        typed = read(text, self._tongue) if isinstance(text, str) else text
        may, numbered = self._for[audience]
        same = [rule for rule in self._exact.of(typed.stems) if rule in may]
        if same:
            share = 1.0 if len(same) == 1 else LISTED_TWICE / len(same)
            return [self._found(rule, share, typed) for rule in sorted(same)]
        votes = self._learned.vote(self._told(typed), numbered)
        nothing = votes[may.index(NOTHING)]
        best = sorted((-vote, rule) for rule, vote in zip(may, votes, strict=True) if vote > nothing)[:MOST_RULES]
        return [self._found(rule, -vote, typed) for vote, rule in best]

    def leading_to(self, identity: str) -> list[str]:
        """The words that tell for a rule, the most telling first: what `because` may name beside its phrases."""
        words = sorted((-weight, sign) for sign, weight in self._learned.words(identity))
        return [self._shown[sign] for weight, sign in words if weight <= -TELLS and sign in self._shown]

    def _told(self, typed: Read) -> Told:
        return self._learned.told(typed.numbered(self._learned.signs))

    def _found(self, identity: str, vote: float, typed: Read) -> Found:
        why = partial(self._because, identity, typed)
        return Found(self._ready[identity].rule, self._tongue.locale, round(vote, 4), why)

    def _because(self, identity: str, typed: Read) -> tuple[str, ...]:
        there, phrases = frozenset(typed.stems), self._ready[identity].phrases
        hits = tuple(text for text, phrase in phrases if phrase <= there and self._stands(phrase, typed.stems))
        return hits or self._words(identity, typed)

    def _words(self, identity: str, typed: Read) -> tuple[str, ...]:
        """The words of ours that told most for a rule."""
        signs, words = self._learned.signs, {*typed.numbered(self._learned.signs).words}
        tell = (
            (n, count, self._learned.weight(n, identity))
            for n, count in self._told(typed).counts(signs.always)
            if n in words
        )
        leads = sorted((-weight * count, signs.names[n]) for n, count, weight in tell if weight >= TELLS)
        return tuple(self._shown[sign] for _, sign in leads if sign in self._shown)[:REASONS]

    def _stands(self, wanted: frozenset[str], stems: Stems) -> bool:
        """Whether all words of a phrase stand close together, in any order."""
        if len(wanted) < 2:
            return bool(wanted)
        heard = [stem for stem in stems if stem in wanted or stem not in self._tongue.empty]
        size = max(WINDOW, len(wanted))
        return any(wanted <= set(heard[at : at + size]) for at in range(max(1, len(heard) - size + 1)))


def _ready(rule: Rule, tongue: Tongue) -> _Ready:
    return _Ready(rule, tuple((text, frozenset(tongue.exact(text))) for text in rule.side(tongue.locale).phrases))


def exactly(rules: Sequence[Rule], tongue: Tongue) -> Listed:
    """What the rules' writers listed in one language, and the rules that it asks for."""
    names, found = sorted(rule.id for rule in rules), set()
    number = {rule: n for n, rule in enumerate(names)}
    for rule in rules:
        side = rule.side(tongue.locale)
        found |= {(_digest(tongue.exact(text)), number[rule.id]) for text in (*side.examples, *side.asked)}
    listed = sorted(found)
    hashes = b64encode(b"".join(one for one, _ in listed)).decode()
    return Listed(rules="\n".join(names), hashes=hashes, whose=spelled(array("H", (rule for _, rule in listed))))


def ways_of(rules: Sequence[Rule], elsewhere: Iterable[str], locale: Locale) -> Iterator[Way]:
    """Every way to ask a rule that its writers listed, its key phrases too; and what no rule is about."""
    of = {who: {rule.id for rule in rules if who in rule.audience} for who in AUDIENCES}
    for rule in sorted(rules, key=lambda one: one.id):
        rivals = frozenset({NOTHING}.union(*(of[who] for who in rule.audience)))
        side = rule.side(locale)
        for text in dict.fromkeys((*side.examples, *side.asked)):
            yield Way(rule.id, text, rivals)
        for text, weight in side.phrases.items():
            yield Way(rule.id, text, rivals, PHRASE * weight / FULL)
    everything = frozenset({NOTHING, *(rule.id for rule in rules)})
    for text in elsewhere:
        yield Way(NOTHING, text, everything)


@dataclass(frozen=True)
class Choice:
    """What comes of the votes. kind: `answer` (one rule), `ask` (at most three) or `hand-over` (the nearest, if any).
    sure: the share of the vote for the first."""

    kind: str
    found: tuple[Found, ...]
    sure: float


def choose(found: Sequence[Found], margins: Margins, *, asked: bool) -> Choice:
    """The margin rule. asked: it was asked back before, so it is not asked again."""
    if not found or found[0].score < margins.ask:
        return Choice("hand-over", (), 0.0)
    sure = found[0].score
    if sure >= margins.sure:
        return Choice("answer", (found[0],), sure)
    if asked:
        return Choice("hand-over", (found[0],), sure)
    return Choice("ask", tuple(found[: margins.buttons]), sure)
