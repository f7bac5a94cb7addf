# SPDX-License-Identifier: EUPL-1.2
"""The few pages of signing in: plain HTML, no script, Dutch (B1) and English; they work with a keyboard alone.

Every value is escaped here. `form-action` names each place a form may lead to, redirects included.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape

_STYLE = (
    "body{font:1.125rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.6rem}dt{font-weight:bold}dd{margin:0 0 .75rem}"
    "button{font:inherit;padding:.75rem 1.25rem;margin:.25rem .5rem .25rem 0;border:2px solid #154273;"
    "background:#fff;color:#154273;min-height:3rem}button.go{background:#154273;color:#fff}"
    "button:focus,a:focus{outline:3px solid #b35900;outline-offset:2px}"
    ".demo{background:#ffd400;color:#000;font-weight:bold;padding:1rem;border:3px solid #000}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "sign-in": "Inloggen",
        "person": "U logt in bij uw kluisje met deze app:",
        "caseworker": "U logt in als hulpverlener. Klopt dit?",
        "app": "App",
        "purpose": "Waarvoor",
        "case": "Toestemming",
        "drawers": "Welke laden",
        "ends": "Toestemming eindigt op",
        "asks": "U kunt hiermee",
        "ask": "vragen om gegevens",
        "read": "lezen wat is toegestaan",
        "deposit": "gegevens in een la leggen",
        "go": "Verder naar inloggen",
        "cancel": "Stoppen",
        "check": "Hebt u dit niet zelf gestart? Kies dan Stoppen.",
        "fault": "Inloggen kan nu niet",
        "stale": "Deze pagina is te oud, al gebruikt of niet voor deze browser. Ga terug naar de app en begin opnieuw.",
        "away": "Er is iets mis bij ons. Probeer het over een paar minuten opnieuw.",
        "demo": "DEMO. Dit zijn verzonnen mensen. Gebruik dit nooit met echte gegevens.",
        "who": "Wie bent u?",
    },
    "en": {
        "sign-in": "Sign in",
        "person": "You are signing in to your vault with this app:",
        "caseworker": "You are signing in as a caseworker. Is this right?",
        "app": "App",
        "purpose": "What for",
        "case": "Grant",
        "drawers": "Which drawers",
        "ends": "The grant ends on",
        "asks": "With this you can",
        "ask": "ask for data",
        "read": "read what was allowed",
        "deposit": "put data into a drawer",
        "go": "Go on and sign in",
        "cancel": "Stop",
        "check": "Did you not start this yourself? Then choose Stop.",
        "fault": "You cannot sign in now",
        "stale": "This page is too old, was used, or is for another browser. Go back to the app and start again.",
        "away": "Something is wrong on our side. Try again in a few minutes.",
        "demo": "DEMO. These people are made up. Never use this with real data.",
        "who": "Who are you?",
    },
}


def language(accept: str) -> str:
    """`nl` or `en` from an Accept-Language header: Dutch unless English stands first."""
    return "en" if accept.strip().lower().startswith("en") else "nl"


def policy(targets: Sequence[str]) -> str:
    """The content security policy of a page whose forms may lead to these origins."""
    places = " ".join(("'self'", *targets)) if targets else "'none'"
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {places}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _page(lang: str, title: str, inner: str) -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"</head><body><main><h1>{escape(title)}</h1>{inner}</main></body></html>"
    ).encode()


def _hidden(values: Mapping[str, str]) -> str:
    return "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in values.items())


def sign_in(
    lang: str, *, person: bool, facts: Sequence[tuple[str, str]], action: str, hidden: Mapping[str, str]
) -> bytes:
    """The page before signing in: who asks, what for, until when; go on or stop. facts: (word, value)."""
    words = WORDS[lang]
    listed = "".join(f"<dt>{escape(words[word])}</dt><dd>{escape(value)}</dd>" for word, value in facts)
    inner = (
        f"<p>{escape(words['person' if person else 'caseworker'])}</p><dl>{listed}</dl>"
        f"<p>{escape(words['check'])}</p>"
        f'<form method="post" action="{escape(action)}">{_hidden(hidden)}'
        f'<button class="go" name="decision" value="go">{escape(words["go"])}</button>'
        f'<button name="decision" value="cancel">{escape(words["cancel"])}</button></form>'
    )
    return _page(lang, words["sign-in"], inner)


def fault(lang: str, word: str) -> bytes:
    """A page that says that it did not work, and what to do; never where the request came from."""
    words = WORDS[lang]
    return _page(lang, words["fault"], f"<p>{escape(words[word])}</p>")


def people(lang: str, *, names: Sequence[tuple[str, str]], action: str, hidden: Mapping[str, str]) -> bytes:
    """The demo sign-in: the synthetic people, under its band. names: (subject, name)."""
    words = WORDS[lang]
    buttons = "".join(
        f'<p><button class="go" name="who" value="{escape(subject)}">{escape(name)}</button></p>'
        for subject, name in names
    )
    inner = (
        f'<p class="demo" role="note">{escape(words["demo"])}</p><p>{escape(words["who"])}</p>'
        f'<form method="post" action="{escape(action)}">{_hidden(hidden)}{buttons}</form>'
    )
    return _page(lang, words["sign-in"], inner)
