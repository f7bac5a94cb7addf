# SPDX-License-Identifier: EUPL-1.2
"""The directory: what it says counts after 72 hours in the log and not a second before; a suspension and a withdrawn key
count at the next call; nobody else's word is taken, and nothing old comes back."""

from base64 import b64decode
from typing import Any

import pytest

from consent import administering, directory
from consent.refusals import Forged, Misplaced
from consent.tending import tend
from formats.event import verify_look
from formats.jose import new_sealing_key, new_signing_key, public
from formats.listing import verify_listing
from formats.organisation import WAIT, check_current, sign_organisation, verify_organisation
from formats.spelling import sid
from kluisje.publishing import Face, publish_face
from tests.consent.town import DAY, DIRECTORY, Team, Town, call, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")


def keys(town: Town, team: Team, by: dict[str, Any] | None = None, **said: Any) -> str:
    """New keys of a team, as the directory (or somebody else) signs them."""
    enc, sig = new_sealing_key(), new_signing_key()
    given = {"iss": DIRECTORY, "sub": team.party, "iat": town.clock.at, "exp": town.clock.at + 400 * DAY} | said
    return sign_organisation(by or town.keys["directory"], enc=enc, sig=sig, **given)


def face(town: Town, team: Team, name: str, role: str = "youth-worker", **said: Any) -> str:
    """How a team is shown, signed now."""
    shown = Face(role, name, "Dorpsstraat 1", "post@gemeente.example", said.pop("logo", None))
    key = said.pop("by", town.keys["directory"])
    return publish_face(key, DIRECTORY, team.party, shown, now=said.pop("now", town.clock.at), lasts=400 * DAY)


async def shown(town: Town, team: Team) -> dict[str, Any]:
    reply = await call(town.app, "GET", f"/consent/v1/organisations/{team.party}")
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json()
    return found


def face_of(told: dict[str, Any]) -> tuple[str, str]:
    """The name, and the statement that gives it."""
    return told["name"], told["listing"]["statement"]


async def said_of(town: Town, team: Team, size: int = 100) -> list[dict[str, Any]]:
    """All that the directory said of a team, page by page."""
    path, query, found = f"/consent/v1/organisations/{team.party}/statements", f"pageSize={size}", []
    while True:
        body = (await call(town.app, "GET", path, query=query)).json()
        found += body["items"]
        if body["next"] is None:
            return found
        query = f"pageSize={size}&pageCursor={body['next']}"


@pytest.mark.promise("P29")
async def test_a_renewed_key_waits_72_hours_and_the_old_one_serves_until_then(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    jti = await noor.allows(await team.asks(noor), school)
    old, new = team.org, keys(town, team)
    logged = town.clock.at
    assert await directory.import_organisation(town.registry, new, None) == logged + WAIT
    town.clock.at = logged + WAIT - 1
    assert (await shown(town, team))["statement"] == old
    assert (await team.looks(jti, school)).status == 200
    town.clock.at = logged + WAIT
    after = await shown(town, team)
    assert after["statement"] == new
    proof = {name: after[name] for name in ("event", "nonce", "proof")}
    check_current(verify_organisation(new, public(town.keys["directory"])), proof, town.policy, town.clock.at)
    assert (await team.looks(jti, school)).status == 200  # a superseded key still counts for what leans on it


@pytest.mark.promise("P16")
async def test_nobody_elses_word_and_nothing_old_is_taken(town: Town) -> None:
    team, other, mallory = await town.team(), await town.team(), new_signing_key()
    before = await said_of(town, team)
    for statement, listing in (
        (keys(town, team, mallory), None),
        (None, face(town, team, "Jeugdteam", by=mallory)),
        (keys(town, team), face(town, other, "Jeugdteam")),
        (face(town, team, "Jeugdteam"), None),
        (None, keys(town, team)),
        (None, None),
    ):
        with pytest.raises(Forged):
            await directory.import_organisation(town.registry, statement, listing)
    ago = town.clock.at - 2 * DAY
    for statement, listing, code in (
        (keys(town, team, iat=town.clock.at + 1), None, "not-current"),
        (keys(town, team, iat=ago, exp=town.clock.at), None, "not-current"),
        (keys(town, team, iat=ago - 5 * DAY), None, "older"),
        (None, face(town, team, "Oud", now=ago - 5 * DAY), "older"),
        (None, face(town, team, "Politie", role="police"), "unknown"),
    ):
        with pytest.raises(Misplaced) as no:
            await directory.import_organisation(town.registry, statement, listing)
        assert no.value.wrong[0][1] == code
    assert await said_of(town, team) == before


@pytest.mark.promise("P29")
async def test_a_changed_name_is_shown_after_72_hours_with_its_proof(town: Town) -> None:
    team = await town.team()
    before = await shown(town, team)
    logged = town.clock.at
    await directory.import_organisation(town.registry, None, face(town, team, "Wijkteam Zuid", logo=DOT))
    town.clock.at = logged + WAIT - 1
    await tend(town.registry)
    assert face_of(await shown(town, team)) == face_of(before)
    town.clock.at = logged + WAIT
    await tend(town.registry)
    after = await shown(town, team)
    assert before["name"] != after["name"]
    said = verify_listing(after["listing"]["statement"], public(town.keys["directory"]))
    assert (said.name, said.logo, after["name"]) == ("Wijkteam Zuid", DOT, "Wijkteam Zuid")
    proof = {name: after["listing"][name] for name in ("event", "nonce", "proof")}
    check_current(said, proof, town.policy, town.clock.at)
    await tend(town.registry)
    assert face_of(await shown(town, team)) == face_of(after)


async def test_all_that_was_said_of_a_team_is_public_and_proven(town: Town) -> None:
    team = await town.team()
    await directory.import_organisation(town.registry, keys(town, team), face(town, team, "Zuid 2"))
    town.clock.at += 1
    await directory.import_organisation(town.registry, keys(town, team), None)
    whole = await said_of(town, team)
    assert await said_of(town, team, 2) == whole
    assert len(whole) == 5
    assert [one["loggedAt"] for one in whole] == sorted((one["loggedAt"] for one in whole), reverse=True)
    for one in whole:
        event = verify_look(
            {name: one[name] for name in ("event", "nonce", "proof")}, town.policy, witnessed=True
        ).event
        assert (event.t, event.claims) == ("org", event.claims | {"sid": sid(one["statement"]), "sub": team.party})
        assert one["id"] == sid(one["statement"])
    assert await said_of(town, Team(town, team.party + "x")) == []
    reply = await call(town.app, "GET", f"/consent/v1/organisations/{team.party}/statements", query="pageCursor=e30")
    assert slug(reply) == "invalid-input"


@pytest.mark.promise("P17")
async def test_a_suspension_and_a_withdrawn_key_count_at_the_next_call(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    jti = await noor.allows(await team.asks(noor), school)
    assert (await team.looks(jti, school)).status == 200
    await directory.suspend(town.registry, "organisation", team.party)
    assert (await team.looks(jti, school)).status == 403
    assert (await shown(town, team))["suspended"]
    await directory.resume(town.registry, "organisation", team.party)
    assert (await team.looks(jti, school)).status == 200
    await directory.withdraw_key(town.registry, team.party, sid(team.org))
    assert (await team.looks(jti, school)).status == 403
    gone = {one["id"]: one["endedAt"] for one in await said_of(town, team)}
    assert [at is not None for one, at in gone.items() if one == sid(team.org)] == [True]
    assert len([at for at in gone.values() if at is None]) == 1  # how it is shown


async def test_what_an_administrator_types(town: Town) -> None:
    team = await town.team()

    async def does(what: str, named: str = "", given: dict[str, Any] | None = None) -> str:
        return await administering.COMMANDS[what](town.registry, named, given or {})

    listed = await does("organisations")
    assert listed.count(team.party + " ") == 1
    assert f"keys  {sid(team.org)}  counts since" in listed
    assert "waits until" in listed  # of the team of 71 hours
    new = keys(town, team)
    assert "counts from" in await does("import-organisation", given={"statement": new})
    assert f"{sid(new)}  waits until" in await does("organisations")
    assert "suspended" in await does("suspend-organisation", team.party)
    assert "SUSPENDED" in await does("organisations")
    await does("resume-organisation", team.party)
    assert "SUSPENDED" not in await does("organisations")
    await directory.suspend(town.registry, "caseworker", town.registry.employee(team.party, "cw_daan"))
    assert "may be yes again" in await does("resume-caseworker", f"{team.party}#cw_daan")
    await does("withdraw-key", f"{team.party}#{sid(new)}")
    assert f"{sid(new)}  withdrawn" in await does("organisations")
    stranger = Team(town, team.party + "-2")
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("import-organisation", "", {}),
        ("import-organisation", "", {"statement": new, "role": "youth-worker"}),
        ("import-organisation", "", {"statement": new + "x"}),
        ("import-organisation", "", {"statement": keys(town, stranger)}),
        ("import-organisation", "", {"listing": face(town, team, "Zuid", role="police")}),
        ("suspend-organisation", stranger.party, {}),
        ("resume-organisation", "x", {}),
        ("resume-caseworker", f"{team.party}#cw_daan", {}),
        ("resume-caseworker", f"{stranger.party}#cw_daan", {}),
        ("resume-caseworker", team.party, {}),
        ("withdraw-key", f"{team.party}#{sid(new)}", {}),
        ("withdraw-key", team.party, {}),
    ]
    for what, named, given in wrong:
        with pytest.raises(administering.NotDone):
            await does(what, named, given)
