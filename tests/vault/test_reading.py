# SPDX-License-Identifier: EUPL-1.2
"""Handing out: what a look names, and nothing else. Envelopes with their grant only; deposits that came before."""

from itertools import product
from typing import Any

import pytest

from formats.jose import new_sealing_key, new_signing_key, public
from formats.keyring import new_epoch
from formats.organisation import sign_organisation
from formats.request import sign_import
from formats.sealing import seal_envelope
from formats.spelling import H, new_id
from tests import databases
from tests.vault.device import Device
from tests.vault.house import DUO, TEAM, House

DAY = 86_400


async def test_fatima_reads_what_noor_allowed(house: House, noor: Device, school: str) -> None:
    gnt, enc = new_id(), public(new_sealing_key())
    envelope = await noor.shares(school, 1, gnt, enc)
    rid, jwe = new_id(), ""
    for ver in (1, 2):
        jwe = noor.seals(school, rid, ver)
        await noor.puts(school, rid, ver, jwe)
    brought, _ = await noor.gets_deposit(school)
    house.clock.at += 2
    answer = await house.look(noor.read_permit(school, gnt))
    assert answer.status == 200
    body = answer.json()
    assert body["envelopes"] == [{"drawer": school, "epoch": 1, "jwe": envelope}]
    assert [(one["id"], one["version"]) for one in body["sealed"]] == [(brought, 1), (rid, 2)]
    assert body["sealed"][1]["jwe"] == jwe
    assert body["sealed"][0]["arrived"] == "2026-09-21T14:13:21Z"
    head = (await noor.call("GET", f"/drawers/{school}/heads")).json()["head"]
    assert body["head"] == {"served": head, "signed": None}
    assert body["next"] is None


async def test_only_the_named_epochs_and_records(house: House, noor: Device, school: str) -> None:
    gnt = new_id()
    old, both = await noor.keeps(school), await noor.keeps(school)
    await noor.rotates(school)
    new = await noor.keeps(school)
    await noor.puts(school, both, 2, noor.seals(school, both, 2))

    async def read(ep: tuple[int, ...], rid: list[str] | None = None) -> set[str]:
        found = (await house.look(noor.read_permit(school, gnt, ep, rid))).json()["sealed"]
        return {one["id"] for one in found}

    assert await read((1, 2)) == {old, both, new}
    assert await read((2,)) == {both, new}
    assert await read((1,)) == {old}  # the newest version of `both` lies in an epoch that is not named
    assert await read((1, 2), [new]) == {new}
    assert await read((1,), [new]) == set()
    assert await read((1, 2), [new_id()]) == set()
    assert await read((1, 2), []) == set()


async def test_a_deposit_that_came_after_the_look_was_logged_stays(house: House, noor: Device, school: str) -> None:
    gnt = new_id()
    before, _ = await noor.gets_deposit(school)
    permit = noor.read_permit(school, gnt)
    after, _ = await noor.gets_deposit(school)
    assert [one["id"] for one in (await house.look(permit)).json()["sealed"]] == [before]
    named = noor.read_permit(school, gnt, rid=[after])
    assert [one["id"] for one in (await house.look(named)).json()["sealed"]] == [after]


async def test_singles_leave_without_any_drawer_key(house: House, noor: Device, school: str) -> None:
    gnt, enc = new_id(), public(new_sealing_key())
    rid, other = await noor.keeps(school), await noor.keeps(school)
    for one in (rid, other):
        sealed = {"jwe": noor.single(school, one, gnt, enc)}
        assert (await noor.call("PUT", f"/grants/{gnt}/singles/{one}", sealed)).status == 201
    await noor.shares(school, 1, gnt, enc)
    body = (await house.look(noor.read_permit(school, gnt, ep=()))).json()
    assert {one["id"] for one in body["sealed"]} == {rid, other}
    assert body["envelopes"] == []
    named = (await house.look(noor.read_permit(school, gnt, ep=(), rid=[rid]))).json()
    assert [one["id"] for one in named["sealed"]] == [rid]
    assert (await house.look(noor.read_permit(school, new_id(), ep=()))).json()["sealed"] == []
    missing = {"jwe": noor.single(school, new_id(), gnt, enc)}
    assert (await noor.call("PUT", f"/grants/{gnt}/singles/{new_id()}", missing)).slug == "place-mismatch"
    await noor.call("DELETE", f"/drawers/{school}/records/{rid}")
    shared = (await noor.call("GET", f"/grants/{gnt}")).json()
    assert [one["id"] for one in shared["singles"]] == [other]


async def test_pages_are_looks_of_their_own(house: House, noor: Device, school: str) -> None:
    gnt = new_id()
    rids = [await noor.keeps(school, text="x" * 400_000) for _ in range(6)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        body = (await house.look(noor.read_permit(school, gnt), cursor)).json()
        assert len(body["sealed"]) < 5
        seen += [one["id"] for one in body["sealed"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert seen == rids[::-1]
    assert (await house.look(noor.read_permit(school, gnt), "x" * 20)).slug == "invalid-input"


@pytest.mark.promise("P11")
async def test_an_envelope_reaches_only_the_grant_that_names_it(house: House, noor: Device) -> None:
    """3 organisations × 3 drawers × 3 epochs: of 27 × 27 pairs exactly 27 lead to an envelope."""
    drawers = [await noor.adds_drawer() for _ in range(3)]
    for drw in drawers:
        await noor.rotates(drw)
        await noor.rotates(drw)
    grants = [new_id() for _ in range(3)]
    cells = list(product(grants, drawers, (1, 2, 3)))
    laid = {cell: await noor.shares(cell[1], cell[2], cell[0], public(new_sealing_key())) for cell in cells}
    found = 0
    for gnt, drw, ep in cells:
        body = (await house.look(noor.read_permit(drw, gnt, (ep,)))).json()
        assert [one["jwe"] for one in body["envelopes"]] == [laid[gnt, drw, ep]]
        found += sum(jwe in repr(body) for jwe in laid.values())
    assert found == 27


@pytest.mark.promise("P11")
async def test_after_a_stop_the_envelope_is_gone_from_the_file(house: House, noor: Device, school: str) -> None:
    gnt, other, enc = new_id(), new_id(), public(new_sealing_key())
    envelope, kept = await noor.shares(school, 1, gnt, enc), await noor.shares(school, 1, other, enc)
    assert (await noor.call("DELETE", f"/grants/{gnt}")).status == 204
    assert (await noor.call("DELETE", f"/grants/{gnt}")).status == 204
    assert (await house.look(noor.read_permit(school, gnt))).json()["envelopes"] == []
    assert len((await house.look(noor.read_permit(school, other))).json()["envelopes"]) == 1
    if not databases.ON_POSTGRESQL:  # there it goes with the next vacuum: docs/known-weaknesses.md
        files = b"".join(path.read_bytes() for path in house.folder.glob("vault.sqlite3*"))
        assert kept[-60:].encode() in files
        assert envelope[-60:].encode() not in files
    assert [jwe for (jwe,) in house.rows("SELECT jwe FROM envelopes")] == [kept]
    usage = (await noor.call("GET", "/usage")).json()
    assert usage["bytes"] == len(kept)


async def test_a_teams_own_word_deletes_its_envelopes(house: House, noor: Device, school: str) -> None:
    team_sig, team_enc, other_enc = new_signing_key(), new_sealing_key(), new_sealing_key()
    gnt, now = new_id(), house.clock.at
    await noor.rotates(school)
    first, second = [await noor.shares(school, ep, gnt, public(team_enc)) for ep in (1, 2)]
    foreign_drawer = await noor.adds_drawer()
    foreign = await noor.shares(foreign_drawer, 1, gnt, public(other_enc))
    org = sign_organisation(
        house.directory, iss=DUO, sub=TEAM, enc=team_enc, sig=team_sig, iat=now - DAY, exp=now + DAY
    )

    async def confirms(key: dict[str, str], env: list[str], *, iss: str = TEAM, organisation: str = org) -> Any:
        word = sign_import(key, iss=iss, vlt=noor.vlt, gnt=gnt, env=env, iat=now)
        return await house.shows("/import-confirmations", {"confirmation": word, "organisation": organisation})

    assert (await confirms(new_signing_key(), [H(first)])).slug == "bad-signature"
    assert (await confirms(team_sig, [H(first)], iss=DUO)).slug == "bad-signature"
    own = sign_organisation(
        new_signing_key(), iss=DUO, sub=TEAM, enc=team_enc, sig=team_sig, iat=now - DAY, exp=now + DAY
    )
    assert (await confirms(team_sig, [H(first)], organisation=own)).slug == "bad-signature"
    # Of another team's envelope, and of one it does not name, nothing goes.
    assert (await confirms(team_sig, [H(first), H(foreign)])).json() == {"deleted": 1}
    shared = (await noor.call("GET", f"/grants/{gnt}")).json()["envelopes"]
    assert {one["jwe"] for one in shared} == {second, foreign}
    files = b"".join(path.read_bytes() for path in house.folder.glob("vault.sqlite3*"))
    assert first[-60:].encode() not in files


async def test_an_envelope_of_an_epoch_that_does_not_exist(noor: Device, school: str) -> None:
    gnt, enc = new_id(), public(new_sealing_key())
    for keys in (new_epoch(school, 2), new_epoch(new_id(), 1)):
        sealed = seal_envelope(keys, enc, vlt=noor.vlt, gnt=gnt)
        answer = await noor.call("PUT", f"/grants/{gnt}/envelopes/{keys.drw}/{keys.ep}", {"jwe": sealed})
        assert answer.status == 404
    assert (await noor.call("GET", f"/grants/{gnt}")).json() == {"envelopes": [], "singles": []}
