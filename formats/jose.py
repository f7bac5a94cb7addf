# SPDX-License-Identifier: EUPL-1.2
"""Keys and compact JWS: the one door to the libraries for them. ES256 only; sealing has its own door.

Keys travel as JWK dictionaries and are checked at each use. Signing and checking call `cryptography`
directly: the header is exactly `alg, typ, kid`, so nothing is left to negotiate, and the general path of
joserfc costs twice as much. Remembered: parsed keys (immutable), bounded. Sources: RFC 7515, RFC 7517, RFC
7518 section 3.4.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from formats.spelling import (
    FormatError,
    b64u,
    check_members,
    check_token,
    dump_json,
    parse_json,
    public_ec,
    thumbprint,
    unb64u,
)

MAX_JWS = 1_048_576  # characters; what is longer is an attachment
Jwk = Mapping[str, Any]

_ES256 = ec.ECDSA(Prehashed(SHA256()))  # of what hashlib hashed: the library's own way there costs 9 µs of a check's 83
_HEADER = ("alg", "typ", "kid")
_PRIVATE = ("kty", "crv", "x", "y", "alg", "use", "kid", "d")


# -- keys ----------------------------------------------------------------------------------------------------


def _new(use: str, alg: str) -> dict[str, str]:
    made = ECKey.generate_key("P-256", private=True).as_dict(private=True)
    jwk = {name: str(made[name]) for name in ("kty", "crv", "x", "y")}
    return jwk | {"alg": alg, "use": use, "kid": thumbprint(jwk), "d": str(made["d"])}


def new_signing_key() -> dict[str, str]:
    """A new private ES256 JWK; its `kid` is its thumbprint."""
    return _new("sig", "ES256")


def new_sealing_key() -> dict[str, str]:
    """A new private ECDH-ES+A256KW JWK; its `kid` is its thumbprint."""
    return _new("enc", "ECDH-ES+A256KW")


def public(jwk: Jwk) -> dict[str, str]:
    """The public half of a private JWK (or a copy of a public one), checked."""
    half = {name: value for name, value in jwk.items() if name != "d"}
    return public_ec(half, half.get("use", ""))


def private_ec(jwk: Any, use: str) -> dict[str, str]:
    """A private P-256 JWK: a public one and `d`, and `d` gives `x` and `y`."""
    check_members(jwk, _PRIVATE)
    checked = public_ec({name: jwk[name] for name in _PRIVATE if name != "d"}, use)
    _private(checked["x"], checked["y"], jwk["d"])
    return checked | {"d": jwk["d"]}


def symmetric(k: bytes, kid: str) -> dict[str, str]:
    """A 32-byte key as an A256KW JWK."""
    if len(k) != 32 or not kid:
        raise FormatError("key")
    return {"kty": "oct", "k": b64u(k), "alg": "A256KW", "use": "enc", "kid": kid}


def check_symmetric(jwk: Any) -> bytes:
    """The 32 bytes behind a JWK made by `symmetric`."""
    check_members(jwk, ("kty", "k", "alg", "use", "kid"))
    if (jwk["kty"], jwk["alg"], jwk["use"]) != ("oct", "A256KW", "enc") or not isinstance(jwk["kid"], str):
        raise FormatError("key")
    k = unb64u(jwk["k"])
    if len(k) != 32 or not jwk["kid"]:
        raise FormatError("key")
    return k


@lru_cache(maxsize=4096)
def _public(x: str, y: str) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicNumbers(
            int.from_bytes(unb64u(x), "big"), int.from_bytes(unb64u(y), "big"), ec.SECP256R1()
        ).public_key()
    except ValueError:
        raise FormatError("key") from None


@lru_cache(maxsize=16)  # a server has a few signing keys; what else passes here falls out again soon
def _private(x: str, y: str, d: str) -> ec.EllipticCurvePrivateKey:
    try:
        secret = unb64u(d)
        key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    except ValueError:
        raise FormatError("key") from None
    point = key.public_key().public_numbers()
    if len(secret) != 32 or b64u(point.x.to_bytes(32, "big")) != x or b64u(point.y.to_bytes(32, "big")) != y:
        raise FormatError("key")
    return key


@lru_cache(maxsize=4096)
def _check_values(kty: str, crv: str, x: str, y: str, alg: str, use: str, kid: str) -> None:
    public_ec({"kty": kty, "crv": crv, "x": x, "y": y, "alg": alg, "use": use, "kid": kid}, "sig")


def check_signing_key(jwk: Any) -> str:
    """A public ES256 JWK, checked as `public_ec` does; answers its `kid`. Cheap when seen before."""
    check_members(jwk, _PRIVATE[:7])
    try:
        _check_values(jwk["kty"], jwk["crv"], jwk["x"], jwk["y"], jwk["alg"], jwk["use"], jwk["kid"])
    except TypeError:  # a list or an object where a text must be
        raise FormatError("key") from None
    return str(jwk["kid"])


# -- tokens --------------------------------------------------------------------------------------------------


def sign_bytes(data: bytes, key: Jwk) -> bytes:
    """An ES256 signature as 64 bytes, r and s."""
    r, s = decode_dss_signature(_private(key["x"], key["y"], key["d"]).sign(sha256(data).digest(), _ES256))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify_bytes(data: bytes, signature: bytes, x: str, y: str) -> None:
    """Refuses unless `signature` (64 bytes) is an ES256 signature over `data` by the key at this point."""
    if len(signature) != 64:
        raise FormatError("signature")
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        _public(x, y).verify(der, sha256(data).digest(), _ES256)
    except InvalidSignature:
        raise FormatError("signature") from None


def sign(claims: Mapping[str, Any], typ: str, key: Jwk) -> str:
    """A compact JWS over `claims` in the order given; the header is exactly `alg, typ, kid`."""
    if key.get("use") != "sig" or key.get("alg") != "ES256" or "d" not in key:
        raise FormatError("key")
    signed = b64u(_header(typ, key["kid"])) + "." + b64u(dump_json(claims))
    token = signed + "." + b64u(sign_bytes(signed.encode("ascii"), key))
    if len(token) > MAX_JWS:
        raise FormatError("token")
    return token


def verify(token: str, typ: str, key: Jwk) -> dict[str, Any]:
    """The claims of a JWS of this `typ` signed by `key`, a public JWK that the caller trusts already.

    Refuses another header, another `kid`, another `typ`, and a key that is not exactly a public ES256 JWK."""
    kid = check_signing_key(key)
    header, claims, signature = _split(token)
    if header != _header(typ, kid):  # as we write it; another order or white space is read in full
        found = parse_json(header)
        check_members(found, _HEADER)
        if found["alg"] != "ES256" or found["typ"] != typ or found["kid"] != kid:
            raise FormatError("header")
    verify_bytes(token[: token.rindex(".")].encode("ascii"), signature, key["x"], key["y"])
    return parse_json(claims)


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWS, spelling and header shape checked, signature NOT: to find the key it
    names."""
    header, claims, _ = _split(token)
    found = parse_json(header)
    check_members(found, _HEADER)
    if found["alg"] != "ES256" or not isinstance(found["typ"], str) or not isinstance(found["kid"], str):
        raise FormatError("header")
    return found, parse_json(claims)


def _header(typ: str, kid: str) -> bytes:
    # Both come from this program and from a checked key: no character in them needs an escape.
    return f'{{"alg":"ES256","typ":"{typ}","kid":"{kid}"}}'.encode("ascii")


def _split(token: str) -> tuple[bytes, bytes, bytes]:
    if isinstance(token, str) and len(token) > MAX_JWS:
        raise FormatError("token")
    header, claims, signature = check_token(token, 3)
    return header, claims, signature
