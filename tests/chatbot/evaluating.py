# SPDX-License-Identifier: EUPL-1.2
"""The held-out questions put to the helper as it is shipped: figures per theme, and what was answered instead.

    python -m tests.chatbot.evaluating                the questions that were held out once: the second development set now
    python -m tests.chatbot.evaluating --held-out     those that nobody who tunes may read. Count each look

It prints names of rules and numbers, never a question.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt
from pathlib import Path
from typing import Any

import yaml

from chatbot.answering import Answer, Answering
from chatbot.rules import OWN, Audience, Locale
from tests.chatbot.shelf import HELD_OUT, HERE, ONCE_HELD_OUT, asked_in, ours

APART = ("crisis", "harmless", "off_topic")
KINDS: tuple[tuple[str, Locale], ...] = (("youth", "nl"), ("plain", "nl"), ("typed", "nl"), ("en", "en"))
BETWEEN = 1.96
"""Standard deviations of a 95 % interval."""


@dataclass(frozen=True)
class Question:
    """One question. right: the rules that answer it."""

    theme: str
    name: str
    kind: str
    text: str
    locale: Locale
    audience: Audience
    right: frozenset[str]


@dataclass
class Figures:
    """asked, right, asked back with the right rule among the buttons, wrong and sure; (name, what came instead)."""

    asked: int = 0
    right: int = 0
    offered: int = 0
    sure: int = 0
    instead: Counter[tuple[str, str]] = field(default_factory=Counter)

    def interval(self) -> tuple[float, float]:
        """95 % interval of the share that is right (Wilson)."""
        n, p, z = max(1, self.asked), self.right / max(1, self.asked), BETWEEN
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def line(self) -> str:
        """One line to read."""
        low, high = self.interval()
        share, n = 100 * self.right / max(1, self.asked), max(1, self.asked)
        return (
            f"{self.right}/{self.asked} right = {share:.1f} % ({100 * low:.0f}–{100 * high:.0f}), "
            f"{self.offered} asked back with it, {self.sure} wrong and sure = {100 * self.sure / n:.1f} %"
        )


def questions(folder: Path) -> Iterator[Question]:
    """All of a folder, but crisis, harmless and off-topic."""
    # The first were written before the rules, under names of their own.
    names = yaml.safe_load((HERE / "names.yaml").read_text("utf-8")) if folder == ONCE_HELD_OUT else {}
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in APART:
            continue
        asked: dict[str, Any] = asked_in(folder, path.stem)
        whose = asked.pop("audience", None)
        for name, kinds in asked.items():
            right, also = frozenset(names.get(name, [name])), kinds.get("also", {})
            for kind, locale in KINDS:
                audience = whose or ("12-15" if kind == "youth" else "16+")
                for text in kinds.get(kind) or ():
                    good = right | frozenset(also.get(text, ()))
                    yield Question(path.stem, name, kind, text, locale, audience, good)


@lru_cache
def answers(folder: Path) -> list[tuple[Question, Answer]]:
    """Each question of a folder, and what the helper answers."""
    return [(one, ours().answer(one.text, one.locale, one.audience)) for one in questions(folder)]


@lru_cache
def answered(folder: Path) -> dict[tuple[str, str], Figures]:
    """(`theme` or `kind` or `language`, which) -> figures."""
    found: dict[tuple[str, str], Figures] = {}
    for one, answer in answers(folder):
        for key in (("theme", one.theme), ("kind", one.kind), ("language", one.locale)):
            figures = found.setdefault(key, Figures())
            figures.asked += 1
            if answer.rule in one.right:
                figures.right += 1
                continue
            figures.offered += any(choice.rule in one.right for choice in answer.choices)
            figures.sure += answer.rule not in OWN
            figures.instead[one.name, answer.rule] += 1
    return found


@lru_cache
def crisis(answering: Answering, folder: Path) -> tuple[list[str], int]:
    """The kinds that were missed, once for each sentence; and how many sentences there are."""
    asked: dict[str, Any] = asked_in(folder, "crisis")
    also = asked.pop("also", {})
    sentences = [(text, kind) for kind, texts in asked.items() for text in texts]
    missed = []
    for text, kind in sentences:
        good = {f"crisis-{one}" for one in (kind, *also.get(text, ()))}
        heard = {answering.answer(text, locale, "12-15").rule for locale in ("nl", "en")}
        if not heard <= good:
            missed.append(f"{kind} → {', '.join(sorted(heard - good))}")
    return missed, len(sentences)


@lru_cache
def false_alarms(answering: Answering, folder: Path) -> tuple[list[str], int]:
    """The kinds that were heard in what only looks like it."""
    asked: dict[str, Any] = asked_in(folder, "harmless")
    answers = [answering.answer(text, locale, "12-15").rule for locale, texts in asked.items() for text in texts]
    return [rule for rule in answers if rule.startswith("crisis-")], len(answers)


@lru_cache
def off_topic(answering: Answering, folder: Path) -> tuple[list[str], int]:
    """The rules that answered what no rule is about."""
    asked: dict[str, Any] = asked_in(folder, "off_topic")
    answers = [answering.answer(text, locale, "12-15").rule for locale, texts in asked.items() for text in texts]
    return [rule for rule in answers if rule not in OWN], len(answers)


def report(folder: Path) -> str:
    """All figures, and per theme what was answered instead, the most frequent first."""
    lines = [f"The helper on {folder.name.replace('_', ' ')}"]
    for (what, which), figures in sorted(answered(folder).items()):
        lines.append(f"  {what:8} {which:14} {figures.line()}")
    for (what, which), figures in sorted(answered(folder).items()):
        if what == "theme" and figures.instead:
            told = ", ".join(f"{name} → {rule} {n}" for (name, rule), n in figures.instead.most_common())
            lines.append(f"  instead  {which:14} {told}")
    for name, (found, number) in (
        ("missed crisis", crisis(ours(), folder)),
        ("false alarms", false_alarms(ours(), folder)),
        ("off-topic answered", off_topic(ours(), folder)),
    ):
        lines.append(f"  {name}: {len(found)} of {number} = {100 * len(found) / number:.1f} % {dict(Counter(found))}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(HELD_OUT if "--held-out" in sys.argv else ONCE_HELD_OUT))
