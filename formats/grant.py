# SPDX-License-Identifier: EUPL-1.2
"""A grant as a value, and the one function that says why it does not open something.

A grant is a statement of the person's chain (`vault-grant+jwt`). This file reads its shape; `statement` signs
it and places it in the chain. Remembered: grants read and signatures found good, by their immutable text,
bounded. A decision is never remembered.
"""

import re
from collections.abc import Collection, Container
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from formats.jose import Jwk, peek, verify
from formats.spelling import (
    FormatError,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_party,
    check_text,
    check_vault,
    sid,
)

GRANT = "vault-grant+jwt"
LINK_MEMBERS = ("iss", "seq", "prv", "iat", "ring")  # what each statement of a chain begins with
GRANT_MEMBERS = (
    *LINK_MEMBERS, "jti", "aud", "act", "knd", "nbf", "exp", "drw", "pur", "cnf", "org", "req",
)  # fmt: skip
ANSWERS = "answers"  # the category of the drawer whose records leave as singles only
_KIND = re.compile(r"once|until|every:[1-9][0-9]{0,3}").fullmatch
_REMEMBERED = 8_192  # characters; a longer grant is read afresh each time, so memory stays bounded


@dataclass(frozen=True, slots=True)
class Single:
    """One record, handed over at one version without a drawer key; `h` = H(the sealed single)."""

    rid: str
    ver: int
    h: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a grant gives of one drawer: epochs with the hashes of their envelopes, or singles; a deposit
    grant neither."""

    id: str
    cat: str
    epochs: tuple[int, ...]
    envelopes: tuple[str, ...]
    singles: tuple[Single, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant whose shape is right. Whether it is genuine and open is `why_not`'s answer."""

    token: str
    sid: str
    kid: str
    iss: str
    vlt: str
    seq: int
    prv: str | None
    iat: int
    ring: int
    jti: str
    aud: str
    act: str
    knd: str
    nbf: int
    exp: int
    drawers: tuple[Drawer, ...]
    purpose: str
    lang: str
    text_hash: str
    jkt: str
    org: str
    req: str | None

    def drawer(self, drw: str) -> Drawer | None:
        """The drawer with this id, if the grant names it."""
        return next((drawer for drawer in self.drawers if drawer.id == drw), None)


def check_kind(value: Any) -> str:
    """`once`, `until` or `every:<days>`."""
    if not isinstance(value, str) or not _KIND(value):
        raise FormatError("kind")
    return value


def check_link(claims: dict[str, Any]) -> str:
    """The members that each statement of a chain begins with; answers the `vlt`."""
    vlt = check_vault(claims["iss"])
    seq = check_int(claims["seq"])
    if (claims["prv"] is None) != (seq == 0):
        raise FormatError("chain")
    if seq:
        check_hash(claims["prv"])
    check_int(claims["iat"])
    check_int(claims["ring"])
    return vlt


def grant_value(token: str, header: dict[str, Any], claims: dict[str, Any]) -> Grant:
    """The grant behind header and claims that were read from `token`; refuses every shape a grant may not
    have."""
    check_members(claims, GRANT_MEMBERS)
    vlt = check_link(claims)
    nbf, exp = check_int(claims["nbf"]), check_int(claims["exp"])
    if nbf >= exp or claims["seq"] == 0:  # statement 0 is a card
        raise FormatError("grant")
    act = check_one_of(claims["act"], ("read", "deposit"))
    drawers = tuple(_drawer(one, act) for one in check_list(claims["drw"], 200))
    if len({drawer.id for drawer in drawers}) != len(drawers) or (act == "deposit" and not drawers):
        raise FormatError("grant")
    check_members(claims["pur"], ("uri", "lang", "h"))
    check_members(claims["cnf"], ("jkt",))
    return Grant(
        token=token,
        sid=sid(token),
        kid=header["kid"],
        iss=claims["iss"],
        vlt=vlt,
        seq=claims["seq"],
        prv=claims["prv"],
        iat=claims["iat"],
        ring=claims["ring"],
        jti=check_id(claims["jti"]),
        aud=check_party(claims["aud"]),
        act=act,
        knd=check_kind(claims["knd"]),
        nbf=nbf,
        exp=exp,
        drawers=drawers,
        purpose=check_text(claims["pur"]["uri"], 500),
        lang=check_text(claims["pur"]["lang"], 35),
        text_hash=check_hash(claims["pur"]["h"]),
        jkt=check_hash(claims["cnf"]["jkt"]),
        org=check_hash(claims["org"]),
        req=None if claims["req"] is None else check_id(claims["req"]),
    )


def _drawer(given: Any, act: str) -> Drawer:
    check_members(given, ("id", "cat", "ep", "env", "one"))
    epochs = tuple(check_int(ep, 1) for ep in check_list(given["ep"]))
    envelopes = tuple(check_hash(h) for h in check_list(given["env"]))
    singles = tuple(_single(one) for one in check_list(given["one"]))
    drawer = Drawer(check_id(given["id"]), check_text(given["cat"]), epochs, envelopes, singles)
    if len(epochs) != len(envelopes) or any(a >= b for a, b in pairwise(epochs)):
        raise FormatError("grant")
    if len(set(envelopes)) != len(envelopes) or len({single.rid for single in singles}) != len(singles):
        raise FormatError("grant")
    if act == "deposit" and (epochs or singles):
        raise FormatError("grant")
    if act == "read" and bool(epochs) == bool(singles):  # a drawer key or singles, never both
        raise FormatError("grant")
    if drawer.cat == ANSWERS and epochs:
        raise FormatError("grant")
    return drawer


def _single(given: Any) -> Single:
    check_members(given, ("rid", "ver", "h"))
    return Single(check_id(given["rid"]), check_int(given["ver"], 1), check_hash(given["h"]))


def _read(token: str) -> Grant:
    header, claims = peek(token)
    if header["typ"] != GRANT:
        raise FormatError("header")
    return grant_value(token, header, claims)


_read_once = lru_cache(maxsize=2_048)(_read)


def _check_signature(token: str, x: str, y: str, kid: str) -> None:
    jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig", "kid": kid}
    verify(token, GRANT, jwk)


_check_signature_once = lru_cache(maxsize=2_048)(_check_signature)  # a failure raises and is not kept


def read_grant(token: str) -> Grant:
    """The grant's value. Spelling, header, members and shape are checked; the signature is not: see
    `why_not`."""
    if not isinstance(token, str):
        raise FormatError("token")
    return _read_once(token) if len(token) <= _REMEMBERED else _read(token)


def why_not(
    grant_token: str,
    *,
    card_sig: Jwk,
    vlt: str,
    reader: str,
    key_jkt: str | None,
    party_keys: Container[str] | None,
    act: str,
    drawers: Collection[str],
    now: int,
    revoked: Container[str],
    assents_missing: bool,
) -> str | None:
    """Why this grant does not allow this, or None if it does. The first reason that holds, in this order:

    unreadable, forged, other-reader, other-key, other-act, other-drawer, not-yet, ended, withdrawn,
    not-assented.

    * `card_sig`: the person's public SIG at the grant's `seq`, from the card; `vlt`: whose vault was asked
      for.
    * `reader`: the party that asks; compared exactly with `aud`.
    * `key_jkt`: the key this caller works with (thumbprint: ENC when reading, SIG when depositing), which
      must be the one the grant names; None where the caller does not know it.
    * `party_keys`: thumbprints of that party's logged keys that were not withdrawn, superseded ones included;
      None where the caller has no directory at hand (the gateway: consent has checked it in the same look).
    * `drawers`: the ids asked for; one that the grant does not name is enough for a no.
    * `now`: seconds; the grant is open while `nbf <= now < exp`.
    * `revoked`: the `jti` of revoked grants, as far as they may concern this one.
    * `assents_missing`: a yes of another person that the age rules ask is not there.
    """
    try:
        grant = read_grant(grant_token)
    except FormatError:
        return "unreadable"
    if not _genuine(grant, card_sig, vlt):
        return "forged"
    if grant.aud != reader:
        return "other-reader"
    wrong_key = key_jkt is not None and grant.jkt != key_jkt
    if wrong_key or (party_keys is not None and grant.jkt not in party_keys):
        return "other-key"
    if grant.act != act:
        return "other-act"
    if not {drawer.id for drawer in grant.drawers}.issuperset(drawers):
        return "other-drawer"
    if now < grant.nbf:
        return "not-yet"
    if now >= grant.exp:
        return "ended"
    if grant.jti in revoked:
        return "withdrawn"
    return "not-assented" if assents_missing else None


def _genuine(grant: Grant, card_sig: Jwk, vlt: str) -> bool:
    if grant.vlt != vlt:
        return False
    check = _check_signature_once if len(grant.token) <= _REMEMBERED else _check_signature
    try:
        check(grant.token, card_sig["x"], card_sig["y"], card_sig["kid"])
    except FormatError:
        return False
    return True
