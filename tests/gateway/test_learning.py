# SPDX-License-Identifier: EUPL-1.2
"""What an organisation learns and owes, at the gateway's own door: who may, polls as RFC 8936 writes them, and colleagues
who left."""

import asyncio
from typing import Any

import pytest

from formats.jose import peek
from formats.spelling import new_id
from gateway.learning import WAIT
from tests.gateway.street import Street, a_case

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVENTS = "/gateway/v1/events"


async def polls(street: Street, system: Any, **body: Any) -> dict[str, Any]:
    answer = await street.call(system, "POST", EVENTS, system.details("learn"), json={"returnImmediately": True} | body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_poll_waits_for_the_first_event(street: Street) -> None:
    """It is asked before there is anything, and answered by what happens while it waits."""
    system = street.players.system()
    case = await a_case(street)
    await polls(street, system, ack=list((await polls(street, system))["sets"]))
    waiting = asyncio.create_task(polls(street, system, returnImmediately=False))
    await asyncio.sleep(0.3)
    await case.noor.device.consent("POST", f"/grants/{case.grant.id}/stops", json={"statement": None})
    told = (await waiting)["sets"]
    kinds = {next(iter(peek(token)[1]["events"])).rpartition(":")[2] for token in told.values()}
    assert kinds == {"grant-ended", "deletion-asked"}
    first, *rest = told
    after = await polls(street, system, ack=[first], setErrs={one: {"err": "invalid_key"} for one in rest})
    assert after == {"sets": {}, "moreAvailable": False}
    waiting = asyncio.create_task(polls(street, system, returnImmediately=False))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    street.clock.waited += WAIT
    assert (await waiting)["sets"] == {}, "a wait without an event has an end"


BAD: dict[str, dict[str, Any]] = {
    "a number as text": {"maxEvents": "3"},
    "too many": {"maxEvents": 101},
    "below none": {"maxEvents": -1},
    "an id that is none": {"ack": ["x"]},
    "errors as a list": {"setErrs": [new_id()]},
    "an error without a code": {"setErrs": {new_id(): {"description": "no"}}},
    "a code that is a text": {"setErrs": {new_id(): {"err": "not good at all"}}},
    "another team": {"team": "urn:oin:00000003000000001000:team:leerlingzorg"},
    "an unknown member": {"since": "2026-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_poll_is_refused(street: Street, name: str) -> None:
    system = street.players.system()
    body = {"returnImmediately": True} | BAD[name]
    answer = await street.call(system, "POST", EVENTS, system.details("learn"), json=body)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (400, "invalid-input")


async def test_a_system_looks_at_nothing_so_it_takes_no_case(street: Street) -> None:
    case, system = await a_case(street), street.players.system()
    path = f"/gateway/v1/grants/{case.grant.id}/take-overs"
    answer = await street.call(system, "POST", path, system.details("ask"), json={"reason": "Omdat het kan."})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "insufficient-scope")
    assert (await case.fatima.reads(case.grant))[0].body["absence_days"] == 12


@pytest.mark.promise("P17")
async def test_a_colleague_who_left_is_refused_at_the_next_call_with_the_same_token(street: Street) -> None:
    case = await a_case(street)
    daan, system = await street.players.caseworker("Daan"), street.players.system()
    await daan.takes_over(case.grant, "Ik neem het over.")
    assert await daan.reads(case.grant)
    details = daan.details("read", grant_id=case.grant.id)
    assert (await street.call(daan, "GET", case.path, details)).status_code == 200
    subject = peek(await daan._tokens.token(details))[1]["sub"]
    assert (await street.call(case.fatima, "GET", "/gateway/v1/grants", case.fatima.details("ask"))).status_code == 200
    await system.suspends(subject)
    refused = await street.call(daan, "GET", case.path, details)
    assert refused.status_code == 401, "a suspended caseworker's token still counted"
    listed = await street.call(case.fatima, "GET", "/gateway/v1/grants", case.fatima.details("ask"))
    assert listed.status_code == 200
    await system.suspends(subject)  # again is no error, and says nothing
    await system.suspends("cw_" + "n" * 43)


@pytest.mark.parametrize("sub", ["", "daan", "oin:00000001001234567000:desk", "cw_", "cw_ x", "vault:x"])
async def test_only_a_caseworker_can_be_suspended(street: Street, sub: str) -> None:
    system = street.players.system()
    path = "/gateway/v1/caseworker-suspensions"
    answer = await street.call(system, "POST", path, system.details("learn"), json={"sub": sub})
    assert answer.status_code == 400
