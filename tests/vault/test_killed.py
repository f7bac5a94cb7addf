# SPDX-License-Identifier: EUPL-1.2
"""P03: what was acknowledged is kept. A process of its own works as fast as it can and says what was acknowledged; it
gets SIGKILL amid pieces, completions, filings and sweeps; then everything it said must be there, and no row may lack
its blob."""

import asyncio
import os
import random
import secrets
import signal
import time
from contextlib import suppress
from hashlib import sha256
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import pytest

from formats.spelling import H, new_id, unb64u
from tests import databases
from tests.vault.device import Device
from tests.vault.house import House
from tests.vault.served import FORK
from tests.vault.test_attaching import path_of

KILLS = 100 if os.environ.get("KLUISJE_NIGHTLY") == "1" else 6
WORKERS = 6
KINDS = {"piece", "whole", "record", "deposit", "filed", "deleted"}


def works_until_killed(house: House, noor: Device, school: str, acknowledged: Pipe) -> None:
    """The process under test."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)

    async def main() -> None:
        await house.start()
        await asyncio.gather(_sweeps(house), *(_works(noor, school, acknowledged) for _ in range(WORKERS)))

    asyncio.run(main())


async def _sweeps(house: House) -> None:
    while True:
        house.clock.at += 60
        await house.sweep()
        await asyncio.sleep(0.005)


async def _works(noor: Device, school: str, acknowledged: Pipe) -> None:
    while True:
        rid, a, blob = new_id(), new_id(), secrets.token_bytes(random.randrange(1, 60_000))
        at = path_of(school, rid, a)
        await noor.call("PUT", at, {"length": len(blob), "hash": H(blob)})
        if (await noor.call("PUT", f"{at}/pieces/0", pieces=[blob])).status == 204:
            acknowledged.send(("piece", rid, a, H(blob)))
        if (await noor.call("POST", f"{at}/completions")).status == 204:
            acknowledged.send(("whole", rid, a, H(blob)))
        jwe = noor.seals(school, rid)
        if (await noor.puts(school, rid, 1, jwe)).status == 201:
            acknowledged.send(("record", rid, "", H(jwe)))
        brought, answer = await noor.gets_deposit(school)
        if answer.status == 200:
            acknowledged.send(("deposit", brought, "", ""))
            filed = noor.seals(school, brought)
            if (await noor.call("POST", f"/deposits/{brought}/filings", {"jwe": filed})).status == 201:
                acknowledged.send(("filed", brought, "", H(filed)))
        if random.random() < 0.3 and (await noor.call("DELETE", f"/drawers/{school}/records/{rid}")).status == 200:
            acknowledged.send(("deleted", rid, a, ""))


@pytest.mark.promise("P03")
def test_kill_nine_loses_nothing_that_was_acknowledged(empty: Path, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    house = House(tmp_path, empty, quota_deposits=10_000)
    noor = Device(house)

    async def prepare() -> str:
        await house.start()
        await noor.opens()
        school = await noor.adds_drawer()
        await house.app.stop()
        return school

    school = asyncio.run(prepare())
    said: list[tuple[str, str, str, str]] = []
    for _ in range(KILLS):
        ours, theirs = FORK.Pipe(duplex=False)
        process = FORK.Process(target=works_until_killed, args=(house, noor, school, theirs), daemon=True)
        process.start()
        theirs.close()
        said.append(ours.recv())  # it works; now at any moment, the first time after some of each
        while {kind for kind, *_ in said} != KINDS:
            said.append(ours.recv())
        end = time.monotonic() + chance.uniform(0.1, 0.8)
        while (left := end - time.monotonic()) > 0 and ours.poll(left):
            said.append(ours.recv())
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        with suppress(EOFError):  # what was said before the kill and not read yet
            while True:
                said.append(ours.recv())
        house.clock.at += 60
        _check(tmp_path, noor.vlt, said)


def _check(folder: Path, vlt: str, said: list[tuple[str, str, str, str]]) -> None:
    def found(sql: str, *values: Any) -> list[Any]:
        return databases.rows(folder / "vault.sqlite3", sql, *values)

    assert databases.sound(folder / "vault.sqlite3")
    blobs = {path.name for path in (folder / "blobs" / vlt).iterdir()}
    for (name,) in found("SELECT h FROM pieces"):
        assert unb64u(name).hex() in blobs, "a row without its blob"
    for name in blobs:
        assert sha256((folder / "blobs" / vlt / name).read_bytes()).hexdigest() == name, "a blob half-written"
    deleted = {rid for kind, rid, *_ in said if kind == "deleted"}
    filed = {rid for kind, rid, *_ in said if kind == "filed"}
    lost = []
    for kind, rid, a, h in said:
        if kind == "piece" and rid not in deleted:
            kept = found("SELECT 1 FROM pieces WHERE rid = ? AND a = ? AND h = ?", rid, a, h)
        elif kind == "whole" and rid not in deleted:
            kept = found("SELECT 1 FROM attachments WHERE rid = ? AND a = ? AND complete = 1", rid, a)
        elif (kind == "record" and rid not in deleted) or kind == "filed":
            kept = found("SELECT 1 FROM records WHERE rid = ? AND h = ?", rid, h)
        elif kind == "deposit":
            table = "records" if rid in filed else "deposits"
            kept = found(f"SELECT 1 FROM {table} WHERE rid = ?", rid)
            kept = kept or found("SELECT 1 FROM records WHERE rid = ?", rid)  # filed, and killed before it could say so
        elif kind == "deleted":
            kept = [] if found("SELECT 1 FROM records WHERE rid = ?", rid) else [1]
        else:
            kept = [1] if rid in deleted else []
        if not kept:
            lost.append((kind, rid))
    # A record that was deleted and killed before it could say so is gone rightly; its line says so.
    gone = {rid for (rid,) in found("SELECT rid FROM heads WHERE op = 'del'")}
    assert not [one for one in lost if one[1] not in gone]
    changes, lines = found("SELECT count(*) FROM heads"), found("SELECT count(*) FROM journal")
    assert lines[0][0] >= changes[0][0]
