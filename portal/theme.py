# SPDX-License-Identifier: EUPL-1.2
"""May this theme be served, and if not, why not? Pure.

A municipality's theme sets names of web/tokens.txt to its own colours and roundings, and can do nothing else: no
selector but `:root`, nothing that loads, no text under 4.5:1. So no theme can hide "Nee".

    :root { --basis-color-action-1-color-default: #154273; }
    @media (prefers-color-scheme: dark) { :root { --basis-color-action-1-color-default: #9cc3f0; } }

Contrast: WCAG 2.2, success criterion 1.4.3 and its definition of relative luminance.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TOKENS = Path(__file__).parent / "web" / "tokens.txt"
LEAST_CONTRAST = 4.5
MOST_BYTES = 16 * 1024
MOST_ROUNDING = 2.0  # rem

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NAMES = r"\s*(?:--[a-z0-9-]+\s*:[^;{}]*;\s*)*"
_BLOCK = re.compile(rf"\s*:root\s*\{{({_NAMES})\}}\s*")
_DARK = re.compile(rf"\s*@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)\s*\{{\s*:root\s*\{{({_NAMES})\}}\s*\}}\s*")
_PAIR = re.compile(r"(--[a-z0-9-]+)\s*:([^;{}]*);")
_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE).fullmatch
_ROUNDING = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,4})?)rem").fullmatch


@dataclass(frozen=True)
class Token:
    """A name that a theme may set. light, dark: what it is otherwise. on: names it is read on, for a text colour."""

    kind: Literal["colour", "rounding"]
    light: str
    dark: str
    on: tuple[str, ...]


def read_tokens(text: str) -> dict[str, Token]:
    """`colour --name #light #dark [on --name …]` or `rounding --name 0.75rem`, one a line; `#` and a space comment.

    Raises ValueError for a line that is neither, and for a name it is read on that is no colour here.
    """
    found: dict[str, Token] = {}
    for line in text.splitlines():
        match line.split():
            case [] | ["#", *_]:
                continue
            case ["colour", name, light, dark] if _COLOUR(light) and _COLOUR(dark):
                found[name] = Token("colour", light, dark, ())
            case ["colour", name, light, dark, "on", *on] if _COLOUR(light) and _COLOUR(dark) and on:
                found[name] = Token("colour", light, dark, tuple(on))
            case ["rounding", name, size] if _ROUNDING(size):
                found[name] = Token("rounding", size, size, ())
            case _:
                raise ValueError(f"tokens.txt: {line}")
    for name, token in found.items():
        if any(found.get(under, token).kind != "colour" or under not in found for under in token.on):
            raise ValueError(f"tokens.txt: {name} is read on what is no colour here")
    return found


def why_not(theme: str, tokens: Mapping[str, Token]) -> str | None:
    """Why this theme may not be served; None: it may."""
    if len(theme.encode()) > MOST_BYTES:
        return "it is longer than 16 KiB"
    if "\\" in theme:
        return "it has an escape"
    text, light, dark = _COMMENT.sub(" ", theme), dict[str, str](), dict[str, str]()
    place = 0
    while place < len(text):
        block = _BLOCK.match(text, place) or _DARK.match(text, place)
        if block is None:
            return "it has something else than :root blocks, for light and for dark" if text[place:].strip() else None
        into = dark if block.re is _DARK else light
        for name, value in _PAIR.findall(block[1]):
            wrong = _wrong(name, value.strip(), tokens)
            if wrong or name in into:
                return wrong or f"{name} is set twice"
            into[name] = value.strip()
        place = block.end()
    return _apart(light, dark, tokens) or _faint("light", light, tokens) or _faint("dark", dark, tokens)


def _wrong(name: str, value: str, tokens: Mapping[str, Token]) -> str | None:
    token = tokens.get(name)
    if token is None:
        return f"{name} is not in tokens.txt"
    if token.kind == "colour":
        return None if _COLOUR(value) else f"{name} is not a colour such as #154273"
    rounding = _ROUNDING(value)
    if rounding is None or float(rounding[1]) > MOST_ROUNDING:
        return f"{name} is not a rounding from 0rem to 2rem"
    return None


def _apart(light: Mapping[str, str], dark: Mapping[str, str], tokens: Mapping[str, Token]) -> str | None:
    """A colour for the day alone would also stand at night, on our own night's background."""
    colours = {name for name in {*light, *dark} if tokens[name].kind == "colour"}
    lacking = sorted(name for name in colours if name not in light or name not in dark)
    return f"{lacking[0]} is set for light or dark only" if lacking else None


def _faint(mode: Literal["light", "dark"], given: Mapping[str, str], tokens: Mapping[str, Token]) -> str | None:
    colours = {name: token.light if mode == "light" else token.dark for name, token in tokens.items()} | dict(given)
    for name, token in tokens.items():
        for under in token.on:
            found = contrast(colours[name], colours[under])
            if found < LEAST_CONTRAST:
                return f"{name} on {under} has {found:.2f}:1 in {mode}, less than 4.5:1"
    return None


def contrast(one: str, other: str) -> float:
    """Between two colours `#rgb` or `#rrggbb`: 1 to 21."""
    dim, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
