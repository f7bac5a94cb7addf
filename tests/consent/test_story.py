# SPDX-License-Identifier: EUPL-1.2
"""Noor's day: asked, a yes to less, a stop, and what each side sees of it."""

from dataclasses import replace

import pytest

from consent.importing import publish_catalogue
from formats.consent_receipt import verify_consent_receipt
from formats.dpop import ProofSeen
from formats.event import verify_look
from formats.grant import read_grant
from formats.jose import public
from formats.receipt import verify_receipt
from formats.request import Item
from formats.spelling import DAY, new_id, sid
from tests.consent.town import BACK_TO_SCHOOL, NOW, Town, claims_of, places, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCTOR = "urn:kluisje:schema:doctors-note:1"


async def test_noor_allows_less_than_asked_and_stops(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    school = await noor.keeps("school")
    asked = await team.asks(noor, items=[Item("drawer", "school", True), Item("record", DOCTOR, False)])
    assert asked.reply.json()["state"] == "open"

    [seen] = (await noor.sees("/consent-requests"))["items"]
    assert seen["id"] == asked.id
    assert seen["bindingCode"] == asked.reply.json()["bindingCode"]
    assert seen["approvers"] == {"she": True, "parents": "none", "representative": False, "manual": False}
    proof = {name: seen["organisation"][name] for name in ("event", "nonce", "proof")}
    assert verify_look(proof, shared.policy, witnessed=True).event.claims["sid"] == sid(team.org)

    grant = noor.grant(asked, school, exp=NOW + 7 * DAY)  # the drawer only, and a week instead of a month
    answered = await noor.answers(asked, "yes", grant)
    assert answered.status == 201
    [receipt] = answered.json()["receipts"]
    assert verify_receipt(receipt, public(shared.keys["receipt"])).sid == sid(grant)
    jti = claims_of(grant)["jti"]
    assert await noor.state(jti) == ("running", None)

    shown = (await team.sees(asked)).json()
    assert shown["state"] == "granted"
    assert [item["grant"] for item in shown["items"]] == [jti]
    given = verify_consent_receipt(shown["receipt"], public(shared.keys["receipt"]))
    assert given.state == "ConsentGiven"
    assert await shared.events(team) == ["request-answered"]

    looked = await team.looks(jti, school)
    assert looked.status == 200
    assert read_grant(looked.json()["grant"]).jti == jti
    permit = {name: looked.json()[name] for name in ("event", "nonce", "proof")}
    assert verify_look(permit, shared.policy, witnessed=False).event.claims["gnt"] == jti

    stopped = await noor.calls("POST", f"/grants/{jti}/stops", {"statement": noor.revoke(grant)})
    assert stopped.status == 201
    refused = await team.looks(jti, school)
    assert (refused.status, slug(refused)) == (403, "grant-ended")
    assert await noor.state(jti) == ("ended", "withdrawn")
    assert (await team.gets(f"/grants/{jti}")).json()["state"] == "ended"
    assert await shared.events(team) == ["request-answered", "grant-ended", "deletion-asked"]

    lines = [verify_look(line_of(one), shared.policy, witnessed=True) for one in (await noor.sees("/lines"))["items"]]
    told = [(line.event.t, line.event.claims.get("typ") or line.event.claims.get("why")) for line in reversed(lines)]
    assert told == [
        ("statement", "vault-card+jwt"),
        ("statement", "vault-person+jwt"),
        ("statement", "vault-epoch+jwt"),
        ("statement", "vault-grant+jwt"),
        ("read", None),
        ("statement", "vault-revoke+jwt"),
        ("refused", "withdrawn"),
    ]
    states = [
        verify_consent_receipt(one["receipt"], public(shared.keys["receipt"])).state
        for one in (await noor.sees("/receipts"))["items"]
    ]
    assert sorted(states) == ["ConsentGiven", "ConsentWithdrawn"]


async def test_a_no_is_written_down_and_becomes_a_yes(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    school = await noor.keeps("school")
    asked = await team.asks(noor)
    assert (await noor.answers(asked, "no")).json()["request"]["state"] == "refused"
    assert (await noor.answers(asked, "no")).status == 201  # saying it again costs nothing
    assert {line["what"] for line in (await noor.sees("/plain-lines"))["items"]} == {"asked", "refused"}
    assert await shared.events(team) == []
    await noor.allows(asked, school)
    assert (await team.sees(asked)).json()["state"] == "granted"


async def test_an_offer_is_shown_and_signs_nothing(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    await noor.keeps("school")
    asked = await team.asks(noor)
    offer = {"items": [{"kind": "record", "ref": DOCTOR}], "note": "Alleen de brief, goed?", "talkFirst": True}
    answered = await noor.answers(asked, "offer", offer=offer)
    assert answered.status == 201
    assert answered.json()["receipts"] == []
    shown = (await team.sees(asked)).json()
    assert (shown["state"], shown["items"]) == ("countered", [])
    assert shown["offer"]["note"] == offer["note"]
    assert (await team.gets("/grants")).json()["items"] == []
    again = await noor.answers(asked, "no")  # the asker has seen the offer: it cannot be unseen
    assert (again.status, slug(again)) == (409, "request-closed")


@pytest.mark.parametrize(
    ("offer", "place"),
    [
        ({"items": [{"kind": "drawer", "ref": "health"}]}, "/offer/items/0"),
        ({"items": [], "talkFirst": False}, "/offer"),
        ({"items": [{"kind": "drawer", "ref": "school"}], "endsAt": "2027-09-01T00:00:00Z"}, "/offer/endsAt"),
    ],
)
async def test_an_offer_stays_within_the_purpose(shared: Town, offer: dict[str, object], place: str) -> None:
    noor, team = await shared.person(), await shared.team()
    reply = await noor.answers(await team.asks(noor), "offer", offer=offer)
    assert reply.status == 400
    assert [fault["at"] for fault in reply.json()["errors"]] == [place]


async def test_narrowing_is_a_stop_and_a_new_grant_in_one_call(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    asked = await team.asks(noor)
    wide = noor.grant(asked, school)
    assert (await noor.answers(asked, "yes", wide)).status == 201
    town.clock.at += 20 * DAY  # the question is long over; its grant runs
    revoke = noor.revoke(wide)
    noor.chain.append(revoke)
    narrow = noor.grant(asked, school, exp=NOW + 22 * DAY)
    noor.chain.pop()
    assert (await noor.enters(revoke, narrow)).status == 201
    assert await noor.state(claims_of(wide)["jti"]) == ("ended", "withdrawn")
    assert await noor.state(claims_of(narrow)["jti"]) == ("running", None)
    third = noor.grant(asked, school)  # without a stop in the same call the question is closed
    reply = await noor.enters(third)
    assert (reply.status, slug(reply)) == (409, "request-closed")


async def test_a_team_gives_a_grant_back(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    school = await noor.keeps("school")
    jti = await noor.allows(await team.asks(noor), school)
    path = f"/consent/v1/grants/{jti}"
    query = f"team={team.party}&caseworker=cw_fatima"
    assert (await shared.gateway.call("DELETE", path, query=query)).status == 204
    assert (await shared.gateway.call("DELETE", path, query=query)).status == 204
    assert await noor.state(jti) == ("ended", "handed-back")
    assert slug(await team.looks(jti, school)) == "grant-ended"
    newest = (await noor.sees("/lines"))["items"][1]
    assert verify_look(line_of(newest), shared.policy, witnessed=True).event.claims["by"] == team.party


async def test_a_source_gets_the_epoch_it_seals_to(shared: Town) -> None:
    noor, office = await shared.person(), await shared.team()
    school = await noor.keeps("school")
    letters = "urn:kluisje:purpose:letters-from-youth-help:1"
    asked = await office.asks(noor, act="deposit", pur=letters)
    jti = await noor.allows(asked, drw=[noor.whole(school, "deposit")])
    got = (await office.gets(f"/grants/{jti}/drawers/{school}/epoch")).json()
    proof = {name: got[name] for name in ("event", "nonce", "proof")}
    assert verify_look(proof, shared.policy, witnessed=True).event.claims["sid"] == sid(got["epoch"])
    assert got["card"] == noor.chain[0]
    other = await shared.team()
    assert (await other.gets(f"/grants/{jti}/drawers/{school}/epoch")).status == 404
    await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    assert (await office.gets(f"/grants/{jti}/drawers/{school}/epoch")).status == 403
    assert await shared.events(office) == ["request-answered", "grant-ended"]  # nothing was handed over to delete


def line_of(one: dict[str, object]) -> dict[str, object]:
    return {name: one[name] for name in ("event", "nonce", "proof")}


async def test_a_preview_names_what_a_page_needs_and_is_no_permit(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    school = await noor.keeps("school")
    jti = await noor.allows(await team.asks(noor), school)
    asked = {
        "stage": "par",
        "grant": jti,
        "team": team.party,
        "client": "oin:x:desk",
        "caseworker": None,
        "action": "read",
    }
    before = len((await noor.sees("/lines"))["items"])
    seen = await shared.gateway.post("/consent/v1/previews", asked)
    assert seen.status == 200
    assert {"event", "proof"}.isdisjoint(seen.json())
    assert (seen.json()["title"], seen.json()["reasonNeeded"]) == ("Terug naar school", False)
    assert [drawer["category"] for drawer in seen.json()["drawers"]] == ["school"]
    assert len((await noor.sees("/lines"))["items"]) == before
    strange = await shared.gateway.post("/consent/v1/previews", asked | {"team": (await shared.team()).party})
    unknown = await shared.gateway.post("/consent/v1/previews", asked | {"grant": noor.vlt})
    assert [reply.status for reply in (strange, unknown)] == [404, 404]


async def test_a_question_of_a_look_counts_once(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    school = await noor.keeps("school")
    jti = await noor.allows(await team.asks(noor), school)
    proof = ProofSeen("", new_id(), shared.clock.now()).question
    assert (await team.looks(jti, school, question=proof)).status == 200
    again = await team.looks(jti, school, question=proof)
    assert (again.status, slug(again)) == (409, "replayed")


async def test_a_recalled_purpose_asks_gives_and_reads_nothing(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    jti, asked = await noor.allows(await team.asks(noor), school), await team.asks(noor)
    catalogue = replace(town.registry.catalogue, recalled=frozenset({BACK_TO_SCHOOL}))
    await publish_catalogue(replace(town.registry, catalogue=catalogue))
    assert slug(await team.looks(jti, school)) == "not-allowed"
    assert await noor.state(jti) == ("running", "purpose-recalled")
    assert ("/request/pur", "recalled") in places(await team.sends({"bsn": noor.bsn}, team.question()))
    assert ("/pur/uri", "recalled") in places(await noor.answers(asked, "yes", noor.grant(asked, school)))
