# SPDX-License-Identifier: EUPL-1.2
"""Lines of the FAPI 2.0 checklist that belong to no one endpoint: nonces, algorithms, randomness, keys, and kinds of JWT."""

import asyncio
import json
import re
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from formats import jose
from formats.dpop import make_proof
from formats.spelling import H, b64u, new_id, unb64u
from gateway import registering
from tests.gateway.office import ASK, ASSERTION_TYPE, OIN, App, Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.promise("P20")]
OWN = "/gateway/v1/consent-requests"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"}, private=True)
FORM = {"grant_type": "client_credentials", "authorization_details": ASK}


def _proof(app: App, *, key: Any = None, alg: str = "ES256", header: Any = None, **changed: Any) -> str:
    """A proof for the token endpoint with anything in it changed, made by another library than ours."""
    key = key or ECKey.import_key(app.dpop)
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": jose.public(app.dpop)} | (header or {})
    claims = {"jti": new_id(), "htm": "POST", "htu": app.url("token"), "iat": app.office.clock.now()} | changed
    sent = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({name: value for name, value in head.items() if value is not None}, sent, key, [alg])


@pytest.mark.fapi(11)
async def test_no_nonce_is_ever_asked_or_given(office: Office) -> None:
    system = await office.system()
    token = (await system.token(system.who() | FORM))["access_token"]
    answers = [
        await system.post("token", system.who() | FORM),
        await system.post("token", system.who() | FORM, proof=None),
        await system.post("token", system.who() | FORM, proof="x.y.z"),
        await system.call("GET", OWN, token),
        await system.call("GET", OWN, token, proof="x.y.z"),
    ]
    for answer in answers:
        assert "dpop-nonce" not in answer.headers
        assert "use_dpop_nonce" not in answer.text + answer.headers.get("www-authenticate", "")
    one = _proof(system, nonce="one of ours, in vain")  # an extra claim like any other
    assert (await system.post("token", system.who() | FORM, proof=one)).status_code == 200


@pytest.mark.fapi(18)
async def test_nobody_pushes_without_being_known(office: Office) -> None:
    desk, device = await office.desk(), await office.device()
    asked = desk.pushes("v" * 43, authorization_details=ASK)
    bare = {name: value for name, value in asked.items() if not name.startswith("client_assertion")}
    for form in (bare, bare | {"client_id": desk.id}, bare | {"client_id": desk.id, "client_secret": "x"}):
        answer = await desk.post("par", form)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    for client in ({"client_id": "app:unknown"}, {}):
        answer = await device.post("par", {**device.pushes("v" * 43), "client_id": None} | client)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.fapi(32)
async def test_what_of_a_proof_may_differ_and_what_may_not(office: Office) -> None:
    system = await office.system()
    url = system.url("token")
    good = {"a query": {"htu": url + "?x=1"}, "capitals": {"htu": url.replace("http", "HTTP")}, "more": {"x": [1]}}
    for why, changed in good.items():
        assert (await system.post("token", system.who() | FORM, proof=_proof(system, **changed))).status_code == 200, (
            why
        )
    shown = RSA.as_dict(private=False)
    bad = {
        "no typ": _proof(system, header={"typ": None}),
        "another typ": _proof(system, header={"typ": "JWT"}),
        "no key": _proof(system, header={"jwk": None}),
        "a private key": _proof(system, header={"jwk": system.dpop}),
        "another's key": _proof(system, header={"jwk": jose.public(jose.new_signing_key())}),
        "a key by kid": _proof(system, header={"jwk": None, "kid": system.dpop["kid"]}),
        "RS256": _proof(system, key=RSA, alg="RS256", header={"jwk": shown}),
        "HS256": _proof(system, key=OctKey.import_key("k" * 32), alg="HS256"),
        "no jti": _proof(system, jti=None),
        "no time": _proof(system, iat=None),
        "a time in words": _proof(system, iat="now"),
        "no method": _proof(system, htm=None),
        "no address": _proof(system, htu=None),
        "another host": _proof(system, htu="https://evil.example/oauth/token"),
        "another path": _proof(system, htu=url + "/"),
    }
    for why, proof in bad.items():
        answer = await system.post("token", system.who() | FORM, proof=proof)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), why


@pytest.mark.fapi(33)
@pytest.mark.parametrize("alg", ["none", "HS256", "RS256"])
async def test_no_other_algorithm_at_any_door(office: Office, alg: str) -> None:
    """At each place where a JWT comes in: as assertion, as proof and as access token."""
    system = await office.system("rsa", jwks={"keys": [RSA.as_dict(private=False)]})
    now, secret = office.clock.now(), OctKey.import_key(json.dumps(RSA.as_dict(private=False)))

    def made(head: dict[str, Any], claims: dict[str, Any]) -> str:
        if alg == "none":
            return b64u(json.dumps(head | {"alg": alg}).encode()) + "." + b64u(json.dumps(claims).encode()) + "."
        return jwt.encode(head | {"alg": alg}, claims, RSA if alg == "RS256" else secret, [alg])

    claims = {"iss": system.id, "sub": system.id, "aud": system.issuer, "iat": now, "exp": now + 60, "jti": new_id()}
    who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": made({"kid": "rsa-1", "typ": "JWT"}, claims)}
    answer = await system.post("token", who | FORM)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    proof = made(
        {"typ": "dpop+jwt", "jwk": RSA.as_dict(private=False)},
        {"jti": new_id(), "htm": "POST", "htu": system.url("token"), "iat": now},
    )
    other = await office.system()
    answer = await other.post("token", other.who() | FORM, proof=proof)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    header, inside = jose.peek((await other.token(other.who() | FORM))["access_token"])
    answer = await other.call("GET", OWN, made(header, inside))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.fapi(35)
async def test_codes_tokens_and_addresses_have_256_random_bits(office: Office) -> None:
    desk = await office.desk()
    drawn: list[str] = []
    for _ in range(3):
        code = await desk.code("Fatima", authorization_details=ASK)
        told = await desk.token(desk.redeems(code))
        pushed = await desk.post("par", desk.pushes("v" * 43, authorization_details=ASK))
        drawn += [code, told["refresh_token"], pushed.json()["request_uri"].rsplit(":", 1)[1]]
        session, random = jose.peek(told["access_token"])[1]["jti"].split(".")
        assert (len(session), len(unb64u(random))) == (36, 16)
    assert all(len(unb64u(one)) == 32 for one in drawn)
    assert len({one[:8] for one in drawn}) == len(drawn)


@pytest.mark.fapi(36)
async def test_an_address_in_a_header_is_never_visited(office: Office) -> None:
    system, stranger = await office.system(), jose.new_signing_key()
    assert system.key is not None
    visits = 0

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal visits
        visits += 1
        keys = json.dumps({"keys": [jose.public(stranger)]}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(keys) + keys)
        writer.close()

    elsewhere = await asyncio.start_server(visited, "127.0.0.1", 0)
    port = elsewhere.sockets[0].getsockname()[1]
    now = office.clock.now()
    for name in ("jku", "x5u"):
        for key, status in ((stranger, 401), (system.key, 200)):
            head = {"alg": "ES256", "typ": "JWT", "kid": key["kid"], name: f"http://127.0.0.1:{port}/keys"}
            claims = {"iss": system.id, "sub": system.id, "aud": system.issuer, "exp": now + 60, "jti": new_id()}
            token = jwt.encode(head, claims, ECKey.import_key(key), ["ES256"])
            who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
            assert (await system.post("token", who | FORM)).status_code == status
    elsewhere.close()
    assert visits == 0


@pytest.mark.fapi(39)
async def test_no_other_kind_of_response_or_signature_is_offered(office: Office) -> None:
    for path in ("", "/person"):
        document = (await office.http.get(f"{office.origin}/.well-known/oauth-authorization-server{path}")).json()
        assert document["response_modes_supported"] == ["query"]
        assert not [name for name in document if name.startswith("authorization_signing") or "http_sig" in name]


@pytest.mark.attack("one JWT used as another")
async def test_each_jwt_is_good_for_one_thing_only(office: Office) -> None:
    system, api = await office.system(), await office.resource()
    token = (await system.token(system.who() | FORM))["access_token"]
    signed = (await api.post("introspect", api.who() | {"token": token}, proof=None)).text
    assertion, proof = system.assertion(), system.proof("token")
    for why, other in {"an assertion": assertion, "a proof": proof, "an introspection": signed}.items():
        answer = await system.call("GET", OWN, other)
        assert (answer.status_code, "invalid_token" in answer.headers["www-authenticate"]) == (401, True), why
    for why, other in {"a token": token, "a proof": proof, "an introspection": signed}.items():
        who = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": other}
        answer = await system.post("token", who | FORM)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), why
    for why, other in {"a token": token, "an assertion": assertion, "an introspection": signed}.items():
        answer = await system.post("token", system.who() | FORM, proof=other)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), why
    here = make_proof(system.dpop, "POST", system.url("token"), H(token), now=office.clock.now())
    assert (await system.call("GET", OWN, token, proof=here)).status_code == 401  # made for another door


@pytest.mark.attack("client posing as a subject")
async def test_names_of_clients_caseworkers_and_persons_never_meet(office: Office) -> None:
    desk, system = await office.desk(), await office.system()
    worker = jose.peek(
        (await desk.token(desk.redeems(await desk.code("Fatima", authorization_details=ASK))))["access_token"]
    )
    machine = jose.peek((await system.token(system.who() | FORM))["access_token"])
    assert re.fullmatch(r"cw_[A-Za-z0-9_-]{43}", worker[1]["sub"])
    assert machine[1]["sub"] == machine[1]["client_id"] == f"oin:{OIN}:system"
    key = jose.public(jose.new_signing_key())
    good = {
        "kind": "system",
        "client_name": {"nl": "x", "en": "x"},
        "team": f"urn:oin:{OIN}:team:x",
        "actions": ["ask"],
    }
    for name in (worker[1]["sub"], new_id(), f"vault:{new_id()}", f"urn:oin:{OIN}", f"oin:{OIN}", f"oin:{OIN}:CW_x"):
        with pytest.raises(registering.RegistrationError, match="client_id"):
            registering.read_registration(good | {"client_id": name, "jwks": {"keys": [key]}}, environment="production")
