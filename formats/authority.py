# SPDX-License-Identifier: EUPL-1.2
"""Who may decide for a child, and that a young person cannot decide: two statements that others sign.

`vault-gezag+jwt`: a snapshot of parental authority from a registered source, or by hand from a team (then
two, by different employees). `vault-able+jwt`: a professional's "not able" for one regime. Persons appear as
keyed hashes only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from formats.jose import Jwk, public, sign, verify
from formats.spelling import (
    DAY,
    FormatError,
    check_bool,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_organisation,
    check_team,
    check_text,
    check_vault,
    sid,
)

GEZAG, ABLE = "vault-gezag+jwt", "vault-able+jwt"
GEZAG_KINDS = (
    "EenhoofdigOuderlijkGezag", "GezamenlijkOuderlijkGezag", "GezamenlijkGezag", "Voogdij",
    "TijdelijkGeenGezag", "GezagNietTeBepalen",
)  # fmt: skip
SOURCE_LIFE, BY_HAND_LIFE, ABLE_LIFE = 30 * DAY, 90 * DAY, 366 * DAY


@dataclass(frozen=True, slots=True)
class Gezag:
    """Who has gezag over the owner of `vlt`: the kind, the adults (HMACs), whether it is under inquiry, and
    the moment of the snapshot `at`. `emp` is set when a team's employee signed it by hand."""

    sid: str
    iss: str
    vlt: str
    kind: str
    adults: tuple[str, ...]
    inquiry: bool
    at: int
    iat: int
    exp: int
    emp: str | None


def sign_gezag(
    key: Jwk,
    *,
    iss: str,
    vlt: str,
    kind: str,
    adults: Iterable[str],
    inquiry: bool,
    at: int,
    iat: int,
    exp: int,
    emp: str | None = None,
) -> str:
    """A snapshot, good until `exp`: 30 days at most, by hand 90."""
    claims = {"iss": iss, "sub": f"vault:{vlt}", "kind": kind, "adults": list(adults), "inv": inquiry}
    token = sign(claims | {"at": at, "iat": iat, "exp": exp, "emp": emp}, GEZAG, key)
    verify_gezag(token, public(key))  # what we would refuse we do not sign
    return token


def verify_gezag(token: str, source_key: Jwk) -> Gezag:
    """A snapshot, checked with the pinned key of its source, or for one by hand with the team's."""
    claims = verify(token, GEZAG, source_key)
    check_members(claims, ("iss", "sub", "kind", "adults", "inv", "at", "iat", "exp", "emp"))
    emp = None if claims["emp"] is None else check_text(claims["emp"])
    iss = check_organisation(claims["iss"]) if emp is None else check_team(claims["iss"])
    adults = tuple(check_hash(one) for one in check_list(claims["adults"], 20))
    at, iat, exp = check_int(claims["at"]), check_int(claims["iat"]), check_int(claims["exp"])
    if not iat < exp <= iat + (SOURCE_LIFE if emp is None else BY_HAND_LIFE) or at > iat:
        raise FormatError("gezag")
    if len(set(adults)) != len(adults):
        raise FormatError("gezag")
    kind, vlt = check_one_of(claims["kind"], GEZAG_KINDS), check_vault(claims["sub"])
    return Gezag(sid(token), iss, vlt, kind, adults, check_bool(claims["inv"]), at, iat, exp, emp)


def pair_by_hand(one: Gezag, other: Gezag) -> None:
    """Refuses unless two snapshots by hand say the same and come from different employees."""
    if one.emp is None or other.emp is None or one.emp == other.emp:
        raise FormatError("gezag")
    if _said(one) != _said(other):
        raise FormatError("gezag")


def _said(one: Gezag) -> tuple[object, ...]:
    return one.iss, one.vlt, one.kind, frozenset(one.adults), one.inquiry, one.at


@dataclass(frozen=True, slots=True)
class Unable:
    """A professional's statement that the owner of `vlt` cannot decide under regime `rgm`, with reason code,
    until `exp`."""

    sid: str
    iss: str
    vlt: str
    rgm: str
    rsn: str
    emp: str
    iat: int
    exp: int


def sign_able(key: Jwk, *, iss: str, vlt: str, rgm: str, rsn: str, emp: str, iat: int, exp: int) -> str:
    """ "Not able", for at most a year."""
    claims = {"iss": iss, "vlt": vlt, "rgm": rgm, "rsn": rsn, "emp": emp, "iat": iat, "exp": exp}
    token = sign(claims, ABLE, key)
    verify_able(token, public(key))
    return token


def verify_able(token: str, team_key: Jwk) -> Unable:
    """ "Not able", checked with the key that the directory gives for the professional's team."""
    claims = verify(token, ABLE, team_key)
    check_members(claims, ("iss", "vlt", "rgm", "rsn", "emp", "iat", "exp"))
    iat, exp = check_int(claims["iat"]), check_int(claims["exp"])
    if not iat < exp <= iat + ABLE_LIFE:
        raise FormatError("able")
    return Unable(
        sid(token),
        check_team(claims["iss"]),
        check_id(claims["vlt"]),
        check_text(claims["rgm"], 60),
        check_text(claims["rsn"], 60),
        check_text(claims["emp"]),
        iat,
        exp,
    )
