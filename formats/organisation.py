# SPDX-License-Identifier: EUPL-1.2
"""`vault-org+jwt`: the directory's statement of an organisation's, or one of its teams', keys.

Signed by another party than the vault's host, and used only when a witnessed proof shows it 72 hours in the
log: a false key is seen before anything is sealed to it.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from formats.event import Logged, verify_look
from formats.jose import Jwk, public, sign, verify
from formats.policy import LogPolicy
from formats.spelling import (
    DAY,
    FormatError,
    check_int,
    check_list,
    check_members,
    check_organisation,
    public_ec,
    sid,
)

ORGANISATION = "vault-org+jwt"
WAIT = 3 * DAY  # in the log before a key, new or changed, counts


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation's or team's keys, from `iat` until `exp` (seconds). `sid` is what grants and questions
    name."""

    token: str
    sid: str
    iss: str
    sub: str
    enc: Mapping[str, str]
    sig: Mapping[str, str]
    x5c: tuple[str, ...]
    iat: int
    exp: int


class Stated(Protocol):
    """What is common to the directory's statements: of keys (`Organisation`), of a face (`formats.listing`)."""

    @property
    def sid(self) -> str: ...
    @property
    def sub(self) -> str: ...
    @property
    def iat(self) -> int: ...
    @property
    def exp(self) -> int: ...


def sign_organisation(
    key: Jwk, *, iss: str, sub: str, enc: Jwk, sig: Jwk, x5c: tuple[str, ...] = (), iat: int, exp: int
) -> str:
    """The directory's statement. `x5c`: the certificates it has checked, base64 DER, own first."""
    claims = {"iss": iss, "sub": sub, "enc": public(enc), "sig": public(sig), "pq": None}
    token = sign(claims | {"x5c": list(x5c), "iat": iat, "exp": exp}, ORGANISATION, key)
    verify_organisation(token, public(key))  # what we would refuse we do not sign
    return token


def verify_organisation(token: str, directory_key: Jwk) -> Organisation:
    """The directory's statement, checked with its pinned key. That it is current and logged:
    `check_current`."""
    claims = verify(token, ORGANISATION, directory_key)
    check_members(claims, ("iss", "sub", "enc", "sig", "pq", "x5c", "iat", "exp"))
    iat, exp = check_int(claims["iat"]), check_int(claims["exp"])
    if iat >= exp or claims["pq"] is not None:  # pq is off until its draft is an RFC
        raise FormatError("organisation")
    return Organisation(
        token,
        sid(token),
        check_organisation(claims["iss"]),
        check_organisation(claims["sub"]),
        public_ec(claims["enc"], "enc"),
        public_ec(claims["sig"], "sig"),
        tuple(_certificate(one) for one in check_list(claims["x5c"], 10)),
        iat,
        exp,
    )


def check_current(organisation: Stated, look: Any, policy: LogPolicy, now: int) -> Logged:
    """Refuses unless the statement is valid now and its entry, with a witnessed proof, is 72 hours old.

    `look`: `{"event", "nonce", "proof"}` of the `org` event; answers where it stands in the log."""
    found = verify_look(look, policy, witnessed=True)
    event = found.event
    named = event.t == "org" and event.claims["sid"] == organisation.sid
    if not named or event.claims["sub"] != organisation.sub:
        raise FormatError("organisation")
    if not (organisation.iat <= now < organisation.exp and event.at + WAIT <= now):
        raise FormatError("organisation")
    return found


def _certificate(value: Any) -> str:
    try:
        if b64encode(b64decode(value, validate=True)).decode("ascii") == value and value:
            return str(value)
    except (ValueError, TypeError):
        pass
    raise FormatError("certificate")
