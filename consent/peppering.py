# SPDX-License-Identifier: EUPL-1.2
"""The pepper of word slots: given to who signed in as her, five times a day, since each may be a try at her words.

The vault keeps the slot and consent the pepper, so a thief of either has nothing to try words on.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent.batch import Batch
from consent.ledger_store import driver
from consent.registry import Registry


async def give_pepper(registry: Registry, vlt: str) -> bytes:
    """32 octets, the same each time. There need be no vault yet: words may be its first way in. Raises TooMany."""

    def work(connection: Connection, batch: Batch) -> bytes:
        registry.rates.take(driver(connection), "pepper", f"vault:{vlt}", batch.now)
        registry.account(connection, batch, Line("Pepper given", "words", "Ok", f"vault:{vlt}", registry.subject(vlt)))
        return registry.pepper(vlt)

    return await registry.ledger.run(work)
