# SPDX-License-Identifier: EUPL-1.2
"""Compact JWE, the one door to the library for it: one recipient, A256GCM, a header that is known beforehand.

Nothing here knows what is sealed; `formats/sealing.py` says for each kind which header it has and which key
opens it. The library is called with one key algorithm at a time and only after the token's spelling and
header were checked. Sources: RFC 7516, RFC 7518 sections 4.4, 4.6 and 5.3; formats.md sections 1, 3 and 11.
"""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry, decrypt_compact, encrypt_compact
from joserfc.jwk import ECKey, OctKey

from formats.jose import Jwk, private_ec
from formats.record import TO_KEY, WRAPPED, sealed_header
from formats.spelling import (
    FormatError,
    H,
    check_id,
    check_int,
    check_token,
    parse_json,
    public_ec,
)

_COMMON = ("alg", "enc", "typ", "kid", "cty")


def _registry(alg: str) -> JWERegistry:
    # This list is the defence against "alg" confusion: it never holds more than one of each kind.
    registry = JWERegistry(algorithms=[alg, "A256GCM"], strict_check_header=False)
    registry.max_protected_header_length, registry.max_ciphertext_length = 4096, 1_400_000
    return registry


_REGISTRIES = {alg: _registry(alg) for alg in (WRAPPED, TO_KEY)}


def header_for(alg: str, typ: str, kid: str, **place: str | int) -> dict[str, Any]:
    """The protected header, exactly; the library adds `epk` for TO_KEY. FormatError when the place is not
    well-formed.
    """
    for name in ("vlt", "drw", "rid", "gnt"):
        if name in place:
            check_id(place[name])
    for name in ("ver", "ep", "seq"):
        if name in place:
            check_int(place[name], 1)
    return {"alg": alg, "enc": "A256GCM", "typ": typ, "kid": kid, **place}


def seal_compact(header: dict[str, Any], plaintext: bytes, key: OctKey | ECKey) -> str:
    """A token with this header over `plaintext`."""
    # The library adds `epk` to the header it is given, so it gets a copy.
    return encrypt_compact(dict(header), plaintext, key, registry=_REGISTRIES[header["alg"]])


def open_at(token: str, expected: Mapping[str, Any], key: OctKey | ECKey) -> bytes:
    """The plaintext of a token whose header is exactly `expected` (and, for TO_KEY, a sound `epk`)."""
    names = tuple(name for name in expected if name not in _COMMON)
    header = sealed_header(token, expected["typ"], expected["alg"], names, expected.get("cty"))
    for name, value in expected.items():
        if type(header[name]) is not type(value) or header[name] != value:  # in Python, True == 1
            raise FormatError("header")
    return open_compact(token, expected["alg"], key)


def open_compact(token: str, alg: str, key: OctKey | ECKey) -> bytes:
    """The core of opening, before any rule of ours about typ, kid and members: spelling, one algorithm,
    sizes, decryption.

    Public for the published test vectors; everything else goes through a function that also checks the
    place.
    """
    parse_json(check_token(token, 5)[0])
    try:
        plaintext = decrypt_compact(token, key, registry=_REGISTRIES[alg]).plaintext
    except (JoseError, ValueError, TypeError, AssertionError):
        raise FormatError("token") from None
    if plaintext is None:
        raise FormatError("token")
    return plaintext


def hash_of(token: str) -> str:
    """H of a whole token, as grants and epochs name envelopes and singles."""
    if not isinstance(token, str):
        raise FormatError("token")
    return H(token)


def public_key(enc: Jwk) -> ECKey:
    """A public ENC or BOX, checked, for sealing with TO_KEY."""
    return ECKey.import_key({**public_ec(enc, "enc")})


def private_key(enc: Jwk) -> ECKey:
    """A private ENC or BOX, checked, for opening with TO_KEY."""
    return ECKey.import_key({**private_ec(enc, "enc")})


def secret_key(raw: bytes) -> OctKey:
    """32 bytes, for WRAPPED."""
    if len(raw) != 32:
        raise FormatError("key")
    return OctKey.import_key(raw)
