# SPDX-License-Identifier: EUPL-1.2
"""A wire that can be ill: a TCP proxy between a part and what it calls, which delays, goes silent, cuts or refuses.

It runs in a thread of its own, so that it goes on while a test waits for a process to start. Bytes of TLS pass as they are.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import cycle
from typing import Any, Literal

Ill = Literal["slow", "silent", "reset", "refuse"]
SLOW = 0.1
"""Seconds by which each piece comes later, there and back."""


class Wire:
    """Listens on a port of this machine and passes everything on. to: ports of this machine, or paths of sockets; each new
    connection goes to the next of them, as a balancer would send it."""

    def __init__(self, *to: int | str) -> None:
        self._to = cycle(to)
        self._ill: Ill | None = None
        self._well = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="wire", daemon=True).start()
        self._runs(self._listen)
        self.becomes(None)

    def becomes(self, ill: Ill | None) -> None:
        """From now on it is ill in this way; None: well again. What was held back while it was silent then goes on."""
        self._runs(lambda: self._change(ill))

    def close(self) -> None:
        """Ends it with all connections."""
        self._runs(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _runs(self, work: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            await work()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._passes, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _change(self, ill: Ill | None) -> None:
        self._ill = ill
        if ill == "silent":
            self._well.clear()
        else:
            self._well.set()
        if ill in ("reset", "refuse"):
            for writer in list(self._writers):
                _resets(writer)
        if ill == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
        if ill != "refuse" and self._server is None:
            await self._listen()

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _passes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        further: asyncio.StreamWriter | None = None
        try:
            if self._ill == "reset":
                return
            await self._well.wait()
            to = next(self._to)
            opened: Any = (
                asyncio.open_unix_connection(to) if isinstance(to, str) else asyncio.open_connection("127.0.0.1", to)
            )
            back, further = await opened
            self._writers.add(further)
            there, here = self._pumps(reader, further), self._pumps(back, writer)
            await asyncio.wait([asyncio.create_task(there), asyncio.create_task(here)], return_when="FIRST_COMPLETED")
        except OSError:
            pass
        finally:
            for one in (writer, further):
                if one is not None:
                    self._writers.discard(one)
                    _resets(one)
            self._tasks.discard(task)

    async def _pumps(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(64 * 1024):
                if self._ill == "slow":
                    await asyncio.sleep(SLOW)
                await self._well.wait()
                writer.write(piece)
                await writer.drain()


def _resets(writer: asyncio.StreamWriter) -> None:
    """Ends a connection without a goodbye (RST)."""
    made = writer.get_extra_info("socket")
    if made is not None and made.family != socket.AF_UNIX:
        with suppress(OSError):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
