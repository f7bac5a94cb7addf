# SPDX-License-Identifier: EUPL-1.2
"""What a team asks, answers and confirms: the question, the answer to "Waarom keek je?", and "we hold these
keys".

The team's key signs them: nobody can deny having asked, and no server can invent a question. To whom a
question goes stands outside the signed part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from formats.grant import check_kind
from formats.jose import Jwk, public, sign, verify
from formats.spelling import (
    FormatError,
    check_bool,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_organisation,
    check_text,
    sid,
)

REQUEST, WHY, IMPORT = "vault-request+jwt", "vault-why+jwt", "vault-import+jwt"
ITEM_KINDS = ("drawer", "record", "answer")
_REQUEST = (
    "iss", "jti", "iat", "exp", "org", "act", "pur", "knd", "items", "nbf", "ends", "gnd", "note", "who",
    "off",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked: a drawer (`ref`: category), a record (schema URI) or an answer (question URI);
    required or not."""

    kind: str
    ref: str
    required: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A question: by team `iss` with the keys of statement `org`, for purpose `pur` on ground `gnd`, wanting
    a grant from `nbf` to `ends`; open until `exp` (seconds). `off`: the question whose counter-offer it
    accepts."""

    token: str
    sid: str
    iss: str
    jti: str
    iat: int
    exp: int
    org: str
    act: str
    pur: str
    knd: str
    items: tuple[Item, ...]
    nbf: int
    ends: int
    gnd: str
    note: str | None
    role: str
    name: str
    off: str | None


def sign_request(
    key: Jwk,
    *,
    iss: str,
    jti: str,
    iat: int,
    exp: int,
    org: str,
    act: str,
    pur: str,
    knd: str,
    items: Iterable[Item],
    nbf: int,
    ends: int,
    gnd: str,
    note: str | None,
    role: str,
    name: str,
    off: str | None = None,
) -> str:
    """The question, signed by the team. `role` and `name` say who will look; `note` is shown as a quote."""
    asked = [{"kind": item.kind, "ref": item.ref, "req": item.required} for item in items]
    who = {"role": role, "name": name}
    claims = {
        "iss": iss, "jti": jti, "iat": iat, "exp": exp, "org": org, "act": act, "pur": pur, "knd": knd,
        "items": asked, "nbf": nbf, "ends": ends, "gnd": gnd, "note": note, "who": who, "off": off,
    }  # fmt: skip
    token = sign(claims, REQUEST, key)
    verify_request(token, public(key))  # what we would refuse we do not sign
    return token


def verify_request(token: str, team_key: Jwk) -> Request:
    """A question, checked with the key that the directory gives for its `iss`."""
    claims = verify(token, REQUEST, team_key)
    check_members(claims, _REQUEST)
    check_members(claims["who"], ("role", "name"))
    items = tuple(_item(one) for one in check_list(claims["items"], 100))
    found = Request(
        token=token,
        sid=sid(token),
        iss=check_organisation(claims["iss"]),
        jti=check_id(claims["jti"]),
        iat=check_int(claims["iat"]),
        exp=check_int(claims["exp"]),
        org=check_hash(claims["org"]),
        act=check_one_of(claims["act"], ("read", "deposit")),
        pur=check_text(claims["pur"], 500),
        knd=check_kind(claims["knd"]),
        items=items,
        nbf=check_int(claims["nbf"]),
        ends=check_int(claims["ends"]),
        gnd=check_text(claims["gnd"], 500),
        note=None if claims["note"] is None else check_text(claims["note"], 280),
        role=check_text(claims["who"]["role"]),
        name=check_text(claims["who"]["name"]),
        off=None if claims["off"] is None else check_id(claims["off"]),
    )
    if not items or len({(item.kind, item.ref) for item in items}) != len(items):
        raise FormatError("request")
    if not found.iat < found.exp or not found.nbf < found.ends:
        raise FormatError("request")
    if found.act == "deposit" and any(item.kind != "drawer" for item in items):
        raise FormatError("request")  # who deposits asks for a drawer to put things in, never for a thing
    return found


def _item(given: Any) -> Item:
    check_members(given, ("kind", "ref", "req"))
    kind = check_one_of(given["kind"], ITEM_KINDS)
    return Item(kind, check_text(given["ref"], 500), check_bool(given["req"]))


@dataclass(frozen=True, slots=True)
class Why:
    """A team's answer to question `ask` about log entry `entry` (b64u): `text`, by employee `emp`."""

    sid: str
    iss: str
    vlt: str
    ask: str
    entry: str
    text: str
    emp: str
    iat: int


def sign_why(key: Jwk, *, iss: str, vlt: str, ask: str, entry: str, text: str, emp: str, iat: int) -> str:
    """Why we looked."""
    claims = {"iss": iss, "vlt": vlt, "ask": ask, "entry": entry, "text": text, "emp": emp, "iat": iat}
    token = sign(claims, WHY, key)
    verify_why(token, public(key))
    return token


def verify_why(token: str, team_key: Jwk) -> Why:
    """An answer, checked with the key that the directory gives for its `iss`."""
    claims = verify(token, WHY, team_key)
    check_members(claims, ("iss", "vlt", "ask", "entry", "text", "emp", "iat"))
    return Why(
        sid(token),
        check_organisation(claims["iss"]),
        check_id(claims["vlt"]),
        check_id(claims["ask"]),
        check_hash(claims["entry"]),
        check_text(claims["text"], 1_000),
        check_text(claims["emp"]),
        check_int(claims["iat"]),
    )


@dataclass(frozen=True, slots=True)
class Import:
    """A team holds the keys of these envelopes (hashes, ascending) of grant `gnt`: the vault may delete
    them."""

    sid: str
    iss: str
    vlt: str
    gnt: str
    env: tuple[str, ...]
    iat: int


def sign_import(key: Jwk, *, iss: str, vlt: str, gnt: str, env: Iterable[str], iat: int) -> str:
    """We hold these keys: `env` are the H of the envelopes opened."""
    token = sign({"iss": iss, "vlt": vlt, "gnt": gnt, "env": sorted(env), "iat": iat}, IMPORT, key)
    verify_import(token, public(key))
    return token


def verify_import(token: str, team_key: Jwk) -> Import:
    """A confirmation, checked with the key that the directory gives for its `iss`."""
    claims: Mapping[str, Any] = verify(token, IMPORT, team_key)
    check_members(claims, ("iss", "vlt", "gnt", "env", "iat"))
    env = tuple(check_hash(h) for h in check_list(claims["env"]))
    if not env or list(env) != sorted(set(env)):
        raise FormatError("import")
    return Import(
        sid(token),
        check_organisation(claims["iss"]),
        check_id(claims["vlt"]),
        check_id(claims["gnt"]),
        env,
        check_int(claims["iat"]),
    )
