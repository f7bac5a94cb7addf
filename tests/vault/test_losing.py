# SPDX-License-Identifier: EUPL-1.2
"""A lost device: another one of hers stops its key, and it gets and brings nothing any more."""

import pytest

from formats.jose import new_signing_key
from formats.spelling import new_id, thumbprint
from tests.vault.device import Device
from tests.vault.house import House


@pytest.mark.promise("P20")
async def test_the_next_call_of_a_stopped_device_is_refused(house: House) -> None:
    noor = Device(house)
    assert (await noor.opens()).status == 201
    drw = await noor.adds_drawer()
    phone, laptop = noor.dpop, new_signing_key()
    noor.dpop = laptop
    for _ in range(2):
        assert (await noor.call("DELETE", f"/devices/{thumbprint(phone)}")).status == 204
    noor.dpop = phone
    rid = new_id()
    for answer in (await noor.call("GET", ""), await noor.call("GET", "/keyring"),
                   await noor.puts(drw, rid, 1, noor.seals(drw, rid))):  # fmt: skip
        assert (answer.status, answer.slug) == (401, "not-authenticated"), "a lost device went on"
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    await house.again()
    assert (await noor.call("GET", "")).status == 401, "a lost device went on"
    noor.dpop = laptop
    assert (await noor.call("GET", "")).status == 200
    told = [line for (line,) in house.rows("SELECT line FROM journal") if b"Device stopped" in line]
    assert len(told) == 1


async def test_nobody_stops_the_device_of_somebody_else(house: House) -> None:
    noor, sam = Device(house), Device(house)
    assert (await noor.opens()).status == (await sam.opens()).status == 201
    path = f"/devices/{thumbprint(noor.dpop)}"
    assert (await sam.call("DELETE", f"/vaults/{noor.vlt}{path}")).status == 404
    assert (await sam.call("DELETE", path)).status == 204, "under his own vault it is nothing"
    assert (await noor.call("GET", "")).status == 200


async def test_a_stop_is_forgotten_after_a_year_and_goes_with_the_vault(house: House) -> None:
    noor, sam = Device(house), Device(house)
    for one in (noor, sam):
        assert (await one.opens()).status == 201
        assert (await one.call("DELETE", f"/devices/{thumbprint(new_signing_key())}")).status == 204
    sam.auth_time = house.clock.at
    assert (await sam.call("POST", "/erasures", {})).status == 201
    house.clock.at += 72 * 3600
    await house.sweep()
    assert house.rows("SELECT vlt FROM stopped_devices") == [(noor.vlt,)]
    house.clock.at += 365 * 86_400
    await house.sweep()
    assert house.rows("SELECT vlt FROM stopped_devices") == []
