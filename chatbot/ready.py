# SPDX-License-Identifier: EUPL-1.2
"""The content made ready to answer: its words as stems, and what its signs tell. Found out once, and kept beside it.

What takes seconds (reading YAML, stemming, learning) is done by `python -m chatbot learn`, which writes it all to
`learned/ready.z` with a fingerprint of every byte of the content. A start compares the two: the same bytes are
opened as they were kept, in a moment; other content, or an overlay, is read, checked and made ready anew, and goes on from
the weights that were kept. Nothing is ever written by a start. What was only learned from (further ways to ask, cries, what
no rule is about) is not kept: answering does not need it.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from chatbot.crisis import Listening, cries_of, texts_of
from chatbot.language import Tongue, retold, tongue
from chatbot.learning import FIGURES_OF_LEARNING, ROUNDS, Way, learn, mark
from chatbot.library import CONTENT, Content, ContentError, Fault, Place, read
from chatbot.match import Exact, Listed, Matcher, exactly, ways_of
from chatbot.rules import LOCALES, Asked, Cries, Crisis, Locale, Rule, Shape, Words
from chatbot.signs import FIGURES_OF_SIGNS, Signs
from chatbot.weights import Learned, Lesson, Packed, pack, signs_in

READY = "learned/ready.z"
AGAIN = 2
"""Rounds of learning for other content, on the weights that were kept."""
AGAIN_SAID = "is not as `python -m chatbot learn` wrote it: run that again"


Each = Callable[[Callable[[Locale], "Side"], Iterable[Locale]], Iterable["Side"]]


class Side(Shape):
    """What is kept of one language. forms to listed: see Tongue. exact: what is asked as it was listed. signs: all of them, a
    line each. rules, cries: the weights."""

    forms: dict[str, tuple[str, ...]]
    known: dict[str, str]
    empty: tuple[str, ...]
    concepts: dict[str, tuple[str, ...]]
    listed: dict[str, str]
    exact: Listed
    signs: str
    rules: Packed
    cries: Packed | None

    def learned(self) -> tuple[Learned, Learned | None]:
        """The weights of the rules and of the second ear, over the same signs."""
        signs = Signs(self.signs.split("\n"))
        return Learned(self.rules, signs), None if self.cries is None else Learned(self.cries, signs)


class Kept(Shape):
    """The content without what was only learned from, and what was found out about it."""

    rules: tuple[Rule, ...]
    crisis: Crisis
    words: Words
    places: dict[str, tuple[str, int]]
    layers: tuple[str, ...]
    nl: Side
    en: Side

    def side(self, locale: Locale) -> Side:
        """That of one language."""
        return self.nl if locale == "nl" else self.en

    @property
    def content(self) -> Content:
        """The content as `bare` leaves it."""
        places = {rule: Place(*place) for rule, place in self.places.items()}
        return Content(self.rules, self.crisis, self.words, places, self.layers, Asked(), Cries())


@dataclass(frozen=True)
class Library:
    """The content made ready: what answering asks."""

    content: Content
    tongues: Mapping[Locale, Tongue]
    listening: Listening
    matchers: Mapping[Locale, Matcher]
    categories: Mapping[Locale, tuple[tuple[frozenset[str], str], ...]]
    """Language -> stems, and the kind of drawer that they name."""


def opened(folder: Path = CONTENT) -> Library:
    """The content of a folder, ready. As it was kept when that is of these very bytes; anew when it is not.

    Raises ContentError: with what is wrong with the content, or when what was kept is damaged.
    """
    kept, same = _kept(folder)
    return _assembled(kept) if kept is not None and same else make_ready(read(content=folder), kept)


def make_ready(content: Content, start: Kept | None = None) -> Library:
    """Content made ready here and now. start: weights to go on from; without them it learns from nothing: most of a minute."""
    return _assembled(keep(content, start, rounds=AGAIN if start else ROUNDS))


def weights_kept(folder: Path = CONTENT) -> Kept | None:
    """What was kept of a folder, of this content or of an earlier one; None: nothing. Raises ContentError: damaged."""
    return _kept(folder)[0]


# -- kept --------------------------------------------------------------------------------------------------------


def fingerprint(folder: Path) -> str:
    """Of every byte of the content, the names of its files, and the figures by which signs are told and learned."""
    found = hashlib.sha256(repr((FIGURES_OF_SIGNS, FIGURES_OF_LEARNING)).encode())
    for path in sorted(folder.rglob("*.yaml")):
        content = path.read_bytes()
        found.update(f"\n{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()


def write(folder: Path, kept: Kept) -> None:
    """Writes what is kept: the fingerprint, the hash of what follows, and what follows, deflated."""
    body = kept.model_dump_json(by_alias=True, exclude_defaults=True).encode()
    path = folder / READY
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\n".join((fingerprint(folder).encode(), _hash(body), zlib.compress(body, 9))))


def _kept(folder: Path) -> tuple[Kept | None, bool]:
    """What was kept, and whether it is of this very content."""
    try:
        of, right, body = (folder / READY).read_bytes().split(b"\n", 2)
        whole = zlib.decompress(body)
        if _hash(whole) != right:
            raise ValueError(READY)
        return Kept.model_validate_json(whole), of.decode() == fingerprint(folder)
    except FileNotFoundError:
        return None, False
    except (ValueError, zlib.error, ValidationError) as error:
        raise ContentError([Fault(READY, 1, AGAIN_SAID)]) from error


def _hash(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


# -- made ready --------------------------------------------------------------------------------------------------


def keep(content: Content, start: Kept | None = None, *, rounds: int = ROUNDS, each: Each = map) -> Kept:
    """All that has to be found out about content. Weights of the same ways to ask are taken over from `start`; others are
    learned from nothing, or go on from `start` for so many rounds when those are fewer. each: `map`, or one that works on both
    languages at once."""
    nl, en = each(partial(_side, content, start=start, rounds=rounds), LOCALES)
    content = bare(content)
    return Kept(
        rules=content.rules,
        crisis=content.crisis,
        words=content.words,
        places={rule: (place.file, place.line) for rule, place in content.places.items()},
        layers=content.layers,
        nl=nl,
        en=en,
    )


def bare(content: Content) -> Content:
    """The content without what was only learned from."""
    none = {"asked": ()}
    rules = tuple(
        one.model_copy(update={"nl": one.nl.model_copy(update=none), "en": one.en.model_copy(update=none)})
        for one in content.rules
    )
    return replace(content, rules=rules, elsewhere=Asked(), cries=Cries())


def _side(content: Content, locale: Locale, *, start: Kept | None, rounds: int) -> Side:
    told, before = tongue_of(content, locale), start.side(locale) if start else None
    rules, cries = before.learned() if before else (None, None)
    lessons = [learned_of(ways(content, "rules", locale), told, rules, rounds)]
    if content.cries.kinds:
        lessons.append(learned_of(ways(content, "cries", locale), told, cries, rounds))
    signs = signs_in(lessons)
    packed = [pack(lesson, signs) for lesson in lessons]
    return Side(
        forms=dict(told.forms),
        known=dict(told.known),
        empty=tuple(sorted(told.empty)),
        concepts=dict(told.concepts),
        listed={text: " ".join(told.exact(text)) for text in sorted({*_listed(content, locale)})},
        exact=exactly(content.rules, told),
        signs="\n".join(signs.names),
        rules=packed[0],
        cries=packed[1] if len(packed) > 1 else None,
    )


def _assembled(kept: Kept) -> Library:
    content = kept.content
    tongues = {locale: _tongue(kept, locale) for locale in LOCALES}
    learned = {locale: kept.side(locale).learned() for locale in LOCALES}
    ears = {locale: cries for locale, (_, cries) in learned.items() if cries is not None}
    return Library(
        content,
        tongues,
        Listening(content.crisis, tongues.values(), ears),
        {
            locale: Matcher(content.rules, told, learned[locale][0], Exact(kept.side(locale).exact))
            for locale, told in tongues.items()
        },
        {locale: _categories(content.words, told) for locale, told in tongues.items()},
    )


def _tongue(kept: Kept, locale: Locale) -> Tongue:
    side = kept.side(locale)
    empty = frozenset(side.empty)
    return retold(locale, kept.words.emoji, side.forms, side.known, empty, side.concepts, side.listed)


def ways(content: Content, what: str, locale: Locale) -> tuple[Way, ...]:
    """All that is learned from, in one language. what: `rules` or `cries`."""
    elsewhere = content.elsewhere.of(locale)
    rules = tuple(ways_of(content.rules, elsewhere, locale))
    if what == "rules":
        return rules
    return tuple(cries_of(content.cries, content.crisis, (way.text for way in rules if way.worth == 1), locale))


def learned_of(known: Sequence[Way], told: Tongue, before: Learned | None, rounds: int = ROUNDS) -> Lesson:
    """What these ways to ask teach. before: what was kept, of the same or of others."""
    start = before.lesson() if before is not None else None
    if start is not None and start.of == mark(known, told):
        return start
    return learn(known, told, start if rounds < ROUNDS else None, rounds)


def tongue_of(content: Content, locale: Locale) -> Tongue:
    """A language, learned from all texts of the content."""
    own = content.words.of(locale)
    texts = [*_listed(content, locale), *content.elsewhere.of(locale)]
    for rule in content.rules:
        side = rule.side(locale)
        texts += [*side.examples, *side.asked]
    for cries in (*content.cries.kinds.values(), content.cries.harmless):
        texts += cries.of(locale)
    return tongue(
        locale,
        forms={**own.forms, **own.youth},
        empty=own.empty,
        emoji=content.words.emoji,
        texts=texts,
        concepts=own.concepts,
    )


def _listed(content: Content, locale: Locale) -> Iterator[str]:
    """The texts of our own whose stems are looked for in what is typed."""
    yield from texts_of(content.crisis, locale)
    for rule in content.rules:
        yield from rule.side(locale).phrases
    for named in content.words.categories.values():
        yield from named.get(locale, ())


def _categories(words: Words, told: Tongue) -> tuple[tuple[frozenset[str], str], ...]:
    return tuple(
        (frozenset(told.exact(text)), category)
        for category, named in words.categories.items()
        for text in named.get(told.locale, ())
    )
