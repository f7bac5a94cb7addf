# SPDX-License-Identifier: EUPL-1.2
"""The outer shape of sealed records and singles: what a server may check without opening anything.

Compact JWE, one recipient, `enc` A256GCM (RFC 7516). The protected header is exactly `alg, enc, typ, kid` and
what the type adds; all of it is authenticated, so the place a thing was sealed for cannot be changed.
"""

import re
from dataclasses import dataclass
from typing import Any

from formats.spelling import (
    MAX_NUMBER,
    FormatError,
    check_hash,
    check_id,
    check_int,
    check_members,
    check_point,
    check_token,
    parse_json,
)

RECORD, SINGLE = "vault-rec+jwe", "vault-one+jwe"
AUTHORED = "vault-rec+jwt"  # `cty` of records, deposits and singles: the author's JWS is inside
WRAPPED, TO_KEY = "A256KW", "ECDH-ES+A256KW"
MAX_HEADER = 4_096  # bytes
_DRAWER_KEY = re.compile(r"([0-9a-f-]{36})\.e([1-9][0-9]{0,15})").fullmatch


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where a record lies: vault, drawer, epoch of the key it is sealed with, record, version."""

    vlt: str
    drw: str
    ep: int
    rid: str
    ver: int


@dataclass(frozen=True, slots=True)
class SinglePlace:
    """Where a single lies: the record it was made from, for grant `gnt`, sealed to the key with thumbprint
    `kid`."""

    vlt: str
    drw: str
    rid: str
    ver: int
    gnt: str
    kid: str


def record_place(jwe: str) -> RecordPlace:
    """The place a sealed record names."""
    found = sealed_header(jwe, RECORD, WRAPPED, ("vlt", "drw", "rid", "ver"), AUTHORED)
    drw, ep = drawer_key(found["kid"])
    place = RecordPlace(
        check_id(found["vlt"]), check_id(found["drw"]), ep, check_id(found["rid"]), check_int(found["ver"], 1)
    )
    if drw != place.drw:
        raise FormatError("place")
    return place


def single_place(jwe: str) -> SinglePlace:
    """The place a single names."""
    found = sealed_header(jwe, SINGLE, TO_KEY, ("vlt", "drw", "rid", "ver", "gnt"), AUTHORED)
    return SinglePlace(
        check_id(found["vlt"]),
        check_id(found["drw"]),
        check_id(found["rid"]),
        check_int(found["ver"], 1),
        check_id(found["gnt"]),
        check_hash(found["kid"]),
    )


def drawer_key(kid: Any) -> tuple[str, int]:
    """Drawer and epoch behind the `kid` of a drawer key, `<drw>.e<ep>`."""
    found = _DRAWER_KEY(kid) if isinstance(kid, str) else None
    if not found or int(found[2]) > MAX_NUMBER:
        raise FormatError("kid")
    return check_id(found[1]), int(found[2])


def sealed_header(jwe: str, typ: str, alg: str, names: tuple[str, ...], cty: str | None) -> dict[str, Any]:
    """The protected header of a JWE: spelling of all five parts, `typ`, `alg`, `cty` (None: absent), exactly
    the further `names`, and for `TO_KEY` a public `epk`. The values of `names` and `kid` are for the caller
    to check."""
    head, key, iv, text, tag = check_token(jwe, 5)
    if len(head) > MAX_HEADER or len(key) != 40 or len(iv) != 12 or not text or len(tag) != 16:
        raise FormatError("sealed")
    found = parse_json(head)
    begin = ("alg", "enc", "typ", "kid", *(("cty",) if cty else ()), *(("epk",) if alg == TO_KEY else ()))
    check_members(found, (*begin, *names))
    if found["alg"] != alg or found["enc"] != "A256GCM" or found["typ"] != typ or found.get("cty") != cty:
        raise FormatError("header")
    if alg == TO_KEY:
        check_members(found["epk"], ("kty", "crv", "x", "y"))
        if found["epk"]["kty"] != "EC" or found["epk"]["crv"] != "P-256":
            raise FormatError("header")
        check_point(found["epk"]["x"], found["epk"]["y"])
    return found
