# SPDX-License-Identifier: EUPL-1.2
"""The sweep: what no row names goes after 48 hours, what is coming into use beside it stays."""

import asyncio
import os
import secrets
import time
from typing import Any

import pytest

from formats.spelling import H, new_id
from tests.plans import statements, walks
from tests.vault.device import Device
from tests.vault.house import Answer, House
from tests.vault.test_attaching import attach, path_of

HOUR = 3600


async def test_orphans_go_after_two_days(house: House, noor: Device, school: str) -> None:
    rid, blob = new_id(), secrets.token_bytes(100)
    a = await attach(noor, school, rid, blob)
    folder = house.folder / "blobs" / noor.vlt
    orphan, young = folder / secrets.token_hex(32), folder / secrets.token_hex(32)
    half = house.folder / "blobs" / ".incoming" / "half"
    for path in (orphan, young, half):
        path.write_bytes(b"left by a killed process")
    old = house.clock.at - 48 * HOUR - 1
    for path in (orphan, half, *folder.iterdir()):
        os.utime(path, (old, old))
    os.utime(young, (old + 2, old + 2))
    await house.sweep()
    assert not orphan.exists()
    assert not half.exists()
    assert young.exists()
    assert (await noor.call("GET", path_of(school, rid, a))).body == blob


@pytest.mark.promise("P03")
async def test_sweeping_beside_32_writers_removes_nothing_in_use(
    house: House, noor: Device, school: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every blob counts as old, and all writers bring and delete the same few, so each race of the two can happen."""
    house.clock.at = int(time.time()) + 50 * HOUR
    noor.auth_time = house.clock.at
    # But not what is half-written: by a clock that is two days ahead it would be old the moment it is begun.
    monkeypatch.setattr(house.vault.blobs, "stale", lambda before: None)
    blobs = [secrets.token_bytes(200) for _ in range(3)]
    wrong: list[str] = []
    busy = True

    async def sweeps() -> None:
        while busy:
            await house.sweep()
            await asyncio.sleep(0)

    async def asks(method: str, path: str, *given: object, **more: Any) -> Answer:
        """As any client: sent again when it is told "not now", because it was swept between the bytes and their row, or
        because 32 writers of one vault took longer over their turns than one waits (PostgreSQL, busy machine)."""
        for _ in range(20):
            answer = await noor.call(method, path, *given, **more)
            if answer.status != 503:
                break
        return answer

    async def writes(number: int) -> None:
        for turn in range(2):
            rid, blob = new_id(), blobs[(number + turn) % 3]
            at = path_of(school, rid, new_id())
            await asks("PUT", at, {"length": len(blob), "hash": H(blob)})
            answer = await asks("PUT", f"{at}/pieces/0", pieces=[blob])
            if answer.status != 204 or (await asks("POST", f"{at}/completions")).status != 204:
                wrong.append(f"{answer.status} while writing")
            elif (found := await asks("GET", at)).body != blob:
                wrong.append(f"a whole attachment is not readable: {found.status}")
            await asks("DELETE", at)

    sweeping = asyncio.create_task(sweeps())
    await asyncio.gather(*(writes(number) for number in range(32)))
    busy = False
    await sweeping
    assert wrong == []
    assert list((house.folder / "blobs" / noor.vlt).iterdir()) == []
    assert house.rows("SELECT used FROM vaults") == [(0,)]


@pytest.mark.sqlite
async def test_what_is_due_is_found_without_a_walk_of_everybodys_rows(house: House) -> None:
    """A walk takes seconds with a million people, and everybody waits for it; short-lived and rare rows may be walked."""
    engine = await house.vault.database.write(lambda connection: connection.engine)
    reading = await house.vault.database.read(lambda connection: connection.engine)
    with statements(engine) as written, statements(reading) as read:
        await house.sweep()
    found = await house.vault.database.read(lambda c: {one: walks(c, one) for one in (*written, *read)})
    rare = {"erasures", "imports", "challenges", "uploads", "used_permits"}
    assert len(found) >= 10
    assert {one: tables - rare for one, tables in found.items() if tables - rare} == {}
