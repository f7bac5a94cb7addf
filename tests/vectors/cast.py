# SPDX-License-Identifier: EUPL-1.2
"""The cast of the format tests and frozen vectors: keys and ids made from names, so that they are the same
each time.

Never for anything real: who reads this file has the private keys."""

from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from formats.checkpoint import LOG, WITNESS, NoteKey, origin_at
from formats.spelling import H, b64u, thumbprint
from formats.statement import (
    Link,
    Statement,
    link_after,
    sign_card,
    sign_epoch,
    sign_grant,
    verify_first_card,
    verify_statement,
)

NOW = 1_790_000_000  # 2026-09-21 14:13:20 UTC
HOST = "consent.example"
ORIGIN = origin_at(HOST, NOW)
TEAM = "urn:oin:00000001234567890000:team:jeugdteam-zuid"
SCHOOL = "urn:oin:00000009876543210000"
CONSENT = "urn:oin:00000001111111110000"
DIRECTORY = "urn:oin:00000002222222220000"
DIGID = "urn:oin:00000003333333330000"
PURPOSE = {
    "uri": "https://catalogue.example/purposes/back-to-school/2",
    "lang": "nl",
    "h": H("Terug naar school"),
}


def secret(name: str) -> bytes:
    """32 bytes from a name."""
    return sha256(f"kluisje test vectors: {name}".encode()).digest()


def key(name: str, use: str = "sig") -> dict[str, str]:
    """A private JWK from a name."""
    d = secret(f"{name} {use}")
    point = ec.derive_private_key(int.from_bytes(d, "big"), ec.SECP256R1()).public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64u(point.x.to_bytes(32, "big")),
        "y": b64u(point.y.to_bytes(32, "big")),
    }
    alg = "ES256" if use == "sig" else "ECDH-ES+A256KW"
    return jwk | {"alg": alg, "use": use, "kid": thumbprint(jwk), "d": b64u(d)}


def pub(name: str, use: str = "sig") -> dict[str, str]:
    """The public half of `key`."""
    return {member: value for member, value in key(name, use).items() if member != "d"}


def ident(name: str) -> str:
    """A UUID version 4 from a name."""
    raw = bytearray(secret(name)[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


VLT, DRW, DRW2, RID, GNT = (ident(name) for name in ("noor", "school drawer", "home drawer", "report", "grant"))


def log_key(origin: str = ORIGIN) -> NoteKey:
    """The log's key for a shard."""
    return NoteKey(origin, LOG, secret(origin))


def witness_key(name: str) -> NoteKey:
    """A witness's key."""
    return NoteKey(f"{name}.example/witness", WITNESS, secret(name))


def card(link: Link | None = None, **other: Any) -> str:
    """Noor's card, statement 0 unless a link says otherwise."""
    given: dict[str, Any] = {
        "sig": key("noor"),
        "enc": key("noor", "enc"),
        "passkeys": [],
        "slots": [ident("slot 1"), ident("slot 2")],
    }
    return sign_card(key("noor"), link or Link(VLT, 0, None, NOW, 0), **(given | other))


def epoch(link: Link, **other: Any) -> str:
    """Epoch 1 of the school drawer, unless said otherwise."""
    given: dict[str, Any] = {"drw": DRW, "cat": "school", "ep": 1, "rsn": "new", "env": []}
    ep = other.get("ep", 1)
    given |= {"box": pub(f"box {ep}", "enc"), "dkc": H(f"commitment {ep}")}
    return sign_epoch(key("noor"), link, **(given | other))


def drawer(**other: Any) -> dict[str, Any]:
    """What the grant gives: epoch 1 of the school drawer."""
    return {"id": DRW, "cat": "school", "ep": [1], "env": [H("envelope 1")], "one": []} | other


def grant(link: Link, **other: Any) -> str:
    """A yes to the youth team for 30 days."""
    given: dict[str, Any] = {
        "jti": GNT, "aud": TEAM, "act": "read", "knd": "until", "nbf": NOW, "exp": NOW + 30 * 86_400,
        "drw": [drawer()],
        "pur": PURPOSE, "jkt": pub("team", "enc")["kid"], "org": H("organisation statement"),
        "req": ident("question"),
    }  # fmt: skip
    return sign_grant(key("noor"), link, **(given | other))


def first_card() -> Statement:
    """Statement 0, checked."""
    return verify_first_card(card())


def after(previous: Statement, iat: int = NOW, ring: int = 1) -> Link:
    """The next place."""
    return link_after(previous, iat=iat, ring=ring)


def checked(token: str) -> Statement:
    """A statement of Noor's, checked with her first SIG."""
    return verify_statement(token, pub("noor"))
