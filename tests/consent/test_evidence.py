# SPDX-License-Identifier: EUPL-1.2
"""Evidence: question, grant, own lines with proofs. No line of another grant or team, no true reason, no stop of hers."""

import pytest

from formats.event import verify_look
from formats.grant import read_grant
from formats.jose import public
from formats.request import verify_request
from formats.spelling import new_id, sid
from formats.statement import verify_first_card
from tests.consent.town import Citizen, Team, Town, claims_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def told(team: Team, jti: str, query: str = "") -> dict[str, object]:
    path = f"/consent/v1/grants/{jti}/evidence"
    reply = await team.town.gateway.call("GET", path, query=f"team={team.party}{query}")
    assert reply.status == 200, reply.body
    return dict(reply.json())


async def looked(town: Town) -> tuple[Citizen, Team, Team, str, str, str]:
    """Two teams with grants to one drawer, the first with two; each looked, was refused, and she stopped one."""
    noor, team, other = await town.person(), await town.team(), await town.team()
    school = await noor.keeps("school")
    first = await noor.allows(await team.asks(noor), school)
    second = await noor.allows(await team.asks(noor), school)
    theirs = await noor.allows(await other.asks(noor), school)
    for _ in range(2):
        assert (await team.looks(first, school)).status == 200
        assert (await team.looks(second, school)).status == 200
        assert (await other.looks(theirs, school)).status == 200
    await noor.calls("POST", f"/grants/{first}/pauses")
    assert (await team.looks(first, school)).status == 403
    await noor.calls("POST", f"/grants/{first}/stops", {"statement": None})
    assert (await team.looks(first, school)).status == 403
    return noor, team, other, school, first, second


@pytest.mark.promise("P16")
async def test_it_holds_the_teams_own_looks_at_this_grant_and_nothing_else(shared: Town) -> None:
    noor, team, _, school, first, second = await looked(shared)
    found = await told(team, first)
    events = [verify_look(one, shared.policy, witnessed=False).event for one in found["items"]]  # type: ignore[attr-defined]
    said = {(event.t, event.claims.get("by"), event.claims.get("gnt")) for event in events}
    assert said == {("read", team.party, first)}, "evidence holds what is not the team's own look at this grant"
    assert len(events) == 2
    assert second not in str(found)
    assert school in str([event.data for event in events])
    assert all(event.vlt == noor.vlt for event in events)


@pytest.mark.promise("P23")
async def test_no_reason_and_no_stop_of_hers_is_in_it(shared: Town) -> None:
    """Two refusals are in her log, by a pause and by a stop: the team was told other words."""
    noor, team, _, _, first, _ = await looked(shared)
    found = await told(team, first)
    kinds = {verify_look(one, shared.policy, witnessed=False).event.t for one in found["items"]}  # type: ignore[attr-defined]
    assert kinds == {"read"}, "evidence tells why a look was refused, or that she stopped"
    hers = [(await noor.sees("/lines"))["items"]]
    assert hers


async def test_everything_in_it_checks(shared: Town) -> None:
    noor, team, _, _, first, _ = await looked(shared)
    await team.closes(noor, first)
    found = await told(team, first)
    card = verify_first_card(str(found["card"]))
    grant = read_grant(str(found["grant"]))
    assert (grant.jti, grant.vlt, card.vlt) == (first, noor.vlt, noor.vlt)
    assert verify_request(str(found["request"]), public(team.sig)).jti == grant.req
    entered = verify_look(found["entered"], shared.policy, witnessed=False).event
    assert (entered.t, entered.claims["sid"]) == ("statement", grant.sid)
    states = claims_of(str(found["receipt"]))["body"]["dpv:hasConsentStatus"]
    assert [one["@type"] for one in states] == ["dpv:ConsentRequested", "dpv:ConsentGiven"]
    newest = verify_look(found["items"][0], shared.policy, witnessed=False).event  # type: ignore[index]
    assert newest.claims["sid"] == sid(str(found["closing"]))


async def test_pages_are_cut_and_go_on_where_they_were(shared: Town) -> None:
    _, team, _, _, _, second = await looked(shared)
    one = await told(team, second, "&pageSize=1")
    two = await told(team, second, f"&pageSize=1&pageCursor={one['next']}")
    assert one["items"] != two["items"]
    assert len({str(page["items"]) for page in (one, two)}) == 2
    three = await told(team, second, f"&pageSize=1&pageCursor={two['next']}")
    assert (three["items"], three["next"]) == ([], None)


@pytest.mark.promise("P23")
async def test_of_another_teams_grant_there_is_none(shared: Town) -> None:
    _, _, other, _, first, _ = await looked(shared)
    replies = [await other.gets(f"/grants/{jti}/evidence") for jti in (first, new_id())]
    bodies = [{k: v for k, v in one.json().items() if k != "instance"} for one in replies]
    assert [one.status for one in replies] == [404, 404]
    assert bodies[0] == bodies[1]
