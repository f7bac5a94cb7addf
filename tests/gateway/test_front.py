# SPDX-License-Identifier: EUPL-1.2
"""What a browser meets: the page that names who asks, the demo's people, the way back. Lines of section 7 by number."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from formats import jose
from gateway.settings import GatewaySettings
from tests.gateway.office import (
    ASK,
    Browser,
    Office,
    form_of,
    office_in,
    returned,
    settings_for,
)
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _code(answer: httpx2.Response) -> str:
    return returned(answer)["code"]


@pytest.mark.fapi(25)
@pytest.mark.attack("two people's browsers swapped")
async def test_the_page_says_who_asks_and_loading_it_twice_works(office: Office) -> None:
    desk, browser = await office.desk(), Browser(office)
    address = await desk.push(authorization_details=ASK)
    first = await browser.get(address)
    page = await browser.get(address)
    assert first.status_code == page.status_code == 200
    assert "Werkplek Zuid" in page.text
    assert "vragen om gegevens" in page.text
    english = await browser.http.get(address, headers={"Accept-Language": "en-GB,nl;q=0.5"})
    assert "Desk South" in english.text
    assert '<html lang="en">' in english.text
    assert _code(await browser.press(await browser.press(page, "Verder naar inloggen"), "Fatima"))
    again = await browser.get(address)  # 25: spent at the decision
    assert again.status_code == 400
    assert "location" not in again.headers


@pytest.mark.fapi(27)
async def test_pages_have_no_script_and_cannot_be_framed(office: Office) -> None:
    desk, browser = await office.desk(), Browser(office)
    page = await browser.get(await desk.push(authorization_details=ASK))
    people = await browser.press(page, "Verder naar inloggen")
    assert "DEMO" in people.text
    assert "Fatima" in people.text
    assert "Noor" not in people.text  # citizens sign in elsewhere
    for one in (page, people, await browser.get(desk.url("authorize"))):
        policy = one.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "<script" not in one.text
        assert one.headers["strict-transport-security"].startswith("max-age=31536000")
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "server" not in one.headers


@pytest.mark.promise("P20")
@pytest.mark.fapi(21, 23, 28)
@pytest.mark.attack("mix-up")
async def test_the_way_back_is_303_and_names_state_and_issuer(office: Office) -> None:
    desk = await office.desk()
    state = "s" * 1024
    back = await Browser(office).sign_in(await desk.push(authorization_details=ASK, state=state), "Fatima")
    assert set(back) == {"code", "state", "iss"}
    assert back["state"] == state
    assert back["iss"] == office.origin
    assert len(back["code"]) >= 43
    bare = await Browser(office).sign_in(await desk.push(authorization_details=ASK, state=None), "Fatima")
    assert set(bare) == {"code", "iss"}  # 28: an absent state is not invented


@pytest.mark.promise("P20")
@pytest.mark.fapi(26)
@pytest.mark.attack("front parameters overridden")
async def test_only_what_was_pushed_counts(office: Office) -> None:
    desk = await office.desk()
    front = {
        "redirect_uri": "https://evil.example/",
        "state": "evil",
        "scope": "all",
        "response_type": "token",
    }
    address = await desk.push(authorization_details=ASK) + "&" + urlencode(front)
    back = await Browser(office).sign_in(address, "Fatima")
    assert back["state"] == "s-1"


@pytest.mark.promise("P20")
@pytest.mark.fapi(7, 17, 24, 25)
@pytest.mark.attack("request_uri swapped")
async def test_no_page_without_a_fresh_request_of_this_client(fresh: Office) -> None:
    desk, other, browser = await fresh.desk(), await fresh.desk("other"), Browser(fresh)
    address = await desk.push(authorization_details=ASK)
    uri = parse_qs(urlsplit(address).query)["request_uri"][0]
    query = {"client_id": desk.id, "redirect_uri": desk.redirect_uri, "response_type": "code"}
    bad = [
        desk.url("authorize") + "?" + urlencode(query),  # 17: no authorize without PAR
        other.front(uri),  # 25: of one client
        desk.front(uri + "x"),
        address + "&" + urlencode({"client_id": desk.id}),
        address + "&" + urlencode({"request_uri": uri}),
    ]
    for one in bad:
        answer = await browser.http.get(one)
        assert answer.status_code == 400, one
        assert "location" not in answer.headers
        assert "desk.example" not in answer.text
    fresh.clock.ahead = 121  # 24
    assert (await browser.http.get(address)).status_code == 400


@pytest.mark.promise("P20")
@pytest.mark.attack("login CSRF, leaked link")
async def test_the_decision_is_bound_to_the_browser(office: Office) -> None:
    desk, browser, stranger = await office.desk(), Browser(office), Browser(office)
    address = await desk.push(authorization_details=ASK)
    page = await browser.get(address)
    form = form_of(page.text)
    sent = {**form.fields, "decision": "go"}
    assert (await stranger.http.post(desk.url("authorize"), data=sent)).status_code == 400
    await stranger.get(address)  # has a cookie now, but another one
    assert (await stranger.http.post(desk.url("authorize"), data=sent)).status_code == 400
    people = await browser.press(page, "Verder naar inloggen")
    choice = form_of(people.text)
    leaving = await browser.http.post(office.origin + choice.action, data={**choice.fields, "who": "fatima"})
    callback = leaving.headers["location"]
    assert callback.startswith(office.origin + "/oauth/callback")
    assert (await stranger.http.get(callback)).status_code == 400  # somebody else's browser
    assert _code(await browser.http.get(callback))
    assert (await browser.http.get(callback)).status_code == 400  # once


@pytest.mark.fapi(21)
@pytest.mark.attack("mix-up")
async def test_stopping_goes_back_with_access_denied(office: Office) -> None:
    desk, browser = await office.desk(), Browser(office)
    address = await desk.push(authorization_details=ASK)
    back = returned(await browser.press(await browser.get(address), "Stoppen"))
    assert (back["error"], back["iss"], back["state"]) == ("access_denied", office.origin, "s-1")
    assert (await browser.get(address)).status_code == 400


@pytest.mark.promise("P20")
@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"aud": "somebody-else"},
        {"aud": ["kluisje-zuid", "evil"]},
        {"iss": "https://evil.example"},
        {"acr": "http://eidas.europa.eu/LoA/low"},
        {"auth_time": 0},
        {"auth_time": None},
        {"exp": 1},
        {"sub": ""},
        {"azp": "somebody-else"},
    ],
    ids=lambda changed: f"{next(iter(changed))}={next(iter(changed.values()))}",
)
async def test_an_id_token_that_proves_nobody_signs_nobody_in(
    office: Office, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider itself answers with other claims: our own check is what stops them."""
    desk, browser = await office.desk(), Browser(office)
    page = await browser.press(await browser.get(await desk.push(authorization_details=ASK)), "Verder naar inloggen")
    signs = jose.sign

    def falsely(claims: dict[str, Any], typ: str, key: Any) -> str:
        return signs({k: v for k, v in (claims | changed).items() if v is not None}, typ, key)

    monkeypatch.setattr(jose, "sign", falsely)
    back = returned(await browser.press(page, "Fatima"))
    assert back["error"] == "access_denied"


@pytest.mark.attack("mix-up")
async def test_a_callback_of_another_issuer_is_refused(office: Office) -> None:
    desk, browser = await office.desk(), Browser(office)
    people = await browser.press(await browser.get(await desk.push(authorization_details=ASK)), "Verder naar inloggen")
    choice = form_of(people.text)
    leaving = await browser.http.post(office.origin + choice.action, data={**choice.fields, "who": "fatima"})
    query = parse_qs(urlsplit(leaving.headers["location"]).query)
    mixed = {"code": query["code"][0], "state": query["state"][0], "iss": "https://evil.example"}
    back = returned(await browser.http.get(desk.url("callback") + "?" + urlencode(mixed)))
    assert back["error"] == "access_denied"


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/callback", "/person/authorize", "/oauth/token"])
@pytest.mark.fapi(27)
async def test_no_script_of_a_strange_origin_may_call(office: Office, path: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await office.http.options(office.origin + path, headers=headers)
    assert "access-control-allow-origin" not in answer.headers


async def test_unknown_paths_and_methods_say_nothing(office: Office) -> None:
    assert (await office.http.get(office.origin + "/oauth/nothing")).status_code == 404
    assert (await office.http.get(office.origin + "/oauth/token")).status_code == 405
    assert (await office.http.put(office.origin + "/oauth/authorize")).status_code == 405
    strange = await office.http.get(office.origin + "/oauth/jwks", headers={"Host": "evil.example"})
    assert strange.status_code == 400
    long = await office.http.get(office.origin + "/oauth/authorize?x=" + "y" * 3000)
    assert long.status_code == 414
    heavy = await office.http.get(office.origin + "/oauth/jwks", headers={"X-A": "y" * 17_000})
    assert heavy.status_code in (400, 431)


@pytest.mark.promise("P22")
async def test_nothing_that_was_sent_comes_back_or_is_logged(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    canary = "canary-7Qm"
    desk = await office.desk()
    details = json.dumps([{"type": canary, "actions": [canary]}])
    for changed in (
        {"state": canary, "authorization_details": details},
        {"redirect_uri": f"https://{canary}/"},
    ):
        answer = await desk.post("par", desk.pushes("v" * 43, **{"authorization_details": ASK} | changed))
        assert canary not in answer.text
    answer = await desk.post("token", desk.redeems(canary))
    assert canary not in answer.text
    page = await office.http.get(desk.front(canary))
    assert canary not in page.text
    printed = capfd.readouterr()
    assert canary not in printed.out + printed.err


async def test_the_portals_scripts_may_call_what_devices_call_and_no_page(tmp_path: Path) -> None:
    port, portal = free_port(), "https://portal.example"
    settings = settings_for(tmp_path, f"http://127.0.0.1:{port}", portal_origin=portal)
    async with office_in(tmp_path, port=port, settings=GatewaySettings(**settings)) as office:
        for path, may in (
            ("/person/token", True),
            ("/person/par", True),
            ("/person/attestations", True),
            ("/person/authorize", False),
            ("/oauth/authorize", False),
            ("/oauth/callback", False),
            ("/demo-login/authorize", False),
        ):
            for origin in (portal, "https://evil.example"):
                answer = await office.http.options(office.origin + path, headers={"Origin": origin})
                allowed = answer.headers.get("access-control-allow-origin")
                assert allowed == (portal if may and origin == portal else None), (path, origin)
