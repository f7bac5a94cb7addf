# SPDX-License-Identifier: EUPL-1.2
"""Codes, refresh tokens, revocation, suspension: what ends, ends; what is bound or spent, stays so."""

import asyncio
from typing import Any

import pytest

from chassis.database import Database
from formats import jose
from formats.dpop import make_proof
from formats.spelling import H
from gateway import registering
from gateway.issuing import session_of
from tests.gateway.office import ASK, OIN, App, Browser, Office, office_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWN = "/gateway/v1/consent-requests"


async def _signed_in(desk: App, name: str = "Fatima") -> dict[str, Any]:
    return await desk.token(desk.redeems(await desk.code(name, authorization_details=ASK)))


async def _error(desk: App, form: dict[str, Any], **given: Any) -> str:
    answer = await desk.post("token", form, **given)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def _refreshes(desk: App, told: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return desk.who() | {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]} | changed


@pytest.mark.promise("P20")
@pytest.mark.fapi(19, 20)
@pytest.mark.attack("code stolen or injected")
async def test_a_code_is_the_clients_the_keys_and_the_addresss_own(office: Office) -> None:
    desk, other = await office.desk(), await office.desk("other")
    wrong: list[tuple[str, App, dict[str, Any], Any]] = [
        ("another client", other, {}, ""),
        ("another verifier", desk, {"code_verifier": "w" * 43}, ""),
        ("misspelt verifier", desk, {"code_verifier": "short"}, ""),
        ("another address", desk, {"redirect_uri": "https://desk.example/other"}, ""),
        ("no address", desk, {"redirect_uri": None}, ""),
        ("another key", desk, {}, jose.new_signing_key()),
        ("details again", desk, {"authorization_details": ASK}, ""),
    ]
    for why, who, changed, key in wrong:
        code = await desk.code("Fatima", authorization_details=ASK)
        proof = "" if not key else make_proof(key, "POST", desk.url("token"), now=office.clock.now())
        error = await _error(who, who.redeems(code, **changed), proof=proof)
        assert error in ("invalid_grant", "invalid_authorization_details"), why


@pytest.mark.promise("P20")
@pytest.mark.fapi(13)
@pytest.mark.attack("code stolen or injected")
async def test_a_code_bound_by_dpop_jkt_wants_that_key(office: Office) -> None:
    desk = await office.desk()
    verifier, stolen = "v" * 43, jose.new_signing_key()
    form = desk.pushes(verifier, authorization_details=ASK, dpop_jkt=desk.dpop["kid"])
    pushed = await desk.post("par", form, proof=None)
    assert pushed.status_code == 201
    back = await Browser(office).sign_in(desk.front(pushed.json()["request_uri"]), "Fatima")
    proof = make_proof(stolen, "POST", desk.url("token"), now=office.clock.now())
    assert await _error(desk, desk.redeems(back["code"]), proof=proof) == "invalid_grant"


@pytest.mark.promise("P20")
@pytest.mark.fapi(12)
@pytest.mark.attack("two people's browsers swapped")
async def test_a_code_of_more_than_sixty_seconds_ago_is_refused(fresh: Office) -> None:
    desk = await fresh.desk()
    code = await desk.code("Fatima", authorization_details=ASK)
    fresh.clock.ahead = 61
    assert await _error(desk, desk.redeems(code)) == "invalid_grant"


@pytest.mark.promise("P20")
@pytest.mark.fapi(22)
async def test_a_replayed_code_ends_what_its_first_use_made(office: Office) -> None:
    desk = await office.desk()
    code = await desk.code("Fatima", authorization_details=ASK)
    told = await desk.token(desk.redeems(code))
    assert (await desk.call("GET", OWN, told["access_token"])).status_code == 503
    assert await _error(desk, desk.redeems(code)) == "invalid_grant"
    assert (await desk.call("GET", OWN, told["access_token"])).status_code == 401
    assert await _error(desk, _refreshes(desk, told)) == "invalid_grant"


@pytest.mark.promise("P20")
@pytest.mark.fapi(10)
async def test_a_refresh_token_stays_the_same_and_is_bound(fresh: Office) -> None:
    desk, other = await fresh.desk(), await fresh.desk("other")
    told = await _signed_in(desk)
    for _ in range(2):
        again = await desk.token(_refreshes(desk, told))
        assert "refresh_token" not in again
        before, after = (jose.peek(one["access_token"])[1] for one in (told, again))
        assert before["jti"] != after["jti"]
        assert session_of(before) == session_of(after)
        assert before["authorization_details"] == after["authorization_details"]
    proof = make_proof(jose.new_signing_key(), "POST", desk.url("token"), now=fresh.clock.now())
    assert await _error(desk, _refreshes(desk, told), proof=proof) == "invalid_grant"
    assert await _error(other, _refreshes(other, told)) == "invalid_grant"
    assert await _error(desk, _refreshes(desk, told, authorization_details=ASK)) == "invalid_authorization_details"
    assert await _error(desk, _refreshes(desk, told, refresh_token=told["access_token"])) == "invalid_grant"
    fresh.clock.ahead = 8 * 3600 + 1
    assert await _error(desk, _refreshes(desk, told)) == "invalid_grant"


@pytest.mark.promise("P20")
@pytest.mark.fapi(30)
async def test_a_revoked_token_takes_its_whole_session_along(office: Office) -> None:
    desk = await office.desk()
    for name in ("access_token", "refresh_token"):
        told = await _signed_in(desk)
        form = desk.who() | {"token": told[name], "token_type_hint": "something"}
        answer = await desk.post("revoke", form, proof=None)
        assert (answer.status_code, answer.json()) == (200, {})
        assert (await desk.call("GET", OWN, told["access_token"])).status_code == 401
        assert await _error(desk, _refreshes(desk, told)) == "invalid_grant"
    for token in ("unknown", "a.b.c"):
        assert (await desk.post("revoke", desk.who() | {"token": token}, proof=None)).status_code == 200
    assert (await desk.post("revoke", desk.who(), proof=None)).json()["error"] == "invalid_request"
    assert (await desk.post("revoke", {"token": "x"}, proof=None)).status_code == 401


@pytest.mark.promise("P17")
async def test_who_is_suspended_gets_nothing_from_then_on(fresh: Office) -> None:
    desk = await fresh.desk()
    database = fresh.gateway.database
    organisation = f"urn:oin:{OIN}"
    for subject in ("caseworker", None):
        told = await _signed_in(desk)
        sub = jose.peek(told["access_token"])[1]["sub"] if subject else None
        await registering.suspend(database, organisation, sub, fresh.clock.now())
        assert (await desk.call("GET", OWN, told["access_token"])).status_code == 401
        refused = await desk.post("token", _refreshes(desk, told))
        assert refused.json()["error"] == ("invalid_grant" if subject else "invalid_client")
        await registering.resume(database, organisation, sub)
        assert (await desk.call("GET", OWN, told["access_token"])).status_code == 503
    told = await _signed_in(desk)
    assert await registering.deactivate(database, desk.id)
    assert (await desk.call("GET", OWN, told["access_token"])).status_code == 401
    assert (await desk.post("token", _refreshes(desk, told))).status_code == 401


@pytest.mark.promise("P20")
@pytest.mark.attack("races")
async def test_sixteen_at_once_one_assertion_one_proof(office: Office) -> None:
    system = await office.system()
    form = {"grant_type": "client_credentials", "authorization_details": ASK}
    who = system.who()
    answers = await asyncio.gather(*(system.post("token", who | form) for _ in range(16)))
    assert sorted(one.status_code for one in answers) == [200] + [401] * 15
    proof = system.proof("token")
    answers = await asyncio.gather(*(system.post("token", system.who() | form, proof=proof) for _ in range(16)))
    assert sorted(one.status_code for one in answers) == [200] + [400] * 15


@pytest.mark.promise("P20")
async def test_what_was_spent_stays_spent_after_a_restart(tmp_path: Any) -> None:
    async with office_in(tmp_path) as office:
        desk = await office.desk()
        code = await desk.code("Fatima", authorization_details=ASK)
        spent = desk.redeems(code)
        proof = desk.proof("token")
        told = await desk.token(spent, proof=proof)
        live = await _signed_in(desk)
        await desk.post("revoke", desk.who() | {"token": told["refresh_token"]}, proof=None)
        settings, port = office.settings, int(office.origin.rsplit(":", 1)[1])
    async with office_in(tmp_path, port=port, settings=settings) as office:
        desk.office = office
        assert (await desk.post("token", spent)).status_code == 401  # the assertion was used
        assert await _error(desk, desk.redeems(code)) == "invalid_grant"
        assert await _error(desk, _refreshes(desk, live), proof=proof) == "invalid_dpop_proof"
        assert (await desk.call("GET", OWN, told["access_token"])).status_code == 401
        assert (await desk.call("GET", OWN, live["access_token"])).status_code == 503


async def test_tables_hold_hashes_not_tokens(fresh: Office) -> None:
    desk = await fresh.desk()
    code = await desk.code("Fatima", authorization_details=ASK)
    told = await desk.token(desk.redeems(code))
    database: Database = fresh.gateway.database
    rows = await database.read(
        lambda c: [
            str(row)
            for t in ("codes", "sessions", "pushed", "sign_ins")
            for row in c.exec_driver_sql(f"SELECT * FROM {t}")
        ]
    )
    held = " ".join(rows)
    assert H(code) in held
    for secret in (code, told["access_token"], told["refresh_token"]):
        assert secret not in held
