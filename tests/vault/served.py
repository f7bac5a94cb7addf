# SPDX-License-Identifier: EUPL-1.2
"""The same vault in a process of its own behind a real server, so that its memory can be read and it can be killed."""

import asyncio
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx2
import orjson
import uvicorn

from chassis.clock import Clock
from formats.jose import sign
from tests.vault.house import BASE, Answer, House
from vault.app import build

FORK = multiprocessing.get_context("fork")


class Served(House):
    """A `House` whose calls go over HTTP. `send(…, peer="gateway")` uses the gateway's service token."""

    def __init__(self, folder: Path, empty: Path, **settings: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__(folder, empty, origin=f"http://127.0.0.1:{self.port}", at=int(time.time()), **settings)
        self.process: BaseProcess | None = None

    def serve(self) -> None:
        """Starts the process; returns when it answers."""
        self.process = FORK.Process(target=_run, args=(self,), daemon=True)
        self.process.start()
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.05)
        self.clock.at = int(time.time())

    def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()

    def memory(self, name: str) -> int:
        """VmRSS (now) or VmHWM (the most since `forget_peak`) of the process, in bytes."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(name)

    def forget_peak(self) -> None:
        assert self.process is not None
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        pieces: Iterable[bytes] | None = None,
        peer: str | None = None,
        query: str = "",
    ) -> Answer:
        given = dict(headers or {})
        if peer is not None:
            now = self.clock.now()
            claims = {"iss": peer, "aud": f"{self.origin}{BASE}", "iat": now, "exp": now + 30}
            given["authorization"] = "Bearer " + sign(claims, "service+jwt", self.gateway)

        async def flow() -> Any:
            for piece in pieces or ():
                yield piece

        content: Any = None
        if pieces is not None:
            given["content-type"], content = "application/octet-stream", flow()
        elif body is not None:
            given["content-type"], content = "application/json", orjson.dumps(body)
        url = f"{self.origin}{BASE}{path}" + (f"?{query}" if query else "")
        async with httpx2.AsyncClient(timeout=60, trust_env=False, verify=False) as client:
            reply = await client.request(method, url, content=content, headers=given)
        return Answer(reply.status_code, {k.lower(): v for k, v in reply.headers.items()}, reply.content)


def _run(house: Served) -> None:
    async def main() -> None:
        app = build(house.settings, clock=Clock())
        await app.start()
        config = uvicorn.Config(app, port=house.port, log_level="critical", lifespan="off", access_log=False)
        await uvicorn.Server(config).serve()

    # Its accountability lines would mix with the test's own output.
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    asyncio.run(main())
