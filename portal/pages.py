# SPDX-License-Identifier: EUPL-1.2
"""The pages that are only text: about, help numbers, privacy, accessibility, goodbye; in Dutch and English. No script.

Made once at start from pages/<language>/<name>.html; `$name`, `$phone`, `$dial` and `$contact` are the installation's.
"""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from portal.settings import PortalSettings

FOLDER = Path(__file__).parent / "pages"
STYLE = FOLDER / "text.css"
PATHS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "about": "/over",
        "help": "/hulp",
        "privacy": "/privacy",
        "accessibility": "/toegankelijkheid",
        "bye": "/bye",
    },
    "en": {
        "about": "/en/about",
        "help": "/en/help",
        "privacy": "/en/privacy",
        "accessibility": "/en/accessibility",
        "bye": "/en/bye",
    },
}
_LINKS = {
    "nl": {"about": "Over", "help": "Hulp", "privacy": "Privacy", "accessibility": "Toegankelijkheid", "to": "Kluisje"},
    "en": {"about": "About", "help": "Help", "privacy": "Privacy", "accessibility": "Accessibility", "to": "Kluisje"},
}
_OTHER = {"nl": ("en", "In English"), "en": ("nl", "In het Nederlands")}
_TITLE = re.compile("<h1>(.*?)</h1>")


def pages(settings: PortalSettings) -> dict[str, bytes]:
    """Path -> page, in both languages."""
    shown = {
        "name": escape(settings.name),
        "phone": escape(settings.phone),
        "dial": re.sub("[^0-9+]", "", settings.phone),
        "contact": escape(settings.contact),
    }
    made = {}
    for lang, paths in PATHS.items():
        for name, path in paths.items():
            text = Template((FOLDER / lang / f"{name}.html").read_text("utf-8")).substitute(shown)
            made[path] = page(lang, name, text)
    return made


def page(lang: str, name: str, text: str) -> bytes:
    """One whole page around its text (HTML). name: which one, for its links."""
    other, word = _OTHER[lang]
    title = _TITLE.search(text)
    assert title is not None, f"the page {name} has no heading"
    links = "".join(
        f'<li><a href="{PATHS[lang][one]}"{_here(one, name)}>{_LINKS[lang][one]}</a></li>'
        for one in ("about", "help", "privacy", "accessibility")
    )
    there = PATHS[other].get(name)
    across = "" if there is None else f'<li><a href="{there}" lang="{other}" hreflang="{other}">{word}</a></li>'
    label = {"nl": "Pagina's", "en": "Pages"}[lang]
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title[1]} · Kluisje</title>"
        '<link rel="stylesheet" href="/text.css"><link rel="stylesheet" href="/theme.css"></head>'
        f'<body><header><nav aria-label="{label}"><ul><li><a href="/">{_LINKS[lang]["to"]}</a></li>{links}{across}</ul>'
        f"</nav></header>\n<main>\n{text}</main></body></html>\n"
    ).encode()


def _here(one: str, name: str) -> str:
    return ' aria-current="page"' if one == name else ""
