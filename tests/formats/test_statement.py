# SPDX-License-Identifier: EUPL-1.2
"""Noor's statements: each type as it should be, every way it should not, and the chain they make."""

from collections.abc import Callable
from typing import Any

import pytest

from formats.spelling import H, b64u
from formats.statement import (
    ASSENT,
    CARD,
    EPOCH,
    EPOCH_LIFE,
    HEAD,
    REVOKE,
    Link,
    filled,
    follows,
    is_card_of,
    next_head,
    sign_assent,
    sign_epoch,
    sign_head,
    sign_person,
    sign_revoke,
    slots_hash,
    verify_first_card,
    verify_person,
    verify_statement,
)
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.vectors.cast import (
    DIGID,
    DRW,
    DRW2,
    GNT,
    NOW,
    RID,
    TEAM,
    VLT,
    after,
    card,
    checked,
    epoch,
    first_card,
    grant,
    ident,
    key,
    pub,
)

CARD_0 = first_card()
LINK = after(CARD_0)
MADE: dict[str, str] = {
    CARD: card(),
    EPOCH: epoch(LINK, env=[H("a"), H("b")]),
    "vault-grant+jwt": grant(LINK),
    REVOKE: sign_revoke(key("noor"), LINK, jti=GNT, aud=TEAM, drw=[DRW]),
    ASSENT: sign_assent(key("noor"), LINK, gnt=GNT, grant_sid=H("grant"), yes=True),
    HEAD: sign_head(key("noor"), LINK, drw=DRW, n=1, h=bytes(32)),
}


@pytest.mark.parametrize("typ", MADE)
def test_what_noor_signs_is_read(typ: str) -> None:
    found = verify_statement(MADE[typ], pub("noor"))
    assert (found.typ, found.vlt, found.token) == (typ, VLT, MADE[typ])
    assert found.sid == H(MADE[typ].rpartition(".")[0])
    assert found.seq == (0 if typ == CARD else 1)
    with pytest.raises(TypeError):
        found.claims["iss"] = "changed"  # type: ignore[index]


@pytest.mark.parametrize("typ", MADE)
def test_every_forgery_is_refused(typ: str) -> None:
    tried = 0
    for _, forged in forgeries(MADE[typ], key("noor"), key("mallory")):
        refused(verify_statement, forged, pub("noor"))
        tried += 1
    assert tried > 20
    refused(verify_statement, MADE[typ], pub("mallory"))


@pytest.mark.parametrize("typ", MADE)
def test_the_twin_signature_is_the_same_statement(typ: str) -> None:
    other = verify_statement(twin(MADE[typ]), pub("noor"))
    assert other.sid == verify_statement(MADE[typ], pub("noor")).sid


@pytest.mark.parametrize("typ", MADE)
def test_one_type_cannot_be_read_as_another(typ: str) -> None:
    header, claims = parts_of(MADE[typ])
    for other in MADE:
        if other != typ:
            refused(verify_statement, signed(header | {"typ": other}, claims, key("noor")), pub("noor"))


WRONG: list[tuple[str, str, Any]] = [
    *[(typ, path, value) for typ in MADE for path, value in (
        ("iss", "vault:x"), ("iss", TEAM), ("iss", VLT), ("iss", None), ("seq", -1), ("seq", "1"), ("seq",
        True), ("prv", ""),
        ("iat", -1), ("iat", None), ("iat", "1"), ("ring", -1), ("ring", None),
    )],
    *[(typ, "prv", None) for typ in MADE if typ != CARD],
    *[(typ, "seq", 0) for typ in MADE if typ != CARD],
    (CARD, "prv", H("x")), (CARD, "seq", 1), (CARD, "pq", {}), (CARD, "pq", "x"), (CARD, "wa", None),
    (CARD, "sig", pub("noor", "enc")), (CARD, "enc", pub("noor")), (CARD, "sig", key("noor")), (CARD, "sig",
    None),
    (CARD, "wa", [{"id": "a"}]), (CARD, "wa", [{"id": "", "jwk": pub("p")}]), (CARD, "wa", [{"id": "a",
    "jwk": pub("p")}] * 2), (CARD, "rec", "x"), (CARD,
    "rec", None),
    (CARD, "wa", [{"id": "a", "jwk": pub("p", "enc")}]),
    (EPOCH, "drw", "x"), (EPOCH, "cat", ""), (EPOCH, "ep", 0), (EPOCH, "ep", "1"), (EPOCH, "ep", 2), (EPOCH,
    "rsn", "rotate"),
    (EPOCH, "rsn", "other"), (EPOCH, "box", pub("noor")), (EPOCH, "box", key("noor", "enc")), (EPOCH, "dkc",
    "x"),
    (EPOCH, "exp", NOW), (EPOCH, "exp", NOW + EPOCH_LIFE + 1), (EPOCH, "exp", None), (EPOCH, "env", None),
    (EPOCH, "env", sorted(H(str(i)) for i in range(7))), (EPOCH, "env", sorted(H(str(i)) for i in range(9))),
    (EPOCH, "env", sorted((H(str(i)) for i in range(8)), reverse=True)), (EPOCH, "env", [H("x")] * 8),
    (EPOCH, "env", ["x"] * 8),
    (REVOKE, "jti", "x"), (REVOKE, "aud", "x"), (REVOKE, "drw", [DRW, DRW]), (REVOKE, "drw", ["x"]), (REVOKE,
    "drw", None),
    (ASSENT, "gnt", "x"), (ASSENT, "sid", "x"), (ASSENT, "yes", 1), (ASSENT, "yes", None), (ASSENT, "yes",
    "true"),
    (HEAD, "drw", "x"), (HEAD, "n", 0), (HEAD, "n", True), (HEAD, "h", b64u(bytes(31))), (HEAD, "h", None),
]  # fmt: skip


@pytest.mark.parametrize(("typ", "path", "value"), WRONG)
def test_a_wrong_member_is_refused_though_truly_signed(typ: str, path: str, value: Any) -> None:
    header, claims = parts_of(MADE[typ])
    refused(verify_statement, signed(header, edited(claims, path, value), key("noor")), pub("noor"))


def test_what_would_be_refused_is_not_signed() -> None:
    refused(sign_head, key("noor"), LINK, drw=DRW, n=0, h=bytes(32))
    refused(sign_assent, key("noor"), Link(VLT, 0, None, NOW, 0), gnt=GNT, grant_sid=H("g"), yes=True)
    refused(epoch, LINK, ep=2, rsn="new")
    refused(card, sig=key("noor", "enc"))


def test_an_epoch_hides_how_many_were_let_in() -> None:
    for count in range(20):
        found = filled(H(str(i)) for i in range(count))
        assert len(found) % 8 == 0
        assert len(found) >= max(8, count)
        assert found == sorted(found)
        assert {H(str(i)) for i in range(count)} <= set(found)
    once = filled([H("a")])
    assert filled(once) == once  # a renewal keeps the fillers


def test_an_empty_list_of_envelopes_is_a_multiple_of_8_too() -> None:
    header, claims = parts_of(MADE[EPOCH])
    assert verify_statement(signed(header, claims | {"env": []}, key("noor")), pub("noor"))


def test_slots_are_named_by_one_hash() -> None:
    a, b = sorted((ident("a"), ident("b")))
    assert slots_hash([b, a]) == H(f"{a}\n{b}")
    assert slots_hash([]) == H("")
    refused(slots_hash, ["x"])


# -- the chain -----------------------------------------------------------------------------------------------


def test_the_first_card_stands_on_its_own_key() -> None:
    assert verify_first_card(card()).claims["sig"]["kid"] == pub("noor")["kid"]
    header, claims = parts_of(card())
    by_mallory = signed(header | {"kid": key("mallory")["kid"]}, claims, key("mallory"))
    refused(verify_first_card, by_mallory)
    refused(verify_first_card, card(LINK))  # a later card
    refused(verify_first_card, MADE[EPOCH])
    refused(verify_first_card, "")


def test_a_chain_links() -> None:
    follows(None, CARD_0)
    one = checked(epoch(LINK))
    follows(CARD_0, one)
    two = checked(grant(after(one, NOW + 5)))
    follows(one, two)
    assert (two.claims["seq"], two.claims["prv"]) == (2, one.sid)


BROKEN: dict[str, Callable[[], Link]] = {
    "skipped": lambda: Link(VLT, 2, CARD_0.sid, NOW, 1),
    "same number": lambda: Link(VLT, 0, None, NOW, 1),
    "wrong prv": lambda: Link(VLT, 1, H("other"), NOW, 1),
    "another vault": lambda: Link(ident("other"), 1, CARD_0.sid, NOW, 1),
    "falling iat": lambda: Link(VLT, 1, CARD_0.sid, NOW - 1, 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_link_is_refused(name: str) -> None:
    refused(follows, CARD_0, checked(card(BROKEN[name]())))


def test_the_keyring_number_never_falls() -> None:
    one = checked(epoch(after(CARD_0, ring=3)))
    refused(follows, one, checked(grant(after(one, ring=2))))
    follows(one, checked(grant(after(one, ring=3))))


def test_nothing_but_statement_0_begins_a_chain() -> None:
    refused(follows, None, checked(MADE[EPOCH]))
    refused(follows, None, checked(card(LINK)))


def test_a_rewritten_statement_breaks_the_next() -> None:
    one = checked(epoch(LINK))
    two = checked(grant(after(one)))
    rewritten = checked(epoch(LINK, cat="home"))
    assert rewritten.sid != one.sid
    refused(follows, rewritten, two)


def test_a_twin_does_not_fork_the_chain() -> None:
    one = checked(epoch(LINK))
    follows(checked(twin(one.token)), checked(grant(after(one))))


# -- heads ---------------------------------------------------------------------------------------------------


def test_heads_bind_every_part_of_every_change() -> None:
    first = next_head(bytes(32), 1, "put", RID, 1, H("jwe"))
    others = [
        next_head(bytes(31) + b"\1", 1, "put", RID, 1, H("jwe")),
        next_head(bytes(32), 2, "put", RID, 1, H("jwe")),
        next_head(bytes(32), 1, "file", RID, 1, H("jwe")),
        next_head(bytes(32), 1, "put", DRW2, 1, H("jwe")),
        next_head(bytes(32), 1, "put", RID, 2, H("jwe")),
        next_head(bytes(32), 1, "put", RID, 1, H("other")),
        next_head(bytes(32), 1, "del", RID, 1, ""),
    ]
    assert len({first, *others}) == 8


@pytest.mark.parametrize(
    "given",
    [
        (bytes(31), 1, "put", RID, 1, H("x")),
        (bytes(32), 0, "put", RID, 1, H("x")),
        (bytes(32), 1, "other", RID, 1, H("x")),
        (bytes(32), 1, "put", "x", 1, H("x")),
        (bytes(32), 1, "put", RID, 0, H("x")),
        (bytes(32), 1, "put", RID, 1, ""),
        (bytes(32), 1, "put", RID, 1, "x"),
        (bytes(32), 1, "del", RID, 1, H("x")),
        (bytes(32), "1", "put", RID, 1, H("x")),
    ],
)
def test_a_head_of_nothing_known_is_refused(given: tuple[Any, ...]) -> None:
    refused(next_head, *given)


# -- whose chain ---------------------------------------------------------------------------------------------

PERSON = sign_person(key("digid"), iss=DIGID, vlt=VLT, jkt=pub("noor")["kid"], acr="substantial", iat=NOW)


def test_the_identity_issuer_says_whose_card_it_is() -> None:
    person = verify_person(PERSON, pub("digid"))
    assert (person.vlt, person.jkt, person.acr) == (VLT, pub("noor")["kid"], "substantial")
    assert is_card_of(person, CARD_0)
    assert not is_card_of(person, checked(MADE[EPOCH]))
    assert not is_card_of(person, verify_statement(card(sig=key("mallory")), pub("noor")))
    assert not is_card_of(person, checked(card(Link(ident("other"), 0, None, NOW, 0))))


def test_every_forged_person_is_refused() -> None:
    for _, forged in forgeries(PERSON, key("digid"), key("mallory")):
        refused(verify_person, forged, pub("digid"))
    header, claims = parts_of(PERSON)
    for path, value in (
        ("iss", f"vault:{VLT}"),
        ("sub", VLT),
        ("sub", TEAM),
        ("cnf", {}),
        ("cnf.jkt", "x"),
        ("acr", ""),
        ("iat", None),
    ):
        refused(verify_person, signed(header, edited(claims, path, value), key("digid")), pub("digid"))


def test_epoch_needs_a_public_box() -> None:
    refused(
        sign_epoch, key("noor"), LINK, drw=DRW, cat="school", ep=1, box=pub("noor"), dkc=H("x"), rsn="new",
        env=[]
    )  # fmt: skip
