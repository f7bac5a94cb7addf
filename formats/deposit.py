# SPDX-License-Identifier: EUPL-1.2
"""The outer shape of a deposit: what a source sealed to a drawer's BOX and could not read back.

The `kid` is the thumbprint of the BOX, so the vault can see that it is the one of the newest signed epoch.
"""

from dataclasses import dataclass

from formats.record import AUTHORED, TO_KEY, sealed_header
from formats.spelling import check_hash, check_id, check_int

DEPOSIT = "vault-dep+jwe"


@dataclass(frozen=True, slots=True)
class DepositPlace:
    """Where a deposit lies: vault, drawer, record (always version 1), and the BOX it is sealed to."""

    vlt: str
    drw: str
    rid: str
    ver: int
    box: str


def deposit_place(jwe: str) -> DepositPlace:
    """The place a deposit names; `box` is the thumbprint of the key it is sealed to."""
    found = sealed_header(jwe, DEPOSIT, TO_KEY, ("vlt", "drw", "rid", "ver"), AUTHORED)
    return DepositPlace(
        check_id(found["vlt"]),
        check_id(found["drw"]),
        check_id(found["rid"]),
        check_int(found["ver"], 1, 1),
        check_hash(found["kid"]),
    )
