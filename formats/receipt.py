# SPDX-License-Identifier: EUPL-1.2
"""What the consent registry signs, and what an organisation answers to an end.

* `receipt+jwt`: the registry's acknowledgement that a statement, or a stop, is entered. No read that starts
  after a revoke's receipt succeeds.
* `secevent+jwt`: a signed event (RFC 8417) for an organisation, holding only where to look.
* `vault-closing+jwt`: an organisation's word that it erased, or until when it keeps and under which article.

The consent receipt for the person has its own file, `consent_receipt`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from formats.jose import Jwk, public, sign, verify
from formats.spelling import (
    FormatError,
    b64u,
    check_hash,
    check_id,
    check_int,
    check_members,
    check_one_of,
    check_organisation,
    check_party,
    check_text,
    check_vault,
    new_id,
    sid,
    unb64u,
)

RECEIPT, CLOSING, SECURITY_EVENT = "receipt+jwt", "vault-closing+jwt", "secevent+jwt"
STOP = "stop"
_EVENT = "urn:kluisje:event:"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Entered: the statement `sid` of type `of` (or a stop by sign-in: `of` "stop", `sid` None), as log entry
    `idx`."""

    iss: str
    vlt: str
    sid: str | None
    of: str
    iat: int
    idx: int
    entry: bytes


def issue_receipt(key: Jwk, *, iss: str, vlt: str, sid: str | None, of: str, iat: int, idx: int, entry: bytes) -> str:
    """The acknowledgement, to be given only after the entry is durably in the log."""
    log = {"idx": idx, "entry": b64u(entry)}
    claims = {"iss": iss, "sub": f"vault:{vlt}", "sid": sid, "of": of, "iat": iat, "log": log}
    return _issued(claims, RECEIPT, key, verify_receipt)


def verify_receipt(token: str, consent_key: Jwk) -> Receipt:
    """A receipt, checked with the registry's pinned key."""
    claims = verify(token, RECEIPT, consent_key)
    check_members(claims, ("iss", "sub", "sid", "of", "iat", "log"))
    check_members(claims["log"], ("idx", "entry"))
    if (claims["of"] == STOP) != (claims["sid"] is None):
        raise FormatError("receipt")
    return Receipt(
        check_organisation(claims["iss"]),
        check_vault(claims["sub"]),
        None if claims["sid"] is None else check_hash(claims["sid"]),
        check_text(claims["of"], 60),
        check_int(claims["iat"]),
        check_int(claims["log"]["idx"]),
        unb64u(check_hash(claims["log"]["entry"])),
    )


@dataclass(frozen=True, slots=True)
class Closing:
    """An organisation's answer to the deletion duty after grant `gnt` of vault `vlt`: erased, or kept `until`
    (seconds) under article `art`."""

    sid: str
    iss: str
    vlt: str
    gnt: str
    ans: str
    until: int | None
    art: str | None
    iat: int


def sign_closing(
    key: Jwk, *, iss: str, vlt: str, gnt: str, until: int | None = None, art: str | None = None, iat: int
) -> str:
    """`erased`, or with `until` and `art` both given: `kept`."""
    ans = "erased" if until is None and art is None else "kept"
    claims = {"iss": iss, "vlt": vlt, "gnt": gnt, "ans": ans, "until": until, "art": art, "iat": iat}
    return _issued(claims, CLOSING, key, verify_closing)


def verify_closing(token: str, organisation_key: Jwk) -> Closing:
    """A closing, checked with the key that the directory gives for its `iss`."""
    claims = verify(token, CLOSING, organisation_key)
    check_members(claims, ("iss", "vlt", "gnt", "ans", "until", "art", "iat"))
    ans = check_one_of(claims["ans"], ("erased", "kept"))
    if (ans == "kept") != (claims["until"] is not None) or (ans == "kept") != (claims["art"] is not None):
        raise FormatError("closing")
    return Closing(
        sid(token),
        check_organisation(claims["iss"]),
        check_id(claims["vlt"]),
        check_id(claims["gnt"]),
        ans,
        None if ans == "erased" else check_int(claims["until"]),
        None if ans == "erased" else check_text(claims["art"]),
        check_int(claims["iat"]),
    )


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """A signed event for `aud`: its type `kind` (`grant-ended`, …) and the path to fetch what it is about. No
    data in it."""

    iss: str
    aud: str
    jti: str
    iat: int
    kind: str
    dataref: str


def issue_security_event(
    key: Jwk, *, iss: str, aud: str, kind: str, dataref: str, iat: int, jti: str | None = None
) -> str:
    """A security event token with exactly one event, of type `kind`."""
    events = {_EVENT + kind: {"dataref": dataref}}
    claims = {"iss": iss, "aud": aud, "jti": jti or new_id(), "iat": iat, "events": events}
    return _issued(claims, SECURITY_EVENT, key, verify_security_event)


def verify_security_event(token: str, consent_key: Jwk) -> SecurityEvent:
    """A security event token, checked with the registry's pinned key."""
    claims = verify(token, SECURITY_EVENT, consent_key)
    check_members(claims, ("iss", "aud", "jti", "iat", "events"))
    events = claims["events"]
    if not isinstance(events, dict) or len(events) != 1:
        raise FormatError("event")
    [(name, body)] = events.items()
    check_members(body, ("dataref",))
    if not name.startswith(_EVENT):
        raise FormatError("event")
    return SecurityEvent(
        check_organisation(claims["iss"]),
        check_party(claims["aud"]),
        check_id(claims["jti"]),
        check_int(claims["iat"]),
        check_text(name.removeprefix(_EVENT), 60),
        check_text(body["dataref"], 500),
    )


def _issued(claims: dict[str, Any], typ: str, key: Jwk, check: Callable[[str, Jwk], object]) -> str:
    token = sign(claims, typ, key)
    check(token, public(key))  # what we would refuse we do not sign
    return token
