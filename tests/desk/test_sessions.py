# SPDX-License-Identifier: EUPL-1.2
"""Who is at the desk: only its own page calls, only the browser that left comes back, one sign-in opens one case."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog

import serve
from desk.sessions import IDLE, LONGEST, Session, Sessions, Token, Way
from desk.ways import Ways
from formats.jose import peek
from formats.spelling import H
from kluisje.browsing import Visitor
from kluisje.http import Refused
from tests.desk.bureau import Bureau, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")
ASKED = {"grant": "00000000-0000-4000-8000-000000000000", "purpose": "urn:kluisje:purpose:x:1"}


def sessions_of(bureau: Bureau) -> Sessions:
    found: Sessions = bureau.house.parts[serve.DESK].inside.state.desk.sessions
    return found


def session_of(bureau: Bureau, subject: str) -> Session:
    """The newest session of somebody."""
    return [one for one in sessions_of(bureau)._sessions.values() if one.subject == subject][-1]


@pytest.mark.promise("P16")
@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"Origin": "https://elsewhere.example"}), ("POST", {"Origin": "null"}), ("POST", {"Origin": ""}),
        ("POST", {"Kluisje-Desk": "0"}), ("GET", {"Kluisje-Desk": ""}), ("GET", {"Origin": "https://elsewhere.example"}),
    ],
    ids=str,
)  # fmt: skip
async def test_only_the_desks_own_page_may_call(bureau: Bureau, method: str, headers: dict[str, str]) -> None:
    path, body = ("/openings", ASKED) if method == "POST" else ("/session", None)
    with pytest.raises(Refused) as no:
        await bureau.fatima.call(method, path, body, headers=headers)
    assert refused(no.value) == (403, "not-allowed")


@pytest.mark.promise("P16")
async def test_a_sister_site_that_sends_no_header_of_ours_is_refused(bureau: Bureau) -> None:
    """A form or script of another site of the organisation: the cookie comes along, the page's marks do not."""
    for given in ({"Origin": bureau.desk.origin.replace("localhost", "sister.localhost"), "Kluisje-Desk": "1"}, {}):
        with pytest.raises(Refused) as no:
            await bureau.fatima.http.call("POST", f"{bureau.desk.origin}/desk/v1/openings", json=ASKED, headers=given)
        assert refused(no.value) == (403, "not-allowed")


async def test_nobody_is_asked_to_sign_in(bureau: Bureau) -> None:
    stranger = bureau.street.players.http()
    with pytest.raises(Refused) as no:
        await stranger.call("GET", f"{bureau.desk.origin}/desk/v1/session", headers={"Kluisje-Desk": "1"})
    assert refused(no.value) == (401, "not-authenticated")


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(bureau: Bureau) -> None:
    left = await bureau.street.http.get(f"{bureau.desk.origin}/door/in", follow_redirects=False)
    assert left.status_code == 303
    assert left.headers["set-cookie"].endswith("; Max-Age=600; SameSite=Lax; Path=/; HttpOnly")
    ways: Ways = bureau.house.parts[serve.DESK].inside.state.desk.ways
    assert "SameSite=Strict; Path=/; HttpOnly" in ways.ended()
    made = Ways(
        origin="https://desk.example", hosts=frozenset(), gateway=None, sessions=None,  # type: ignore[arg-type]
        learning=None, database=None, clock=None, journal=None,  # type: ignore[arg-type]
    )  # fmt: skip
    assert made.ended() == "__Host-kluisje-desk=; Max-Age=0; SameSite=Strict; Path=/; HttpOnly; Secure"


# -- the way back --------------------------------------------------------------------------------------------


async def back_of(bureau: Bureau) -> tuple[Any, str]:
    """Somebody's browser, and the address that it would come back to after a sign-in as Fatima."""
    browser = bureau.street.players.http()
    browser._keeps_cookies = True
    left = await browser.page("GET", f"{bureau.desk.origin}/door/in")
    assert left.location is not None
    return browser, await Visitor("Fatima", f"{bureau.desk.origin}/door/back", http=browser)(left.location)


@pytest.mark.promise("P20")
async def test_who_comes_back_is_who_left_once(bureau: Bureau) -> None:
    browser, back = await back_of(bureau)
    other = bureau.street.players.http()
    assert (await other.page("GET", back)).status == 400, "another browser"
    assert (await browser.page("GET", back)).status == 303
    assert (await browser.page("GET", back)).status == 400, "a second time"


@pytest.mark.promise("P20")
@pytest.mark.parametrize("wrong", ["iss", "state", "twice", "error"])
async def test_a_wrong_way_back_signs_nobody_in(bureau: Bureau, wrong: str) -> None:
    browser, back = await back_of(bureau)
    parts = urlsplit(back)
    query = {
        "iss": parts.query.replace("iss=", "iss=https%3A%2F%2Fevil.example%2F"),
        "state": parts.query.replace("state=", "state=x"),
        "twice": parts.query + "&code=x",
        "error": parts.query.replace("code=", "error=access_denied&x="),
    }[wrong]
    answer = await browser.page("GET", f"{bureau.desk.origin}/door/back?{query}")
    assert answer.status in (400, 403)
    assert "cw_" not in answer.text


# -- openings ------------------------------------------------------------------------------------------------


@pytest.mark.promise("P16")
async def test_a_case_opens_for_its_purpose_alone(bureau: Bureau) -> None:
    """The purpose goes with the sign-in, the token and so with every look: consent holds it against the grant."""
    _, grant, drawer, purpose = await bureau.a_case()
    other = purpose.rsplit(":", 1)[0] + ":9"
    assert (await bureau.fatima.opens(grant, other))["state"] == "refused"
    with pytest.raises(Refused) as no:
        await bureau.fatima.call("GET", f"/grants/{grant}/drawers/{drawer}/records")
    assert refused(no.value) == (403, "insufficient-scope")
    opening = await bureau.fatima.opens(grant, purpose)
    assert opening["state"] == "open"
    held = [
        one.openings[opening["id"]] for one in sessions_of(bureau)._sessions.values() if opening["id"] in one.openings
    ]
    [token] = [one.token for one in held]
    assert token is not None
    [details] = peek(token.text)[1]["authorization_details"]
    assert (details["actions"], details["grant_id"], details["purpose"]) == (["read"], grant, purpose)


@pytest.mark.promise("P16")
async def test_who_may_bring_opens_nothing_and_who_may_read_brings_nothing(bureau: Bureau) -> None:
    """The act goes with the sign-in too: a token to bring reads nothing, whatever its grant, and the other way round."""
    noor, may_read, drawer, purpose = await bureau.a_case()
    asked = await bureau.asks(noor, bureau.fatima, for_="letters-from-youth-help")
    await noor.allows(asked["id"])
    may_bring, _, letters = await bureau.granted(bureau.fatima, asked["id"])
    assert (await bureau.fatima.opens(may_bring, letters))["state"] == "refused"
    assert (await bureau.fatima.opens(may_read, purpose, act="deposit"))["state"] == "refused"
    assert (await bureau.fatima.opens(may_bring, letters, act="deposit"))["state"] == "open"
    assert (await bureau.fatima.call("GET", f"/grants/{may_bring}/drawers/{drawer}/epoch")).status == 200
    for grant in (may_bring, may_read):
        with pytest.raises(Refused) as no:
            await bureau.fatima.call("GET", f"/grants/{grant}/drawers/{drawer}/records")
        assert no.value.status == 403


@pytest.mark.promise("P16")
async def test_somebody_else_who_comes_back_opens_nothing(bureau: Bureau) -> None:
    """Karim has the case and may read it; that is no reason to open it on Fatima's page."""
    _, grant, drawer, purpose = await bureau.a_case()
    await bureau.karim.call("POST", f"/grants/{grant}/take-overs", {"reason": "Fatima is ziek"})
    assert (await bureau.fatima.opens(grant, purpose, as_="Karim"))["state"] == "refused"
    with pytest.raises(Refused):
        await bureau.fatima.call("GET", f"/grants/{grant}/drawers/{drawer}/records")
    assert (await bureau.karim.opens(grant, purpose))["state"] == "open"


async def test_an_opening_is_ones_own_and_its_address_works_once(bureau: Bureau) -> None:
    opening = (await bureau.fatima.call("POST", "/openings", ASKED)).json()
    with pytest.raises(Refused) as no:
        await bureau.karim.call("GET", f"/openings/{opening['id']}")
    assert refused(no.value) == (404, "not-found")
    assert (await bureau.karim.http.page("GET", bureau.desk.origin + opening["address"])).status == 400
    for status in (403, 400):  # there is no such grant; then: used
        assert (await bureau.fatima.http.page("GET", bureau.desk.origin + opening["address"])).status == status
    assert (await bureau.fatima.call("GET", f"/openings/{opening['id']}")).json()["state"] == "refused"


# -- the end of a session ------------------------------------------------------------------------------------


async def test_signing_out_ends_it_here_and_at_the_gateway(bureau: Bureau) -> None:
    session = session_of(bureau, bureau.karim.subject)
    desk = bureau.house.parts[serve.DESK].inside.state.desk
    assert (await bureau.karim.call("DELETE", "/session")).status == 204
    with pytest.raises(Refused) as no:
        await bureau.karim.call("GET", "/session")
    assert no.value.status == 401
    reply = await desk.gateway.call("GET", "/grants", session.key, session.ask)
    assert reply.status == 401, "the token is dead too"
    await bureau.karim.signs_in()


async def test_a_session_ends_unused_and_after_a_day(bureau: Bureau) -> None:
    made = Sessions()
    token = Token("x", 10**10, None)
    cookie = made.start("cw_x", {}, token, 0)
    assert made.find(cookie, IDLE - 1) is not None
    assert made.find(cookie, 2 * IDLE - 2) is not None
    assert made.find(cookie, 3 * IDLE - 2) is None
    cookie = made.start("cw_x", {}, token, 0)
    for now in range(0, LONGEST, IDLE - 1):
        assert made.find(cookie, now) is not None
    assert made.find(cookie, LONGEST) is None
    assert made.find("", 0) is None


async def test_a_way_lasts_ten_minutes() -> None:
    made = Sessions()
    state = made.leave(Way("v", {}, H("cookie"), 600))
    assert made.arrive(state, "cookie", 600) is None
    state = made.leave(Way("v", {}, H("cookie"), 600))
    assert made.arrive(state, "cookie", 599) is not None


async def test_no_secret_is_in_the_log(bureau: Bureau, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    await bureau.karim.signs_in()
    said = capsys.readouterr()
    session = session_of(bureau, bureau.karim.subject)
    assert "Signed in" in said.out
    for secret in (session.ask.text, session.ask.refresh or "-", str(session.key["d"]), session.mark):
        assert secret not in said.out + said.err
