# SPDX-License-Identifier: EUPL-1.2
"""Noor and her own vault: another device, versions, export, erase and import, coming back after a restart."""

from pathlib import Path

import pytest

from kluisje.http import Refused
from tests.town import Players


async def test_the_code_opens_it_on_another_device(town: Players) -> None:
    noor = await town.citizen("Noor")
    await noor.keeps("school", {"absence_days": 4})
    listed = noor.listed  # type: ignore[attr-defined]
    phone = town.device(listed)
    with pytest.raises(Refused):
        await phone.opens("0000-" * 8 + "0")
    await phone.opens(town.codes[listed][1])
    assert [record.body for record in await phone.looks_in("school")] == [{"absence_days": 4}]


async def test_versions_stay_and_what_is_dropped_is_gone(town: Players) -> None:
    noor = await town.citizen("Noor")
    first = await noor.keeps("school", {"absence_days": 4})
    second = await noor.changes(first, {"absence_days": 5})
    assert (await noor.looks_in("school"))[0].body == {"absence_days": 5}
    assert (await noor.version(second, 1)).body == {"absence_days": 4}
    await noor.drops(second)
    assert await noor.looks_in("school") == []


async def test_a_photo_of_several_pieces_comes_back_whole(town: Players, tmp_path: Path) -> None:
    noor = await town.citizen("Noor")
    picture = tmp_path / "foto.jpg"
    picture.write_bytes(bytes(range(256)) * 80_000)
    steps: list[int] = []
    schema = "urn:kluisje:schema:photo:1"
    kept = await noor.keeps(
        "free-time", {"title": "Foto"}, schema, [picture], progress=lambda done, total: steps.append(done)
    )
    assert len(steps) > 10, "a long upload tells how far it is"
    await noor.fetches(kept, kept.att[0], tmp_path / "terug.jpg")
    assert (tmp_path / "terug.jpg").read_bytes() == picture.read_bytes()


async def test_everything_can_be_taken_along(town: Players, tmp_path: Path) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 4})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    await fatima.reads(request)
    file = await noor.exports(tmp_path / "kluisje.zip", readable=True)
    assert file.stat().st_size > 1000
    again = await noor.exports(tmp_path / "kluisje.zip")
    assert again == file


async def test_everybody_sees_only_their_own(town: Players) -> None:
    noor, sam = await town.citizen("Noor"), await town.citizen("Sam")
    await noor.keeps("school", {"absence_days": 4})
    with pytest.raises(Refused, match="not-found"):
        await sam.device.top("vault", "GET", f"/vaults/{noor.vlt}")
    with pytest.raises(Refused, match="not-found"):
        await sam.device.top("consent", "GET", f"/vaults/{noor.vlt}")


async def test_a_restart_loses_nothing(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 4})
    request = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(request)
    await fatima.reads(request)
    town.servers.restart()
    assert (await fatima.reads(request))[0].body == {"absence_days": 4}
    await noor.stops(request)
    town.servers.restart()
    with pytest.raises(Refused, match="ended"):
        await fatima.reads(request)
    assert [line.outcome for line in await noor.who_looked()] == ["read", "read", "refused"]
