# SPDX-License-Identifier: EUPL-1.2
"""Puts the parts together: all in one process, or one part each. The only composition root.

    python -m serve                              every part in one process
    python -m serve vault|consent|gateway        one part, its neighbours over the network
    python -m serve migrate                      brings the databases of the parts to this release
    python -m serve health                       asks the running process whether it is ready (exit code 0 or 1)
    python -m serve verify-log                   walks consent's whole log and recomputes every entry, node and checkpoint
    python -m serve import-organisation FILE     takes in a directory-signed statement of an organisation
    python -m serve register-client FILE         registers an organisation's application at the gateway

Settings come from the environment (docs/settings.md). A missing required one stops the start. Parts are imported inside
functions here, and only here, so that a vault process never loads OAuth code.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import logs
from chassis.application import SECURITY_HEADERS, Application
from chassis.calls import Inside, Outside, Peer
from chassis.clock import Clock
from chassis.database import migrate
from chassis.settings import ComponentSettings, SettingsError, read_key

PARTS = ("vault", "consent", "gateway")


@dataclass
class House:
    """The parts of one process as one ASGI app: `/vault/…`, `/consent/…`, `/gateway/…`, all else is the gateway's OAuth
    server; `/health/live` and `/health/ready` stand outside every contract.
    """

    parts: dict[str, Application]
    other: ASGIApp | None = None
    peers: list[Peer] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(self, receive, send)
        elif scope["type"] == "http":
            path = scope["path"]
            part = self.parts.get(path[1 : path.find("/", 1)])
            if part is not None:
                await part(scope, receive, send)
            elif path.startswith("/health/"):
                await self._health(path, send)
            elif self.other is not None:
                await self.other(scope, receive, send)
            else:
                await _plain(send, 404)

    async def _health(self, path: str, send: Send) -> None:
        """`live`: the process answers. `ready`: every part could serve a call now. No detail in either."""
        if path == "/health/live":
            await _plain(send, 200)
        elif path == "/health/ready":
            ready = [await part.ready() for part in self.parts.values()]
            await _plain(send, 200 if all(ready) else 503)
        else:
            await _plain(send, 404)

    async def start(self) -> None:
        for part in self.parts.values():
            await part.start()
        # What lives now lives for good: the collector need not look at it again (performance.md: p99 35 → 14 ms).
        gc.collect()
        gc.freeze()

    async def stop(self) -> None:
        for part in reversed(self.parts.values()):
            await part.stop()
        for peer in self.peers:
            await peer.close()


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


class _Later:
    """The neighbour's app in one process: known once all parts are made."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)
