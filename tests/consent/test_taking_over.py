# SPDX-License-Identifier: EUPL-1.2
"""A colleague takes the case: the new one looks, the old one does not, and she is told with the reason. And a colleague
who left: suspended from the very next look."""

import pytest

from formats.spelling import DAY, new_id
from tests.consent.town import Citizen, Team, Town, places, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHY = "Fatima is met verlof."


async def given(town: Town) -> tuple[Citizen, Team, str, str]:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    return noor, team, school, await noor.allows(await team.asks(noor), school)


async def test_the_colleague_looks_the_other_does_not_and_she_is_told(shared: Town) -> None:
    noor, team, school, jti = await given(shared)
    assert (await team.looks(jti, school, caseworker="cw_karim")).status == 403
    reply = await team.posts(f"/grants/{jti}/take-overs", caseworker="cw_karim", reason=WHY)
    assert (reply.status, reply.body) == (204, b"")
    assert (await team.looks(jti, school, caseworker="cw_karim")).status == 200
    assert slug(await team.looks(jti, school)) == "not-allowed"
    [line] = [one for one in (await noor.sees("/plain-lines"))["items"] if one["what"] == "taken-over"]
    assert (line["team"], line["grant"], line["note"]) == (team.party, jti, WHY)
    assert "karim" not in str(line)
    assert (await shared.events(team))[-1] == "grant-changed"


async def test_what_has_ended_or_is_not_theirs_is_not_taken_over(shared: Town) -> None:
    noor, team, _, jti = await given(shared)
    other = await shared.team()
    body = {"caseworker": "cw_karim", "reason": WHY}
    assert (await other.posts(f"/grants/{jti}/take-overs", **body)).status == 404
    assert (await team.posts(f"/grants/{new_id()}/take-overs", **body)).status == 404
    for reason in ("", "x" * 281, "a\u202eb"):
        reply = await team.posts(f"/grants/{jti}/take-overs", caseworker="cw_karim", reason=reason)
        assert slug(reply) == "invalid-input"
    await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    assert slug(await team.posts(f"/grants/{jti}/take-overs", **body)) == "grant-ended"


@pytest.mark.promise("P23")
async def test_a_pause_is_not_told(shared: Town) -> None:
    noor, team, school, jti = await given(shared)
    await noor.calls("POST", f"/grants/{jti}/pauses")
    reply = await team.posts(f"/grants/{jti}/take-overs", caseworker="cw_karim", reason=WHY)
    assert reply.status == 204
    assert slug(await team.looks(jti, school, caseworker="cw_karim")) == "not-allowed"


async def test_a_deposit_grant_is_the_whole_partys(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    school = await noor.keeps("school")
    asked = await team.asks(
        noor, act="deposit", pur="urn:kluisje:purpose:letters-from-youth-help:1", ends=shared.clock.at + 90 * DAY
    )
    jti = await noor.allows(asked, drw=[noor.whole(school, "deposit")])
    reply = await team.posts(f"/grants/{jti}/take-overs", caseworker="cw_karim", reason=WHY)
    assert ("/reason", "whole-party") in places(reply)


@pytest.mark.promise("P17")
async def test_a_suspended_colleague_is_refused_at_the_very_next_look(shared: Town) -> None:
    _, team, school, jti = await given(shared)
    assert (await team.looks(jti, school)).status == 200
    reply = await team.posts("/caseworker-suspensions", sub=team.caseworker)
    assert reply.status == 204
    assert (await team.looks(jti, school)).status == 403, "a suspended caseworker looked on"
    assert (await team.posts("/caseworker-suspensions", sub=team.caseworker)).status == 204
    await team.posts(f"/grants/{jti}/take-overs", caseworker="cw_karim", reason=WHY)
    assert (await team.looks(jti, school, caseworker="cw_karim")).status == 200
