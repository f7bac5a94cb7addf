# SPDX-License-Identifier: EUPL-1.2
"""`python -m tests.chatbot.folding`: how the rules do on ways to ask that they were not given.

Each further way to ask (chatbot/content/asked/) is put to rules that have all others but a fifth: its own fold. So
whoever tunes the rules sees how well they generalise, and may read what went wrong. It says more than a question that
the rules know, and less than questions of others: their writer is the same.
"""

import dataclasses
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator

from chatbot.answering import Answering
from chatbot.library import Content
from chatbot.match import Margins
from chatbot.ready import make_ready
from chatbot.rules import LOCALES, OWN, Locale, Rule
from tests.chatbot.shelf import PHONE, content

FOLDS = 5


def number(text: str) -> int:
    """A number of a text that is always the same."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def without(whole: Content, fold: int) -> Content:
    """The content without the ways to ask of one fold."""

    def thinner(rule: Rule) -> Rule:
        left = {
            locale: side.model_copy(update={"asked": tuple(t for t in side.asked if number(t) % FOLDS != fold)})
            for locale, side in ((one, rule.side(one)) for one in LOCALES)
        }
        return rule.model_copy(update=left)

    return dataclasses.replace(whole, rules=tuple(thinner(rule) for rule in whole.rules))


def asked(fold: int) -> Iterator[tuple[Rule, Locale, str]]:
    """The ways to ask of one fold."""
    for rule in content().rules:
        for locale in LOCALES:
            for text in rule.side(locale).asked:
                if number(text) % FOLDS == fold:
                    yield rule, locale, text


def figures(fold: int) -> tuple[Counter[str], list[tuple[str, str, str]]]:
    """asked, right, offered (asked back with the right rule), sure (another rule answered); and what went wrong."""
    answering = Answering(make_ready(without(content(), fold)), Margins(), (PHONE, *content().words.numbers))
    told, wrong = Counter[str](), []
    for rule, locale, text in asked(fold):
        answer = answering.answer(text, locale, rule.audience[number(text) % len(rule.audience)])
        told["asked"] += 1
        told["right"] += answer.rule == rule.id
        told["offered"] += any(choice.rule == rule.id for choice in answer.choices)
        told["sure"] += answer.rule not in (*OWN, rule.id)
        if answer.rule != rule.id:
            wrong.append((rule.id, answer.rule, text))
    return told, wrong


def main() -> None:
    """Prints the figures of each fold; with `wrong`, also each question that went wrong."""
    whole = Counter[str]()
    for fold in range(FOLDS):
        told, wrong = figures(fold)
        whole += told
        for line in wrong if "wrong" in sys.argv else ():
            print(*line, sep=" | ")
    for name in ("right", "offered", "sure"):
        print(f"{name}: {whole[name]} of {whole['asked']} = {100 * whole[name] / whole['asked']:.1f} %")


if __name__ == "__main__":
    main()
