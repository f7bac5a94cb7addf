# SPDX-License-Identifier: EUPL-1.2
"""The three callers get their tokens, over HTTP, as gateway.md section 1 tells."""

import json

import pytest

from formats import jose
from tests.gateway.office import ASK, OIN, SUBSTANTIAL, TEAM, Office

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.promise("P20")
@pytest.mark.fapi(4)
async def test_a_caseworker_signs_in_and_gets_a_bound_token(office: Office) -> None:
    desk = await office.desk()
    told = await desk.token(desk.redeems(await desk.code("Fatima", authorization_details=ASK)))
    assert told["token_type"] == "DPoP"
    assert told["expires_in"] == 300
    header, claims = jose.peek(told["access_token"])
    key = next(k for k in office.gateway.organisations_keys["keys"] if k["kid"] == header["kid"])
    assert jose.verify(told["access_token"], "at+jwt", key) == claims
    assert list(claims) == [
        "iss", "aud", "client_id", "azp", "sub", "acr", "auth_time", "iat", "nbf", "exp", "jti", "cnf",
        "authorization_details",
    ]  # fmt: skip
    assert claims["iss"] == office.origin
    assert claims["aud"] == office.origin + "/gateway/v1"
    assert claims["sub"].startswith("cw_")
    assert claims["acr"] == SUBSTANTIAL
    assert claims["cnf"] == {"jkt": desk.dpop["kid"]}
    [details] = claims["authorization_details"]
    assert details == {
        "type": "vault_access",
        "actions": ["ask"],
        "locations": [office.origin + "/gateway/v1"],
    }
    assert told["authorization_details"] == [details]


async def test_the_same_caseworker_is_the_same_pseudonym_and_another_is_another(office: Office) -> None:
    desk = await office.desk()
    subs = []
    for name in ("Fatima", "Fatima", "Joost"):
        told = await desk.token(desk.redeems(await desk.code(name, authorization_details=ASK)))
        subs.append(jose.peek(told["access_token"])[1]["sub"])
    assert subs[0] == subs[1] != subs[2]


async def test_a_system_asks_for_itself(office: Office) -> None:
    system = await office.system()
    details = json.dumps([{"type": "vault_access", "actions": ["ask", "learn"]}])
    form = system.who() | {"grant_type": "client_credentials", "authorization_details": details}
    told = await system.token(form)
    claims = jose.peek(told["access_token"])[1]
    assert claims["sub"] == claims["client_id"] == claims["azp"] == f"oin:{OIN}:system"
    assert "refresh_token" not in told
    assert TEAM.startswith(f"urn:oin:{OIN}")
