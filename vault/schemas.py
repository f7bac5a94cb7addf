# SPDX-License-Identifier: EUPL-1.2
"""The wire of the vault itself: chain, keyring, slots, leaving, moving in. Drawers and permits have files beside it.

Sealed and signed things are strings, and stay what they are; members only say where they stand.
"""

from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import ConfigDict, Field, model_validator

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jwe, Jws, Wire, decimal
from formats.spelling import MAX_NUMBER

Number = Annotated[int, *decimal(1, MAX_NUMBER), Path()]
"""A version, epoch or keyring number in a path: decimal, from 1, one spelling only."""

PieceNumber = Annotated[int, *decimal(0, MAX_NUMBER), Path()]
"""The number of a piece in a path, from 0."""

SlotType = Literal["prf", "code", "pass", "trustees"]
Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]


# -- the vault and its chain ---------------------------------------------------------------------------------


class NewVault(Wire):
    """Statement 0 (`vault-card+jwt`) and consent's receipt for it."""

    card: Jws
    receipt: Jws


class Head(Wire):
    """A drawer's head: after `n` changes it is `h`."""

    n: Count
    h: Digest


class WaitingErasure(Wire):
    """An erasure that waits; until `due` it can be taken back."""

    id: Id
    due: Moment


class VaultSeen(Wire):
    """The vault: newest card, newest keyring number (0: none yet), whether an import runs, an erasure that waits."""

    card: Jws
    keyring_seq: Count
    importing: bool
    erasure: WaitingErasure | None


class Drawer(Wire):
    """A drawer: its newest epoch, its head, the newest signed head."""

    id: Id
    epoch: Count
    head: Head
    signed: Jws | None


class Drawers(Wire):
    items: list[Drawer]
    next: str | None


class Epoch(Wire):
    """An epoch of a drawer, as it was signed last."""

    epoch: Count
    statement: Jws


class Epochs(Wire):
    items: list[Epoch]
    next: str | None


class StatementIn(Wire):
    """A card, epoch or head, and consent's receipt for it."""

    statement: Jws
    receipt: Jws


class Taken(Wire):
    """Whether it changed anything: the same again does not."""

    changed: bool


class Change(Wire):
    """One change of a drawer: put, file or del of `rid` at version `ver`; t: H of the sealed text, "" for del."""

    n: Annotated[int, Field(ge=1, le=MAX_NUMBER)]
    op: Literal["put", "file", "del"]
    rid: Id
    ver: Annotated[int, Field(ge=1, le=MAX_NUMBER)]
    t: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]{43})?$", max_length=43)]


class Heads(Wire):
    """A drawer's history, newest change first, with its head and the newest signed one."""

    head: Head
    signed: Jws | None
    items: list[Change]
    next: str | None


# -- keyring and slots ---------------------------------------------------------------------------------------


class Sealed(Wire):
    """One sealed thing on its way in. Where it belongs stands in its own header."""

    jwe: Jwe


class Keyring(Wire):
    seq: Count
    jwe: Jwe


class KeyringTaken(Wire):
    seq: Count


class Kdf(Wire):
    """How a pass slot stretches its words (Argon2id)."""

    alg: Literal["argon2id"]
    v: Annotated[int, Field(ge=19, le=19)]
    m: Annotated[int, Field(ge=65_536, le=1_048_576)]
    t: Annotated[int, Field(ge=3, le=100)]
    p: Annotated[int, Field(ge=1, le=16)]
    salt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$")]


class SlotIn(Wire):
    """An unlock slot. kdf: for pass only."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"type": {"const": "pass"}}},
            "then": {"properties": {"kdf": {"type": "object"}}},
            "else": {"properties": {"kdf": {"type": "null"}}},
        }
    )

    type: SlotType
    kdf: Kdf | None
    jwe: Jwe

    @model_validator(mode="after")
    def _stretched(self) -> Self:
        if (self.kdf is None) == (self.type == "pass"):
            raise ValueError("kdf")
        return self


class SlotListed(Wire):
    """A slot without its sealed key."""

    id: Id
    type: SlotType


class Slots(Wire):
    items: list[SlotListed]
    next: str | None


class Slot(Wire):
    id: Id
    type: SlotType
    kdf: Kdf | None
    jwe: Jwe


# -- leaving and moving in -----------------------------------------------------------------------------------


class Usage(Wire):
    """Bytes used and allowed; records and deposits kept."""

    bytes: Count
    quota: Count
    records: Count
    deposits: Count


class Entry(Wire):
    """A file of an export: its path, H of its bytes, their number."""

    path: str
    hash: Digest
    length: Count


class Inventory(Wire):
    """Every file of an export, in order, from one snapshot: never cut into pages."""

    items: list[Entry]
    next: str | None


class Challenge(Wire):
    """32 random bytes to sign or touch for, good until that moment, once."""

    challenge: Digest
    until: Moment


class ImportIn(Wire):
    """All statements from number 0, a challenge, and a proof made like a DPoP proof (RFC 9449) by SIG for this address,
    with `ath` = the challenge."""

    chain: Annotated[list[Jws], Field(min_length=1, max_length=10_000)]
    challenge: Digest
    proof: Annotated[str, Field(min_length=5, max_length=8_192)]


class Import(Wire):
    """An import that runs, and until when."""

    id: Id
    until: Moment


class DrawerHistory(Wire):
    """A drawer's changes from number 1 on."""

    drawer: Id
    items: Annotated[list[Change], Field(max_length=100_000)]


class ImportDone(Wire):
    drawers: Annotated[list[DrawerHistory], Field(max_length=1_000)]


class ErasureIn(Wire):
    """Asks to erase everything: on a sign-in of the last ten minutes, after 72 hours."""
