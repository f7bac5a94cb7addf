# SPDX-License-Identifier: EUPL-1.2
"""The hourly sweep: runs due erasures, empties vaults that are gone, frees what was not finished, drops what is over.

Each step is a transaction of its own and finds its work in the tables, so a killed sweep is taken up again by the next.
"""

import asyncio

from chassis.logs import unexpected
from vault import store, store_devices, store_pieces, store_records
from vault.component import Call, Vault
from vault.keeping import drop_attachments
from vault.store import Connection

EVERY_SECONDS = 3600
YOUNG_SECONDS = 48 * 3600
PERMIT_SECONDS = 60
ERASURE_SECONDS = 35 * 24 * 3600
STOPPED_SECONDS = 365 * 24 * 3600
_ACTOR = "system:sweep"


async def sweep_for_ever(vault: Vault) -> None:
    """Sweeps now and every hour; a fault is logged and the next hour tries again."""
    while True:
        try:
            await sweep(vault)
        except Exception as error:
            unexpected("vault", error)
        await asyncio.sleep(EVERY_SECONDS)


async def sweep(vault: Vault) -> None:
    """One sweep over everything."""
    await _erase_due(vault)
    await _drop_unfinished(vault)
    for vlt in await vault.database.read(store_pieces.gone_vaults):
        await _empty(vault, vlt)
    now = vault.clock.now()
    await vault.database.write(lambda c: store_pieces.forget_old(c, now, now - PERMIT_SECONDS, now - ERASURE_SECONDS))
    await vault.database.write(lambda c: store_devices.forget(c, now - STOPPED_SECONDS))
    await _drop_blobs(vault)
    await vault.database.scrub()


async def _erase_due(vault: Vault) -> None:
    """Marks vaults gone whose erasure is due, and those that a restore brought back after their erasure."""
    now = vault.clock.now()
    for row in await vault.database.read(lambda c: store_pieces.due_erasures(c, now)):
        vlt, erasure = str(row.vlt), str(row.id)

        def work(connection: Connection, vlt: str = vlt, erasure: str = erasure) -> tuple[None, bool]:
            if not store_pieces.erased(connection, vlt, erasure, now):
                return None, False
            store.set_state(connection, vlt, "gone")
            return None, True

        await vault.change(Call(vlt, _ACTOR), "Vault erased", "vault", work)


async def _drop_unfinished(vault: Vault) -> None:
    """Frees imports, deposits and reservations whose time is over."""
    now = vault.clock.now()
    for vlt in await vault.database.read(lambda c: store_pieces.over_imports(c, now)):

        def end(connection: Connection, vlt: str = vlt) -> None:
            running = store.running_import(connection, vlt)
            if running is not None and running.until <= now:
                store.set_state(connection, vlt, "gone")

        await vault.database.write(end)
    for row in await vault.database.read(lambda c: store_pieces.over_deposits(c, now)):
        await _drop_deposit(vault, row.vlt, row.rid, now)
    for row in await vault.database.read(lambda c: store_pieces.over_attachments(c, now)):
        await _drop_reservation(vault, (row.vlt, row.drw, row.rid, row.a), now)


async def _drop_deposit(vault: Vault, vlt: str, rid: str, now: int) -> None:
    blobs: list[str] = []

    def work(connection: Connection) -> tuple[None, bool]:
        row = store_records.deposit(connection, vlt, rid)
        if row is None or row.complete or row.until > now:
            return None, False
        freed = row.size + drop_attachments(connection, vlt, row.drw, rid, blobs)
        store_records.drop_deposit(connection, vlt, rid)
        store.charge(connection, vlt, -freed, 0)
        return None, True

    await vault.change(Call(vlt, _ACTOR), "Unfinished deposit dropped", f"record:{rid}", work)
    await vault.discard(vlt, blobs)


async def _drop_reservation(vault: Vault, place: store_pieces.Place, now: int) -> None:
    blobs: list[str] = []

    def work(connection: Connection) -> tuple[None, bool]:
        row = store_pieces.attachment(connection, place)
        if row is None or row.complete or row.until > now:
            return None, False
        blobs.extend(store_pieces.drop_attachment(connection, place))
        store.charge(connection, place[0], -row.length, 0)
        return None, True

    await vault.change(Call(place[0], _ACTOR), "Unfinished attachment dropped", f"attachment:{place[3]}", work)
    await vault.discard(place[0], blobs)


async def _empty(vault: Vault, vlt: str) -> None:
    """Rows, then blobs, then the row that says the vault is gone: a kill in between leaves work for the next sweep, and
    nobody can open the vault anew before all of it went."""
    await vault.database.write(lambda c: store_pieces.empty_vault(c, vlt), about=vlt)
    for blob in await asyncio.to_thread(lambda: list(vault.blobs.list(vlt))):
        vault.blobs.delete(vlt, blob.h)
    await asyncio.to_thread(vault.blobs.forget, vlt)
    await vault.database.write(lambda c: store_pieces.drop_vault(c, vlt), about=vlt)


async def _drop_blobs(vault: Vault) -> None:
    """Deletes blobs over 48 hours old that no row names, and half-written files; `discard` looks again first."""
    before = vault.clock.now() - YOUNG_SECONDS
    await asyncio.to_thread(vault.blobs.stale, before)
    for vlt in await asyncio.to_thread(lambda: list(vault.blobs.vaults())):
        blobs = await asyncio.to_thread(_old, vault, vlt, before)
        await vault.discard(vlt, [h for h in blobs if not await _named(vault, vlt, h)])


async def _named(vault: Vault, vlt: str, h: str) -> bool:
    return await vault.database.read(lambda c: store_pieces.names_blob(c, vlt, h))


def _old(vault: Vault, vlt: str, before: int) -> list[str]:
    return [blob.h for blob in vault.blobs.list(vlt) if blob.since < before]
