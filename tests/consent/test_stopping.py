# SPDX-License-Identifier: EUPL-1.2
"""Stops that need nothing but a sign-in, pauses that tell nobody, and ends that look alike."""

import asyncio

import pytest

from consent.tending import tend
from formats.consent_receipt import verify_consent_receipt
from formats.jose import public
from formats.receipt import STOP, verify_receipt, verify_security_event
from formats.spelling import DAY, new_id, unb64u
from tests import databases
from tests.consent.town import Citizen, Team, Town, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def given(town: Town) -> tuple[Citizen, Team, str, str]:
    """Noor, the team, a drawer, and a running grant."""
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    return noor, team, school, await noor.allows(await team.asks(noor), school)


@pytest.mark.promise("P01")
async def test_a_stop_needs_the_sign_in_alone(shared: Town) -> None:
    noor, team, school, jti = await given(shared)
    assert (await team.looks(jti, school)).status == 200
    stopped = await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    [receipt] = stopped.json()["receipts"]
    said = verify_receipt(receipt, public(shared.keys["receipt"]))
    assert (said.of, said.sid, said.vlt) == (STOP, None, noor.vlt)
    [row] = await shared.rows("SELECT entry FROM events WHERE idx = ?", idx=said.idx)
    assert row[0] == said.entry
    assert slug(await team.looks(jti, school)) == "grant-ended"
    assert (await noor.sees(""))["seq"] == 2  # nothing was signed


@pytest.mark.promise("P01")
async def test_no_look_that_begins_after_the_receipt_succeeds(shared: Town) -> None:
    noor, team, school, jti = await given(shared)
    stopped = asyncio.Event()
    late: list[int] = []

    async def reads() -> None:
        while True:
            after = stopped.is_set()
            status = (await team.looks(jti, school)).status
            if after:
                late.append(status)
                return

    readers = [asyncio.create_task(reads()) for _ in range(16)]
    await asyncio.sleep(0.05)
    await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    stopped.set()
    await asyncio.gather(*readers)
    assert late == [403] * 16


async def test_the_signed_revoke_follows_at_the_next_visit(town: Town) -> None:
    noor, _, _, jti = await given(town)
    grant = noor.chain[-1]
    await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    before = await noor.sees(f"/grants/{jti}")
    town.clock.at += DAY
    revoke = noor.revoke(grant)
    assert (await noor.enters(revoke)).status == 201
    assert await noor.sees(f"/grants/{jti}") == before  # ended stays as it ended
    [row] = await town.rows("SELECT revoke FROM grants WHERE jti = ?", jti=jti)
    assert row[0] is not None


async def test_a_stop_names_its_own_grant(shared: Town) -> None:
    noor, team, school, first = await given(shared)
    token = noor.chain[-1]
    second = await noor.allows(await team.asks(noor), school)
    wrong = await noor.calls("POST", f"/grants/{second}/stops", {"statement": noor.revoke(token)})
    assert slug(wrong) == "invalid-input"
    short = await noor.calls("POST", f"/grants/{first}/stops", {"statement": noor.revoke(token, drw=[])})
    assert slug(short) == "invalid-input"
    assert {(await noor.state(jti))[0] for jti in (first, second)} == {"running"}
    assert (await noor.calls("POST", f"/grants/{new_id()}/stops", {"statement": None})).status == 404
    sam = await shared.person()
    assert (await sam.calls("POST", f"/grants/{first}/stops", {"statement": None})).status == 404


async def test_stopping_again_changes_nothing_and_is_acknowledged(shared: Town) -> None:
    noor, team, _, jti = await given(shared)
    for _ in range(3):
        assert (await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})).status == 201
    assert (await shared.events(team)).count("grant-ended") == 1


@pytest.mark.promise("P29")
async def test_a_stop_looks_like_an_end_date_reached(town: Town) -> None:
    noor, team, school, stopped = await given(town)
    expired = await noor.allows(await team.asks(noor), school, exp=town.clock.at + DAY)
    town.clock.at += DAY - 1
    assert (await team.looks(expired, school)).status == 200
    town.clock.at += 1
    await noor.calls("POST", f"/grants/{stopped}/stops", {"statement": None})
    await tend(town.registry)
    await tend(town.registry)
    looks = [await team.looks(jti, school) for jti in (stopped, expired)]
    bodies = [{k: v for k, v in reply.json().items() if k != "instance"} for reply in looks]
    assert bodies[0] == bodies[1]
    assert [reply.status for reply in looks] == [403, 403]
    assert {(await team.gets(f"/grants/{jti}")).json()["state"] for jti in (stopped, expired)} == {"ended"}
    told = await town.rows(
        f"SELECT token FROM events_out WHERE type != 'request-answered' ORDER BY made_at, {databases.ROW}"
    )
    events = [verify_security_event(row[0], public(town.keys["receipt"])) for row in told]
    for jti in (stopped, expired):
        mine = [(one.kind, one.aud, one.dataref) for one in events if one.dataref.endswith(jti)]
        path = f"/gateway/v1/grants/{jti}"
        assert mine == [("grant-ended", team.party, path), ("deletion-asked", team.party, path)]
    assert (await noor.state(stopped), await noor.state(expired)) == (("ended", "withdrawn"), ("ended", "expired"))
    town.clock.at -= 2 * DAY  # a clock set back revives nothing
    assert slug(await team.looks(expired, school)) == "grant-ended"
    kept = [
        verify_consent_receipt(one["receipt"], public(town.keys["receipt"]))
        for one in (await noor.sees("/receipts"))["items"]
    ]
    assert sorted(one.state for one in kept) == ["ConsentExpired", "ConsentGiven", "ConsentGiven", "ConsentWithdrawn"]
    last = next(one for one in kept if one.state == "ConsentWithdrawn").body["dpv:hasConsentStatus"]
    assert [state["@type"] for state in last] == ["dpv:ConsentRequested", "dpv:ConsentGiven", "dpv:ConsentWithdrawn"]


# -- pauses --------------------------------------------------------------------------------------------------


async def test_a_pause_closes_on_the_next_look_and_tells_nobody(shared: Town) -> None:
    noor, team, school, jti = await given(shared)
    events, view = await shared.events(team), (await team.gets(f"/grants/{jti}")).body
    first = await noor.calls("POST", "/pauses", {})
    assert first.status == 201
    assert (await noor.calls("POST", "/pauses")).json() == first.json()
    refused = await team.looks(jti, school)
    assert (refused.status, slug(refused)) == (403, "not-allowed")
    assert await noor.state(jti) == ("paused", "paused")
    assert (await team.gets(f"/grants/{jti}")).body == view
    assert await shared.events(team) == events
    assert [one["grant"] for one in (await noor.sees(""))["pauses"]] == [None]
    assert {one["what"] for one in (await noor.sees("/plain-lines"))["items"]} == {"asked", "paused"}


async def test_a_pause_of_one_grant_leaves_the_other(shared: Town) -> None:
    noor, team, school, jti = await given(shared)
    other = await noor.allows(await team.asks(noor), school)
    assert (await noor.calls("POST", f"/grants/{jti}/pauses")).status == 201
    assert (await noor.calls("POST", f"/grants/{new_id()}/pauses")).status == 404
    assert [(await team.looks(one, school)).status for one in (jti, other)] == [403, 200]


async def test_opening_takes_more_than_a_sign_in(town: Town) -> None:
    noor, team, school, jti = await given(town)
    pause = (await noor.calls("POST", "/pauses")).json()["id"]
    town.clock.at += 60
    assert slug(await noor.calls("DELETE", f"/pauses/{pause}", {})) == "step-up-needed"
    assert (await noor.enters(noor.renewal())).status == 201
    town.clock.at += 601
    assert slug(await noor.calls("DELETE", f"/pauses/{pause}", {})) == "step-up-needed"  # too long ago
    assert (await noor.enters(noor.renewal())).status == 201
    sam = await town.person()
    assert (await sam.calls("DELETE", f"/pauses/{pause}", {})).status == 404
    assert (await noor.calls("DELETE", f"/pauses/{pause}", {})).status == 204
    assert (await team.looks(jti, school)).status == 200
    assert (await noor.calls("DELETE", f"/pauses/{pause}", {})).status == 404


async def test_a_renewal_from_before_the_pause_opens_nothing(town: Town) -> None:
    noor, _, _, jti = await given(town)
    assert (await noor.enters(noor.renewal())).status == 201
    pause = (await noor.calls("POST", f"/grants/{jti}/pauses")).json()["id"]
    assert slug(await noor.calls("DELETE", f"/grants/{jti}/pauses/{pause}", {})) == "step-up-needed"
    assert (await noor.enters(noor.renewal())).status == 201, (
        "in the same second: it is the place in her chain that counts"
    )
    assert (await noor.calls("DELETE", f"/grants/{jti}/pauses/{pause}", {})).status == 204


async def test_a_passkey_opens_a_pause_once_per_challenge(shared: Town) -> None:
    noor, team, school, jti = await given(shared)
    pause = (await noor.calls("POST", f"/grants/{jti}/pauses")).json()["id"]
    made = (await noor.calls("POST", "/challenges")).json()
    sam = await shared.person()
    foreign = (await sam.calls("POST", "/challenges")).json()
    touch = noor.touch(unb64u(made["challenge"]))
    path = f"/grants/{jti}/pauses/{pause}"
    other = {"challenge": foreign["id"], "assertion": noor.touch(unb64u(foreign["challenge"]))}
    assert slug(await noor.calls("DELETE", path, other)) == "step-up-needed"
    assert slug(await noor.calls("DELETE", path, {"challenge": None, "assertion": touch})) == "step-up-needed"
    proof = {"challenge": made["id"], "assertion": touch}
    assert (await noor.calls("DELETE", f"/pauses/{pause}", proof)).status == 404  # it is of one grant
    assert (await noor.calls("DELETE", path, proof)).status == 204
    assert (await team.looks(jti, school)).status == 200
    again = (await noor.calls("POST", f"/grants/{jti}/pauses")).json()["id"]
    assert slug(await noor.calls("DELETE", f"/grants/{jti}/pauses/{again}", proof)) == "step-up-needed"


async def test_after_a_stop_the_next_epoch_enters_as_ever(shared: Town) -> None:
    noor, _, school, jti = await given(shared)
    token = noor.chain[-1]
    revoke = noor.revoke(token)
    await noor.calls("POST", f"/grants/{jti}/stops", {"statement": revoke})
    noor.chain.append(revoke)
    assert (await noor.enters(noor.epoch(school, "rotate"))).status == 201
    [row] = await shared.rows("SELECT max(ep) FROM epochs WHERE drw = ?", drw=school)
    assert row[0] == 2
