# SPDX-License-Identifier: EUPL-1.2
"""The shape of each file of the catalogue, as written by hand. Meaning: docs/for-municipalities/catalogue.md."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from consent.ages import Band, Voice
from consent.purposes import Words


class Row(BaseModel):
    """Every file: its members exactly, camelCase, no conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class TextRow(Row):
    """One text in each language."""

    nl: str
    en: str

    def words(self) -> Words:
        """The same, as the value that rules use."""
        return Words(self.nl, self.en)


class PackageFile(Row):
    """package.yaml"""

    version: int
    recalled: list[str]


class DrawerFile(Row):
    """A row of drawers.yaml."""

    id: str
    title: TextRow
    about: TextRow
    askable: bool
    sensitive: bool
    from_age: int
    schemas: list[str]


class QuestionFile(Row):
    """A row of questions.yaml."""

    uri: str
    title: TextRow
    schemas: list[str]


class ScreenFile(Row):
    """The fixed words around a purpose's own, and those of grounds, kinds and items."""

    what_for: TextRow
    why_allowed: TextRow
    needed: TextRow
    extra: TextRow
    how_long: TextRow
    afterwards: TextRow
    if_no: TextRow
    stop: TextRow
    at_most: TextRow
    at_most_years: TextRow
    grounds: dict[str, TextRow]
    kinds: dict[Literal["once", "until", "every"], TextRow]
    items: dict[Literal["drawer", "record", "answer", "deposit"], TextRow]


class ApprovingFile(Row):
    """Voices for one band of one regime."""

    able: list[Voice]
    not_able: list[Voice]


class RegimeFile(Row):
    """One regime of ages.yaml."""

    title: TextRow
    bands: dict[Band, ApprovingFile]


class AgesFile(Row):
    """ages.yaml"""

    version: int
    regimes: dict[str, RegimeFile]


class ItemFile(Row):
    """One item of a purpose."""

    kind: Literal["drawer", "record", "answer"]
    ref: str
    required: bool


class KeepFile(TextRow):
    """How long what was read may be kept, in days and in words."""

    days: int


class PurposeFile(Row):
    """purposes/<name>.<version>.yaml"""

    id: str
    act: Literal["read", "deposit"]
    work_process: TextRow
    valid_from: date
    valid_until: date | None
    title: TextRow
    why: TextRow
    if_no: TextRow
    ground: str
    article: str
    regime: str
    items: list[ItemFile]
    kinds: list[str]
    max_days: int
    ends: list[int]
    keep: KeepFile
    articles: list[str]
    roles: list[str]
    min_age: int
    answer_by: int
    reason: bool
    step_up: bool
    daily: int
    expiry: int
    processing_activity: str
    dpia: str
    checklist: dict[str, TextRow]
