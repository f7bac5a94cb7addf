# SPDX-License-Identifier: EUPL-1.2
"""A passkey touch, checked: WebAuthn Level 3, section 7.2, as far as consent wants it. Pure.

Only consent can check this (formats.md section 5): a stolen SIG alone grants nothing that takes a touch. Wanted are
`webauthn.get`, our own page's origin and RP id, the challenge, user present and user verified.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from formats.jose import verify_bytes
from formats.spelling import FormatError, b64u, parse_json, unb64u

_PRESENT, _VERIFIED = 0x01, 0x04
_LEAST = 37  # bytes: hash of the RP id, flags, counter


def touched(
    *,
    credential: str,
    authenticator_data: str,
    client_data: str,
    signature: str,
    challenge: bytes,
    passkeys: Sequence[Mapping[str, Any]],
    page: tuple[str, str] | None,
) -> bool:
    """True if one of `passkeys` (`wa` of the card: `{id, jwk}`) signed exactly this challenge on our page.

    The four texts come from the authenticator, octets as base64url. page: (RP id, origin), None: no page counts.
    """
    jwk = next((known["jwk"] for known in passkeys if known["id"] == credential), None)
    if jwk is None or page is None:
        return False
    rp_id, origin = page
    try:
        octets, told = unb64u(authenticator_data), unb64u(client_data)
        said = parse_json(told)
        r, s = decode_dss_signature(unb64u(signature))
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        verify_bytes(octets + sha256(told).digest(), raw, jwk["x"], jwk["y"])
    except (FormatError, ValueError, OverflowError):
        return False
    if said.get("type") != "webauthn.get" or said.get("challenge") != b64u(challenge):
        return False
    if said.get("origin") != origin or said.get("crossOrigin", False) is not False:
        return False
    if len(octets) < _LEAST or octets[:32] != sha256(rp_id.encode("ascii")).digest():
        return False
    return octets[32] & (_PRESENT | _VERIFIED) == _PRESENT | _VERIFIED
