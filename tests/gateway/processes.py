# SPDX-License-Identifier: EUPL-1.2
"""Gateways in processes of their own over one database: for races, kills and rotations. Their neighbours are away.

They are forks of the test's process, which has loaded everything already, and answer under one origin: `Spread` sends
each call to the next of them, as a load balancer would. The first has the origin's own port, where the demo's sign-in
provider is found.
"""

import asyncio
import os
import signal
import sys
import time
import traceback
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2

from chassis.calls import Inside
from chassis.database import Database
from gateway import app
from gateway.settings import DEMO_PATH, GatewaySettings
from tests import databases
from tests.gateway.office import Composed, Office, Shifted, listening, nobody, settings_for
from tests.ports import free_port


class Worker:
    """One gateway process. given: its settings."""

    def __init__(self, folder: Path, number: int, port: int, given: dict[str, Any]) -> None:
        self.port, self.pid = port, 0
        self._log = folder / f"worker-{number}.log"
        self.given = given

    def start(self) -> None:
        """Forks, and waits until it answers."""
        self.pid = os.fork()
        if not self.pid:
            try:
                log = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                os.dup2(log, 1)
                os.dup2(log, 2)
                sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
                asyncio.run(self._serve())
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(0)
        until = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < until, self._log.read_text()
            assert os.waitpid(self.pid, os.WNOHANG) == (0, 0), self._log.read_text()
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends it; by default at once, in the middle of whatever it does."""
        if self.pid:
            os.kill(self.pid, how)
            os.waitpid(self.pid, 0)
            self.pid = 0

    def _answers(self) -> bool:
        address = f"http://127.0.0.1:{self.port}/oauth/jwks"
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    async def _serve(self) -> None:
        settings = GatewaySettings(**self.given, hosts=[f"127.0.0.1:{self.port}"])
        away = [Inside("gateway", nobody) for _ in range(2)]
        gateway = app.build(settings, clock=Shifted(), consent=away[0], vault=away[1])
        await gateway.api.start()
        ending = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
        async with listening(Composed(gateway), self.port):
            await ending.wait()
        await gateway.api.stop()


class Spread(httpx2.AsyncBaseTransport):
    """Sends each call to the next process that is in use, under the one origin that all of them have."""

    def __init__(self, workers: list[Worker]) -> None:
        self.workers, self._turn = list(workers), 0
        self.under_way: Counter[Worker] = Counter()
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=0)
        self._inside = httpx2.AsyncHTTPTransport(limits=limits)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._turn += 1
        worker = self.workers[self._turn % len(self.workers)]
        if not request.url.path.startswith(DEMO_PATH):  # the demo's provider keeps its codes in memory: it is one
            sent = request.url.copy_with(port=worker.port)
            request = httpx2.Request(request.method, sent, headers=request.headers, stream=request.stream)
        self.under_way[worker] += 1
        try:
            return await self._inside.handle_async_request(request)
        finally:
            self.under_way[worker] -= 1

    async def aclose(self) -> None:
        await self._inside.aclose()


@asynccontextmanager
async def processes(folder: Path, number: int, **given: Any) -> AsyncIterator[tuple[Office, list[Worker], Spread]]:
    """`number` gateways over the files in `folder`, and an office whose calls go to all of them in turn."""
    ports = [free_port() for _ in range(number)]
    origin = f"http://127.0.0.1:{ports[0]}"
    made = settings_for(folder, origin) | given
    databases.migrated("gateway", folder / "gateway.sqlite3")
    workers = [Worker(folder, one, port, made) for one, port in enumerate(ports)]
    try:
        for worker in workers:
            worker.start()
        spread, database = Spread(workers), Database(made["database"])
        async with httpx2.AsyncClient(transport=spread, timeout=20) as http:
            keeper: Any = SimpleNamespace(database=database)
            yield Office(folder, origin, Shifted(), GatewaySettings(**made), keeper, http), workers, spread
        database.close()
    finally:
        for worker in workers:
            worker.stop()
