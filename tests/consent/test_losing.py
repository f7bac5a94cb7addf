# SPDX-License-Identifier: EUPL-1.2
"""A lost device: another one of hers stops its key, with the sign-in alone, and its next call is refused."""

import pytest

from consent.tending import YEAR, tend
from formats.jose import new_signing_key
from formats.spelling import DAY, thumbprint
from tests.consent.people import Citizen
from tests.consent.town import Town, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def two_devices(town: Town) -> tuple[Citizen, dict[str, str], dict[str, str]]:
    """Noor with the telephone that she lost and the laptop that she still has; the telephone calls."""
    noor = await town.person()
    return noor, noor.device, new_signing_key()


@pytest.mark.promise("P20")
async def test_the_next_call_of_a_stopped_device_is_refused(shared: Town) -> None:
    noor, phone, laptop = await two_devices(shared)
    noor.device = laptop
    assert (await noor.calls("DELETE", f"/devices/{thumbprint(phone)}")).status == 204
    noor.device = phone
    for method, path in (("GET", ""), ("GET", "/lines"), ("POST", "/pauses"), ("GET", "/devices")):
        reply = await noor.calls(method, path)
        assert reply.status == 401, "a lost device went on"
        assert slug(reply) == "not-authenticated"
        assert 'error="invalid_token"' in reply.headers["www-authenticate"]
    noor.device = laptop
    assert (await noor.calls("GET", "")).status == 200
    assert (await noor.calls("DELETE", f"/devices/{thumbprint(phone)}")).status == 204, "again is fine"


async def test_she_sees_her_devices_and_which_is_this_one(town: Town) -> None:
    noor, phone, laptop = await two_devices(town)
    town.clock.at += DAY
    noor.device = laptop
    found = (await noor.sees("/devices"))["items"]
    assert [(one["id"], one["own"], one["stoppedAt"]) for one in found] == [
        (thumbprint(laptop), True, None), (thumbprint(phone), False, None),
    ]  # fmt: skip
    assert found[1]["firstAt"] < found[0]["firstAt"] == found[0]["seenAt"]
    await noor.calls("DELETE", f"/devices/{thumbprint(phone)}")
    assert (await noor.sees("/devices"))["items"][1]["stoppedAt"] == town.moment()
    assert len((await noor.calls("GET", "/devices", query="pageSize=1")).json()["items"]) == 1
    lines = [row[0] for row in await town.rows("SELECT line FROM journal")]
    assert sum(b"Device stopped" in line for line in lines) == 1


async def test_nobody_stops_the_device_of_somebody_else(shared: Town) -> None:
    noor, phone, _ = await two_devices(shared)
    sam = await shared.person()
    reply = await sam.calls("DELETE", f"/devices/{thumbprint(phone)}", of=noor.vlt)
    assert (reply.status, slug(reply)) == (404, "not-found")
    assert (await sam.calls("GET", "/devices", of=noor.vlt)).status == 404
    assert (await sam.calls("DELETE", f"/devices/{thumbprint(phone)}")).status == 204, (
        "under her own vault it is nothing"
    )
    assert (await noor.calls("GET", "")).status == 200
    assert slug(await noor.calls("DELETE", "/devices/no-thumbprint")) == "invalid-input"


@pytest.mark.promise("P20")
async def test_a_device_that_never_called_here_can_be_stopped_and_stays_so(town: Town) -> None:
    noor, phone, laptop = await two_devices(town)
    assert (await noor.calls("DELETE", f"/devices/{thumbprint(laptop)}")).status == 204
    noor.device = laptop
    assert (await noor.calls("GET", "")).status == 401, "a lost device went on"
    town.clock.at += YEAR - DAY
    await tend(town.registry)
    assert (await noor.calls("GET", "")).status == 401, "a lost device went on"
    noor.device = phone
    assert (await noor.calls("GET", "")).status == 200


async def test_devices_are_forgotten_after_a_year_and_with_the_vault(town: Town) -> None:
    noor, _, laptop = await two_devices(town)
    town.clock.at += YEAR + 1
    noor.device = laptop
    assert (await noor.calls("GET", "")).status == 200
    await tend(town.registry)
    assert [row[0] for row in await town.rows("SELECT jkt FROM devices")] == [thumbprint(laptop)]
    noor.signed_in = town.clock.at
    assert (await noor.calls("POST", "/erasures", {})).status == 201
    town.clock.at += 3 * DAY
    await tend(town.registry)
    await noor.calls("GET", "")
    await tend(town.registry)
    assert await town.rows("SELECT jkt FROM devices") == []
