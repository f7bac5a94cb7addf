# SPDX-License-Identifier: EUPL-1.2
"""P28: a full disk leaves nothing half-written. Every write that is refused was not there; what was taken is whole; and when
there is room again everything goes on without a restart."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.migrating import migrate
from formats.spelling import new_id
from tests.faults.promises import PromiseBroken, figure
from tests.vault.device import Device
from tests.vault.house import House


@pytest.fixture
async def noor(tmp_path: Path) -> AsyncIterator[Device]:
    migrate("vault", f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    (tmp_path / "house").mkdir()
    house = House(tmp_path / "house", tmp_path / "empty.sqlite3")
    await house.start()
    device = Device(house)
    await device.opens()
    yield device
    await house.app.stop()
    shutil.rmtree(tmp_path)


def pages(house: House, most: int | None) -> None:
    """Lets the database grow by so many pages more; None: as it likes."""
    driver = house.vault.database.on.driver(house.vault.database.on._writer)
    there = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count = {2**30 if most is None else there + most}").fetchone()


def whole(house: House) -> tuple[int, int, int]:
    """(records, changes in the heads, their newest number), which have to agree with each other and with the journal."""
    [(records,)] = house.rows("SELECT count(*) FROM records")
    [(changes,)] = house.rows("SELECT count(*) FROM heads")
    [(newest,)] = house.rows("SELECT sum(n) FROM drawers")
    [(lines,)] = house.rows("""SELECT count(*) FROM journal WHERE CAST(line AS TEXT) LIKE '%"Record kept"%'""")
    if not records == changes == newest == lines:
        raise PromiseBroken("P28", f"{records} records, {changes} changes, head {newest}, {lines} lines")
    return records, changes, newest


@pytest.mark.sqlite
@pytest.mark.promise("P28")
async def test_a_full_disk_takes_a_record_whole_or_not_at_all(noor: Device) -> None:
    """Fills the disk to each edge anew: a few pages at a time, so that each statement of a write is once the one too much."""
    house, school = noor.house, await noor.adds_drawer()
    kept, refused = 0, 0
    for room in range(figure(6, 30, 200)):
        pages(house, room % 6)
        while True:
            rid = new_id()
            answer = await noor.puts(school, rid, 1, noor.seals(school, rid, text="x" * (1_000 + 700 * (room % 7))))
            if answer.status != 201:
                break
            kept += 1
        assert (answer.status, answer.slug) == (503, "unavailable")
        refused += 1
        assert whole(house)[0] == kept
        assert (await noor.call("GET", f"/drawers/{school}/records/{rid}")).status in (404, 503)
        pages(house, None)
        again = await noor.puts(school, rid, 1, noor.seals(school, rid))
        assert again.status == 201, "it goes on without a restart"
        kept += 1
    assert whole(house)[0] == kept
    assert refused
    [(sound,)] = house.rows("PRAGMA integrity_check")
    assert sound == "ok"
