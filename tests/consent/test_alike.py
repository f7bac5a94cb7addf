# SPDX-License-Identifier: EUPL-1.2
"""A stop and an end date reached are one thing to the organisation: at its grants, take-overs, closings, evidence, events.

Two grants alike, one stopped by her in its last hour, one that ran out; then the same calls of the team about each. What
may differ is what is of one grant alone (ids, hashes, numbers), so only that is taken out before they are compared.
"""

import json
import re
from typing import Any

import pytest

from chassis.calls import Reply
from consent.tending import tend
from formats.jose import peek
from formats.spelling import DAY, FormatError, new_id, unb64u
from tests.consent.town import Citizen, Team, Town

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.promise("P23")]
ARTICLE = "Jeugdwet art. 7.3.8"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_OPAQUE = re.compile(r"[A-Za-z0-9_+/=-]{43,}")


def shape(told: Any) -> Any:
    """What is told, without what is of one grant alone; signed things and log events by what they say."""
    if isinstance(told, dict):
        return {name: shape(value) for name, value in told.items()}
    if isinstance(told, list):
        return [shape(one) for one in told]
    if isinstance(told, int) and not isinstance(told, bool):
        return "number"
    if not isinstance(told, str):
        return told
    try:
        if told.count(".") == 2:
            return shape(dict(zip(("header", "claims"), peek(told), strict=True)))
        return shape(json.loads(unb64u(told)))
    except (FormatError, ValueError):
        if "tlog-proof" in told:
            return "proof"
        return re.sub(r"\d+", "0", _OPAQUE.sub("hash", _ID.sub("id", told)))


def said(reply: Reply) -> Any:
    """A whole answer: status, headers, body."""
    headers = {name: _ID.sub("id", value) for name, value in reply.headers.items() if name != "content-length"}
    return reply.status, headers, shape(reply.json()) if reply.body else None


async def two_ends(town: Town, *, tended: bool) -> tuple[Citizen, Team, str, str]:
    """Noor, a team, a grant that she stopped and one that ran out. Both were read once."""
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    ends = town.clock.at + 30 * DAY
    stopped, expired = [await noor.allows(await team.asks(noor, ends=ends), school) for _ in range(2)]
    for jti in (stopped, expired):
        assert (await team.looks(jti, school)).status == 200
    town.clock.at = ends - 3600
    await noor.calls("POST", f"/grants/{stopped}/stops", {"statement": None})
    town.clock.at = ends
    if tended:
        await tend(town.registry)
    return noor, team, stopped, expired


async def everything_about(noor: Citizen, team: Team, jti: str, drw: str) -> list[Any]:
    """What each call of the team about a grant answers, in this order."""
    by = {"caseworker": "cw_karim"}
    told = [await team.gets(f"/grants/{jti}"), await team.gets(f"/grants/{jti}/evidence")]
    told.append(await team.posts(f"/grants/{jti}/take-overs", **by, reason="Fatima is met verlof."))
    told += [await team.looks(jti, drw), await team.looks(jti, drw, caseworker="cw_karim")]
    told.append(await team.closes(noor, jti, art="AVG art. 6", until=team.town.clock.at + DAY))
    told.append(await team.closes(noor, jti, gnt=new_id()))
    until = team.town.clock.at + 700 * DAY
    told.append(await team.closes(noor, jti, art=ARTICLE, until=until))
    told.append(await team.gets(f"/grants/{jti}/evidence"))
    told.append(await team.posts(f"/grants/{jti}/take-overs", **by, reason="Nog eens."))
    team.town.clock.at += 5
    told += [await team.closes(noor, jti), await team.closes(noor, jti, art=ARTICLE, until=until)]
    told.append(await team.gets(f"/grants/{jti}/evidence"))
    told.append(await team.town.gateway.call("DELETE", f"/consent/v1/grants/{jti}", query=f"team={team.party}"))
    return [said(reply) for reply in told]


@pytest.mark.parametrize("tended", [True, False], ids=["after the hour", "before it"])
async def test_whatever_the_team_asks_it_cannot_tell_them_apart(town: Town, tended: bool) -> None:
    noor, team, stopped, expired = await two_ends(town, tended=tended)
    school = next(iter(noor.drawers))
    both = [await everything_about(noor, team, jti, school) for jti in (stopped, expired)]
    statuses = [status for status, _, _ in both[1]]
    assert statuses == [200, 200, 403, 403, 403, 400, 400, 201, 200, 403, 201, 409, 200, 204]
    for n, (one, other) in enumerate(zip(*both, strict=True)):
        assert one == other, f"a stop is told from an end date at call {n}"
    await tend(town.registry)
    told: dict[str, list[str]] = {stopped: [], expired: []}
    for token in (await team.waiting()).values():
        [(kind, event)] = peek(token)[1]["events"].items()
        for jti in (jti for jti in told if jti in event["dataref"]):
            told[jti].append(kind)
    assert sorted(told[stopped]) == sorted(told[expired]), "a stop is told from an end date by its events"
    assert len(told[stopped]) == 2
    reasons = [(await noor.state(jti))[1] for jti in (stopped, expired)]
    assert reasons == ["withdrawn", "expired"], "she herself reads which is which"


async def test_the_lists_of_the_team_hold_both_alike(town: Town) -> None:
    _, team, _, _ = await two_ends(town, tended=True)
    one, other = (await team.gets("/grants")).json()["items"]
    assert shape(one) == shape(other), "a stop is told from an end date in the list"
    assert shape({"at": "2026-09-21T10:00:00Z"}) != shape({"at": None}), "the comparison sees what is there"
