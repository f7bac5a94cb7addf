# SPDX-License-Identifier: EUPL-1.2
"""P25: a wire that is slow, silent, cut or refused, between each part and its database and between parts: a read is answered
503 within its time, without data, and 200 again soon after the wire is well. Each look that was answered is in the log."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bench.scene import roomy_catalogue
from formats.checkpoint import entry
from formats.spelling import unb64u
from tests.databases import PARTS, Cluster, query
from tests.faults.chaos import Ill, Wire
from tests.faults.forked import forked
from tests.faults.promises import PromiseBroken, figure, twin
from tests.faults.reading import Connection, Target, targets
from tests.postgresql.moving import move
from tests.town import Players, Servers, runs_serve

pytestmark = pytest.mark.sqlite  # the town is made in files, and moved
WIRES = (*(f"{part} to its database" for part in PARTS), "gateway to vault", "gateway to consent")
ILLS: tuple[Ill, ...] = ("slow", "silent", "reset", "refuse")
CHOSEN = [
    ("vault to its database", "silent"), ("consent to its database", "silent"), ("gateway to vault", "silent"),
    ("gateway to its database", "refuse"), ("gateway to consent", "reset"), ("consent to its database", "slow"),
]  # fmt: skip
ANSWERED, WELL = 5.0, 2.0
"""Seconds that are promised."""
SLACK = 2.0
"""The tests' machine does other things as well: so much longer is no breach; what was seen is printed."""
AT_ONCE = 4


@dataclass
class Place:
    """A town on PostgreSQL, each wire through a proxy. url: of consent's database, straight."""

    servers: Servers
    wires: dict[str, Wire]
    url: str


@pytest.fixture(scope="module")
def place(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("ill")
    socket = f"{cluster.folder}/.s.PGSQL.5432"
    wires, names = {f"{part} to its database": Wire(socket) for part in PARTS}, dict[str, str]()

    def prepare(made: Servers) -> None:
        names.update(move(made, cluster))
        for part in PARTS:
            at, wire = made.processes[part], wires[f"{part} to its database"]
            url = f"postgresql://kluisje_{part}@127.0.0.1:{wire.port}/{names[part]}?ssl=disable"
            at.environment[f"KLUISJE_{part.upper()}_DATABASE"] = url
        for part in ("vault", "consent"):
            wire = wires[f"gateway to {part}"] = Wire(made.processes[part].port)
            hosts = [f"127.0.0.1:{made.processes[part].port}", f"127.0.0.1:{wire.port}"]
            made.processes[part].environment[f"KLUISJE_{part.upper()}_HOSTS"] = json.dumps(hosts)
            made.processes["gateway"].environment[f"KLUISJE_{part.upper()}"] = f"https://127.0.0.1:{wire.port}"

    many = str(roomy_catalogue(folder / "catalogue"))  # so many looks a day; changed, so not signed
    roomy = {"KLUISJE_CONSENT_CATALOGUE": many, "KLUISJE_CONSENT_CATALOGUE_KEY": ""}
    try:
        with forked(folder, "separate", prepare=prepare, **roomy) as made:
            yield Place(made, wires, cluster.url(names["consent"]))
    finally:
        for wire in wires.values():
            wire.close()


def cases() -> list[tuple[str, Ill]]:
    """What is tried: with a twin the silent wires, at every change some of each, in a night every pair."""
    every: list[tuple[str, Ill]] = [(wire, ill) for wire in WIRES for ill in ILLS]
    some = [one for one in every if one in CHOSEN]
    silent = [one for one in some if one[0] in ("vault to its database", "gateway to vault")]
    return {0: silent, 1: some, 2: every}[figure(0, 1, 2)]


@pytest.mark.promise("P25")
def test_an_ill_wire_gives_503_in_time_and_no_data_and_heals(place: Place) -> None:
    seen = asyncio.run(_plays(place))
    if twin() is None:
        kept = {bytes(row[0]) for row in query(place.url, "SELECT entry FROM events")}
        if [look for look in seen.looks if entry(unb64u(look["nonce"]), unb64u(look["event"])) not in kept]:
            raise PromiseBroken("P25", "a look was answered that is not in the log")
        assert "FAULT" not in runs_serve(place.servers, "verify-log")
    print(f"P25: {len(cases())} ills, {len(seen.looks)} looks; longest to an answer {seen.answer:.1f} s,", end=" ")
    print(f"to be well {seen.well:.1f} s")


@dataclass
class Seen:
    """Looks that were answered with data; the longest times."""

    looks: list[dict[str, str]]
    answer: float = 0.0
    well: float = 0.0


class Reader:
    """Fatima, who reads one grant again and again."""

    def __init__(self, players: Players, fatima: object, target: Target, seen: Seen) -> None:
        self._new = lambda: Connection(players.town.origin, fatima)  # type: ignore[arg-type]
        self._target, self._seen = target, seen

    async def read(self, when: str) -> int:
        """One read over a connection of its own; its status. Raises PromiseBroken."""
        connection, began = self._new(), time.monotonic()
        try:
            answer = await asyncio.wait_for(connection.read(self._target), ANSWERED + SLACK)
        except TimeoutError as error:
            raise PromiseBroken("P25", f"no answer in {ANSWERED + SLACK} s while {when}") from error
        finally:
            connection.close()
        self._seen.answer = max(self._seen.answer, time.monotonic() - began)
        if answer.status == 200:
            self._seen.looks.append(json.loads(answer.body)["look"])
        elif answer.status != 503 or b"sealed" in answer.body:
            raise PromiseBroken("P25", f"{answer.status} with {len(answer.body)} bytes while {when}")
        return answer.status


async def _plays(place: Place) -> Seen:
    players, seen = Players(place.servers), Seen([])
    try:
        noor, fatima = await players.citizen("Noor"), await players.caseworker()
        await noor.keeps("school", {"absence_days": 12})
        asked = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
        [target] = await targets(players, fatima, [await noor.allows(asked)])
        reader = Reader(players, fatima, target, seen)
        for name, ill in cases():
            await _suffers(reader, place.wires[name], ill, f"the wire from {name} is {ill}", seen)
    finally:
        await players.close()
    return seen


async def _suffers(reader: Reader, wire: Wire, ill: Ill, when: str, seen: Seen) -> None:
    assert await reader.read("all is well") == 200
    await asyncio.to_thread(wire.becomes, ill)
    try:
        statuses = await asyncio.gather(*(reader.read(when) for _ in range(AT_ONCE)))
    finally:
        await asyncio.to_thread(wire.becomes, None)
    if ill in ("silent", "refuse"):
        assert set(statuses) == {503}, f"{statuses} while {when}: the wire is not in the way"
    healed = time.monotonic()
    while await reader.read(f"{when} no more") != 200:
        if time.monotonic() > healed + WELL + SLACK:
            raise PromiseBroken("P25", f"not well {WELL + SLACK} s after {when}")
        await asyncio.sleep(0.05)
    seen.well = max(seen.well, time.monotonic() - healed)
