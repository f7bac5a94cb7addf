# SPDX-License-Identifier: EUPL-1.2
""" "Waarom keek je?": asked once per line, answered in the team's name, or shown as unanswered on day 8."""

from typing import Any

import pytest

from consent.tending import tend
from formats.jose import new_signing_key, peek, public
from formats.receipt import verify_receipt
from formats.request import WHY, verify_why
from formats.spelling import DAY, H, new_id, sid
from tests.consent.town import Citizen, Team, Town, places, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXT = "Waarom keek je in mijn la School?"


async def looked(town: Town) -> tuple[Citizen, Team, int]:
    """Noor, a team that looked, and the number of that line."""
    noor, team = await town.person(), await town.team()
    school = await noor.keeps("school")
    jti = await noor.allows(await team.asks(noor), school)
    assert (await team.looks(jti, school)).status == 200
    return noor, team, (await noor.sees("/lines"))["items"][0]["n"]


async def asked(town: Town) -> tuple[Citizen, Team, dict[str, Any]]:
    """And she asked."""
    noor, team, line = await looked(town)
    assert (await noor.calls("POST", f"/lines/{line}/questions", {"text": TEXT})).status == 201
    [found] = (await team.gets("/questions")).json()["items"]
    return noor, team, found


async def test_she_asks_the_team_is_told_and_answers_signed(shared: Town) -> None:
    noor, team, line = await looked(shared)
    reply = await noor.calls("POST", f"/lines/{line}/questions", {"text": TEXT})
    mine = reply.json()
    assert (reply.status, mine["state"], mine["team"], mine["line"]) == (201, "open", team.party, line)
    assert (await shared.events(team))[-1] == "question-asked"
    [found] = (await team.gets("/questions")).json()["items"]
    assert found == (await team.gets(f"/questions/{mine['id']}")).json()
    assert (found["text"], found["entry"], found["action"]) == (TEXT, mine["entry"], "read")
    token = team.because(found)
    answered = await team.posts(f"/questions/{found['id']}/answers", caseworker="cw_karim", answer=token)
    assert answered.status == 201
    receipt = verify_receipt(answered.json()["receipt"], public(shared.keys["receipt"]))
    assert (receipt.of, receipt.sid, receipt.vlt) == (WHY, sid(token), noor.vlt)
    [read] = (await noor.sees("/questions"))["items"]
    assert (read["state"], read["answer"]) == ("answered", token)
    keys = peek(read["organisation"]["statement"])[1]
    said = verify_why(read["answer"], keys["sig"])
    assert (said.entry, said.iss) == (read["entry"], team.party)
    assert read == await noor.sees(f"/questions/{mine['id']}")


async def test_asked_once_per_line_and_answered_once(town: Town) -> None:
    noor, team, line = await looked(town)
    first = await noor.calls("POST", f"/lines/{line}/questions", {"text": TEXT})
    again = await noor.calls("POST", f"/lines/{line}/questions", {"text": "En nu?"})
    assert (again.status, again.json()) == (200, first.json())
    assert (await town.events(team)).count("question-asked") == 1
    [found] = (await team.gets("/questions")).json()["items"]
    token = team.because(found)
    path, who = f"/questions/{found['id']}/answers", {"caseworker": team.caseworker}
    done = await team.posts(path, answer=token, **who)
    assert (await team.posts(path, answer=token, **who)).body == done.body
    assert slug(await team.explains(found, text="Iets anders.")) == "request-closed"


async def test_only_looks_at_her_own_vault_can_be_asked_about(shared: Town) -> None:
    noor, team, line = await looked(shared)
    kinds = {one["n"]: one for one in (await noor.sees("/lines"))["items"]}
    sam = await shared.person()
    for person, number in ((noor, 0), (noor, max(kinds) + 1), (noor, 2**53 - 1), (sam, line)):
        reply = await person.calls("POST", f"/lines/{number}/questions", {"text": TEXT})
        assert (reply.status, slug(reply)) == (404, "not-found"), number
    for text in ("", "x" * 281, "regel\nregel", "om\u202egekeerd"):
        assert slug(await noor.calls("POST", f"/lines/{line}/questions", {"text": text})) == "invalid-input"
    assert (await team.gets("/questions")).json()["items"] == []


async def test_a_refused_look_can_be_asked_about_and_its_reason_stays_hers(shared: Town) -> None:
    noor, team, _ = await looked(shared)
    [jti] = [one["id"] for one in (await noor.sees("/grants"))["items"]]
    await noor.calls("POST", f"/grants/{jti}/pauses")
    assert (await team.looks(jti, next(iter(noor.drawers)))).status == 403
    line = (await noor.sees("/lines"))["items"][0]["n"]
    assert (await noor.calls("POST", f"/lines/{line}/questions", {"text": TEXT})).status == 201
    [found] = (await team.gets("/questions")).json()["items"]
    assert found["action"] == "refused"
    assert "paused" not in str(found)


@pytest.mark.promise("P23")
async def test_day_eight_and_the_reminder_on_the_fifth(town: Town) -> None:
    noor, team, found = await asked(town)
    town.clock.at += 5 * DAY - 1
    await tend(town.registry)
    assert (await town.events(team)).count("question-asked") == 1
    town.clock.at += 1
    for _ in range(2):
        await tend(town.registry)
    assert (await town.events(team)).count("question-asked") == 2
    town.clock.at += 2 * DAY - 1
    assert (await noor.sees("/questions"))["items"][0]["state"] == "open"
    town.clock.at += 1
    assert (await noor.sees("/questions"))["items"][0]["state"] == "no-answer"
    assert (await team.explains(found)).status == 201, "late is better than never"
    assert (await noor.sees("/questions"))["items"][0]["state"] == "answered"


WRONG: dict[str, tuple[dict[str, Any], str, tuple[str, str] | None]] = {
    "another question": ({"ask": new_id()}, "invalid-input", ("/answer", "other-question")),
    "another vault": ({"vlt": new_id()}, "invalid-input", ("/answer", "other-question")),
    "another line": ({"entry": H("x")}, "invalid-input", ("/answer/entry", "other-line")),
    "somebody else looked": ({"emp": "cw_fatima"}, "invalid-input", ("/answer/emp", "other-employee")),
    "signed long ago": ({"iat": 1_789_990_000}, "invalid-input", ("/answer/iat", "not-current")),
    "a key of nobody": ({"key": new_signing_key()}, "not-allowed", None),
}


@pytest.mark.parametrize("name", WRONG)
async def test_an_answer_names_this_very_line(shared: Town, name: str) -> None:
    other, expected, place = WRONG[name]
    noor, team, found = await asked(shared)
    reply = await team.explains(found, **other)
    assert slug(reply) == expected
    assert place is None or place in places(reply)
    assert (await noor.sees("/questions"))["items"][0]["answer"] is None


@pytest.mark.promise("P16")
async def test_another_team_sees_and_answers_nothing(shared: Town) -> None:
    noor, team, found = await asked(shared)
    other = await shared.team()
    assert (await other.gets("/questions")).json()["items"] == []
    path, token = f"/questions/{found['id']}/answers", team.because(found)
    answers = [
        await other.gets(f"/questions/{found['id']}"),
        await other.posts(path, caseworker="cw_x", answer=token),
        await other.explains(found),
        await team.posts(f"/questions/{new_id()}/answers", caseworker="cw_x", answer=token),
    ]
    assert [one.status for one in answers] == [404] * 4, "another team's question was seen or answered"
    forged = await team.posts(path, caseworker="cw_x", answer=other.because(found))
    assert slug(forged) == "not-allowed"
    assert (await noor.sees("/questions"))["items"][0]["state"] == "open"


async def test_erasing_everything_takes_the_questions_along(town: Town) -> None:
    noor, team, found = await asked(town)
    noor.signed_in = town.clock.at
    await noor.calls("POST", "/erasures", {})
    town.clock.at += 72 * 3600
    await tend(town.registry)
    assert await town.rows("SELECT id FROM questions") == []
    assert (await team.explains(found)).status == 404
