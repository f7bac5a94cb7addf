# SPDX-License-Identifier: EUPL-1.2
"""Which rule does a text ask for? Words in, votes out; the margin rule says whether that is sure enough.

Pure: same text, language, audience and content give the same answer. A rule's score is its share of the vote, 0 to 1,
as its signs tell it (chatbot/signs.py, chatbot/learning.py); what is asked exactly as a writer listed it scores 1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatbot.language import Tongue
from chatbot.learning import Way
from chatbot.rules import AUDIENCES, Audience, Locale, Rule
from chatbot.signs import Read, Sign, is_word, read, told
from chatbot.weights import NOTHING, Learned

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
Stems = tuple[str, ...]
Exact = Mapping[str, str]
"""The stems of what a writer listed, in a row -> the rules that it asks for, in a row."""


@dataclass(frozen=True)
class Margins:
    """sure: least share of the vote of an answer. ask: least share of a question back. buttons: at most."""

    sure: float = 0.48
    ask: float = 0.08
    buttons: int = 3


@dataclass(frozen=True)
class Found:
    """A rule and its share of the vote. because: its phrases that were found, as they stand in the file, or the words of
    ours that told most."""

    rule: Rule
    locale: Locale
    score: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class _Ready:
    """A rule in one language: its phrases as stems."""

    rule: Rule
    phrases: tuple[tuple[str, frozenset[str]], ...]


class Matcher:
    """The rules of one language, made ready once."""

    def __init__(self, rules: Iterable[Rule], tongue: Tongue, learned: Learned, exact: Exact) -> None:
        """exact: what is asked as a writer listed it (`exactly`)."""
        self._tongue, self._learned, self._exact = tongue, learned, exact
        self._ready = {rule.id: _ready(rule, tongue) for rule in sorted(rules, key=lambda one: one.id)}
        self._for = {
            who: (NOTHING, *(one.rule.id for one in self._ready.values() if who in one.rule.audience))
            for who in AUDIENCES
        }
        # A stem as a word that people know: the shortest that has it.
        self._shown = {
            stem: word for word, stem in sorted(tongue.known.items(), key=lambda one: (-len(one[0]), one[0]))
        }

    def scores(self, text: str | Read, audience: Audience) -> list[Found]:
        """The rules for this audience that may be meant, the best first; among equals by id. Empty: it is about nothing
        of ours. text: as typed, or read in this matcher's language."""
        typed = read(text, self._tongue) if isinstance(text, str) else text
        stems = typed.stems
        may = self._for[audience]
        known = told(typed.signs, self._learned.rare, self._learned.strange)
        same = [rule for rule in self._exact.get(" ".join(stems), "").split() if rule in may]
        if same:
            share = 1.0 if len(same) == 1 else LISTED_TWICE / len(same)
            return [self._found(rule, share, stems, known) for rule in sorted(same)]
        votes = self._learned.vote(known, may)
        nothing = votes.pop(NOTHING)
        best = sorted(votes.items(), key=lambda one: (-one[1], one[0]))[:MOST_RULES]
        return [self._found(rule, vote, stems, known) for rule, vote in best if vote > nothing]

    def leading_to(self, identity: str) -> list[str]:
        """The words that tell for a rule, the most telling first: what `because` may name beside its phrases."""
        words = [(-weight, sign) for sign, weight in self._learned.telling(identity) if is_word(sign)]
        return [self._shown[sign] for weight, sign in sorted(words) if weight <= -TELLS and sign in self._shown]

    def _found(self, identity: str, vote: float, stems: Stems, known: Sequence[tuple[Sign, float]]) -> Found:
        one = self._ready[identity]
        there = frozenset(stems)
        hits = tuple(text for text, phrase in one.phrases if phrase <= there and self._stands(phrase, stems))
        return Found(one.rule, self._tongue.locale, round(vote, 4), hits or self._words(identity, known))

    def _words(self, identity: str, known: Sequence[tuple[Sign, float]]) -> tuple[str, ...]:
        """The words of ours that told most for a rule."""
        words = ((s, count, self._learned.weight(s, identity)) for s, count in known if is_word(s))
        leads = sorted((-weight * count, s) for s, count, weight in words if weight >= TELLS)
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


def exactly(rules: Iterable[Rule], tongue: Tongue) -> dict[str, str]:
    """What the rules' writers listed in one language, as stems, and the rules that it asks for."""
    found: dict[str, list[str]] = {}
    for rule in sorted(rules, key=lambda one: one.id):
        side = rule.side(tongue.locale)
        for stems in dict.fromkeys(" ".join(tongue.exact(text)) for text in (*side.examples, *side.asked)):
            found.setdefault(stems, []).append(rule.id)
    return {stems: " ".join(listed) for stems, listed in found.items()}


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
