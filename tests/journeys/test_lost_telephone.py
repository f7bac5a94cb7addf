# SPDX-License-Identifier: EUPL-1.2
"""Noor loses her telephone. Her laptop stops it; what the telephone does next is refused, everywhere."""

import pytest

from kluisje.http import Refused
from tests.town import Players


@pytest.mark.promise("P20")
async def test_her_laptop_stops_the_telephone(town: Players) -> None:
    phone, fatima = await town.citizen("Noor"), await town.caseworker()
    await phone.keeps("school", {"absence_days": 12})
    request = await fatima.asks(phone, for_="back-to-school", about=["school"], days=30)
    await phone.allows(request)
    laptop = town.device(phone.listed)  # type: ignore[attr-defined]
    await laptop.opens(town.codes[phone.listed][0])  # type: ignore[attr-defined]
    [lost] = [one for one in await laptop.devices() if one.id == phone.device.key_id and not one.own]
    assert await laptop.stops_device(lost), "the drawers have new keys too"

    for attempt in (
        lambda: phone.device.vault("GET", ""),
        lambda: phone.device.consent("GET", "/lines"),
        lambda: phone.device.attest(lost.id),
        lambda: phone.keeps("school", {"absence_days": 0}),
        phone.pauses,
        phone.share_code,
    ):
        with pytest.raises(Refused) as no:
            await attempt()
        assert no.value.status == 401 or no.value.slug == "invalid_grant", "a lost device went on"

    await laptop.keeps("school", {"absence_days": 13})
    read = [record.body["absence_days"] for record in await fatima.reads(request)]
    assert sorted(read) == [12, 13], "who stays reads on, with the new key"
    assert [one.stopped is None for one in await laptop.devices()].count(False) == 1
