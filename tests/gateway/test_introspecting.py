# SPDX-License-Identifier: EUPL-1.2
"""Introspection: for resource servers alone, with their own credentials, signed, and by the decision of this moment."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chassis.database import Database
from chassis.problems import unavailable
from formats import jose
from gateway import registering
from gateway.consent_client import ConsentClient
from tests import databases
from tests.gateway.office import ASK, OIN, App, Office
from tests.gateway.street import Street, a_case

pytestmark = pytest.mark.asyncio(loop_scope="module")
SIGNED = "token-introspection+jwt"


async def _token(office: Office, **form: Any) -> str:
    system = await office.system()
    asked = {"grant_type": "client_credentials", "authorization_details": ASK}
    return str((await system.token(system.who() | asked | form))["access_token"])


async def _asks(resource: App, token: str) -> httpx2.Response:
    return await resource.post("introspect", resource.who() | {"token": token}, proof=None)


async def _told(resource: App, token: str, key: Any) -> dict[str, Any]:
    """What a resource server learns, as it would check it."""
    answer = await _asks(resource, token)
    assert answer.status_code == 200, answer.text
    claims = jose.verify(answer.text, SIGNED, key)
    assert claims["aud"] == resource.id
    told: dict[str, Any] = claims["token_introspection"]
    return told


@pytest.mark.fapi(38)
@pytest.mark.promise("P20")
async def test_the_answer_is_signed_for_who_asked_and_not_stored(office: Office) -> None:
    api, token = await office.resource(), await _token(office)
    answer = await _asks(api, token)
    assert answer.headers["content-type"] == f"application/{SIGNED}"
    assert answer.headers["cache-control"] == "no-store"
    header, claims = jose.peek(answer.text)
    assert header["typ"] == SIGNED
    assert set(claims) == {"iss", "aud", "iat", "token_introspection"}
    assert (claims["iss"], claims["aud"]) == (office.origin, api.id)
    assert abs(claims["iat"] - office.clock.now()) < 60
    [key] = (await office.http.get(office.origin + "/oauth/jwks")).json()["keys"]
    told = jose.verify(answer.text, SIGNED, key)["token_introspection"]
    assert told == {"active": True, "token_type": "DPoP", **jose.peek(token)[1]}


@pytest.mark.promise("P20")
async def test_what_is_no_living_token_for_this_api_is_only_not_active(fresh: Office) -> None:
    api, elsewhere = await fresh.resource(), await fresh.resource("elsewhere", "/vault/v1")
    key = fresh.gateway.organisations_keys["keys"][0]
    token, system = await _token(fresh), await fresh.system()
    person = json.loads(fresh.settings.person_key.read_text())
    _, claims = jose.peek(token)
    assert (await _told(api, token, key))["active"] is True
    for other in (token[:-2], "x", jose.sign(claims, "at+jwt", person), jose.sign(claims, "JWT", person)):
        assert await _told(api, other, key) == {"active": False}
    assert await _told(elsewhere, token, key) == {"active": False}  # of another API
    await registering.suspend(fresh.gateway.database, f"urn:oin:{OIN[:-1]}1", None, fresh.clock.now())
    assert (await _told(api, token, key))["active"] is True
    await system.post("revoke", system.who() | {"token": token}, proof=None)
    assert await _told(api, token, key) == {"active": False}
    later = await _token(fresh)
    fresh.clock.ahead = 301
    assert await _told(api, later, key) == {"active": False}


@pytest.mark.promise("P20")
async def test_only_a_resource_server_introspects_and_it_does_nothing_else(office: Office) -> None:
    api, desk, system, token = await office.resource(), await office.desk(), await office.system(), await _token(office)
    for one in (desk, system):
        answer = await _asks(one, token)
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
    bare = await office.http.post(api.url("introspect"), data={"token": token})
    assert bare.status_code == 401
    bearer = await office.http.post(
        api.url("introspect"), data={"token": token}, headers={"Authorization": f"Bearer {token}"}
    )
    assert bearer.status_code == 401
    assert (await api.post("introspect", api.who(), proof=None)).json()["error"] == "invalid_request"
    for form in ({"grant_type": "client_credentials", "authorization_details": ASK}, {"grant_type": "refresh_token"}):
        assert (await api.post("token", api.who() | form)).json()["error"] == "invalid_client"
    assert (await api.post("par", api.pushes("v" * 43, authorization_details=ASK))).json()["error"] == "invalid_client"
    assert (await office.http.post(office.origin + "/person/introspect", data={})).status_code == 404


async def _town_resource(street: Street) -> App:
    """A resource server of the town, registered as an administrator does it."""
    key, oin = jose.new_signing_key(), OIN
    app = App(street, f"oin:{oin}:inway", street.origin, "/oauth", "", key)
    database = Database(databases.url_of(street.town.folder / "data" / "gateway.sqlite3"))
    registration = {
        "client_id": app.id,
        "kind": "resource",
        "client_name": {"nl": "Inway", "en": "Inway"},
        "resource": street.origin + "/gateway/v1",
        "jwks": {"keys": [jose.public(key)]},
    }
    await registering.register(database, registration, environment="demo")
    database.close()
    return app


@pytest.mark.promise("P01")
async def test_a_dead_grant_is_not_active_from_the_next_call_on(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same decision as at PAR, code and refresh, asked anew each time; and it leaves no line."""
    api, case = await _town_resource(street), await a_case(street)
    [key] = (await street.http.get(street.origin + "/oauth/jwks")).json()["keys"]
    token = await case.fatima._tokens.token(case.details)
    told = await _told(api, token, key)
    assert told["active"] is True
    assert told["authorization_details"][0]["grant_id"] == case.grant.id

    async def away(self: ConsentClient, question: Any) -> None:
        raise unavailable()

    with monkeypatch.context() as patch:
        patch.setattr(ConsentClient, "preview", away)
        assert (await _asks(api, token)).status_code == 503
    lines = len(await case.noor.who_looked())
    await case.noor.stops(case.question)
    assert await _told(api, token, key) == {"active": False}
    assert len(await case.noor.who_looked()) == lines


async def test_a_resource_is_registered_with_its_api_and_keys_alone(tmp_path: Path) -> None:
    key = jose.public(jose.new_signing_key())
    good = {"client_id": f"oin:{OIN}:inway", "kind": "resource", "client_name": {"nl": "Inway", "en": "Inway"}}
    good |= {"resource": "https://gw.example/gateway/v1", "jwks": {"keys": [key]}}
    made = registering.read_registration(good, environment="production")
    assert made.resource == "https://gw.example/gateway/v1"
    wrong: list[dict[str, Any]] = [
        {"resource": None},
        {"actions": ["ask"]},
        {"team": f"urn:oin:{OIN}:team:x"},
        {"jwks": {"keys": []}},
        {"redirect_uris": ["https://inway.example/"]},
        {"client_id": "app:inway"},
        {"kind": "system"},
    ]
    for changed in wrong:
        with pytest.raises(registering.RegistrationError):
            registering.read_registration(good | changed, environment="production")
