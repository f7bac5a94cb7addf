# SPDX-License-Identifier: EUPL-1.2
"""Each override of Authlib: with it the rule holds, and the same check fails when it is taken away.

The checks are the measured flaws of gateway.md section 4. `twin` puts Authlib's own behaviour back.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import select

from formats import jose
from formats.spelling import b64u, new_id
from gateway import fapi, grants, server, store
from gateway.answers import Answer
from gateway.tables import codes
from tests.gateway.office import ASK, ASSERTION_TYPE, App, Browser, Office, returned

pytestmark = pytest.mark.asyncio(loop_scope="module")
DETAILS = json.dumps([{"type": "vault_access", "actions": ["ask"]}])
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"}, private=True)


async def _rsa_system(office: Office) -> App:
    return await office.system("rsa", jwks={"keys": [RSA.as_dict(private=False)]})


def _signed(app: App, alg: str, key: Any, kid: str, **changed: Any) -> dict[str, str]:
    now = app.office.clock.now()
    claims = {"iss": app.id, "sub": app.id, "aud": app.issuer, "iat": now, "exp": now + 60, "jti": new_id()}
    token = jwt.encode({"alg": alg, "kid": kid}, claims | changed, key, [alg])
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}


async def _asks(app: App, who: dict[str, str], **changed: Any) -> tuple[int, str]:
    form = who | {"grant_type": "client_credentials", "authorization_details": DETAILS} | changed
    answer = await app.post("token", form)
    return _told(answer)


def _told(answer: httpx2.Response) -> tuple[int, str]:
    """(status, error); a bare 500 has none."""
    return answer.status_code, answer.json().get("error", "") if answer.content else ""


async def pkce_absent(office: Office) -> None:
    desk = await office.desk()
    form = desk.pushes("v" * 43, authorization_details=ASK, code_challenge=None, code_challenge_method=None)
    answer = await desk.post("par", form)
    assert _told(answer) == (400, "invalid_request")


async def pkce_plain(office: Office) -> None:
    desk = await office.desk()
    for method in ("plain", None):
        form = desk.pushes("v" * 43, authorization_details=ASK, code_challenge="v" * 43, code_challenge_method=method)
        answer = await desk.post("par", form)
        assert _told(answer) == (400, "invalid_request")


async def verifier_missing(office: Office) -> None:
    desk = await office.desk()
    code = await desk.code("Fatima", authorization_details=ASK)
    answer = await desk.post("token", desk.redeems(code, code_verifier=None))
    assert _told(answer) == (400, "invalid_grant")


async def assertion_rs256(office: Office) -> None:
    app = await _rsa_system(office)
    assert await _asks(app, _signed(app, "RS256", RSA, "rsa-1")) == (401, "invalid_client")


async def assertion_ps256(office: Office) -> None:
    app = await _rsa_system(office)
    assert await _asks(app, _signed(app, "PS256", RSA, "rsa-1")) == (200, "")


async def assertion_two_audiences(office: Office) -> None:
    app = await office.system()
    assert app.key is not None
    who = _signed(app, "ES256", ECKey.import_key(app.key), app.key["kid"], aud=[app.issuer, "https://evil.example"])
    assert await _asks(app, who) == (401, "invalid_client")


async def assertion_ten_years(office: Office) -> None:
    app = await office.system()
    far = office.clock.now() + 10 * 365 * 86_400
    who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": app.assertion(exp=far)}
    assert await _asks(app, who) == (401, "invalid_client")


async def assertion_used_twice(office: Office) -> None:
    app = await office.system()
    who = app.who()
    assert await _asks(app, who) == (200, "")
    assert await _asks(app, who) == (401, "invalid_client")


async def assertion_too_deep(office: Office) -> None:
    app = await office.system()
    deep = b64u(b'{"alg":"ES256"}') + "." + b64u(b'{"sub":' + b"[" * 30_000) + "." + b64u(b"x" * 64)
    who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": deep}
    assert await _asks(app, who) == (401, "invalid_client")


async def assertion_beside_another_client(office: Office) -> None:
    app = await office.system()
    assert await _asks(app, app.who(), client_id="oin:00000001234567890000:other") == (401, "invalid_client")


async def parameter_repeated(office: Office) -> None:
    app = await office.system()
    fields = app.who() | {"grant_type": "client_credentials"}
    pairs = [*fields.items(), ("authorization_details", DETAILS), ("authorization_details", DETAILS)]
    body = "&".join(f"{name}={value}" for name, value in pairs)
    headers = {"DPoP": app.proof("token"), "Content-Type": "application/x-www-form-urlencoded"}
    answer = await office.http.post(app.url("token"), content=body, headers=headers)
    assert _told(answer) == (400, "invalid_request")


async def sixteen_at_once(office: Office) -> None:
    desk = await office.desk()
    code = await desk.code("Fatima", authorization_details=ASK)
    answers = await asyncio.gather(*(desk.post("token", desk.redeems(code)) for _ in range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 15


async def code_replayed(office: Office) -> None:
    desk = await office.desk()
    code = await desk.code("Fatima", authorization_details=ASK)
    first = await desk.token(desk.redeems(code))
    assert _told(await desk.post("token", desk.redeems(code))) == (400, "invalid_grant")
    again = desk.who() | {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert _told(await desk.post("token", again)) == (400, "invalid_grant")


async def token_without_proof(office: Office) -> None:
    app = await office.system()
    form = app.who() | {"grant_type": "client_credentials", "authorization_details": DETAILS}
    answer = await app.post("token", form, proof=None)
    assert _told(answer) == (400, "invalid_dpop_proof")


async def token_is_no_bearer(office: Office) -> None:
    app = await office.system()
    form = app.who() | {"grant_type": "client_credentials", "authorization_details": DETAILS}
    told = await app.token(form)
    assert (told["token_type"], told["expires_in"]) == ("DPoP", 300)


async def unknown_client(office: Office) -> None:
    app = await office.system()
    stranger = App(office, "oin:00000001234567890000:stranger", app.issuer, "/oauth", "", app.key)
    assert await _asks(stranger, stranger.who()) == (401, "invalid_client")


async def redirect_is_303_and_names_the_issuer(office: Office) -> None:
    desk = await office.desk()
    browser = Browser(office)
    back = await browser.press(await browser.get(await desk.push(authorization_details=ASK)), "Stoppen")
    assert returned(back) == {
        "error": "access_denied",
        "error_description": "The person or the organisation did not go on.",
        "state": "s-1",
        "iss": office.origin,
    }


async def redirect_not_repeated(office: Office) -> None:
    desk = await office.desk()
    form = desk.pushes("v" * 43, authorization_details=ASK, redirect_uri='https://evil.example/"\\')
    answer = await desk.post("par", form)
    assert _told(answer) == (400, "invalid_request")
    assert "evil" not in answer.text


async def unknown_client_and_wrong_key_look_alike(office: Office) -> None:
    app = await office.system()
    stranger = App(office, "oin:00000001234567890000:stranger", app.issuer, "/oauth", "", jose.new_signing_key())
    impostor = App(office, app.id, app.issuer, "/oauth", "", stranger.key)
    form = {"grant_type": "client_credentials", "authorization_details": DETAILS}
    answers = [await one.post("token", one.who() | form) for one in (stranger, impostor)]
    assert answers[0].status_code == answers[1].status_code == 401
    assert answers[0].content == answers[1].content


async def anothers_token_is_unknown(office: Office) -> None:
    app, other = await office.system(), await office.system("other")
    form = app.who() | {"grant_type": "client_credentials", "authorization_details": DETAILS}
    token = (await app.token(form))["access_token"]
    answer = await other.post("revoke", other.who() | {"token": token}, proof=None)
    assert _told(answer) == (200, "")
    assert (await app.call("GET", "/gateway/v1/consent-requests", token)).status_code == 503  # it still stands


def _without_claim(connection: Any, code: str, client: str) -> Any:
    return connection.execute(select(codes).where(codes.c.code == code)).one_or_none()


def _anybodys(self: Any, request: Any, client: Any) -> Any:
    return self.server.issuer.session_of(request.form["token"])


def _base_assertion(self: Any, assertion: str, keys: Any) -> Any:
    return JWTBearerClientAssertion.process_assertion_claims(
        self, assertion, KeySet.import_key_set({"keys": list(keys)})
    )


def _bearer(self: Any, token: dict[str, Any], request: Any) -> None:
    token.update(token_type="Bearer", expires_in=864_000)


def _as_it_comes(self: Any, status: int, body: Any, headers: Any) -> Answer:
    return Answer(status, tuple((k.lower(), v) for k, v in headers), json.dumps(body or "").encode())


_AUDIENCES = ((fapi.PrivateKeyJwt, "get_audiences", lambda self: [self._issuer]),)
_BASE_CLAIMS = ((fapi.PrivateKeyJwt, "verify_claims", JWTBearerClientAssertion.verify_claims), *_AUDIENCES)
_CHALLENGE = (fapi.S256Only, "validate_code_challenge", CodeChallenge.validate_code_challenge)
_METHODS = (fapi.S256Only, "SUPPORTED_CODE_CHALLENGE_METHOD", ["plain", "S256"])
Twin = tuple[tuple[Any, str, Any], ...]

CASES: list[tuple[Callable[[Office], Awaitable[None]], Twin]] = [
    (pkce_absent, (_CHALLENGE,)),
    (pkce_plain, (_CHALLENGE, _METHODS)),
    (verifier_missing, ((fapi.S256Only, "validate_code_verifier", CodeChallenge.validate_code_verifier),)),
    (assertion_rs256, ((fapi.PrivateKeyJwt, "process_assertion_claims", _base_assertion),)),
    (assertion_ps256, ((fapi.PrivateKeyJwt, "process_assertion_claims", _base_assertion),)),
    (assertion_two_audiences, _BASE_CLAIMS),
    (assertion_ten_years, _BASE_CLAIMS),
    (assertion_used_twice, ((fapi.PrivateKeyJwt, "validate_jti", lambda self, claims, jti: True),)),
    (assertion_too_deep, ((fapi.PrivateKeyJwt, "extract_assertion", JWTBearerClientAssertion.extract_assertion),)),
    (assertion_beside_another_client, ((fapi.PrivateKeyJwt, "__call__", JWTBearerClientAssertion.__call__),)),
    (parameter_repeated, ((fapi, "check_parameters", dict),)),
    (sixteen_at_once, ((store, "claim_code", _without_claim),)),
    (code_replayed, ((store, "session_of_used_code", lambda *given: None),)),
    (token_without_proof, ((server.Server, "take_proof", lambda self, request, required: None),)),
    (token_is_no_bearer, ((server.Server, "save_token", _bearer),)),
    (unknown_client, ((server, "refusal", lambda error: Answer(error.status_code, (), b"{}")),)),
    (redirect_is_303_and_names_the_issuer, ((server.Server, "handle_response", _as_it_comes),)),
    (redirect_not_repeated, (
        (grants.CodeGrant, "validate_authorization_redirect_uri",
         staticmethod(AuthorizationCodeGrant.validate_authorization_redirect_uri)),
    )),
    (unknown_client_and_wrong_key_look_alike, (
        (server.Server, "handle_error_response", AuthorizationServer.handle_error_response),
    )),
    (anothers_token_is_unknown, (
        (grants.RevokeEndpoint, "authenticate_token", _anybodys),
    )),
]  # fmt: skip


MARKS: dict[Any, Any] = {
    pkce_absent: pytest.mark.fapi(19),
    pkce_plain: pytest.mark.fapi(19),
    verifier_missing: pytest.mark.fapi(19),
    assertion_rs256: pytest.mark.fapi(33),
    assertion_ps256: pytest.mark.fapi(33),
    assertion_two_audiences: [pytest.mark.fapi(8), pytest.mark.attack("assertion forwarded")],
    assertion_ten_years: pytest.mark.fapi(9),
    assertion_used_twice: pytest.mark.fapi(9),
    sixteen_at_once: pytest.mark.attack("races"),
    code_replayed: pytest.mark.fapi(22),
    token_without_proof: pytest.mark.fapi(5),
    token_is_no_bearer: pytest.mark.fapi(4),
    redirect_is_303_and_names_the_issuer: [pytest.mark.fapi(21, 23), pytest.mark.attack("mix-up")],
    redirect_not_repeated: pytest.mark.fapi(7),
}


@pytest.mark.promise("P20")
@pytest.mark.parametrize(
    ("check", "twin"),
    [pytest.param(*one, id=one[0].__name__, marks=MARKS.get(one[0], [])) for one in CASES],
)
async def test_the_override_holds_and_without_it_the_check_fails(
    office: Office, check: Callable[[Office], Awaitable[None]], twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check(office)
    for place, name, authlibs in twin:
        monkeypatch.setattr(place, name, authlibs)
    with pytest.raises((AssertionError, KeyError)):
        await check(office)
