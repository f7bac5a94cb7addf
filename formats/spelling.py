# SPDX-License-Identifier: EUPL-1.2
"""How things are spelt: base64url, JSON, ids, parties, times, public keys, before any library sees a token.

Every function here either returns the checked value or raises `FormatError`. Nothing is repaired.
Sources: RFC 4648 section 5, RFC 7515, RFC 7517, RFC 7638, RFC 8259.
"""

import binascii
import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from json.scanner import make_scanner
from typing import Any

MAX_TOKEN = 1_500_000  # characters of any token, bytes of any JSON
MAX_NUMBER = 2**53 - 1  # what a JavaScript number holds exactly
MAX_DEPTH = 32  # objects and arrays inside each other, the outermost counted
DAY = 86_400  # seconds


class FormatError(Exception):
    """A signed or sealed thing is not what it must be. The one exception for every way it can be wrong."""


# -- bytes ---------------------------------------------------------------------------------------------------

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")  # what base64url has not becomes what base64 has not
# By length modulo 4: the padding the library wants, and the last characters whose left-over bits are zero.
_TAIL = ((b"", _ALPHABET), None, (b"==", b"AQgw"), (b"=", b"AEIMQUYcgkosw048"))


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode("ascii")


def _decode(raw: bytes) -> bytes:
    # The library refuses a stray character when strict, and drops left-over bits; canonical text has none.
    tail = _TAIL[len(raw) % 4]
    if tail is None or (raw and raw[-1] not in tail[1]):
        raise FormatError("base64url")
    try:
        return binascii.a2b_base64(raw.translate(_FROM_URL) + tail[0], strict_mode=True)
    except ValueError:
        raise FormatError("base64url") from None


def unb64u(text: str) -> bytes:
    """The bytes behind canonical base64url: no padding, no stray character, no stray bits in the last one."""
    return _decode(_ascii(text))


def _ascii(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > MAX_TOKEN:
        raise FormatError("base64url")
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise FormatError("base64url") from None


def H(data: bytes | str) -> str:
    """b64u(SHA-256(x)); text is hashed as UTF-8."""
    return b64u(sha256(data.encode("utf-8") if isinstance(data, str) else data).digest())


def sid(jws: str) -> str:
    """The name of a signed thing: H of the JWS up to its last dot.

    Never of the whole: an ECDSA signature (r, s) has a valid twin (r, n-s)."""
    signed, dot, _ = jws.rpartition(".") if isinstance(jws, str) else ("", "", "")
    if not dot:
        raise FormatError("token")
    return H(signed)


def check_token(token: str, parts: int) -> list[bytes]:
    """The decoded parts of a compact token of exactly `parts` parts (JWS 3, JWE 5), each canonical and not
    empty."""
    found = _ascii(token).split(b".")
    if len(found) != parts or b"" in found:
        raise FormatError("token")
    return [_decode(part) for part in found]


# -- JSON ----------------------------------------------------------------------------------------------------

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # The hook sees names after unescaping, so "a" and "\u0061" are one name.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormatError("json")
    return found


def _whole_number(text: str) -> int:
    # The grammar already excludes leading zeros; "-0" is the spelling it leaves.
    if len(text) < 16 and text[0] != "-":  # nearly all
        return int(text)
    if len(text) > 17 or text == "-0" or not -MAX_NUMBER <= (number := int(text)) <= MAX_NUMBER:
        raise FormatError("json")
    return number


def _refused(text: str) -> Any:
    raise FormatError("json")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_name_twice, parse_int=_whole_number, parse_float=_refused, parse_constant=_refused
)
_scan = make_scanner(_DECODER)  # type: ignore[arg-type] # what it asks of its context, a decoder has


def _too_deep(text: str) -> bool:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif mark in "]}":
            depth -= 1
    return False


def parse_json(data: bytes) -> dict[str, Any]:
    """One strict JSON object: UTF-8 without BOM, no name twice at any depth, whole numbers within 2^53-1
    only."""
    if len(data) > MAX_TOKEN:
        raise FormatError("json")
    try:
        text = data.decode("utf-8")
        if _too_deep(text):
            raise FormatError("json")
        # Our own writers put no white space around it: straight to the scanner, which the decoder would come to as well.
        found, end = _scan(text, 0) if text.startswith("{") else (None, -1)
        if end != len(text):
            found = _DECODER.decode(text)
        if "\\u" in text:  # only an escape can make a lone surrogate; encoding finds it
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError, StopIteration):  # Unicode errors are ValueErrors; input is not repeated
        raise FormatError("json") from None
    if not isinstance(found, dict):
        raise FormatError("json")
    return found


def dump_json(obj: Mapping[str, Any]) -> bytes:
    """JSON as we write it: no white space, non-ASCII raw, members in the order given. What it writes, it also
    reads."""
    try:
        data = json.dumps(obj, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    except (ValueError, TypeError, RecursionError):
        raise FormatError("json") from None
    if parse_json(data) != obj:  # a float, a number too large, a name that is no text: refused
        raise FormatError("json")
    return data


def check_members(obj: Any, names: Collection[str]) -> None:
    """`obj` is an object with exactly these members: none missing, none more."""
    if not isinstance(obj, (dict, Mapping)) or len(obj) != len(names):  # dict first: it is the quick answer
        raise FormatError("members")
    if not all(map(obj.__contains__, names)):
        raise FormatError("members")


# -- values --------------------------------------------------------------------------------------------------

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch
_HASH = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]").fullmatch  # canonical: the two spare bits are zero
_OIN = re.compile(r"urn:oin:[0-9]{20}(:team:[a-z0-9-]{1,40})?").fullmatch
# C0 and C1 controls, line and paragraph separators, bidirectional marks: nothing that can disguise a text.
_DISGUISE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]").search


def new_id() -> str:
    """A new lower-case UUID version 4."""
    return str(uuid.uuid4())


def check_id(value: Any) -> str:
    """A lower-case UUID version 4."""
    if not isinstance(value, str) or not _ID(value):
        raise FormatError("id")
    return value


def check_party(value: Any) -> str:
    """`vault:<vlt>`, `urn:oin:<20 digits>`, or an OIN with `:team:<name>`."""
    if isinstance(value, str) and (_OIN(value) or (value.startswith("vault:") and _ID(value[6:]))):
        return value
    raise FormatError("party")


def check_organisation(value: Any) -> str:
    """An OIN, with or without a team: never a vault."""
    if not isinstance(value, str) or not _OIN(value):
        raise FormatError("party")
    return value


def check_team(value: Any) -> str:
    """An OIN with a team."""
    if not isinstance(value, str) or not (found := _OIN(value)) or not found[1]:
        raise FormatError("party")
    return value


def check_vault(value: Any) -> str:
    """`vault:<vlt>`; answers the `vlt`."""
    if not isinstance(value, str) or not value.startswith("vault:"):
        raise FormatError("party")
    return check_id(value[6:])


def check_hash(value: Any) -> str:
    """32 bytes as base64url: an H, a sid, a thumbprint, an entry."""
    if not isinstance(value, str) or not _HASH(value):
        raise FormatError("hash")
    return value


def check_int(value: Any, least: int = 0, most: int = MAX_NUMBER) -> int:
    """A whole number within bounds; `true` is none."""
    if type(value) is not int or not least <= value <= most:
        raise FormatError("number")
    return value


def check_bool(value: Any) -> bool:
    """`true` or `false`; 0 and 1 are none."""
    if type(value) is not bool:
        raise FormatError("member")
    return value


def check_text(value: Any, most: int = 200, least: int = 1) -> str:
    """A text of `least` to `most` characters without control or direction characters."""
    if not isinstance(value, str) or not least <= len(value) <= most or _DISGUISE(value):
        raise FormatError("text")
    return value


def check_list(value: Any, most: int = 10_000) -> list[Any]:
    """A JSON array of at most `most` elements."""
    if not isinstance(value, list) or len(value) > most:
        raise FormatError("list")
    return value


def check_one_of(value: Any, allowed: Iterable[str]) -> str:
    """One of a few fixed words."""
    if not isinstance(value, str) or value not in allowed:
        raise FormatError("word")
    return value


# -- keys ----------------------------------------------------------------------------------------------------

_PUBLIC_EC = ("kty", "crv", "x", "y", "alg", "use", "kid")
_ALG_OF_USE = {"sig": "ES256", "enc": "ECDH-ES+A256KW"}
_THUMBPRINT_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "oct": ("k", "kty"), "AKP": ("alg", "kty", "pub")}
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638 SHA-256 thumbprint of a public or private JWK."""
    names = _THUMBPRINT_MEMBERS.get(jwk.get("kty", "")) if isinstance(jwk.get("kty"), str) else None
    if names is None or not all(isinstance(jwk.get(name), str) for name in names):
        raise FormatError("key")
    return H(json.dumps({name: jwk[name] for name in names}, separators=(",", ":")))


def check_point(x: Any, y: Any) -> None:
    """x and y, 32 bytes each as base64url, are a point of P-256 (SEC 1 section 3.2.2; its cofactor is 1)."""
    if not isinstance(x, str) or not isinstance(y, str) or len(x) != 43 or len(y) != 43:
        raise FormatError("key")
    a, b = int.from_bytes(unb64u(x), "big"), int.from_bytes(unb64u(y), "big")
    if a >= _P or b >= _P or (b * b - (a * a * a - 3 * a + _B)) % _P:
        raise FormatError("key")


def public_ec(jwk: Any, use: str) -> dict[str, str]:
    """A public P-256 JWK for `use` "sig" or "enc": exactly seven members, on the curve, `kid` its thumbprint.

    Answers a copy, so that what was checked is what is used."""
    check_members(jwk, _PUBLIC_EC)
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256" or jwk["use"] != use or jwk["alg"] != _ALG_OF_USE.get(use):
        raise FormatError("key")
    check_point(jwk["x"], jwk["y"])
    if jwk["kid"] != thumbprint(jwk):
        raise FormatError("key")
    return {name: jwk[name] for name in _PUBLIC_EC}
