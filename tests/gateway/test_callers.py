# SPDX-License-Identifier: EUPL-1.2
"""Steps 1 to 6 of a call: who is calling, in the order of gateway.md section 3. Nobody behind it answers here."""

import json
from typing import Any

import pytest

from chassis.application import METHODS
from formats import jose
from formats.dpop import make_proof
from formats.spelling import H, new_id
from tests.gateway.office import ASK, App, Office

pytestmark = pytest.mark.asyncio(loop_scope="module")
GRANT, OTHER, DRAWER = (new_id() for _ in range(3))
ASKING = "/gateway/v1/consent-requests"
READING = f"/gateway/v1/grants/{GRANT}/drawers/{DRAWER}/records"


async def _token(system: App, details: str = ASK) -> str:
    form = system.who() | {"grant_type": "client_credentials", "authorization_details": details}
    return str((await system.token(form))["access_token"])


def _forged(app: App, token: str, **changed: Any) -> str:
    """The same claims, changed, signed by the real key of the organisations' issuer."""
    _, claims = jose.peek(token)
    key = json.loads(app.office.settings.organisations_key.read_text())
    return jose.sign(claims | changed, changed.pop("typ", "at+jwt"), key)


def _why(answer: Any) -> str:
    challenge = answer.headers.get("www-authenticate", "")
    return str(challenge.split('error="')[1].split('"')[0]) if challenge else ""


@pytest.mark.promise("P20")
async def test_a_call_with_a_good_token_and_proof_comes_through(office: Office) -> None:
    system = await office.system()
    assert (await system.call("GET", ASKING, await _token(system))).status_code == 503  # consent is away


@pytest.mark.promise("P20")
@pytest.mark.fapi(30)
async def test_each_bad_token_is_invalid_token(office: Office) -> None:
    system = await office.system()
    token = await _token(system)
    now, person = office.clock.now(), json.loads(office.settings.person_key.read_text())
    _, claims = jose.peek(token)
    bad = {
        "another audience": _forged(system, token, aud=office.origin + "/vault/v1"),
        "audiences": _forged(system, token, aud=[claims["aud"]]),
        "another issuer": _forged(system, token, iss=office.origin + "/person"),
        "over": _forged(system, token, exp=now),
        "not yet": _forged(system, token, nbf=now + 60),
        "no key": _forged(system, token, cnf={}),
        "no details": _forged(system, token, authorization_details=[]),
        "two details": _forged(system, token, authorization_details=claims["authorization_details"] * 2),
        "no session": _forged(system, token, jti="x"),
        "unknown session": _forged(system, token, jti=new_id() + ".x"),
        "another typ": jose.sign(claims, "JWT", json.loads(office.settings.organisations_key.read_text())),
        "a person's key": jose.sign(claims, "at+jwt", person),
        "a strange key": jose.sign(claims, "at+jwt", jose.new_signing_key()),
        "cut": token[:-2],
        "longer": token + "A",
        "nothing": "x",
    }
    for why, one in bad.items():
        answer = await system.call("GET", ASKING, one)
        assert (answer.status_code, _why(answer)) == (401, "invalid_token"), why


@pytest.mark.promise("P20")
@pytest.mark.fapi(32)
@pytest.mark.attack("token stolen")
async def test_each_bad_proof_is_invalid_dpop_proof(office: Office) -> None:
    system = await office.system()
    token = await _token(system)
    now, address, other = office.clock.now(), office.origin + ASKING, jose.new_signing_key()
    bad = {
        "another key": make_proof(other, "GET", address, H(token), now=now),
        "another token": make_proof(system.dpop, "GET", address, H("x"), now=now),
        "no token": make_proof(system.dpop, "GET", address, now=now),
        "another method": make_proof(system.dpop, "POST", address, H(token), now=now),
        "another address": make_proof(system.dpop, "GET", address + "x", H(token), now=now),
        "too old": make_proof(system.dpop, "GET", address, H(token), now=now - 65),
        "to come": make_proof(system.dpop, "GET", address, H(token), now=now + 65),
        "nonsense": "x.y.z",
    }
    for why, one in bad.items():
        answer = await system.call("GET", ASKING, token, proof=one)
        assert (answer.status_code, _why(answer)) == (401, "invalid_dpop_proof"), why


@pytest.mark.fapi(29)
async def test_the_token_counts_in_the_header_only(office: Office) -> None:
    system = await office.system()
    token = await _token(system)
    proof = make_proof(system.dpop, "GET", office.origin + ASKING, H(token), now=office.clock.now())
    http, address = office.http, office.origin + ASKING
    assert (await http.get(address, headers={"DPoP": proof})).status_code == 401
    assert (await http.get(address, headers={"Authorization": f"Bearer {token}", "DPoP": proof})).status_code == 401
    without = await http.get(address, headers={"Authorization": f"DPoP {token}"})
    assert (without.status_code, _why(without)) == (401, "invalid_token")
    assert (await system.call("GET", ASKING + f"?access_token={token}", token)).status_code == 400
    twice = [("Authorization", f"DPoP {token}"), ("Authorization", f"DPoP {token}"), ("DPoP", proof)]
    assert (await http.get(address, headers=twice)).status_code == 400
    proofs = [("Authorization", f"DPoP {token}"), ("DPoP", proof), ("DPoP", proof)]
    assert (await http.get(address, headers=proofs)).status_code == 400


def _operations(office: Office) -> list[tuple[str, str]]:
    """Every operation that needs a token, with ids in its path."""
    document = office.gateway.api.document
    found = []
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if operation.get("security") != []:
                filled = path
                for name in ("request", "grant", "drawer", "record", "attachment", "upload"):
                    filled = filled.replace("{" + name + "}", GRANT)
                found.append((verb.upper(), "/gateway/v1" + filled.replace("{piece}", "0")))
    return found


@pytest.mark.promise("P20")
@pytest.mark.attack("proof replayed")
async def test_no_call_but_a_look_takes_a_proof_twice(office: Office) -> None:
    """A look's proof counts once in consent's ledger; all other calls count it here, whatever they are."""
    system = await office.system()
    token = await _token(system)
    counted = 0
    for method, path in _operations(office):
        look = (method == "GET" and ("/records" in path)) or path.endswith("/deposits")
        proof = make_proof(system.dpop, method, office.origin + path, H(token), now=office.clock.now())
        body: dict[str, Any] = {"json": {}} if method == "POST" else {}
        if method == "PUT":
            body = {"content": b"x", "headers": None}
        answers = []
        for _ in range(2):
            headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
            if method == "PUT":
                headers["Content-Type"] = "application/octet-stream"
            sent = {name: value for name, value in body.items() if name != "headers"}
            answers.append(await office.http.request(method, office.origin + path, headers=headers, **sent))
        replayed = (answers[1].status_code, _why(answers[1])) == (401, "invalid_dpop_proof")
        assert answers[0].status_code != 401, path
        assert replayed is not look, (method, path)
        counted += replayed
    assert counted >= 10


@pytest.mark.promise("P16")
@pytest.mark.fapi(31)
async def test_details_that_do_not_suffice_are_403_before_anything_is_asked(office: Office) -> None:
    system = await office.system()
    ask = await _token(system)
    learn = await _token(system, '[{"type":"vault_access","actions":["learn"]}]')
    put = f'[{{"type":"vault_access","actions":["deposit"],"grant_id":"{OTHER}"}}]'
    deposit = await _token(system, put)
    request = {"to": {"shareCode": "X"}, "request": "a.b.c"}
    confirm = {"confirmation": "a.b.c"}
    epoch = f"/gateway/v1/grants/{GRANT}/drawers/{DRAWER}/epoch"
    rows: list[tuple[str, str, str, Any]] = [
        ("GET", READING, ask, None),
        ("GET", READING, learn, None),
        ("GET", READING, deposit, None),
        ("GET", READING + f"/{OTHER}/attachments/{OTHER}", ask, None),
        ("POST", ASKING, learn, request),
        ("POST", ASKING, deposit, request),
        ("GET", ASKING, deposit, None),
        ("POST", ASKING + f"/{OTHER}/withdrawals", learn, {}),
        ("GET", f"/gateway/v1/grants/{GRANT}", deposit, None),
        ("DELETE", f"/gateway/v1/grants/{GRANT}", deposit, None),
        ("POST", f"/gateway/v1/grants/{GRANT}/imports", ask, confirm),
        ("GET", epoch, ask, None),
        ("GET", epoch, deposit, None),  # another grant than the token's
    ]
    for method, path, token, body in rows:
        answer = await system.call(method, path, token, **({} if body is None else {"json": body}))
        assert answer.status_code == 403, (method, path)
        assert answer.json()["type"].endswith("insufficient-scope")


async def test_the_earlier_step_answers_where_two_things_are_wrong(office: Office) -> None:
    system = await office.system()
    token = await _token(system)
    bad_token, bad_proof = token[:-2], "x.y.z"
    both = await system.call("GET", READING, bad_token, proof=bad_proof)
    assert _why(both) == "invalid_token"  # 3 before 4
    answer = await system.call("GET", READING, token, proof=bad_proof)
    assert _why(answer) == "invalid_dpop_proof"  # 4 before 6
    answer = await system.call("GET", READING + "?unknown=1", bad_token)
    assert answer.status_code == 400  # 1 before 3
    form = system.who() | {"token": token}
    await system.post("revoke", form, proof=None)
    answer = await system.call("GET", READING, token)
    assert _why(answer) == "invalid_token"  # 5 before 6


async def test_every_verb_of_every_path_without_a_token_is_shut(office: Office) -> None:
    for _, path in _operations(office):
        for method in METHODS:
            answer = await office.http.request(method, office.origin + path)
            assert answer.status_code in (204, 401, 405, 415), (method, path)  # 415 comes before the caller
            if answer.status_code == 204:
                assert method == "OPTIONS"


async def test_public_lists_need_no_token(office: Office) -> None:
    for path in ("/purposes", "/schemas", "/organisations"):
        assert (await office.http.get(office.origin + "/gateway/v1" + path)).status_code == 503
