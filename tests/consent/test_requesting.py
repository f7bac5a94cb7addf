# SPDX-License-Identifier: EUPL-1.2
"""Asking: nothing beyond the purpose, and nothing to be learnt from refused, ignored and absent."""

from typing import Any

import pytest

from consent.requesting import AGAIN
from consent.sharing import new_code, read_code
from consent.tending import tend
from formats.jose import new_signing_key
from formats.request import Item
from formats.spelling import DAY, H, new_id
from tests.consent.registry import NOW
from tests.consent.town import Citizen, Question, Team, Town, claims_of, new_bsn, places, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHOOL = Item("drawer", "school", True)
BEYOND: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "an unknown purpose": ({"pur": "urn:kluisje:purpose:check-up-on-her:1"}, ("/request/pur", "not-listed")),
    "another ground": ({"gnd": "legal-duty"}, ("/request/gnd", "not-listed")),
    "another act": ({"act": "deposit"}, ("/request/act", "not-listed")),
    "another kind": ({"knd": "every:7"}, ("/request/knd", "not-listed")),
    "an item that is not listed": (
        {"items": [SCHOOL, Item("drawer", "money", False)]},
        ("/request/items/1/ref", "not-listed"),
    ),
    "a private drawer": ({"items": [Item("drawer", "private", False)]}, ("/request/items/0/ref", "not-listed")),
    "what is optional as required": (
        {"items": [Item("record", "urn:kluisje:schema:doctors-note:1", True)]},
        ("/request/items/0/req", "only-optional"),
    ),
    "too long": ({"ends": NOW + 200 * DAY}, ("/request/ends", "too-long")),
    "open too long": ({"exp": NOW + 15 * DAY}, ("/request/exp", "too-long")),
    "another role": ({"role": "debt-adviser"}, ("/request/who/role", "not-listed")),
    "a role that does not exist": ({"role": "police-officer"}, ("/request/who/role", "not-listed")),
}


@pytest.mark.parametrize("name", BEYOND)
async def test_over_asking_is_refused_by_place(shared: Town, name: str) -> None:
    other, expected = BEYOND[name]
    team = await shared.team()
    bsn, token = new_bsn(), team.question(**other)
    reply = await team.sends({"bsn": bsn}, token)
    assert slug(reply) == "over-asking"
    assert expected in places(reply)
    assert bsn not in reply.body.decode()
    assert await shared.rows("SELECT id FROM requests WHERE id = ?", id=claims_of(token)["jti"]) == []


async def test_all_places_of_over_asking_are_told_together(shared: Town) -> None:
    team = await shared.team()
    token = team.question(gnd="contract", knd="every:7", role="job-coach", items=[Item("drawer", "money", True)])
    reply = await team.sends({"bsn": new_bsn()}, token)
    assert {at for at, _ in places(reply)} == {
        "/request/gnd", "/request/knd", "/request/who/role", "/request/items/0/ref",
    }  # fmt: skip
    assert "/items/0/ref: the purpose does not list this" in reply.json()["detail"]
    assert "money" not in reply.body.decode()


async def test_only_a_listed_team_asks_and_only_for_itself(shared: Town) -> None:
    team, other = await shared.team(), await shared.team()
    to = {"bsn": new_bsn()}
    cases = {
        "signed by nobody we know": (team.question(key=new_signing_key()), "bad-signature"),
        "of another team": (other.question(), "not-allowed"),
        "with another's keys": (team.question(org=H("org")), "not-allowed"),
        "not a token": ("x.y.z", "bad-spelling"),
        "yesterday's": (team.question(iat=NOW - 601), "invalid-input"),
        "over": (team.question(iat=NOW - 2, exp=NOW), "invalid-input"),
        "an acceptance of nothing": (team.question(off=new_id()), "invalid-input"),
    }
    for name, (token, expected) in cases.items():
        assert slug(await team.sends(to, token)) == expected, name


async def test_the_same_question_again_is_the_same_question(shared: Town) -> None:
    team, noor = await shared.team(), await shared.person()
    token = team.question()
    first = await team.sends({"bsn": noor.bsn}, token)
    again = await team.sends({"bsn": noor.bsn}, token)
    assert (first.status, again.body) == (201, first.body)
    other = team.question(jti=claims_of(token)["jti"], note="Iets anders")
    assert ("/request/jti", "used") in places(await team.sends({"bsn": noor.bsn}, other))
    assert len((await noor.sees("/consent-requests"))["items"]) == 1


@pytest.mark.parametrize("bsn", ["123456789", "12345678", "1234567890", "00000000x", 123456782])
async def test_what_is_no_bsn_is_refused_without_repeating_it(shared: Town, bsn: object) -> None:
    team = await shared.team()
    reply = await team.sends({"bsn": bsn}, team.question())
    assert slug(reply) == "invalid-input"
    assert str(bsn) not in reply.body.decode()


async def test_an_address_is_one_of_the_two(shared: Town) -> None:
    team = await shared.team()
    for to in ({}, {"bsn": new_bsn(), "shareCode": new_code()}):
        assert slug(await team.sends(to, team.question())) == "invalid-input"


# -- share codes ---------------------------------------------------------------------------------------------


async def test_a_share_code_works_once_for_seven_days(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    made = (await noor.calls("POST", "/share-codes")).json()
    assert read_code(made["code"].lower().replace("-", " ")) is not None
    assert (await team.sends({"shareCode": made["code"]}, team.question())).status == 201
    assert len((await noor.sees("/consent-requests"))["items"]) == 1
    over = (await noor.calls("POST", "/share-codes")).json()
    dropped = (await noor.calls("POST", "/share-codes")).json()
    assert (await noor.calls("DELETE", f"/share-codes/{dropped['id']}")).status == 204
    assert [code["used"] for code in (await noor.sees("/share-codes"))["items"]].count(True) == 1
    assert made["code"] not in str(await noor.sees("/share-codes"))
    town.clock.at += 7 * DAY
    bad = [made["code"], over["code"], dropped["code"], new_code(), made["code"][:-1] + "0", "helemaal niet"]
    answers = [await team.sends({"shareCode": code}, team.question()) for code in bad]
    assert {without_instance(reply) for reply in answers} == {without_instance(answers[0])}
    assert slug(answers[0]) == "share-code-not-good"


async def test_over_asking_does_not_spend_a_share_code(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    code = (await noor.calls("POST", "/share-codes")).json()["code"]
    assert slug(await team.sends({"shareCode": code}, team.question(gnd="contract"))) == "over-asking"
    assert (await team.sends({"shareCode": code}, team.question())).status == 201


# -- refused, ignored, absent --------------------------------------------------------------------------------


def without_instance(reply: Any) -> bytes:
    body = dict(reply.json())
    body.pop("instance", None)
    return repr((reply.status, sorted(body.items()))).encode()


def blank(asked: Question, body: bytes) -> bytes:
    """What the asker sees, without what it chose or drew itself."""
    told = asked.reply.json()
    text = body.replace(told["request"].encode(), b"<request>").replace(asked.id.encode(), b"<id>")
    return text.replace(told["bindingCode"].encode(), b"<code>")


async def sides(town: Town, team: Team) -> dict[str, Question]:
    """A question refused by her, one that she ignores, one for somebody too young, and one for nobody."""
    refuser, ignorer, young = await town.person(), await town.person(), await town.person("2016-01-01")
    nobody = Citizen(town, new_bsn())
    refused = await team.asks(refuser)
    assert (await refuser.answers(refused, "no")).status == 201
    return {
        "refused": refused,
        "ignored": await team.asks(ignorer),
        "too young": await team.asks(young),
        "absent": await team.asks(nobody),
    }


@pytest.mark.promise("P23")
async def test_refused_ignored_and_absent_are_the_same_bytes(town: Town) -> None:
    team = await town.team()
    asked = await sides(town, team)
    assert len({blank(one, one.reply.body) for one in asked.values()}) == 1
    for step in (0, 14 * DAY - 1, 1, 29 * DAY, AGAIN - 29 * DAY - 1, 1, DAY):
        town.clock.at += step
        await tend(town.registry)
        seen = {name: await team.sees(one) for name, one in asked.items()}
        statuses = {reply.status for reply in seen.values()}
        assert len(statuses) == 1, step
        if statuses == {200}:
            assert len({blank(asked[name], reply.body) for name, reply in seen.items()}) == 1, step
        else:
            assert len({without_instance(reply) for reply in seen.values()}) == 1, step
        listed = (await team.gets("/consent-requests")).json()["items"]
        assert len(listed) in (0, 4)
    assert statuses == {404}


async def test_no_answer_is_told_to_all_alike_and_then_thirty_days_of_rest(town: Town) -> None:
    team = await town.team()
    asked = await sides(town, team)
    await tend(town.registry)
    assert await town.events(team) == []
    town.clock.at += 14 * DAY
    states = {(await team.sees(one)).json()["state"] for one in asked.values()}
    assert states == {"no-answer"}
    await tend(town.registry)
    await tend(town.registry)
    assert await town.events(team) == ["request-answered"] * 4
    refusals = [await team.sends({"bsn": town.asked_of[one.id]}, team.question()) for one in asked.values()]
    assert {slug(reply) for reply in refusals} == {"too-many"}
    assert {reply.headers["retry-after"] for reply in refusals} == {str(AGAIN)}
    assert len({without_instance(reply) for reply in refusals}) == 1


async def test_a_share_code_lifts_the_rest_and_another_purpose_is_free(town: Town) -> None:
    noor, team, other = await town.person(), await town.team(), await town.team()
    await team.asks(noor)
    town.clock.at += 14 * DAY
    assert slug(await team.sends({"bsn": noor.bsn}, team.question())) == "too-many"
    code = (await noor.calls("POST", "/share-codes")).json()["code"]
    assert (await team.sends({"shareCode": code}, team.question())).status == 201
    assert (await other.sends({"bsn": noor.bsn}, other.question())).status == 201
    town.clock.at += AGAIN - 1
    assert slug(await team.sends({"bsn": noor.bsn}, team.question())) == "too-many"
    town.clock.at += 14 * DAY + 1  # the one by share code had no answer either: its 30 days count
    assert (await team.sends({"bsn": noor.bsn}, team.question())).status == 201


async def test_a_vault_opened_later_still_finds_its_question(town: Town) -> None:
    team = await town.team()
    early = Citizen(town, new_bsn())
    asked = await team.asks(early)
    town.clock.at += DAY
    noor = await town.person(bsn=early.bsn)
    assert [one["id"] for one in (await noor.sees("/consent-requests"))["items"]] == [asked.id]
    await noor.allows(asked, await noor.keeps("school"))


async def test_who_is_too_young_for_a_purpose_sees_no_question(town: Town) -> None:
    team, young = await town.team(), await town.person("2014-10-01")  # eleven: twelve in ten days
    asked = await team.asks(young)
    school = await young.keeps("school")
    assert (await young.sees("/consent-requests"))["items"] == []
    assert (await young.sees("/plain-lines"))["items"] == []
    for reply in (
        await young.calls("GET", f"/consent-requests/{asked.id}"),
        await young.answers(asked, "no"),
        await young.answers(asked, "yes", young.grant(asked, school)),
    ):
        assert (reply.status, slug(reply)) == (404, "not-found")
    town.clock.at += 11 * DAY
    await young.allows(asked, school)


async def test_a_question_taken_back_is_closed_whatever_happened_to_it(shared: Town) -> None:
    team = await shared.team()
    asked = await sides(shared, team)
    told = {"team": team.party, "caseworker": team.caseworker}
    for one in asked.values():
        path = f"/consent/v1/consent-requests/{one.id}/withdrawals"
        first = await shared.gateway.post(path, told)
        assert (first.status, first.json()["state"]) == (201, "taken-back")
        assert (await shared.gateway.post(path, told)).body == first.body
    assert len({blank(one, (await team.sees(one)).body) for one in asked.values()}) == 1
    other = await shared.team()
    strange = {"team": other.party, "caseworker": "cw_x"}
    path = f"/consent/v1/consent-requests/{asked['ignored'].id}/withdrawals"
    assert (await shared.gateway.post(path, strange)).status == 404
    noor = await shared.person()
    school = await noor.keeps("school")
    given = await team.asks(noor)
    await noor.allows(given, school)
    late = await shared.gateway.post(f"/consent/v1/consent-requests/{given.id}/withdrawals", told)
    assert slug(late) == "request-closed"
    gone = await team.asks(noor)
    await shared.gateway.post(f"/consent/v1/consent-requests/{gone.id}/withdrawals", told)
    assert slug(await noor.answers(gone, "yes", noor.grant(gone, school))) == "request-closed"


async def test_a_question_that_expired_is_closed_to_every_answer(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    asked = await team.asks(noor)
    town.clock.at += 14 * DAY
    assert (await noor.sees(f"/consent-requests/{asked.id}"))["state"] == "expired"
    offer = {"items": [{"kind": "drawer", "ref": "school"}]}
    for reply in (
        await noor.answers(asked, "yes", noor.grant(asked, school)),
        await noor.answers(asked, "no"),
        await noor.answers(asked, "offer", offer=offer),
    ):
        assert slug(reply) == "request-closed"
    town.clock.at -= 14 * DAY  # a clock set back opens nothing again
    assert slug(await noor.answers(asked, "no")) == "request-closed"


async def test_what_lies_under_an_address_without_a_vault_goes(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    refused = await team.asks(noor)
    await noor.answers(refused, "no")
    await team.asks(Citizen(town, new_bsn()))
    town.clock.at += 14 * DAY + AGAIN
    await tend(town.registry)
    assert [row[0] for row in await town.rows("SELECT id FROM requests")] == [refused.id]  # hers stays a year, for her
    town.clock.at += 365 * DAY - AGAIN
    await tend(town.registry)
    assert await town.rows("SELECT id FROM requests") == []
