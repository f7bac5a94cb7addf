# SPDX-License-Identifier: EUPL-1.2
"""`vault-team+jwt`: who is in a team, signed by its administrator; and the outer shape of `vault-team+jwe`.

A team's key exists only as one sealed copy for each member, made in a browser (`formats/sealing.py:
seal_team_key`). Anybody could seal something to a member, so a copy counts only when a list names the very
key in it (`jkt`). The lists are one chain: the first is signed by a key that stands in the desk's settings,
each later one by the key that the list before names. The administrator's key is in no list as a member's: who
decides about members opens nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from formats.jose import Jwk, public, sign, verify
from formats.record import TO_KEY, sealed_header
from formats.spelling import (
    FormatError,
    check_hash,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_team,
    public_ec,
    sid,
)

TEAM, TEAM_KEY = "vault-team+jwt", "vault-team+jwe"
KEEPER, MEMBER = "keeper", "member"
MOST_MEMBERS = 200
_LIST = ("iss", "seq", "prv", "iat", "adm", "jkt", "members")
_SUBJECT = re.compile(r"cw_[A-Za-z0-9_-]{1,80}").fullmatch


def check_subject(value: Any) -> str:
    """A caseworker as the gateway's tokens name one: `cw_…`."""
    if not isinstance(value, str) or not _SUBJECT(value):
        raise FormatError("subject")
    return value


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A member: the caseworker `sub`, the public keys of that member's own keyring, and the role. A keeper
    also gives the team's key to others."""

    sub: str
    sig: Jwk
    enc: Jwk
    role: str


@dataclass(frozen=True, slots=True)
class TeamList:
    """List `seq` (from 1) of team `iss`. `adm` signs the next one. `jkt`: thumbprint of the team's ENC, or
    None while there is none."""

    token: str
    sid: str
    iss: str
    seq: int
    prv: str | None
    iat: int
    adm: Jwk
    jkt: str | None
    members: tuple[TeamMember, ...]

    def member(self, sub: str) -> TeamMember | None:
        """This caseworker's line, or None: not (or no longer) a member."""
        return next((one for one in self.members if one.sub == sub), None)


def sign_team(
    key: Jwk, *, iss: str, previous: TeamList | None, iat: int, adm: Jwk, jkt: str | None, members: Iterable[TeamMember]
) -> str:
    """The next list of a team; the first where there is none before. `key`: the administrator's; `adm`: the key
    of whoever signs the list after this one."""
    rows = [{"sub": one.sub, "sig": public(one.sig), "enc": public(one.enc), "role": one.role} for one in members]
    claims: dict[str, Any] = {
        "iss": iss,
        "seq": previous.seq + 1 if previous else 1,
        "prv": previous.sid if previous else None,
        "iat": iat,
        "adm": public(adm),
        "jkt": jkt,
        "members": rows,
    }
    token = sign(claims, TEAM, key)
    team_follows(previous, verify_team(token, public(key)))  # what we would refuse we do not sign
    return token


def verify_team(token: str, administrator_key: Jwk) -> TeamList:
    """A list, checked with the administrator's key: of the settings for the first, of the list before for a
    later one. That it is the next one: `team_follows`."""
    claims = verify(token, TEAM, administrator_key)
    check_members(claims, _LIST)
    seq = check_int(claims["seq"], 1)
    if (claims["prv"] is None) != (seq == 1):
        raise FormatError("team")
    found = TeamList(
        token,
        sid(token),
        check_team(claims["iss"]),
        seq,
        None if claims["prv"] is None else check_hash(claims["prv"]),
        check_int(claims["iat"]),
        public_ec(claims["adm"], "sig"),
        None if claims["jkt"] is None else check_hash(claims["jkt"]),
        tuple(_member(one) for one in check_list(claims["members"], MOST_MEMBERS)),
    )
    administrators = {found.adm["kid"], administrator_key["kid"]}
    keys = [one.sig["kid"] for one in found.members]
    for names in ([one.sub for one in found.members], [one.enc["kid"] for one in found.members], keys):
        if len(set(names)) != len(names):
            raise FormatError("team")
    if administrators.intersection(keys):
        raise FormatError("team")
    return found


def team_follows(previous: TeamList | None, new: TeamList) -> None:
    """Refuses unless `new` is the list right after `previous` (None: the first). Time never runs back."""
    if previous is None:
        allowed = new.seq == 1
    else:
        linked = (new.iss, new.seq, new.prv) == (previous.iss, previous.seq + 1, previous.sid)
        allowed = linked and new.iat >= previous.iat
    if not allowed:
        raise FormatError("team")


def check_team_lists(tokens: Sequence[str], first_key: Jwk, iss: str) -> tuple[TeamList, ...]:
    """All lists of team `iss`, oldest first, from the one that `first_key` signed. FormatError for a gap, a
    fork or another's signature."""
    found: list[TeamList] = []
    for token in tokens:
        previous = found[-1] if found else None
        new = verify_team(token, previous.adm if previous else first_key)
        team_follows(previous, new)
        found.append(new)
    if not found or found[0].iss != iss:
        raise FormatError("team")
    return tuple(found)


def _member(given: Any) -> TeamMember:
    check_members(given, ("sub", "sig", "enc", "role"))
    role = check_one_of(given["role"], (KEEPER, MEMBER))
    return TeamMember(check_subject(given["sub"]), public_ec(given["sig"], "sig"), public_ec(given["enc"], "enc"), role)


# -- the sealed team key, as a server sees it ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TeamKeyPlace:
    """For whom a copy of a team's key is: the team, the list under which it was made, the member, and the
    thumbprint of the member's ENC."""

    iss: str
    seq: int
    sub: str
    kid: str


def team_key_place(jwe: str) -> TeamKeyPlace:
    """The place a sealed team key names."""
    found = sealed_header(jwe, TEAM_KEY, TO_KEY, ("iss", "seq", "sub"), "jwk-set+json")
    return TeamKeyPlace(
        check_team(found["iss"]), check_int(found["seq"], 1), check_subject(found["sub"]), check_hash(found["kid"])
    )
