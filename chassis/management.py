# SPDX-License-Identifier: EUPL-1.2
"""The management port: health and figures for the machines around us, on a port that the public never reaches.

Plain HTTP by its own thread, so that it answers while the event loop is busy, and needs no certificate of a prober. It says
nothing about anybody: two states, and counts by operation.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import TimeoutError as Late
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

READY_SECONDS = 4.0
"""How long `ready` may take; a prober gives up after five."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 so named by the base
        """Probers come every few seconds: no line."""


class Management:
    """`/health/live`, `/health/ready` and `/metrics` of one process.

    ready: asked on the loop of the parts. registry: the figures.
    """

    def __init__(self, host: str, port: int, ready: Callable[[], Awaitable[bool]], registry: CollectorRegistry) -> None:
        self._at, self._ready, self._metrics = (host, port), ready, make_wsgi_app(registry)
        self._server: WSGIServer | None = None

    def start(self) -> None:
        """Listens, from the loop that answers `ready`. Raises OSError when the port is taken."""
        self._loop = asyncio.get_running_loop()
        self._server = make_server(*self._at, self._answer, _Server, _Quiet)
        Thread(target=self._server.serve_forever, name="management", daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO"), environ.get("REQUEST_METHOD")
        if method not in ("GET", "HEAD"):
            status = "405 Method Not Allowed"
        elif path == "/metrics":
            pages: Iterable[bytes] = self._metrics(environ, start)
            return pages
        elif path == "/health/live":
            status = "200 OK"
        elif path == "/health/ready":
            status = "200 OK" if self._is_ready() else "503 Service Unavailable"
        else:
            status = "404 Not Found"
        start(status, [("Content-Length", "0"), ("Cache-Control", "no-store")])
        return []

    def _is_ready(self) -> bool:
        async def asked() -> bool:
            return await self._ready()

        try:
            return asyncio.run_coroutine_threadsafe(asked(), self._loop).result(READY_SECONDS)
        except (Late, RuntimeError):
            return False
