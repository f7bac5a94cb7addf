# SPDX-License-Identifier: EUPL-1.2
"""A record in the clear: what its author signed (`vault-rec+jwt`).

Inside every sealed record, deposit and single lies one signed text: who wrote it, where it belongs, which
version it is, the schema, the body, the attachments. Its author is the person or a source, never the host.
Only who opened it sees it, so only readers can check it. Source: formats.md sections 2 and 3.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from formats.attachment import AttachmentEntry, read_entry
from formats.jose import Jwk, peek, sign, verify
from formats.padding import pad, read_padded
from formats.spelling import (
    FormatError,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_party,
    check_text,
    sid,
    unb64u,
)

RECORD = "vault-rec+jwt"
ARRIVAL = 600  # seconds between a record's own time and its arrival, either way
_MEMBERS = ("iss", "vlt", "drw", "rid", "ver", "sch", "prv", "iat", "att", "body")

Author = Callable[[str, int], Jwk]
"""(party, second) -> the public signing key this party had at that second; FormatError if it had none."""


@dataclass(frozen=True, slots=True)
class Record:
    """One version of a record, opened. It never prints its body.

    `sid` names it; `kid` is the key that signed; `token` is the JWS, kept because filing and sharing seal the
    same one again.
    """

    iss: str
    vlt: str
    drw: str
    rid: str
    ver: int
    sch: str
    prv: str | None
    iat: int
    att: tuple[AttachmentEntry, ...]
    body: Mapping[str, Any] = field(repr=False)
    token: str = field(repr=False)
    sid: str
    kid: str


def sign_record(
    key: Jwk,
    *,
    iss: str,
    vlt: str,
    drw: str,
    rid: str,
    ver: int,
    sch: str,
    prv: str | None,
    iat: int,
    body: Mapping[str, Any],
    att: Iterable[AttachmentEntry] = (),
) -> str:
    """The author's JWS of one version, padded to P(n). `key` is the author's private signing key, `iat` in
    seconds.
    """
    place = {"iss": iss, "vlt": vlt, "drw": drw, "rid": rid, "ver": ver, "sch": sch, "prv": prv, "iat": iat}
    claims = {**place, "att": [entry.as_json() for entry in att], "body": dict(body)}
    _check(claims)
    return sign(pad(claims), RECORD, key)


def peek_record(token: str) -> Record:
    """A record whose shape and padding were checked, its signature NOT: to seal it, or to find whose key is
    needed.
    """
    header, _ = peek(token)
    if header["typ"] != RECORD:
        raise FormatError("header")
    claims = read_padded(unb64u(token.split(".")[1]))
    att = _check(claims)
    plain = {name: claims[name] for name in _MEMBERS if name not in ("att", "body")}
    return Record(
        **plain,
        att=att,
        body=MappingProxyType(claims["body"]),
        token=token,
        sid=sid(token),
        kid=header["kid"],
    )


def verify_record(token: str, author: Author) -> Record:
    """A record signed by the key that its author had when it was written. FormatError otherwise."""
    record = peek_record(token)
    verify(token, RECORD, author(record.iss, record.iat))
    return record


def check_succession(previous: Record, new: Record) -> None:
    """`new` may stand after `previous`: its next version, or the newer document of the same author.

    The next version: same `rid` and place, `ver` + 1. A newer document (all that a source may write): a new
    `rid`, `ver` 1. Either way `prv` names the one before, and the author is the same.
    """
    next_version = new.rid == previous.rid and new.drw == previous.drw and new.ver == previous.ver + 1
    newer_document = new.rid != previous.rid and new.ver == 1
    if not (next_version or newer_document) or new.vlt != previous.vlt:
        raise FormatError("version")
    if new.prv != previous.sid or new.iss != previous.iss:
        raise FormatError("version")


def check_arrival(record: Record, arrived: int, author: Author) -> None:
    """No backdating: a new version or deposit counts only if its `iat` lies within 10 minutes of its arrival
    (in seconds, as the answer states it) and its key was current then.
    """
    if abs(record.iat - arrived) > ARRIVAL or author(record.iss, arrived).get("kid") != record.kid:
        raise FormatError("arrival")


def _check(claims: Mapping[str, Any]) -> tuple[AttachmentEntry, ...]:
    check_members(claims, _MEMBERS)
    check_party(claims["iss"])
    for name in ("vlt", "drw", "rid"):
        check_id(claims[name])
    ver = check_int(claims["ver"], 1)
    if claims["prv"] is not None:
        check_hash(claims["prv"])
    if ver > 1 and (claims["prv"] is None or not claims["iss"].startswith("vault:")):  # a source writes version 1 only
        raise FormatError("version")
    check_text(claims["sch"], 500)
    check_int(claims["iat"])
    if not isinstance(claims["body"], dict):
        raise FormatError("body")
    att = tuple(read_entry(entry) for entry in check_list(claims["att"]))
    if len({entry.id for entry in att}) != len(att):
        raise FormatError("attachment")
    return att
