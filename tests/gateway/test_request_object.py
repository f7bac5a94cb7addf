# SPDX-License-Identifier: EUPL-1.2
"""Line 37: a client registered for it signs what it pushes (JAR); then nothing else counts, and unsigned fails."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from formats import jose
from formats.spelling import H, b64u, new_id
from gateway.request_object import TYPE
from tests.gateway.office import ASK, App, Browser, Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.fapi(37)]
VERIFIER = "v" * 43


async def _desk(office: Office) -> App:
    return await office.desk("signing", require_signed_request_object=True)


def _claims(app: App, **changed: Any) -> dict[str, Any]:
    now = app.office.clock.now()
    asked = {
        "iss": app.id, "aud": app.issuer, "client_id": app.id, "nbf": now, "exp": now + 300, "jti": new_id(),
        "response_type": "code", "redirect_uri": app.redirect_uri, "state": "signed", "code_challenge": H(VERIFIER),
        "code_challenge_method": "S256", "authorization_details": json.loads(ASK),
    }  # fmt: skip
    return {name: value for name, value in (asked | changed).items() if value is not None}


def _signed(app: App, *, typ: str = TYPE, key: Any = None, **changed: Any) -> dict[str, str]:
    return app.who() | {"request": jose.sign(_claims(app, **changed), typ, key or app.key)}


@pytest.mark.promise("P20")
async def test_only_what_was_signed_counts(office: Office) -> None:
    desk = await _desk(office)
    beside = {"redirect_uri": "https://evil.example/", "state": "evil", "scope": None, "response_type": "token"}
    answer = await desk.post("par", _signed(desk) | beside)
    assert answer.status_code == 201, answer.text
    back = await Browser(office).sign_in(desk.front(answer.json()["request_uri"]), "Fatima")
    assert back["state"] == "signed"
    told = await desk.token(desk.redeems(back["code"], VERIFIER))
    assert told["authorization_details"][0]["actions"] == ["ask"]
    text = await desk.post("par", _signed(desk, authorization_details=ASK))  # as text, as a plain parameter would be
    assert text.status_code == 201


@pytest.mark.promise("P20")
async def test_who_signs_must_sign_and_who_does_not_may_not(office: Office) -> None:
    desk, plain = await _desk(office), await office.desk("plain")
    unsigned = await desk.post("par", desk.pushes(VERIFIER, authorization_details=ASK))
    assert (unsigned.status_code, unsigned.json().get("error")) == (400, "invalid_request")
    assert (await plain.post("par", _signed(plain))).json().get("error") == "invalid_request"
    system = await office.system()
    form = system.who() | {"grant_type": "client_credentials", "authorization_details": ASK, "request": "x"}
    assert (await system.post("token", form)).json().get("error") == "invalid_request"


BAD: dict[str, Callable[[App], dict[str, str]]] = {
    "of another audience": lambda app: _signed(app, aud="https://evil.example"),
    "of two audiences": lambda app: _signed(app, aud=[app.issuer, "https://evil.example"]),
    "for PAR": lambda app: _signed(app, aud=app.url("par")),
    "of another client": lambda app: _signed(app, client_id="oin:00000001234567890000:other"),
    "of no client": lambda app: _signed(app, client_id=None),
    "by another issuer": lambda app: _signed(app, iss="oin:00000001234567890000:other"),
    "with a subject": lambda app: _signed(app, sub=app.id),
    "without nbf": lambda app: _signed(app, nbf=None),
    "without exp": lambda app: _signed(app, exp=None),
    "over": lambda app: _signed(app, exp=app.office.clock.now()),
    "61 minutes old": lambda app: _signed(app, nbf=app.office.clock.now() - 3661, exp=app.office.clock.now() + 60),
    "61 minutes long": lambda app: _signed(app, exp=app.office.clock.now() + 3661),
    "a request within": lambda app: _signed(app, request="x"),
    "a request_uri within": lambda app: _signed(app, request_uri="urn:x"),
    "a number for a text": lambda app: _signed(app, state=7),
    "by another key": lambda app: _signed(app, key=jose.new_signing_key()),
    "an assertion": lambda app: _signed(app, typ="JWT"),
    "a proof": lambda app: _signed(app, typ="dpop+jwt"),
    "cut": lambda app: app.who() | {"request": _signed(app)["request"][:-4]},
    "nothing": lambda app: app.who() | {"request": "x"},
}


@pytest.mark.promise("P20")
@pytest.mark.attack("one JWT used as another")
@pytest.mark.parametrize("name", BAD)
async def test_a_bad_request_object_is_refused(office: Office, name: str) -> None:
    desk = await _desk(office)
    answer = await desk.post("par", BAD[name](desk))
    assert (answer.status_code, answer.json().get("error")) == (400, "invalid_request_object")


@pytest.mark.promise("P20")
async def test_neither_an_untyped_nor_an_unsigned_token_is_a_request(office: Office) -> None:
    desk = await _desk(office)
    assert desk.key is not None
    for header, sound in (({"alg": "ES256", "kid": desk.key["kid"]}, True), ({"alg": "none", "typ": TYPE}, False)):
        signed = b64u(json.dumps(header).encode()) + "." + b64u(json.dumps(_claims(desk)).encode())
        mark = b64u(jose.sign_bytes(signed.encode(), desk.key)) if sound else "AA"
        answer = await desk.post("par", desk.who() | {"request": f"{signed}.{mark}"})
        assert (answer.status_code, answer.json().get("error")) == (400, "invalid_request_object")


@pytest.mark.fapi(14)
async def test_a_request_object_may_be_ten_seconds_ahead_and_no_minute(office: Office) -> None:
    desk, now = await _desk(office), office.clock.now()
    for claim in ("nbf", "iat"):
        assert (await desk.post("par", _signed(desk, **{claim: now + 10}))).status_code == 201
        answer = await desk.post("par", _signed(desk, **{claim: now + 62}))
        assert answer.json().get("error") == "invalid_request_object"


async def test_what_a_request_object_asks_is_judged_as_any_other(office: Office) -> None:
    desk = await _desk(office)
    rows: list[tuple[dict[str, Any], str]] = [
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "all"}, "invalid_scope"),
        ({"authorization_details": [{"type": "other"}]}, "invalid_authorization_details"),
    ]
    for changed, error in rows:
        answer = await desk.post("par", _signed(desk, **changed))
        assert (answer.status_code, answer.json().get("error")) == (400, error)
    bound = _signed(desk, dpop_jkt=H("another key"))
    assert (await desk.post("par", bound)).json().get("error") == "invalid_dpop_proof"
    address = (await desk.post("par", _signed(desk), proof=None)).json()["request_uri"]
    assert parse_qs(urlsplit(desk.front(address)).query)["request_uri"] == [address]
