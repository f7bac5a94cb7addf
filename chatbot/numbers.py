# SPDX-License-Identifier: EUPL-1.2
"""Numbers of oneself: a BSN, telephone number, bank account or e-mail address that somebody typed.

Pure. It says which kind was found and never where or what: nobody gets the number back. Help lines pass. The portal
asks the same before it sends (its own code); this is the second look.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
IBAN_MODULUS = 97
BETWEEN = " .-/()"
"""What people put between digits."""
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"\+?\d(?:[ .\-/()]{0,2}\d)*")
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}[ .-]?\d{2}(?:[ .-]?[a-z0-9]){11,30}")
_MAIL = re.compile(r"[^\s@<>,;:\"]+\s?@\s?[^\s@<>,;:\"]+\.[^\s@.]{2,}")
_SHORT_LINES = ("0800", "0900", "0906", "0909", "14")


def plain(text: str) -> str:
    """The text with digits of any script as 0 to 9, and without what cannot be seen."""
    if text.isascii():  # as most are
        return text.lower()
    text = unicodedata.normalize("NFKC", text).lower()
    return "".join(_digit(c) for c in text if unicodedata.category(c) != "Cf")


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    if value is not None:
        return str(value)
    return "-" if unicodedata.category(character) == "Pd" else character


def is_bsn(digits: str) -> bool:
    """The eleven test: nine digits, weighted 9 to 2 and -1, add up to a multiple of eleven."""
    if len(digits) != len(BSN_WEIGHTS) or not digits.strip("0"):
        return False
    return sum(int(c) * w for c, w in zip(digits, BSN_WEIGHTS, strict=True)) % 11 == 0


def is_iban(text: str) -> bool:
    """ISO 13616: the first four behind the rest, letters as 10 to 35, leaves 1 modulo 97."""
    moved = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % IBAN_MODULUS == 1


def lines_of(numbers: Iterable[str]) -> frozenset[str]:
    """Numbers of help lines, as `found_in` lets them pass."""
    return frozenset(re.sub(r"\D", "", one) for one in numbers)


def found_in(text: str, lines: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Which of `bsn`, `phone`, `iban` and `mail` stand in the text. lines: see `lines_of`."""
    text = plain(text)
    kinds = set()
    if "@" in text and _MAIL.search(text):
        kinds.add("mail")
    if not _DIGIT.search(text):
        return tuple(kinds)
    for match in _IBAN.finditer(text):
        letters = re.sub(r"[ .-]", "", match[0])
        # What follows may look like a part of it: every length that an IBAN can have is tried.
        if any(is_iban(letters[:length]) for length in range(15, len(letters) + 1)):
            kinds.add("iban")
            text = text.replace(match[0], " ")
    for run in _RUN.finditer(text):
        for digits in _together(run[0]):
            if digits.lstrip("+") in lines or digits.startswith(_SHORT_LINES):
                continue
            if is_bsn(digits):
                kinds.add("bsn")
            if _is_phone(digits):
                kinds.add("phone")
    return tuple(sorted(kinds))


def _together(run: str) -> Iterator[str]:
    """What the groups of a run say when read together, from any group to any later one."""
    groups = re.findall(r"\+?\d+", run)
    for first in range(len(groups)):
        joined = ""
        for group in groups[first : first + 10]:
            joined += group
            yield joined


def _is_phone(digits: str) -> bool:
    """A Dutch number (0 and nine more), or one with its country: +31…, 0031…, at most 15 digits (E.164)."""
    if digits.startswith("+"):
        return 9 <= len(digits) - 1 <= 15
    if digits.startswith("00"):
        return 11 <= len(digits) <= 17
    return len(digits) == 10 and digits[0] == "0"
