# SPDX-License-Identifier: EUPL-1.2
"""DPoP proofs (RFC 9449), made and checked: "whoever sends this request holds this key".

ES256 only. That a proof was not used before is the caller's to keep: `ProofSeen` says what to remember.
Remembered here: the keys behind proof headers (immutable), bounded.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from formats.jose import Jwk, sign_bytes, verify_bytes
from formats.spelling import (
    FormatError,
    H,
    b64u,
    check_int,
    check_point,
    check_text,
    dump_json,
    new_id,
    parse_json,
    thumbprint,
    unb64u,
)
from formats.value import value

PROOF = "dpop+jwt"
MAX_PROOF = 8_192  # characters
MAX_HEADER = 2_048  # bytes
WINDOW = 60  # seconds an `iat` may be off, to either side
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_VISIBLE = re.compile(r"[!-~]{1,4000}").fullmatch
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORT = {"http": 80, "https": 443}


@value
class ProofSeen:
    """A good proof: the key's thumbprint, the proof's own id, and when it was made (seconds)."""

    jkt: str
    jti: str
    iat: int

    @property
    def question(self) -> str:
        """The look's question id, `<iat>.<H(jkt · jti)>`: taken once. Its time comes first, so that the ids of a moment lie
        side by side wherever they are kept in order."""
        name = H(f"{self.jkt}\0{self.jti}")
        return f"{self.iat:010}.{name}"


def make_proof(key: Jwk, method: str, url: str, ath: str | None = None, *, now: int, jti: str | None = None) -> str:
    """A proof for one request by the private ES256 JWK `key`. `ath` = H(access token), where one is sent
    along."""
    jwk = {name: key[name] for name in ("kty", "crv", "x", "y")}
    claims: dict[str, Any] = {"jti": jti or new_id(), "htm": method, "htu": _target(url), "iat": now}
    if ath is not None:
        claims["ath"] = ath
    signed = b64u(dump_json({"typ": PROOF, "alg": "ES256", "jwk": jwk})) + "." + b64u(dump_json(claims))
    return signed + "." + b64u(sign_bytes(signed.encode("ascii"), key))


def check_proof(header: str, *, method: str, url: str, now: int, ath: str | None, jkt: str | None) -> ProofSeen:
    """A proof as it stands in the one `DPoP` header of a request (RFC 9449 section 4.3).

    `url`: the request's, query and fragment ignored; `ath`: H(access token) that it must name, None where no
    token came along; `jkt`: the key it must be made with (the token's `cnf.jkt`), None where any will do.
    Other claims pass."""
    if not isinstance(header, str) or len(header) > MAX_PROOF:
        raise FormatError("proof")
    signed, _, signature = header.rpartition(".")
    head, _, body = signed.partition(".")
    x, y, made_with = _key(head)
    if jkt is not None and jkt != made_with:
        raise FormatError("proof")
    if not header.isascii():
        raise FormatError("proof")
    verify_bytes(signed.encode("ascii"), unb64u(signature), x, y)
    claims = parse_json(unb64u(body))
    jti, iat = check_text(claims.get("jti"), 256), check_int(claims.get("iat"))
    if claims.get("htm") != method or not _same(claims.get("htu"), url) or abs(now - iat) > WINDOW:
        raise FormatError("proof")
    if ath is not None and claims.get("ath") != ath:
        raise FormatError("proof")
    return ProofSeen(made_with, jti, iat)


@lru_cache(maxsize=4_096)
def _key(header: str) -> tuple[str, str, str]:
    """x, y and thumbprint of the key in a proof's header, which is the same text in every proof of one client."""
    text = unb64u(header)
    if len(text) > MAX_HEADER:
        raise FormatError("proof")
    found = parse_json(text)
    jwk = found.get("jwk")
    if found.get("typ") != PROOF or found.get("alg") != "ES256" or "crit" in found:
        raise FormatError("proof")
    if not isinstance(jwk, Mapping) or any(name in jwk for name in _PRIVATE):
        raise FormatError("proof")
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise FormatError("proof")
    if jwk.get("alg", "ES256") != "ES256" or jwk.get("use", "sig") != "sig":
        raise FormatError("proof")
    check_point(jwk.get("x"), jwk.get("y"))
    return jwk["x"], jwk["y"], thumbprint(jwk)


def _same(htu: Any, url: str) -> bool:
    return isinstance(htu, str) and (htu == url or _target(htu) == _target(url))


def _target(url: str) -> str:
    # Syntax- and scheme-based normalisation (RFC 3986 section 6.2.2 and 6.2.3), without query and fragment.
    if not _VISIBLE(url):  # urlsplit would drop tabs and line ends silently
        raise FormatError("proof")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FormatError("proof") from None
    if parts.scheme not in _DEFAULT_PORT or not parts.hostname or "@" in parts.netloc:
        raise FormatError("proof")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    where = host if port in (None, _DEFAULT_PORT[parts.scheme]) else f"{host}:{port}"
    return f"{parts.scheme}://{where}{_ESCAPE.sub(_unescaped, parts.path) or '/'}"


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter in _UNRESERVED else found[0].upper()
