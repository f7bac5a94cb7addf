# SPDX-License-Identifier: EUPL-1.2
"""P36 on PostgreSQL: two processes of each part, between which every call goes to and fro, tell the same story as one process
on a file. Nothing that counts is kept in a process."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.databases import PARTS, Cluster, query
from tests.faults.chaos import Wire
from tests.faults.forked import forked
from tests.faults.promises import PromiseBroken
from tests.faults.test_p36_both_wirings import Story
from tests.postgresql.moving import move
from tests.town import Players, Servers, free_ports, runs_serve

pytestmark = pytest.mark.sqlite  # the town is made in files, and moved


@contextmanager
def two_of_each(folder: Path, cluster: Cluster) -> Iterator[tuple[Servers, str]]:
    """A town on PostgreSQL with two processes of each part behind a balancer of connections; the name of consent's
    database."""
    wires: dict[str, Wire] = {}
    names: dict[str, str] = {}

    def prepare(made: Servers) -> None:
        names.update(move(made, cluster))
        front = made.processes.pop("front")
        for part, port in zip(PARTS, free_ports(len(PARTS)), strict=True):
            one = made.processes[part]
            wires[part] = Wire(one.port, port)
            hosts = [f"127.0.0.1:{at}" for at in (one.port, port, wires[part].port)]
            one.environment |= {f"KLUISJE_{part.upper()}_HOSTS": json.dumps(hosts)}
            again = {"environment": one.environment | {"KLUISJE_PORT": str(port)}, "port": port}
            made.processes[f"{part}-2"] = replace(one, log=folder / f"{part}-2.log", command=[*one.command], **again)
            front.command[:] = [
                word.replace(f"{part}={one.port}", f"{part}={wires[part].port}") for word in front.command
            ]
        for name in ("gateway", "gateway-2"):
            between = {
                f"KLUISJE_{part.upper()}": f"https://127.0.0.1:{wires[part].port}" for part in ("vault", "consent")
            }
            made.processes[name].environment |= between
        made.processes["front"] = front

    try:
        with forked(folder, "separate", sound=True, prepare=prepare) as made:
            yield made, names["consent"]
    finally:
        for wire in wires.values():
            wire.close()


@pytest.mark.promise("P36")
@pytest.mark.nightly
def test_two_of_each_on_postgresql_tell_what_one_on_a_file_tells(cluster: Cluster, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with forked(tmp_path / "one", "one") as made:
        one = asyncio.run(_plays(made))
    with two_of_each(tmp_path / "two", cluster) as (made, consent):
        two = asyncio.run(_plays(made))
        [(numbers,)] = query(cluster.url(consent), "SELECT array_agg(idx ORDER BY idx) FROM events")
        assert "FAULT" not in runs_serve(made, "verify-log")
    if one != two:
        raise PromiseBroken("P36", "\n".join(unified_diff([*map(str, one)], [*map(str, two)], lineterm="")))
    if list(numbers) != list(range(len(numbers))):
        raise PromiseBroken("P36", "the log of two has a gap")


async def _plays(made: Servers) -> list[object]:
    players = Players(made)
    try:
        return await Story(players).play()
    finally:
        await players.close()
