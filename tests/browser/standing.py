# SPDX-License-Identifier: EUPL-1.2
"""A portal alone, in this process, whose bundle can be exchanged while it runs: for the guards of the page."""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send

from chassis.clock import Clock
from demo.town import log_vkeys
from formats.jose import new_signing_key, public
from formats.spelling import b64u
from portal.app import Portal, build
from portal.bundle import STATIC
from portal.settings import PortalSettings
from tests.portal.house import settings
from tests.ports import free_ports


class Standing:
    """`origin` answers with the bundle of the moment; `serves(folder)` exchanges it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.origin, self.port = f"http://localhost:{port}", port
        given = {"environment": "demo", "origin": self.origin, "api": f"http://127.0.0.1:{port}"}
        self._settings: PortalSettings = settings(folder, **given)
        self._settings.pins.write_text(json.dumps(_pins(given["api"])))
        self._portal: Portal = build(self._settings, static=STATIC)

    def serves(self, static: Path) -> None:
        self._portal = build(self._settings, static=static)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._portal(scope, receive, send)


def _pins(api: str) -> dict[str, object]:
    """Pins of an installation that is not there, with keys that are good."""
    keys = {name: [public(new_signing_key())] for name in ("directory", "identity", "consent")}
    vkeys = log_vkeys({"d": b64u(secrets.token_bytes(32))}, Clock().now())
    return {"format": 1, "origin": api, "log": "".join(f"log {one}\n" for one in vkeys) + "quorum none\n"} | keys


@contextmanager
def standing(folder: Path) -> Iterator[Standing]:
    """A portal that listens, ended at the end."""
    [port] = free_ports(1)
    made = Standing(folder, port)
    server = uvicorn.Server(uvicorn.Config(made, port=port, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.02)
        yield made
    finally:
        server.should_exit = True
        thread.join(10)
