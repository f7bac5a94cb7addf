# SPDX-License-Identifier: EUPL-1.2
"""Which themes may be served, as a table; and that tokens.txt says what the portal's own sheet says."""

import re

import pytest

from portal.theme import TOKENS, contrast, read_tokens, why_not

NAMES = read_tokens(TOKENS.read_text("utf-8"))
ACTION = "--basis-color-action-1-color-default"
DARK = "@media (prefers-color-scheme: dark) { :root { %s } }"
GOOD = f":root {{ {ACTION}: #154273; }}\n{DARK % f'{ACTION}: #9cc3f0;'}"
TABLE = [
    ("nothing", "", None),
    ("a comment", "/* ours */\n", None),
    ("a colour, light and dark", GOOD, None),
    ("a rounding", ":root{--nl-button-border-radius: 0rem;}", None),
    ("another selector", ".nee { display: none }", "something else"),
    ("a selector after :root", GOOD + " body { visibility: hidden }", "something else"),
    ("a selector list", ":root, .nee { --a: #fff; }", "something else"),
    ("an import", "@import 'https://evil.example/x.css';", "something else"),
    ("another condition", "@media print { :root { } }", "something else"),
    ("an address", f":root {{ {ACTION}: url(https://evil.example); }}", "is not a colour"),
    ("another name's value", f":root {{ {ACTION}: var(--kluisje-page); }}", "is not a colour"),
    ("see-through", f":root {{ {ACTION}: #15427300; }}", "is not a colour"),
    ("a name that is not ours", ":root { --nl-button-font-size: 0; }", "is not in tokens.txt"),
    ("a property", ":root { display: none; }", "something else"),
    ("an escape", ":root { --\\62 : #fff; }", "an escape"),
    ("twice", f":root {{ {ACTION}: #154273; {ACTION}: #154273; }}", "set twice"),
    ("for the day alone", f":root {{ {ACTION}: #154273; }}", "light or dark only"),
    ("too faint by day", GOOD.replace("#154273", "#9cc3f0"), "in light, less than 4.5:1"),
    ("too faint by night", GOOD.replace("#9cc3f0", "#154273"), "in dark, less than 4.5:1"),
    ("round as a ball", ":root{--nl-button-border-radius: 90rem;}", "is not a rounding"),
    ("too long", f"/*{'a' * 17_000}*/", "longer than 16 KiB"),
    ("an open comment", "/* " + GOOD, "something else"),
]


@pytest.mark.parametrize(("theme", "why"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_which_themes_may_be_served(theme: str, why: str | None) -> None:
    found = why_not(theme, NAMES)
    assert (found is None) if why is None else (found is not None and why in found), found


def test_no_theme_can_hide_an_answer() -> None:
    """Whatever one colour becomes, the words of every button stay legible: the background's own colour is refused."""
    for name, token in NAMES.items():
        for under in token.on:
            theme = f":root {{ {name}: {NAMES[under].light}; }}" + DARK % f"{name}: {NAMES[under].dark};"
            assert why_not(theme, NAMES) is not None, name


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#123456", "#123456") == 1


def test_the_list_says_what_our_own_sheet_says() -> None:
    sheet = (TOKENS.parent / "src" / "styles" / "palette.css").read_text("utf-8")
    _, dark = sheet.split("@media (prefers-color-scheme: dark)", 1)
    day = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", sheet.replace(dark.split("\n}\n", 1)[0], "")))
    night = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", dark.split("\n}\n", 1)[0]))
    for name, token in NAMES.items():
        assert token.light == day[name], name
        assert token.dark == night.get(name, day[name]), name


@pytest.mark.parametrize("line", ["colour --a #fff", "rounding --a 1px", "colour --a #fff #000 on --b", "hello"])
def test_a_list_with_another_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"tokens\.txt"):
        read_tokens(line)
