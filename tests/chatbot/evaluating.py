# SPDX-License-Identifier: EUPL-1.2
"""The questions that were held out once, put to the helper as it is shipped: figures per theme, and what came instead.

They are the second development set now (development/once_held_out/README.md): who tunes the rules may read them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt
from typing import Any

import yaml

from chatbot.answering import Answering
from chatbot.rules import OWN, Audience, Locale
from tests.chatbot.shelf import HERE, ONCE_HELD_OUT, once_held_out, ours

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


def questions() -> Iterator[Question]:
    """All of them, but crisis, harmless and off-topic."""
    names = yaml.safe_load((HERE / "names.yaml").read_text("utf-8"))
    for path in sorted(ONCE_HELD_OUT.glob("*.yaml")):
        if path.stem in APART:
            continue
        asked: dict[str, Any] = once_held_out(path.stem)
        whose = asked.pop("audience", None)
        for name, kinds in asked.items():
            right = frozenset(names.get(name, [name]))
            for kind, locale in KINDS:
                audience = whose or ("12-15" if kind == "youth" else "16+")
                for text in kinds.get(kind, ()):
                    yield Question(path.stem, name, kind, text, locale, audience, right)


@lru_cache
def answered() -> dict[tuple[str, str], Figures]:
    """(`theme` or `kind` or `language`, which) -> figures."""
    found: dict[tuple[str, str], Figures] = {}
    for one in questions():
        answer = ours().answer(one.text, one.locale, one.audience)
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


def crisis(answering: Answering) -> tuple[list[str], int]:
    """The kinds that were missed, once for each sentence; and how many sentences there are."""
    asked: dict[str, Any] = once_held_out("crisis")
    also = asked.pop("also", {})
    sentences = [(text, kind) for kind, texts in asked.items() for text in texts]
    missed = []
    for text, kind in sentences:
        good = {f"crisis-{one}" for one in (kind, *also.get(text, ()))}
        heard = {answering.answer(text, locale, "12-15").rule for locale in ("nl", "en")}
        if not heard <= good:
            missed.append(f"{kind} → {', '.join(sorted(heard - good))}")
    return missed, len(sentences)


def false_alarms(answering: Answering) -> tuple[list[str], int]:
    """The kinds that were heard in what only looks like it."""
    asked: dict[str, Any] = once_held_out("harmless")
    answers = [answering.answer(text, locale, "12-15").rule for locale, texts in asked.items() for text in texts]
    return [rule for rule in answers if rule.startswith("crisis-")], len(answers)


def off_topic(answering: Answering) -> tuple[list[str], int]:
    """The rules that answered what no rule is about."""
    asked: dict[str, Any] = once_held_out("off_topic")
    answers = [answering.answer(text, locale, "12-15").rule for locale, texts in asked.items() for text in texts]
    return [rule for rule in answers if rule not in OWN], len(answers)


def report() -> str:
    """All figures, and per theme what was answered instead, the most frequent first."""
    lines = ["The helper on the questions that were held out once"]
    for (what, which), figures in sorted(answered().items()):
        lines.append(f"  {what:8} {which:14} {figures.line()}")
    for (what, which), figures in sorted(answered().items()):
        if what == "theme" and figures.instead:
            told = ", ".join(f"{name} → {rule} {n}" for (name, rule), n in figures.instead.most_common())
            lines.append(f"  instead  {which:14} {told}")
    for name, (found, number) in (
        ("missed crisis", crisis(ours())),
        ("false alarms", false_alarms(ours())),
        ("off-topic answered", off_topic(ours())),
    ):
        lines.append(f"  {name}: {len(found)} of {number} = {100 * len(found) / number:.1f} % {dict(Counter(found))}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
