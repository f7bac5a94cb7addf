# SPDX-License-Identifier: EUPL-1.2
"""Keeping: a vault opens, drawers and records come and go; each change moves a head that her device can recompute."""

import asyncio
from pathlib import Path

import pytest

from formats.jose import new_signing_key
from formats.keyring import new_epoch
from formats.receipt import issue_receipt
from formats.spelling import H, b64u, new_id, sid, unb64u
from formats.statement import next_head, sign_card, sign_head
from tests.vault.device import Device
from tests.vault.house import DUO, House


async def test_a_vault_opens_once(noor: Device) -> None:
    card = noor.chain[0]
    again = await noor.call("POST", "/vaults", {"card": card, "receipt": noor.entered(card, "vault-card+jwt")})
    assert (again.status, again.json()) == (200, {"changed": False})
    noor.chain.clear()
    other = await noor.opens()
    assert (other.status, other.slug) == (409, "chain-moved")
    seen = (await noor.call("GET", "")).json()
    assert seen == {"card": card, "keyringSeq": 0, "importing": False, "erasure": None}


async def test_another_persons_vault_is_as_if_absent(house: House, noor: Device) -> None:
    sam = Device(house)
    await sam.opens()
    theirs = await sam.call("GET", f"/vaults/{noor.vlt}")
    nobody = await sam.call("GET", f"/vaults/{new_id()}")
    assert theirs.status == nobody.status == 404
    for answer in (theirs, nobody):
        body = answer.json()
        body.pop("instance")
        answer.body = repr(body).encode()
    assert theirs.body == nobody.body


async def test_a_card_of_another_vault_or_without_its_receipt(house: House) -> None:
    noor, sam = Device(house), Device(house)
    card = noor.card()
    receipt = noor.entered(card, "vault-card+jwt")
    stolen = await sam.call("POST", "/vaults", {"card": card, "receipt": receipt})
    assert stolen.slug == "place-mismatch"
    wrong = issue_receipt(
        house.consent,
        iss=DUO,
        vlt=noor.vlt,
        sid=H("x"),
        of="vault-card+jwt",
        iat=house.clock.at,
        idx=0,
        entry=bytes(32),
    )
    forged = issue_receipt(
        new_signing_key(), iss=DUO, vlt=noor.vlt, sid=sid(card), of="vault-card+jwt", iat=1, idx=0, entry=bytes(32)
    )
    for bad in (wrong, forged):
        assert (await noor.call("POST", "/vaults", {"card": card, "receipt": bad})).slug == "bad-signature"
    assert (await noor.call("POST", "/vaults", {"card": card, "receipt": card})).slug == "bad-signature"
    assert (await noor.call("POST", "/vaults", {"card": card + "=", "receipt": receipt})).slug == "bad-spelling"
    assert (await noor.call("GET", "")).status == 404


async def test_the_key_before_signs_a_new_card(house: House, noor: Device) -> None:
    fresh = new_signing_key()
    by_itself = sign_card(fresh, noor.link(), sig=fresh, enc=noor.enc, passkeys=[], slots=[])
    assert (await noor.states(by_itself, "vault-card+jwt")).slug == "bad-signature"
    noor.chain.pop()
    card = sign_card(noor.sig, noor.link(), sig=fresh, enc=noor.enc, passkeys=[], slots=[])
    assert (await noor.states(card, "vault-card+jwt")).json() == {"changed": True}
    drw = new_id()
    assert (
        await noor.states(noor.epoch_statement(new_epoch(drw, 1), "new"), "vault-epoch+jwt")
    ).slug == "bad-signature"
    noor.chain.pop()
    noor.sig = fresh
    assert await noor.adds_drawer()


async def test_epochs_count_on_or_renew(noor: Device, school: str) -> None:
    first = noor.drawers[school][0]
    jumped = noor.epoch_statement(new_epoch(school, 3), "rotate")
    assert (await noor.states(jumped, "vault-epoch+jwt")).slug == "chain-moved"
    other_cat = noor.epoch_statement(new_epoch(school, 2), "rotate", cat="work")
    assert (await noor.states(other_cat, "vault-epoch+jwt")).slug == "chain-moved"
    renewed = noor.epoch_statement(first, "renew")
    assert (await noor.states(renewed, "vault-epoch+jwt")).json() == {"changed": True}
    assert (await noor.states(renewed, "vault-epoch+jwt")).json() == {"changed": False}
    await noor.rotates(school)
    assert (await noor.states(renewed, "vault-epoch+jwt")).slug == "chain-moved"
    shown = (await noor.call("GET", f"/drawers/{school}/epochs")).json()["items"]
    assert [one["epoch"] for one in shown] == [2, 1]
    assert shown[1]["statement"] == renewed
    assert (await noor.call("GET", "/drawers")).json()["items"][0]["epoch"] == 2


async def test_a_record_its_versions_and_its_end(house: House, noor: Device, school: str) -> None:
    rid = new_id()
    first, second = noor.seals(school, rid), noor.seals(school, rid, 2)
    kept = await noor.puts(school, rid, 1, first)
    assert (kept.status, kept.headers["location"]) == (
        201, f"/vault/v1/vaults/{noor.vlt}/drawers/{school}/records/{rid}/versions/1",
    )  # fmt: skip
    h1 = next_head(bytes(32), 1, "put", rid, 1, H(first))
    assert kept.json() == {"head": {"n": 1, "h": b64u(h1)}}
    assert (await noor.puts(school, rid, 1, first)).status == 200
    assert (await noor.puts(school, rid, 1, noor.seals(school, rid))).slug == "version-exists"
    assert (await noor.puts(school, rid, 3, noor.seals(school, rid, 3))).slug == "version-exists"
    assert (await noor.puts(school, rid, 2, second)).status == 201
    place = f"/drawers/{school}/records"
    assert (await noor.call("GET", f"{place}/{rid}")).json()["jwe"] == second
    assert (await noor.call("GET", f"{place}/{rid}/versions/1")).json()["jwe"] == first
    listed = (await noor.call("GET", place)).json()
    assert [(one["id"], one["version"]) for one in listed["items"]] == [(rid, 2)]
    gone = await noor.call("DELETE", f"{place}/{rid}")
    assert gone.json()["head"]["n"] == 3
    assert (await noor.call("DELETE", f"{place}/{rid}")).json() == gone.json()
    assert (await noor.call("GET", f"{place}/{rid}")).status == 404
    assert (await noor.puts(school, rid, 1, first)).slug == "version-exists"
    assert (await noor.call("DELETE", f"{place}/{new_id()}")).status == 404
    ops = (await noor.call("GET", f"/drawers/{school}/heads")).json()
    h = bytes(32)
    for one in reversed(ops["items"]):
        h = next_head(h, one["n"], one["op"], one["rid"], one["ver"], one["t"])
    assert ops["head"] == {"n": 3, "h": b64u(h)}
    usage = (await noor.call("GET", "/usage")).json()
    assert (usage["bytes"], usage["records"]) == (0, 0)


async def test_a_record_id_is_used_in_one_drawer_only(noor: Device, school: str) -> None:
    work = await noor.adds_drawer()
    rid = await noor.keeps(school)
    assert (await noor.puts(work, rid, 1, noor.seals(work, rid))).slug == "version-exists"


async def test_nothing_enters_a_closed_epoch_but_a_sealing_again_leaves_it(noor: Device, school: str) -> None:
    rid, late = await noor.keeps(school), new_id()
    before = noor.seals(school, late)
    await noor.rotates(school)
    assert (await noor.puts(school, late, 1, before)).slug == "epoch-closed"
    path = f"/drawers/{school}/records/{rid}/re-sealings"
    assert (await noor.call("POST", path, {"jwe": noor.seals(school, rid, ep=1)})).slug == "epoch-closed"
    fresh = noor.seals(school, rid)
    assert (await noor.call("POST", path, {"jwe": fresh})).json()["head"]["n"] == 2
    assert (await noor.call("POST", path, {"jwe": fresh})).json()["head"]["n"] == 2
    shown = (await noor.call("GET", f"/drawers/{school}/records/{rid}")).json()
    assert (shown["jwe"], shown["epoch"]) == (fresh, 2)
    assert (await noor.call("POST", path, {"jwe": noor.seals(school, rid, 2)})).slug == "place-mismatch"


async def test_her_signed_head_stands_beside_the_vaults(noor: Device, school: str) -> None:
    await noor.keeps(school)
    head = (await noor.call("GET", f"/drawers/{school}/heads")).json()["head"]
    assert (await noor.signs_head(school, 1, bytes(32))).slug == "chain-moved"
    assert (await noor.signs_head(school, 2, unb64u(head["h"]))).slug == "chain-moved"
    token = sign_head(noor.sig, noor.link(), drw=school, n=1, h=unb64u(head["h"]))
    assert (await noor.states(token, "vault-head+jwt")).json() == {"changed": True}
    assert (await noor.call("GET", f"/drawers/{school}/heads")).json()["signed"] == token
    assert (await noor.call("GET", "/drawers")).json()["items"][0]["signed"] == token


@pytest.mark.promise("P08")
async def test_two_devices_write_one_version_and_one_wins(noor: Device, school: str) -> None:
    for _ in range(20):
        rid = new_id()
        answers = await asyncio.gather(
            *(noor.puts(school, rid, 1, noor.seals(school, rid, text=f"device {n}")) for n in range(4))
        )
        assert sorted(one.status for one in answers) == [201, 409, 409, 409]
        assert {one.slug for one in answers} == {"", "version-exists"}


async def test_lists_come_in_pages_newest_first(noor: Device, school: str) -> None:
    rids = [await noor.keeps(school) for _ in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        query = "pageSize=2" + (f"&pageCursor={cursor}" if cursor else "")
        page = (await noor.call("GET", f"/drawers/{school}/records", query=query)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert (seen, cursor) == (rids[::-1], None)
    heads = (await noor.call("GET", f"/drawers/{school}/heads", query="pageSize=2")).json()
    assert [one["n"] for one in heads["items"]] == [5, 4]
    link = await noor.call("GET", f"/drawers/{school}/heads", query=f"pageSize=2&pageCursor={heads['next']}")
    assert [one["n"] for one in link.json()["items"]] == [3, 2]
    assert 'rel="next"' in link.headers["link"]
    foreign = await noor.call("GET", f"/drawers/{school}/records", query=f"pageCursor={heads['next']}")
    assert foreign.slug == "invalid-input"


async def test_quotas_stop_writing_and_nothing_else(empty: Path, tmp_path: Path) -> None:
    house = House(tmp_path, empty, quota_bytes=1024 * 1024, quota_records=3, quota_drawers=2)
    await house.start()
    noor = Device(house)
    await noor.opens()
    school, _ = await noor.adds_drawer(), await noor.adds_drawer()
    third = noor.epoch_statement(new_epoch(new_id(), 1), "new")
    assert (await noor.states(third, "vault-epoch+jwt")).status == 413
    noor.chain.pop()
    rids = [await noor.keeps(school, text="x" * 250_000) for _ in range(2)]
    rid = new_id()
    full = await noor.puts(school, rid, 1, noor.seals(school, rid, text="x" * 250_000))
    assert (full.status, full.slug) == (413, "too-large")
    assert full.json()["errors"][0]["code"] == "quota"
    await noor.keeps(school)
    assert (await noor.puts(school, rid, 1, noor.seals(school, rid))).slug == "too-large"  # three records
    assert (await noor.call("GET", f"/drawers/{school}/records/{rids[0]}")).status == 200
    assert (await noor.call("DELETE", f"/drawers/{school}/records/{rids[0]}")).status == 200
    assert (await noor.puts(school, rid, 1, noor.seals(school, rid))).status == 201
    await house.app.stop()


async def test_each_change_leaves_one_accountability_line_without_content(
    house: House, noor: Device, school: str
) -> None:
    before = len(house.rows("SELECT line FROM journal"))
    rid = new_id()
    jwe = noor.seals(school, rid)
    await noor.puts(school, rid, 1, jwe)
    await noor.puts(school, rid, 1, jwe)
    await noor.call("GET", f"/drawers/{school}/records/{rid}")
    lines = [row[0].decode() for row in house.rows("SELECT line FROM journal ORDER BY id")][before:]
    assert len(lines) == 1
    assert f"record:{rid}" in lines[0]
    assert noor.vlt not in lines[0]
    assert jwe not in lines[0]
