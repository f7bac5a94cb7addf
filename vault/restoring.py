# SPDX-License-Identifier: EUPL-1.2
"""After a restore: who was erased since the backup is erased again, by the list that consent keeps outside its database.

The vault's own list came back with its database, so it does not know of erasures after the backup. The sweep does the rest.
"""

from collections.abc import Sequence

from chassis.database import Database
from formats.spelling import new_id
from vault import store
from vault.store import Connection


async def erase_again(database: Database, erased: Sequence[str], now: int) -> int:
    """Makes the erasure of every vault that lives here, and is named, due at once; answers how many."""

    def work(connection: Connection) -> int:
        found = 0
        for vlt in erased:
            row, waiting = store.vault(connection, vlt), store.waiting_erasure(connection, vlt)
            if row is None or row.state == "gone":
                continue
            if waiting is not None:
                store.take_back(connection, vlt, waiting.id)
            store.add_erasure(connection, vlt, new_id(), now)
            found += 1
        return found

    return await database.write(work)
