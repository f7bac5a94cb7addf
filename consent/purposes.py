# SPDX-License-Identifier: EUPL-1.2
"""Purposes, and what may be asked for them: the catalogue as values, and the refusal of over-asking.

A purpose is signed data: it lists items, kinds, lengths, roles and its legal ground, and nobody may ask beyond the
list. What is wrong is told by position and code, all of it together, never by value. Reading the files:
`consent.catalogue`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from consent.ages import AgeRules, end_of
from formats.grant import Grant
from formats.request import Request
from formats.spelling import H

LANGUAGES = ("nl", "en")
Wrong = tuple[str, str]
"""JSON pointer into the claims of what was sent, and a code."""

DAY = 86_400
GROUNDS = ("consent", "contract", "legal-duty", "public-task")
"""AVG article 6 (1) a, b, c, e. Vital interest and own interest are no ground to ask for a drawer."""
_NAMED = re.compile(r"urn:kluisje:(purpose|schema|question):((?:[a-z][a-z0-9-]*:)?[a-z][a-z0-9-]*):([1-9][0-9]{0,3})")
_KIND = re.compile(r"once|until|every:([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Words:
    """One text in each language: B1 Dutch, and English."""

    nl: str
    en: str

    def say(self, lang: str) -> str:
        """The text in `nl` or `en`; KeyError for another language."""
        return {"nl": self.nl, "en": self.en}[lang]


@dataclass(frozen=True, slots=True)
class Drawer:
    """A category of drawer (the `cat` of an epoch statement)."""

    id: str
    title: Words
    about: Words
    askable: bool  # False: no purpose may ask for it as a whole (`private`, `answers`)
    sensitive: bool  # True: a yes to the whole drawer takes a passkey
    from_age: int
    schemas: tuple[str, ...]  # URIs of the record types that lie here, in the order of the screen


@dataclass(frozen=True, slots=True)
class Schema:
    """A record type: a JSON Schema (2020-12) in the small subset that the form can show."""

    uri: str
    title: Words
    attachment: Literal["none", "optional", "required"]
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NamedQuestion:
    """A yes/no question that her own device answers: the `q` of a record with schema `answer`."""

    uri: str
    title: Words
    schemas: tuple[str, ...]  # the records that the answer may be computed from


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a purpose may ask: a whole drawer (category), a record (schema URI), an answer (question URI)."""

    kind: Literal["drawer", "record", "answer"]
    ref: str
    required: bool
    title: Words


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose, one version. Fields as in the table of purposes in docs/for-municipalities/catalogue.md."""

    uri: str
    act: Literal["read", "deposit"]
    work_process: Words
    valid_from: int
    valid_until: int | None
    title: Words
    why: Words
    if_no: Words
    ground: str
    article: str
    regime: str
    items: tuple[Item, ...]
    kinds: tuple[str, ...]  # `once`, `until`, `every:<days>`
    max_days: int
    ends: tuple[int, ...]  # at most four lengths in days, ascending, that the screen offers
    keep_days: int
    keep: Words
    articles: tuple[str, ...]  # the only ones that a closing may name for keeping
    roles: tuple[str, ...]
    min_age: int
    answer_by: int  # days in which the organisation answers the deletion duty
    reason: bool
    step_up: bool
    daily: int  # looks a day
    expiry: int  # days that a question stays open
    processing_activity: str
    dpia: str
    checklist: tuple[tuple[str, Words], ...]
    shown: Words  # the whole text on the screen; see `text`

    @property
    def name(self) -> str:
        """`back-to-school` of `urn:kluisje:purpose:back-to-school:1`."""
        return parts(self.uri)[1]

    @property
    def version(self) -> int:
        """1 of `urn:kluisje:purpose:back-to-school:1`."""
        return parts(self.uri)[2]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rules as loaded: everything by its id. `recalled` holds URIs of purposes that nobody may use any more."""

    version: int
    drawers: Mapping[str, Drawer]
    schemas: Mapping[str, Schema]
    questions: Mapping[str, NamedQuestion]
    roles: Mapping[str, Words]
    purposes: Mapping[str, Purpose]
    ages: AgeRules
    recalled: frozenset[str]

    def newest(self, name: str) -> Purpose | None:
        """The newest version of `back-to-school` that is not recalled; None if there is none."""
        known = [p for p in self.purposes.values() if p.name == name and p.uri not in self.recalled]
        return max(known, key=lambda p: p.version, default=None)


def parts(uri: str) -> tuple[str, str, int]:
    """`urn:kluisje:<kind>:<name>:<version>` -> kind, name, version. ValueError if it is spelled otherwise.

    A municipality puts its own name before that of what it adds: `urn:kluisje:purpose:zwolle:swimming-lessons:1`.
    """
    match = _NAMED.fullmatch(uri)
    if not match:
        raise ValueError("urn:kluisje:<kind>:<name>:<version> expected")
    return match[1], match[2], int(match[3])


def period_days(kind: str) -> int:
    """0 for `once` and `until`, n for `every:<n>`. ValueError for anything else."""
    match = _KIND.fullmatch(kind)
    if not match:
        raise ValueError("once, until or every:<days> expected")
    return int(match[1] or 0)


def text(purpose: Purpose, lang: str) -> str:
    """The exact text on the screen, lines joined by LF. The `h` of a grant's `pur` is H of its UTF-8 bytes."""
    return purpose.shown.say(lang)


def text_hash(purpose: Purpose, lang: str) -> str:
    """`pur.h`: H(text)."""
    return H(text(purpose, lang))


def over_asking(asked: Request, purpose: Purpose, role: str, *, recalled: bool = False) -> list[Wrong]:
    """What a question asks beyond its purpose: all of it. Empty list: nothing too much.

    `role` is what the directory or the client's registration says of the asker; the question must say the same.
    Asking for less, shorter, or as optional what the purpose calls required is always fine.
    """
    latest = end_of(asked.nbf, purpose.max_days)
    valid = purpose.valid_from <= asked.iat and (purpose.valid_until is None or asked.iat < purpose.valid_until)
    checks = [
        (asked.pur == purpose.uri, "/pur", "not-listed"),
        (not recalled, "/pur", "recalled"),
        (valid, "/pur", "not-valid"),
        (asked.act == purpose.act, "/act", "not-listed"),
        (asked.knd in purpose.kinds, "/knd", "not-listed"),
        (asked.gnd == purpose.ground, "/gnd", "not-listed"),
        (asked.role == role and role in purpose.roles, "/who/role", "not-listed"),
        (asked.exp <= asked.iat + purpose.expiry * DAY, "/exp", "too-long"),
        (asked.ends <= latest, "/ends", "too-long"),
    ]
    required: dict[tuple[str, str], bool] = {(item.kind, item.ref): item.required for item in purpose.items}
    for index, item in enumerate(asked.items):
        listed = required.get((item.kind, item.ref))
        checks.append((listed is not None, f"/items/{index}/ref", "not-listed"))
        checks.append((listed is not False or not item.required, f"/items/{index}/req", "only-optional"))
    return [(at, code) for fine, at, code in checks if not fine]


def not_as_asked(given: Grant, asked: Request, purpose: Purpose) -> list[Wrong]:
    """What a signed grant gives beyond the question it answers, or beyond the purpose. Empty list: nothing.

    Fewer items, an earlier end, or `once` where the purpose lists it, is her right. A required drawer left out is a
    counter-offer, not a yes. Schemas are sealed: of records and answers only "some were asked" can be seen here.
    """
    once = given.knd == "once" and "once" in purpose.kinds
    spoken = given.lang in LANGUAGES
    checks = [
        (given.req == asked.jti, "/req", "other-question"),
        (given.aud == asked.iss, "/aud", "other-team"),
        (given.org == asked.org, "/org", "other-organisation"),
        (given.act == asked.act, "/act", "other-act"),
        (given.knd == asked.knd or once, "/knd", "other-kind"),
        (given.purpose == asked.pur == purpose.uri, "/pur/uri", "other-purpose"),
        (spoken, "/pur/lang", "other-language"),
        (not spoken or given.text_hash == text_hash(purpose, given.lang), "/pur/h", "other-text"),
        (given.nbf >= asked.nbf, "/nbf", "too-early"),
        (given.exp <= min(asked.ends, end_of(given.nbf, purpose.max_days)), "/exp", "too-long"),
    ]
    drawers = {item.ref: item.required for item in asked.items if item.kind == "drawer"}
    singles_asked = len(drawers) < len(asked.items)
    for index, drawer in enumerate(given.drawers):
        if drawer.singles:
            checks.append((singles_asked, f"/drw/{index}/one", "not-asked"))
        else:
            checks.append((drawer.cat in drawers, f"/drw/{index}/cat", "not-asked"))
    whole = {drawer.cat for drawer in given.drawers if not drawer.singles}
    left_out = any(required and category not in whole for category, required in drawers.items())
    checks.append((not left_out, "/drw", "required-missing"))
    return [(at, code) for fine, at, code in checks if not fine]
