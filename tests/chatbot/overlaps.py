# SPDX-License-Identifier: EUPL-1.2
"""`python -m tests.chatbot.overlaps`: does the content hold a question that is held out, or was once? Prints where, never what.

A figure of questions that were learned tells nothing. A question is compared by the hash of its bare words, so that whoever runs
this learns no held-out sentence.
"""

import hashlib
import sys
from collections.abc import Iterator
from typing import Any

import yaml

from chatbot.language import normalise
from chatbot.rules import LOCALES
from tests.chatbot.shelf import DEVELOPMENT, HELD_OUT, ONCE_HELD_OUT, content


def texts_in(value: Any) -> Iterator[str]:
    """All texts in a file, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from texts_in(one)
            yield from [name] if isinstance(one, list) and " " in name else ()
    elif isinstance(value, list):
        for one in value:
            yield from texts_in(one)


def hashed(text: str) -> str:
    """The hash of the words alone, so that case and marks make no other question; "" for one of two words or fewer:
    anybody would write those ("stop delen")."""
    words = "".join(c if c.isalnum() else " " for c in normalise(text, {})).split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if len(words) > 2 else ""


def held() -> set[str]:
    """The hashes of all questions that were held out once."""
    files = (path.read_text("utf-8") for folder in (ONCE_HELD_OUT, HELD_OUT) for path in folder.glob("*.yaml"))
    return {hashed(text) for file in files for text in texts_in(yaml.safe_load(file))} - {""}


def of_rules() -> Iterator[tuple[str, str]]:
    """(where, text) of each example, each further way to ask, and all else that the weights are learned from."""
    for rule in content().rules:
        for locale in LOCALES:
            side = rule.side(locale)
            for name, texts in (("examples", side.examples), ("asked", side.asked)):
                for text in texts:
                    yield f"{rule.theme}/{rule.id}, {locale}, {name}", text
    for locale in LOCALES:
        yield from ((f"elsewhere.yaml, {locale}", text) for text in content().elsewhere.of(locale))
        for kind, sides in (*content().cries.kinds.items(), ("harmless", content().cries.harmless)):
            yield from ((f"cries.yaml, {kind}, {locale}", text) for text in sides.of(locale))


def of_development() -> Iterator[tuple[str, str]]:
    """(where, text) of each question for tuning."""
    for path in sorted(DEVELOPMENT.glob("*.yaml")):
        for text in texts_in(yaml.safe_load(path.read_text("utf-8"))):
            yield path.name, text


def both() -> list[str]:
    """Where the content, or the first development set, has one of them."""
    secret = held()
    return [where for where, text in (*of_rules(), *of_development()) if hashed(text) in secret]


if __name__ == "__main__":
    found = both()
    for line in found:
        print(line)
    print(f"{len(found)} of our questions are held out, or were once")
    sys.exit(1 if found else 0)
