# SPDX-License-Identifier: EUPL-1.2
"""After a restore: an older database must not bring back what had ended (promise P30).

The newest checkpoint is kept outside the database as well, in a file on another volume. A database that does not hold the
log of that checkpoint is older, or another one: then consent does not start, and every look is a no. `go_on` is the way on:
everything of everybody is paused, and each running grant by itself, which only her own device opens again, grant by grant,
with a statement signed at that: it follows the head that is stored here, which a device that knows of a later one does not
sign. So a stop that was given by sign-in alone, of which nothing is left, is not undone by opening something else. Who was
erased since is erased again. The log begins anew under another origin, because going on under the old one would be a fork.
"""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chassis.database import Connection
from chassis.logs import log
from consent import ledger_store as store
from consent import store as people
from consent import store_pauses
from consent.batch import Batch
from consent.erased import REMEMBERED, erased_since
from consent.leaving import erase
from consent.registry import Registry
from consent.stopping import close_all
from formats.checkpoint import Checkpoint, Vkey, restores_of, shard_span, verify_note
from formats.spelling import FormatError, new_id
from formats.tree import root, root_nodes

EVERY = 1.0
"""Seconds between two looks at the newest checkpoint: what came in the last one before a crash may be missing outside."""
MOST = 200
"""Vaults, or grants, that are paused in one transaction."""
RESTORED = "restored"


class Restored(Exception):
    """The database is older than the checkpoint that was kept outside, or it is another one."""


class NotDone(Exception):
    """What an administrator asked for cannot be done; says why."""


async def check(registry: Registry, path: Path) -> None:
    """Raises Restored unless the database holds the log of the checkpoint that was kept. None kept yet: it may."""
    kept = _kept(path, registry.ledger.vkey)
    if kept is not None and not await registry.database.read(lambda connection: _holds(connection, kept)):
        log().critical("database-older-than-its-checkpoint", part="consent")
        raise Restored


async def erase_again(registry: Registry, path: Path) -> None:
    """Erases again whom the list beside the checkpoint names and who lives here. At every start: an erasure leaves no line
    in the log, so the log alone does not tell that a database is from before it."""
    for vlt in erased_since(path, registry.clock.now() - REMEMBERED):
        await registry.ledger.run(partial(_erase, registry, vlt), stop=True)


async def keep(registry: Registry, path: Path) -> None:
    """Keeps the newest checkpoint outside the database, if it is newer than the one that is there."""
    head = await registry.database.read(lambda connection: store.head(store.driver(connection)))
    if head is not None and _is_newer(head, _kept(path, registry.ledger.vkey)):
        await asyncio.to_thread(_write, path, head.note)


async def go_on(registry: Registry, path: Path) -> tuple[int, list[str]]:
    """Lets consent go on after a restore: how many vaults were paused, and the keys of the log that begins, to pin. Safe
    to run again. Starts the ledger. Raises NotDone."""
    kept = _kept(path, registry.ledger.vkey)
    if kept is None or await registry.database.read(lambda connection: _holds(connection, kept)):
        raise NotDone("this database is not older than the checkpoint that was kept: there is nothing to do")
    before = restores_of(kept.origin)

    def begin(connection: Connection) -> store.Head:
        base = store.driver(connection)
        current = store.head(base)
        if current is not None and restores_of(current.origin) > before:
            return current  # it ended in the middle of this, and was run again
        now = max(registry.clock.now(), current.now if current else 0)
        return registry.ledger.begins(base, now, current, before + 1)

    def pause(connection: Connection, batch: Batch) -> int:
        vaults = store_pauses.not_paused(connection, MOST)
        for vlt in vaults:
            close_all(registry, connection, batch, vlt)
        return len(vaults)

    begun = await registry.database.write(begin)
    await registry.ledger.start()
    paused = 0
    while done := await registry.ledger.run(pause, stop=True):
        paused += done
    await registry.ledger.run(lambda connection, batch: store_pauses.asleep(connection, RESTORED), stop=True)
    while await registry.ledger.run(_each_grant, stop=True):
        pass
    head = await registry.database.read(lambda connection: store.head(store.driver(connection)))
    assert head is not None
    _write(path, head.note)
    return paused, registry.ledger.vkeys(begun.now, restores_of(begun.origin))


def _each_grant(connection: Connection, batch: Batch) -> bool:
    """Lets some running grants sleep, each by itself; False when none was awake."""
    found = store_pauses.awake(connection, batch.now, MOST)
    for vlt, jti in found:
        store_pauses.put_pause(connection, vlt, jti, batch.now, RESTORED)
    return bool(found)


def _erase(registry: Registry, vlt: str, connection: Connection, batch: Batch) -> None:
    vault = people.vault(connection, vlt)
    if vault is not None and vault["gone_at"] is None:
        erase(registry, connection, batch, vlt)


def _kept(path: Path, vkey_of: Callable[[str], Vkey]) -> Checkpoint | None:
    """The checkpoint in the file; None: there is no file. Raises Restored for one that this log's key did not sign."""
    try:
        note = path.read_text("utf-8")
        return verify_note(note, [vkey_of(note.partition("\n")[0])])
    except FileNotFoundError:
        return None
    except (FormatError, ValueError) as error:
        raise Restored from error


def _holds(connection: Connection, kept: Checkpoint) -> bool:
    """Whether the log of this database begins with the one of the checkpoint."""
    base = store.driver(connection)
    head = store.shard_of(base, kept.origin)
    if head is None or head.size < kept.size:
        return False
    wanted = root_nodes(kept.size)
    found = store.nodes(base, head.shard, wanted) if wanted else {}
    return len(found) == len(wanted) and root(kept.size, lambda level, idx: found[level, idx]) == kept.root


def _is_newer(head: store.Head, kept: Checkpoint | None) -> bool:
    return kept is None or _place(head.origin, head.size) > _place(kept.origin, kept.size)


def _place(origin: str, size: int) -> tuple[int, int, int]:
    return restores_of(origin), shard_span(origin)[0], size


def _write(path: Path, note: str) -> None:
    """The whole file or none of it, also when the power goes, and when several write at once (each its own first)."""
    new = path.with_name(f"{path.name}.{new_id()}")
    with new.open("w", encoding="utf-8") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
