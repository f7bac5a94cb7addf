# SPDX-License-Identifier: EUPL-1.2
"""What a server sees of sealed things: each header member in each type, changed, missing, someone else's."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

from formats.deposit import DEPOSIT, DepositPlace, deposit_place
from formats.envelope import (
    ENVELOPE,
    KEYRING,
    SHARE,
    SLOT,
    EnvelopePlace,
    RingPlace,
    SharePlace,
    SlotPlace,
    envelope_place,
    ring_place,
    share_place,
    slot_place,
)
from formats.record import (
    RECORD,
    SINGLE,
    RecordPlace,
    SinglePlace,
    drawer_key,
    record_place,
    sealed_header,
    single_place,
)
from formats.spelling import b64u, dump_json, unb64u
from tests.formats.refusals import edited, refused, stray_bits
from tests.vectors.cast import DRW, GNT, RID, VLT, ident, pub

SLOT_ID = ident("slot 1")
BOX, TEAM_ENC = pub("box 1", "enc"), pub("team", "enc")
WHERE = {"vlt": VLT, "drw": DRW, "rid": RID}
HEADERS: dict[str, dict[str, Any]] = {
    RECORD: {"alg": "A256KW", "kid": f"{DRW}.e3", "cty": "vault-rec+jwt", **WHERE, "ver": 2},
    DEPOSIT: {"alg": "ECDH-ES+A256KW", "kid": BOX["kid"], "cty": "vault-rec+jwt", **WHERE, "ver": 1},
    SINGLE: {"alg": "ECDH-ES+A256KW", "kid": TEAM_ENC["kid"], "cty": "vault-rec+jwt", **WHERE, "ver": 2,
    "gnt": GNT},
    ENVELOPE: {"alg": "ECDH-ES+A256KW", "kid": TEAM_ENC["kid"], "cty": "jwk-set+json", "vlt": VLT, "drw": DRW,
    "ep": 3, "gnt": GNT},
    KEYRING: {"alg": "A256KW", "kid": "ring", "vlt": VLT, "seq": 1},
    SLOT: {"alg": "A256KW", "kid": SLOT_ID, "vlt": VLT, "slot": "code"},
    SHARE: {"alg": "ECDH-ES+A256KW", "kid": TEAM_ENC["kid"], "vlt": VLT, "for": SLOT_ID},
}  # fmt: skip
READ: dict[str, Callable[[str], Any]] = {
    RECORD: record_place,
    DEPOSIT: deposit_place,
    SINGLE: single_place,
    ENVELOPE: envelope_place,
    KEYRING: ring_place,
    SLOT: slot_place,
    SHARE: share_place,
}
PLACES = {
    RECORD: RecordPlace(VLT, DRW, 3, RID, 2),
    DEPOSIT: DepositPlace(VLT, DRW, RID, 1, BOX["kid"]),
    SINGLE: SinglePlace(VLT, DRW, RID, 2, GNT, TEAM_ENC["kid"]),
    ENVELOPE: EnvelopePlace(VLT, DRW, 3, GNT, TEAM_ENC["kid"]),
    KEYRING: RingPlace(VLT, 1),
    SLOT: SlotPlace(VLT, SLOT_ID, "code"),
    SHARE: SharePlace(VLT, SLOT_ID, TEAM_ENC["kid"]),
}


def sealed(typ: str) -> str:
    """Sealed by a stock JOSE library."""
    header = {"alg": HEADERS[typ]["alg"], "enc": "A256GCM", "typ": typ} | HEADERS[typ]
    registry = jwe.JWERegistry(algorithms=[header["alg"], "A256GCM"], strict_check_header=False)
    registry.max_protected_header_length = 4_096
    key = OctKey.import_key(bytes(32)) if header["alg"] == "A256KW" else ECKey.import_key(TEAM_ENC)
    return jwe.encrypt_compact(header, b"inside", key, registry=registry)  # type: ignore[arg-type]


SEALED = {typ: sealed(typ) for typ in HEADERS}


def with_header(typ: str, header: dict[str, Any]) -> str:
    return b64u(dump_json(header)) + "." + SEALED[typ].partition(".")[2]


def header_of(typ: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unb64u(SEALED[typ].split(".")[0]))
    return found


@pytest.mark.parametrize("typ", HEADERS)
def test_the_place_is_what_the_header_says(typ: str) -> None:
    assert READ[typ](SEALED[typ]) == PLACES[typ]


@pytest.mark.parametrize("typ", HEADERS)
def test_one_type_is_never_read_as_another(typ: str) -> None:
    for other in HEADERS:
        if other != typ:
            refused(READ[other], SEALED[typ])
            refused(READ[other], with_header(typ, header_of(typ) | {"typ": other}))


@pytest.mark.parametrize("typ", HEADERS)
def test_header_members_are_exactly_those(typ: str) -> None:
    header = header_of(typ)
    for name in header:
        refused(READ[typ], with_header(typ, {n: v for n, v in header.items() if n != name}))
        for value in (None, "", "x", 0, -1, 2**53 - 1, ident("x").upper(), [], {}, True):
            if name in ("ver", "ep", "seq") and value == 2**53 - 1 and typ != DEPOSIT:
                continue  # a very high number is a number
            refused(READ[typ], with_header(typ, header | {name: value}))
    for extra in (
        {"zip": "DEF"},
        {"crit": ["exp"]},
        {"jku": "https://evil.example"},
        {"apu": "AA"},
        {"epk": header.get("epk", {}), "x": 1},
    ):
        refused(READ[typ], with_header(typ, header | extra))


@pytest.mark.parametrize("typ", HEADERS)
def test_the_five_parts_have_their_shapes(typ: str) -> None:
    parts = SEALED[typ].split(".")
    for at, wrong in (
        (0, b64u(b"{}")), (0, b64u(b"[]")), (0, b64u(b"x" * 4_097)), (1, b64u(bytes(41))), (1,
        b64u(bytes(39))), (2, b64u(bytes(16))),
        (2, b64u(bytes(11))), (3, ""), (4, b64u(bytes(12))), (4, b64u(bytes(17))), (4, stray_bits(parts[4])),
        (1, parts[1] + "="),
    ):  # fmt: skip
        refused(READ[typ], ".".join([*parts[:at], wrong, *parts[at + 1 :]]))
    for token in (".".join(parts[:4]), SEALED[typ] + ".AA", "", None, SEALED[typ] + " "):
        refused(READ[typ], token)


@pytest.mark.parametrize("typ", [typ for typ in HEADERS if "epk" in header_of(typ)])
def test_the_ephemeral_key_is_a_point_and_nothing_more(typ: str) -> None:
    header = header_of(typ)
    for path, value in (
        ("epk.x", header["epk"]["y"]),
        ("epk.kty", "OKP"),
        ("epk.crv", "P-384"),
        ("epk.x", None),
        ("epk.y", "AA"),
    ):
        refused(READ[typ], with_header(typ, edited(header, path, value)))
    refused(READ[typ], with_header(typ, header | {"epk": header["epk"] | {"d": "AA"}}))
    refused(READ[typ], with_header(typ, header | {"alg": "ECDH-ES"}))


@pytest.mark.parametrize(
    ("alg", "enc"),
    [("dir", "A256GCM"), ("A256KW", "A128CBC-HS256"), ("A128KW", "A256GCM"), ("RSA-OAEP", "A256GCM")],
)
def test_other_algorithms_are_refused(alg: str, enc: str) -> None:
    refused(record_place, with_header(RECORD, header_of(RECORD) | {"alg": alg, "enc": enc}))


@pytest.mark.parametrize(
    "kid", [f"{DRW}.e0", f"{DRW}.e03", f"{DRW}.e-1", f"{DRW}.e", f"{DRW}", f"{DRW}.e3 ", f"{DRW}.E3", "x.e3",
    f"{ident('other')}.e3",
            f"{DRW}.e9007199254740992", f"{DRW}.e٣"]
)  # fmt: skip
def test_a_record_names_the_key_of_its_own_drawer(kid: str) -> None:
    refused(record_place, with_header(RECORD, header_of(RECORD) | {"kid": kid}))


def test_drawer_keys() -> None:
    assert drawer_key(f"{DRW}.e12") == (DRW, 12)
    refused(drawer_key, None)


def test_a_deposit_is_version_1_only() -> None:
    refused(deposit_place, with_header(DEPOSIT, header_of(DEPOSIT) | {"ver": 2}))


def test_slots_have_four_types() -> None:
    for kind in ("prf", "code", "pass", "trustees"):
        assert slot_place(with_header(SLOT, header_of(SLOT) | {"slot": kind})).type == kind
    refused(slot_place, with_header(SLOT, header_of(SLOT) | {"slot": "pin"}))


def test_the_header_can_be_read_for_another_type_in_another_room() -> None:
    assert sealed_header(SEALED[KEYRING], KEYRING, "A256KW", ("vlt", "seq"), None)["kid"] == "ring"
    refused(sealed_header, SEALED[KEYRING], KEYRING, "A256KW", ("vlt",), None)
