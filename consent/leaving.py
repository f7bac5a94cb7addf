# SPDX-License-Identifier: EUPL-1.2
"""Leaving: erase all. Every grant ends, then all that was hers goes; the entries of the log stay and say nothing.

At once with a passkey touch; with a fresh sign-in alone only after 72 hours, in which it can be taken back. Deletion
duties stay, by grant id. Questions of others to her address go on as if nobody had ever been there.
"""

import secrets
from functools import partial

from chassis.database import Connection
from chassis.journal import Line
from consent import ledger_store, store, store_grants, store_leaving, store_pauses, store_requests
from consent.batch import Batch
from consent.ending import end_grant
from consent.entering import opened
from consent.erased import remember
from consent.refusals import Absent, StepUpNeeded
from consent.registry import Registry
from consent.schemas import Presence
from consent.stopping import is_there
from formats.spelling import b64u, new_id

FRESH_SECONDS = 300
"""How fresh a sign-in is that may ask for an erasure."""
WAIT = 72 * 3600
CHALLENGE_SECONDS = 300


async def make_challenge(registry: Registry, vlt: str) -> tuple[str, str, int]:
    """32 random octets for one passkey touch: id, octets, until when."""
    identifier, octets = new_id(), b64u(secrets.token_bytes(32))

    def work(connection: Connection, batch: Batch) -> int:
        opened(connection, vlt)
        until = batch.now + CHALLENGE_SECONDS
        store_pauses.put_challenge(connection, {"vlt": vlt, "id": identifier, "challenge": octets, "until": until})
        return until

    return identifier, octets, await registry.ledger.run(work)


async def ask_erasure(registry: Registry, vlt: str, presence: Presence, signed_in_at: int) -> tuple[str, int, bool]:
    """Erases everything of the caller: id, when, and whether it is done. Raises Absent, StepUpNeeded.

    An erasure that waits is the answer to a second one without a touch; with a touch it is done at once.
    """
    fresh = new_id()

    def work(connection: Connection, batch: Batch) -> tuple[str, int, bool]:
        opened(connection, vlt)
        now = batch.now
        touch = presence.assertion is not None
        if touch and not is_there(registry, connection, vlt, presence, now):
            raise StepUpNeeded
        if not touch and not now - FRESH_SECONDS <= signed_in_at <= now + FRESH_SECONDS:
            raise StepUpNeeded
        planned = store_leaving.erasure(connection, vlt)
        if planned is None:
            at = now if touch else now + WAIT
            store_leaving.put_erasure(connection, {"vlt": vlt, "id": fresh, "asked_at": now, "erase_at": at})
            identifier = fresh
        else:
            identifier, at = str(planned["id"]), now if touch else int(planned["erase_at"])
        line = Line("Erasure asked", "vault", "Ok", f"vault:{vlt}", registry.subject(vlt))
        registry.account(connection, batch, line)
        if touch:
            erase(registry, connection, batch, vlt)
        return identifier, at, touch

    return await registry.ledger.run(work, stop=True)


async def take_back_erasure(registry: Registry, vlt: str, identifier: str) -> None:
    """Takes an erasure back before it is done. Raises Absent."""

    def work(connection: Connection, batch: Batch) -> None:
        if not store_leaving.drop_erasure(connection, vlt, identifier):
            raise Absent

    await registry.ledger.run(work)


def erase(registry: Registry, connection: Connection, batch: Batch, vlt: str) -> None:
    """Ends every grant, then deletes all that was hers. No line is written about it: it would outlive her."""
    vault = store.vault(connection, vlt)
    assert vault is not None
    for row in store_grants.running(connection, vlt, batch.now):
        end_grant(registry, connection, batch.now, row, why="withdrawn", by=f"vault:{vlt}", shown_by=row["sid"])
    store_requests.clear(connection, vault["bsn"])
    store_grants.drop_all(connection, vlt)
    store_leaving.empty_vault(connection, vlt, batch.now)
    ledger_store.erase_lines(ledger_store.driver(connection), vlt)
    if registry.kept is not None:
        batch.after(partial(remember, registry.kept, vlt, batch.now))
    line = Line("Vault erased", "vault", "Ok", "system:consent", registry.subject(vlt))
    registry.account(connection, batch, line)
