# SPDX-License-Identifier: EUPL-1.2
"""The parts of one process behind one door, started and stopped together. serve.py says which parts."""

import gc
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import logs
from chassis.answers import SECURITY_HEADERS
from chassis.application import Application

COLLECT = (20_000, 20, 100)
"""How often the collector looks: a read makes few circles, and a look of the collector costs more than they hold."""


@dataclass
class House:
    """The parts of one process as one ASGI app: `/vault/…`, `/consent/…`, `/gateway/…`, `/chatbot/…`, all else is the
    gateway's OAuth server; `/health/live` and `/health/ready` stand outside every contract. What comes under the
    portal's own `Host` is the portal's: it is another origin, also on the same port.
    """

    parts: dict[str, Application]
    other: ASGIApp | None = None
    portal: ASGIApp | None = None
    portal_hosts: frozenset[bytes] = frozenset()
    watches: tuple[Any, ...] = ()
    """Who looks on at each call (chassis/telemetry.py), the first outermost."""
    aside: tuple[Any, ...] = ()
    """What starts and stops with the parts: the management port, the queue of spans."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(self, receive, send)
        elif scope["type"] == "http":
            path = scope["path"]
            part = self.parts.get(path[1 : path.find("/", 1)])
            if part is not None:
                await self._watched(part.name, part, scope, receive, send)
            elif path.startswith("/health/"):
                await self._health(path, send)
            elif self.portal is not None and self._is_portals(scope):
                await self._watched("portal", self.portal, scope, receive, send)
            elif self.other is not None:
                await self._watched("oauth", self.other, scope, receive, send)
            else:
                await _plain(send, 404)

    async def _watched(self, name: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        for watch in reversed(self.watches):
            app = partial(watch, name, app)
        await app(scope, receive, send)

    def _is_portals(self, scope: Scope) -> bool:
        """Whether the request is for the portal: by its host, or because nothing else is here."""
        return not self.parts or any(k == b"host" and v in self.portal_hosts for k, v in scope["headers"])

    async def _health(self, path: str, send: Send) -> None:
        """`live`: the process answers. `ready`: every part could serve a call now. No detail in either."""
        if path == "/health/live":
            await _plain(send, 200)
        elif path == "/health/ready":
            await _plain(send, 200 if await self.ready() else 503)
        else:
            await _plain(send, 404)

    async def ready(self) -> bool:
        """Whether every part could serve a call now."""
        return all([await part.ready() for part in self.parts.values()])

    async def start(self) -> None:
        for part in self.parts.values():
            await part.start()
        for one in self.aside:
            one.start()
        # What lives now lives for good: the collector need not look at it again (performance.md: p99 35 → 14 ms).
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        gc.enable()  # who started us may have had it wait (serve.py)

    async def stop(self) -> None:
        for one in self.aside:
            one.stop()
        for part in reversed(self.parts.values()):
            await part.stop()


async def _plain(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*SECURITY_HEADERS]})
    await send({"type": "http.response.body", "body": b""})


async def _lifespan(house: House, receive: Receive, send: Send) -> None:
    """Starts and stops the parts with the server: mounted apps get no lifespan of their own."""
    await receive()
    try:
        await house.start()
    except Exception as error:
        logs.unexpected("serve", error)
        await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await house.stop()
    await send({"type": "lifespan.shutdown.complete"})
