# SPDX-License-Identifier: EUPL-1.2
"""After an end: the team says, signed, that it erased, or until when it keeps what and why. She reads it."""

from typing import Any

import pytest

from consent.tending import tend
from formats.jose import new_signing_key, public
from formats.receipt import CLOSING, verify_closing, verify_receipt
from formats.spelling import DAY, new_id, sid
from tests.consent.town import Citizen, Team, Town, places, slug

pytestmark = pytest.mark.asyncio(loop_scope="module")
ARTICLE = "Jeugdwet art. 7.3.8"


async def given(town: Town, *, stop: bool = True) -> tuple[Citizen, Team, str]:
    """Noor, a team, and its grant, which she stopped."""
    noor, team = await town.person(), await town.team()
    jti = await noor.allows(await team.asks(noor), await noor.keeps("school"))
    if stop:
        await noor.calls("POST", f"/grants/{jti}/stops", {"statement": None})
    return noor, team, jti


async def owed(noor: Citizen, jti: str) -> Any:
    return (await noor.sees(f"/grants/{jti}"))["deletion"]


async def test_erased_is_entered_acknowledged_and_on_her_screen(shared: Town) -> None:
    noor, team, jti = await given(shared)
    before = await owed(noor, jti)
    assert (before["answer"], before["overdue"], before["closing"]) == (None, False, None)
    token = team.closing(noor, jti)
    reply = await team.posts(f"/grants/{jti}/closings", closing=token)
    assert reply.status == 201
    receipt = verify_receipt(reply.json()["receipt"], public(shared.keys["receipt"]))
    assert (receipt.vlt, receipt.sid, receipt.of) == (noor.vlt, sid(token), CLOSING)
    after = await owed(noor, jti)
    assert (after["answer"], after["overdue"], after["until"], after["article"]) == ("erased", False, None, None)
    assert verify_closing(after["closing"], public(team.sig)).gnt == jti
    again = await team.posts(f"/grants/{jti}/closings", closing=token)
    assert (again.status, again.body) == (201, reply.body)
    shared.clock.at += 1
    assert slug(await team.closes(noor, jti, until=shared.clock.at + DAY, art=ARTICLE)) == "request-closed"


async def test_kept_says_until_when_and_under_which_article_and_may_become_erased(town: Town) -> None:
    noor, team, jti = await given(town)
    until = town.clock.at + 730 * DAY
    assert (await team.closes(noor, jti, until=until, art=ARTICLE)).status == 201
    told = await owed(noor, jti)
    assert (told["answer"], told["article"]) == ("kept", ARTICLE)
    town.clock.at += 5
    assert (await team.closes(noor, jti)).status == 201
    assert (await owed(noor, jti))["answer"] == "erased"


WRONG: dict[str, tuple[dict[str, Any], str, tuple[str, str] | None]] = {
    "an article the purpose does not name": ({"art": "AVG art. 6", "until": 2_000_000_000}, "invalid-input",
                                             ("/closing/art", "not-listed")),
    "until a moment that is over": ({"art": ARTICLE, "until": 1_000_000_000}, "invalid-input",
                                    ("/closing/until", "over")),
    "another vault": ({"vlt": new_id()}, "invalid-input", ("/closing", "other-grant")),
    "another grant": ({"gnt": new_id()}, "invalid-input", ("/closing", "other-grant")),
    "in another's name": ({"iss": "urn:oin:00000001234567890000"}, "invalid-input", ("/closing", "other-grant")),
    "signed long ago": ({"iat": 1_789_990_000}, "invalid-input", ("/closing/iat", "not-current")),
    "signed by a key of nobody": ({"key": new_signing_key()}, "not-allowed", None),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_no_answer_to_this_duty_is_refused(shared: Town, name: str) -> None:
    other, expected, place = WRONG[name]
    noor, team, jti = await given(shared)
    reply = await team.closes(noor, jti, **other)
    assert slug(reply) == expected
    assert place is None or place in places(reply)
    assert (await owed(noor, jti))["answer"] is None


@pytest.mark.promise("P16")
async def test_a_closing_of_another_team_is_not_taken(shared: Town) -> None:
    """Not signed by the other team, not sent by it, not about a grant that is not there: all are as absent."""
    noor, team, jti = await given(shared)
    other = await shared.team()
    answers = [
        await other.closes(noor, jti),
        await other.posts(f"/grants/{jti}/closings", closing=team.closing(noor, jti)),
        await team.closes(noor, new_id()),
    ]
    bodies = [{k: v for k, v in one.json().items() if k != "instance"} for one in answers]
    assert [one.status for one in answers] == [404, 404, 404], "a closing of another team was taken"
    assert bodies[0] == bodies[1] == bodies[2]
    forged = await team.posts(f"/grants/{jti}/closings", closing=other.closing(noor, jti))
    assert slug(forged) == "not-allowed"
    assert (await owed(noor, jti))["answer"] is None, "a closing of another team was taken"


async def test_only_an_end_asks_for_one_and_a_deposit_never_does(town: Town) -> None:
    noor, team, jti = await given(town, stop=False)
    assert ("/closing", "still-running") in places(await team.closes(noor, jti))
    asked = await team.asks(
        noor, act="deposit", pur="urn:kluisje:purpose:letters-from-youth-help:1", ends=town.clock.at + 90 * DAY
    )
    drawer = next(iter(noor.drawers))
    brought = await noor.allows(asked, drw=[noor.whole(drawer, "deposit")])
    await noor.calls("POST", f"/grants/{brought}/stops", {"statement": None})
    assert ("/closing", "nothing-owed") in places(await team.closes(noor, brought))
    town.clock.at += 30 * DAY  # past its end, and no hour has come yet
    assert (await team.closes(noor, jti)).status == 201
    assert (await owed(noor, jti))["answer"] == "erased"
    await tend(town.registry)
    assert (await town.events(team)).count("deletion-asked") == 1


async def test_a_reminder_at_half_time_and_then_it_is_shown_as_late(town: Town) -> None:
    noor, team, jti = await given(town)
    town.clock.at += 7 * DAY - 1
    await tend(town.registry)
    assert (await town.events(team)).count("deletion-asked") == 1
    town.clock.at += 1
    for _ in range(2):
        await tend(town.registry)
    assert (await town.events(team)).count("deletion-asked") == 2
    town.clock.at += 7 * DAY - 1
    assert not (await owed(noor, jti))["overdue"]
    town.clock.at += 1
    assert (await owed(noor, jti))["overdue"]
    for _ in range(2):
        await tend(town.registry)
    said = [one["what"] for one in (await noor.sees("/plain-lines"))["items"]]
    assert said.count("deletion-late") == 1
    assert (await team.closes(noor, jti)).status == 201
    assert not (await owed(noor, jti))["overdue"]


async def test_a_duty_outlives_the_vault_and_goes_with_its_answer(town: Town) -> None:
    noor, team, jti = await given(town, stop=False)
    noor.signed_in = town.clock.at
    assert (await noor.calls("POST", "/erasures", {})).status == 201
    town.clock.at += 72 * 3600
    await tend(town.registry)
    assert (await noor.calls("GET", "")).status == 404
    reply = await team.closes(noor, jti)
    assert (reply.status, reply.json()) == (201, {"receipt": None})
    assert await town.rows("SELECT jti FROM duties") == []
