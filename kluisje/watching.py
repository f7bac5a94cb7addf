# SPDX-License-Identifier: EUPL-1.2
"""Who looked: the lines of a vault's log, each checked on this device.

Checked are: the entry behind each line, its place in the tree, the log's signature, the unbroken count, and
that the log only grew since this device last saw it. Source: formats.md section 8.
"""

from formats.checkpoint import Checkpoint
from formats.person import PERSON
from formats.spelling import FormatError, sid
from kluisje.device import Device
from kluisje.proofs import Line, NotProven, Pins, check_consent_receipt, check_lines, check_step, steps


class Watching:
    """The log about one vault."""

    def __init__(self, device: Device, pins: Pins) -> None:
        self._device, self._pins = device, pins

    async def lines(self) -> list[Line]:
        """All lines, oldest first. NotProven when one is missing or does not check, or the log changed."""
        told = [one async for one in self._device.items("consent", "/lines")]
        remembered = self._device.remembered
        if len(told) < remembered.lines:
            raise NotProven("log-changed", "lines that this device has seen are missing")
        try:
            found = check_lines(told, self._pins, vlt=self._device.vlt)
            newest = await self._compare(list(found.checkpoints))
        except (FormatError, KeyError, TypeError, ValueError) as error:
            raise NotProven("log-changed", "the log does not check on this device") from error
        remembered.lines = len(told)
        remembered.checkpoints |= newest
        return list(found.lines)

    async def strangers(self) -> list[Line]:
        """Lines that say this vault belongs to a key which is not on its card: none, or somebody else signed
        in as her."""
        vault = (await self._device.consent("GET", "")).json()
        own = sid(vault["person"])
        return [line for line in await self.lines() if line.of == PERSON and line.event.claims["sid"] != own]

    async def receipts(self) -> list[dict[str, object]]:
        """Her consent receipts (JSON-LD bodies), newest first, each checked with consent's pinned key."""
        found = []
        async for one in self._device.items("consent", "/receipts"):
            try:
                receipt = check_consent_receipt(one["receipt"], self._pins, vlt=self._device.vlt)
            except FormatError as error:
                raise NotProven("receipt", "a consent receipt does not check") from error
            found.append(dict(receipt.body))
        return found

    async def _compare(self, checkpoints: list[Checkpoint]) -> dict[str, str]:
        """Compares what the lines stand under with what this device knew; answers the newest note of each
        log."""
        for note in self._device.remembered.checkpoints.values():
            checkpoints.append(self._pins.log.checkpoint(note))
        for older, newer in steps(checkpoints):
            query = {"from": older.size, "to": newer.size}
            path = f"/logs/{newer.origin.replace('/', '~')}/consistency-proofs"  # a slash would end the id
            page = (await self._device.top("consent", "GET", path, query=query)).json()
            check_step(older, newer, page["items"][0]["hashes"])
        return {one.origin: one.note for one in sorted(checkpoints, key=lambda each: each.size)}
