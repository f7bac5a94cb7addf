# SPDX-License-Identifier: EUPL-1.2
"""The signed rules: each version names the one before and each file by its hash."""

from typing import Any

import pytest

from formats.catalogue import Catalogue, catalogue_follows, check_file, sign_catalogue, verify_catalogue
from formats.spelling import H
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.vectors.cast import NOW, SCHOOL, VLT, key, pub

FILES = {"purposes/back-to-school.yaml": b"title: Terug naar school\n", "ages.yaml": b"regimes: []\n"}


def version(previous: Catalogue | None = None, **other: Any) -> str:
    given: dict[str, Any] = {"iss": SCHOOL, "previous": previous, "iat": NOW, "nbf": NOW + 60, "files": FILES}
    return sign_catalogue(key("catalogue"), **(given | other))


ONE = verify_catalogue(version(), pub("catalogue"))
RECALLED = "https://catalogue.example/purposes/old/1"


def test_versions_follow_each_other() -> None:
    two = verify_catalogue(version(ONE, recalled=[RECALLED]), pub("catalogue"))
    assert (ONE.ver, ONE.prv, two.ver, two.prv, two.recalled) == (1, None, 2, ONE.sid, (RECALLED,))
    catalogue_follows(None, ONE)
    catalogue_follows(ONE, two)
    refused(catalogue_follows, None, two)
    refused(catalogue_follows, two, ONE)
    refused(catalogue_follows, ONE, ONE)
    three = verify_catalogue(version(two), pub("catalogue"))
    refused(catalogue_follows, ONE, three)
    fork = verify_catalogue(version(ONE), pub("catalogue"))
    refused(catalogue_follows, fork, three)


def test_dates_never_run_back() -> None:
    refused(version, ONE, iat=NOW - 1)
    refused(version, ONE, nbf=NOW)
    refused(version, ONE, iss="urn:oin:00000000000000000001")


def test_files_are_what_the_catalogue_says() -> None:
    for path, content in FILES.items():
        check_file(ONE, path, content)
        refused(check_file, ONE, path, content + b" ")
    refused(check_file, ONE, "other.yaml", b"")
    assert list(ONE.files) == sorted(FILES)


def test_every_forgery_is_refused() -> None:
    assert verify_catalogue(twin(ONE.token), pub("catalogue")).sid == ONE.sid
    for _, forged in forgeries(ONE.token, key("catalogue"), key("mallory")):
        refused(verify_catalogue, forged, pub("catalogue"))


FILE = {"path": "a.yaml", "h": H("a")}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("iss", f"vault:{VLT}"), ("ver", 0), ("ver", 2), ("prv", H("x")), ("prv", ""), ("files", []),
        ("files", [FILE, FILE]),
        ("files", [FILE | {"path": "b"}, FILE]), ("files", [FILE | {"h": "x"}]), ("files", [FILE | {"x": 1}]),
        ("rec", [{}]), ("rec", [""]),
        ("rec", None), ("nbf", None), ("iat", -1),
        *[("files", [FILE | {"path": path}]) for path in ("/a", "../a", "a/../b", "a//b", "a/", "A", ".a",
        "a\\b", "", "a b", "a/.b")],
    ],
)  # fmt: skip
def test_a_wrong_member_is_refused_though_truly_signed(path: str, value: Any) -> None:
    header, claims = parts_of(ONE.token)
    refused(verify_catalogue, signed(header, edited(claims, path, value), key("catalogue")), pub("catalogue"))
