# SPDX-License-Identifier: EUPL-1.2
"""A server that hides, swaps, rolls back or forges: the device sees it, says so, and shows and shares nothing.

The lies are told on the way between real servers and the real page, where a dishonest host would tell them.
"""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.chromium import Device, device
from tests.browser.hands import Hands, settled
from tests.town import Players, Servers

Lie = Callable[[dict[str, Any]], None]


async def told(on: Device, path: str, lie: Lie) -> None:
    """From now on, GET answers whose path ends like this are changed on their way."""

    async def between(route: Route) -> None:
        if route.request.method != "GET":
            await route.fallback()
            return
        answer = await route.fetch()
        body = json.loads(await answer.text())
        lie(body)
        await route.fulfill(response=answer, body=json.dumps(body))

    await on.page.route(re.compile(rf"/v1/[^?]*{path}(\?.*)?$"), between)


async def remembers(on: Device, *paths: str) -> dict[str, list[Any]]:
    """The first answer to GET of each of these paths, as a vault that is rolled back would give it again."""
    first: dict[str, list[Any]] = {}

    async def between(route: Route) -> None:
        answer = await route.fetch()
        if route.request.method == "GET":
            first.setdefault(route.request.url.partition("?")[0].rpartition("/")[2], (await answer.json())["items"])
        await route.fulfill(response=answer)

    for path in paths:
        await on.page.route(re.compile(rf"/v1/[^?]*{path}(\?.*)?$"), between)
    return first


async def honest(on: Device) -> None:
    await on.page.unroute_all(behavior="wait")


def hides(body: dict[str, Any]) -> None:
    del body["items"][0]


def swaps(body: dict[str, Any]) -> None:
    """The one stands where the other was."""
    body["items"][0]["jwe"] = body["items"][1]["jwe"]


def changes(body: dict[str, Any]) -> None:
    token = body["items"][0]["jwe"]
    at = token.rindex(".") - 10
    body["items"][0]["jwe"] = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def forges(body: dict[str, Any]) -> None:
    """The newest line says that somebody else looked; its proof is of the true one."""
    line = body["items"][0]
    line["event"] = line["event"][:-8] + ("AAAAAAAA" if not line["event"].endswith("A") else "BBBBBBBB")


def keeps_the_proof_of_another(body: dict[str, Any]) -> None:
    body["items"][0]["proof"] = body["items"][1]["proof"]


async def alarmed(noor: Hands, *keys: str) -> None:
    """The screen says one of these, in red, and shows nothing of what was asked for."""
    shown = noor.page.locator("main [role=alert]").first
    await expect(shown).to_be_visible(timeout=20_000)
    text = await shown.inner_text()
    assert any(noor.says(key, phone="14 0123") in text for key in keys), text


async def test_records_that_are_hidden_swapped_changed_or_rolled_back(browser: Browser, servers: Servers) -> None:
    """Seen through by the page that wrote them, and by one that has just opened the vault and knows only her statements."""
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        code = await noor.makes_a_vault()
        await noor.keeps_absence(3)
        before = await remembers(phone, "/heads", "/records")
        await noor.goes("home")
        await noor.goes("drawers/school")
        await expect(noor.page.get_by_text("De Vlier").first).to_be_visible(timeout=20_000)
        assert set(before) == {"heads", "records"}, "the vault was asked"
        await honest(phone)
        await noor.keeps_absence(4)

        async def rolled_back() -> None:
            await told(phone, "/heads", lambda body: body.update(items=before["heads"]))
            await told(phone, "/records", lambda body: body.update(items=before["records"]))

        lies: dict[str, Callable[[], Awaitable[None]]] = {
            "hidden": lambda: told(phone, "/records", hides),
            "swapped": lambda: told(phone, "/records", swaps),
            "changed": lambda: told(phone, "/records", changes),
            "rolled back": rolled_back,
        }
        for opened_anew in (False, True):
            for lie in lies.values():
                await lie()
                await noor.goes("home")
                if opened_anew:
                    await noor.locks()
                    await noor.opens_with_the_code(code)
                await noor.goes("drawers/school")
                await alarmed(noor, "state.forged", "state.older")
                assert "De Vlier" not in await noor.reads()
                await honest(phone)
        await noor.goes("home")
        await noor.goes("drawers/school")
        await expect(noor.page.get_by_text("De Vlier").first).to_be_visible(timeout=20_000)


async def test_lines_that_are_hidden_or_forged_get_no_tick_and_nothing_is_shared(
    browser: Browser, servers: Servers, town: Players
) -> None:
    fatima = await town.caseworker()
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)
        await noor.goes("looked")  # from here this device knows how many lines there were
        await settled(noor)
        for lie in (hides, forges, keeps_the_proof_of_another):
            await told(phone, "/lines", lie)
            await noor.goes("home")
            await noor.goes("looked")
            await alarmed(noor, "state.log")
            assert noor.says("looked.checked") not in await noor.reads()
            await noor.goes("requests")
            await noor.page.get_by_role("link", name=re.compile("^Fatima")).first.click()
            await alarmed(noor, "state.log")
            assert await noor.button("request.yes").count() == 0
            await honest(phone)


@pytest.mark.parametrize("lie", ["older keyring", "shorter chain"])
async def test_an_older_state_does_not_open(browser: Browser, servers: Servers, lie: str) -> None:
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        kept: list[dict[str, Any]] = []
        phone.page.on("request", lambda one: kept.append(one.post_data_json) if _puts_keyring(one) else None)
        await noor.makes_a_vault()
        await noor.keeps_absence(3)
        assert len(kept) >= 2
        await noor.locks()
        if lie == "older keyring":
            await told(phone, "/keyring", lambda body: body.update(kept[0]))
        else:
            await told(phone, "/statements", hides)
        await noor.press("unlock.go")
        await alarmed(noor, "state.older", "state.log")
        await honest(phone)
        await noor.press("unlock.go")
        await expect(noor.page.locator("nav.menu")).to_be_visible(timeout=20_000)


def _puts_keyring(one: Any) -> bool:
    return bool(one.method == "PUT" and one.url.endswith("/keyring"))


async def test_a_question_under_another_key_is_not_shown(browser: Browser, servers: Servers, town: Players) -> None:
    fatima = await town.caseworker()
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        await noor.makes_a_vault()
        await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)

        def other_asker(body: dict[str, Any]) -> None:
            header, claims, signature = body["items"][0]["request"].split(".")
            body["items"][0]["request"] = ".".join((header, claims, signature[::-1]))

        def other_keys(body: dict[str, Any]) -> None:
            logged = body["items"][0]["organisation"]
            header, claims, signature = logged["statement"].split(".")
            logged["statement"] = ".".join((header, claims, signature[::-1]))

        for lie in (other_asker, other_keys):
            await told(phone, "/consent-requests", lie)
            await noor.goes("home")
            await noor.goes("requests")
            await alarmed(noor, "state.forged", "request.doubt")
            assert "Fatima" not in await noor.reads()
            await honest(phone)
