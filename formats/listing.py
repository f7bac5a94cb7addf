# SPDX-License-Identifier: EUPL-1.2
"""`vault-listing+jwt`: how a team is shown: its role, name, address, contact and logo, as the directory states them.

A statement of its own, beside that of the keys (`vault-org+jwt`): a name may change without new keys, and grants lean
on keys only. It stands in the log as the other does, and counts after the same 72 hours: a false name is seen by the
organisation's monitor before a person reads it. The logo travels inside: what is shown is what was signed.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.jose import Jwk, public, sign, verify
from formats.spelling import FormatError, b64u, check_int, check_members, check_organisation, check_text, sid, unb64u

LISTING = "vault-listing+jwt"
MAX_LOGO = 4096  # bytes of the PNG
MAX_SIDE = 128  # pixels
_PNG = b"\x89PNG\r\n\x1a\n"
_ORDER = re.compile(rb"(?:PLTE )?(?:tRNS )?(?:IDAT )+IEND ")
_MEMBERS = ("iss", "sub", "role", "name", "address", "contact", "logo", "iat", "exp")


@dataclass(frozen=True, slots=True)
class Listing:
    """How `sub` is shown from `iat` until `exp` (seconds). role: one of the catalogue. logo: a PNG, or None."""

    token: str
    sid: str
    iss: str
    sub: str
    role: str
    name: str
    address: str
    contact: str
    logo: bytes | None = field(repr=False)
    iat: int
    exp: int


def sign_listing(
    key: Jwk,
    *,
    iss: str,
    sub: str,
    role: str,
    name: str,
    address: str,
    contact: str,
    logo: bytes | None = None,
    iat: int,
    exp: int,
) -> str:
    """The directory's statement. FormatError for what we would refuse."""
    claims = {"iss": iss, "sub": sub, "role": role, "name": name, "address": address, "contact": contact}
    claims_too = {"logo": None if logo is None else b64u(logo), "iat": iat, "exp": exp}
    token = sign(claims | claims_too, LISTING, key)
    verify_listing(token, public(key))  # what we would refuse we do not sign
    return token


def verify_listing(token: str, directory_key: Jwk) -> Listing:
    """The statement, checked with the directory's pinned key. That it is current and logged:
    `formats.organisation.check_current`."""
    claims = verify(token, LISTING, directory_key)
    check_members(claims, _MEMBERS)
    iat, exp = check_int(claims["iat"]), check_int(claims["exp"])
    if iat >= exp:
        raise FormatError("listing")
    logo = None
    if claims["logo"] is not None:
        logo = unb64u(claims["logo"])
        check_logo(logo)
    return Listing(
        token,
        sid(token),
        check_organisation(claims["iss"]),
        check_organisation(claims["sub"]),
        check_text(claims["role"], 40),
        check_text(claims["name"], 80),
        check_text(claims["address"]),
        check_text(claims["contact"]),
        logo,
        iat,
        exp,
    )


def check_logo(data: bytes) -> None:
    """Refuses all but a small still PNG of picture chunks only: no text, no profile, no animation, nothing behind it.

    An SVG is refused with all else: it can hold script, links and fonts.
    """
    if len(data) > MAX_LOGO or data[:8] != _PNG:
        raise FormatError("logo")
    (first, header), *rest = _chunks(data[8:])
    if first != b"IHDR" or len(header) != 13 or not _ORDER.fullmatch(b"".join(name + b" " for name, _ in rest)):
        raise FormatError("logo")
    width, height, depth, colour, *zeros = struct.unpack(">IIBBBBB", header)
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and depth == 8 and colour in (0, 2, 3, 4, 6)):
        raise FormatError("logo")
    if any(zeros) or rest[-1][1]:  # compression, filter, interlacing; an end that holds something
        raise FormatError("logo")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk, its checksum right. FormatError when one is cut off, or there is none."""
    if not data:
        raise FormatError("logo")
    while data:
        if len(data) < 12:
            raise FormatError("logo")
        length, name = struct.unpack(">I4s", data[:8])
        content, check, data = data[8 : 8 + length], data[8 + length : 12 + length], data[12 + length :]
        if check != struct.pack(">I", zlib.crc32(name + content)):
            raise FormatError("logo")
        yield name, content
