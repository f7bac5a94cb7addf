# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.chatbot`: how long one answer of the helper takes, on one core, with its own rules and with 500.

Each question is asked alone, in this process: what is measured is the core's time for the answer, not HTTP, nor what
else the machine does. The questions are the examples of the rules, with a typing error in every second
one, and one in fifty as long as a question may be.
"""

import dataclasses
import gc
import hashlib
import os
import time
from collections.abc import Sequence

from chatbot.answering import Answering
from chatbot.language import Tongue
from chatbot.library import Content, read
from chatbot.match import Margins
from chatbot.ready import Library, make_ready, opened, tongue_of
from chatbot.rules import AUDIENCES, LOCALES, Locale, Side

RULES, NUMBER, BAR = 500, 3_000, 5.0
LONGEST = 500


def questions(content: Content) -> list[tuple[str, Locale]]:
    """As many as are asked, in an order that is always the same."""
    examples = [(text, locale) for rule in content.rules for locale in LOCALES for text in rule.side(locale).examples]
    found: list[tuple[str, Locale]] = []
    for n in range(NUMBER):
        text, locale = examples[n * 7919 % len(examples)]
        at = n % max(1, len(text) - 1)
        if n % 2:
            text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
        if n % 50 == 49:
            text = " ".join(examples[(n + more) * 104_729 % len(examples)][0] for more in range(30))[:LONGEST]
        found.append((text, locale))
    return found


def grown(content: Content) -> Content:
    """The content with as many rules as the bar is for. Each further rule is one of ours about something else: the words that
    say nothing alone stay, every other word becomes one of the same language, always the same within a rule. So it is asked
    in as many ways and in as natural sentences, and is told from the others by as much as they are."""
    told = {locale: tongue_of(content, locale) for locale in LOCALES}
    words = {locale: sorted(word for word in one.known if word.isalpha()) for locale, one in told.items()}
    rules = list(content.rules)
    while len(rules) < RULES:
        one, turn = content.rules[len(rules) % len(content.rules)], len(rules)
        sides = {locale: _about(one.side(locale), told[locale], words[locale], turn) for locale in LOCALES}
        rules.append(one.model_copy(update={"id": f"{one.id}-{turn}", **sides}))
    return dataclasses.replace(content, rules=tuple(rules[:RULES]))


def _about(side: Side, tongue: Tongue, words: Sequence[str], turn: int) -> Side:
    """A rule's ways to ask, about something else."""

    def other(word: str) -> str:
        if tongue.known.get(word, word) in tongue.empty:
            return word
        return words[int(hashlib.sha256(f"{turn} {word}".encode()).hexdigest()[:8], 16) % len(words)]

    def said(text: str) -> str:
        return " ".join(other(word) for word in tongue.words(text))[:200]

    examples, asked = (tuple(map(said, texts)) for texts in (side.examples, side.asked))
    phrases = {said(text): weight for text, weight in side.phrases.items()}
    return side.model_copy(update={"examples": examples, "asked": asked, "phrases": phrases})


def measure(library: Library) -> list[float]:
    """Milliseconds of each answer, sorted."""
    answering = Answering(library, Margins(), ())
    asked = questions(library.content)
    for text, locale in asked[:200]:
        answering.answer(text, locale, "16+")
    gc.collect()
    gc.freeze()
    took = []
    for n, (text, locale) in enumerate(asked):
        began = time.thread_time_ns()
        answering.answer(text, locale, AUDIENCES[n % len(AUDIENCES)])
        took.append((time.thread_time_ns() - began) / 1e6)
    return sorted(took)


def told(name: str, took: Sequence[float]) -> str:
    """One line: median, 99th of a hundred, longest."""
    return f"{name}: median {took[len(took) // 2]:.2f} ms, p99 {took[len(took) * 99 // 100]:.2f} ms, longest {took[-1]:.2f} ms"


def main() -> int:
    """Prints the figures; 1 when the bar (p99 with 500 rules) is missed."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    began = time.process_time()
    library = opened()
    print(f"made ready in {time.process_time() - began:.2f} s")
    print(told(f"{len(library.content.rules)} rules", measure(library)))
    began = time.process_time()
    larger = make_ready(grown(read()))
    print(f"{RULES} rules learned from nothing in {time.process_time() - began:.0f} s")
    took = measure(larger)
    print(told(f"{RULES} rules", took), f"(bar: p99 {BAR:.0f} ms)")
    return 0 if took[len(took) * 99 // 100] <= BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
