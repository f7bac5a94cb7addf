# SPDX-License-Identifier: EUPL-1.2
"""Is the content right? The same questions in the tests, by hand (`python -m chatbot check`) and when an overlay starts.

Shapes are refused earlier (library.py). Here: enough examples, each answered by its own rule and no other; plain
language; numbers that may stand there; nothing that asks for somebody's data; sources that exist; nothing out of date.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from chatbot.answering import TALK, Answering
from chatbot.language import normalise
from chatbot.library import Content, Fault, Place
from chatbot.match import Margins
from chatbot.plain import ease, sentences, words_of
from chatbot.ready import Library
from chatbot.rules import LOCALES, SHOWING, Audience, Locale, Rule

LEAST_EXAMPLES = 8
MOST_SENTENCES, MOST_CRISIS_SENTENCES, MOST_WORDS = 4, 6, 20
LEAST_EASE = {"nl": 70.0, "en": 60.0}
"""Flesch-Douma for Dutch, Flesch's reading ease for English: what B1 readers get through."""
GRACE = timedelta(days=60)
KINDS = ("danger", "suicide", "violence", TALK)
_NUMBER = re.compile(r"\d[\d -]*\d")
_ASKING = {
    "nl": r"\b(typ|vertel|geef mij|geef me|stuur|schrijf|vul in|wat is je|hoe heet|hoe oud|wanneer ben je)\b",
    "en": r"\b(type|tell me|give me|send|write|fill in|what is your|how old)\b",
}
_DATA = {
    "nl": r"\b(naam|nummer|bsn|geboren|geboortedatum|datum|adres|verhaal|wat er is gebeurd|heet|oud)\b",
    "en": r"\b(name|number|born|birth|date|address|story|what happened|old)\b",
}
_SAYS_NOT = re.compile(r"\b(geen|niet|nooit|no|not|never)\b")
_FEELING = re.compile(
    r"\b(ik begrijp je|ik snap je|ik voel met je mee|i understand you|i feel for you|i know how you feel)\b"
)


def faults_of(
    library: Library, margins: Margins, *, numbers: Iterable[str], today: date | None, root: Path | None = None
) -> list[Fault]:
    """Everything wrong with the content, in the order of the files.

    numbers: what a rule may name. today: to see what is out of date; None: not looked at. root: where sources are looked
    up; None: not.
    """
    content = library.content
    found = [*_crisis(content), *_words(content)]
    allowed = {re.sub(r"\D", "", one) for one in numbers}
    for rule in content.rules:
        at = content.places[rule.id]
        told = [*_told(rule, content, allowed), *_pointing(rule, content)]
        if root is not None:
            told += _sources(rule.source, root)
        found += [Fault(at.file, at.line, f"{rule.id}: {what}") for what in told]
        if today is not None:
            found += _due(rule, at, today)
    return sorted({*found, *_examples(library, margins, tuple(numbers))})


# -- examples ------------------------------------------------------------------------------------------------


def _examples(library: Library, margins: Margins, numbers: tuple[str, ...]) -> Iterator[Fault]:
    """Each example is answered by its own rule, for every audience it names, in its own language."""
    answering = Answering(library, margins, numbers)
    for rule in library.content.rules:
        at = library.content.places[rule.id]
        for locale in LOCALES:
            for example in rule.side(locale).examples:
                wrong = _led_elsewhere(answering, rule, locale, example)
                if wrong is not None:
                    yield Fault(at.file, at.line, f"{rule.id}, {locale}: {example!r} leads to {wrong}")


def _led_elsewhere(answering: Answering, rule: Rule, locale: Locale, example: str) -> str | None:
    """What an example led to instead of its rule, for the first audience where it did; None: all is well."""
    audiences: tuple[Audience, ...] = rule.audience
    for audience in audiences:
        answer = answering.answer(example, locale, audience)
        if answer.rule != rule.id:
            offered = ", ".join(one.rule for one in answer.choices)
            return f"{answer.rule}{f' ({offered})' if offered else ''} {answer.confidence:.2f} for {audience}"
    return None


# -- sentences -----------------------------------------------------------------------------------------------


def _told(rule: Rule, content: Content, allowed: set[str]) -> Iterator[str]:
    for locale in LOCALES:
        side = rule.side(locale)
        if len(side.examples) < LEAST_EXAMPLES:
            yield f"{locale}: {len(side.examples)} examples, {LEAST_EXAMPLES} are needed"
        if len({normalise(one, {}) for one in side.examples}) < len(side.examples):
            yield f"{locale}: an example stands twice"
        for say in (side.say,) if isinstance(side.say, str) else side.say.values():
            for what in (*_plain(say, locale, content), *_asking(say, locale)):
                yield f"{locale}: {what}"
            for number in _NUMBER.findall(say):
                bare = re.sub(r"\D", "", number)
                if len(bare) > 2 and bare not in allowed:
                    yield f"{locale}: the number {number.strip()} is in no setting"


def _plain(say: str, locale: Locale, content: Content, *, crisis: bool = False) -> Iterator[str]:
    """crisis: these sentences are names and numbers, as the help lines themselves say them; only their length counts."""
    parts, most = sentences(say), MOST_CRISIS_SENTENCES if crisis else MOST_SENTENCES
    if len(parts) > most:
        yield f"{len(parts)} sentences, at most {most}"
    for part in parts:
        if len(words_of(part)) > MOST_WORDS:
            yield f"a sentence of {len(words_of(part))} words, at most {MOST_WORDS}: {part!r}"
    reached = ease(say, locale)
    if not crisis and reached < LEAST_EASE[locale]:
        yield f"reads as {reached:.0f}, at least {LEAST_EASE[locale]:.0f}: {say!r}"
    low = " ".join(words_of(say)).lower()
    for hard in content.words.of(locale).hard:
        if re.search(rf"\b{re.escape(hard.lower())}\b", low):
            yield f"the hard word {hard!r}"


def _asking(say: str, locale: Locale) -> Iterator[str]:
    """A sentence of ours that asks for data, or claims to feel."""
    for part in sentences(say):
        low = part.lower()
        if _FEELING.search(low):
            yield f"a computer does not feel: {part!r}"
        asks = re.search(_ASKING[locale], low) and re.search(_DATA[locale], low)
        if asks and not _SAYS_NOT.search(low):
            yield f"this asks for somebody's data: {part!r}"


def _pointing(rule: Rule, content: Content) -> Iterator[str]:
    """Actions name kinds of drawers that there are."""
    for action in rule.actions:
        if action.action in SHOWING and action.category is not None and action.category not in content.words.categories:
            yield f"there is no kind of drawer {action.category!r}"


# -- crisis and words ----------------------------------------------------------------------------------------


def _crisis(content: Content) -> Iterator[Fault]:
    """Every kind is there, and its sentences hold exactly its numbers."""
    known = {kind.id for kind in content.crisis.kinds}
    for name in KINDS:
        if name not in known:
            yield Fault("crisis.yaml", 1, f"the kind {name} is not there")
    for kind in content.crisis.kinds:
        calls = {re.sub(r"\D", "", number) for number in kind.calls}
        for locale in LOCALES:
            say = kind.side(locale).say
            told = {re.sub(r"\D", "", one) for one in re.findall(r"\b\d[\d-]*\d\b", re.sub(r"\S+\.\w{2,}", "", say))}
            if told != calls:
                yield Fault("crisis.yaml", 1, f"{kind.id}, {locale}: says {sorted(told)}, calls {sorted(calls)}")
            for what in _plain(say, locale, content, crisis=True):
                yield Fault("crisis.yaml", 1, f"{kind.id}, {locale}: {what}")


def _words(content: Content) -> Iterator[Fault]:
    for locale in LOCALES:
        if locale not in content.words.say:
            yield Fault("words.yaml", 1, f"say has no {locale}")
            continue
        sayings = content.words.say[locale]
        for say in (sayings.ask, sayings.hand_over, sayings.numbers, sayings.computer):
            for what in (*_plain(say, locale, content), *_asking(say, locale)):
                yield Fault("words.yaml", 1, f"{locale}: {what}")
        for word in (*content.words.of(locale).forms, *content.words.of(locale).youth):
            if len(words_of(normalise(word, {}))) != 1:
                yield Fault("words.yaml", 1, f"{locale}: {word!r} is not one word")


# -- sources and dates ---------------------------------------------------------------------------------------


def _sources(source: str, root: Path) -> Iterator[str]:
    """`docs/page.md#heading` exists. Web links are asked at night (tests/chatbot/test_links.py)."""
    if source.startswith("https://"):
        return
    path, _, anchor = source.partition("#")
    if not (root / path).is_file():
        yield f"the source {path} is not there"
    elif anchor and anchor not in anchors((root / path).read_text("utf-8")):
        yield f"{path} has no heading #{anchor}"


def anchors(text: str) -> set[str]:
    """The names of a page's headings, as code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    named = {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
    return named | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def _due(rule: Rule, at: Place, today: date) -> Iterator[Fault]:
    again = rule.reviewed.again if rule.reviewed else None
    if again is not None and today > again:
        grave = today > again + GRACE
        yield Fault(at.file, at.line, f"{rule.id}: to be looked at again since {again}", grave)
