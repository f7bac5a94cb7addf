# SPDX-License-Identifier: EUPL-1.2
"""Publishing: what the directory signs, apart from every server.

The directory is run by another party than the vault's host. It signs which keys a team has and how it is shown; both
count 72 hours after they stand in the log. Source: formats.md section 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formats.jose import Jwk, public
from formats.listing import sign_listing
from formats.organisation import sign_organisation, verify_organisation
from formats.registration import sign_registration
from formats.spelling import DAY, FormatError, check_members, check_organisation, public_ec

YEAR = 365 * DAY
_PUBLIC = ("party", "enc", "sig")
_CLIENT = ("client", "clientKey")
"""Also in what a team with a system of its own brings; the directory says nothing of them."""


@dataclass(frozen=True, slots=True)
class Face:
    """How a team is shown. role: one of the catalogue. contact: where people reach it. logo: a small PNG, or None."""

    role: str
    name: str
    address: str
    contact: str
    logo: bytes | None = None


def publish_team(
    directory_key: Jwk,
    directory: str,
    team: Mapping[str, Any],
    *,
    now: int,
    x5c: Sequence[str] = (),
    lasts: int = YEAR,
) -> str:
    """The directory's statement (`vault-org+jwt`) of a team's keys.

    directory_key: its private ES256 JWK. directory: its own party (`urn:oin:…`). team: what
    `TeamKeys.public()` gives, or the file of a desk (`party`, `enc`, `sig`), brought by the organisation and checked to be
    its own. now, lasts: seconds.
    FormatError when something in it is not what it must be."""
    if not isinstance(team, Mapping):
        raise FormatError("members")
    check_members({name: value for name, value in team.items() if name not in _CLIENT}, _PUBLIC)
    if lasts <= 0:
        raise FormatError("organisation")
    return sign_organisation(
        directory_key,
        iss=check_organisation(directory),
        sub=check_organisation(team["party"]),
        enc=public_ec(team["enc"], "enc"),
        sig=public_ec(team["sig"], "sig"),
        x5c=tuple(x5c),
        iat=now,
        exp=now + lasts,
    )


def publish_face(directory_key: Jwk, directory: str, party: str, face: Face, *, now: int, lasts: int = YEAR) -> str:
    """The directory's statement (`vault-listing+jwt`) of how a team is shown. FormatError for what is not fit to show:
    a logo that is no small still PNG, a text too long or with hidden characters."""
    return sign_listing(
        directory_key,
        iss=check_organisation(directory),
        sub=check_organisation(party),
        role=face.role,
        name=face.name,
        address=face.address,
        contact=face.contact,
        logo=face.logo,
        iat=now,
        exp=now + lasts,
    )


def publish_client(
    directory_key: Jwk, statement: str, client: Mapping[str, Any], *, now: int, lasts: int = 30 * DAY
) -> str:
    """The directory's statement (`vault-client+jwt`) that an application is a team's, for the gateway's owner.

    statement: its own `vault-org+jwt` of that team. client: the registration that the team brought, checked to be its
    own. lasts: seconds in which the gateway's owner may use it. FormatError when the two are not of one team, or the
    statement does not count at `now`."""
    team = verify_organisation(statement, public(directory_key))
    if client.get("team") != team.sub or not team.iat <= now < team.exp or lasts <= 0:
        raise FormatError("client")
    return sign_registration(directory_key, iss=team.iss, org=team.sid, client=client, iat=now, exp=now + lasts)


def same_keys(statement: str, directory_key: Jwk, team: Mapping[str, Any]) -> bool:
    """Whether a statement of the directory names exactly these keys: what a team checks before it uses them,
    and its monitor each day after."""
    found = verify_organisation(statement, directory_key)
    keys = (dict(found.enc), dict(found.sig))
    return found.sub == team["party"] and keys == (dict(team["enc"]), dict(team["sig"]))
