# SPDX-License-Identifier: EUPL-1.2
"""Keys and compact JWS: ours read by a stock library, a stock library's by us, and the public vectors."""

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from formats import jose
from formats.jose import (
    check_signing_key,
    check_symmetric,
    new_sealing_key,
    new_signing_key,
    peek,
    private_ec,
    public,
    sign,
    sign_bytes,
    symmetric,
    verify,
    verify_bytes,
)
from formats.spelling import FormatError, b64u, check_token, parse_json, public_ec, unb64u
from tests.formats.refusals import forgeries, refused, signed
from tests.vectors import wycheproof

KEY, OTHER = new_signing_key(), new_signing_key()


def test_what_is_signed_is_verified() -> None:
    token = sign({"b": 1, "a": "é"}, "vault-x+jwt", KEY)
    assert verify(token, "vault-x+jwt", public(KEY)) == {"b": 1, "a": "é"}
    assert peek(token) == ({"alg": "ES256", "typ": "vault-x+jwt", "kid": KEY["kid"]}, {"b": 1, "a": "é"})


def test_a_stock_library_reads_ours_and_we_read_its() -> None:
    token = sign({"a": 1}, "vault-x+jwt", KEY)
    read = jws.deserialize_compact(token, ECKey.import_key(public(KEY)), registry=jws.JWSRegistry(algorithms=["ES256"]))
    assert read.payload == b'{"a":1}'
    header = {"kid": KEY["kid"], "typ": "vault-x+jwt", "alg": "ES256"}  # another order of members
    theirs = jws.serialize_compact(
        header, b'{ "a": 1 }', ECKey.import_key(KEY), registry=jws.JWSRegistry(algorithms=["ES256"])
    )
    assert verify(theirs, "vault-x+jwt", public(KEY)) == {"a": 1}


def test_every_forgery_is_refused() -> None:
    token = sign({"a": 1, "b": 2}, "vault-x+jwt", KEY)
    meaning = ("extra member", "without", "empty claims")  # for the reader of a type, not for a signature
    tried = 0
    for name, forged in forgeries(token, KEY, OTHER):
        if not name.startswith(meaning):
            with pytest.raises(FormatError):
                verify(forged, "vault-x+jwt", public(KEY))
            tried += 1
    assert tried > 14
    for wrong in (None, 7, b"a.b.c", token.encode()):
        refused(verify, wrong, "vault-x+jwt", public(KEY))
        refused(peek, wrong)


def test_a_signature_has_64_bytes_though_its_numbers_are_right() -> None:
    signature = sign_bytes(b"x", KEY)
    verify_bytes(b"x", signature, KEY["x"], KEY["y"])
    refused(verify_bytes, b"x", signature[:32] + b"\0" + signature[32:], KEY["x"], KEY["y"])
    refused(verify_bytes, b"x", signature[:32], KEY["x"], KEY["y"])
    refused(verify_bytes, b"x", b"", KEY["x"], KEY["y"])


def test_claims_are_strict_json_even_when_truly_signed() -> None:
    header = sign({}, "t", KEY).split(".")[0]
    for body in (b'{"a":1,"a":2}', b'{"a":1.0}', b"[]", b'{"a":"\\ud800"}', b"\xef\xbb\xbf{}", b"null"):
        start = f"{header}.{b64u(body)}"
        token = start + "." + b64u(sign_bytes(start.encode(), KEY))
        refused(verify, token, "t", public(KEY))
        refused(peek, token)


def test_peek_still_wants_the_header_of_ours() -> None:
    good = {"alg": "ES256", "typ": "t", "kid": KEY["kid"]}
    assert peek(signed(good, {"a": 1}, KEY))[1] == {"a": 1}
    for wrong in (
        good | {"alg": "RS256"},
        good | {"x": 1},
        {"alg": "ES256", "typ": "t"},
        good | {"typ": 1},
        good | {"kid": None},
    ):
        refused(peek, signed(wrong, {"a": 1}, KEY))


def test_a_key_that_is_not_exactly_one_verifies_nothing() -> None:
    token = sign({"a": 1}, "t", KEY)
    good = public(KEY)
    for wrong in (
        KEY, good | {"kid": "x"}, good | {"use": "enc"}, good | {"alg": "ES384"}, good | {"x": good["y"]},
        good | {"x": ["a"]}, good | {"y": None}, {}, {n: v for n, v in good.items() if n != "use"},
    ):  # fmt: skip
        refused(verify, token, "t", wrong)
        refused(check_signing_key, wrong)
    refused(check_signing_key, None)
    assert check_signing_key(good) == KEY["kid"]


def test_only_a_private_signing_key_signs() -> None:
    for wrong in (public(KEY), new_sealing_key(), symmetric(bytes(32), "k")):
        refused(sign, {"a": 1}, "t", wrong)
    refused(sign, {"a": "x" * 1_048_576}, "t", KEY)
    refused(sign, {"a": 1.5}, "t", KEY)


def test_a_jws_has_a_length_limit() -> None:
    longest = sign({"a": "x" * 786_000}, "t", KEY)
    assert len(longest) <= jose.MAX_JWS
    assert verify(longest, "t", public(KEY))
    header = {"alg": "ES256", "typ": "t", "kid": KEY["kid"]}
    longer = signed(header, {"a": "x" * 790_000}, KEY)
    assert len(longer) > jose.MAX_JWS
    refused(verify, longer, "t", public(KEY))
    refused(peek, longer)


def test_private_keys() -> None:
    for made, use in ((new_signing_key(), "sig"), (new_sealing_key(), "enc")):
        assert private_ec(made, use) == made
        assert public_ec(public(made), use) == public(made)
        assert "d" not in public(made)
        for name in made:
            refused(private_ec, {n: v for n, v in made.items() if n != name}, use)
        for d in (
            b64u(bytes(32)),
            b64u(b"\xff" * 32),
            b64u(b"\0" + unb64u(made["d"])),
            OTHER["d"],
            made["d"] + "=",
            "",
        ):
            refused(private_ec, made | {"d": d}, use)
        refused(private_ec, public(made), use)
        refused(private_ec, made, "sig" if use == "enc" else "enc")
    refused(public, {})


def test_symmetric_keys() -> None:
    jwk = symmetric(bytes(range(32)), "ring")
    assert jwk == {"kty": "oct", "k": b64u(bytes(range(32))), "alg": "A256KW", "use": "enc", "kid": "ring"}
    assert check_symmetric(jwk) == bytes(range(32))
    refused(symmetric, bytes(31), "ring")
    refused(symmetric, bytes(32), "")
    for name in jwk:
        refused(check_symmetric, {n: v for n, v in jwk.items() if n != name})
        refused(check_symmetric, jwk | {name: "AA"} if name != "kid" else jwk | {name: ""})
    refused(check_symmetric, jwk | {"x": 1})
    refused(check_symmetric, jwk | {"kid": 7})


# -- public vectors ------------------------------------------------------------------------------------------
# "Core" of the specification: section 1 and the algorithm list, without the rules for typ, kid, members.


def _core_verify(token: str, key: dict[str, str]) -> None:
    header, _, signature = check_token(token, 3)
    if parse_json(header).get("alg") != "ES256" or "crit" in parse_json(header):
        raise FormatError("header")
    if (key.get("kty"), key.get("crv"), key.get("alg"), key.get("use", "sig")) != (
        "EC",
        "P-256",
        "ES256",
        "sig",
    ):
        raise FormatError("key")
    verify_bytes(token.rpartition(".")[0].encode(), signature, key["x"], key["y"])


def _accepted(token: str, key: dict[str, str]) -> bool:
    try:
        _core_verify(token, key)
    except FormatError:
        return False
    return True


def test_wycheproof_json_web_signature() -> None:
    cases = wycheproof("json_web_signature")
    accepted = {c["tcId"] for g, c in cases if _accepted(c["jws"], g.get("public") or g["private"])}
    refused_valid = sum(c["result"] == "valid" and c["tcId"] not in accepted for _, c in cases)
    refused_invalid = sum(c["result"] == "invalid" and c["tcId"] not in accepted for _, c in cases)
    assert (len(cases), accepted, refused_invalid, refused_valid) == (401, {18, 378}, 355, 44)


def test_wycheproof_json_web_key() -> None:
    cases = wycheproof("json_web_key")
    results = {"valid": 0, "invalid": 0}
    for group, case in cases:
        keys = (group.get("public") or group["private"])["keys"]
        # A key is never chosen by the token: a set is refused unless each key in it is one of ours.
        assert not all(_accepted(case["jws"], key) for key in keys), case["tcId"]
        for key in keys:
            refused(public_ec, key, "sig")
        results[case["result"]] += 1
    assert results == {"valid": 5, "invalid": 21}


def test_wycheproof_ecdsa_p1363() -> None:
    counted = {True: 0, False: 0}
    for group, case in wycheproof("ecdsa_secp256r1_sha256_p1363"):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        x, y = b64u(point[1:33]), b64u(point[33:])
        try:
            verify_bytes(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]), x, y)
            good = True
        except FormatError:
            good = False
        assert good == (case["result"] == "valid"), case["tcId"]
        counted[good] += 1
    assert counted == {True: 173, False: 89}


# -- cost ----------------------------------------------------------------------------------------------------
