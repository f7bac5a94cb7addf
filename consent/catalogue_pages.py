# SPDX-License-Identifier: EUPL-1.2
"""The catalogue as pages for people: one per purpose, as a privacy officer reads it, and a list of them all.

Made from the loaded catalogue and from nothing else (`python -m serve catalogue-pages FOLDER`), so that a page says what
the register does. The shipped ones are in docs/catalogue; a test fails when they differ.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from consent.ages import BANDS
from consent.catalogue_checks import CHECKLIST
from consent.purposes import Catalogue, Item, Purpose, Words, period_days, text, text_hash

_HEAD = "<!-- SPDX-License-Identifier: EUPL-1.2 -->\n<!-- Made by `python -m serve catalogue-pages`. Change the catalogue. -->\n"
_GROUND = {
    "consent": "toestemming (AVG art. 6 lid 1 a)",
    "contract": "overeenkomst (AVG art. 6 lid 1 b)",
    "legal-duty": "wettelijke plicht (AVG art. 6 lid 1 c)",
    "public-task": "publieke taak (AVG art. 6 lid 1 e)",
}
_VOICE = {
    "she": "zij zelf",
    "parent": "een ouder met gezag",
    "parents": "alle ouders met gezag",
    "representative": "curator of mentor",
    "manual": "met de hand, door twee medewerkers",
}
_ASKS = {
    "free": "Wat kost een nee? / What does a no cost?",
    "other-way": "Kan het ook anders? / Is there another way?",
    "least": "Is dit het minste? / Is it the least?",
}


def pages(catalogue: Catalogue) -> dict[str, str]:
    """File name -> Markdown: `README.md`, and `<name>.<version>.md` for each version of each purpose."""
    ordered = sorted(catalogue.purposes.values(), key=lambda one: (one.name, one.version))
    found = {name_of(one): _page(one, catalogue) for one in ordered}
    rows = [
        f"| [{one.title.nl}]({name_of(one)}) | {one.work_process.nl} | {_roles(one, catalogue)} | {_GROUND[one.ground]} |"
        f" {one.max_days} | {one.keep_days} |" + (" ingetrokken" if one.uri in catalogue.recalled else "")
        for one in ordered
    ]
    lead = (
        f"{_HEAD}# Doelen: wat er gevraagd mag worden\n\n"
        f"Catalogus, versie {catalogue.version}: {len(rows)} doelen. Elk doel heeft een eigen bladzijde, voor wie moet "
        "toetsen of het mag en of het nodig is. **Geen jurist heeft de artikelen, grondslagen en termijnen bekeken**, en "
        "geen jongere de teksten: zie [known weaknesses](../known-weaknesses.md). Hoe je ze verandert en ondertekent: "
        "[the catalogue](../for-municipalities/catalogue.md).\n\n"
        "| doel | werkproces | wie vraagt | grondslag | hoogstens (dagen) | bewaard (dagen) |\n|---|---|---|---|---|---|\n"
    )
    return {"README.md": lead + "\n".join(rows) + "\n"} | found


def name_of(one: Purpose) -> str:
    """The page's file name."""
    return f"{one.name.replace(':', '.')}.{one.version}.md"


def _page(one: Purpose, catalogue: Catalogue) -> str:
    recalled = (
        "\n**Ingetrokken: niemand mag dit doel nog gebruiken. / Recalled.**\n" if one.uri in catalogue.recalled else ""
    )
    parts = [f"{_HEAD}# {one.title.nl}\n\n*{one.title.en}.* `{one.uri}`\n{recalled}"]
    parts += [f"\n## Wat zij leest\n\n{_quoted(text(one, 'nl'))}\n\n## What she reads\n\n{_quoted(text(one, 'en'))}\n"]
    parts += [
        "\n## De regels\n\n| | |\n|---|---|\n",
        *(f"| {name} | {value} |\n" for name, value in _rules(one, catalogue)),
    ]
    parts += ["\n## Wie ja moet zeggen\n\n", _voices(one, catalogue)]
    parts += ["\n## Wat er in een stuk staat\n\n", *_fields(one, catalogue)]
    parts += ["\n## Vrijwillig, en het minste\n"]
    answers = dict(one.checklist)
    parts += [f"\n**{_ASKS[name]}** {answers[name].nl} *{answers[name].en}*\n" for name in CHECKLIST]
    parts += [f"\nHash of the text that a grant names: nl `{text_hash(one, 'nl')}`, en `{text_hash(one, 'en')}`\n"]
    return "".join(parts)


def _rules(one: Purpose, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    until = "verder" if one.valid_until is None else f"tot {_day(one.valid_until)}"
    yield "werkproces", f"{one.work_process.nl} / {one.work_process.en}"
    yield "wat de vrager krijgt", "niets: alleen brengen" if one.act == "deposit" else "lezen"
    yield "wie mag vragen", _roles(one, catalogue)
    yield "grondslag", _GROUND[one.ground]
    yield "artikel", one.article
    yield "nodig", _items(one, required=True)
    yield "extra, alleen als zij wil", _items(one, required=False)
    yield "hoe", ", ".join(map(_kind, one.kinds))
    yield "hoogstens", f"{one.max_days} dagen; te kiezen: {', '.join(map(str, one.ends))}"
    yield "bewaard daarna", f"hoogstens {one.keep_days} dagen, alleen onder {'; '.join(one.articles)}"
    yield "antwoord op het wissen", f"binnen {one.answer_by} dagen"
    yield "jongste leeftijd", str(one.min_age)
    yield "reden bij elke keer openen", "ja" if one.reason else "nee"
    yield "haar passkey bij het ja", "ja" if one.step_up else "nee"
    yield "keer openen per dag", f"hoogstens {one.daily}"
    yield "vraag staat open", f"{one.expiry} dagen"
    yield "te vragen", f"vanaf {_day(one.valid_from)} {until}"
    yield "register van verwerkingen", one.processing_activity
    yield "DPIA", one.dpia


def _roles(one: Purpose, catalogue: Catalogue) -> str:
    return ", ".join(catalogue.roles[role].nl for role in one.roles)


def _items(one: Purpose, *, required: bool) -> str:
    return "; ".join(_item(item) for item in one.items if item.required is required) or "niets"


def _item(item: Item) -> str:
    said: dict[str, str] = {"drawer": "de hele la", "record": "een stuk:", "answer": "alleen ja of nee:"}
    return f"{said[item.kind]} {_both(item.title)}"


def _both(said: Words) -> str:
    return said.nl if said.nl == said.en else f"{said.nl} / {said.en}"


def _kind(kind: str) -> str:
    return {"once": "één keer", "until": "tot een dag"}.get(kind) or f"één keer per {period_days(kind)} dagen"


def _voices(one: Purpose, catalogue: Catalogue) -> str:
    """Per age, from the table of the regime: who says yes, also where she is not able to decide this."""
    rows = [
        f"| {band} | "
        + " | ".join(_said(catalogue.ages.rows[one.regime, band, able]) for able in (True, False))
        + " |\n"
        for band in BANDS
    ]
    head = (
        f"Regime `{one.regime}`. *Niet in staat*: een hulpverlener tekende dat zij dit nu niet zelf kan overzien.\n\n"
    )
    return f"{head}| leeftijd | ja van | niet in staat |\n|---|---|---|\n" + "".join(rows)


def _said(voices: frozenset[str]) -> str:
    return " en ".join(said for voice, said in _VOICE.items() if voice in voices)


def _fields(one: Purpose, catalogue: Catalogue) -> Iterator[str]:
    """Every record type that can come along, with the names of its fields."""
    for item in one.items:
        whole = catalogue.drawers[item.ref].schemas if item.kind == "drawer" else ()
        schemas = (item.ref,) if item.kind == "record" else whole
        for uri in schemas:
            schema = catalogue.schemas[uri]
            names = ", ".join(str(field["x-title"]["nl"]).lower() for field in schema.document["properties"].values())
            yield f"- {item.title.nl}: **{schema.title.nl}** ({names})\n"
        if item.kind == "answer":
            computed = ", ".join(catalogue.schemas[uri].title.nl for uri in catalogue.questions[item.ref].schemas)
            yield f"- {item.title.nl} Haar eigen toestel antwoordt uit: {computed}. De vrager krijgt ja of nee.\n"


def _quoted(said: str) -> str:
    """Line by line, as it stands on the screen. Two spaces at the end would be lost by an editor: a break is written."""
    return "\n".join(f"> {line}<br>" for line in said.split("\n"))


def _day(seconds: int) -> str:
    # A day in the catalogue begins at midnight in Amsterdam, an hour or two before that of UTC.
    return datetime.fromtimestamp(seconds + 12 * 3600, UTC).strftime("%Y-%m-%d")
