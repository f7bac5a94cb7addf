# SPDX-License-Identifier: EUPL-1.2
"""Where private keys are: a person's in memory, an organisation's in a file that nobody else can read.

`PersonKeys` holds RK and the keyring and writes them as the vault stores them; it forgets nothing a newer
version brought and refuses an older one. `TeamKeys` and `HeldKeys` are files of mode 600; a file that others
can read is refused, not repaired.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Any

from formats.jose import Jwk, new_sealing_key, new_signing_key, private_ec, public
from formats.keyring import EpochKeys, Keyring, new_epoch, new_keyring
from formats.sealing import open_keyring, open_slot, seal_keyring, seal_slot
from formats.slots import new_code, read_code, write_code
from formats.spelling import (
    FormatError,
    check_id,
    check_members,
    check_organisation,
    check_text,
    new_id,
    parse_json,
)


class KeysUnsafe(Exception):
    """A file with private keys can be read by others, or is not what it must be."""


# -- a person ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """One way back to RK, as the vault keeps it."""

    id: str
    kind: str
    jwe: str


class PersonKeys:
    """RK and the keyring of one vault, on this device only. Prints nothing of them."""

    def __init__(self, vlt: str, rk: bytes, keyring: Keyring) -> None:
        self.vlt = check_id(vlt)
        self._rk = rk
        self.keyring = keyring

    @classmethod
    def new(cls, vlt: str) -> "PersonKeys":
        """Fresh keys for a new vault: keyring 1, no drawer."""
        return cls(vlt, token_bytes(32), new_keyring(vlt))

    @classmethod
    def open(cls, vlt: str, slot: Slot, code: str, ring: str, *, least: int) -> "PersonKeys":
        """The keys of a vault, from a code slot, the code on paper and the sealed keyring `ring`. `least`:
        the highest keyring number that this device knows of. FormatError when any of them does not fit."""
        rk = open_slot(slot.jwe, read_code(code), vlt=vlt, slot=slot.id, kind="code")
        return cls(vlt, rk, open_keyring(ring, rk, vlt=vlt, least=least))

    def new_code_slot(self) -> tuple[str, Slot]:
        """A new code for paper, and the slot that it opens."""
        secret, slot = new_code(), new_id()
        jwe = seal_slot(self._rk, secret, vlt=self.vlt, slot=slot, kind="code")
        return write_code(secret), Slot(slot, "code", jwe)

    def sealed(self, keyring: Keyring | None = None) -> str:
        """A keyring (this one, or the next before it is taken) under RK."""
        return seal_keyring(keyring or self.keyring, self._rk)

    def take(self, keyring: Keyring) -> None:
        """The next version, once the vault has stored it. FormatError for any other number."""
        if keyring.vlt != self.vlt or keyring.seq != self.keyring.seq + 1:
            raise FormatError("keyring")
        self.keyring = keyring

    def read(self, ring: str) -> None:
        """What another device of hers stored; FormatError if it is older than what is known here."""
        self.keyring = open_keyring(ring, self._rk, vlt=self.vlt, least=self.keyring.seq)

    def with_new_drawer(self, cat: str) -> tuple[Keyring, EpochKeys]:
        """The next keyring with one drawer more, and that drawer's first keys."""
        first = new_epoch(new_id(), 1)
        return self.keyring.with_drawer(cat, first), first

    def with_next_epoch(self, drw: str) -> tuple[Keyring, EpochKeys]:
        """The next keyring with the next epoch of a drawer, and its keys."""
        fresh = new_epoch(drw, self.keyring.newest(drw).ep + 1)
        return self.keyring.with_epoch(fresh), fresh

    def __repr__(self) -> str:
        return f"PersonKeys({self.vlt}, keyring {self.keyring.seq})"


# -- a team --------------------------------------------------------------------------------------------------

_TEAM = ("format", "party", "client", "enc", "sig", "clientKey", "older")


@dataclass(frozen=True, slots=True)
class TeamKeys:
    """The keys of one team and of its application at the gateway.

    party: `urn:oin:…:team:…`. client: its registered id. enc: what envelopes are sealed to. sig: signs
    questions, deposits and confirmations. client_key: proves who the application is. older: ENC keys from
    before a renewal, still opening.
    """

    party: str
    client: str
    enc: Jwk = field(repr=False)
    sig: Jwk = field(repr=False)
    client_key: Jwk = field(repr=False)
    older: tuple[Jwk, ...] = field(default=(), repr=False)

    def opener(self, kid: str) -> Jwk:
        """The private ENC with this thumbprint. FormatError if it is none of ours."""
        for key in (self.enc, *self.older):
            if key["kid"] == kid:
                return key
        raise FormatError("key")

    def kids(self) -> frozenset[str]:
        """Thumbprints of all ENC keys, the newest and older ones."""
        return frozenset(str(key["kid"]) for key in (self.enc, *self.older))

    def public(self) -> dict[str, Any]:
        """What directory and gateway need to know: names and public halves."""
        return {
            "party": self.party,
            "client": self.client,
            "enc": public(self.enc),
            "sig": public(self.sig),
            "clientKey": public(self.client_key),
        }

    def save(self, path: Path) -> None:
        """Writes a new file of mode 600. FileExistsError if there is one: keys are never written over."""
        if path.exists():
            raise FileExistsError(path)
        own = {"party": self.party, "client": self.client, "enc": dict(self.enc), "sig": dict(self.sig)}
        older = [dict(key) for key in self.older]
        write_private(path, {"format": 1, **own, "clientKey": dict(self.client_key), "older": older})


def new_team_keys(party: str, client: str) -> TeamKeys:
    """Fresh keys for a team and its application."""
    check_organisation(party)
    check_text(client)
    return TeamKeys(party, client, new_sealing_key(), new_signing_key(), new_signing_key())


def read_team_keys(path: Path) -> TeamKeys:
    """The keys in a file. KeysUnsafe when others may read it or it holds something else; OSError when it is
    not there."""
    found = read_private(path)
    try:
        check_members(found, _TEAM)
        if found["format"] != 1:
            raise FormatError("format")
        return TeamKeys(
            check_organisation(found["party"]),
            check_text(found["client"]),
            private_ec(found["enc"], "enc"),
            private_ec(found["sig"], "sig"),
            private_ec(found["clientKey"], "sig"),
            tuple(private_ec(key, "enc") for key in found["older"]),
        )
    except (FormatError, TypeError):
        raise KeysUnsafe(f"{path} holds no team keys of this version") from None


class HeldKeys:
    """The drawer keys that a team was given, by grant: kept once the import is confirmed and the vault has
    deleted its envelopes. In memory, and in a file of mode 600 where one is named."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._held: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            self._held = read_private(path)

    def find(self, gnt: str, drw: str, ep: int) -> EpochKeys | None:
        """The keys of one epoch under a grant, if they are held."""
        found = self._held.get(gnt, {}).get(f"{drw}.e{ep}")
        return None if found is None else EpochKeys(drw, ep, found["dk"], found["box"])

    def keep(self, gnt: str, epoch: EpochKeys) -> None:
        """Keeps the keys of one epoch; written before the import is confirmed."""
        box = None if epoch.box is None else dict(epoch.box)
        kept = {"dk": dict(epoch.dk), "box": box}
        if self._held.get(gnt, {}).get(f"{epoch.drw}.e{epoch.ep}") == kept:
            return
        self._held.setdefault(gnt, {})[f"{epoch.drw}.e{epoch.ep}"] = kept
        self._write()

    def forget(self, gnt: str) -> None:
        """Drops all keys of a grant: it is over."""
        if self._held.pop(gnt, None) is not None:
            self._write()

    def _write(self) -> None:
        if self._path is not None:
            write_private(self._path, self._held)


# -- files ---------------------------------------------------------------------------------------------------


def write_private(path: Path, members: Mapping[str, Any]) -> None:
    """A JSON file of mode 600, whole or not at all: written beside its place, then put there."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        json.dump(members, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_private(path: Path) -> dict[str, Any]:
    """The JSON in a file that only its owner can read or change. KeysUnsafe otherwise."""
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or (os.name == "posix" and about.st_mode & 0o077):
            raise KeysUnsafe(f"others can read {path}: make it yours alone with 'chmod 600 {path}'")
        try:
            return parse_json(file.read())
        except FormatError:
            raise KeysUnsafe(f"{path} is not readable as JSON") from None
