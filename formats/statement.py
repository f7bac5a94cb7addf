# SPDX-License-Identifier: EUPL-1.2
"""The person's statements: one gapless signed chain per vault.

Six types: card (keys), epoch (a drawer's key pair), grant, revoke, assent, head. `sign_*` makes one,
`verify_statement` checks signature and shape, `follows` its place after the one before, `chain` the rules
that need more of the chain.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from formats.grant import GRANT, LINK_MEMBERS, check_link, grant_value
from formats.jose import Jwk, peek, public, sign, verify
from formats.person import Person, sign_person, verify_person
from formats.spelling import (
    DAY,
    FormatError,
    H,
    b64u,
    check_bool,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_party,
    check_text,
    public_ec,
    sid,
)

__all__ = [
    "ASSENT", "CARD", "EPOCH", "EPOCH_LIFE", "GRANT", "HEAD", "REVOKE", "Link", "Person", "Statement",
    "filled", "follows", "is_card_of", "link_after", "next_head", "sign_assent", "sign_card", "sign_epoch",
    "sign_grant", "sign_head", "sign_person", "sign_revoke", "slots_hash", "verify_first_card",
    "verify_person", "verify_statement",
]  # fmt: skip

CARD, EPOCH, REVOKE = "vault-card+jwt", "vault-epoch+jwt", "vault-revoke+jwt"
ASSENT, HEAD = "vault-assent+jwt", "vault-head+jwt"
EPOCH_LIFE, ENVELOPES_STEP = 120 * DAY, 8


@dataclass(frozen=True, slots=True)
class Link:
    """Where a new statement stands: whose chain, its number, the sid before it (None at 0), when (seconds),
    and the newest keyring `seq`."""

    vlt: str
    seq: int
    prv: str | None
    iat: int
    ring: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement whose signature and shape were checked. `claims` cannot be changed."""

    typ: str
    sid: str
    token: str
    claims: Mapping[str, Any]

    @property
    def vlt(self) -> str:
        """The vault whose chain it stands in."""
        return str(self.claims["iss"])[6:]

    @property
    def seq(self) -> int:
        """Its number in the chain, from 0."""
        return int(self.claims["seq"])


def link_after(previous: Statement, *, iat: int, ring: int) -> Link:
    """The place right after `previous`."""
    return Link(previous.vlt, previous.seq + 1, previous.sid, iat, ring)


# -- signing -------------------------------------------------------------------------------------------------


def _sign(typ: str, key: Jwk, link: Link, further: dict[str, Any]) -> str:
    begin = (f"vault:{link.vlt}", link.seq, link.prv, link.iat, link.ring)
    token = sign(dict(zip(LINK_MEMBERS, begin, strict=True)) | further, typ, key)
    _check(typ, *peek(token), token)  # what we would refuse we do not sign
    return token


def sign_card(
    key: Jwk, link: Link, *, sig: Jwk, enc: Jwk, passkeys: Iterable[Mapping[str, Any]], slots: Iterable[str]
) -> str:
    """The vault's card: its keys from the next statement on, passkeys `{id, jwk}`, hash of its unlock slots.

    `key` is the private SIG: its own at number 0, later the one of the card before."""
    further = {"sig": public(sig), "enc": public(enc), "pq": None, "wa": [dict(one) for one in passkeys]}
    return _sign(CARD, key, link, further | {"rec": slots_hash(slots)})


def slots_hash(slots: Iterable[str]) -> str:
    """`rec` of a card: H of the slot ids, ascending, joined by LF."""
    return H("\n".join(sorted(check_id(slot) for slot in slots)))


def sign_epoch(
    key: Jwk, link: Link, *, drw: str, cat: str, ep: int, box: Jwk, dkc: str, rsn: str, env: Iterable[str]
) -> str:
    """A drawer's epoch: the public BOX, the commitment `dkc` to DK, and the envelopes' hashes.

    `env` is filled up with random hashes, so that nobody can count the grantees. At a renewal give the whole
    list of the statement before, fillers included: a filler that is replaced would give itself away."""
    further = {"drw": drw, "cat": cat, "ep": ep, "box": public(box), "dkc": dkc, "rsn": rsn}
    return _sign(EPOCH, key, link, further | {"env": filled(env), "exp": link.iat + EPOCH_LIFE})


def filled(hashes: Iterable[str]) -> list[str]:
    """The hashes ascending, with random ones up to the next multiple of 8, at least 8."""
    found = {check_hash(h) for h in hashes}
    while not found or len(found) % ENVELOPES_STEP:
        found.add(b64u(secrets.token_bytes(32)))
    return sorted(found)


def sign_grant(
    key: Jwk,
    link: Link,
    *,
    jti: str,
    aud: str,
    act: str,
    knd: str,
    nbf: int,
    exp: int,
    drw: list[dict[str, Any]],
    pur: Mapping[str, str],
    jkt: str,
    org: str,
    req: str | None,
) -> str:
    """A yes: to whom (`aud`, with key `jkt`), what (`drw` `[{id, cat, ep, env, one}]`), what for (`pur`
    `{uri, lang, h}`), from when until when. `org` is the sid of the statement the key was taken from, `req`
    the id of the question or None."""
    further = {"jti": jti, "aud": aud, "act": act, "knd": knd, "nbf": nbf, "exp": exp, "drw": drw}
    return _sign(GRANT, key, link, further | {"pur": dict(pur), "cnf": {"jkt": jkt}, "org": org, "req": req})


def sign_revoke(key: Jwk, link: Link, *, jti: str, aud: str, drw: Iterable[str]) -> str:
    """The end of grant `jti`; `drw` names every drawer of it."""
    return _sign(REVOKE, key, link, {"jti": jti, "aud": aud, "drw": list(drw)})


def sign_assent(key: Jwk, link: Link, *, gnt: str, grant_sid: str, yes: bool) -> str:
    """A second person's yes or no to a grant, in that person's own chain."""
    return _sign(ASSENT, key, link, {"gnt": gnt, "sid": grant_sid, "yes": yes})


def sign_head(key: Jwk, link: Link, *, drw: str, n: int, h: bytes) -> str:
    """The drawer's history as this device knows it: `n` changes, with head `h` (32 bytes, see
    `next_head`)."""
    return _sign(HEAD, key, link, {"drw": drw, "n": n, "h": b64u(h)})


# -- shapes --------------------------------------------------------------------------------------------------


def _card(claims: dict[str, Any]) -> None:
    public_ec(claims["sig"], "sig")
    public_ec(claims["enc"], "enc")
    if claims["pq"] is not None:  # off until its draft is an RFC
        raise FormatError("card")
    passkeys = check_list(claims["wa"], 20)
    for passkey in passkeys:
        check_members(passkey, ("id", "jwk"))
        check_text(passkey["id"], 1_400)
        public_ec(passkey["jwk"], "sig")
    if len({passkey["id"] for passkey in passkeys}) != len(passkeys):
        raise FormatError("card")
    check_hash(claims["rec"])


def _epoch(claims: dict[str, Any]) -> None:
    check_id(claims["drw"])
    check_text(claims["cat"])
    rsn = check_one_of(claims["rsn"], ("new", "renew", "rotate"))
    ep = check_int(claims["ep"], 1)
    public_ec(claims["box"], "enc")
    check_hash(claims["dkc"])
    env = [check_hash(h) for h in check_list(claims["env"])]
    if env != sorted(set(env)) or len(env) % ENVELOPES_STEP:
        raise FormatError("epoch")
    if claims["exp"] != claims["iat"] + EPOCH_LIFE:
        raise FormatError("epoch")
    if (rsn == "new" and ep != 1) or (rsn == "rotate" and ep == 1):
        raise FormatError("epoch")


def _revoke(claims: dict[str, Any]) -> None:
    check_id(claims["jti"])
    check_party(claims["aud"])
    drawers = [check_id(drw) for drw in check_list(claims["drw"])]
    if len(set(drawers)) != len(drawers):
        raise FormatError("revoke")


def _assent(claims: dict[str, Any]) -> None:
    check_id(claims["gnt"])
    check_hash(claims["sid"])
    check_bool(claims["yes"])


def _head(claims: dict[str, Any]) -> None:
    check_id(claims["drw"])
    check_int(claims["n"], 1)
    check_hash(claims["h"])


_SHAPES: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], None]]] = {
    CARD: (("sig", "enc", "pq", "wa", "rec"), _card),
    EPOCH: (("drw", "cat", "ep", "box", "dkc", "rsn", "env", "exp"), _epoch),
    REVOKE: (("jti", "aud", "drw"), _revoke),
    ASSENT: (("gnt", "sid", "yes"), _assent),
    HEAD: (("drw", "n", "h"), _head),
}


def _check(typ: str, header: dict[str, Any], claims: dict[str, Any], token: str) -> Statement:
    if typ == GRANT:
        grant_value(token, header, claims)
    elif typ in _SHAPES:
        names, shape = _SHAPES[typ]
        check_members(claims, (*LINK_MEMBERS, *names))
        check_link(claims)
        shape(claims)
        if claims["seq"] == 0 and typ != CARD:
            raise FormatError("chain")
    else:
        raise FormatError("header")
    return Statement(typ, sid(token), token, _frozen(claims))


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(one) for name, one in value.items()})
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


# -- checking ------------------------------------------------------------------------------------------------


def verify_statement(token: str, card_sig: Jwk) -> Statement:
    """A statement signed by `card_sig`, the public SIG that counts at its number: a new card's from the next.

    Signature, header, members and shape; its place in the chain is for `follows`."""
    header, _ = peek(token)
    return _check(header["typ"], header, verify(token, header["typ"], card_sig), token)


def verify_first_card(token: str) -> Statement:
    """Statement 0: a card signed by its own `sig`. Whose it is, a `Person` says (`is_card_of`)."""
    if peek(token)[1].get("seq") != 0:
        raise FormatError("card")
    return verify_own_card(token)


def verify_own_card(token: str) -> Statement:
    """A card signed by its own `sig`: statement 0, or a later one that keeps the key of before. Who is handed such a later
    one without those before it may take its key for what was signed earlier too: it was the same, or does not verify."""
    header, claims = peek(token)
    if header["typ"] != CARD:
        raise FormatError("card")
    return verify_statement(token, public_ec(claims.get("sig"), "sig"))


def follows(previous: Statement | None, new: Statement) -> None:
    """Refuses unless `new` is the next statement after `previous` in one chain; after None: statement 0."""
    if previous is None:
        if new.seq != 0:
            raise FormatError("chain")
        return
    before, after = previous.claims, new.claims
    if after["iss"] != before["iss"] or new.seq != previous.seq + 1 or after["prv"] != previous.sid:
        raise FormatError("chain")
    if after["iat"] < before["iat"] or after["ring"] < before["ring"]:
        raise FormatError("chain")


def next_head(h_prev: bytes, n: int, op: str, rid: str, ver: int, t: str) -> bytes:
    """The drawer head after change number `n`: `op` put, file or del, of record `rid` at `ver`.

    `t` = H(the sealed token), empty for del. `h_prev` is 32 zero bytes before the first change."""
    check_one_of(op, ("put", "file", "del"))
    if len(h_prev) != 32 or (op == "del") != (t == ""):
        raise FormatError("head")
    if t:
        check_hash(t)
    change = "\0".join((str(check_int(n, 1)), op, check_id(rid), str(check_int(ver, 1)), t))
    return sha256(b"vault/v1/head\0" + h_prev + change.encode("ascii")).digest()


def is_card_of(person: Person, card: Statement) -> bool:
    """Whether this card is of that person's vault and holds the SIG that the identity issuer saw."""
    return card.typ == CARD and card.vlt == person.vlt and card.claims["sig"]["kid"] == person.jkt
