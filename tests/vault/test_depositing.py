# SPDX-License-Identifier: EUPL-1.2
"""Depositing: a source brings something it cannot read; it enters the newest epoch or not at all; Noor files it."""

import asyncio
import secrets
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from formats.authorship import verify_record
from formats.deposit import deposit_place
from formats.jose import new_signing_key, public
from formats.keyring import new_epoch
from formats.sealing import open_deposit, seal_deposit, seal_record
from formats.spelling import H, new_id
from tests.vault.device import Device
from tests.vault.house import PIECE, House


async def test_from_source_to_file(house: House, noor: Device, school: str) -> None:
    duo = new_signing_key()
    rid = new_id()
    jwe = noor.sealed_deposit(school, rid, source=duo)
    _, answer = await noor.gets_deposit(school, rid, jwe=jwe)
    assert (answer.status, answer.json()) == (200, {"uploads": []})
    [waiting] = (await noor.call("GET", "/deposits")).json()["items"]
    assert (waiting["id"], waiting["drawer"], waiting["epoch"], waiting["logIndex"]) == (rid, school, 1, 0)
    assert (await noor.call("GET", f"/deposits/{rid}")).json() == waiting
    await noor.rotates(school)  # a deposit is filed in its own epoch, closed or not
    keys = noor.drawers[school][0]
    record = open_deposit(waiting["jwe"], keys, lambda party, at: public(duo), vlt=noor.vlt, drw=school, rid=rid)
    filed = seal_record(record.token, keys)
    done = await noor.call("POST", f"/deposits/{rid}/filings", {"jwe": filed})
    assert (done.status, done.json()["head"]["n"]) == (201, 2)
    assert (await noor.call("POST", f"/deposits/{rid}/filings", {"jwe": filed})).status == 200
    other = seal_record(record.token, keys)
    assert (await noor.call("POST", f"/deposits/{rid}/filings", {"jwe": other})).slug == "version-exists"
    assert (await noor.call("GET", "/deposits")).json()["items"] == []
    assert (await noor.call("GET", f"/deposits/{rid}")).status == 404
    kept = (await noor.call("GET", f"/drawers/{school}/records/{rid}")).json()
    assert (kept["jwe"], kept["epoch"], kept["arrived"]) == (filed, 1, waiting["arrived"])
    assert verify_record(record.token, lambda party, at: public(duo)).rid == rid
    ops = (await noor.call("GET", f"/drawers/{school}/heads")).json()["items"]
    assert [(one["op"], one["t"]) for one in ops] == [("file", H(filed)), ("put", H(jwe))]
    usage = (await noor.call("GET", "/usage")).json()
    assert usage == {"bytes": len(filed), "quota": 2**30, "records": 1, "deposits": 0}


async def test_the_same_again_and_another_under_the_same_id(noor: Device, school: str) -> None:
    rid = new_id()
    jwe = noor.sealed_deposit(school, rid)
    for _ in range(2):
        _, answer = await noor.gets_deposit(school, rid, jwe=jwe)
        assert answer.status == 200
    _, other = await noor.gets_deposit(school, rid)
    assert other.slug == "version-exists"
    assert len((await noor.call("GET", "/deposits")).json()["items"]) == 1
    mine = await noor.keeps(school)
    _, over_mine = await noor.gets_deposit(school, mine)
    assert over_mine.slug == "version-exists"
    assert (await noor.puts(school, rid, 1, noor.seals(school, rid))).slug == "version-exists"


async def test_a_refused_deposit_is_gone_and_its_id_spent(noor: Device, school: str) -> None:
    rid, _ = await noor.gets_deposit(school)
    assert (await noor.call("DELETE", f"/deposits/{rid}")).status == 204
    assert (await noor.call("DELETE", f"/deposits/{rid}")).status == 204
    assert (await noor.call("DELETE", f"/deposits/{new_id()}")).status == 404
    _, again = await noor.gets_deposit(school, rid)
    assert again.slug == "version-exists"
    assert (await noor.call("GET", f"/drawers/{school}/heads")).json()["items"][0]["op"] == "del"


@pytest.mark.promise("P10")
async def test_closed_unknown_future_and_foreign_epochs(noor: Device, school: str) -> None:
    work = await noor.adds_drawer()
    await noor.rotates(school)
    rid = new_id()
    jws = noor.jws(school, rid, author=new_signing_key())
    boxes = {
        "closed": noor.drawers[school][0].box_public,
        "future": new_epoch(school, 3).box_public,
        "another drawer's": noor.drawers[work][0].box_public,
    }
    for name, box in boxes.items():
        _, answer = await noor.gets_deposit(school, rid, jwe=seal_deposit(jws, box))
        assert answer.slug == "epoch-closed", name
    assert (await noor.call("GET", "/deposits")).json()["items"] == []


async def _later(seconds: float, step: Coroutine[Any, Any, Any]) -> Any:
    await asyncio.sleep(max(seconds, 0))
    return await step


@pytest.mark.promise("P10")
async def test_races_of_close_and_deposit(house: House, noor: Device, school: str) -> None:
    """Whoever is first wins; a deposit that was taken lies in the epoch that was open at that moment, never after."""
    outcomes = {"in": 0, "out": 0}
    # Closing takes longer than depositing, so who starts first is not who is first: the head start sweeps over both.
    for head_start in [k * 0.001 for k in range(-20, 30)]:
        ep = len(noor.drawers[school])
        rid = new_id()
        jwe = noor.sealed_deposit(school, rid)
        (_, answer), _ = await asyncio.gather(
            _later(head_start, noor.gets_deposit(school, rid, jwe=jwe)), _later(-head_start, noor.rotates(school))
        )
        [(lies,)] = house.rows("SELECT count(*) FROM deposits WHERE rid = ?", rid)
        assert lies == (answer.status == 200)
        if answer.status == 200:
            assert house.rows("SELECT ep FROM deposits WHERE rid = ?", rid) == [(ep,)]
        else:
            assert answer.slug == "epoch-closed"
        outcomes["in" if lies else "out"] += 1
        late = await noor.gets_deposit(school, new_id(), jwe=None)
        assert late[1].status == 200
    assert outcomes["in"]
    assert outcomes["out"]
    # Every deposit's box is the box of the epoch it is booked in, and that was the newest at its head.
    boxes = {keys.ep: keys.box_public["kid"] for keys in noor.drawers[school]}
    for ep, jwe in house.rows("SELECT ep, jwe FROM deposits"):
        assert deposit_place(jwe).box == boxes[ep]


async def test_a_deposit_with_attachments_shows_when_all_is_there(house: House, noor: Device, school: str) -> None:
    blobs = {new_id(): secrets.token_bytes(PIECE + 5), new_id(): b"small"}
    announced = [{"id": a, "length": len(blob), "hash": H(blob)} for a, blob in blobs.items()]
    rid, answer = await noor.gets_deposit(school, attachments=announced)
    uploads = {one["attachment"]: one for one in answer.json()["uploads"]}
    assert {a: one["wanted"] for a, one in uploads.items()} == {
        a: [0, 1] if len(b) > 5 else [0] for a, b in blobs.items()
    }
    heads = f"/drawers/{school}/heads"
    for a, blob in blobs.items():
        assert (await noor.call("GET", "/deposits")).json()["items"] == []
        assert (await noor.call("GET", heads)).json()["head"]["n"] == 0
        at = f"/uploads/{uploads[a]['id']}"
        early = await house.send("POST", f"{at}/completions", peer="gateway")
        assert early.slug == "invalid-input"
        for k in uploads[a]["wanted"]:
            part = blob[k * PIECE : (k + 1) * PIECE]
            foreign = await house.send("PUT", f"{at}/pieces/{k}", pieces=[part], peer="consent")
            assert foreign.status == 403
            assert (await house.send("PUT", f"{at}/pieces/{k}", pieces=[part], peer="gateway")).status == 204
        whole = await house.send("POST", f"{at}/completions", peer="gateway")
        assert whole.status == 200
    assert whole.json() == {"whole": True}
    [shown] = (await noor.call("GET", "/deposits")).json()["items"]
    assert shown["id"] == rid
    assert (await noor.call("GET", heads)).json()["head"]["n"] == 1
    for a, blob in blobs.items():
        got = await noor.call("GET", f"/drawers/{school}/records/{rid}/attachments/{a}")
        assert got.body == blob
    assert (await noor.call("DELETE", f"/deposits/{rid}")).status == 204
    assert list((house.folder / "blobs" / noor.vlt).iterdir()) == []


@pytest.mark.promise("P10")
async def test_an_epoch_that_closes_during_an_upload(house: House, noor: Device, school: str) -> None:
    a = new_id()
    _, answer = await noor.gets_deposit(school, attachments=[{"id": a, "length": 4, "hash": H(b"blob")}])
    at = f"/uploads/{answer.json()['uploads'][0]['id']}"
    await house.send("PUT", f"{at}/pieces/0", pieces=[b"blob"], peer="gateway")
    await noor.rotates(school)
    assert (await house.send("POST", f"{at}/completions", peer="gateway")).slug == "epoch-closed"
    assert (await noor.call("GET", "/deposits")).json()["items"] == []


async def test_an_upload_lasts_ten_minutes_and_leaves_nothing(house: House, noor: Device, school: str) -> None:
    _, answer = await noor.gets_deposit(school, attachments=[{"id": new_id(), "length": 4, "hash": H(b"blob")}])
    at = f"/uploads/{answer.json()['uploads'][0]['id']}"
    assert (await house.send("PUT", f"{at}/pieces/0", pieces=[b"blob"], peer="gateway")).status == 204
    house.clock.at += 600
    assert (await house.send("POST", f"{at}/completions", peer="gateway")).status == 404
    await house.sweep()
    assert (await noor.call("GET", "/usage")).json()["bytes"] == 0
    assert house.rows("SELECT count(*) FROM attachments") == [(0,)]
    assert list((house.folder / "blobs" / noor.vlt).iterdir()) == []


async def test_deposits_are_counted_and_leave_the_last_tenth(empty: Path, tmp_path: Path) -> None:
    house = House(tmp_path, empty, quota_deposits=4, quota_deposits_per_grant=2, quota_bytes=1024 * 1024)
    await house.start()
    noor = Device(house)
    await noor.opens()
    school, gnt = await noor.adds_drawer(), new_id()
    for _ in range(2):
        assert (await noor.gets_deposit(school, gnt=gnt))[1].status == 200
    assert (await noor.gets_deposit(school, gnt=gnt))[1].slug == "too-large"
    for _ in range(2):
        assert (await noor.gets_deposit(school))[1].status == 200
    assert (await noor.gets_deposit(school))[1].slug == "too-large"
    for one in (await noor.call("GET", "/deposits")).json()["items"]:
        await noor.call("DELETE", f"/deposits/{one['id']}")
    for _ in range(2):
        await noor.keeps(school, text="x" * 255_000)
    assert (await noor.call("GET", "/usage")).json()["bytes"] < 1024 * 1024 * 0.9
    blob = {"id": new_id(), "length": 100_000, "hash": H("x")}
    assert (await noor.gets_deposit(school, attachments=[blob]))[1].slug == "too-large"
    assert await noor.keeps(school)
    await house.app.stop()
