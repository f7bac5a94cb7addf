# SPDX-License-Identifier: EUPL-1.2
"""What a signed yes has to be before it counts."""

from typing import Any

import pytest

from consent import directory
from consent.tables import grants
from formats.request import Item
from formats.spelling import DAY, FormatError, H, new_id, sid, unb64u
from tests.consent.town import Citizen, Question, Team, Town, claims_of, places, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")
SCHOOL_NOTE = "urn:kluisje:schema:doctors-note:1"
DEBT_HELP = "urn:kluisje:purpose:debt-help:1"


async def asked_by(town: Town, noor: Citizen, team: Team) -> tuple[Question, str, str]:
    """A question, the drawer it asks for, and one that it does not."""
    return await team.asks(noor), await noor.keeps("school"), await noor.keeps("money")


def beyond(
    noor: Citizen, team: Team, other: Team, asked: Question, money: str
) -> dict[str, tuple[dict[str, Any], Any]]:
    """Each field of a grant, beyond its question -> place and code."""
    end, uri = asked.claims["ends"], asked.claims["pur"]
    text = H("another text")
    return {
        "another team": ({"aud": other.party, "org": sid(other.org), "jkt": other.enc["kid"]}, ("/aud", "other-team")),
        "another act": (
            {"act": "deposit", "drw": [noor.whole(money, "deposit")], "jkt": team.sig["kid"]},
            ("/act", "other-act"),
        ),
        "another kind": ({"knd": "every:7"}, ("/knd", "other-kind")),
        "another purpose": (
            {"pur": {"uri": "urn:kluisje:purpose:first-home:1", "lang": "nl", "h": text}},
            ("/pur/uri", "other-purpose"),
        ),
        "another text": ({"pur": {"uri": uri, "lang": "nl", "h": text}}, ("/pur/h", "other-text")),
        "another language": ({"pur": {"uri": uri, "lang": "de", "h": text}}, ("/pur/lang", "other-language")),
        "sooner": ({"nbf": asked.claims["nbf"] - 1}, ("/nbf", "too-early")),
        "longer": ({"exp": end + 1}, ("/exp", "too-long")),
        "another drawer": ({"drw": [noor.whole(money)]}, ("/drw/0/cat", "not-asked")),
        "singles not asked": ({"drw": [noor.single(money)]}, ("/drw/0/one", "not-asked")),
        "the required one left out": ({"drw": []}, ("/drw", "required-missing")),
        "a key of another": ({"jkt": other.enc["kid"]}, ("/cnf/jkt", "other-key")),
        "the key that signs": ({"jkt": team.sig["kid"]}, ("/cnf/jkt", "other-key")),
    }


NAMES = (
    "another team", "another act", "another kind", "another purpose", "another text", "another language", "sooner",
    "longer", "another drawer", "singles not asked", "the required one left out", "a key of another",
    "the key that signs",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_a_grant_beyond_its_question_is_refused_by_place(shared: Town, name: str) -> None:
    noor, team, other = await shared.person(), await shared.team(), await shared.team()
    asked, school, money = await asked_by(shared, noor, team)
    fields, expected = beyond(noor, team, other, asked, money)[name]
    reply = await noor.answers(asked, "yes", noor.grant(asked, school, **fields))
    assert slug(reply) == "not-as-asked"
    assert expected in places(reply)
    assert (await team.sees(asked)).json()["state"] == "open"
    assert (await noor.sees("/grants"))["items"] == []
    await noor.allows(asked, school)


async def test_a_grant_names_drawers_and_epochs_of_its_chain(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    asked, school, _ = await asked_by(shared, noor, team)
    ahead = noor.whole(school) | {"ep": [1, 2], "env": [H("a"), H("b")]}
    for drawer in (ahead, noor.whole(school) | {"id": new_id()}):
        reply = await noor.answers(asked, "yes", noor.grant(asked, drw=[drawer]))
        assert ("/drw", "unknown") in places(reply)


async def test_a_grant_answers_her_own_question_once(shared: Town) -> None:
    noor, sam, team = await shared.person(), await shared.person(), await shared.team()
    asked, school, _ = await asked_by(shared, noor, team)
    hers = await sam.keeps("school")
    foreign = await sam.enters(sam.grant(asked, hers))
    assert (foreign.status, slug(foreign)) == (404, "not-found")
    unasked = await noor.enters(noor.grant(asked, school, req=None))
    assert ("/req", "missing") in places(unasked)
    jti = await noor.allows(asked, school)
    second = await noor.enters(noor.grant(asked, school))
    assert slug(second) == "request-closed"
    other = await team.asks(noor)
    reply = await noor.answers(other, "yes", noor.grant(other, school, jti=jti))
    assert ("/jti", "used") in places(reply)


async def test_a_yes_holds_exactly_one_grant_for_this_question(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    asked, school, _ = await asked_by(shared, noor, team)
    other = await team.asks(noor)
    for answer, tokens in (("yes", []), ("no", [noor.grant(asked, school)]), ("yes", [noor.grant(other, school)])):
        assert slug(await noor.answers(asked, answer, *tokens)) == "invalid-input"


async def test_once_may_be_given_where_the_purpose_lists_it(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    asked, school, _ = await asked_by(shared, noor, team)
    jti = await noor.allows(asked, school, knd="once")
    assert (await team.looks(jti, school)).status == 200
    assert (await team.looks(jti, school)).status == 200  # the same opening: pages and retries
    assert (await noor.sees(f"/grants/{jti}"))["kind"] == "once"


async def test_a_record_is_given_as_a_single(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    health = await noor.keeps("health")
    asked = await team.asks(noor, items=[Item("record", SCHOOL_NOTE, False)])
    single = noor.single(health)
    jti = await noor.allows(asked, drw=[single])
    [drawer] = (await team.sees(asked)).json()["items"][0]["drawers"]
    assert (drawer["epochs"], drawer["records"]) == ([], [single["one"][0]["rid"]])
    assert (await team.looks(jti, health, records=[new_id()])).status == 403


async def test_no_grant_without_end_or_purpose_can_be_stored(shared: Town) -> None:
    noor, team = await shared.person(), await shared.team()
    asked, school, _ = await asked_by(shared, noor, team)
    uri = asked.claims["pur"]
    for wrong in ({"exp": None}, {"exp": asked.claims["nbf"]}, {"pur": {"uri": None, "lang": "nl", "h": H(uri)}}):
        with pytest.raises(FormatError):
            noor.grant(asked, school, **wrong)
    assert (grants.c.ends.nullable, grants.c.purpose.nullable) == (False, False)


@pytest.mark.promise("P29")
async def test_a_key_of_71_hours_receives_nothing_and_one_of_72_does(town: Town) -> None:
    noor, team = await town.person(), await town.team("jong")
    school = await noor.keeps("school")
    asked = await team.asks(noor)
    town.clock.at += 3599
    early = await noor.answers(asked, "yes", noor.grant(asked, school))
    assert early.status == 400, "it received a grant"
    assert slug(early) == "key-not-ready"
    town.clock.at += 1
    await noor.allows(asked, school)


async def test_what_is_over_cannot_be_given_any_more(town: Town) -> None:
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    asked = await team.asks(noor, ends=town.clock.at + DAY)
    town.clock.at += DAY
    assert ("/exp", "over") in places(await noor.answers(asked, "yes", noor.grant(asked, school)))


async def test_a_withdrawn_key_or_a_suspended_team_receives_nothing(town: Town) -> None:
    noor, team, other = await town.person(), await town.team(), await town.team()
    school = await noor.keeps("school")
    asked, second = await team.asks(noor), await other.asks(noor)
    await directory.withdraw_key(town.registry, team.party, sid(team.org))
    assert slug(await noor.answers(asked, "yes", noor.grant(asked, school))) == "key-not-ready"
    await directory.suspend(town.registry, "organisation", other.party)
    assert slug(await noor.answers(second, "yes", noor.grant(second, school))) == "not-allowed"
    await directory.resume(town.registry, "organisation", other.party)
    await noor.allows(second, school)


TOUCHES: dict[str, dict[str, Any]] = {
    "another page": {"origin": "https://evil.example"},
    "another site": {"rp": "evil.example"},
    "made, not used": {"type": "webauthn.create"},
    "framed": {"crossOrigin": True},
    "nobody verified": {"flags": 0x01},
    "nobody present": {"flags": 0x04},
    "an unknown passkey": {"credential": "other"},
}


async def test_a_sensitive_yes_takes_a_touch_over_this_very_grant(shared: Town) -> None:
    sam, team = await shared.person("2009-02-01"), await shared.team("schuldhulp")
    debts = await sam.keeps("debts")
    asked = await team.asks(
        sam, pur=DEBT_HELP, items=[Item("drawer", "debts", True)], role="debt-adviser", exp=shared.clock.at + 20 * DAY
    )
    assert (await sam.sees(f"/consent-requests/{asked.id}"))["sensitive"] is True
    token = sam.grant(asked, debts)
    challenge = unb64u(sid(token))
    assert slug(await sam.answers(asked, "yes", token)) == "step-up-needed"
    for name, other in TOUCHES.items():
        reply = await sam.answers(asked, "yes", token, assertion=sam.touch(challenge, **other))
        assert slug(reply) == "step-up-needed", name
    elsewhere = sam.touch(unb64u(sid(sam.grant(asked, debts))))
    assert slug(await sam.answers(asked, "yes", token, assertion=elsewhere)) == "step-up-needed"
    assert (await sam.answers(asked, "yes", token, assertion=sam.touch(challenge))).status == 201
    jti = claims_of(token)["jti"]
    assert slug(await team.looks(jti, debts)) == "not-allowed"  # this purpose wants a reason at each opening
    assert (await team.looks(jti, debts, reason="aanvraag van 3 mei")).status == 200
