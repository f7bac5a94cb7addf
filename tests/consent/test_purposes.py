# SPDX-License-Identifier: EUPL-1.2
"""Over-asking is refused in every field, all faults together; and a grant stays within its question."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent import catalogue
from consent.ages import end_of
from consent.purposes import not_as_asked, over_asking, parts, period_days, text, text_hash
from formats import jose
from formats.grant import Grant, read_grant
from formats.request import Item, Request, sign_request, verify_request
from formats.spelling import H, new_id
from formats.statement import Link, sign_grant

RULES = catalogue.load(Path(__file__).parents[2] / "catalogue")
NOW = 1_795_000_000
DAY = 86_400
SCHOOL = "urn:kluisje:purpose:back-to-school:1"
NOTE = "urn:kluisje:schema:doctors-note:1"
BACK_TO_SCHOOL = RULES.purposes[SCHOOL]
TEAM, TEAM_KEY, NOOR = "urn:oin:00000001234567890000:team:zuid", jose.new_signing_key(), jose.new_signing_key()
QUESTION = new_id()
DRAWER, RECORD = Item("drawer", "school", True), Item("record", NOTE, False)
WHOLE = {"id": new_id(), "cat": "school", "ep": [1], "env": [H("e")], "one": []}
SINGLE = {"id": new_id(), "cat": "health", "ep": [], "env": [], "one": [{"rid": new_id(), "ver": 1, "h": H("s")}]}


def _question(**changes: Any) -> Request:
    """Fatima's question, signed by her team."""
    asked: dict[str, Any] = {
        "iss": TEAM, "jti": QUESTION, "iat": NOW, "exp": NOW + 14 * DAY, "org": H("organisation"), "act": "read",
        "pur": SCHOOL, "knd": "until", "items": [DRAWER, RECORD], "nbf": NOW, "ends": end_of(NOW, 30),
        "gnd": "public-task", "note": None, "role": "youth-worker", "name": "Fatima",
    }  # fmt: skip
    return verify_request(sign_request(TEAM_KEY, **asked | changes), jose.public(TEAM_KEY))


def _grant(**changes: Any) -> Grant:
    """Noor's yes, signed: the whole drawer, and one letter of another."""
    claims: dict[str, Any] = {
        "jti": new_id(), "aud": TEAM, "act": "read", "knd": "until", "nbf": NOW + 60, "exp": end_of(NOW, 30),
        "drw": [WHOLE, SINGLE], "pur": {"uri": SCHOOL, "lang": "nl", "h": text_hash(BACK_TO_SCHOOL, "nl")},
        "jkt": H("team"), "org": H("organisation"), "req": QUESTION,
    }  # fmt: skip
    link = Link(vlt=new_id(), seq=3, prv=H("before"), iat=NOW, ring=1)
    return read_grant(sign_grant(NOOR, link, **claims | changes))


def test_what_fatima_asks_is_not_too_much() -> None:
    assert over_asking(_question(), BACK_TO_SCHOOL, "youth-worker") == []


def test_asking_less_or_shorter_is_always_fine() -> None:
    less = _question(items=[Item("drawer", "school", False)], ends=NOW + 3600, knd="once", exp=NOW + DAY)
    assert over_asking(less, BACK_TO_SCHOOL, "youth-worker") == []


TOO_MUCH: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"pur": "urn:kluisje:purpose:back-to-school:2"}, ("/pur", "not-listed")),
    ({"iat": BACK_TO_SCHOOL.valid_from - 1, "exp": BACK_TO_SCHOOL.valid_from}, ("/pur", "not-valid")),
    ({"act": "deposit", "items": [DRAWER]}, ("/act", "not-listed")),
    ({"knd": "every:1"}, ("/knd", "not-listed")),
    ({"gnd": "consent"}, ("/gnd", "not-listed")),
    ({"role": "housing-adviser"}, ("/who/role", "not-listed")),
    ({"exp": NOW + 14 * DAY + 1}, ("/exp", "too-long")),
    ({"ends": end_of(NOW, 180) + 1}, ("/ends", "too-long")),
    ({"items": [DRAWER, Item("drawer", "health", False)]}, ("/items/1/ref", "not-listed")),
    ({"items": [Item("record", "school", False)]}, ("/items/0/ref", "not-listed")),
    ({"items": [Item("record", NOTE, True)]}, ("/items/0/req", "only-optional")),
]


@pytest.mark.parametrize(("changes", "wrong"), TOO_MUCH, ids=lambda value: str(value)[:40])
def test_over_asking_is_refused_by_position(changes: dict[str, Any], wrong: tuple[str, str]) -> None:
    assert over_asking(_question(**changes), BACK_TO_SCHOOL, "youth-worker") == [wrong]


def test_the_longest_end_that_is_not_too_long() -> None:
    assert over_asking(_question(ends=end_of(NOW, 180)), BACK_TO_SCHOOL, "youth-worker") == []


def test_all_faults_come_together() -> None:
    every = {name: value for changes, _ in TOO_MUCH for name, value in changes.items()} | {"act": "read"}
    found = over_asking(_question(**every), BACK_TO_SCHOOL, "youth-worker", recalled=True)
    assert [at for at, _ in found] == [
        "/pur", "/pur", "/pur", "/knd", "/gnd", "/who/role", "/exp", "/ends", "/items/0/req",
    ]  # fmt: skip


def test_the_role_is_the_registered_one() -> None:
    assert over_asking(_question(), BACK_TO_SCHOOL, "housing-adviser") == [("/who/role", "not-listed")]
    assert over_asking(_question(), BACK_TO_SCHOOL, "school-coach") == [("/who/role", "not-listed")]


def test_a_purpose_may_be_asked_from_its_first_second_until_its_last() -> None:
    first, last = BACK_TO_SCHOOL.valid_from, NOW + 1
    bounded = replace(BACK_TO_SCHOOL, valid_until=last)
    assert over_asking(_question(iat=first, exp=first + DAY), bounded, "youth-worker") == []
    assert over_asking(_question(iat=NOW), bounded, "youth-worker") == []
    assert over_asking(_question(iat=last), bounded, "youth-worker") == [("/pur", "not-valid")]


def test_a_recalled_purpose_asks_nothing_any_more() -> None:
    assert over_asking(_question(), BACK_TO_SCHOOL, "youth-worker", recalled=True) == [("/pur", "recalled")]


def test_a_whole_yes_is_as_asked() -> None:
    assert not_as_asked(_grant(), _question(), BACK_TO_SCHOOL) == []
    assert not_as_asked(_grant(nbf=NOW), _question(), BACK_TO_SCHOOL) == []


def test_a_smaller_yes_is_as_asked() -> None:
    smaller = _grant(drw=[WHOLE], exp=NOW + DAY, knd="once")
    assert not_as_asked(smaller, _question(), BACK_TO_SCHOOL) == []


HEALTH = {"id": new_id(), "cat": "health", "ep": [1], "env": [H("e")], "one": []}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"req": None}, ("/req", "other-question")),
        ({"aud": "urn:oin:00000001234567890000:team:noord"}, ("/aud", "other-team")),
        ({"org": H("another")}, ("/org", "other-organisation")),
        ({"act": "deposit", "drw": [{**WHOLE, "ep": [], "env": []}]}, ("/act", "other-act")),
        ({"knd": "every:7"}, ("/knd", "other-kind")),
        ({"nbf": NOW - 1}, ("/nbf", "too-early")),
        ({"exp": end_of(NOW, 30) + 1}, ("/exp", "too-long")),
        ({"pur": {"uri": SCHOOL, "lang": "nl", "h": H("another text")}}, ("/pur/h", "other-text")),
        ({"pur": {"uri": SCHOOL, "lang": "fr", "h": H("another text")}}, ("/pur/lang", "other-language")),
        ({"drw": [WHOLE, HEALTH]}, ("/drw/1/cat", "not-asked")),
        ({"drw": [SINGLE]}, ("/drw", "required-missing")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_yes_beyond_the_question_is_refused(changes: dict[str, Any], wrong: tuple[str, str]) -> None:
    assert not_as_asked(_grant(**changes), _question(), BACK_TO_SCHOOL) == [wrong]


def test_a_yes_for_another_purpose_is_refused() -> None:
    other = _grant(pur={"uri": "urn:kluisje:purpose:debt-help:1", "lang": "nl", "h": text_hash(BACK_TO_SCHOOL, "nl")})
    assert not_as_asked(other, _question(), BACK_TO_SCHOOL) == [("/pur/uri", "other-purpose")]


def test_single_records_are_given_only_where_some_were_asked() -> None:
    only_drawer = _question(items=[DRAWER])
    assert not_as_asked(_grant(), only_drawer, BACK_TO_SCHOOL) == [("/drw/1/one", "not-asked")]


def test_once_is_a_smaller_yes_only_where_the_purpose_lists_it() -> None:
    bringing = RULES.purposes["urn:kluisje:purpose:papers-from-school:1"]
    found = not_as_asked(_grant(knd="once"), _question(), bringing)
    assert ("/knd", "other-kind") in found


def test_the_text_on_the_screen_is_fixed_to_the_byte() -> None:
    assert (
        text(BACK_TO_SCHOOL, "nl").encode()
        == (
            "Terug naar school\n"
            "Waarvoor? Samen kijken wat je nodig hebt om weer naar school te gaan.\n"
            "Waarom mag dat? De wet geeft hun deze taak. (Jeugdwet art. 2.3 en 7.4.0)\n"
            "Nodig:\n"
            "- Alles in je la School\n"
            "Extra, alleen als jij wilt:\n"
            "- Brief van de dokter\n"
            "- Alleen ja of nee: Schreef een dokter dat je thuis mag blijven?\n"
            "Hoe lang? Eén keer. Tot een dag die jij kiest. Nooit langer dan 180 dagen.\n"
            "En daarna? Wat in je dossier komt, blijft daar twintig jaar. Dat staat in de wet. De rest gaat weg.\n"
            "Als ik nee zeg? Dan praten we zonder je papieren. Je krijgt net zo goed hulp.\n"
            "Hoe stop ik? Druk op Stop. Dat kan altijd."
        ).encode()
    )
    assert text_hash(BACK_TO_SCHOOL, "nl") == H(text(BACK_TO_SCHOOL, "nl")) != text_hash(BACK_TO_SCHOOL, "en")
    with pytest.raises(KeyError):
        text(BACK_TO_SCHOOL, "fr")


def test_the_newest_version_is_the_one_that_is_not_recalled() -> None:
    assert RULES.newest("back-to-school") is BACK_TO_SCHOOL
    assert RULES.newest("nothing-of-the-kind") is None


@pytest.mark.parametrize("uri", ["urn:kluisje:purpose:back-to-school", "urn:kluisje:purpose:Back:1", "", "x:1",
                                 "urn:kluisje:purpose:back-to-school:0", "urn:kluisje:grant:x:1"])  # fmt: skip
def test_an_id_is_spelled_one_way(uri: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parts(uri)


def test_names_and_versions() -> None:
    assert parts("urn:kluisje:purpose:zwolle:swimming:12") == ("purpose", "zwolle:swimming", 12)
    assert (BACK_TO_SCHOOL.name, BACK_TO_SCHOOL.version) == ("back-to-school", 1)
    assert [period_days(kind) for kind in ("once", "until", "every:7", "every:1000")] == [0, 0, 7, 1000]
    for wrong in ("every:0", "every:07", "every:", "Once", "every:10000"):
        with pytest.raises(ValueError, match="expected"):
            period_days(wrong)
