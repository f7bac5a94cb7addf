# SPDX-License-Identifier: EUPL-1.2
"""Is somebody in danger? Goes before all else, in both languages, for everybody. In doubt it fires.

Pure. A phrase is there when its words stand in this order with at most two others between each; `<name>` is any word of
that set; `=` before it says that nothing else was typed. What only looks like it ("dood van het lachen") is listed one
by one and taken out first. A phrase that is unclear ("ga dood") is silent beside a word of its group ("fortnite"); the
clear ones ("wil dood") never are.

Nobody can list every wording. So where no phrase is there, a second ear listens: what cries for help have in common, and
what only looks like one has not, is learned from the sentences of cries.yaml, as it is for rules (chatbot/learning.py). It
can add an alarm, and be so sure of the contrary that an unclear phrase is silent; a clear phrase always fires.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatbot.language import Repair, Tongue
from chatbot.learning import Way
from chatbot.rules import Cries, Crisis, CrisisSide, Kind, Locale
from chatbot.signs import Read, Told
from chatbot.weights import NOTHING, Learned

BETWEEN = 2
"""Other words between two of a phrase."""
SECOND, QUIET, SHORT = 0.19, 0.25, 20
"""The share of the vote for all kinds together at which the second ear fires, and below which it hears nothing: then a
phrase that is unclear is silent too, in a text of at most so many words: in a longer one a cry is drowned."""
MORE = 0.15
"""How much more than a text of unknown words a cry has."""
PHRASE, OTHERS = 0.8, 0.6
"""How much a phrase, and a question to a rule, count beside a sentence of cries.yaml when the second ear learns."""
_SET = re.compile(r"<([a-z0-9-]+)>")
KINDS = ("danger", "suicide", "violence", "talk")
"""The kinds that the second ear knows."""
SECOND_EAR = "cries.yaml"
"""What an alarm of the second ear names as its phrase."""
Steps = tuple[frozenset[str], ...]
"""What may stand at each place of a phrase."""


@dataclass(frozen=True)
class Alarm:
    """A crisis that was heard: its kind, and the phrase of ours and its language that decided."""

    kind: Kind
    locale: Locale
    phrase: str


@dataclass(frozen=True)
class _Phrase:
    """One phrase of a kind. needs: what has to be there, soon looked at. unclear: it may be about something else. silenced:
    words beside which it is. whole: it is all that was said."""

    rank: int
    text: str
    steps: Steps
    needs: frozenset[str]
    unclear: bool
    silenced: frozenset[str]
    whole: bool


@dataclass(frozen=True)
class _Heard:
    """The phrases of one language as stems. at: a stem -> the phrases that begin with it, in the order of the file."""

    tongue: Tongue
    at: dict[str, tuple[_Phrase, ...]]
    harmless: dict[str, tuple[tuple[Steps, frozenset[str]], ...]]
    repair: Repair


class Listening:
    """All phrases of all kinds, made ready once."""

    def __init__(
        self, crisis: Crisis, tongues: Iterable[Tongue], learned: Mapping[Locale, Learned] | None = None
    ) -> None:
        self._kinds = crisis.kinds
        self._learned = learned or {}
        self._heard_by_second = tuple(kind.id for kind in crisis.kinds if kind.id in KINDS)
        # What a text tells of which no word is known is no cry, whatever is asked most.
        self._numbers = {
            locale: one.numbers((NOTHING, *self._heard_by_second)) for locale, one in self._learned.items()
        }
        empty = [1 - one.vote(Told([], 1.0), self._numbers[locale])[0] for locale, one in self._learned.items()]
        self._fires = max(SECOND, *(share + MORE for share in empty), 0.0)
        self._tongues = tuple(_heard(crisis, tongue) for tongue in tongues)
        self._right = frozenset(word for heard in self._tongues for word in (*heard.tongue.known, *heard.tongue.forms))

    def hears(self, read: Mapping[Locale, Read], locale: Locale) -> Alarm | None:
        """The first kind, in the order of the file, that the text has in either language; the asker's language first.
        read: the text in each language."""
        order = sorted(self._tongues, key=lambda heard: heard.tongue.locale != locale)
        second, share = self._second([read[heard.tongue.locale] for heard in order])
        quiet = share < QUIET and len(read[locale].words) <= SHORT
        found: list[tuple[int, int, Alarm]] = []
        for turn, heard in enumerate(order):
            stems = heard.tongue.stems_of(read[heard.tongue.locale].words, heard.repair, self._right)
            there = frozenset(stems)
            said = _said(_without(stems, there, heard), there, heard, quiet=quiet)
            if said is not None:
                found.append((said.rank, turn, Alarm(self._kinds[said.rank], heard.tongue.locale, said.text)))
        if found:
            return min(found, key=lambda one: one[:2])[2]
        return second if share >= self._fires else None

    def _second(self, order: Sequence[Read]) -> tuple[Alarm | None, float]:
        """The kind that the second ear hears, in the language that has most of the words (the asker's among equals), and
        the share of the vote for all kinds together; 1 where there is no second ear, so that nothing is silenced."""
        if not self._learned:
            return None, 1.0
        read = max(order, key=lambda one: one.knows)
        locale = read.tongue.locale
        learned = self._learned[locale]
        nothing, *votes = learned.vote(learned.told(read.numbered(learned.signs)), self._numbers[locale])
        share, likeliest = 1 - nothing, self._heard_by_second[votes.index(max(votes))]
        kind = next(one for one in self._kinds if one.id == likeliest)
        return Alarm(kind, locale, SECOND_EAR), share


def cries_of(cries: Cries, crisis: Crisis, others: Iterable[str], locale: Locale) -> Iterator[Way]:
    """All that the second ear learns from. others: what is asked of the rules: no cry for help."""
    every = frozenset({NOTHING, *KINDS})
    for kind, sides in sorted(cries.kinds.items()):
        yield from (Way(kind, text, every) for text in sides.of(locale))
    yield from (Way(NOTHING, text, every) for text in cries.harmless.of(locale))
    for one in crisis.kinds:
        if one.id in KINDS:
            yield from (Way(one.id, without_sets(text), every, PHRASE) for text in sorted(one.side(locale).all))
    yield from (Way(NOTHING, text, every, PHRASE) for text in sorted(crisis.harmless.get(locale, ())))
    yield from (Way(NOTHING, text, every, OTHERS) for text in others)


def texts_of(crisis: Crisis, locale: Locale) -> Iterator[str]:
    """Every text of crisis.yaml in one language, as `_steps` takes it apart: to know its words."""
    phrases = [text for kind in crisis.kinds for text in kind.side(locale).all]
    for text in (*crisis.harmless.get(locale, ()), *phrases):
        yield from _SET.split(text)[::2]
    for groups in (crisis.sets, crisis.about):
        yield from (word for words in groups.get(locale, {}).values() for word in words)


def _said(left: Sequence[str], told: frozenset[str], heard: _Heard, *, quiet: bool) -> _Phrase | None:
    """The phrase of the first kind that stands in what is left. told: all words, also those that were taken out. quiet:
    phrases that are unclear say nothing."""
    best: _Phrase | None = None
    for stem in dict.fromkeys(left):
        for phrase in heard.at.get(stem, ()):
            if best is not None and phrase.rank >= best.rank:
                break
            if not phrase.needs <= told:
                continue
            if phrase.whole and len(left) != len(phrase.steps):
                continue
            if quiet and phrase.unclear:
                continue
            if not phrase.silenced & told and _at(left, phrase.steps):
                best = phrase
    return best


def _heard(crisis: Crisis, tongue: Tongue) -> _Heard:
    locale = tongue.locale
    sets = {
        name: frozenset(s for w in words for s in tongue.exact(w))
        for name, words in crisis.sets.get(locale, {}).items()
    }
    groups = {
        name: frozenset(s for w in words for s in tongue.exact(w))
        for name, words in crisis.about.get(locale, {}).items()
    }
    at: dict[str, list[_Phrase]] = {}
    for rank, kind in enumerate(crisis.kinds):
        side = kind.side(locale)
        for text in side.all:
            steps = _steps(text, tongue, sets)
            silenced = _silenced(text, side, groups)
            phrase = _Phrase(rank, text, steps, _needs(steps), text not in side.phrases, silenced, text.startswith("="))
            for stem in steps[0] if steps else ():
                at.setdefault(stem, []).append(phrase)
    # The longest first: a short exception must not take a word out of a longer one.
    listed = {_steps(one, tongue, sets) for one in crisis.harmless.get(locale, ())} - {()}
    harmless: dict[str, list[tuple[Steps, frozenset[str]]]] = {}
    for steps in sorted(listed, key=lambda one: (-len(one), [sorted(step) for step in one])):
        for stem in steps[0]:
            harmless.setdefault(stem, []).append((steps, _needs(steps)))
    # A word with a typing error is taken for one of these phrases, whatever else it may be near to: in doubt it fires.
    texts = (*crisis.harmless.get(locale, ()), *(one for kind in crisis.kinds for one in kind.side(locale).all))
    words = [without_sets(text) for text in texts] + [
        w for listed in crisis.sets.get(locale, {}).values() for w in listed
    ]
    return _Heard(
        tongue,
        {stem: tuple(phrases) for stem, phrases in at.items()},
        {stem: tuple(phrases) for stem, phrases in harmless.items()},
        Repair(
            lambda: {word: tongue.known[word] for word in sorted({w for text in words for w in tongue.words(text)})}
        ),
    )


def without_sets(text: str) -> str:
    """The words of a phrase that are words."""
    return _SET.sub(" ", text)


def _steps(text: str, tongue: Tongue, sets: dict[str, frozenset[str]]) -> Steps:
    """What may stand at each place: a set, or one stem."""
    steps: list[frozenset[str]] = []
    for at, part in enumerate(_SET.split(text)):
        steps += [sets[part]] if at % 2 else [frozenset({stem}) for stem in tongue.exact(part)]
    return tuple(steps)


def _needs(steps: Steps) -> frozenset[str]:
    """The stems without which a phrase can not be there: those that stand alone at their place."""
    return frozenset(stem for step in steps if len(step) == 1 for stem in step)


def _silenced(text: str, side: CrisisSide, groups: dict[str, frozenset[str]]) -> frozenset[str]:
    if text in side.phrases:
        return frozenset()
    return frozenset(s for name, listed in side.unclear.items() if text in listed for s in groups.get(name, ()))


def _without(stems: Sequence[str], there: frozenset[str], heard: _Heard) -> Sequence[str]:
    """The stems with a hole for each word of what is harmless. there: the same stems."""
    listed = heard.harmless
    found = {steps: None for stem in dict.fromkeys(stems) for steps, needs in listed.get(stem, ()) if needs <= there}
    if not found:
        return stems
    left = list(stems)
    for phrase in sorted(found, key=len, reverse=True):
        while places := _at(left, phrase):
            for place in places:
                left[place] = ""
    return left


def _at(stems: Sequence[str], phrase: Steps) -> list[int] | None:
    """Where the words of a phrase stand, or None. Every way there is looked at, and each place once for each word."""
    if any(step.isdisjoint(stems) for step in phrase):  # soon said, and so nearly always
        return None
    reached: dict[int, int] = {place: -1 for place, stem in enumerate(stems) if stem in phrase[0]}
    steps = [reached]
    for word in phrase[1:]:
        further: dict[int, int] = {}
        for before in reached:
            for place in range(before + 1, min(before + BETWEEN + 2, len(stems))):
                if stems[place] in word:
                    further.setdefault(place, before)
        reached = further
        steps.append(reached)
    if not reached:
        return None
    places = [min(reached)]
    for step in reversed(steps[1:]):
        places.append(step[places[-1]])
    return places[::-1]
