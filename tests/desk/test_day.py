# SPDX-License-Identifier: EUPL-1.2
"""A day at the desk: let in, ask, open for a purpose, read, keep the keys, be told of the end, answer for it."""

import pytest

from formats.envelope import envelope_place
from formats.receipt import sign_closing
from formats.request import sign_import
from formats.spelling import H
from kluisje.http import Refused
from tests.desk.bureau import Bureau, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_was_let_in_opens_the_teams_key(bureau: Bureau) -> None:
    enc, sig = await bureau.karim.team_key()
    team = bureau.desk.town.team("jeugdteam-zuid")
    assert (enc, sig) == (dict(team.enc), dict(team.sig))
    session = (await bureau.karim.call("GET", "/session")).json()
    assert (session["role"], session["name"]) == ("keeper", "Karim")
    assert (await bureau.ans.call("GET", "/session")).json()["role"] == "administrator"


async def test_a_case_from_the_question_to_the_closing(bureau: Bureau) -> None:
    fatima, tool = bureau.fatima, await bureau.tool()
    noor = await bureau.street.players.citizen("Noor")
    await noor.keeps("school", {"absence_days": 12})
    asked = await bureau.asks(noor, fatima, note="Tot morgen")
    named = {"name": "Noor, havo 3", "holder": fatima.subject}
    assert (await fatima.call("PUT", f"/cases/{asked['id']}", named)).json()["name"] == "Noor, havo 3"
    await noor.allows(asked["id"])
    grant, drawer, purpose = await bureau.granted(fatima, asked["id"])
    path = f"/grants/{grant}/drawers/{drawer}/records"

    with pytest.raises(Refused) as no:
        await fatima.call("GET", path)
    assert refused(no.value) == (403, "insufficient-scope")
    opening = await fatima.opens(grant, purpose)
    assert (opening["state"], opening["purpose"], opening["address"]) == ("open", purpose, None)
    answer = (await fatima.call("GET", path)).json()
    opened = await tool.opens(answer, grant, drawer)
    assert [record.body for record in opened.records] == [{"absence_days": 12}]
    assert [line.event.t for line in await noor.who_looked() if line.is_look] == ["read"]
    with pytest.raises(Refused):  # a colleague has to open it too
        await bureau.karim.call("GET", path)

    [sealed] = answer["envelopes"]
    place = envelope_place(sealed["jwe"])
    kept = f"/grants/{grant}/envelopes/{drawer}/{sealed['epoch']}"
    assert (await fatima.call("PUT", kept, {"jwe": sealed["jwe"]})).status == 201
    word = sign_import(
        tool.team.sig,
        iss=tool.team.party,
        vlt=place.vlt,
        gnt=grant,
        env=[H(sealed["jwe"])],
        iat=tool.http.clock(),
    )
    assert (await fatima.call("POST", f"/grants/{grant}/imports", {"confirmation": word})).status == 204
    [found] = (await bureau.karim.call("GET", f"/grants/{grant}/envelopes")).json()["items"]
    assert (found["jwe"], found["kid"]) == (sealed["jwe"], tool.team.enc["kid"])

    await noor.stops(grant)
    with pytest.raises(Refused):
        await fatima.call("GET", path)
    learning = bureau.learning
    assert await learning.poll() > 0
    assert await learning.poll() == 0
    assert (await fatima.call("GET", f"/grants/{grant}/envelopes")).json()["items"] == []
    [duty] = [one for one in (await fatima.call("GET", "/duties")).json()["items"] if one["grant"] == grant]
    assert duty["closedAt"] is None
    closing = sign_closing(tool.team.sig, iss=tool.team.party, vlt=place.vlt, gnt=grant, iat=tool.http.clock())
    assert (await fatima.call("POST", f"/grants/{grant}/closings", {"closing": closing})).status == 201
    duties = (await fatima.call("GET", "/duties")).json()["items"]
    assert [one["closedAt"] is None for one in duties if one["grant"] == grant] == [False]
