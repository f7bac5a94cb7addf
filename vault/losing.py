# SPDX-License-Identifier: EUPL-1.2
"""Losing a device: another one of hers stops its key, and its next call is refused, whatever its token says.

The vault asks nobody who calls, so it keeps a list of its own; her device tells consent and the issuer too.
"""

from vault import store_devices
from vault.component import Call, Vault
from vault.store import Connection


async def stop_device(vault: Vault, call: Call, jkt: str) -> None:
    """Stops a device of hers for good, also one that never called here. The same again changes nothing."""
    now = vault.clock.now()

    def work(connection: Connection) -> tuple[None, bool]:
        return None, store_devices.stop(connection, call.vlt, jkt, now)

    await vault.change(call, "Device stopped", "device", work)
