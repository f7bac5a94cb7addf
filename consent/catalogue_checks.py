# SPDX-License-Identifier: EUPL-1.2
"""What a catalogue may say. Each check returns findings, `<place>: <code>`; an empty list means good.

The words are checked as far as a machine can: both languages there, short sentences, a short "why", no hard words,
no police, enforcement, fraud or debt-collection role. Whether a purpose is lawful, people must judge.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from consent.purposes import GROUNDS, Catalogue, Purpose, Words, parts, period_days

CHECKLIST = ("free", "other-way", "least")
"""Voluntariness answers each purpose gives: is no free of harm, is there another way, is it the least."""

_FORBIDDEN = re.compile(
    r"polic|politie|enforc|handhav|\bboa\b|fraud|incasso|collect|deurwaarder|bailiff|prosecut|justiti|recherch"
    r"|detective|probation|reclasser|leerplicht|attendance.officer|immigra|vreemdeling|sociale.recherche|invorder",
    re.IGNORECASE,
)
_HARD = re.compile(
    r"\b(teneinde|derhalve|betreffende|verstrek\w*|conform|alsmede|inzake|dient|jegens|middels|hieromtrent|tevens"
    r"|aangaande|indien|ingevolge|krachtens|desgewenst|grondslag|verwerk\w*|persoonsgegevens)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?]+(?:\s|$)")
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_ACTIVITY = re.compile(r"https://[^\s/]+/\S+/v?[1-9]\d*")
_FIELD = {
    "string": {"maxLength", "minLength", "enum", "format", "x-choices"},
    "integer": {"minimum", "maximum", "x-unit"},
    "boolean": set[str](),
    "array": {"items", "maxItems", "minItems"},
}
UNITS = ("cents", "minutes", "hours", "days", "times", "years")
_SCHEMA = {"$schema", "$id", "x-title", "x-attachment", "type", "additionalProperties", "properties", "required"}


def words(place: str, said: Words, longest: int = 20) -> Iterator[str]:
    """Both languages there, tidy, no sentence longer than `longest` words, no hard word in the Dutch."""
    for lang in ("nl", "en"):
        line = said.say(lang)
        if not line or line != line.strip() or unicodedata.normalize("NFC", line) != line or not line.isprintable():
            yield f"{place}.{lang}: untidy"
        if any(len(sentence.split()) > longest for sentence in _SENTENCE.split(line)):
            yield f"{place}.{lang}: sentence too long"
    if _HARD.search(said.nl):
        yield f"{place}.nl: hard word"


def purpose(path: str, one: Purpose, catalogue: Catalogue) -> Iterator[str]:
    """All that is wrong with one purpose within its catalogue."""
    if _file(one.uri) != path.removesuffix(".yaml") or not path.startswith("purposes/"):
        yield "id: not the name of the file"
    said = {"workProcess": one.work_process, "title": one.title, "why": one.why, "ifNo": one.if_no, "keep": one.keep}
    said |= {f"checklist.{key}": answer for key, answer in one.checklist}
    for place, line in said.items():
        yield from words(place, line)
        if _FORBIDDEN.search(f"{line.nl} {line.en}"):
            yield f"{place}: forbidden"
    yield from (f"why.{lang}: over 15 words" for lang in ("nl", "en") if len(one.why.say(lang).split()) > 15)
    if tuple(key for key, _ in one.checklist) != CHECKLIST:
        yield "checklist: not the three answers"
    if one.ground not in GROUNDS:
        yield "ground: unknown"
    if one.regime not in catalogue.ages.regimes:
        yield "regime: unknown"
    # Consent as legal ground and the age rule for consent go together (AVG article 8, UAVG article 5).
    if (one.ground == "consent") != (one.regime == "avg-toestemming"):
        yield "regime: does not fit the ground"
    if not one.article or not one.articles or not one.dpia:
        yield "article, articles, dpia: empty"
    if not _ACTIVITY.fullmatch(one.processing_activity):
        yield "processingActivity: no versioned https address"
    if one.valid_until is not None and one.valid_until <= one.valid_from:
        yield "validUntil: before validFrom"
    yield from _items(one, catalogue)
    yield from _numbers(one)
    if not one.roles or len(set(one.roles)) != len(one.roles):
        yield "roles: none or twice"
    yield from (f"roles: {role}: unknown" for role in one.roles if role not in catalogue.roles)


def _items(one: Purpose, catalogue: Catalogue) -> Iterator[str]:
    if not one.items or len({(item.kind, item.ref) for item in one.items}) != len(one.items):
        yield "items: none or twice"
    for index, item in enumerate(one.items):
        known: Mapping[str, object] = {
            "drawer": catalogue.drawers,
            "record": catalogue.schemas,
            "answer": catalogue.questions,
        }[item.kind]
        if item.ref not in known:
            yield f"items.{index}.ref: unknown"
        elif item.kind == "drawer" and not catalogue.drawers[item.ref].askable:
            yield f"items.{index}.ref: may not be asked"
        elif item.kind == "drawer" and one.act == "read" and catalogue.drawers[item.ref].sensitive and not one.step_up:
            yield "stepUp: a sensitive drawer needs it"
        if one.act == "deposit" and item.kind != "drawer":
            yield f"items.{index}.kind: deposits go into drawers"


def _numbers(one: Purpose) -> Iterator[str]:
    for index, kind in enumerate(one.kinds):
        try:
            period_days(kind)
        except ValueError:
            yield f"kinds.{index}: unknown"
    if not one.kinds or len(set(one.kinds)) != len(one.kinds):
        yield "kinds: none or twice"
    if not 1 <= len(one.ends) <= 4 or list(one.ends) != sorted(set(one.ends)):
        yield "ends: one to four, ascending"
    if any(not 1 <= end <= one.max_days for end in one.ends):
        yield "ends: beyond maxDays"
    limits = {
        "maxDays": (one.max_days, 1, 1826),
        "keep.days": (one.keep_days, 0, 7305),
        "minAge": (one.min_age, 0, 18),
        "answerBy": (one.answer_by, 1, 30),
        "daily": (one.daily, 1, 1_000_000),
        "expiry": (one.expiry, 3, 60),
    }
    for place, (value, least, most) in limits.items():
        if not least <= value <= most:
            yield f"{place}: not within {least} and {most}"


def drawers_and_roles(catalogue: Catalogue, drawer_rows: int, question_rows: int) -> Iterator[str]:
    """Ids, texts and references of drawers, named questions and roles. Row counts show an id given twice."""
    if drawer_rows != len(catalogue.drawers) or question_rows != len(catalogue.questions):
        yield "drawers.yaml, questions.yaml: id twice"
    for drawer in catalogue.drawers.values():
        place = f"drawers.yaml: {drawer.id}"
        yield from words(f"{place}.title", drawer.title)
        yield from words(f"{place}.about", drawer.about)
        if not _ID.fullmatch(drawer.id):
            yield f"{place}: id"
        yield from (f"{place}: {uri}: unknown" for uri in drawer.schemas if uri not in catalogue.schemas)
    for question in catalogue.questions.values():
        yield from words(f"questions.yaml: {question.uri}", question.title)
        if not _file(question.uri).startswith("questions/"):
            yield f"questions.yaml: {question.uri}: id"
        yield from (f"questions.yaml: {uri}: unknown" for uri in question.schemas if uri not in catalogue.schemas)
    for role, title in catalogue.roles.items():
        yield from words(f"roles.yaml: {role}", title)
        if not _ID.fullmatch(role) or _FORBIDDEN.search(f"{role} {title.nl} {title.en}"):
            yield f"roles.yaml: {role}: forbidden"
    yield from (f"package.yaml: recalled: {uri}: unknown" for uri in catalogue.recalled - set(catalogue.purposes))


def schema(path: str, document: Mapping[str, Any]) -> Iterator[str]:
    """A record type outside the subset that the form can show: text, number, date, yes/no, choice, list of those."""
    if set(document) - {"examples"} != _SCHEMA or document["$schema"] != "https://json-schema.org/draft/2020-12/schema":
        yield "members: not exactly those of a record type"
        return
    if _file(document["$id"]) != path.removesuffix(".json") or not path.startswith("schemas/"):
        yield "$id: not the name of the file"
    if document["type"] != "object" or document["additionalProperties"] is not False:
        yield "type: closed object expected"
    if document["x-attachment"] not in ("none", "optional", "required"):
        yield "x-attachment: unknown"
    yield from _title("x-title", document["x-title"])
    yield from (f"required: {name}: unknown" for name in document["required"] if name not in document["properties"])
    for name, field in document["properties"].items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
            yield f"properties.{name}: name"
        yield from _title(f"properties.{name}.x-title", field.get("x-title"))
        yield from _field(f"properties.{name}", {key: value for key, value in field.items() if key != "x-title"})


def _field(place: str, field: Mapping[str, Any]) -> Iterator[str]:
    kind = field.get("type")
    if kind not in _FIELD or set(field) - {"type"} - _FIELD[kind]:
        yield f"{place}: not in the subset"
    elif kind == "array":
        inner = field.get("items", {})
        if inner.get("type") == "array" or "maxItems" not in field:
            yield f"{place}: list of lists, or without maxItems"
        yield from _field(f"{place}.items", inner)
    elif kind == "integer" and not ({"minimum", "maximum"} <= set(field) and field.get("x-unit", "days") in UNITS):
        yield f"{place}: minimum, maximum and a known unit"
    elif kind == "string" and "enum" in field:
        choices = field.get("x-choices", {})
        if set(choices) != set(field["enum"]):
            yield f"{place}: x-choices are not the enum"
        for name, said in choices.items():
            yield from _title(f"{place}.x-choices.{name}", said)
    elif kind == "string" and field.get("format", "date") != "date":
        yield f"{place}: format"
    elif kind == "string" and ("maxLength" in field) == ("format" in field):
        yield f"{place}: maxLength or a date"


def _title(place: str, said: object) -> Iterator[str]:
    if isinstance(said, dict) and set(said) == {"nl", "en"} and all(isinstance(line, str) for line in said.values()):
        yield from words(place, Words(said["nl"], said["en"]))
    else:
        yield f"{place}: nl and en expected"


def _file(uri: object) -> str:
    """The path, without ending, at which a versioned thing lies; empty if its URI is spelled otherwise."""
    try:
        kind, name, version = parts(str(uri))
    except ValueError:
        return ""
    return f"{kind}s/{name.replace(':', '.')}.{version}"
