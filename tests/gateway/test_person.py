# SPDX-License-Identifier: EUPL-1.2
"""A person's own device: public client, PAR, PKCE, DPoP; one sign-in, a token for one place at a time."""

import json
from typing import Any

import pytest

from chassis.problems import unavailable
from formats import jose
from formats.dpop import make_proof
from formats.person import verify_person
from formats.spelling import H, thumbprint
from gateway.consent_client import ConsentClient
from tests import databases
from tests.gateway.office import App, Browser
from tests.gateway.street import Street, a_case

pytestmark = pytest.mark.asyncio(loop_scope="module")
VERIFIER = "v" * 43


def _device(street: Street) -> App:
    return App(street, "app:kluisje", street.origin + "/person", "/person", "http://127.0.0.1:5731/callback")


async def _signs_in(street: Street, name: str, resource: str = "/person") -> tuple[App, dict[str, Any]]:
    device = _device(street)
    told = await device.token(device.redeems(await device.code(name), resource=street.origin + resource))
    return device, told


def _refreshes(device: App, told: dict[str, Any], resource: str | None) -> dict[str, Any]:
    place = None if resource is None else device.office.origin + resource
    return device.who() | {
        "grant_type": "refresh_token",
        "refresh_token": told["refresh_token"],
        "resource": place,
    }


async def test_one_sign_in_gives_a_token_for_each_place_and_the_same_vault(street: Street) -> None:
    device, told = await _signs_in(street, "Yara 60")
    vaults = set()
    for place in ("/vault/v1", "/consent/v1", "/person"):
        again = await device.token(_refreshes(device, told, place))
        claims = jose.peek(again["access_token"])[1]
        assert claims["aud"] == street.origin + place
        assert claims["iss"] == street.origin + "/person"
        assert "authorization_details" not in claims
        vaults.add(claims["sub"])
    _, second = await _signs_in(street, "Yara 60")
    vaults.add(jose.peek(second["access_token"])[1]["sub"])
    assert len(vaults) == 1
    _, somebody = await _signs_in(street, "Yara 59")
    assert jose.peek(somebody["access_token"])[1]["sub"] not in vaults


@pytest.mark.promise("P20")
async def test_a_token_is_for_one_known_place(street: Street) -> None:
    device, told = await _signs_in(street, "Yara 58")
    for resource in (None, "/gateway/v1", "/elsewhere"):
        answer = await device.post("token", _refreshes(device, told, resource))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    form = _refreshes(device, told, "/vault/v1")
    both = [*form.items(), ("resource", street.origin + "/consent/v1")]
    body = "&".join(f"{name}={value}" for name, value in both)
    headers = {"DPoP": device.proof("token"), "Content-Type": "application/x-www-form-urlencoded"}
    answer = await street.http.post(device.url("token"), content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.promise("P20")
async def test_tokens_of_one_issuer_mean_nothing_at_the_other(street: Street) -> None:
    case = await a_case(street)
    organisations = await case.fatima._tokens.token(case.details)
    persons = await case.noor.device._tokens.token(street.origin + "/consent/v1")
    desk = App(street, "", street.origin, "/oauth", "", None, case.fatima._tokens.key)
    device = App(street, "", street.origin, "/person", "", None, case.noor.device._tokens.key)
    assert (await device.call("GET", "/gateway/v1/grants", persons)).status_code == 401
    assert (await device.call("GET", case.path, persons)).status_code == 401
    for path in (f"/vault/v1/vaults/{case.noor.vlt}", f"/consent/v1/vaults/{case.noor.vlt}"):
        assert (await desk.call("GET", path, organisations)).status_code == 401
    assert (await device.call("GET", f"/vault/v1/vaults/{case.noor.vlt}", persons)).status_code == 401  # consent's
    assert (await device.call("GET", f"/consent/v1/vaults/{case.noor.vlt}", persons)).status_code == 200


async def test_the_identity_issuer_attests_a_key_for_who_signed_in(street: Street) -> None:
    device, told = await _signs_in(street, "Yara 56")
    key = jose.new_signing_key()
    path = "/person/attestations"
    answer = await device.call("POST", path, told["access_token"], json={"jkt": key["kid"]})
    assert answer.status_code == 200
    issuer = json.loads((street.town.folder / "servers" / "identity_key_public.json").read_text())
    person = verify_person(answer.json()["person"], issuer)
    assert person.jkt == key["kid"]
    assert person.vlt == jose.peek(told["access_token"])[1]["sub"]


@pytest.mark.promise("P20")
async def test_an_attestation_needs_its_own_token_and_a_fresh_proof(street: Street) -> None:
    device, told = await _signs_in(street, "Yara 55")
    path, key = "/person/attestations", {"jkt": "A" * 43}
    vaults = (await device.token(_refreshes(device, told, "/vault/v1")))["access_token"]
    assert (await device.call("POST", path, vaults, json=key)).status_code == 401
    token = told["access_token"]
    proof = make_proof(device.dpop, "POST", street.origin + path, H(token), now=street.clock.now())
    assert (await device.call("POST", path, token, json=key, proof=proof)).status_code == 200
    replayed = await device.call("POST", path, token, json=key, proof=proof)
    assert replayed.status_code == 401
    assert "invalid_dpop_proof" in replayed.headers["www-authenticate"]
    for bad in ({}, {"jkt": "short"}, {"jkt": "A" * 43, "vlt": "x"}, {"jkt": 7}):
        assert (await device.call("POST", path, token, json=bad)).status_code == 400
    assert (await device.call("POST", path, token, content=b"x")).status_code == 415
    assert (await street.http.post(street.origin + path, json=key)).status_code == 401
    await device.post("revoke", device.who() | {"token": told["refresh_token"]}, proof=None)
    assert (await device.call("POST", path, token, json=key)).status_code == 401


@pytest.mark.promise("P20")
async def test_another_device_stops_a_lost_one(street: Street) -> None:
    """Its sign-in ends, what it still waits for gives no token, and its key begins no other; the others go on."""
    path = "/person/stopped-devices"
    phone, lost = await _signs_in(street, "Yara 51")
    waiting = await phone.code("Yara 51")
    laptop, told = await _signs_in(street, "Yara 51")
    stranger, others = await _signs_in(street, "Yara 50")
    body = {"jkt": thumbprint(phone.dpop)}
    assert (await stranger.call("POST", path, others["access_token"], json=body)).status_code == 204, "means nothing"
    assert (await phone.post("token", _refreshes(phone, lost, "/vault/v1"))).status_code == 200
    for _ in range(2):
        assert (await laptop.call("POST", path, told["access_token"], json=body)).status_code == 204
    vaults = street.origin + "/vault/v1"
    codes = [phone.redeems(code, resource=vaults) for code in (waiting, await phone.code("Yara 51"))]
    for form in (_refreshes(phone, lost, "/vault/v1"), *codes):
        answer = await phone.post("token", form)
        assert answer.status_code == 400, "a lost device went on"
        assert answer.json()["error"] == "invalid_grant"
    attest = await phone.call("POST", "/person/attestations", lost["access_token"], json=body)
    assert attest.status_code == 401, "a lost device went on"
    await laptop.token(_refreshes(laptop, told, "/vault/v1"))
    phone.dpop = jose.new_signing_key()
    await phone.token(phone.redeems(await phone.code("Yara 51"), resource=vaults))  # found again: a new key, a sign-in


@pytest.mark.promise("P22")
async def test_a_bsn_goes_to_consent_and_nowhere_else(street: Street, capfd: pytest.CaptureFixture[str]) -> None:
    people = json.loads((street.town.folder / "servers" / "demo_people.json").read_text())["people"]
    [bsn] = [one["claims"]["bsn"] for one in people if one["name"] == "Yara 54"]
    await _signs_in(street, "Yara 54")
    printed = capfd.readouterr()
    assert bsn not in printed.out + printed.err
    data = street.town.folder / "data"
    for path in data.glob("gateway.sqlite3*"):
        assert bsn.encode() not in path.read_bytes()
    kept = databases.everything(data / "gateway.sqlite3")
    assert bsn not in repr(kept)
    assert len(kept["vaults"]) >= 1


async def test_signing_in_without_consent_ends_at_the_client_with_temporarily_unavailable(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: ConsentClient, **_: Any) -> None:
        raise unavailable()

    monkeypatch.setattr(ConsentClient, "sign_in", away)
    back = await Browser(street).sign_in(await _device(street).push(VERIFIER), "Yara 53")
    assert back["error"] == "temporarily_unavailable"
    assert back["iss"] == street.origin + "/person"


@pytest.mark.parametrize("changed", [{"bsn": None}, {"birth_date": None}, {"birth_date": 5}])
async def test_a_citizen_without_bsn_or_birth_date_is_not_signed_in(
    street: Street, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = jose.sign
    browser = Browser(street)
    page = await browser.press(await browser.get(await _device(street).push(VERIFIER)), "Verder naar inloggen")

    def falsely(claims: dict[str, Any], typ: str, key: Any) -> str:
        return signs({k: v for k, v in (claims | changed).items() if v is not None}, typ, key)

    monkeypatch.setattr(jose, "sign", falsely)
    answer = await browser.press(page, "Yara 52")
    assert "error=access_denied" in answer.headers["location"]


@pytest.mark.promise("P20")
async def test_a_devices_refresh_token_is_bound_to_its_key_and_its_hours(street: Street) -> None:
    """Last in this file: consent's log never goes back in time."""
    device, told = await _signs_in(street, "Yara 57")
    proof = make_proof(jose.new_signing_key(), "POST", device.url("token"), now=street.clock.now())
    answer = await device.post("token", _refreshes(device, told, "/vault/v1"), proof=proof)
    assert answer.json()["error"] == "invalid_grant"
    try:
        for _ in range(12):  # used within the hour it lives on, for twelve hours and no longer
            street.clock.ahead += 3500
            await device.token(_refreshes(device, told, "/vault/v1"))
        street.clock.ahead += 3500
        answer = await device.post("token", _refreshes(device, told, "/vault/v1"))
        assert answer.json()["error"] == "invalid_grant"
        _, idle = await _signs_in(street, "Yara 57")
        street.clock.ahead += 3601
        answer = await device.post("token", _refreshes(device, idle, "/vault/v1"))
        assert answer.json()["error"] == "invalid_grant"
    finally:
        street.clock.ahead = 0
