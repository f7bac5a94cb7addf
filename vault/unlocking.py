# SPDX-License-Identifier: EUPL-1.2
"""What opens a vault on the person's own devices: the keyring, and the slots that lead to it. All sealed, none opened.

Losing these loses everything, so a full vault still takes a keyring, ten older ones stay for 30 days, and no call
removes the last two slots.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from formats.envelope import ring_place, slot_place
from formats.spelling import H, dump_json, parse_json
from vault import store
from vault.component import Call, Vault, living, must_lie
from vault.refusals import ChainMoved, NotAllowed, NotHere, OverQuota, PermitRefused, PlaceMismatch
from vault.store import Connection, Row

OLDER_RINGS = 10
OLDER_SECONDS = 30 * 24 * 3600
LEAST_SLOTS = 2
TRUSTEES = "trustees"


async def keyring(vault: Vault, call: Call, seq: int | None) -> Row[Any]:
    """Keyring `seq`, or the newest for None. Raises NotHere."""

    def work(connection: Connection) -> Row[Any] | None:
        living(connection, call.vlt)
        if seq is None:
            return store.newest_keyring(connection, call.vlt)
        return store.keyring(connection, call.vlt, seq)

    row = await vault.database.read(work)
    if row is None:
        raise NotHere
    return row


async def put_keyring(vault: Vault, call: Call, jwe: str) -> tuple[int, bool]:
    """Stores the next keyring; its number, and whether it is new. Raises PlaceMismatch, ChainMoved, FormatError.

    The first keyring of a vault that is being imported keeps the number it had.
    """
    place = ring_place(jwe)
    must_lie(place, vlt=call.vlt)
    h = H(jwe)

    def work(connection: Connection) -> tuple[int, bool]:
        row = living(connection, call.vlt)
        newest = store.newest_keyring(connection, call.vlt)
        if newest is not None and (newest.seq, newest.h) == (place.seq, h):
            return place.seq, False
        brought = row.state == "importing" and newest is None
        if not brought and place.seq != (newest.seq if newest else 0) + 1:
            raise ChainMoved
        until = vault.clock.now() + OLDER_SECONDS
        store.add_keyring(connection, call.vlt, place.seq, jwe, h, until=until, below=place.seq - OLDER_RINGS)
        return place.seq, True

    return await vault.change(call, "Keyring kept", f"keyring:{place.seq}", work)


async def slots(vault: Vault, call: Call) -> Sequence[Row[Any]]:
    """All slots of the vault."""

    def work(connection: Connection) -> Sequence[Row[Any]]:
        living(connection, call.vlt)
        return store.all_slots(connection, call.vlt)

    return await vault.database.read(work)


async def slot(vault: Vault, call: Call, slot_id: str) -> Row[Any]:
    """One slot. Raises NotHere; PermitRefused for the trustees' slot, which leaves on a recovery permit only."""

    def work(connection: Connection) -> Row[Any] | None:
        living(connection, call.vlt)
        return store.slot(connection, call.vlt, slot_id)

    row = await vault.database.read(work)
    if row is None:
        raise NotHere
    if row.type == TRUSTEES:
        raise PermitRefused
    return row


def kdf_of(row: Row[Any]) -> dict[str, Any] | None:
    return None if row.kdf is None else parse_json(row.kdf.encode())


async def put_slot(vault: Vault, call: Call, slot_id: str, kind: str, kdf: Mapping[str, Any] | None, jwe: str) -> bool:
    """Stores a slot; True when it is new. Raises PlaceMismatch, OverQuota, FormatError."""
    place = slot_place(jwe)
    must_lie(place, vlt=call.vlt, id=slot_id)
    if place.type != kind:
        raise PlaceMismatch("slot")
    spelled = None if kdf is None else dump_json(kdf).decode()

    def work(connection: Connection) -> tuple[bool, bool]:
        living(connection, call.vlt)
        there = store.slot(connection, call.vlt, slot_id)
        if there is not None and (there.type, there.kdf, there.jwe) == (kind, spelled, jwe):
            return False, False
        if there is None and len(store.all_slots(connection, call.vlt)) >= vault.settings.quota_slots:
            raise OverQuota
        store.put_slot(connection, vlt=call.vlt, slot=slot_id, type=kind, kdf=spelled, jwe=jwe)
        return there is None, True

    return (await vault.change(call, "Slot kept", f"slot:{slot_id}", work))[0]


async def remove_slot(vault: Vault, call: Call, slot_id: str) -> None:
    """Removes a slot while two others stay. Again is fine. Raises NotAllowed."""

    def work(connection: Connection) -> tuple[None, bool]:
        living(connection, call.vlt)
        found = store.all_slots(connection, call.vlt)
        if slot_id not in {row.slot for row in found}:
            return None, False
        if len(found) <= LEAST_SLOTS:
            raise NotAllowed
        store.drop_slot(connection, call.vlt, slot_id)
        return None, True

    await vault.change(call, "Slot removed", f"slot:{slot_id}", work)
