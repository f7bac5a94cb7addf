# SPDX-License-Identifier: EUPL-1.2
"""How a team is shown is the directory's word, and a logo is a small still picture or nothing."""

import struct
import zlib
from typing import Any

import pytest

from formats.listing import MAX_LOGO, MAX_SIDE, check_logo, sign_listing, verify_listing
from formats.organisation import WAIT, check_current
from formats.policy import LogPolicy
from formats.spelling import DAY, b64u
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.formats.test_event import look_at, made
from tests.formats.test_organisation import TOKEN as STATEMENT
from tests.vectors.cast import DIRECTORY, NOW, ORIGIN, TEAM, VLT, key, log_key, pub

START = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def head(width: int = 2, height: int = 2, depth: int = 8, colour: int = 0, *rest: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, *(rest or (0, 0, 0))))


DATA, END = chunk(b"IDAT", zlib.compress(b"\0\1\2\0\3\4")), chunk(b"IEND", b"")
PNG = START + head() + DATA + END
FULL: dict[str, Any] = {
    "iss": DIRECTORY, "sub": TEAM, "role": "youth-worker", "name": "Jeugdteam Zuid", "address": "Dorpsstraat 1",
    "contact": "post@gemeente.example", "logo": PNG, "iat": NOW - WAIT, "exp": NOW + 365 * DAY,
}  # fmt: skip
TOKEN = sign_listing(key("directory"), **FULL)
FOUND = verify_listing(TOKEN, pub("directory"))
WRONG = [
    ("listing", "iss", f"vault:{VLT}"), ("listing", "sub", f"vault:{VLT}"), ("listing", "role", ""),
    ("listing", "role", "x" * 41), ("listing", "name", ""), ("listing", "name", "x" * 81),
    ("listing", "name", "Zuid\u202eteam"), ("listing", "name", 1), ("listing", "address", None),
    ("listing", "contact", "x" * 201), ("listing", "logo", ""), ("listing", "logo", b64u(b"<svg/>")),
    ("listing", "logo", b64u(PNG) + "="), ("listing", "logo", b64u(PNG[:-1])), ("listing", "logo", b64u(PNG + b"\0")),
    ("listing", "logo", b64u(START + head(MAX_SIDE + 1) + DATA + END)), ("listing", "iat", NOW + 366 * DAY),
    ("listing", "exp", NOW - WAIT), ("listing", "exp", None), ("listing", "more", 1),
]  # fmt: skip


def test_the_directorys_word_is_read() -> None:
    assert {name: getattr(FOUND, name) for name in FULL} == FULL
    assert verify_listing(twin(TOKEN), pub("directory")).sid == FOUND.sid
    assert verify_listing(sign_listing(key("directory"), **FULL | {"logo": None}), pub("directory")).logo is None
    assert "PNG" not in repr(FOUND)


def test_every_forgery_is_refused() -> None:
    for _, forged in forgeries(TOKEN, key("directory"), key("mallory")):
        refused(verify_listing, forged, pub("directory"))
    refused(verify_listing, STATEMENT, pub("directory"))  # a statement of keys is no statement of a face


@pytest.mark.parametrize(("_", "path", "value"), WRONG)
def test_a_wrong_member_is_refused_though_truly_signed(_: str, path: str, value: Any) -> None:
    header, claims = parts_of(TOKEN)
    refused(verify_listing, signed(header, edited(claims, path, value), key("directory")), pub("directory"))


def test_it_counts_after_72_hours_in_the_log() -> None:
    look = look_at(made("org", sid=FOUND.sid, sub=TEAM, at=NOW - WAIT))
    policy = LogPolicy({ORIGIN: log_key().vkey})
    assert check_current(FOUND, look, policy, NOW).event.claims["sid"] == FOUND.sid
    refused(check_current, FOUND, look, policy, NOW - 1)


@pytest.mark.parametrize(
    "logo",
    [
        b"", START, START + head() + END, START + DATA + head() + END, START + head() + DATA,
        START + head() + DATA + END + END, START + head() + DATA + chunk(b"IEND", b"x"),
        START + head() + chunk(b"tEXt", b"a\0b") + DATA + END, START + head() + chunk(b"acTL", bytes(8)) + DATA + END,
        START + head() + chunk(b"iCCP", b"x\0\0") + DATA + END, START + head() + DATA[:-1] + b"\0" + END,
        START + head(0) + DATA + END, START + head(2, MAX_SIDE + 1) + DATA + END, START + head(2, 2, 16) + DATA + END,
        START + head(2, 2, 8, 1) + DATA + END, START + head(2, 2, 8, 0, 0, 0, 1) + DATA + END,
        START + head() + chunk(b"IDAT", bytes(MAX_LOGO)) + END, b"GIF89a" + PNG, b"\xff\xd8\xff" + PNG,
        START + chunk(b"IHDR", bytes(12)) + DATA + END, START + head() + struct.pack(">I", 2**31) + b"IDAT",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    ],
)  # fmt: skip
def test_only_a_small_still_picture_is_a_logo(logo: bytes) -> None:
    refused(check_logo, logo)


def test_a_palette_and_transparency_may_come_along() -> None:
    check_logo(START + head(colour=3) + chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\0") + DATA + DATA + END)
