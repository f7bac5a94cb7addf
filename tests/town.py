# SPDX-License-Identifier: EUPL-1.2
"""A whole town for tests: real server processes on SQLite, and people who reach it with the real client package.

Two wirings tell the same story: `one` (all parts in one process) and `separate` (a process per part that speaks mutual
TLS, a front door before them). Faults: `twin` starts the processes through `tests.faults.serve`, which breaks one thing first.
"""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from demo.people import BROWSER_BACK, CASEWORKERS, TEAMS
from demo.town import Town, make
from kluisje.browsing import Visitor
from kluisje.http import Http
from kluisje.organisation import Caseworker
from kluisje.person import Person
from kluisje.proofs import Pins, load_pins
from kluisje.source import Source
from kluisje.system import System
from tests import certificates
from tests.ports import free_ports
from tests.starting import Forked

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("vault", "consent", "gateway", "chatbot")
BIRTHS = {"Noor": "2011-05-09", "Sam": "2008-11-30", "Yara": "2005-02-17", "Bram": "2012-09-01", "Mila": "2016-03-03"}
EACH = 60
NONE: Mapping[str, str] = {}


def citizens() -> list[tuple[str, str, str]]:
    """Sixty synthetic people of each name: `Noor 1` … `Noor 60`."""
    numbers = (f"99999{n:04}" for n in range(10_000))
    good = (
        b for b in numbers if sum(int(c) * w for c, w in zip(b, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0
    )
    return [(f"{name} {n}", next(good), birth) for name, birth in BIRTHS.items() for n in range(1, EACH + 1)]


@dataclass
class Process:
    """One server process; its log goes to a file."""

    command: list[str]
    environment: dict[str, str]
    port: int
    log: Path
    tls: ssl.SSLContext | None = None
    running: Forked | None = None

    def start(self) -> None:
        self.running = Forked(self.command[1:], self.environment, self.log)

    def wait(self, path: str = "/health/ready") -> None:
        """Until it is ready; raises with its log when it ends or takes over two minutes."""
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            assert self.running is not None
            if self.running.poll() is not None:
                raise RuntimeError(f"{self.command} ended: {self.log.read_text('utf-8', 'replace')[-2000:]}")
            try:
                base = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
                urllib.request.urlopen(f"{base}{path}", timeout=2, context=self.tls).close()
            except urllib.error.HTTPError as error:
                if error.code == 404 and path != "/health/ready":
                    return
            except OSError:
                pass
            else:
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.command} is not ready: {self.log.read_text('utf-8', 'replace')[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(how)
            try:
                self.running.wait(10)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait(10)
        self.running = None


@dataclass
class Servers:
    """The processes of a town, by part: `all` when it is one; `vault`, `consent`, `gateway`, `front` when separate."""

    town: Town
    wiring: str
    processes: dict[str, Process] = field(default_factory=dict)
    numbers: dict[str, Iterator[int]] = field(default_factory=lambda: {name: count(1) for name in BIRTHS})

    @property
    def pids(self) -> dict[str, int]:
        return {name: p.running.pid for name, p in self.processes.items() if p.running is not None and name != "front"}

    def start(self) -> None:
        for process in self.processes.values():
            process.start()
        for name, process in self.processes.items():
            process.wait("/nothing" if name == "front" else "/health/ready")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        for process in reversed(self.processes.values()):
            process.stop(how)

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.stop(how)
        self.start()


PLENTY = {
    f"KLUISJE_CONSENT_{name}": "100000000"
    for name in ("READS_AN_HOUR", "QUESTIONS_AN_HOUR", "WRONG_CODES_AN_HOUR", "BSN_QUESTIONS_A_DAY")
}
"""One caseworker of a test does in seconds what takes a real one a year; rates have tests of their own (P24)."""


def servers(folder: Path, wiring: str = "one", *, twin: str | None = None, listed_ago: int | None = None) -> Servers:
    """Makes a town in `folder` and its processes; not yet started."""
    port, *inner = free_ports(6)
    origin = f"http://127.0.0.1:{port}"
    further = {} if listed_ago is None else {"listed_ago": listed_ago}
    town = make(folder, origin, citizens=citizens(), **further)
    common = {**os.environ, **town.environment(), **PLENTY, "PYTHONPATH": str(ROOT), "KLUISJE_HOST": "127.0.0.1"}
    common.pop("KLUISJE_PORT", None)
    made = Servers(town, wiring)
    program = ["-m", "serve"] if twin is None else ["-m", "tests.faults.serve", twin]

    def process(name: str, own: list[str], at: int, more: dict[str, str], tls: ssl.SSLContext | None = None) -> None:
        environment = common | {"KLUISJE_PORT": str(at)} | more
        made.processes[name] = Process([sys.executable, *own], environment, at, folder / f"{name}.log", tls)

    if wiring == "one":
        process("all", program, port, {})
        return made
    ports = dict(zip((*PARTS, "portal"), inner, strict=True))
    neighbours = {f"KLUISJE_{part.upper()}": f"https://127.0.0.1:{ports[part]}" for part in ("vault", "consent")}
    hosts = {f"KLUISJE_{part.upper()}_HOSTS": f'["127.0.0.1:{ports[part]}"]' for part in ports}
    tls = folder / "tls"
    certificates.make_certificates(tls, (*ports, "front"))
    for part, at in ports.items():
        more = neighbours | hosts | certificates.environment(tls, part)
        process(part, [*program, part], at, more, certificates.context(tls, "front"))
    routes = [f"{part}={at}" for part, at in ports.items()]
    process("front", ["-m", "tests.front", str(port), str(tls), *routes], port, {})
    return made


@contextmanager
def running(
    folder: Path, wiring: str = "one", *, twin: str | None = None, settings: Mapping[str, str] = NONE
) -> Iterator[Servers]:
    """A town with its processes up; stopped at the end. settings: further ones, for all of them."""
    made = servers(folder, wiring, twin=twin)
    for one in made.processes.values():
        one.environment |= settings
    try:
        made.start()
        yield made
    finally:
        made.stop()


def runs_serve(made: Servers, *arguments: str) -> str:
    """One command of an administrator, beside the running processes; what it said. Raises when it failed."""
    environment = next(iter(made.processes.values())).environment
    with tempfile.NamedTemporaryFile("r") as said:
        code = Forked(["-m", "serve", *arguments], environment, Path(said.name)).wait(300)
        text = said.read()
    if code:
        raise RuntimeError(f"serve {' '.join(arguments)}: {code}: {text[-2000:]}")
    return text


class Players:
    """The people of a running town. Each call gives somebody new with a client of their own."""

    def __init__(self, made: Servers) -> None:
        self.servers, self.town = made, made.town
        self.pins: Pins = load_pins(made.town.pins)
        self.codes: dict[str, tuple[str, ...]] = {}
        self.clock: Callable[[], int] | None = None
        """What the clients here take for the time; None: this machine's."""
        self._open: list[Http] = []
        self._doors: list[Visitor] = []

    def http(self) -> Http:
        made = Http() if self.clock is None else Http(clock=self.clock)
        self._open.append(made)
        return made

    def door(self, name: str) -> Visitor:
        made = Visitor(name, BROWSER_BACK)
        self._doors.append(made)
        return made

    def device(self, name: str) -> Person:
        """A device of somebody who is listed at the sign-in; nothing signed in or opened yet."""
        return Person(self.http(), self.pins, self.door(name))

    async def citizen(self, name: str) -> Person:
        """Somebody new of this name, with a vault that is open on their device."""
        listed = f"{name} {next(self.servers.numbers[name])}"
        person = self.device(listed)
        self.codes[listed] = await person.makes_a_vault()
        person.listed = listed  # type: ignore[attr-defined]
        return person

    async def caseworker(self, name: str = "Fatima", of: str = "jeugdteam-zuid") -> Caseworker:
        team = next(one for one in TEAMS if one.slug == of)
        known = [worker for worker, theirs in CASEWORKERS if theirs == team]
        assert name in known, f"{name} does not work there: {known}"
        return Caseworker(self.http(), self.pins, self.town.team(of), self.door(name), name=name, role=team.role)

    def source(self, of: str = "jeugdteam-post") -> Source:
        team = next(one for one in TEAMS if one.slug == of)
        return Source(self.http(), self.pins, self.town.team(of), name=team.name, role=team.role)

    def system(self, of: str = "jeugdteam-zuid") -> System:
        """A team's system: it learns and answers, and reads nothing."""
        return System(self.http(), self.pins, self.town.system(of))

    async def close(self) -> None:
        await asyncio.gather(*(one.close() for one in (*self._open, *self._doors)))
