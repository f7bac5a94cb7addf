# SPDX-License-Identifier: EUPL-1.2
"""The few pages of the ways to the gateway: one sentence each, no script, no data, the caseworker's language."""

POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_WORDS = {
    "opened": {
        "nl": ("Het is open", "Sluit dit tabblad. Ga verder in het andere."),
        "en": ("It is open", "Close this tab. Go on in the other one."),
    },
    "refused": {
        "nl": ("Dat kan nu niet", "De aanmelding is niet gelukt. Sluit dit tabblad of begin opnieuw."),
        "en": ("Not possible now", "The sign-in did not work. Close this tab or begin again."),
    },
    "stale": {
        "nl": ("Deze link is verlopen", "Ga terug naar je bureau en probeer het nog eens."),
        "en": ("This link has expired", "Go back to your desk and try once more."),
    },
    "away": {
        "nl": ("Het lukt even niet", "De aanmelding geeft geen antwoord. Probeer het over een minuut."),
        "en": ("Not available now", "The sign-in does not answer. Try again in a minute."),
    },
}


def page(accepted: str, what: str) -> str:
    """The page, in Dutch unless the browser asks for English first."""
    lang = "en" if accepted.strip().lower().startswith("en") else "nl"
    title, text = _WORDS[what][lang]
    link = {"nl": "Naar het bureau", "en": "To the desk"}[lang]
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><main><h1>{title}</h1><p>{text}</p><p><a href="/">{link}</a></p></main></html>\n'
    )
