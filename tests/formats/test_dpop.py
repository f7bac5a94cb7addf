# SPDX-License-Identifier: EUPL-1.2
"""DPoP proofs: RFC 9449 section 4.3, line by line."""

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from formats.dpop import ProofSeen, check_proof, make_proof
from formats.jose import sign_bytes
from formats.spelling import H, b64u, dump_json, unb64u
from tests.formats.refusals import parts_of, refused, signed, stray_bits, twin
from tests.vectors.cast import NOW, key, pub

URL = "https://gw.example/gateway/v1/grants/1/drawers/2/records"
ATH = H("access token")
DEVICE, OTHER = key("device"), key("other device")
JKT = pub("device")["kid"]
PROOF = make_proof(DEVICE, "GET", URL, ATH, now=NOW)


def check(proof: Any = PROOF, **other: Any) -> ProofSeen:
    given: dict[str, Any] = {"method": "GET", "url": URL, "now": NOW, "ath": ATH, "jkt": JKT}
    return check_proof(proof, **(given | other))


def forged(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None, drop: str = "") -> str:
    """The good proof with members changed or dropped, truly signed."""
    old_header, old_claims = parts_of(PROOF)
    new_header = {n: v for n, v in (old_header | (header or {})).items() if n != drop}
    return signed(new_header, {n: v for n, v in (old_claims | (claims or {})).items() if n != drop}, DEVICE)


def test_a_good_proof_is_seen() -> None:
    seen = check()
    assert (seen.jkt, seen.iat) == (JKT, NOW)
    assert seen.jti == parts_of(PROOF)[1]["jti"]
    name = H(f"{JKT}\0{seen.jti}")
    assert seen.question == f"{NOW:010}.{name}"
    assert check(twin(PROOF)) == seen  # the same proof: replay is found by (jkt, jti)
    assert make_proof(DEVICE, "GET", URL, now=NOW) != make_proof(DEVICE, "GET", URL, now=NOW)
    assert check(make_proof(DEVICE, "GET", URL, ATH, now=NOW, jti="chosen")).jti == "chosen"


def test_without_a_token_no_ath_is_asked() -> None:
    bare = make_proof(DEVICE, "POST", URL, now=NOW)
    assert check(bare, method="POST", ath=None).jkt == JKT
    assert check(bare, method="POST", ath=None, jkt=None).jkt == JKT
    refused(check, bare, method="POST")
    assert check(ath=None).jkt == JKT


def test_a_proof_has_no_private_half() -> None:
    header, _ = parts_of(PROOF)
    assert set(header["jwk"]) == {"kty", "crv", "x", "y"}
    for name in ("d", "k", "p", "q", "oth"):
        refused(check, forged(header={"jwk": header["jwk"] | {name: "AA"}}))


@pytest.mark.parametrize(
    "other",
    [{"method": "POST"}, {"method": "get"}, {"url": URL + "/x"}, {"url": URL.replace("https", "http")},
     {"url": URL.replace("gw", "evil")}, {"url": URL.replace(".example", ".example:444")},
     {"ath": H("other token")},
     {"jkt": pub("other device")["kid"]}],
)  # fmt: skip
def test_a_proof_for_something_else(other: dict[str, Any]) -> None:
    refused(check, **other)


@pytest.mark.parametrize(
    ("off", "good"), [(-61, False), (-60, True), (-10, True), (0, True), (10, True), (60, True), (61, False)]
)
def test_a_proof_is_a_minute_old_at_most(off: int, good: bool) -> None:
    if good:
        assert check(now=NOW + off).iat == NOW
    else:
        refused(check, now=NOW + off)


@pytest.mark.parametrize(
    "htu",
    [URL, URL + "?page=2", URL + "#here", URL.replace("https", "HTTPS"), URL.replace("gw.example",
    "GW.Example"),
     URL.replace(".example", ".example:443"), URL.replace("grants", "%67rants"), URL.replace("grants",
     "gr%61nts")],
)  # fmt: skip
def test_one_address_may_be_written_in_several_ways(htu: str) -> None:
    assert check(forged(claims={"htu": htu})).jkt == JKT
    assert check(url=htu).jkt == JKT


@pytest.mark.parametrize(
    "htu",
    ["", "/gateway/v1", "gw.example", "https://", "https:///x", URL.replace("https", "ftp"), URL.replace("//",
    "//user@"), URL + "\n",
     URL.replace("grants", "gra\tnts"), URL.replace("grants", "GRANTS"), URL.replace("/1/", "/%2F/"),
     URL.replace(".example", ".example:x"),
     URL.replace(".example", ".example:99999"), "https://[gw/", URL + "/", None, 7, [URL]],
)  # fmt: skip
def test_another_address_is_another_address(htu: object) -> None:
    refused(check, forged(claims={"htu": htu}))


def test_percent_escapes_are_compared_in_one_case() -> None:
    escaped = make_proof(DEVICE, "GET", "https://gw.example/a%2fb", now=NOW)
    assert check(escaped, url="https://gw.example/a%2Fb", ath=None).jkt == JKT
    refused(check, escaped, url="https://gw.example/a/b", ath=None)
    root = make_proof(DEVICE, "GET", "http://127.0.0.1:80", now=NOW)
    assert check(root, url="http://127.0.0.1/", ath=None).jkt == JKT
    v6 = make_proof(DEVICE, "GET", "http://[::1]:8000/x", now=NOW)
    assert check(v6, url="http://[::1]:8000/x?y", ath=None).jkt == JKT


@pytest.mark.parametrize(
    "proof",
    [
        forged(header={"typ": "jwt"}), forged(header={"typ": None}), forged(header={"alg": "none"}),
        forged(header={"alg": "ES384"}),
        forged(header={"alg": "PS256"}), forged(header={"crit": ["exp"]}), forged(header={"jwk": None}),
        forged(header={"jwk": "x"}),
        forged(header={"jwk": {}}), forged(header={"jwk": pub("other device")}),
        forged(header={"jwk": pub("device", "enc")}),
        forged(header={"jwk": pub("device") | {"crv": "P-384"}}),
        forged(header={"jwk": pub("device") | {"kty": "RSA"}}),
        forged(header={"jwk": pub("device") | {"x": "AA"}}),
        forged(header={"jwk": pub("device") | {"alg": "ES384"}}),
        forged(header={"jwk": pub("device") | {"x": pub("device")["y"]}}),
        forged(header={"pad": "x" * 3_000}),
        forged(claims={"jti": ""}), forged(claims={"jti": "x" * 257}), forged(claims={"jti": 1}),
        forged(claims={"iat": "1"}),
        forged(claims={"iat": None}), forged(claims={"iat": True}), forged(claims={"htm": "POST"}),
        forged(claims={"ath": None}),
        *[forged(drop=name) for name in ("typ", "alg", "jwk", "jti", "htm", "htu", "iat", "ath")],
        "", "x", PROOF + ".AA", PROOF + "=", PROOF + "\n", " " + PROOF, PROOF + "," + PROOF, PROOF[:-4],
        PROOF.rpartition(".")[0] + ".",
        PROOF.rpartition(".")[0] + "." + b64u(bytes(64)), "A" * 9_000, None, 7,
    ],
)  # fmt: skip
def test_a_proof_that_is_wrong_in_one_way(proof: object) -> None:
    refused(check, proof)


def test_stray_bits_and_strict_json() -> None:
    header, body, signature = PROOF.split(".")
    refused(check, f"{header}.{body}.{stray_bits(signature)}")
    doubled = b64u(unb64u(body).replace(b'{"jti"', b'{"iat":1,"jti"'))
    start = f"{header}.{doubled}"
    refused(check, start + "." + b64u(sign_bytes(start.encode(), DEVICE)))
    floating = b64u(unb64u(body).replace(str(NOW).encode(), str(NOW).encode() + b".0"))
    start = f"{header}.{floating}"
    refused(check, start + "." + b64u(sign_bytes(start.encode(), DEVICE)))


def test_extra_claims_and_a_richer_jwk_pass() -> None:
    assert check(forged(claims={"nonce": "x", "extra": {"a": [1]}})).jkt == JKT
    assert check(forged(header={"jwk": pub("device")})).jkt == JKT
    assert check(forged(header={"jwk": pub("device") | {"kid": "any", "key_ops": ["verify"], "ext": True}})).jkt == JKT


def test_a_stock_library_makes_proofs_we_read_and_reads_ours() -> None:
    registry = jws.JWSRegistry(algorithms=["ES256", "RS256"], strict_check_header=False)
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {n: DEVICE[n] for n in ("kty", "crv", "x", "y")}}
    claims = {"jti": "a", "htm": "GET", "htu": URL, "iat": NOW, "ath": ATH}
    theirs = jws.serialize_compact(header, json.dumps(claims), ECKey.import_key(DEVICE), registry=registry)
    assert check(theirs).jti == "a"
    assert jws.deserialize_compact(PROOF, ECKey.import_key(pub("device")), registry=registry)
    rsa = RSAKey.generate_key(2048, private=True)
    by_rsa = jws.serialize_compact(
        {"typ": "dpop+jwt", "alg": "RS256", "jwk": rsa.as_dict(private=False)},
        json.dumps(claims),
        rsa,
        registry=registry,
    )
    refused(check, by_rsa, jkt=None)


def test_a_header_is_remembered_with_its_own_key_only() -> None:
    for _ in range(3):
        assert check().jkt == JKT
        other = make_proof(OTHER, "GET", URL, ATH, now=NOW)
        refused(check, other)
        assert check(other, jkt=None).jkt == pub("other device")["kid"]
    header, body, _ = PROOF.split(".")
    refused(check, f"{header}.{body}." + b64u(sign_bytes(f"{header}.{body}".encode(), OTHER)))


def test_what_is_made_is_whole() -> None:
    refused(make_proof, DEVICE, "GET", "not a url", now=NOW)
    header, claims = parts_of(PROOF)
    assert dump_json(header) == unb64u(PROOF.split(".")[0])
    assert set(claims) == {"jti", "htm", "htu", "iat", "ath"}
    assert parts_of(make_proof(DEVICE, "GET", URL + "?a=b#c", now=NOW))[1]["htu"] == URL


def test_a_key_of_another_shape_is_refused_where_any_key_will_do() -> None:
    good = pub("device")
    assert check(forged(header={"jwk": good}), jkt=None).jkt == JKT
    longer = b64u(b"\0" + unb64u(good["x"]))
    wrong = ({"kty": "RSA"}, {"crv": "P-384"}, {"crv": None}, {"alg": "ES384"}, {"use": "enc"}, {"x": longer})
    for other in wrong:
        refused(check, forged(header={"jwk": good | other}), jkt=None)


def test_a_proof_has_a_length_limit() -> None:
    assert check(forged(claims={"extra": "x" * 1_000})).jkt == JKT
    refused(check, forged(claims={"extra": "x" * 8_000}))
