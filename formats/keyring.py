# SPDX-License-Identifier: EUPL-1.2
"""The keyring: every key a person has, as one value. And the keys of one epoch of a drawer.

RK, 32 random bytes, opens the keyring; the keyring opens everything else. Each epoch of a drawer has DK
(symmetric: what is never shared stays safe from a quantum computer) and BOX (a key pair: a source can write
and cannot read). Values here never change and never print a key. `formats/sealing.py` seals them. Source:
formats.md sections 3 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from os import urandom
from typing import Any

from formats.jose import Jwk, check_symmetric, new_sealing_key, new_signing_key, private_ec, public, symmetric
from formats.slots import hkdf
from formats.spelling import FormatError, b64u, check_id, check_int, check_list, check_members, check_text


def keyring_key(rk: bytes) -> bytes:
    """The key under which the keyring lies, from RK (32 bytes)."""
    if len(rk) != 32:
        raise FormatError("key")
    return hkdf(rk, info="vault/v1/keyring")


def dk_commit(dk: bytes) -> str:
    """`dkc`: what a signed epoch statement says of DK, so that nobody can be handed another one."""
    if len(dk) != 32:
        raise FormatError("key")
    return b64u(sha256(b"vault/v1/dk-commit\0" + dk).digest())


@dataclass(frozen=True, slots=True)
class EpochKeys:
    """DK and BOX of one epoch, checked against each other's names. `box` is None once its private half was
    destroyed.
    """

    drw: str
    ep: int
    dk: Jwk = field(repr=False)
    box: Jwk | None = field(repr=False)

    def __post_init__(self) -> None:
        check_id(self.drw)
        check_int(self.ep, 1)
        check_symmetric(self.dk)
        if self.dk["kid"] != f"{self.drw}.e{self.ep}":
            raise FormatError("key")
        if self.box is not None:
            private_ec(self.box, "enc")

    @property
    def secret(self) -> bytes:
        """The 32 bytes of DK."""
        return check_symmetric(self.dk)

    @property
    def dkc(self) -> str:
        return dk_commit(self.secret)

    @property
    def box_public(self) -> dict[str, str]:
        """BOX's public half, as the epoch statement carries it."""
        if self.box is None:
            raise FormatError("key")
        return public(self.box)


def new_epoch(drw: str, ep: int) -> EpochKeys:
    """Fresh DK and BOX for epoch `ep` (from 1) of a drawer."""
    return EpochKeys(drw, ep, symmetric(urandom(32), f"{drw}.e{ep}"), new_sealing_key())


@dataclass(frozen=True, slots=True)
class KeyringDrawer:
    """A drawer's keys: its category and its epochs, oldest first."""

    id: str
    cat: str
    eps: tuple[EpochKeys, ...]


@dataclass(frozen=True, slots=True)
class Keyring:
    """SIG, ENC and the epochs of all drawers of one vault, at version `seq` (from 1)."""

    vlt: str
    seq: int
    sig: Jwk = field(repr=False)
    enc: Jwk = field(repr=False)
    drawers: tuple[KeyringDrawer, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.vlt)
        check_int(self.seq, 1)
        private_ec(self.sig, "sig")
        private_ec(self.enc, "enc")
        if len({drawer.id for drawer in self.drawers}) != len(self.drawers):
            raise FormatError("keyring")
        for drawer in self.drawers:
            check_text(drawer.cat)
            numbers = [epoch.ep for epoch in drawer.eps]
            if not numbers or numbers != sorted(set(numbers)) or any(epoch.drw != drawer.id for epoch in drawer.eps):
                raise FormatError("keyring")

    def drawer(self, drw: str) -> KeyringDrawer:
        for drawer in self.drawers:
            if drawer.id == drw:
                return drawer
        raise FormatError("no such drawer")

    def epoch(self, drw: str, ep: int) -> EpochKeys:
        for epoch in self.drawer(drw).eps:
            if epoch.ep == ep:
                return epoch
        raise FormatError("no such epoch")

    def newest(self, drw: str) -> EpochKeys:
        """The epoch that is written to now."""
        return self.drawer(drw).eps[-1]

    def with_drawer(self, cat: str, first: EpochKeys) -> "Keyring":
        """One drawer more, in the next version of the keyring."""
        return self._next((*self.drawers, KeyringDrawer(first.drw, cat, (first,))))

    def with_epoch(self, epoch: EpochKeys) -> "Keyring":
        """A drawer's next epoch (its `ep` one higher), in the next version of the keyring."""
        if epoch.ep != self.newest(epoch.drw).ep + 1:
            raise FormatError("epoch")
        return self._replace(epoch.drw, (*self.drawer(epoch.drw).eps, epoch))

    def without_box(self, drw: str, ep: int) -> "Keyring":
        """The next version, in which a closed, emptied epoch can receive nothing any more: its private BOX is
        destroyed.
        """
        if ep == self.newest(drw).ep:
            raise FormatError("epoch")
        closed = replace(self.epoch(drw, ep), box=None)
        return self._replace(drw, tuple(closed if epoch.ep == ep else epoch for epoch in self.drawer(drw).eps))

    def with_keys(self, *, sig: Jwk | None = None, enc: Jwk | None = None) -> "Keyring":
        """The next version, with a new SIG or ENC."""
        return replace(self, seq=self.seq + 1, sig=sig or self.sig, enc=enc or self.enc)

    def as_json(self) -> dict[str, Any]:
        """`{"sig", "enc", "drawers": [{"id", "cat", "eps": [{"ep", "dk", "box"}]}]}`: secret, to be padded
        and sealed.
        """
        drawers = [
            {
                "id": drawer.id,
                "cat": drawer.cat,
                "eps": [
                    {
                        "ep": epoch.ep,
                        "dk": dict(epoch.dk),
                        "box": None if epoch.box is None else dict(epoch.box),
                    }
                    for epoch in drawer.eps
                ],
            }
            for drawer in self.drawers
        ]
        return {"sig": dict(self.sig), "enc": dict(self.enc), "drawers": drawers}

    def _replace(self, drw: str, eps: tuple[EpochKeys, ...]) -> "Keyring":
        return self._next(tuple(replace(one, eps=eps) if one.id == drw else one for one in self.drawers))

    def _next(self, drawers: tuple[KeyringDrawer, ...]) -> "Keyring":
        return replace(self, seq=self.seq + 1, drawers=drawers)


def new_keyring(vlt: str) -> Keyring:
    """The first keyring of a vault: `seq` 1, fresh SIG and ENC, no drawer yet."""
    return Keyring(vlt, 1, new_signing_key(), new_sealing_key())


def read_keyring(members: Mapping[str, Any], *, vlt: str, seq: int) -> Keyring:
    """A keyring from its JSON (without `pad`). FormatError unless it is exactly of the shape that `as_json`
    gives.
    """
    check_members(members, ("sig", "enc", "drawers"))
    drawers = []
    for drawer in check_list(members["drawers"]):
        check_members(drawer, ("id", "cat", "eps"))
        epochs = []
        for epoch in check_list(drawer["eps"]):
            check_members(epoch, ("ep", "dk", "box"))
            epochs.append(EpochKeys(drawer["id"], epoch["ep"], epoch["dk"], epoch["box"]))
        drawers.append(KeyringDrawer(drawer["id"], drawer["cat"], tuple(epochs)))
    return Keyring(vlt, seq, members["sig"], members["enc"], tuple(drawers))
