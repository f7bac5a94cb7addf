# SPDX-License-Identifier: EUPL-1.2
"""A header with anything else in it, an algorithm of somebody's choice: what a key holder could forge is
refused.
"""

import pytest
from joserfc.jwk import ECKey

from formats.jose import public, symmetric
from formats.spelling import b64u, dump_json, unb64u
from tests.formats.sealed import (
    EPOCH,
    FATIMA,
    JWS,
    KINDS,
    forge,
    header_of,
    kw_header,
    opens,
    pk_header,
    refused,
)

HEADERS = [
    {"zip": "DEF"},
    {"crit": ["exp"], "exp": 1},
    {"crit": []},
    {"typ": None},
    {"typ": "vault-dep+jwe"},
    {"typ": "JWE"},
    {"kid": None},
    {"kid": "x"},
    {"cty": None},
    {"cty": "vault-rec+jwe"},
    {"enc": "A128GCM"},
    {"enc": "A192GCM"},
    {"enc": "A256CBC-HS512"},
    {"ver": "1"},
    {"ver": True},
    {"vlt": None},
    {"more": 1},
    {"jku": "https://example.org/keys"},
    {"jwk": {}},
    {"x5c": []},
    {"b64": False},
    {"p2c": 1000},
    {"p2s": "AAAA"},
    {"iat": 1},
]


@pytest.mark.parametrize("change", HEADERS, ids=str)
def test_a_header_with_anything_else_is_refused(change):
    refused(KINDS["record"], forge(kw_header(**change), JWS.encode(), EPOCH.dk))
    refused(KINDS["single"], forge(pk_header(**change), JWS.encode(), FATIMA))
    assert opens(KINDS["record"], forge(kw_header(), JWS.encode(), EPOCH.dk))
    assert opens(KINDS["single"], forge(pk_header(), JWS.encode(), FATIMA))


@pytest.mark.parametrize("alg", ["dir", "A256GCMKW", "PBES2-HS512+A256KW"])
def test_another_algorithm_for_a_symmetric_key_is_refused(alg):
    refused(KINDS["record"], forge(kw_header(alg=alg), JWS.encode(), EPOCH.dk))


@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW"])
def test_another_algorithm_for_a_key_pair_is_refused(alg):
    refused(KINDS["single"], forge(pk_header(alg=alg), JWS.encode(), FATIMA))


@pytest.mark.parametrize("change", [{"apu": "Tm9vcg"}, {"apv": "RmF0aW1h"}, {"apu": "", "apv": ""}], ids=str)
def test_party_info_is_refused(change):
    refused(KINDS["single"], forge(pk_header(**change), JWS.encode(), FATIMA))


def test_a_public_key_is_never_taken_for_a_secret_one():
    stolen = dump_json(public(FATIMA))[:32]
    token = forge(pk_header(alg="A256KW"), JWS.encode(), symmetric(stolen, "x"))
    refused(KINDS["single"], token)


def test_an_ephemeral_key_is_a_point_of_p256_and_nothing_more():
    header = header_of(KINDS["single"].token)
    rest = KINDS["single"].token.split(".", 1)[1]
    good, other = header["epk"], ECKey.generate_key("P-384").as_dict(private=False)
    changes = [{"kid": "x"}, {"d": FATIMA["d"]}, {"crv": "P-384"}, {"x": b64u(bytes(32))}, {"x": good["y"]}]
    changes += [{"y": good["y"] + "A"}, {"kty": "OKP"}]
    x25519 = {"kty": "OKP", "crv": "X25519", "x": b64u(bytes(32))}
    for epk in (None, "x", {}, other, x25519, *({**good, **change} for change in changes)):
        refused(KINDS["single"], f"{b64u(dump_json({**header, 'epk': epk}))}.{rest}")
    header.pop("epk")
    refused(KINDS["single"], f"{b64u(dump_json(header))}.{rest}")
    refused(KINDS["record"], forge(kw_header(epk=good), JWS.encode(), EPOCH.dk))


def test_names_twice_and_other_json_tricks_are_refused():
    head, rest = KINDS["record"].token.split(".", 1)
    text = unb64u(head).decode()
    tricks = [text[:-1] + ',"ver":1}', text[:-1] + ',"\\u0076er":1}', "\ufeff" + text, "[" + text + "]"]
    tricks += [text.replace('"ver":1', f'"ver":{number}') for number in ("1.0", "01", "NaN", "1e0", "-0")]
    for trick in tricks:
        refused(KINDS["record"], f"{b64u(trick.encode())}.{rest}")
