# SPDX-License-Identifier: EUPL-1.2
"""Gezag and "not able": what sources and teams may state, for how long, and by how many hands."""

from typing import Any

import pytest

from formats.authority import GEZAG_KINDS, pair_by_hand, sign_able, sign_gezag, verify_able, verify_gezag
from formats.spelling import DAY, H
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.vectors.cast import NOW, SCHOOL, TEAM, VLT, key, pub

SOURCE: dict[str, Any] = {
    "iss": SCHOOL, "vlt": VLT, "kind": "GezamenlijkOuderlijkGezag", "adults": [H("mother"), H("father")],
    "inquiry": False,
    "at": NOW, "iat": NOW, "exp": NOW + 30 * DAY,
}  # fmt: skip
HAND = SOURCE | {"iss": TEAM, "exp": NOW + 90 * DAY, "emp": "one"}
GEZAG = sign_gezag(key("source"), **SOURCE)
ABLE = sign_able(
    key("source"),
    iss=TEAM,
    vlt=VLT,
    rgm="wgbo",
    rsn="not-able-medical",
    emp="one",
    iat=NOW,
    exp=NOW + 366 * DAY,
)
ALL: dict[str, tuple[str, Any]] = {"gezag": (GEZAG, verify_gezag), "able": (ABLE, verify_able)}


@pytest.mark.parametrize("name", ALL)
def test_every_forgery_is_refused(name: str) -> None:
    token, check = ALL[name]
    assert check(twin(token), pub("source")).sid == check(token, pub("source")).sid
    for _, forged in forgeries(token, key("source"), key("mallory")):
        refused(check, forged, pub("source"))


def test_statements_are_read() -> None:
    found = verify_gezag(GEZAG, pub("source"))
    assert (found.vlt, found.kind, found.adults, found.inquiry, found.emp) == (
        VLT, "GezamenlijkOuderlijkGezag", (H("mother"), H("father")), False, None,
    )  # fmt: skip
    unable = verify_able(ABLE, pub("source"))
    assert (unable.iss, unable.vlt, unable.rgm, unable.rsn) == (TEAM, VLT, "wgbo", "not-able-medical")
    for kind in GEZAG_KINDS:
        assert verify_gezag(sign_gezag(key("source"), **(SOURCE | {"kind": kind})), pub("source")).kind == kind


WRONG: list[tuple[str, str, Any]] = [
    ("gezag", "iss", f"vault:{VLT}"), ("gezag", "sub", VLT), ("gezag", "kind", "Ouderlijk"), ("gezag",
    "adults", ["x"]),
    ("gezag", "adults", [H("a"), H("a")]), ("gezag", "inv", 0), ("gezag", "at", NOW + 1), ("gezag", "exp",
    NOW),
    ("gezag", "exp", NOW + 30 * DAY + 1), ("gezag", "emp", ""), ("gezag", "emp", "one"), ("gezag", "iat",
    None),
    ("able", "iss", SCHOOL), ("able", "vlt", f"vault:{VLT}"), ("able", "rgm", ""), ("able", "rsn", None),
    ("able", "emp", None),
    ("able", "exp", NOW), ("able", "exp", NOW + 366 * DAY + 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value"), WRONG)
def test_a_wrong_member_is_refused_though_truly_signed(name: str, path: str, value: Any) -> None:
    token, check = ALL[name]
    header, claims = parts_of(token)
    refused(check, signed(header, edited(claims, path, value), key("source")), pub("source"))


def by_hand(**other: Any) -> Any:
    return verify_gezag(sign_gezag(key("source"), **(HAND | other)), pub("source"))


def test_by_hand_two_employees_say_the_same() -> None:
    pair_by_hand(by_hand(), by_hand(emp="two"))
    pair_by_hand(by_hand(), by_hand(emp="two", iat=NOW + 60, adults=[H("father"), H("mother")]))
    refused(pair_by_hand, by_hand(), by_hand())
    for other in (
        {"kind": "Voogdij"},
        {"adults": [H("mother")]},
        {"inquiry": True},
        {"at": NOW - 1},
        {"iss": TEAM + "x"},
    ):
        refused(pair_by_hand, by_hand(), by_hand(emp="two", **other))
    source = verify_gezag(GEZAG, pub("source"))
    refused(pair_by_hand, source, by_hand())
    refused(pair_by_hand, source, source)


def test_by_hand_holds_90_days_and_is_a_teams() -> None:
    refused(by_hand, exp=NOW + 90 * DAY + 1)
    refused(by_hand, iss=SCHOOL)
