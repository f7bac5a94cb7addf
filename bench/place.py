# SPDX-License-Identifier: EUPL-1.2
"""A town that grows, for bench/growth.py: its server, its readers, its databases on SQLite or on PostgreSQL."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

from bench.__main__ import Wrong, cpu_of
from bench.growing import EACH, grow, grow_on_postgresql
from bench.load import play
from bench.report import Result
from bench.scene import ROOT, Scene, free_port, play_out, process, town_in
from demo.town import Town
from kluisje.http import Http
from tests.databases import Cluster, apart, query

PARTS = ("vault", "consent", "gateway")
GROWING = ("consent", "vault")


class Place:
    """One of the towns, on SQLite. folder: where it is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.town: Town
        self.town, self.environment = town_in(folder, free_port())
        self.data = self.town.folder / "data"
        self.scene: Scene
        self.pid = 0

    def process(self, up: ExitStack) -> None:
        """Its server, until the end of the stack. Started again once: after a large filling the disk may be busy for longer
        than a first commit may take."""
        port, log = int(self.environment["KLUISJE_PORT"]), self.folder / "server.log"
        for last in (False, True):
            try:
                self.pid = up.enter_context(process("bench.server", environment=self.environment, port=port, log=log))
            except RuntimeError:
                if last:
                    raise
            else:
                return

    async def begin(self, http: Http) -> None:
        """Noor keeps, allows and is read."""
        with ExitStack() as up:
            self.process(up)
            self.scene = await play_out(self.town, http)

    async def settle(self, http: Http, grants: int) -> int:
        """As `begin`; then the town grows around her. Bytes of its databases."""
        await self.begin(http)
        vlt = self.whose(self.scene.allowed.path.split("/")[4])
        await asyncio.gather(*(asyncio.to_thread(self.fill, part, vlt, grants // EACH) for part in GROWING))
        return self.size()

    def fill(self, part: str, vlt: str, people: int) -> None:
        """As `grow`, and says how long it took."""
        began = time.monotonic()
        rows = self.grow(part, vlt, people)
        print(f"  {part}: {rows:,} rows in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    def whose(self, grant: str) -> str:
        """The vault of a grant."""
        with closing(sqlite3.connect(self.data / "consent.sqlite3")) as consent:
            [(vlt,)] = consent.execute("SELECT vlt FROM grants WHERE jti = ?", (grant,))
        return str(vlt)

    def grow(self, part: str, vlt: str, people: int) -> int:
        """Copies her rows; how many were added."""
        return grow(self.data / f"{part}.sqlite3", vlt, people)

    def size(self) -> int:
        """Bytes of its databases."""
        return sum(file.stat().st_size for file in self.data.glob("*.sqlite3"))

    async def round(self, level: int, number: int) -> Result:
        """Reads of the grant that stands. Raises Wrong for any other answer than 200."""
        await self.scene.allowed.refresh()
        requests, before = self.scene.allowed.requests(number), cpu_of(self.pid)
        done = await play(self.town.origin, requests, level)
        if done.statuses != {200: number}:
            raise Wrong(f"{dict(done.statuses)}")
        return Result(done.rate, done.p50, done.p99, (cpu_of(self.pid) - before) / number * 1e6)


class OnPostgresql(Place):
    """The same, moved to databases of its own of one server. Its CPU is our process's alone."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        super().__init__(folder)
        self._cluster = cluster
        self._names = {part: f"{folder.name}_{part}" for part in PARTS}
        for part, name in self._names.items():
            query(cluster.url("postgres"), f'CREATE DATABASE "{name}" OWNER kluisje_{part}_owner')
            key = f"KLUISJE_{part.upper()}_DATABASE"
            self.environment[key] = cluster.url(name, f"kluisje_{part}")
            self.environment[f"{key}_OWNER"] = cluster.url(name, f"kluisje_{part}_owner")
        moving = [sys.executable, "-m", "serve", "move", str(self.data)]
        told = {**os.environ, **self.environment, "PYTHONPATH": str(ROOT)}
        subprocess.run(moving, env=told, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def whose(self, grant: str) -> str:
        consent = self._cluster.url(self._names["consent"])
        return str(query(consent, "SELECT vlt FROM grants WHERE jti = $1", grant)[0][0])

    def grow(self, part: str, vlt: str, people: int) -> int:
        owner = self.environment[f"KLUISJE_{part.upper()}_DATABASE_OWNER"]
        return apart(lambda: grow_on_postgresql(owner, vlt, people))

    def size(self) -> int:
        one = "SELECT pg_database_size($1)"
        return sum(int(query(self._cluster.url("postgres"), one, name)[0][0]) for name in self._names.values())
