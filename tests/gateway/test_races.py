# SPDX-License-Identifier: EUPL-1.2
"""What counts once counts once: 8 and 16 uses at once, in one process and in two, and again after `kill -9`."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.gateway.office import ASK, App, Browser, Office, form_of
from tests.gateway.processes import processes

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.promise("P20"),
    pytest.mark.attack("races"),
]
OWN = "/gateway/v1/consent-requests"
FORM = {"grant_type": "client_credentials", "authorization_details": ASK}

Once = tuple[str, Callable[[], Awaitable[httpx2.Response]]]
"""A thing that counts once: its name, and one use of it. The answer says whether it was taken."""


class Walking(Browser):
    """A browser of an office of several processes: its calls are spread too."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.http = httpx2.AsyncClient(transport=office.http._transport, timeout=20)


async def _code(desk: App) -> str:
    back = await Walking(desk.office).sign_in(await desk.push(authorization_details=ASK), "Fatima")
    return back["code"]


async def _decision(desk: App) -> Callable[[], Awaitable[httpx2.Response]]:
    """Pressing "stop" on the page of one pushed request, in one browser, again and again."""
    browser = Walking(desk.office)
    page = form_of((await browser.get(await desk.push(authorization_details=ASK))).text)
    name, value = page.buttons["Stoppen"]
    return lambda: browser.http.post(desk.url("authorize"), data={**page.fields, name: value})


async def _return(desk: App) -> Callable[[], Awaitable[httpx2.Response]]:
    """Coming back from the sign-in provider, with one answer of it."""
    browser = Walking(desk.office)
    page = await browser.press(await browser.get(await desk.push(authorization_details=ASK)), "Verder naar inloggen")
    form = form_of(page.text)
    leaving = await browser.http.post(desk.office.origin + form.action, data={**form.fields, "who": "fatima"})
    return lambda: browser.http.get(leaving.headers["location"])


async def _things(desk: App, system: App) -> list[Once]:
    """One fresh thing of each kind, each use with everything else about it fresh."""
    code, assertion, proof = await _code(desk), system.who(), system.proof("token")
    told = await system.token(system.who() | FORM)
    call = system.proof_of("GET", OWN, told["access_token"])
    return [
        ("code", lambda: desk.post("token", desk.redeems(code))),
        ("request_uri", await _decision(desk)),
        ("return of a sign-in", await _return(desk)),
        ("assertion", lambda: system.post("token", assertion | FORM)),
        ("proof", lambda: system.post("token", system.who() | FORM, proof=proof)),
        ("proof of a call", lambda: system.call("GET", OWN, told["access_token"], proof=call)),
    ]


def _taken(answer: httpx2.Response) -> bool:
    """Whether this use was the one: tokens, a way back, or a call past the door (nobody is behind it here: 503)."""
    past = answer.status_code == 503 and answer.request.url.path == OWN
    return answer.status_code in (200, 303) or past


@pytest.mark.parametrize("number", [1, 2], ids=["one process", "two processes"])
async def test_of_many_uses_at_once_one_succeeds(tmp_path: Path, number: int) -> None:
    async with processes(tmp_path, number) as (office, workers, _):
        desk, system = await office.desk(), await office.system()
        spent: list[Once] = []
        for many in (8, 16):
            for name, use in await _things(desk, system):
                answers = await asyncio.gather(*(use() for _ in range(many)))
                told = (name, many, Counter(one.status_code for one in answers))
                assert Counter(map(_taken, answers)) == {True: 1, False: many - 1}, told
                assert not [one for one in answers if one.status_code == 500], name
                spent.append((name, use))
        live = await desk.token(desk.redeems(await _code(desk)))
        again = await asyncio.gather(*(desk.post("token", _refreshes(desk, live)) for _ in range(16)))
        assert {one.status_code for one in again} == {200}  # not rotated: what counts once is the proof and assertion
        assert not [one for one in again if "refresh_token" in one.json()]
        revoked = await desk.token(desk.redeems(await _code(desk)))
        assert (
            await desk.post("revoke", desk.who() | {"token": revoked["refresh_token"]}, proof=None)
        ).status_code == 200

        for worker in workers:
            worker.stop()  # SIGKILL
        for worker in workers:
            worker.start()
        for name, use in spent:
            assert not _taken(await use()), name
        assert (await desk.post("token", _refreshes(desk, revoked))).json()["error"] == "invalid_grant"
        assert (await desk.call("GET", OWN, revoked["access_token"])).status_code == 401
        assert (await desk.post("token", _refreshes(desk, live))).status_code == 200
        assert (await desk.call("GET", OWN, live["access_token"])).status_code == 503


async def test_what_was_answered_before_a_kill_stays_spent(tmp_path: Path) -> None:
    """Killed in the middle of sixteen callers: whatever was answered then counts no second time."""
    async with processes(tmp_path, 2) as (office, workers, _):
        desk, system = await office.desk(), await office.system()
        for _ in range(3):
            answered: list[dict[str, Any]] = []

            async def caller(answered: list[dict[str, Any]] = answered) -> None:
                while True:
                    form, proof = system.who() | FORM, system.proof("token")
                    try:
                        answer = await system.post("token", form, proof=proof)
                    except httpx2.TransportError:
                        return
                    if answer.status_code == 200:
                        answered.append({"form": form, "proof": proof})

            code = await _code(desk)
            first = await desk.token(desk.redeems(code))
            calling = [asyncio.create_task(caller()) for _ in range(16)]
            while not answered:
                await asyncio.sleep(0.2)
            for worker in workers:
                worker.stop()
            await asyncio.gather(*calling)
            for worker in workers:
                worker.start()
            assert answered
            for one in answered[-16:]:
                assert (await system.post("token", one["form"])).status_code == 401
                assert (await system.post("token", system.who() | FORM, proof=one["proof"])).status_code == 400
            assert (await desk.post("token", desk.redeems(code))).json()["error"] == "invalid_grant"
            assert (await desk.post("token", _refreshes(desk, first))).json()["error"] == "invalid_grant"


def _refreshes(desk: App, told: dict[str, Any]) -> dict[str, Any]:
    return desk.who() | {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
