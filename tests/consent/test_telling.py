# SPDX-License-Identifier: EUPL-1.2
"""Signed events: who is told what, each until it is acknowledged, and never what is another team's."""

import asyncio

import pytest

from consent.tending import tend
from formats.jose import public
from formats.receipt import SecurityEvent, verify_security_event
from formats.spelling import DAY, new_id
from tests.consent.town import Citizen, Team, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


def read(town: Town, sets: dict[str, str]) -> list[SecurityEvent]:
    found = [verify_security_event(token, public(town.keys["receipt"])) for token in sets.values()]
    assert [one.jti for one in found] == list(sets)
    return found


async def granted(town: Town, noor: Citizen, team: Team) -> str:
    school = next(iter(noor.drawers), None) or await noor.keeps("school")
    return await noor.allows(await team.asks(noor), school)


@pytest.mark.promise("P03")
async def test_an_event_comes_until_it_is_acknowledged_and_then_never_again(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    jti = await granted(town, noor, team)
    await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    town.clock.at += DAY  # the organisation was away
    first = await team.waiting()
    assert [one.kind for one in read(town, first)].count("request-answered") == 1
    assert sorted(one.kind for one in read(town, first)) == ["deletion-asked", "grant-ended", "request-answered"]
    assert await team.waiting() == first, "unacknowledged: again, the same bytes"
    answered, *left = first
    assert await team.waiting(ack=[answered]) == {one: first[one] for one in left}
    await tend(town.registry)
    assert await team.waiting() == {one: first[one] for one in left}
    assert await team.waiting(notGood=left) == {}
    assert await team.waiting() == {}
    await tend(town.registry)
    assert await town.events(team) == []


@pytest.mark.promise("P16")
async def test_nobody_is_told_or_acknowledges_what_is_another_teams(shared: Town) -> None:
    noor, team, other = await shared.person(), await shared.team(), await shared.team()
    await granted(shared, noor, team)
    [mine] = await team.waiting()
    assert await other.waiting() == {}, "events of another team were told"
    await other.waiting(ack=[mine], notGood=[mine])
    assert list(await team.waiting()) == [mine], "another team's event was acknowledged"


async def test_events_say_where_to_look_and_nothing_else(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    asked = await team.asks(noor)
    await noor.allows(asked, await noor.keeps("school"))
    [told] = read(shared, await team.waiting())
    assert (told.aud, told.kind, told.dataref) == (
        team.party, "request-answered", f"/gateway/v1/consent-requests/{asked.id}",
    )  # fmt: skip


async def test_pages_are_cut_where_it_is_asked(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    for _ in range(3):
        await granted(shared, noor, team)
    reply = (await team.posts("/events", maxEvents=2)).json()
    assert (len(reply["sets"]), reply["moreAvailable"]) == (2, True)
    rest = (await team.posts("/events", maxEvents=2, ack=list(reply["sets"]))).json()
    assert (len(rest["sets"]), rest["moreAvailable"]) == (1, False)
    assert (await team.posts("/events", maxEvents=0, ack=list(rest["sets"]))).json() == {
        "sets": {},
        "moreAvailable": False,
    }
    assert await team.waiting() == {}
    assert await team.waiting(ack=[new_id()]) == {}


async def test_what_nobody_fetches_goes_after_ninety_days(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    await granted(town, noor, team)
    made = town.clock.at
    town.clock.at += 29 * DAY
    await tend(town.registry)
    assert len(await team.waiting()) == 1
    assert await team.waiting(since=town.moment()) == {}, "a push looks at those of the last thirty days only"
    town.clock.at = made + 90 * DAY + 1
    await tend(town.registry)
    old = [one for one in read(town, await team.waiting()) if one.iat == made]
    assert old == []


@pytest.mark.promise("P23")
async def test_no_answer_is_told_for_all_in_one_hour_and_in_no_order(town: Town) -> None:
    """Twelve questions, half of them refused at once: nothing is told before they expire, and then the order of the
    events is not that of the questions."""
    team, people = await town.team(), [await town.person() for _ in range(12)]
    asked = []
    for number, person in enumerate(people):
        asked.append(await team.asks(person))
        if number % 2:
            assert (await person.answers(asked[-1], "no")).status == 201
    assert await team.waiting() == {}, "an event told a refusal before its time"
    town.clock.at += 14 * DAY - 1
    await tend(town.registry)
    assert await team.waiting() == {}, "an event told a refusal before its time"
    town.clock.at += 1
    await tend(town.registry)
    told = read(town, await team.waiting())
    assert {(one.kind, one.iat) for one in told} == {("request-answered", town.clock.at)}
    order = [one.dataref.rpartition("/")[2] for one in told]
    assert sorted(order) == sorted(one.id for one in asked)
    assert order != [one.id for one in asked]


@pytest.mark.promise("P23")
async def test_stopped_expired_and_used_leave_the_same_events(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    stopped, expired = (
        await granted(town, noor, team),
        await noor.allows(await team.asks(noor), school, exp=town.clock.at + DAY),
    )
    used = await noor.allows(await team.asks(noor, knd="once"), school)
    await team.waiting(ack=list(await team.waiting()))
    assert (await team.looks(used, school)).status == 200
    town.clock.at += DAY
    await noor.calls("POST", f"/grants/{stopped}/stops", {"statement": None})
    await tend(town.registry)
    told = read(town, await team.waiting())
    for jti in (stopped, expired, used):
        mine = {(one.kind, one.aud, one.iat) for one in told if one.dataref == f"/gateway/v1/grants/{jti}"}
        at = town.clock.at
        assert mine == {("grant-ended", team.party, at), ("deletion-asked", team.party, at)}, jti
    assert [(await noor.state(jti))[1] for jti in (stopped, expired, used)] == ["withdrawn", "expired", "used"]
    looks = [(await team.looks(jti, school)).json()["type"] for jti in (stopped, expired, used)]
    assert len(set(looks)) == 1


async def test_who_waits_for_nothing_is_answered_at_once(shared: Town) -> None:
    team = await shared.team()
    async with asyncio.timeout(30):
        assert await team.waiting() == {}
