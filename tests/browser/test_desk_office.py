# SPDX-License-Identifier: EUPL-1.2
"""Administration on the desk: whether a stop shuts the door, what the directory said and what waits, the rules and their
versions. No screen of it opens a record."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from formats.jose import public
from kluisje.cataloguing import sign_package
from tests.browser.chromium import Device, device
from tests.browser.desk_hands import AtTheDesk
from tests.browser.hands import settled
from tests.browser.seats import Seats, unharmed
from tests.desk.packages import OURS, packages, unpack
from tests.town import Players


async def a_case(town: Players, fatima: AtTheDesk, case: str) -> None:
    """A test person who said yes."""
    sam = await town.citizen("Sam")
    await sam.keeps("school", {"school": "De Vlier", "absence_days": 7}, "urn:kluisje:schema:attendance:1")
    await fatima.asks(await sam.share_code(), case=case)
    [asked] = await sam.requests()
    await sam.allows(asked)


async def tries_a_stop(fatima: AtTheDesk, case: str) -> None:
    """On the screen "Werkt alles?"."""
    await fatima.goes("settings")
    await fatima.goes("health")
    await fatima.sees_on("desk.health.title")
    await settled(fatima)
    await fatima.ticks(re.compile(re.escape(case)))
    await fatima.signs_in_by("desk.health.stop.go")


async def says_it_shut(fatima: AtTheDesk) -> None:
    found = fatima.page.locator("main [role=status]").filter(has_text="milliseconden")
    await expect(found).to_be_visible(timeout=20_000)
    took, shut = (int(one) for one in re.findall(r"(\d+) millisecond", await found.inner_text()))
    assert 0 < took <= shut


async def says_it_did_not(fatima: AtTheDesk) -> None:
    await fatima.sees("desk.health.stop.open")


async def passes_nothing_on(on: Device) -> None:
    """A server that says that it stopped, and does not."""

    async def lies(route: Route) -> None:
        if route.request.method == "DELETE":
            await route.fulfill(status=204)
        else:
            await route.continue_()

    await on.page.route(re.compile("/desk/v1/grants/[^/]*$"), lies)


@pytest.mark.parametrize(("case", "sees"), [("Zaak 80", says_it_shut), ("Zaak 81", says_it_did_not)])
async def test_a_stop_is_tried_and_shuts_the_door(
    browser: Browser, town: Players, office: Seats, case: str, sees: Callable[[AtTheDesk], Awaitable[None]]
) -> None:
    """With how long it took until the next look was refused; and its twin, a server that only says that it stopped."""
    async with device(browser, phone=False) as laptop:
        fatima = await office.sits(laptop, "Fatima")
        await a_case(town, fatima, case)
        if sees is says_it_did_not:
            await passes_nothing_on(laptop)
        await tries_a_stop(fatima, case)
        await sees(fatima)
        await unharmed(laptop)


async def test_the_rules_have_a_page_each_and_the_directory_is_shown_as_it_was_signed(
    browser: Browser, office: Seats, tmp_path: Path
) -> None:
    async with device(browser, phone=False) as laptop:
        fatima = await office.sits(laptop, "Fatima")
        await fatima.goes("purposes")
        await fatima.sees_on("desk.purposes.title")
        await settled(fatima)
        assert "Versie 1, getekend op" in await fatima.reads()
        links = fatima.page.locator("a[href^='#/purposes/']")
        assert await links.count() >= 12
        await links.filter(has_text="Hulp bij schulden").click()
        await expect(fatima.page.get_by_role("heading", level=1, name="Hulp bij schulden")).to_be_visible()
        await settled(fatima)
        page = await fatima.reads()
        assert all(fatima.says(f"desk.purposes.{row}") in page for row in ("work", "ground", "days", "keep", "no"))
        await fatima.goes("organisations")
        await fatima.sees_on("desk.org.title")
        await settled(fatima)
        register = await fatima.reads()
        assert register.count(fatima.says("desk.org.said.counts")) >= 2
        assert "Jeugdteam Zuid" in register
        assert fatima.says("desk.org.propose") not in register, "that is the administrator's"
        await takes_over(fatima, tmp_path)
        await unharmed(laptop)


async def takes_over(who: AtTheDesk, folder: Path) -> None:
    """Another municipality's rules: first with a signature that is not theirs, then what differs, then one purpose taken."""
    made = packages(folder)
    files = {"mine": made.mine, "theirs": made.theirs, "key": json.dumps(public(made.signer)).encode()}
    for name, content in files.items():
        (folder / f"{name}.file").write_bytes(content)
    await who.goes("purposes")
    await who.press("desk.purposes.over.go")
    await who.sees_on("desk.takeover.title")
    for name in files:
        await who.gives(who.page.locator(f"#{name}"), folder / f"{name}.file")
    await who.press("desk.takeover.go")
    await expect(who.page.locator("#theirs-wrong")).to_be_visible(timeout=20_000)
    (folder / "key.file").write_text(json.dumps(made.key))
    await who.gives(who.page.locator("#key"), folder / "key.file")
    await who.press("desk.takeover.go")
    await who.sees("desk.takeover.signed", version=1, ours=1)
    assert "hoogstens, in dagen: 180 → 365" in await who.reads()
    await who.ticks("Geld voor sport of muziek")
    async with who.page.expect_download() as waiting:
        await who.press("desk.takeover.make")
    prepared = await asyncio.to_thread(Path(await (await waiting.value).path()).read_bytes)
    await who.sees("desk.takeover.next")
    taken = unpack(prepared, folder / "taken")
    assert (taken / "purposes/zwolle.swimming.1.yaml").exists()
    assert sign_package(taken, made.signer, OURS, now=int(time.time())).ver == 2


async def test_a_directory_that_was_not_signed_is_not_shown(browser: Browser, office: Seats) -> None:
    """A statement in the place of another: an alarm with whom to call."""

    async def mixed(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        told["items"][0]["statement"] = told["items"][1]["statement"]
        await route.fulfill(response=answer, json=told)

    async with device(browser, phone=False) as laptop:
        fatima = await office.sits(laptop, "Fatima")
        await laptop.page.route(re.compile("/organisations/[^/]*/statements"), mixed)
        await fatima.goes("organisations")
        alarm = laptop.page.locator("main [role=alert]").first
        await expect(alarm).to_be_visible(timeout=10_000)
        assert "14 0123" in await alarm.inner_text()
        assert fatima.says("desk.org.said.counts") not in await fatima.reads()


async def proposal(mo: AtTheDesk) -> dict[str, str]:
    """As the administrator: another name, as a file for the directory."""
    await mo.goes("organisations")
    await mo.sees_on("desk.org.title")
    await settled(mo)
    await mo.types("desk.org.propose.name", "Jeugdteam Zuid en West")
    async with mo.page.expect_download() as waiting:
        await mo.press("desk.org.propose.go")
    found: dict[str, str] = json.loads(
        await asyncio.to_thread(Path(await (await waiting.value).path()).read_text, "utf-8")
    )
    return found
