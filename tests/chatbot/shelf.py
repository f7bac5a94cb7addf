# SPDX-License-Identifier: EUPL-1.2
"""A small library of our own for tests of the matching: three rules, four kinds of crisis. Real files, read as any."""

from functools import lru_cache
from pathlib import Path

import yaml

from chatbot.answering import Answer, Answering
from chatbot.language import Tongue
from chatbot.library import Content, read
from chatbot.match import Margins
from chatbot.ready import Library, make_ready, opened, tongue_of
from chatbot.rules import Audience, Locale

HERE = Path(__file__).parent
SMALL, OVERLAY = HERE / "small", HERE / "overlay"
DEVELOPMENT = HERE / "development"
ONCE_HELD_OUT, HELD_OUT = DEVELOPMENT / "once_held_out", HERE / "held_out"
PHONE = "14 0123"


@lru_cache
def small() -> Content:
    """The small content."""
    return read(content=SMALL)


@lru_cache
def library() -> Library:
    """The same, made ready."""
    return make_ready(small())


def asks(text: str, locale: Locale = "nl", audience: Audience = "12-15", *, asked: bool = False) -> Answer:
    """What the small helper answers."""
    return Answering(library(), Margins(), (PHONE,)).answer(text, locale, audience, asked=asked)


@lru_cache
def content() -> Content:
    """Our own content, read anew: with all that is only learned from. Once for all tests, for it takes seconds."""
    return read()


@lru_cache
def tongue(locale: Locale) -> Tongue:
    """A language, learned from it anew."""
    return tongue_of(content(), locale)


@lru_cache
def ours() -> Answering:
    """The helper with its own content, as it is shipped. Raises ContentError when that cannot be read."""
    library = opened()
    return Answering(library, Margins(), (PHONE, *library.content.words.numbers))


def asked_in(folder: Path, name: str) -> dict[str, object]:
    """A file of the questions that are held out, or were once."""
    found = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found
