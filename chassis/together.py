# SPDX-License-Identifier: EUPL-1.2
"""Many who ask at once, answered at once: what comes while one run is under way goes in the next, all of it together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
T = TypeVar("T")


class Together(Generic[Item, T]):
    """run: answers for all of these, in their order; what it raises is raised to each of them. most: in one run. patience:
    seconds after which the next run begins though the one before is not done; None: never."""

    def __init__(
        self, run: Callable[[Sequence[Item]], Awaitable[Sequence[T]]], most: int, patience: float | None = None
    ) -> None:
        self._run, self._most, self._patience = run, most, patience
        self._waiting: list[tuple[Item, asyncio.Future[T]]] = []
        self._running: asyncio.Task[None] | None = None
        self._late = set[asyncio.Task[None]]()

    async def ask(self, item: Item) -> T:
        """Its answer, of a run that begins after this."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._drain())
        return await answer

    async def _drain(self) -> None:
        """One run after the other until nobody waits. A task of its own: no caller that goes away ends it."""
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                run = self._answer([one for one in taken if not one[1].done()])
                if self._patience is None:
                    await run
                else:
                    late = asyncio.create_task(run)
                    self._late.add(late)
                    late.add_done_callback(self._late.discard)
                    await asyncio.wait((late,), timeout=self._patience)
        finally:
            self._running = None

    async def _answer(self, taken: Sequence[tuple[Item, asyncio.Future[T]]]) -> None:
        if not taken:
            return
        try:
            found = await self._run([item for item, _ in taken])
        except Exception as error:
            for _, answer in taken:
                if not answer.done():  # whoever asked went away meanwhile
                    answer.set_exception(error)
            return
        for (_, answer), result in zip(taken, found, strict=True):
            if not answer.done():
                answer.set_result(result)
