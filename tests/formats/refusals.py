# SPDX-License-Identifier: EUPL-1.2
"""Tools of the tables: things that must be refused, and tokens that are wrong in exactly one way."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from formats.jose import sign_bytes
from formats.spelling import FormatError, b64u, dump_json, unb64u

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the order of P-256


def refused(check: Callable[..., object], *given: Any, **named: Any) -> None:
    """`check` raises FormatError and nothing else."""
    with pytest.raises(FormatError):
        check(*given, **named)


def signed(header: dict[str, Any], claims: dict[str, Any], key: dict[str, str]) -> str:
    """A token with any header and any claims, truly signed."""
    start = b64u(dump_json(header)) + "." + b64u(dump_json(claims))
    return start + "." + b64u(sign_bytes(start.encode(), key))


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, taken apart without any check."""
    header, claims, _ = token.split(".")
    return json.loads(unb64u(header)), json.loads(unb64u(claims))


def twin(token: str) -> str:
    """The same token with the other valid signature, (r, n-s)."""
    start, _, signature = token.rpartition(".")
    raw = unb64u(signature)
    other = N - int.from_bytes(raw[32:], "big")
    return start + "." + b64u(raw[:32] + other.to_bytes(32, "big"))


def forgeries(token: str, key: dict[str, str], other: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each way a token of one signer can be wrong that has nothing to do with its meaning: (name, token)."""
    header, claims = parts_of(token)
    start, _, signature = token.rpartition(".")
    yield "wrong typ", signed(header | {"typ": "vault-other+jwt"}, claims, key)
    yield "no typ", signed({"alg": "ES256", "kid": key["kid"]}, claims, key)
    yield "wrong kid", signed(header | {"kid": other["kid"]}, claims, key)
    yield "another's key", signed(header | {"kid": other["kid"]}, claims, other)
    yield "another's signature", signed(header, claims, other)
    yield "extra header member", signed(header | {"jku": "https://evil.example"}, claims, key)
    yield "crit", signed(header | {"crit": ["b64"], "b64": True}, claims, key)
    yield "alg none", b64u(dump_json(header | {"alg": "none"})) + "." + token.split(".")[1] + "." + signature
    yield "other alg", signed(header | {"alg": "ES384"}, claims, key)
    yield "extra member", signed(header, claims | {"extra": 1}, key)
    for name in claims:
        yield f"without {name}", signed(header, {n: v for n, v in claims.items() if n != name}, key)
    yield "empty claims", signed(header, {}, key)
    changed = b64u(dump_json(claims | {next(iter(claims)): "changed"}))
    yield "changed after signing", ".".join((token.split(".")[0], changed, signature))
    yield "signature cut", start + "." + signature[:-4]
    yield "signature zero", start + "." + b64u(bytes(64))
    yield "four parts", token + ".AA"
    yield "two parts", start
    yield "padding", token + "="
    yield "white space", token + " "
    yield "not base64url", token.replace(".", "+.", 1)
    yield "nothing", ""


def edited(claims: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of `claims` with the member at a dotted path set to `value` ("drw.0.ep")."""
    copy = deepcopy(claims)
    spot: Any = copy
    *way, last = path.split(".")
    for step in way:
        spot = spot[int(step) if isinstance(spot, list) else step]
    spot[int(last) if isinstance(spot, list) else last] = value
    return copy


def stray_bits(text: str) -> str:
    """base64url that decodes to the same bytes but is not canonical."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4
    return text[:-1] + letters[letters.index(text[-1]) + 1]
