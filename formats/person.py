# SPDX-License-Identifier: EUPL-1.2
"""`vault-person+jwt`: the identity issuer's word that a vault belongs to whom signed in there.

The issuer is another party than the vault's host; its key is pinned. The statement is an event of that
vault's log, so a second person with a key of the issuer's making is seen by the owner's devices.
"""

from dataclasses import dataclass

from formats.jose import Jwk, public, sign, verify
from formats.spelling import (
    check_hash,
    check_int,
    check_members,
    check_organisation,
    check_text,
    check_vault,
    sid,
)

PERSON = "vault-person+jwt"


@dataclass(frozen=True, slots=True)
class Person:
    """The issuer, the vault, the thumbprint of its SIG, how surely the person was known (`acr`), and when
    (seconds)."""

    sid: str
    iss: str
    vlt: str
    jkt: str
    acr: str
    iat: int


def sign_person(key: Jwk, *, iss: str, vlt: str, jkt: str, acr: str, iat: int) -> str:
    """Binds vault `vlt`, with the SIG of thumbprint `jkt`, to a sign-in; signed by the identity issuer."""
    claims = {"iss": iss, "sub": f"vault:{vlt}", "cnf": {"jkt": jkt}, "acr": acr, "iat": iat}
    token = sign(claims, PERSON, key)
    verify_person(token, public(key))  # what we would refuse we do not sign
    return token


def verify_person(token: str, issuer_key: Jwk) -> Person:
    """The identity issuer's statement, checked with its pinned key."""
    claims = verify(token, PERSON, issuer_key)
    check_members(claims, ("iss", "sub", "cnf", "acr", "iat"))
    check_members(claims["cnf"], ("jkt",))
    return Person(
        sid(token),
        check_organisation(claims["iss"]),
        check_vault(claims["sub"]),
        check_hash(claims["cnf"]["jkt"]),
        check_text(claims["acr"]),
        check_int(claims["iat"]),
    )
