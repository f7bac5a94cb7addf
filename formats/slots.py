# SPDX-License-Identifier: EUPL-1.2
"""Slots: the four ways back to a vault, from what a person has to the key of a slot.

    prf       a passkey's own secret (WebAuthn PRF)
    code      twenty random bytes on paper: 32 letters and digits in groups of four, and a check symbol
    pass      machine-chosen words, made slow by Argon2id, with a pepper that consent keeps
    trustees  32 random bytes, shared out so that k of n people together bring them back

Each gives a `secret`; `slot_key` turns it into the key that wraps RK (`formats/sealing.py: seal_slot`).
Source: formats.md section 9.
"""

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from formats.spelling import FormatError, b64u, check_hash, check_id, check_members, check_team, unb64u
from formats.team import check_subject

SLOT_TYPES = ("prf", "code", "pass", "trustees")
CODE_BYTES = 20
WORDS_IN_A_PASS = 7  # of 2,048: 77 bits
_ARGON2 = {"alg": "argon2id", "v": 19, "m": 65_536, "t": 3, "p": 1}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = _CROCKFORD + "*~$=U"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_WORD = re.compile(r"[a-z]+")
_REFUSED = "this does not open the slot"


def hkdf(secret: bytes, *, info: str, salt: str = "") -> bytes:
    """HKDF-SHA-256 (RFC 5869), 32 bytes, salt empty unless named: every derived key of this design, told
    apart by its label.
    """
    return HKDF(SHA256(), 32, salt.encode() or None, info.encode()).derive(secret)


def slot_key(secret: bytes, slot: str, kind: str) -> bytes:
    """The 32-byte key that wraps RK in slot `slot` (its id)."""
    if kind not in SLOT_TYPES:
        raise FormatError(_REFUSED)
    return hkdf(secret, salt=check_id(slot), info=f"vault/v1/slot/{kind}")


def prf_input(vlt: str) -> bytes:
    """What a passkey is asked to evaluate (`eval.first`), 32 bytes. The same for every passkey of a vault."""
    return hashlib.sha256(b"vault/v1/prf\0" + check_id(vlt).encode()).digest()


# code: on paper


def new_code() -> bytes:
    """The secret of a new code, 20 bytes; `write_code` makes it readable."""
    return os.urandom(CODE_BYTES)


def write_code(secret: bytes) -> str:
    """Twenty bytes as `XXXX-XXXX-...-XXXX-C` in Crockford base32, big-endian, with Crockford's check symbol
    (mod 37).
    """
    if len(secret) != CODE_BYTES:
        raise FormatError(_REFUSED)
    number = int.from_bytes(secret)
    symbols = "".join(_CROCKFORD[number >> shift & 31] for shift in range(155, -5, -5))
    return "-".join([*(symbols[at : at + 4] for at in range(0, 32, 4)), _CHECK[number % 37]])


def read_code(text: str) -> bytes:
    """The secret of a code as a person typed it: any case, `-` and spaces anywhere, O for 0, I and L for 1.

    FormatError when a symbol or the check symbol is wrong; one mistyped or two exchanged symbols are always
    found.
    """
    if not text.isascii():  # before upper-casing: some letters beyond ASCII become I or S
        raise FormatError(_REFUSED)
    symbols = text.upper().translate(_LOOKALIKES)
    if len(symbols) != 33 or any(symbol not in _CROCKFORD for symbol in symbols[:32]):
        raise FormatError(_REFUSED)
    number = 0
    for symbol in symbols[:32]:
        number = number << 5 | _CROCKFORD.index(symbol)
    if symbols[32] != _CHECK[number % 37]:
        raise FormatError(_REFUSED)
    return number.to_bytes(CODE_BYTES)


# pass: words


@lru_cache(maxsize=1)
def dutch_words() -> tuple[str, ...]:
    """The 2,048 short Dutch words that come with the project, in the order of the file (`words_nl.txt`)."""
    return tuple(files("formats").joinpath("words_nl.txt").read_text("ascii").split())


def choose_words(words: Sequence[str], count: int = WORDS_IN_A_PASS) -> str:
    """A new pass: `count` words drawn by the machine, with repetition, joined by one space. Never chosen by a
    person.
    """
    if len(set(words)) != len(words) or not all(_WORD.fullmatch(word) for word in words):
        raise FormatError(_REFUSED)
    return " ".join(secrets.choice(words) for _ in range(count))


def normal_words(text: str) -> str:
    """A pass as typed, made the same on every device: NFKC, Unicode lower case, words of a-z joined by one
    space. Else FormatError.
    """
    words = [word for word in unicodedata.normalize("NFKC", text).lower().split(" ") if word]
    if not words or not all(_WORD.fullmatch(word) for word in words):
        raise FormatError(_REFUSED)
    return " ".join(words)


def new_kdf() -> dict[str, Any]:
    """The `kdf` of a new pass slot: the one set of Argon2id parameters and a fresh 16-byte salt."""
    return {**_ARGON2, "salt": b64u(os.urandom(16))}


def pass_secret(text: str, kdf: Mapping[str, Any], pepper: bytes) -> bytes:
    """The secret of a pass slot: Argon2id(words) and the pepper behind it, 64 bytes. Takes 64 MiB and some
    tenths of a second.

    `kdf` must carry exactly our parameters: whoever keeps the slot cannot make the guessing cheaper.
    """
    check_members(kdf, (*_ARGON2, "salt"))
    if any(type(kdf[name]) is not type(value) or kdf[name] != value for name, value in _ARGON2.items()):
        raise FormatError(_REFUSED)
    if not isinstance(kdf["salt"], str) or len(salt := unb64u(kdf["salt"])) != 16 or len(pepper) != 32:
        raise FormatError(_REFUSED)
    return _slow(normal_words(text).encode(), salt) + pepper


# comparing: four words that two people read to each other


def member_words(iss: str, sub: str, sig: str, enc: str) -> str:
    """Four words for the keys (thumbprints of SIG and ENC) that caseworker `sub` brings to team `iss`.

    The keeper's page and the new member's show them; both people read them aloud. 44 bits, each guess as slow
    as a pass and good for one team and one person only: a server cannot find other keys with the same words.
    """
    salt = hashlib.sha256(f"vault/v1/member\0{check_team(iss)}\0{check_subject(sub)}".encode()).digest()[:16]
    slow = _slow(f"{check_hash(sig)}.{check_hash(enc)}".encode(), salt)
    number, words = int.from_bytes(slow) >> 256 - 44, dutch_words()
    return " ".join(words[number >> shift & 2047] for shift in (33, 22, 11, 0))


def _slow(secret: bytes, salt: bytes) -> bytes:
    return hash_secret_raw(
        secret, salt, time_cost=3, memory_cost=65_536, parallelism=1, hash_len=32, type=Type.ID, version=19
    )


# trustees: Shamir's secret sharing, byte by byte over GF(2^8) with x^8 + x^4 + x^3 + x + 1


def split_secret(secret: bytes, k: int, n: int) -> list[bytes]:
    """`n` shares of a 32-byte secret, any `k` of which bring it back and k - 1 of which say nothing. 2 <= k
    <= n <= 255.

    A share is 33 bytes: 32 of y, then x (1 to n).
    """
    if len(secret) != 32 or not 2 <= k <= n <= 255:
        raise FormatError(_REFUSED)
    higher = [os.urandom(32) for _ in range(k - 1)]
    return [_evaluate([secret, *higher], x) + bytes([x]) for x in range(1, n + 1)]


def join_shares(shares: Sequence[bytes]) -> bytes:
    """The secret behind shares of different trustees.

    Fewer than k, or a false share among them, give 32 other bytes: the slot then does not open (AES key wrap
    checks itself).
    """
    xs = [share[-1] for share in shares if len(share) == 33]
    if len(xs) != len(shares) or len(xs) < 2 or 0 in xs or len(set(xs)) != len(xs):
        raise FormatError(_REFUSED)
    secret = bytearray(32)
    for share in shares:
        weight = 1  # Lagrange at 0: the product of x_j / (x_j - x_i); minus is exclusive or
        for x in xs:
            if x != share[-1]:
                weight = _multiply(weight, _multiply(x, _inverse(x ^ share[-1])))
        for at in range(32):
            secret[at] ^= _multiply(weight, share[at])
    return bytes(secret)


def _evaluate(coefficients: Sequence[bytes], x: int) -> bytes:
    value = bytearray(32)
    for coefficient in reversed(coefficients):
        for at in range(32):
            value[at] = _multiply(value[at], x) ^ coefficient[at]
    return bytes(value)


def _multiply(a: int, b: int) -> int:
    """Product in GF(2^8). No table and no branch on the bytes, so their values do not steer memory or
    flow.
    """
    product = 0
    for _ in range(8):
        product ^= a & -(b & 1)
        a = (a << 1) ^ (0x11B & -(a >> 7))
        b >>= 1
    return product


def _inverse(a: int) -> int:
    """a^254, which is 1/a in GF(2^8)."""
    power, result = a, 1
    for _ in range(7):
        power = _multiply(power, power)
        result = _multiply(result, power)
    return result
