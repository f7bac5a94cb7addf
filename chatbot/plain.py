# SPDX-License-Identifier: EUPL-1.2
"""How plain a sentence is: sentences, words, syllables, and the reading ease made of them.

Pure. Dutch after Douma (1960), 206.84 - 0.93 x words a sentence - 77 x syllables a word; English after Flesch (1948),
206.835 - 1.015 x words a sentence - 84.6 x syllables a word.
"""

import re

from chatbot.rules import Locale

_VOWELS = {
    "nl": re.compile(r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ij|ei|ui|ou|au|[aeiouyáéèëïöü]"),
    "en": re.compile(r"[aeiouy]+"),
}
_END = re.compile(r"(?<=[.!?:])\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.-]*")


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [part for part in _END.split(text.strip()) if _WORD.search(part)]


def words_of(text: str) -> list[str]:
    """The words of a text; a number is one."""
    return _WORD.findall(text)


def syllables(word: str, locale: Locale) -> int:
    """Groups of vowels that are spoken together, at least one."""
    word = word.lower()
    if locale == "en" and word.endswith("e") and not word.endswith(("le", "ee")):
        word = word[:-1]
    return max(1, len(_VOWELS[locale].findall(word)))


def ease(text: str, locale: Locale) -> float:
    """Reading ease: 100 is very easy, 60 plain, 30 for students."""
    words = [word for word in words_of(text) if not word[0].isdigit()]
    if not words:
        return 100.0
    length = len(words) / max(1, len(sentences(text)))
    spoken = sum(syllables(word, locale) for word in words) / len(words)
    if locale == "nl":
        return 206.84 - 0.93 * length - 77 * spoken
    return 206.835 - 1.015 * length - 84.6 * spoken
