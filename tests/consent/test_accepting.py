# SPDX-License-Identifier: EUPL-1.2
"""A counter-offer accepted: a new question of exactly the offer, which gives nothing before her new signature."""

from typing import Any

import pytest

from chassis.calls import Reply
from chassis.clock import show_moment
from formats.request import Item
from formats.spelling import DAY, new_id
from tests.consent.registry import NOW
from tests.consent.town import Citizen, Question, Team, Town, claims_of, places, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOCTOR = "urn:kluisje:schema:doctors-note:1"
LETTER = Item("record", DOCTOR, False)
ITEMS = [Item("drawer", "school", True), LETTER]


async def offered(town: Town, **offer: Any) -> tuple[Citizen, Team, Question, str]:
    """Noor offers her doctor's note for a week instead of the whole drawer."""
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    asked = await team.asks(noor, items=ITEMS)
    given = {"items": [{"kind": "record", "ref": DOCTOR}], "endsAt": show_moment(town.clock.at + 7 * DAY)} | offer
    assert (await noor.answers(asked, "offer", offer=given)).status == 201
    return noor, team, asked, school


def as_offered(team: Team, asked: Question, **other: Any) -> str:
    now = team.town.clock.at
    return team.question(**({"items": [LETTER], "ends": now + 7 * DAY, "off": asked.id} | other))


async def accepts(team: Team, asked: Question, token: str) -> Reply:
    told = {"client": "oin:00000001234567890000:desk", "caseworker": team.caseworker, "request": token}
    return await team.posts(f"/consent-requests/{asked.id}/acceptances", **told)


async def test_exactly_the_offer_is_a_new_question_and_gives_nothing_by_itself(shared: Town) -> None:
    noor, team, asked, school = await offered(shared)
    token = as_offered(team, asked)
    reply = await accepts(team, asked, token)
    assert (reply.status, reply.json()["state"]) == (201, "open")
    new = Question(team, claims_of(token)["jti"], claims_of(token), reply)
    assert (await noor.sees("/grants"))["items"] == []
    assert (await team.sees(asked)).json()["state"] == "taken-back"
    inbox = {one["id"]: one["state"] for one in (await noor.sees("/consent-requests"))["items"]}
    assert inbox == {asked.id: "taken-back", new.id: "open"}
    assert slug(await noor.answers(asked, "yes", noor.grant(asked, school))) == "request-closed"
    jti = await noor.allows(new, drw=[noor.single(school)])
    assert (await team.looks(jti, school)).status == 200
    assert (await team.sees(new)).json()["state"] == "granted"


async def test_accepted_once_and_the_same_acceptance_again_is_the_same(shared: Town) -> None:
    _, team, asked, _ = await offered(shared)
    token = as_offered(team, asked)
    first = await accepts(team, asked, token)
    assert (await accepts(team, asked, token)).body == first.body
    assert slug(await accepts(team, asked, as_offered(team, asked))) == "request-closed"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "more than was offered": ({"items": ITEMS}, "/request/items"),
    "something else": ({"items": [Item("drawer", "school", True)]}, "/request/items"),
    "as required what was optional": ({"items": [Item("record", DOCTOR, True)]}, "/request/items"),
    "longer": ({"ends": NOW + 30 * DAY}, "/request/ends"),
    "shorter": ({"ends": NOW + 6 * DAY}, "/request/ends"),
    "another kind": ({"knd": "once"}, "/request/knd"),
    "another ground": ({"gnd": "consent"}, "/request/gnd"),
    "another purpose": ({"pur": "urn:kluisje:purpose:help-at-home:1"}, "/request/pur"),
    "earlier than was asked": ({"nbf": NOW - DAY}, "/request/nbf"),
    "no acceptance": ({"off": None}, "/request/off"),
    "of another question": ({"off": new_id()}, "/request/off"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_anything_but_the_offer_is_refused(shared: Town, name: str) -> None:
    other, place = WRONG[name]
    noor, team, asked, _ = await offered(shared)
    reply = await accepts(team, asked, as_offered(team, asked, **other))
    assert slug(reply) == "invalid-input"
    assert place in {at for at, _ in places(reply)}
    assert (await team.sees(asked)).json()["state"] == "countered"
    assert len((await noor.sees("/consent-requests"))["items"]) == 1


async def test_an_offer_without_an_item_or_for_later_is_not_accepted_now(town: Town) -> None:
    _, team, asked, _ = await offered(town, items=[], talkFirst=True)
    assert ("/request/off", "nothing-offered") in places(await accepts(team, asked, as_offered(team, asked)))
    later = town.clock.at + 3 * DAY
    _, team, asked, _ = await offered(town, askAfter=show_moment(later), endsAt=show_moment(later + 7 * DAY))
    ends = later + 7 * DAY
    assert ("/request/iat", "too-early") in places(await accepts(team, asked, as_offered(team, asked, ends=ends)))
    town.clock.at = later
    assert (await accepts(team, asked, as_offered(team, asked, ends=ends))).status == 201


@pytest.mark.promise("P23")
async def test_without_an_offer_there_is_nothing_to_accept(town: Town) -> None:
    """Open, refused, taken back, expired, and nobody's: none of them tells the others apart before it is over."""
    noor, team, other = await town.person(), await town.team(), await town.team()
    open_, refused = await team.asks(noor, items=ITEMS), await team.asks(noor, items=ITEMS)
    assert (await noor.answers(refused, "no")).status == 201
    answers = [await accepts(team, one, as_offered(team, one)) for one in (open_, refused)]
    bodies = [{k: v for k, v in one.json().items() if k != "instance"} for one in answers]
    assert [slug(one) for one in answers] == ["request-closed"] * 2
    assert bodies[0] == bodies[1]
    _, team, asked, _ = await offered(town)
    assert (await accepts(other, asked, as_offered(other, asked))).status == 404
    town.clock.at += 14 * DAY
    assert slug(await accepts(team, asked, as_offered(team, asked, ends=NOW + 60 * DAY))) == "request-closed"
