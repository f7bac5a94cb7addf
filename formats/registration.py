# SPDX-License-Identifier: EUPL-1.2
"""`vault-client+jwt`: the directory's statement that an application is a team's, for the gateway to register.

Nobody types it over: what the organisation brought and the directory checked arrives as it was signed. It leans on the
directory's statement of that team (`org`), and is of use until `exp`, not for as long as the client lives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from formats.jose import Jwk, public, sign, verify
from formats.spelling import FormatError, check_hash, check_int, check_members, check_organisation, check_team, sid

CLIENT = "vault-client+jwt"


@dataclass(frozen=True, slots=True)
class Registration:
    """A signed registration. client: its members as the gateway reads them (RFC 7591 names), with `client_id` and
    `team`; org: sid of the team's statement; iat, exp: seconds between which it may be used."""

    token: str
    sid: str
    iss: str
    org: str
    client: Mapping[str, Any]
    iat: int
    exp: int


def sign_registration(key: Jwk, *, iss: str, org: str, client: Mapping[str, Any], iat: int, exp: int) -> str:
    """The directory's statement of a client. FormatError for what we would refuse."""
    token = sign({"iss": iss, "org": org, "client": dict(client), "iat": iat, "exp": exp}, CLIENT, key)
    verify_registration(token, public(key))  # what we would refuse we do not sign
    return token


def verify_registration(token: str, directory_key: Jwk) -> Registration:
    """The statement, checked with the directory's pinned key. That it may be used now, and what its members mean, is
    for the gateway to say."""
    claims = verify(token, CLIENT, directory_key)
    check_members(claims, ("iss", "org", "client", "iat", "exp"))
    client, iat, exp = claims["client"], check_int(claims["iat"]), check_int(claims["exp"])
    if not isinstance(client, dict) or not isinstance(client.get("client_id"), str) or iat >= exp:
        raise FormatError("client")
    check_team(client.get("team"))
    return Registration(
        token,
        sid(token),
        check_organisation(claims["iss"]),
        check_hash(claims["org"]),
        MappingProxyType(client),
        iat,
        exp,
    )
