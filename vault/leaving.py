# SPDX-License-Identifier: EUPL-1.2
"""Leaving: how much there is, what an export must hold, and erasing all of it.

An erasure asked without a passkey waits 72 hours after a fresh sign-in and can be taken back. Then one transaction
marks the vault gone, from which moment every call is 404; rows and blobs follow in the sweep and survive a restart.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from formats.spelling import H, b64u, new_id
from vault import store, store_pieces, store_records
from vault.component import Call, Vault, living
from vault.refusals import NotHere, OverQuota, StepUpNeeded
from vault.store import Connection, Row
from vault.unlocking import TRUSTEES, kdf_of

FRESH_SECONDS = 600
WAITING_SECONDS = 72 * 3600
CHALLENGE_SECONDS = 300
OPEN_CHALLENGES = 10


@dataclass(frozen=True)
class Usage:
    """Bytes used and allowed, and counts."""

    used: int
    quota: int
    records: int
    deposits: int


async def usage(vault: Vault, call: Call) -> Usage:
    """What the vault holds and may hold."""

    def work(connection: Connection) -> Usage:
        row = living(connection, call.vlt)
        deposits, _ = store_records.count_deposits(connection, call.vlt, "")
        return Usage(row.used, row.quota, row.records, deposits)

    return await vault.database.read(work)


@dataclass(frozen=True)
class Entry:
    """One file of an export: path in the archive, b64u(SHA-256) and length of its bytes."""

    path: str
    h: str
    length: int


async def inventory(vault: Vault, call: Call) -> list[Entry]:
    """Every file that an export of this vault holds, in order, from one snapshot. The trustees' slot is not in it."""

    def work(connection: Connection) -> list[Entry]:
        living(connection, call.vlt)
        return list(_entries(connection, call.vlt))

    return await vault.database.read(work)


def _entry(path: str, content: bytes) -> Entry:
    return Entry(path, H(content), len(content))


def _entries(connection: Connection, vlt: str) -> Iterator[Entry]:
    ring = store.newest_keyring(connection, vlt)
    if ring is not None:
        yield Entry("vault/keyring.jwe", ring.h, len(ring.jwe))
    for slot in store.all_slots(connection, vlt):
        if slot.type != TRUSTEES:
            yield _entry(f"vault/slots/{slot.slot}.json", slot_file(slot))
    for one in store_records.whole_deposits(connection, vlt):
        yield Entry(f"vault/deposits/{one.rid}.jwe", one.h, one.size)
    versions, pieces = store_records.all_versions(connection, vlt), store_pieces.all_pieces(connection, vlt)
    epochs = store.all_epochs(connection, vlt)
    for drawer in store.all_drawers(connection, vlt):
        folder = f"vault/drawers/{drawer.drw}"
        yield _entry(f"{folder}/heads.jsonl", heads_file(connection, vlt, drawer.drw))
        for epoch in (row for row in epochs if row.drw == drawer.drw):
            yield _entry(f"{folder}/epochs/{epoch.ep}.jws", epoch.statement.encode())
        for row in (row for row in versions if row.drw == drawer.drw):
            yield Entry(f"{folder}/records/{row.rid}/{row.ver}.jwe", row.h, row.size)
        for piece in (row for row in pieces if row.drw == drawer.drw):
            yield Entry(f"{folder}/attachments/{piece.rid}/{piece.a}.{piece.k}", piece.h, piece.size)


def slot_file(slot: Row[Any]) -> bytes:
    """A slot as the file of an export: `{id, type, kdf, jwe}`, no white space."""
    return orjson.dumps({"id": slot.slot, "type": slot.type, "kdf": kdf_of(slot), "jwe": slot.jwe})


def heads_file(connection: Connection, vlt: str, drw: str) -> bytes:
    """A drawer's changes as the file of an export: a line `{n, op, rid, ver, t}` each, oldest first, LF after each."""
    rows = reversed(store.heads_before(connection, vlt, drw, 2**62, 2**62))
    return b"".join(
        orjson.dumps({"n": row.n, "op": row.op, "rid": row.rid, "ver": row.ver, "t": row.sealed}) + b"\n"
        for row in rows
    )


# -- challenges and erasing ----------------------------------------------------------------------------------


async def challenge(vault: Vault, call: Call) -> tuple[str, int]:
    """A fresh challenge (32 random bytes, base64url) for this person, and until when it counts. Raises OverQuota."""
    made, now = b64u(secrets.token_bytes(32)), vault.clock.now()

    def work(connection: Connection) -> None:
        until = now + CHALLENGE_SECONDS
        if store.add_challenge(connection, call.vlt, made, until=until, now=now) > OPEN_CHALLENGES:
            raise OverQuota

    await vault.database.write(work)
    return made, now + CHALLENGE_SECONDS


@dataclass(frozen=True)
class Waiting:
    """An erasure that waits until `due` (seconds)."""

    id: str
    due: int


async def ask_erasure(vault: Vault, call: Call, auth_time: int) -> tuple[Waiting, bool]:
    """Asks to erase everything in 72 hours. Asking again shows the one that waits. Raises StepUpNeeded, NotHere."""
    now = vault.clock.now()
    if not now - FRESH_SECONDS <= auth_time <= now:
        raise StepUpNeeded

    def work(connection: Connection) -> tuple[Waiting, bool]:
        living(connection, call.vlt)
        row = store.waiting_erasure(connection, call.vlt)
        if row is not None:
            return Waiting(row.id, row.due), False
        made = Waiting(new_id(), now + WAITING_SECONDS)
        store.add_erasure(connection, call.vlt, made.id, made.due)
        return made, True

    return await vault.change(call, "Erasure asked", "vault", work)


async def take_back(vault: Vault, call: Call, erasure: str) -> None:
    """Takes an erasure back that still waits. Raises NotHere."""

    def work(connection: Connection) -> tuple[None, bool]:
        living(connection, call.vlt)
        if not store.take_back(connection, call.vlt, erasure):
            raise NotHere
        return None, True

    await vault.change(call, "Erasure taken back", "vault", work)
