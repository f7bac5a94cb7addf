# SPDX-License-Identifier: EUPL-1.2
"""Grants: which shapes there are, and why one does not open something. The first reason that holds is the
answer."""

from typing import Any

import pytest

from formats.grant import GRANT, Drawer, Single, read_grant, why_not
from formats.spelling import FormatError, H
from formats.statement import Link
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.vectors.cast import (
    DRW,
    DRW2,
    GNT,
    NOW,
    PURPOSE,
    RID,
    TEAM,
    VLT,
    after,
    drawer,
    first_card,
    grant,
    ident,
    key,
    pub,
)

LINK = after(first_card())
TOKEN = grant(LINK)
SINGLE = {"rid": RID, "ver": 2, "h": H("single")}
ENC = pub("team", "enc")["kid"]
END = NOW + 30 * 86_400


def ask(token: str = TOKEN, **other: Any) -> str | None:
    """Fatima's look at the school drawer, unless said otherwise."""
    given: dict[str, Any] = {
        "card_sig": pub("noor"), "vlt": VLT, "reader": TEAM, "key_jkt": ENC, "party_keys": {ENC},
        "act": "read",
        "drawers": [DRW], "now": NOW, "revoked": (), "assents_missing": False,
    }  # fmt: skip
    return why_not(token, **(given | other))


def test_a_grant_reads_as_it_was_given() -> None:
    found = read_grant(TOKEN)
    assert (found.jti, found.vlt, found.aud, found.act, found.knd) == (GNT, VLT, TEAM, "read", "until")
    assert (found.nbf, found.exp, found.jkt, found.req) == (NOW, END, ENC, ident("question"))
    assert (found.purpose, found.lang, found.text_hash) == (PURPOSE["uri"], "nl", PURPOSE["h"])
    assert found.drawers == (Drawer(DRW, "school", (1,), (H("envelope 1"),), ()),)
    assert found.drawer(DRW) == found.drawers[0]
    assert found.drawer(DRW2) is None
    assert found.token == TOKEN
    assert read_grant(TOKEN) is found  # remembered
    singles = read_grant(grant(LINK, drw=[drawer(ep=[], env=[], one=[SINGLE])]))
    assert singles.drawers[0].singles == (Single(RID, 2, H("single")),)


def test_a_long_grant_is_read_too() -> None:
    many = [drawer(id=ident(f"drawer {i}"), ep=[1, 2], env=[H(f"a{i}"), H(f"b{i}")]) for i in range(60)]
    token = grant(LINK, drw=many)
    assert len(token) > 8_192
    assert ask(token, drawers=[ident("drawer 3"), ident("drawer 59")]) is None
    assert ask(token) == "other-drawer"
    assert ask(token, card_sig=pub("mallory")) == "forged"


# -- shapes --------------------------------------------------------------------------------------------------

OPEN = {"ep": [1], "env": [H("e")]}


@pytest.mark.parametrize(
    "other",
    [
        {"nbf": NOW, "exp": NOW}, {"nbf": NOW + 1, "exp": NOW}, {"exp": None}, {"nbf": None}, {"exp": "1"},
        {"act": "write"}, {"act": None}, {"knd": "always"}, {"knd": "every:0"}, {"knd": "every:07"},
        {"knd": "every:"},
        {"knd": "every:1.5"}, {"knd": None}, {"knd": "once\n"}, {"jti": "x"}, {"aud": "x"}, {"aud": None},
        {"pur": {"uri": "u", "lang": "nl"}}, {"pur": PURPOSE | {"x": "1"}}, {"pur": PURPOSE | {"h": "x"}},
        {"pur": PURPOSE | {"uri": ""}}, {"jkt": "x"}, {"jkt": None}, {"org": None}, {"org": "x"},
        {"req": "x"},
        {"drw": [drawer(), drawer()]},
        {"drw": [drawer(ep=[1, 2])]},
        {"drw": [drawer(env=[])]},
        {"drw": [drawer(ep=[2, 1], env=[H("a"), H("b")])]},
        {"drw": [drawer(ep=[1, 1], env=[H("a"), H("b")])]},
        {"drw": [drawer(ep=[1, 2], env=[H("a"), H("a")])]},
        {"drw": [drawer(ep=[0])]}, {"drw": [drawer(ep=["1"])]}, {"drw": [drawer(env=["x"])]},
        {"drw": [drawer(one=[SINGLE])]},
        {"drw": [drawer(ep=[], env=[])]},
        {"drw": [drawer(ep=[], env=[], one=[SINGLE, SINGLE | {"ver": 3}])]},
        {"drw": [drawer(ep=[], env=[], one=[SINGLE | {"ver": 0}])]},
        {"drw": [drawer(ep=[], env=[], one=[{"rid": RID, "ver": 1}])]},
        {"drw": [drawer(id="x")]}, {"drw": [drawer(cat="")]}, {"drw": [drawer() | {"x": 1}]}, {"drw": [None]},
        {"drw": [drawer(cat="answers")]},
        {"act": "deposit"},
        {"act": "deposit", "drw": [drawer(ep=[], env=[], one=[SINGLE])]},
        {"act": "deposit", "drw": []},
    ],
)  # fmt: skip
def test_a_shape_that_no_grant_has(other: dict[str, Any]) -> None:
    refused(grant, LINK, **other)  # not signed
    header, claims = parts_of(TOKEN)
    for name, value in other.items():
        claims = edited(claims, "cnf.jkt" if name == "jkt" else name, value)
    forced = signed(header, claims, key("noor"))
    refused(read_grant, forced)
    assert ask(forced) == "unreadable"


@pytest.mark.parametrize(
    "other",
    [
        {"knd": "once"}, {"knd": "every:7"}, {"req": None}, {"aud": f"vault:{ident('uncle')}"}, {"drw": []},
        {"drw": [drawer(cat="answers", ep=[], env=[], one=[SINGLE])]},
        {"drw": [drawer(ep=[1, 5], env=[H("a"), H("b")]), drawer(id=DRW2, ep=[], env=[], one=[SINGLE])]},
        {"act": "deposit", "drw": [drawer(ep=[], env=[]), drawer(id=DRW2, ep=[], env=[])]},
    ],
)  # fmt: skip
def test_a_shape_that_grants_have(other: dict[str, Any]) -> None:
    assert read_grant(grant(LINK, **other)).kid == pub("noor")["kid"]


def test_inner_members_are_exactly_those() -> None:
    header, claims = parts_of(TOKEN)
    for path, value in (("cnf", {"jkt": ENC, "x": 1}), ("cnf", {}), ("cnf", None), ("pur", None)):
        refused(read_grant, signed(header, edited(claims, path, value), key("noor")))


def test_statement_0_is_never_a_grant() -> None:
    refused(grant, Link(VLT, 0, None, NOW, 1))


# -- why not -------------------------------------------------------------------------------------------------


def test_what_noor_allowed_is_allowed() -> None:
    assert ask() is None
    assert ask(twin(TOKEN)) is None
    assert ask(drawers=[]) is None
    assert ask(key_jkt=None, party_keys=None) is None
    assert ask(party_keys={"other", ENC}) is None  # superseded keys still count: the caller lists them


@pytest.mark.parametrize(
    ("reason", "other"),
    [
        ("forged", {"card_sig": pub("mallory")}),
        ("forged", {"vlt": ident("other")}),
        ("other-reader", {"reader": TEAM + "-x"}),
        ("other-reader", {"reader": TEAM.partition(":team:")[0]}),
        ("other-reader", {"reader": f"vault:{VLT}"}),
        ("other-key", {"key_jkt": H("other")}),
        ("other-key", {"party_keys": set()}),
        ("other-key", {"party_keys": {H("other")}}),
        ("other-act", {"act": "deposit"}),
        ("other-drawer", {"drawers": [DRW2]}),
        ("other-drawer", {"drawers": [DRW, DRW2]}),
        ("not-yet", {"now": NOW - 1}),
        (None, {"now": NOW}),
        (None, {"now": END - 1}),
        ("ended", {"now": END}),
        ("withdrawn", {"revoked": {GNT}}),
        (None, {"revoked": {ident("another grant")}}),
        ("not-assented", {"assents_missing": True}),
    ],
)
def test_each_reason(reason: str | None, other: dict[str, Any]) -> None:
    assert ask(**other) == reason


def test_a_token_that_is_no_grant_is_unreadable() -> None:
    for token in ("", "x", TOKEN + "=", TOKEN + ".AA", None, 7):
        assert ask(token) == "unreadable"  # type: ignore[arg-type]
    header, claims = parts_of(TOKEN)
    assert ask(signed(header | {"typ": "vault-revoke+jwt"}, claims, key("noor"))) == "unreadable"
    assert ask(signed(header, claims | {"x": 1}, key("noor"))) == "unreadable"


def test_every_forgery_gets_a_no() -> None:
    for name, forged in forgeries(TOKEN, key("noor"), key("mallory")):
        assert ask(forged) in ("unreadable", "forged"), name
    header, claims = parts_of(TOKEN)
    other = signed(header, claims | {"exp": END + 1}, key("mallory"))
    assert ask(other) == ask(other) == "forged"  # a failure is not remembered as good, a success not for another key
    assert ask() is None
    assert ask(card_sig=pub("mallory") | {"kid": pub("noor")["kid"]}) == "forged"


FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("forged", {"vlt": ident("other")}),
    ("other-reader", {"reader": f"vault:{VLT}"}),
    ("other-key", {"party_keys": ()}),
    ("other-act", {"act": "deposit"}),
    ("other-drawer", {"drawers": [DRW2]}),
    ("ended", {"now": END}),
    ("withdrawn", {"revoked": {GNT}}),
    ("not-assented", {"assents_missing": True}),
]


@pytest.mark.parametrize("first", range(len(FAULTS)))
def test_of_two_reasons_the_earlier_is_the_answer(first: int) -> None:
    for second in range(first + 1, len(FAULTS)):
        both = FAULTS[second][1] | FAULTS[first][1]
        assert ask(**both) == FAULTS[first][0]
        assert ask("x", **both) == "unreadable"
        if FAULTS[first][0] != "ended" and first < 5:
            assert ask(**(FAULTS[first][1] | {"now": NOW - 1})) == FAULTS[first][0]
    if first > 5:
        assert ask(**(FAULTS[first][1] | {"now": NOW - 1})) == "not-yet"


def test_a_decision_is_never_remembered() -> None:
    assert [ask(now=now) for now in (NOW, END, NOW)] == [None, "ended", None]
    assert [ask(revoked=revoked) for revoked in ((), (GNT,), ())] == [None, "withdrawn", None]


def test_reading_wants_the_type() -> None:
    header, claims = parts_of(TOKEN)
    assert header["typ"] == GRANT
    with pytest.raises(FormatError):
        read_grant(signed(header | {"typ": "vault-epoch+jwt"}, claims, key("noor")))
