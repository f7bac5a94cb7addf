# SPDX-License-Identifier: EUPL-1.2
"""The client that anybody uses, which takes down how long each of its calls took, and the same calls with nothing behind them.

Only the calls count: what the person's device or the organisation does between them (sealing, checking) is its own time.
"""

import json as texts
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from formats.jose import new_signing_key
from kluisje.http import Answer, DPoP, Http


@dataclass(frozen=True, slots=True)
class Call:
    """One call. seconds: without those of the calls within it (for a token). sent, got: bytes of the bodies."""

    method: str
    path: str
    seconds: float
    sent: int
    got: int


Which = Callable[[Call], bool]


class Timed(Http):
    """Takes its calls down."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._spent = 0.0
        self._plain = DPoP(new_signing_key(), "a" * 600)

    async def call(self, method: str, url: str, **more: Any) -> Answer:
        """As Http.call; a call that is refused is taken down too."""
        body = more.get("content") or (texts.dumps(more["json"]).encode() if more.get("json") is not None else b"")
        began, within, got = time.perf_counter(), self._spent, 0
        try:
            answer = await super().call(method, url, **more)
            got = len(answer.body)
            return answer
        finally:
            own = time.perf_counter() - began - (self._spent - within)
            self._spent += own
            self.calls.append(Call(method, "/" + url.split("/", 3)[3], own, len(body), got))

    def taken(self, which: Which) -> list[Call]:
        """The calls since the last time that are such; all of them are forgotten here."""
        found, self.calls = [one for one in self.calls if which(one)], []
        return found

    async def least(self, origin: str, calls: Sequence[Call]) -> float:
        """Seconds of as many calls, one after the other, with bodies as long, a proof each, and nothing done with them but
        that what is sent is flushed to the disk."""
        within = self._spent
        for one in calls:
            content = bytes(one.sent) if one.sent else None
            method = "POST" if one.sent else "GET"
            await self.call(method, f"{origin}/bench/written?{one.got}", auth=self._plain, content=content)
        self.calls.clear()
        return self._spent - within
