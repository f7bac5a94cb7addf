# SPDX-License-Identifier: EUPL-1.2
"""Ages: bands, birthdays, end dates, and who must say yes.

Every instant is whole seconds since 1970; every day is a day in Amsterdam. A birthday counts from its midnight
there; who was born on 29 February has a birthday on 1 March in other years. The table of approvers is data
(`catalogue/ages.yaml`); the four bands are fixed, because the rules at 12, 16 and 18 hang on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from consent.gezag import MANUAL, decided_by

Band = Literal["under-12", "12-15", "16-17", "18+"]
BANDS: tuple[Band, ...] = get_args(Band)
STEPS = (12, 16, 18)
"""The ages at which a band ends."""

Voice = Literal["she", "parent", "parents", "representative", "manual"]
VOICES: frozenset[str] = frozenset(get_args(Voice))
"""Whose yes a row asks: hers; of one parent with gezag; of all with gezag; of her curator or mentor; by hand."""

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Approvers:
    """Whose yes is needed, all of them together. `manual`: no rule decides, two employees do, by hand."""

    she: bool
    parents: Literal["none", "one", "all"]
    representative: bool
    manual: bool


@dataclass(frozen=True, slots=True)
class AgeRules:
    """The table: (regime, band, able) -> the voices asked. `version` is stored with each question and grant."""

    version: int
    rows: Mapping[tuple[str, Band, bool], frozenset[str]]

    @property
    def regimes(self) -> frozenset[str]:
        """The regimes that the table knows."""
        return frozenset(regime for regime, _, _ in self.rows)


def approvers(rules: AgeRules, regime: str, band: Band, kind: str, able: bool) -> Approvers:
    """Who must say yes, under this regime, at this age.

    `kind` is the gezag as it stands (`gezag.standing`); it matters only where a parent is asked. `able` is False
    only while a signed `vault-able` statement says so. KeyError: a regime that the table does not know.
    """
    voices = rules.rows[regime, band, able]
    parents: Literal["none", "one", "all"] = "none"
    if "parents" in voices:
        parents = "all"
    elif "parent" in voices:
        parents = "one"
    by_hand = "manual" in voices or (parents != "none" and decided_by(kind) == MANUAL)
    return Approvers("she" in voices, parents, "representative" in voices, by_hand)


def midnight(day: date) -> int:
    """The instant at which `day` begins in Amsterdam."""
    return int(datetime.combine(day, time(), _AMSTERDAM).astimezone(UTC).timestamp())


def day_of(now: int) -> date:
    """The day in Amsterdam in which `now` falls."""
    return datetime.fromtimestamp(now, _AMSTERDAM).date()


def end_of(start: int, days: int) -> int:
    """The half-open end of "up to and including the day `days` after `start`": the midnight that ends that day."""
    return midnight(day_of(start) + timedelta(days=days + 1))


def turns(birth: date, age: int) -> int:
    """The instant at which somebody born on `birth` becomes `age`."""
    year = birth.year + age
    try:
        return midnight(birth.replace(year=year))
    except ValueError:  # 29 February in a year without one
        return midnight(date(year, 3, 1))


def band(birth: date | None, now: int) -> Band:
    """The age band at `now`. No birth date means 18 or older: it is deleted on the eighteenth birthday."""
    if birth is None:
        return "18+"
    for step, name in zip(STEPS, BANDS, strict=False):
        if now < turns(birth, step):
            return name
    return "18+"


def next_band_at(birth: date | None, now: int) -> int | None:
    """The instant at which the band changes next; None from 18 on."""
    if birth is None:
        return None
    return next((at for at in (turns(birth, step) for step in STEPS) if now < at), None)


def reaches(birth: date | None, now: int, min_age: int) -> bool:
    """True if somebody of this age may be asked at all. If not, the question stays as unanswered as any other."""
    return birth is None or now >= turns(birth, min_age)
