# SPDX-License-Identifier: EUPL-1.2
"""What a team asks, answers and confirms."""

from typing import Any

import pytest

from formats.request import (
    Item,
    sign_import,
    sign_request,
    sign_why,
    verify_import,
    verify_request,
    verify_why,
)
from formats.spelling import H
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.vectors.cast import GNT, NOW, PURPOSE, TEAM, VLT, ident, key, pub

SCHEMA = "https://catalogue.example/schemas/school-report/1"
GIVEN: dict[str, Any] = {
    "iss": TEAM, "jti": ident("question"), "iat": NOW, "exp": NOW + 14 * 86_400,
    "org": H("organisation statement"), "act": "read",
    "pur": PURPOSE["uri"], "knd": "until", "items": [Item("drawer", "school", True), Item("record", SCHEMA,
    False)],
    "nbf": NOW, "ends": NOW + 30 * 86_400, "gnd": "https://catalogue.example/grounds/jeugdwet-dossier",
    "note": "Voor ons gesprek",
    "role": "caseworker", "name": "Jeugdteam Zuid",
}  # fmt: skip
REQUEST = sign_request(key("team"), **GIVEN)
WHY = sign_why(
    key("team"),
    iss=TEAM,
    vlt=VLT,
    ask=ident("ask"),
    entry=H("entry"),
    text="Wij bereidden het gesprek voor.",
    emp="medewerker 7",
    iat=NOW,
)
IMPORT = sign_import(key("team"), iss=TEAM, vlt=VLT, gnt=GNT, env=[H("b"), H("a")], iat=NOW)
ALL: dict[str, tuple[str, Any]] = {
    "request": (REQUEST, verify_request),
    "why": (WHY, verify_why),
    "import": (IMPORT, verify_import),
}


@pytest.mark.parametrize("name", ALL)
def test_every_forgery_is_refused(name: str) -> None:
    token, check = ALL[name]
    assert check(twin(token), pub("team")).sid == check(token, pub("team")).sid
    for _, forged in forgeries(token, key("team"), key("mallory")):
        refused(check, forged, pub("team"))
    for other in ALL:
        if other != name:
            refused(ALL[other][1], token, pub("team"))


def test_a_question_is_read_as_asked() -> None:
    found = verify_request(REQUEST, pub("team"))
    assert (found.iss, found.jti, found.pur, found.items) == (
        TEAM,
        ident("question"),
        PURPOSE["uri"],
        tuple(GIVEN["items"]),
    )
    assert (found.nbf, found.ends, found.note, found.role, found.name, found.off) == (
        NOW, NOW + 30 * 86_400, "Voor ons gesprek", "caseworker", "Jeugdteam Zuid", None,
    )  # fmt: skip
    accepting = verify_request(
        sign_request(key("team"), **(GIVEN | {"off": ident("earlier"), "note": None})), pub("team")
    )
    assert (accepting.off, accepting.note) == (ident("earlier"), None)
    deposit = GIVEN | {"act": "deposit", "items": [Item("drawer", "school", True)]}
    assert verify_request(sign_request(key("team"), **deposit), pub("team")).act == "deposit"


ITEM = {"kind": "drawer", "ref": "school", "req": True}
WRONG: list[tuple[str, str, Any]] = [
    ("request", "iss", f"vault:{VLT}"), ("request", "jti", "x"), ("request", "exp", NOW), ("request", "org",
    "x"), ("request", "org", None),
    ("request", "act", "write"), ("request", "act", "deposit"), ("request", "pur", ""), ("request", "pur",
    None), ("request", "knd", "often"),
    ("request", "items", []), ("request", "items", [ITEM, ITEM]), ("request", "items",
    [ITEM | {"kind": "person"}]), ("request", "items", [{}]),
    ("request", "items", [ITEM | {"req": 1}]), ("request", "items", [ITEM | {"ref": ""}]), ("request",
    "items", [ITEM | {"x": 1}]),
    ("request", "ends", NOW), ("request", "ends", None), ("request", "nbf", None), ("request", "gnd", None),
    ("request", "note", "x" * 281),
    ("request", "note", ""), ("request", "note", "a\u202eb"), ("request", "note", "a\nb"), ("request", "who",
    {}),
    ("request", "who", {"role": "a"}), ("request", "who.role", ""), ("request", "who.name", None), ("request",
    "off", "x"),
    ("why", "iss", f"vault:{VLT}"), ("why", "vlt", "x"), ("why", "ask", "x"), ("why", "entry", "x"), ("why",
    "text", ""),
    ("why", "text", "x" * 1_001), ("why", "emp", None), ("why", "iat", None),
    ("import", "iss", f"vault:{VLT}"), ("import", "vlt", "x"), ("import", "gnt", "x"), ("import", "env", []),
    ("import", "env", ["x"]),
    ("import", "env", [H("a"), H("a")]), ("import", "env", sorted([H("a"), H("b")], reverse=True)), ("import",
    "iat", -1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value"), WRONG)
def test_a_wrong_member_is_refused_though_truly_signed(name: str, path: str, value: Any) -> None:
    token, check = ALL[name]
    header, claims = parts_of(token)
    refused(check, signed(header, edited(claims, path, value), key("team")), pub("team"))


def test_what_would_be_refused_is_not_signed() -> None:
    refused(sign_request, key("team"), **(GIVEN | {"items": []}))
    refused(sign_import, key("team"), iss=TEAM, vlt=VLT, gnt=GNT, env=[], iat=NOW)
    refused(sign_why, key("team"), iss=TEAM, vlt=VLT, ask="x", entry=H("e"), text="t", emp="e", iat=NOW)


def test_answers_and_confirmations_are_read() -> None:
    why = verify_why(WHY, pub("team"))
    assert (why.ask, why.entry, why.text) == (ident("ask"), H("entry"), "Wij bereidden het gesprek voor.")
    found = verify_import(IMPORT, pub("team"))
    assert (found.vlt, found.gnt, found.env) == (VLT, GNT, tuple(sorted([H("a"), H("b")])))
