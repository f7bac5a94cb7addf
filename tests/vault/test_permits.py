# SPDX-License-Identifier: EUPL-1.2
"""P07: a permit opens one thing, once, for seconds. Each misuse ten at once, and after a restart, in both modes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.calls import Inside
from formats.jose import new_sealing_key, public, sign
from formats.spelling import b64u, dump_json, new_id, parse_json, unb64u
from tests.vault.device import Device
from tests.vault.house import BASE, ORIGIN, House, Log

AT_ONCE = 10


@pytest.fixture(params=[pytest.param("one", marks=pytest.mark.one_process), "several"])
async def both(request: pytest.FixtureRequest, empty: Path, tmp_path: Path) -> AsyncIterator[House]:
    """A vault that is the only process, and one that shares its used permits with others."""
    made = House(tmp_path, empty, processes=request.param)
    await made.start()
    yield made
    await made.app.stop()


async def opened(house: House) -> tuple[Device, str, str, str]:
    """Noor with a drawer, a record and an envelope for a grant."""
    noor = Device(house)
    await noor.opens()
    school = await noor.adds_drawer()
    rid, gnt = await noor.keeps(school), new_id()
    await noor.shares(school, 1, gnt, public(new_sealing_key()))
    return noor, school, rid, gnt


def edit(permit: dict[str, str], **members: Any) -> dict[str, str]:
    """Another event under the same proof."""
    event = parse_json(unb64u(permit["event"])) | members
    return permit | {"event": b64u(dump_json(event))}


Misuse = Callable[[House, Device, str, str, str], dict[str, str]]

FORGED: dict[str, Misuse] = {
    "other vault": lambda h, n, s, r, g: edit(n.read_permit(s, g), vlt=new_id()),
    "other drawer": lambda h, n, s, r, g: edit(n.read_permit(new_id(), g), drw=[{"id": s, "ep": [1], "rid": None}]),
    "other record": lambda h, n, s, r, g: edit(
        n.read_permit(s, g, rid=[new_id()]), drw=[{"id": s, "ep": [1], "rid": [r]}]
    ),
    "other grant": lambda h, n, s, r, g: edit(n.read_permit(s, new_id()), gnt=g),
    "other organisation": lambda h, n, s, r, g: edit(n.read_permit(s, g), by="urn:oin:00000009999999990000:team:x"),
    "other nonce": lambda h, n, s, r, g: n.read_permit(s, g) | {"nonce": b64u(bytes(32))},
    "other key": lambda h, n, s, r, g: Log(seed=bytes(32)).look("read", n.vlt, h.clock.at, gnt=g, drw=s, ep=[1]),
    "other log": lambda h, n, s, r, g: Log(host="elsewhere.test").look("read", n.vlt, h.clock.at, gnt=g, drw=s, ep=[1]),
    "late": lambda h, n, s, r, g: h.log.look("read", n.vlt, h.clock.at - 10, gnt=g, drw=s, ep=[1]),
    "early": lambda h, n, s, r, g: h.log.look("read", n.vlt, h.clock.at + 3, gnt=g, drw=s, ep=[1]),
    "a deposit": lambda h, n, s, r, g: h.log.look("deposit", n.vlt, h.clock.at, gnt=g, drw=s, rid=[r]),
    "a refusal": lambda h, n, s, r, g: h.log.enter(
        "refused", n.vlt, h.clock.at, by="urn:oin:00000001234567890000", emp=b64u(bytes(32)), gnt=g, why="paused"
    ),
    "a vault that is not here": lambda h, n, s, r, g: h.log.look("read", new_id(), h.clock.at, gnt=g, drw=s, ep=[1]),
    "a drawer that is not here": lambda h, n, s, r, g: n.read_permit(new_id(), g),
    "another's drawer": lambda h, n, s, r, g: h.log.look("read", Device(h).vlt, h.clock.at, gnt=g, drw=s, ep=[1]),
}  # fmt: skip


@pytest.mark.promise("P07")
async def test_a_permit_that_is_wrong_late_or_anothers(both: House) -> None:
    noor, school, rid, gnt = await opened(both)
    both.clock.at += 20
    for misuse, make in FORGED.items():
        permit = make(both, noor, school, rid, gnt)
        answers = await asyncio.gather(*(both.look(permit) for _ in range(AT_ONCE)))
        assert "permit-refused" in {one.slug for one in answers}, misuse
        assert {one.slug for one in answers} <= {"permit-refused", "permit-used"}, misuse
    assert (await both.look(noor.read_permit(school, gnt))).status == 200


@pytest.mark.promise("P07")
async def test_a_permit_opens_once_of_ten_and_never_after_a_restart(both: House) -> None:
    noor, school, _, gnt = await opened(both)
    for _ in range(20):
        permit = noor.read_permit(school, gnt)
        answers = await asyncio.gather(*(both.look(permit) for _ in range(AT_ONCE)))
        assert sorted(one.status for one in answers) == [200] + [409] * (AT_ONCE - 1)
        assert {one.slug for one in answers} == {"", "permit-used"}
    last = noor.read_permit(school, gnt)
    assert (await both.look(last)).status == 200
    await both.again()
    assert (await both.look(last)).slug in ("permit-refused", "permit-used")
    assert (await both.look(noor.read_permit(school, gnt))).status == 200


@pytest.mark.one_process
@pytest.mark.promise("P07")
async def test_an_unused_permit_of_before_a_restart(house: House) -> None:
    """In memory nobody knows whether it was used: it is refused."""
    noor, school, _, gnt = await opened(house)
    permit = noor.read_permit(school, gnt)
    await house.again()
    assert (await house.look(permit)).slug == "permit-refused"


@pytest.mark.one_process
@pytest.mark.promise("P07")
async def test_a_permit_of_the_next_second_waits_for_it_and_does_not_survive_a_restart(house: House) -> None:
    noor, school, _, gnt = await opened(house)
    permit = house.log.look("read", noor.vlt, house.clock.at + 2, gnt=gnt, drw=school, ep=[1])
    asked = asyncio.create_task(house.look(permit))
    await asyncio.sleep(0.1)
    assert not asked.done()
    house.clock.at += 2
    assert (await asked).status == 200
    await house.again()
    assert (await house.look(permit)).slug == "permit-refused"


@pytest.mark.promise("P29")
async def test_a_clock_set_back_revives_no_permit(both: House) -> None:
    noor, school, _, gnt = await opened(both)
    used, unused = noor.read_permit(school, gnt), noor.read_permit(school, gnt)
    assert (await both.look(used)).status == 200
    both.clock.at += 60
    assert (await both.look(unused)).slug == "permit-refused"
    assert (await both.look(noor.read_permit(school, gnt))).status == 200
    both.clock.at -= 60
    for permit in (used, unused):
        assert (await both.look(permit)).status == 403


async def test_who_may_show_a_permit(house: House, noor: Device, school: str) -> None:
    """The gateway by its service token or within the process; nobody else, whatever the permit."""
    gnt = new_id()
    path, body = "/record-hand-outs", {"pageCursor": None}

    def token(key: dict[str, str], **members: Any) -> dict[str, str]:
        now = house.clock.at
        claims = {"iss": "gateway", "aud": f"{ORIGIN}{BASE}", "iat": now, "exp": now + 30} | members
        return {"authorization": "Bearer " + sign(claims, "service+jwt", key)}

    async def status(headers: dict[str, str]) -> int:
        given = body | {"permit": noor.read_permit(school, gnt)}
        return (await house.send("POST", path, given, headers=headers)).status

    assert await status({}) == 401
    assert await status(noor.headers("POST", path)) == 401
    assert await status(token(noor.dpop)) == 401
    assert await status(token(house.gateway, iss="consent")) == 401
    assert await status(token(house.gateway, aud=f"{ORIGIN}/consent/v1")) == 401
    assert await status(token(house.gateway, exp=house.clock.at + 3000)) == 401
    assert await status(token(house.gateway)) == 200
    other = await house.shows(path, body | {"permit": noor.read_permit(school, gnt)}, peer="consent")
    assert (other.status, other.slug) == (403, "not-allowed")


async def test_through_the_peer_that_the_gateway_uses(house: House, noor: Device, school: str) -> None:
    peer = Inside("gateway", house.app)
    permit = noor.read_permit(school, new_id())
    reply = await peer.post(f"{BASE}/record-hand-outs", {"permit": permit, "pageCursor": None})
    assert reply.status == 200
    again = await peer.post(f"{BASE}/record-hand-outs", {"permit": permit, "pageCursor": None})
    assert again.problem().slug == "permit-used"
