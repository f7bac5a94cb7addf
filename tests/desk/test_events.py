# SPDX-License-Identifier: EUPL-1.2
"""The desk is told: whoever brings an event how often, it counts once; what consent did not sign counts never."""

import json
from typing import Any

import pytest

from formats.jose import new_signing_key, public
from formats.keyring import new_epoch
from formats.receipt import issue_security_event
from formats.sealing import seal_envelope
from formats.spelling import new_id
from tests.desk.bureau import Bureau

pytestmark = pytest.mark.asyncio(loop_scope="session")
KIND = {"Content-Type": "application/secevent+jwt"}


def event(bureau: Bureau, kind: str, grant: str, **other: Any) -> str:
    """An event as consent signs it, with the key of this very installation."""
    key = json.loads((bureau.desk.town.folder / "servers" / "receipt_key.json").read_text())
    given: dict[str, Any] = {
        "iss": "urn:oin:00000006000000004000",
        "aud": bureau.desk.town.team("jeugdteam-zuid").party,
        "kind": kind,
        "dataref": f"/gateway/v1/grants/{grant}",
        "iat": bureau.street.clock.now(),
    }
    return issue_security_event(**({"key": key} | given | other))


async def push(bureau: Bureau, token: str, headers: dict[str, str] = KIND) -> Any:
    return await bureau.street.http.post(f"{bureau.desk.origin}/door/events", content=token, headers=headers)


async def keep(bureau: Bureau, grant: str) -> None:
    """An envelope of a grant, kept by the desk."""
    drawer = new_id()
    jwe = seal_envelope(
        new_epoch(drawer, 1), public(bureau.desk.town.team("jeugdteam-zuid").enc), vlt=new_id(), gnt=grant
    )
    await bureau.fatima.call("PUT", f"/grants/{grant}/envelopes/{drawer}/1", {"jwe": jwe})


async def kept(bureau: Bureau, grant: str) -> int:
    return len((await bureau.fatima.call("GET", f"/grants/{grant}/envelopes")).json()["items"])


@pytest.mark.promise("P20")
async def test_an_event_counts_once_however_often_it_comes(bureau: Bureau) -> None:
    grant = new_id()
    token = event(bureau, "grant-ended", grant)
    await keep(bureau, grant)
    assert (await push(bureau, token)).status_code == 202
    assert await kept(bureau, grant) == 0, "it took effect"
    await keep(bureau, grant)
    assert (await push(bureau, token)).status_code == 202
    assert not await bureau.learning.take(token)
    assert await kept(bureau, grant) == 1, "it took effect again"
    told = (await bureau.fatima.call("GET", "/events", query={"pageSize": 100})).json()["items"]
    assert [one["dataref"] for one in told if grant in one["dataref"]] == [f"/desk/v1/grants/{grant}"]


async def test_what_is_owed_is_asked_once_and_stays_answered(bureau: Bureau) -> None:
    grant = new_id()
    for _ in range(2):  # at the end, and at half time
        assert (await push(bureau, event(bureau, "deletion-asked", grant))).status_code == 202
    duties = (await bureau.fatima.call("GET", "/duties", query={"pageSize": 100})).json()["items"]
    assert [one["closedAt"] for one in duties if one["grant"] == grant] == [None]


@pytest.mark.promise("P16")
async def test_what_consent_did_not_sign_for_this_team_counts_never(bureau: Bureau) -> None:
    grant = new_id()
    await keep(bureau, grant)
    good = event(bureau, "grant-ended", grant)
    other = event(bureau, "grant-ended", grant, aud="urn:oin:00000003000000001000:team:leerlingzorg")
    wrong = {
        "invalid_key": event(bureau, "grant-ended", grant, key=new_signing_key()),
        "invalid_audience": other,
        "invalid_request": good[:-4] + "AAAA",
    }
    for code, token in wrong.items():
        answer = await push(bureau, token)
        assert (answer.status_code, answer.json()["err"]) == (400, code)
    for token, headers in (("x", KIND), ("é", KIND), (good, {"Content-Type": "text/plain"}), ("x" * 70_000, KIND)):
        assert (await push(bureau, token, headers)).status_code in (400, 413)
    assert await kept(bureau, grant) == 1


async def test_events_come_in_pages(bureau: Bureau) -> None:
    for _ in range(3):
        await push(bureau, event(bureau, "grant-changed", new_id()))
    seen, query = list[str](), dict[str, str | int](pageSize=2)
    while True:
        page = (await bureau.fatima.call("GET", "/events", query=query)).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        query["pageCursor"] = page["next"]
    assert len(seen) == len(set(seen)) >= 3
