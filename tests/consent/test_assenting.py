# SPDX-License-Identifier: EUPL-1.2
"""Who else has to say yes, and what a grant is while somebody has not."""

import pytest

from consent.tending import tend
from formats.consent_receipt import verify_consent_receipt
from formats.jose import public
from formats.request import Item
from formats.spelling import DAY, new_id
from tests.consent.town import Citizen, Question, Team, Town, claims_of, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")

FREE_TIME = Item("drawer", "free-time", False)
ACTIVITY = {
    "pur": "urn:kluisje:purpose:find-an-activity:1", "gnd": "consent", "role": "sports-coach", "items": [FREE_TIME],
}  # fmt: skip


async def family(town: Town, *, parents: int = 1, born: str = "2011-05-09") -> tuple[Citizen, list[Citizen], Team, str]:
    """A child of fifteen, who has gezag, a team of the sports coaches, and a drawer."""
    noor = await town.person(born)
    adults = [await town.person("1980-01-01") for _ in range(parents)]
    await town.gezag(noor, *adults)
    return noor, adults, await town.team("sportteam"), await noor.keeps("free-time")


async def yes(noor: Citizen, team: Team, drw: str) -> tuple[Question, str]:
    """A question, and her signed yes to it."""
    asked = await team.asks(noor, **ACTIVITY)
    token = noor.grant(asked, drw)
    reply = await noor.answers(asked, "yes", token)
    assert reply.status == 201, reply.body
    return asked, token


async def test_at_fifteen_her_own_yes_is_enough_for_help_with_school(shared: Town) -> None:
    noor, _, _, _ = await family(shared)
    team = await shared.team()
    school = await noor.keeps("school")
    asked = await team.asks(noor)
    assert (await noor.sees(f"/consent-requests/{asked.id}"))["approvers"]["parents"] == "none"
    jti = await noor.allows(asked, school)
    assert (await team.looks(jti, school)).status == 200


async def test_where_consent_is_the_only_ground_a_grant_waits_for_a_parent(shared: Town) -> None:
    noor, [mother], team, drw = await family(shared)
    blank = (await team.asks(await shared.person(), **ACTIVITY)).reply.json()
    asked, token = await yes(noor, team, drw)
    jti = claims_of(token)["jti"]
    approvers = (await noor.sees(f"/consent-requests/{asked.id}"))["approvers"]
    assert approvers == {"she": True, "parents": "one", "representative": False, "manual": False}
    assert await noor.state(jti) == ("waiting", "not-assented")
    assert slug(await team.looks(jti, drw)) == "grant-ended"  # it never learns that it waits
    seen = (await team.sees(asked)).json()
    assert {name for name in seen if seen[name] != blank[name]} == {"id", "request", "bindingCode"}
    assert (await team.gets("/grants")).json()["items"] == []
    assert (await team.gets(f"/grants/{jti}")).status == 404
    assert await shared.events(team) == []

    assert (await mother.enters(mother.assent(token))).status == 201
    assert await noor.state(jti) == ("running", None)
    assert (await team.looks(jti, drw)).status == 200
    assert await shared.events(team) == ["request-answered"]
    receipt = (await team.sees(asked)).json()["receipt"]
    body = verify_consent_receipt(receipt, public(shared.keys["receipt"])).body
    assert body["dpv:hasRepresentative"] != mother.vlt
    assert len((await mother.sees("/lines"))["items"]) == 3  # card, person, assent: all of it her own


async def test_one_no_is_no_until_it_becomes_a_yes(shared: Town) -> None:
    noor, [mother], team, drw = await family(shared)
    asked, token = await yes(noor, team, drw)
    jti = claims_of(token)["jti"]
    assert (await mother.enters(mother.assent(token, yes=False))).status == 201
    assert (await noor.sees(f"/consent-requests/{asked.id}"))["state"] == "refused"
    assert (await team.sees(asked)).json()["state"] == "open"
    assert slug(await team.looks(jti, drw)) == "grant-ended"
    assert (await mother.enters(mother.assent(token))).status == 201
    assert await noor.state(jti) == ("running", None)


async def test_who_had_to_say_yes_can_stop_alone(shared: Town) -> None:
    noor, [mother], team, drw = await family(shared)
    _, token = await yes(noor, team, drw)
    jti = claims_of(token)["jti"]
    await mother.enters(mother.assent(token))
    assert (await mother.enters(mother.assent(token, yes=False))).status == 201
    assert await noor.state(jti) == ("ended", "withdrawn")
    assert slug(await team.looks(jti, drw)) == "grant-ended"
    states = [
        verify_consent_receipt(one["receipt"], public(shared.keys["receipt"])).state
        for one in (await noor.sees("/receipts"))["items"]
    ]
    assert sorted(states) == ["ConsentGiven", "ConsentRevoked"]
    await mother.enters(mother.assent(token))  # ended is final
    assert await noor.state(jti) == ("ended", "withdrawn")


async def test_either_parent_is_enough_and_neither_hears_of_the_other(shared: Town) -> None:
    noor, [mother, father], team, drw = await family(shared, parents=2)
    _, token = await yes(noor, team, drw)
    assert (await mother.enters(mother.assent(token))).status == 201
    before = (await father.sees("/lines"), await father.sees("/plain-lines"), await father.sees("/receipts"))
    assert [len(one["items"]) for one in before] == [2, 0, 0]
    assert (await father.enters(father.assent(token))).status == 201  # the same answer as if nobody had spoken
    assert await noor.state(claims_of(token)["jti"]) == ("running", None)


async def test_who_is_not_asked_learns_nothing(shared: Town) -> None:
    noor, _, team, drw = await family(shared)
    stranger = await shared.person("1980-01-01")
    _, token = await yes(noor, team, drw)
    other = noor.grant(await team.asks(noor, **ACTIVITY), drw)  # never entered
    for about in (token, other):
        reply = await stranger.enters(stranger.assent(about))
        assert (reply.status, slug(reply)) == (404, "not-found")
    assert (await noor.enters(noor.assent(token))).status == 404  # nobody assents to an own grant
    assert (await stranger.sees(""))["seq"] == 0


async def test_without_known_gezag_it_waits_for_people_not_for_a_rule(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team("sportteam")
    drw = await noor.keeps("free-time")
    asked, token = await yes(noor, team, drw)
    assert (await noor.sees(f"/consent-requests/{asked.id}"))["approvers"]["manual"] is True
    assert await noor.state(claims_of(token)["jti"]) == ("waiting", "not-assented")


async def test_a_waiting_grant_lapses_with_its_question(town: Town) -> None:
    noor, [mother], team, drw = await family(town)
    asked, token = await yes(noor, team, drw)
    jti = claims_of(token)["jti"]
    town.clock.at += 14 * DAY
    assert await noor.state(jti) == ("ended", "lapsed")
    assert (await mother.enters(mother.assent(token))).status == 201  # said, and too late
    assert slug(await team.looks(jti, drw)) == "grant-ended"
    await tend(town.registry)
    assert await noor.state(jti) == ("ended", "lapsed")
    assert await town.events(team) == ["request-answered"]
    assert (await team.sees(asked)).json()["state"] == "no-answer"


async def test_she_stops_what_waits_and_says_yes_again(shared: Town) -> None:
    noor, [mother], team, drw = await family(shared)
    asked, token = await yes(noor, team, drw)
    jti = claims_of(token)["jti"]
    assert (await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})).status == 201
    assert await shared.events(team) == []
    assert await noor.state(jti) == ("ended", "withdrawn")
    second = noor.grant(asked, drw, jti=new_id())
    assert (await noor.answers(asked, "yes", second)).status == 201
    await mother.enters(mother.assent(second))
    assert await noor.state(claims_of(second)["jti"]) == ("running", None)


@pytest.mark.parametrize(
    ("born", "state"), [("2010-09-22", "waiting"), ("2010-09-20", "running"), ("2000-01-01", "running")]
)
async def test_from_sixteen_no_parent_is_asked(shared: Town, born: str, state: str) -> None:
    noor, _, team, drw = await family(shared, born=born)
    _, token = await yes(noor, team, drw)
    assert (await noor.state(claims_of(token)["jti"]))[0] == state


async def test_a_birthday_makes_what_rests_on_a_parent_review_due_with_all_jobs_off(town: Town) -> None:
    noor, [mother], team, drw = await family(town, born="2010-09-25")
    _, token = await yes(noor, team, drw)
    jti = claims_of(token)["jti"]
    await mother.enters(mother.assent(token))
    assert (await team.looks(jti, drw)).status == 200
    town.clock.at += 5 * DAY
    assert slug(await team.looks(jti, drw)) == "not-allowed"
    assert await noor.state(jti) == ("review-due", "review-due")
    assert (await team.gets(f"/grants/{jti}")).json()["state"] == "running"


async def test_other_gezag_makes_it_review_due(town: Town) -> None:
    noor, [mother], team, drw = await family(town)
    _, token = await yes(noor, team, drw)
    await mother.enters(mother.assent(token))
    town.clock.at += DAY
    await town.gezag(noor, mother)  # the same again changes nothing
    assert (await noor.state(claims_of(token)["jti"]))[0] == "running"
    town.clock.at += DAY
    await town.gezag(noor, await town.person("1979-01-01"))
    assert (await noor.state(claims_of(token)["jti"]))[0] == "review-due"
