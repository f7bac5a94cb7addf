# SPDX-License-Identifier: EUPL-1.2
"""Losing a device: another one of hers stops its key, and its next call is refused, whatever its token says.

A sign-in is enough for it: whoever lost a telephone has no code at hand. The vault and the gateway keep their own lists,
since neither asks consent who calls: her device tells all three.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent import store_devices
from consent.batch import Batch
from consent.registry import Registry


async def stop_device(registry: Registry, vlt: str, jkt: str) -> None:
    """Stops a device of hers for good. The same again changes nothing."""

    def work(connection: Connection, batch: Batch) -> None:
        if store_devices.stop(connection, vlt, jkt, batch.now):
            line = Line("Device stopped", "device", "Ok", f"vault:{vlt}", registry.subject(vlt))
            registry.account(connection, batch, line)

    await registry.ledger.run(work, stop=True)
