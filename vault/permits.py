# SPDX-License-Identifier: EUPL-1.2
"""Permits at the door: a log entry with its proof opens what it names, once, for seconds (formats.md section 7).

One process may keep used ones in memory because it refuses every event whose `at` is not after the second it started:
what an earlier process could have used is refused by its time. So that this also holds when the log's clock runs
ahead, nothing is opened before its own second. Several processes share a unique row, which is durable before anything
is read on that permit.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from chassis.clock import Clock
from chassis.database import Database
from chassis.together import Together
from formats.permit import AHEAD, LIFE, Permit, verify_permit
from formats.policy import LogPolicy
from formats.spelling import FormatError
from vault import store_handouts as store
from vault.refusals import PermitRefused, PermitUsed
from vault.store import Connection

LOOK_AGAIN = 0.05
MOST = 64
"""Permits that are claimed at once."""


class TooEarly(Exception):
    """A good permit whose second (`at`) has not begun here."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


class Permits:
    """Checks permits and remembers the used ones. one_process: this is the only process on its database."""

    def __init__(self, log: LogPolicy, clock: Clock, database: Database, *, one_process: bool) -> None:
        self._log, self._clock, self._in_memory = log, clock, one_process
        self._database = database
        self._claims = Together(self._claim_all, MOST)
        self._started = self._latest = clock.now()
        self._used: set[tuple[str, int]] = set()
        self._ages: deque[tuple[int, tuple[str, int]]] = deque()

    def ready(self) -> bool:
        """Whether an event of this second can be taken; in memory mode that is so from the second after the start."""
        return not self._in_memory or self._clock.now() > self._started

    async def admit(self, given: Any, t: str) -> Permit:
        """A good permit of type `t` (read or deposit) about one drawer, not yet taken. Raises PermitRefused."""
        try:
            return self.admit_now(given, t)
        except TooEarly as early:
            await self.its_second(early.at)
            return self.admit_now(given, t)

    def admit_now(self, given: Any, t: str) -> Permit:
        """The same without waiting for the second of its event. Raises TooEarly before that."""
        now = self._now()
        try:
            permit = verify_permit(given, self._log, now)
        except FormatError as error:
            raise PermitRefused from error
        if permit.t != t or len(permit.drawers) != 1 or permit.gnt is None:
            raise PermitRefused
        if self._in_memory:
            if permit.at <= self._started:
                raise PermitRefused
            if now < permit.at:
                raise TooEarly(permit.at)
            self._claim(permit, now)
        return permit

    def take(self, connection: Connection, permit: Permit) -> None:
        """Claims the permit in this write transaction when several processes share them. Raises PermitUsed."""
        if not self._in_memory and store.claim_permits(store.driver(connection), [permit]) != [True]:
            raise PermitUsed

    async def take_first(self, permit: Permit) -> None:
        """The same before a read, durably, with all that come while those before are claimed. Raises PermitUsed."""
        if not self._in_memory and not await self._claims.ask(permit):
            raise PermitUsed

    @property
    def needs_row(self) -> bool:
        """Whether taking a permit writes a row."""
        return not self._in_memory

    def _now(self) -> int:
        # A clock set back revives no permit.
        self._latest = max(self._latest, self._clock.now())
        return self._latest

    async def its_second(self, at: int) -> None:
        """Waits until it begins. Raises PermitRefused when it is too far."""
        for _ in range(int((AHEAD + 1) / LOOK_AGAIN)):
            await asyncio.sleep(LOOK_AGAIN)
            if self._now() >= at:
                return
        raise PermitRefused

    async def _claim_all(self, permits: Sequence[Permit]) -> Sequence[bool]:
        return await self._database.claim(lambda c: store.claim_permits(store.driver(c), permits))

    def _claim(self, permit: Permit, now: int) -> None:
        # No await from the look to the claim: two at once cannot both find it unused.
        while self._ages and self._ages[0][0] + LIFE + AHEAD < now - LIFE:
            self._used.discard(self._ages.popleft()[1])
        mark = (permit.origin, permit.index)
        if mark in self._used:
            raise PermitUsed
        self._used.add(mark)
        self._ages.append((now, mark))
