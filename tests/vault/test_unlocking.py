# SPDX-License-Identifier: EUPL-1.2
"""Keyrings and slots: two devices never overwrite each other, older rings stay for a month, two slots always stay."""

import asyncio

import pytest

from chassis.database import driver
from formats.jose import new_sealing_key, new_signing_key
from formats.keyring import Keyring
from formats.sealing import seal_keyring, seal_slot
from formats.slots import new_code, new_kdf
from formats.spelling import new_id
from tests.vault.device import Device
from tests.vault.house import Answer, House

RK = bytes(range(32))
DAY = 86_400


def ring(noor: Device, seq: int) -> str:
    return seal_keyring(Keyring(noor.vlt, seq, new_signing_key(), new_sealing_key()), RK)


async def put_ring(noor: Device, jwe: str) -> Answer:
    return await noor.call("PUT", "/keyring", {"jwe": jwe})


async def put_slot(noor: Device, kind: str = "code", *, slot: str | None = None) -> tuple[str, Answer]:
    slot = slot or new_id()
    kdf = new_kdf() if kind == "pass" else None
    body = {"type": kind, "kdf": kdf, "jwe": seal_slot(RK, new_code(), vlt=noor.vlt, slot=slot, kind=kind)}
    return slot, await noor.call("PUT", f"/slots/{slot}", body)


async def test_keyrings_count_on_and_the_last_ten_stay_a_month(house: House, noor: Device) -> None:
    assert (await noor.call("GET", "/keyring")).status == 404
    rings = [ring(noor, seq) for seq in range(1, 15)]
    assert (await put_ring(noor, rings[1])).slug == "chain-moved"
    for seq, one in enumerate(rings, 1):
        assert (await put_ring(noor, one)).json() == {"seq": seq}
        assert (await put_ring(noor, one)).json() == {"seq": seq}
        assert (await put_ring(noor, ring(noor, seq))).slug == "chain-moved"
    assert (await noor.call("GET", "/keyring")).json() == {"seq": 14, "jwe": rings[13]}
    assert (await noor.call("GET", "")).json()["keyringSeq"] == 14
    shown = [(await noor.call("GET", f"/keyrings/{seq}")).status for seq in range(1, 15)]
    assert shown == [404] * 3 + [200] * 11
    house.clock.at += 30 * DAY
    await house.sweep()
    assert (await noor.call("GET", "/keyrings/13")).status == 404
    assert (await noor.call("GET", "/keyring")).json()["seq"] == 14


@pytest.mark.promise("P08")
async def test_two_devices_write_one_seq_and_one_wins(noor: Device) -> None:
    for seq in range(1, 21):
        answers = await asyncio.gather(*(put_ring(noor, ring(noor, seq)) for _ in range(4)))
        assert sorted(one.status for one in answers) == [200, 409, 409, 409]


async def test_a_full_vault_takes_a_keyring(house: House, noor: Device) -> None:
    await house.vault.database.write(lambda c: driver(c).execute("UPDATE vaults SET used = quota"))
    drw = await noor.adds_drawer()
    rid = new_id()
    assert (await noor.puts(drw, rid, 1, noor.seals(drw, rid))).slug == "too-large"
    assert (await put_ring(noor, ring(noor, 1))).status == 200


async def test_slots_come_and_the_last_two_stay(noor: Device) -> None:
    code, _ = await put_slot(noor)
    prf, _ = await put_slot(noor, "prf")
    words, made = await put_slot(noor, "pass")
    assert (made.status, made.headers["location"]) == (201, f"/vault/v1/vaults/{noor.vlt}/slots/{words}")
    assert (await put_slot(noor, "pass", slot=words))[1].status == 204
    listed = (await noor.call("GET", "/slots")).json()["items"]
    assert {(one["id"], one["type"]) for one in listed} == {(code, "code"), (prf, "prf"), (words, "pass")}
    assert "jwe" not in listed[0]
    got = (await noor.call("GET", f"/slots/{words}")).json()
    assert got["kdf"]["alg"] == "argon2id"
    assert (await noor.call("GET", f"/slots/{code}")).json()["kdf"] is None
    assert (await noor.call("DELETE", f"/slots/{words}")).status == 204
    assert (await noor.call("DELETE", f"/slots/{words}")).status == 204
    for slot in (code, prf):
        refused = await noor.call("DELETE", f"/slots/{slot}")
        assert (refused.status, refused.slug) == (403, "not-allowed")
    assert len((await noor.call("GET", "/slots")).json()["items"]) == 2


async def test_a_trustees_slot_never_leaves_by_asking(noor: Device) -> None:
    slot, made = await put_slot(noor, "trustees")
    assert made.status == 201
    answer = await noor.call("GET", f"/slots/{slot}")
    assert (answer.status, answer.slug) == (403, "permit-refused")
    assert [one["type"] for one in (await noor.call("GET", "/slots")).json()["items"]] == ["trustees"]
    paths = [one["path"] for one in (await noor.call("GET", "/inventory")).json()["items"]]
    assert not [path for path in paths if slot in path]


async def test_a_slot_says_how_it_is_stretched_and_no_more_than_twelve(noor: Device) -> None:
    slot = new_id()
    jwe = seal_slot(RK, new_code(), vlt=noor.vlt, slot=slot, kind="code")
    for body in ({"type": "code", "kdf": new_kdf()}, {"type": "pass", "kdf": None}, {"type": "word", "kdf": None}):
        assert (await noor.call("PUT", f"/slots/{slot}", body | {"jwe": jwe})).slug == "invalid-input"
    assert (await noor.call("PUT", f"/slots/{slot}", {"type": "prf", "kdf": None, "jwe": jwe})).slug == "place-mismatch"
    for _ in range(12):
        assert (await put_slot(noor))[1].status == 201
    assert (await put_slot(noor))[1].slug == "too-large"
