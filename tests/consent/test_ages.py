# SPDX-License-Identifier: EUPL-1.2
"""Birthdays, bands, end dates; and the age table: regime, band, gezag and able, each with each."""

from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from consent import ages, catalogue
from consent.gezag import MANUAL, Deciders, Gezag, decided_by, deciders, standing, still_missing

TABLE = yaml.safe_load(Path(__file__).with_name("decisions.yaml").read_text("utf-8"))
RULES = catalogue.load(Path(__file__).parents[2] / "catalogue").ages
NOW = 1_795_000_000


def _utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("born", "age", "at"),
    [
        (date(2011, 3, 4), 16, "2027-03-03T23:00:00"),  # winter: an hour before UTC
        (date(2011, 7, 4), 16, "2027-07-03T22:00:00"),  # summer: two
        (date(2012, 2, 29), 12, "2024-02-28T23:00:00"),  # 2024 has one
        (date(2012, 2, 29), 16, "2028-02-28T23:00:00"),
        (date(2012, 2, 29), 18, "2030-02-28T23:00:00"),  # 2030 has none: 1 March
        (date(2011, 3, 27), 16, "2027-03-26T23:00:00"),
        (date(2011, 3, 28), 12, "2023-03-27T22:00:00"),
        (date(2020, 1, 19), 18, "2038-01-18T23:00:00"),  # past the end of 32 bits
    ],
)
def test_a_birthday_begins_at_midnight_in_amsterdam(born: date, age: int, at: str) -> None:
    assert ages.turns(born, age) == _utc(at)


def test_the_band_changes_in_the_second_of_the_birthday() -> None:
    born = date(2011, 3, 4)
    for step, before, after in ((12, "under-12", "12-15"), (16, "12-15", "16-17"), (18, "16-17", "18+")):
        at = ages.turns(born, step)
        assert (ages.band(born, at - 1), ages.band(born, at), ages.band(born, at + 1)) == (before, after, after)
        assert ages.next_band_at(born, at - 1) == at
        assert (ages.next_band_at(born, at) or at + 1) > at
    assert ages.next_band_at(born, ages.turns(born, 18)) is None


def test_without_a_birth_date_somebody_is_grown_up() -> None:
    assert ages.band(None, NOW) == "18+"
    assert ages.next_band_at(None, NOW) is None
    assert ages.reaches(None, NOW, 18)


def test_a_purpose_reaches_from_the_birthday_on() -> None:
    born = date(2011, 3, 4)
    assert not ages.reaches(born, ages.turns(born, 16) - 1, 16)
    assert ages.reaches(born, ages.turns(born, 16), 16)
    assert ages.reaches(date(2026, 1, 1), NOW, 0)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23T08:00:00", 30, "2026-12-23T23:00:00"),  # up to and including 23 December
        ("2026-11-22T22:59:59", 0, "2026-11-22T23:00:00"),  # the last second of the 22nd
        ("2026-11-22T23:00:00", 0, "2026-11-23T23:00:00"),  # the first of the 23rd
        ("2027-03-20T12:00:00", 10, "2027-03-30T22:00:00"),  # over the change to summer time
        ("2026-10-20T12:00:00", 10, "2026-10-30T23:00:00"),  # and back
    ],
)
def test_an_end_date_is_the_midnight_that_ends_the_day(start: str, days: int, end: str) -> None:
    assert ages.end_of(_utc(start), days) == _utc(end)


def test_a_day_begins_at_its_midnight() -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2024, 2, 29)):
        assert ages.day_of(ages.midnight(day)) == day
        assert ages.day_of(ages.midnight(day) - 1) < day


def test_the_table_of_ages_is_complete() -> None:
    named = [(r, row["band"], able) for row in TABLE["ages"] for r in row["regimes"] for able in row["able"]]
    assert len(named) == len(set(named))
    assert set(named) == set(product(RULES.regimes, ages.BANDS, (True, False))) == set(RULES.rows)


AGE_ROWS = [
    (regime, row["band"], able, row["says"])
    for row in TABLE["ages"]
    for regime in row["regimes"]
    for able in row["able"]
]


@pytest.mark.parametrize("gezag", TABLE["gezag"], ids=lambda row: row["say"])
@pytest.mark.parametrize(("regime", "band", "able", "says"), AGE_ROWS)
def test_who_must_say_yes(regime: str, band: Any, able: bool, says: list[str], gezag: dict[str, Any]) -> None:
    taken = NOW - gezag.get("days", 1) * 86_400
    snapshot = Gezag(gezag["kind"], tuple(gezag["holders"]), gezag.get("in_doubt", False), taken)
    answer = ages.approvers(RULES, regime, band, standing(snapshot, NOW), able)
    wanted = deciders(snapshot, answer.parents, NOW)
    assert answer.she is ("she" in says)
    assert answer.representative is ("representative" in says)
    asked = {"parent", "parents"}.intersection(says)
    if not asked:
        assert (answer.parents, wanted) == ("none", Deciders((), 0, manual=False))
        assert answer.manual is ("manual" in says)
        return
    needed = gezag[asked.pop()]
    assert answer.manual is wanted.manual is (needed == MANUAL)
    assert wanted.needed == (0 if needed == MANUAL else needed)
    assert set(wanted.holders) == (set() if needed == MANUAL else set(gezag["holders"]))


def test_without_a_snapshot_nothing_is_decided_by_rule() -> None:
    assert standing(None, NOW) == MANUAL
    assert deciders(None, "one", NOW) == Deciders((), 0, manual=True)
    assert ages.approvers(RULES, "wgbo", "under-12", MANUAL, able=True).manual
    assert decided_by("Voogdij") == "holders"
    assert decided_by("TijdelijkGeenGezag") == MANUAL


def test_an_unknown_regime_is_refused() -> None:
    with pytest.raises(KeyError):
        ages.approvers(RULES, "by-the-way", "12-15", MANUAL, able=True)


@pytest.mark.parametrize(
    ("needed", "yes", "no", "missing"),
    [
        (1, (), (), 1),
        (1, ("father",), (), 0),
        (1, ("father",), ("mother",), 2),  # one no is no
        (2, ("mother",), (), 1),
        (2, ("mother", "father"), (), 0),
        (2, ("neighbour", "mother"), (), 1),
        (2, ("mother", "father"), ("neighbour",), 0),
    ],
)
def test_what_is_still_missing(needed: int, yes: tuple[str, ...], no: tuple[str, ...], missing: int) -> None:
    assert still_missing(Deciders(("mother", "father"), needed, manual=False), yes, no) == missing


def test_by_hand_never_passes_by_itself() -> None:
    assert still_missing(Deciders((), 0, manual=True), ("mother",)) == 1
    assert still_missing(Deciders((), 0, manual=False), ()) == 0
