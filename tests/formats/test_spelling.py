# SPDX-License-Identifier: EUPL-1.2
"""Spelling: what is written can be read, and everything that only looks like it is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from formats import spelling
from formats.jose import new_sealing_key, new_signing_key, public, sign, verify
from formats.spelling import (
    FormatError,
    H,
    b64u,
    check_bool,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_organisation,
    check_party,
    check_point,
    check_team,
    check_text,
    check_token,
    check_vault,
    new_id,
    public_ec,
    sid,
    thumbprint,
    unb64u,
)
from tests.formats.refusals import N, refused, stray_bits, twin

NIL = "00000000-0000-4000-8000-000000000000"
OIN = "urn:oin:00000001234567890000"


@given(st.binary(max_size=300))
def test_bytes_survive_base64url_as_the_standard_library_writes_it(data: bytes) -> None:
    assert unb64u(b64u(data)) == data
    assert b64u(data) == base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.text(max_size=12))
def test_whatever_is_decoded_encodes_to_the_same_text(text: str) -> None:
    try:
        data = unb64u(text)
    except FormatError:
        return
    assert b64u(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AAAAA",
        "AA==",
        "AA=",
        "AB",
        "AAB",
        "A A",
        "AA\n",
        "AA+A",
        "AA/A",
        "é",
        "ＡＡ",
        "=",
        None,
        7,
        b"AA",
    ],
)
def test_base64url_that_is_not_canonical_is_refused(text: object) -> None:
    refused(unb64u, text)


def test_stray_bits_are_refused_wherever_they_hide() -> None:
    token = f"{b64u(b'a')}.{b64u(b'bb')}.{b64u(b'cccc')}"
    assert check_token(token, 3) == [b"a", b"bb", b"cccc"]
    for at in range(3):
        parts = token.split(".")
        parts[at] = stray_bits(parts[at])
        refused(check_token, ".".join(parts), 3)


@pytest.mark.parametrize("token", ["", ".", "..", "AA..AA", ".AA.AA", "AA.AA.", "AA.AA", "AA.AA.AA.AA", " AA.AA.AA"])
def test_a_token_has_exactly_its_parts(token: str) -> None:
    refused(check_token, token, 3)


def test_a_token_has_a_length_limit() -> None:
    assert len(check_token("A" * 1_499_992 + ".AAA.AAA", 3)[0]) == 1_124_994
    refused(check_token, "A" * 1_499_996 + ".AAA.AAA", 3)
    refused(unb64u, "A" * 1_500_004)


def test_h_and_sid() -> None:
    assert H("") == H(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    assert sid("a.b.c") == H("a.b") == sid("a.b.d")
    refused(sid, "no dots")
    refused(sid, None)


def test_a_twin_signature_has_the_same_sid() -> None:
    key = new_signing_key()
    token = sign({"a": 1}, "t", key)
    assert twin(token) != token
    assert verify(twin(token), "t", public(key)) == {"a": 1}
    assert sid(twin(token)) == sid(token)
    assert H(twin(token)) != H(token)
    assert N.bit_length() == 256


def test_members_are_exactly_those_listed() -> None:
    check_members({"a": 1, "b": None}, ("a", "b"))
    for wrong in ({"a": 1}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 2}, [], None, "ab", ["a", "b"]):
        refused(check_members, wrong, ("a", "b"))


# -- values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [NIL.upper().replace("0", "A"), NIL.replace("4", "1", 1), NIL.replace("8", "c", 1), NIL + "\n", " " + NIL,
    NIL[:-1],
     NIL.replace("-", ""), "{" + NIL + "}", "urn:uuid:" + NIL, "", None, 4, NIL.replace("0", "٠", 1)],
)  # fmt: skip
def test_ids_are_lower_case_uuid_4(value: object) -> None:
    assert check_id(NIL) == NIL
    refused(check_id, value)


def test_new_ids_are_ids_and_new() -> None:
    assert len({check_id(new_id()) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("value", "team", "organisation", "party"),
    [
        (f"vault:{NIL}", False, False, True),
        (OIN, False, True, True),
        (f"{OIN}:team:jeugdteam-zuid", True, True, True),
        (f"{OIN}:team:{'a' * 40}", True, True, True),
        (f"{OIN}:team:{'a' * 41}", False, False, False),
        (f"{OIN}:team:", False, False, False),
        (f"{OIN}:team:Zuid", False, False, False),
        (f"{OIN}:team:a:team:b", False, False, False),
        (f"{OIN}\n", False, False, False),
        (f"{OIN}0", False, False, False),
        ("urn:oin:0000000123456789000", False, False, False),
        ("urn:oin:٠٠٠٠٠٠٠١٢٣٤٥٦٧٨٩٠٠٠٠", False, False, False),
        ("URN:OIN:00000001234567890000", False, False, False),
        (f"vault:{NIL}:team:a", False, False, False),
        (f"vault:{NIL.upper().replace('0', 'A')}", False, False, False),
        ("vault:", False, False, False),
        (None, False, False, False),
        (["urn"], False, False, False),
    ],
)
def test_parties(value: object, team: bool, organisation: bool, party: bool) -> None:
    for check, good in ((check_team, team), (check_organisation, organisation), (check_party, party)):
        if good:
            assert check(value) == value
        else:
            refused(check, value)


def test_a_vault_is_a_party_of_its_own_kind() -> None:
    assert check_vault(f"vault:{NIL}") == NIL
    refused(check_vault, OIN)
    refused(check_vault, NIL)
    refused(check_vault, f"voult:{NIL}")
    refused(check_vault, None)


@pytest.mark.parametrize("value", [True, False, "1", 1.0, None, -1, 2**53, [1]])
def test_numbers_are_whole_and_bounded(value: object) -> None:
    assert check_int(0) == 0
    assert check_int(2**53 - 1) == 2**53 - 1
    assert check_int(1, 1, 1) == 1
    refused(check_int, value)
    refused(check_int, 0, 1)
    refused(check_int, 2, 1, 1)


def test_words_lists_truths_and_hashes() -> None:
    assert check_bool(True) is True
    assert check_list([1], 1) == [1]
    assert check_one_of("a", ("a", "b")) == "a"
    assert check_hash(H("x")) == H("x")
    for value in (0, 1, None, "true"):
        refused(check_bool, value)
    for given_list in ([1, 2], (1,), {}, None, "a"):
        refused(check_list, given_list, 1)
    for word in ("c", "", None, 1, ["a"]):
        refused(check_one_of, word, ("a", "b"))
    for hashed in (
        H("x")[:-1],
        H("x") + "A",
        stray_bits(H("x")),
        H("x") + "=",
        H("x")[:-1] + "\n",
        "",
        None,
        1,
    ):
        refused(check_hash, hashed)


@given(st.binary(min_size=32, max_size=32))
def test_every_32_bytes_are_a_hash(data: bytes) -> None:
    assert unb64u(check_hash(b64u(data))) == data


@pytest.mark.parametrize(
    "value", ["", "a" * 201, "a\n", "a\u202eb", "\u2066", "\ufeff", "a\x00", "a\x85", "a\u2028", None, 1]
)
def test_a_text_cannot_disguise_itself(value: object) -> None:
    assert check_text("Jeugdteam Zuid – é", 50) == "Jeugdteam Zuid – é"
    refused(check_text, value)


# -- keys ----------------------------------------------------------------------------------------------------


def test_the_thumbprint_of_rfc_7638() -> None:
    key = public(new_signing_key())
    assert thumbprint(key) == key["kid"] == ECKey.import_key({n: key[n] for n in ("kty", "crv", "x", "y")}).thumbprint()
    assert thumbprint({"kty": "oct", "k": "AA", "alg": "x"}) == H('{"k":"AA","kty":"oct"}')
    for wrong in (
        {},
        {"kty": "RSA"},
        {"kty": "EC", "crv": "P-256", "x": "A"},
        {"kty": ["EC"]},
        {"kty": "oct", "k": 1},
    ):
        refused(thumbprint, wrong)


def test_a_public_key_is_exactly_seven_members() -> None:
    for key, use in ((public(new_signing_key()), "sig"), (public(new_sealing_key()), "enc")):
        assert public_ec(key, use) == key
        refused(public_ec, key, "enc" if use == "sig" else "sig")
        refused(public_ec, key, "")
        for name in key:
            refused(public_ec, {n: v for n, v in key.items() if n != name}, use)
            refused(public_ec, key | {name: "wrong"}, use)
            refused(public_ec, key | {name: None}, use)
        refused(public_ec, key | {"d": "AA"}, use)
        refused(public_ec, key | {"x": key["x"] + "="}, use)
    refused(public_ec, None, "sig")


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (b64u(bytes(32)), b64u(bytes(32))),
        (b64u(b"\xff" * 32), b64u(b"\xff" * 32)),
        (b64u(bytes(31)), b64u(bytes(33))),
        ("", ""),
        (None, None),
    ],
)
def test_a_point_lies_on_the_curve(x: object, y: object) -> None:
    key = public(new_signing_key())
    check_point(key["x"], key["y"])
    refused(check_point, x, y)
    refused(check_point, key["x"], key["x"])
    p = spelling._P
    beyond = b64u((int.from_bytes(unb64u(key["x"]), "big") % 2**31 + p).to_bytes(32, "big"))
    refused(check_point, beyond, key["y"])  # x + p is the same point in other bytes


def test_a_key_off_the_curve_is_refused_though_its_thumbprint_is_right() -> None:
    key = public(new_signing_key())
    off = key | {"x": key["y"]}
    refused(public_ec, off | {"kid": thumbprint(off)}, "sig")
    twisted = key | {"y": b64u(b"\1" * 32)}
    refused(public_ec, twisted | {"kid": thumbprint(twisted)}, "sig")


def test_a_coordinate_has_one_length_though_its_number_is_shorter() -> None:
    short = next(point for point in map(public, iter(new_signing_key, None)) if unb64u(point["y"])[0] == 0)
    check_point(short["x"], short["y"])
    refused(check_point, short["x"], b64u(unb64u(short["y"])[1:]))
    refused(check_point, short["x"], b64u(b"\0" + unb64u(short["y"])))
