# SPDX-License-Identifier: EUPL-1.2
"""What the helper answers: crisis first, then numbers of oneself, then the rules. In that order, always.

It gets a text and gives an answer; it keeps nothing of either. What is counted is how often a rule answered this week.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chatbot.crisis import Alarm
from chatbot.match import Choice, Found, Margins, choose
from chatbot.numbers import found_in, lines_of
from chatbot.ready import Library
from chatbot.rules import LOCALES, SHOWING, YOUNG, Action, Audience, Locale
from chatbot.signs import Read

PERSON = Action(action="talk-to-someone")
HANDING_OVER = Action(action="hand-over")
TALK = "talk"
"""The crisis kind whose numbers the young always see: the Kindertelefoon."""
WEEK = 7 * 86_400
MONDAY = 4 * 86_400
"""1970-01-01 was a Thursday: seconds until the Monday after it."""


@dataclass(frozen=True)
class Offered:
    """A rule that may be meant: its button, and the example that the device sends when it is pressed."""

    rule: str
    title: str
    text: str


@dataclass(frozen=True)
class Answer:
    """rule: which one said it. because: its phrases that decided. topic: what a hand-over is about, if known."""

    rule: str
    confidence: float
    say: str
    locale: Locale
    actions: tuple[Action, ...]
    because: tuple[str, ...] = ()
    choices: tuple[Offered, ...] = ()
    topic: str | None = None


class Answering:
    """Answers from a library. lines: telephone numbers that are nobody's own, so that they pass."""

    def __init__(self, library: Library, margins: Margins, lines: tuple[str, ...]) -> None:
        self.library, self._margins = library, margins
        calls = (number for kind in library.content.crisis.kinds for number in kind.calls)
        self._lines = lines_of((*calls, *library.content.words.numbers, *lines))

    def answer(self, text: str, locale: Locale, audience: Audience, *, asked: bool = False) -> Answer:
        """The answer to what somebody typed. asked: they were asked back before."""
        typed = self._read(text)
        alarm = self.library.listening.hears(typed, locale)
        if alarm is not None:
            return self._in_crisis(alarm, audience)
        if found_in(text, self._lines):
            return self._own(locale, "numbers", ())
        return self._chosen(self._find(typed, locale, audience, asked), typed, locale, audience)

    def _read(self, text: str) -> dict[Locale, Read]:
        """The text in each language; what is a word, and which emoji is one, is the same in all."""
        tongues = self.library.tongues
        plain = tongues[LOCALES[0]].plain(text)
        return {one: Read(tongues[one], plain) for one in LOCALES}

    def _find(self, typed: Mapping[Locale, Read], locale: Locale, audience: Audience, asked: bool) -> Choice:
        """The asker's language, or the other one when that has more of the words; of as many, the one that is surer."""
        other: Locale = "en" if locale == "nl" else "nl"
        own, foreign = typed[locale].knows, typed[other].knows
        spoken = (locale,) if own > foreign else (other,) if foreign > own else (locale, other)
        heard = [self.library.matchers[one].scores(typed[one], audience) for one in spoken]
        return choose(max(heard, key=lambda found: found[0].score if found else 0.0), self._margins, asked=asked)

    def _chosen(self, choice: Choice, typed: Mapping[Locale, Read], locale: Locale, audience: Audience) -> Answer:
        if choice.kind == "answer":
            [found] = choice.found
            return self._by_rule(found, choice.sure, typed[found.locale], audience)
        if choice.kind == "ask":
            offered = tuple(_offered(found) for found in choice.found)
            said = choice.found[0].locale
            return replace(self._own(said, "ask", ()), confidence=choice.sure, choices=offered)
        topic = choice.found[0].rule.theme if choice.found else None
        return replace(self._own(locale, "hand-over", (HANDING_OVER,)), confidence=choice.sure, topic=topic)

    def _by_rule(self, found: Found, sure: float, typed: Read, audience: Audience) -> Answer:
        rule = found.rule
        named = self._category(typed)
        actions = tuple(
            one.model_copy(update={"category": named}) if one.action in SHOWING and one.category is None else one
            for one in rule.actions
        )
        return Answer(
            rule.id,
            sure,
            rule.side(found.locale).said(audience),
            found.locale,
            _with_person(actions),
            found.because,
        )

    def _category(self, typed: Read) -> str | None:
        """The one kind of drawer that the text names; None for none or several."""
        told = set(typed.stems)
        named = {category for stems, category in self.library.categories[typed.tongue.locale] if stems <= told}
        return named.pop() if len(named) == 1 else None

    def _in_crisis(self, alarm: Alarm, audience: Audience) -> Answer:
        """The kind's own sentence, its buttons, and that nobody is told."""
        kind, locale = alarm.kind, alarm.locale
        calls, links = [*kind.calls], [*kind.links]
        if audience in YOUNG:
            for talk in (one for one in self.library.content.crisis.kinds if one.id == TALK):
                calls, links = [*calls, *talk.calls], [*links, *talk.links]
        actions = [Action(action="call", number=number) for number in dict.fromkeys(calls)]
        actions += [Action(action="open-link", url=url) for url in dict.fromkeys(links)]
        say = f"{kind.side(locale).say} {self.library.content.words.say[locale].computer}"
        return Answer(f"crisis-{kind.id}", 1.0, say, locale, _with_person(tuple(actions)), (alarm.phrase,))

    def _own(self, locale: Locale, name: str, actions: tuple[Action, ...]) -> Answer:
        """What the helper says itself."""
        sayings = self.library.content.words.say[locale]
        say = {"ask": sayings.ask, "hand-over": sayings.hand_over, "numbers": sayings.numbers}[name]
        return Answer(name, 1.0 if name == "numbers" else 0.0, say, locale, _with_person(actions))


def _with_person(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Every answer offers a person."""
    return actions if PERSON in actions else (*actions, PERSON)


def _offered(found: Found) -> Offered:
    side = found.rule.side(found.locale)
    return Offered(found.rule.id, side.shown, side.examples[0])


class Tally:
    """How often each rule answered in this week. Told once, when the week is over or the process ends; then forgotten."""

    def __init__(self, tell: Callable[[int, dict[str, int]], None]) -> None:
        self._tell, self._week = tell, 0
        self._counts: Counter[str] = Counter()

    def count(self, rule: str, now: int) -> None:
        """One answer. now: seconds since 1970; a week begins on Monday, UTC."""
        week = (now - MONDAY) // WEEK
        if week != self._week:
            self.close()
            self._week = week
        self._counts[rule] += 1

    def close(self) -> None:
        """Tells the week so far: the moment it began, and how often each rule answered."""
        if self._counts:
            self._tell(self._week * WEEK + MONDAY, dict(sorted(self._counts.items())))
        self._counts.clear()
