# SPDX-License-Identifier: EUPL-1.2
"""The outer shape of what carries keys: envelope, keyring, unlock slot, share.

An envelope brings one epoch's keys to one grantee and is named by its hash in a signed grant or epoch.
"""

from dataclasses import dataclass

from formats.record import TO_KEY, WRAPPED, sealed_header
from formats.spelling import FormatError, check_hash, check_id, check_int, check_one_of

ENVELOPE, KEYRING, SLOT, SHARE = "vault-key+jwe", "vault-ring+jwe", "vault-slot+jwe", "vault-share+jwe"
SLOT_TYPES = ("prf", "code", "pass", "trustees")


@dataclass(frozen=True, slots=True)
class EnvelopePlace:
    """Whose drawer's epoch, for which grant, sealed to the key with thumbprint `kid`."""

    vlt: str
    drw: str
    ep: int
    gnt: str
    kid: str


@dataclass(frozen=True, slots=True)
class RingPlace:
    """Whose keyring, and its number, from 1."""

    vlt: str
    seq: int


@dataclass(frozen=True, slots=True)
class SlotPlace:
    """Whose unlock slot: its id and type."""

    vlt: str
    id: str
    type: str


@dataclass(frozen=True, slots=True)
class SharePlace:
    """Whose share, of slot `slot`, sealed to the key with thumbprint `kid`."""

    vlt: str
    slot: str
    kid: str


def envelope_place(jwe: str) -> EnvelopePlace:
    """The place an envelope names."""
    found = sealed_header(jwe, ENVELOPE, TO_KEY, ("vlt", "drw", "ep", "gnt"), "jwk-set+json")
    return EnvelopePlace(
        check_id(found["vlt"]),
        check_id(found["drw"]),
        check_int(found["ep"], 1),
        check_id(found["gnt"]),
        check_hash(found["kid"]),
    )


def ring_place(jwe: str) -> RingPlace:
    """The place a keyring names."""
    found = sealed_header(jwe, KEYRING, WRAPPED, ("vlt", "seq"), None)
    if found["kid"] != "ring":
        raise FormatError("kid")
    return RingPlace(check_id(found["vlt"]), check_int(found["seq"], 1))


def slot_place(jwe: str) -> SlotPlace:
    """The place an unlock slot names."""
    found = sealed_header(jwe, SLOT, WRAPPED, ("vlt", "slot"), None)
    return SlotPlace(check_id(found["vlt"]), check_id(found["kid"]), check_one_of(found["slot"], SLOT_TYPES))


def share_place(jwe: str) -> SharePlace:
    """The place a share names."""
    found = sealed_header(jwe, SHARE, TO_KEY, ("vlt", "for"), None)
    return SharePlace(check_id(found["vlt"]), check_id(found["for"]), check_hash(found["kid"]))
