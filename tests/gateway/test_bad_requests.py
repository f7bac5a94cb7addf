# SPDX-License-Identifier: EUPL-1.2
"""Tables of bad requests at PAR and at the token endpoint. The numbers are lines of gateway.md section 7."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from formats import jose
from formats.dpop import make_proof
from formats.spelling import b64u, new_id
from tests.gateway.numbers import row
from tests.gateway.office import ASK, ASSERTION_TYPE, OIN, App, Office

pytestmark = pytest.mark.asyncio(loop_scope="module")
GRANT = "11111111-1111-4111-8111-111111111111"


def _details(**members: Any) -> str:
    return json.dumps([{"type": "vault_access", "actions": ["ask"]} | members])


PAR: list[tuple[str, dict[str, Any], str]] = [
    ("16 only code", {"response_type": "token"}, "unsupported_response_type"),
    ("16 no response type", {"response_type": None}, "unsupported_response_type"),
    ("16 code and token", {"response_type": "code token"}, "unsupported_response_type"),
    ("19 challenge too short", {"code_challenge": "short"}, "invalid_request"),
    ("20 no redirect", {"redirect_uri": None}, "invalid_request"),
    ("20 another redirect", {"redirect_uri": "https://desk.example/callback/"}, "invalid_request"),
    ("20 redirect with more", {"redirect_uri": "https://desk.example/callback?x=1"}, "invalid_request"),
    ("20 redirect in other case", {"redirect_uri": "https://DESK.example/callback"}, "invalid_request"),
    ("28 state too long", {"state": "s" * 1025}, "invalid_request"),
    ("request_uri inside", {"request_uri": "urn:x"}, "invalid_request"),
    ("37 unsigned request object", {"request": "e30.e30."}, "invalid_request"),
    ("39 another response mode", {"response_mode": "jwt"}, "invalid_request"),
    ("no scopes", {"scope": "openid"}, "invalid_scope"),
    ("another resource", {"resource": "https://evil.example"}, "invalid_target"),
    ("13 key and proof differ", {"dpop_jkt": "A" * 43}, "invalid_dpop_proof"),
    ("13 no thumbprint", {"dpop_jkt": "no"}, "invalid_request"),
    ("no details", {"authorization_details": None}, "invalid_authorization_details"),
    ("details no list", {"authorization_details": "{}"}, "invalid_authorization_details"),
    ("details closed early", {"authorization_details": ASK + ',"more":[]'}, "invalid_authorization_details"),
    ("unknown type", {"authorization_details": _details(type="other")}, "invalid_authorization_details"),
    ("unknown member", {"authorization_details": _details(all=True)}, "invalid_authorization_details"),
    ("no actions", {"authorization_details": _details(actions=[])}, "invalid_authorization_details"),
    ("unknown action", {"authorization_details": _details(actions=["write"])}, "invalid_authorization_details"),
    ("action twice", {"authorization_details": _details(actions=["ask", "ask"])}, "invalid_authorization_details"),
    ("learn is for systems", {"authorization_details": _details(actions=["learn"])}, "invalid_authorization_details"),
    ("15 read without grant", {"authorization_details": _details(actions=["read"])}, "invalid_authorization_details"),
    (
        "15 read and ask",
        {"authorization_details": _details(actions=["ask", "read"], grant_id=GRANT)},
        "invalid_authorization_details",
    ),
    (
        "15 two grants",
        {"authorization_details": json.dumps([{"type": "vault_access", "actions": ["read"], "grant_id": GRANT}] * 2)},
        "invalid_authorization_details",
    ),
    ("ask of a grant", {"authorization_details": _details(grant_id=GRANT)}, "invalid_authorization_details"),
    ("grant no id", {"authorization_details": _details(actions=["deposit"], grant_id="1")},
     "invalid_authorization_details"),
    ("reason to ask", {"authorization_details": _details(reason="why")}, "invalid_authorization_details"),
    ("another place", {"authorization_details": _details(locations=["https://evil"])}, "invalid_authorization_details"),
]  # fmt: skip


@pytest.mark.promise("P20")
@pytest.mark.parametrize(("changed", "error"), [row(*one) for one in PAR])
async def test_a_bad_pushed_request_is_refused(office: Office, changed: dict[str, Any], error: str) -> None:
    desk = await office.desk()
    answer = await desk.post("par", desk.pushes("v" * 43, **{"authorization_details": ASK} | changed))
    assert (answer.status_code, answer.json().get("error")) == (400, error)


def _unsigned(app: App) -> str:
    claims = {
        "iss": app.id,
        "sub": app.id,
        "aud": app.issuer,
        "exp": app.office.clock.now() + 60,
        "jti": new_id(),
    }
    return b64u(b'{"alg":"none"}') + "." + b64u(json.dumps(claims).encode()) + ".AA"


def _hs256(app: App) -> str:
    assert app.key is not None
    claims = {
        "iss": app.id,
        "sub": app.id,
        "aud": app.issuer,
        "exp": app.office.clock.now() + 60,
        "jti": new_id(),
    }
    secret = OctKey.import_key(app.key["x"] + app.key["y"])
    return jwt.encode({"alg": "HS256", "kid": app.key["kid"]}, claims, secret, ["HS256"])


def _with_own_key(app: App) -> str:
    other = jose.new_signing_key()
    now = app.office.clock.now()
    claims = {"iss": app.id, "sub": app.id, "aud": app.issuer, "iat": now, "exp": now + 60, "jti": new_id()}
    header = b64u(json.dumps({"alg": "ES256", "typ": "JWT", "jwk": jose.public(other)}).encode())
    signed = header + "." + b64u(json.dumps(claims).encode())
    return signed + "." + b64u(jose.sign_bytes(signed.encode(), other))


ASSERTIONS: list[tuple[str, Any]] = [
    ("8 aud is the token endpoint", lambda app: app.assertion(aud=app.url("token"))),
    ("8 aud is PAR", lambda app: app.assertion(aud=app.url("par"))),
    ("8 aud is a list", lambda app: app.assertion(aud=[app.issuer])),
    ("8 aud is the other issuer", lambda app: app.assertion(aud=app.issuer + "/person")),
    ("8 no aud", lambda app: app.assertion(aud=None)),
    ("9 longer than an hour", lambda app: app.assertion(exp=app.office.clock.now() + 3700)),
    ("9 no jti", lambda app: app.assertion(jti=None)),
    ("9 jti no text", lambda app: app.assertion(jti=7)),
    ("9 another typ", lambda app: jose.sign({"sub": app.id}, "dpop+jwt", app.key)),
    ("over", lambda app: app.assertion(exp=app.office.clock.now() - 1)),
    ("no end", lambda app: app.assertion(exp=None)),
    ("end no number", lambda app: app.assertion(exp="soon")),
    ("14 from the future", lambda app: app.assertion(iat=app.office.clock.now() + 61)),
    ("14 not before the future", lambda app: app.assertion(nbf=app.office.clock.now() + 61)),
    ("iss is another", lambda app: app.assertion(iss="oin:other")),
    ("33 none", _unsigned),
    ("33 HS256", _hs256),
    ("36 key in the header", _with_own_key),
    ("no token", lambda app: "nonsense"),
    ("absent", lambda app: ""),
]


@pytest.mark.promise("P20")
@pytest.mark.parametrize("make", [row(*one) for one in ASSERTIONS])
@pytest.mark.attack("assertion forwarded")
async def test_a_bad_assertion_is_refused(office: Office, make: Any) -> None:
    system = await office.system()
    who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": make(system)}
    answer = await system.post("token", who | {"grant_type": "client_credentials", "authorization_details": ASK})
    assert (answer.status_code, answer.json().get("error")) == (401, "invalid_client")
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt", "Client-Authentication+JWT"])
@pytest.mark.fapi(9, 14)
async def test_the_types_of_an_assertion_pass_in_any_case(office: Office, typ: str) -> None:
    system = await office.system()
    now = office.clock.now()
    claims = {"iss": system.id, "sub": system.id, "aud": system.issuer, "iat": now + 10, "nbf": now + 10}
    assert system.key is not None
    token = jose.sign(claims | {"exp": now + 60, "jti": new_id()}, typ, system.key)
    who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
    await system.token(who | {"grant_type": "client_credentials", "authorization_details": ASK})


@pytest.mark.fapi(9)
async def test_an_assertion_without_typ_passes(office: Office) -> None:
    system = await office.system()
    assert system.key is not None
    now = office.clock.now()
    claims = {"iss": system.id, "sub": system.id, "aud": system.issuer, "exp": now + 60, "jti": new_id()}
    signed = b64u(json.dumps({"alg": "ES256", "kid": system.key["kid"], "x": 1}).encode())
    signed += "." + b64u(json.dumps(claims).encode())
    token = signed + "." + b64u(jose.sign_bytes(signed.encode(), system.key))
    who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
    await system.token(who | {"grant_type": "client_credentials", "authorization_details": ASK})


TOKEN: list[tuple[str, dict[str, Any], dict[str, str], int, str]] = [
    ("2 password", {"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
    ("no grant type", {"grant_type": None}, {}, 400, "unsupported_grant_type"),
    ("code for a system", {"grant_type": "authorization_code", "code": "x", "authorization_details": None},
     {}, 400, "unauthorized_client"),
    ("refresh for a system", {"grant_type": "refresh_token", "refresh_token": "x", "authorization_details": None},
     {}, 400, "unauthorized_client"),
    ("scope", {"scope": "all"}, {}, 400, "invalid_scope"),
    ("resource", {"resource": "https://evil.example"}, {}, 400, "invalid_target"),
    ("no details", {"authorization_details": None}, {}, 400, "invalid_authorization_details"),
    ("a system never reads", {"authorization_details": _details(actions=["read"], grant_id=GRANT)}, {}, 400,
     "invalid_authorization_details"),
    ("6 a secret too", {"client_secret": "x"}, {}, 401, "invalid_client"),
    ("6 basic too", {}, {"Authorization": "Basic eDp4"}, 401, "invalid_client"),
    ("3 only a client id", {"client_assertion": None, "client_assertion_type": None, "client_id": f"oin:{OIN}:system"},
     {}, 401, "invalid_client"),
    ("another assertion type", {"client_assertion_type": "x"}, {}, 401, "invalid_client"),
]  # fmt: skip


@pytest.mark.promise("P20")
@pytest.mark.parametrize(("changed", "headers", "status", "error"), [row(*one) for one in TOKEN])
async def test_a_bad_token_request_is_refused(
    office: Office, changed: dict[str, Any], headers: dict[str, str], status: int, error: str
) -> None:
    system = await office.system()
    form = system.who() | {"grant_type": "client_credentials", "authorization_details": ASK} | changed
    answer = await system.post("token", form, headers=headers)
    assert (answer.status_code, answer.json().get("error")) == (status, error)
    assert answer.headers["cache-control"] == "no-store"


def _proofs(app: App) -> dict[str, str]:
    now, url = app.office.clock.now(), app.url("token")
    return {
        "another method": make_proof(app.dpop, "GET", url, now=now),
        "another address": make_proof(app.dpop, "POST", app.url("par"), now=now),
        "32 too old": make_proof(app.dpop, "POST", url, now=now - 65),
        "14 from the future": make_proof(app.dpop, "POST", url, now=now + 65),
        "no proof": "x.y.z",
        "twice in one": app.proof("token") + "," + app.proof("token"),
    }


@pytest.mark.promise("P20")
@pytest.mark.fapi(14, 32)
async def test_a_bad_proof_is_refused_and_a_good_one_counts_once(office: Office) -> None:
    system = await office.system()
    form = {"grant_type": "client_credentials", "authorization_details": ASK}
    for why, proof in _proofs(system).items():
        answer = await system.post("token", system.who() | form, proof=proof)
        assert (answer.status_code, answer.json().get("error")) == (400, "invalid_dpop_proof"), why
    proof = system.proof("token", now=office.clock.now() + 10)
    await system.token(system.who() | form, proof=proof)
    assert (await system.post("token", system.who() | form, proof=proof)).json().get("error") == "invalid_dpop_proof"


@pytest.mark.fapi(32)
async def test_two_proof_headers_are_refused(office: Office) -> None:
    system = await office.system()
    form = system.who() | {"grant_type": "client_credentials", "authorization_details": ASK}
    headers = [("DPoP", system.proof("token")), ("DPoP", system.proof("token"))]
    answer = await office.http.post(system.url("token"), data=form, headers=headers)
    assert answer.status_code == 400


@pytest.mark.promise("P19")
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"a=b&" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a%d=b" % n for n in range(61)), "application/x-www-form-urlencoded", 400),
        (b"grant_type=%ff", "application/x-www-form-urlencoded", 400),
        ("grant_type=é".encode(), "application/x-www-form-urlencoded", 400),
        (b"grant_type", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"", "application/x-www-form-urlencoded", 401),
    ],
)
async def test_a_hostile_body_is_refused_cheaply(office: Office, content: bytes, kind: str, status: int) -> None:
    system = await office.system()
    answer = await office.http.post(system.url("token"), content=content, headers={"Content-Type": kind})
    assert answer.status_code == (400 if content == b"" else status)


async def test_only_what_was_registered_authenticates_here(office: Office) -> None:
    """A person's device is no client of the organisations' issuer, and the other way round."""
    device, system = await office.device(), await office.system()
    device.path, device.issuer = "/oauth", office.origin
    answer = await device.post("par", device.pushes("v" * 43, authorization_details=ASK))
    assert (answer.status_code, answer.json().get("error")) == (401, "invalid_client")
    stranger = App(office, system.id, office.origin + "/person", "/person", system.redirect_uri)
    answer = await stranger.post("par", stranger.pushes("v" * 43))
    assert (answer.status_code, answer.json().get("error")) == (401, "invalid_client")
