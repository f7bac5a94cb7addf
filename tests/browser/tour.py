# SPDX-License-Identifier: EUPL-1.2
"""A tour past every screen, with real data on it: for the checks of each screen and for the screenshots.

`tour(hands, players, photo, at)` calls `at(name)` once a screen has what it shows. The same person goes on from screen
to screen, so it is one long story; after it, `again(hands)` gives the screens that can be shown once more.
"""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import expect

from tests.browser.hands import Hands, settled
from tests.town import Players

At = Callable[[str], Awaitable[None]]
SCREENS = (
    "home", "drawers", "drawers/school", "drawers/money", "new/school", "new/school/urn:kluisje:schema:attendance:1",
    "upload/free-time", "search", "requests", "running", "looked", "receipts", "pause", "leave", "settings", "devices", "more",
)  # fmt: skip
"""Addresses that show the same each time one comes there."""


def name_of(address: str) -> str:
    """A file name of an address."""
    return re.sub("[^a-z0-9-]+", "-", address.replace("urn:kluisje:schema:", "")).strip("-")


async def arrives(noor: Hands, at: At) -> None:
    """From the first page to an open vault."""
    await noor.page.goto(noor.origin)
    await noor.sees_on("welcome.title")
    await at("welcome")
    await noor.press("welcome.begin")
    await noor.sees_on("signin.title")
    await at("signin")
    await noor.signs_in()
    await noor.sees_on("make.title")
    await at("make")
    await noor.press("make.words")
    await noor.sees("safetynet.words")
    await at("safetynet-words")
    await noor.goes("make")
    await noor.press("make.go")
    await noor.sees("safetynet.code")
    await at("safetynet")
    noor.code = (await noor.page.locator(".code").last.inner_text()).strip()
    await noor.press("safetynet.have")
    await noor.types("safetynet.type.label", "AAAA")
    await noor.press("safetynet.type.check")
    await noor.page.locator(".field__wrong").first.wait_for()
    await at("safetynet-wrong")
    await noor.types("safetynet.type.label", noor.code)
    await noor.press("safetynet.type.check")
    await noor.sees("safetynet.ready")
    await at("safetynet-ready")
    await noor.press("safetynet.ready.go")
    await noor.sees_on("quickexit.title")
    await at("quickexit")
    await noor.press("quickexit.ok")
    await expect(noor.page.locator("nav.menu")).to_be_visible(timeout=20_000)
    await settled(noor)
    await at("home-empty")


async def lives(noor: Hands, players: Players, photo: Path, at: At) -> None:
    """Keeps, is asked, answers, is looked at, stops, is refused somebody."""
    await noor.goes("drawers/school")
    await settled(noor)
    await at("drawer-empty")
    await noor.goes("new/school/urn:kluisje:schema:attendance:1")
    await noor.page.locator("#field-absence_days").fill("heel vaak")
    await noor.press("item.save")
    await noor.page.locator(".field__wrong").first.wait_for()
    await at("item-wrong")
    await noor.keeps_absence(7)
    await noor.keeps_photo(photo, "De bal van Sam")
    await noor.page.get_by_role("link", name="De bal van Sam").click()
    await noor.page.get_by_role("button", name=re.compile("1")).first.click()
    await expect(noor.page.locator("canvas")).to_be_visible(timeout=20_000)
    await at("item-photo")
    fatima = await players.caseworker()
    code = await noor.makes_a_share_code()
    await at("requests-code")
    asked = await fatima.asks(
        code, for_="back-to-school", about=["school", "doctors-note"], days=90, note="Zullen we dinsdag samen kijken?"
    )
    await noor.opens_the_question("Fatima")
    await at("request")
    await noor.press("request.yes")
    await noor.page.locator("[role=alert], .utrecht-alert, .summary").first.wait_for()
    await at("request-wrong")
    await noor.page.locator("#item-0").check()
    await noor.press("request.look")
    await noor.page.locator(".seen-as dl").wait_for()
    await at("request-look")
    await noor.press("request.yesbut")
    await noor.page.locator("#how-shorter").check()
    await noor.page.locator("#but-school").check()
    await at("request-but")
    await noor.page.locator("#but-end-0").check()
    await noor.press("request.but.share")
    await noor.sees_on("running.title")
    await settled(noor)
    await at("running-shared")
    await fatima.reads(asked.id)
    again = await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)
    assert again.id != asked.id


async def revisits(noor: Hands, at: At) -> None:
    """Every screen that shows the same each time."""
    for address in SCREENS:
        await noor.goes(address)
        await settled(noor)
        await at(name_of(address))
    await noor.goes("pause")
    await noor.press("pause.go")
    await noor.sees("pause.since")
    await at("pause-closed")
    await noor.press("pause.open")
    await noor.sees("pause.opened")
    await noor.goes("leave")
    for way, shown in (("export", "#readable"), ("move", "section.card"), ("erase", "#sure")):
        await noor.press(f"leave.{way}")
        await noor.page.locator(shown).wait_for()
        await at(f"leave-{way}")
    await noor.goes("import")
    await noor.sees_on("leave.import")
    await at("import")
    await noor.goes("looked")
    await noor.button("looked.why").first.click()
    await at("looked-why")
    await noor.goes("receipts")
    await settled(noor)
    await noor.page.locator("main a[href*='receipts/']").first.click()
    await settled(noor)
    await at("receipts-one")
    await noor.opens_the_question("Fatima")
    await at("request-again")
    await without_a_line(noor, at)
    await noor.locks()
    await settled(noor)
    await at("unlock")
    await noor.press("unlock.code")
    await noor.page.locator("#secret").wait_for()
    await at("unlock-code")


async def without_a_line(noor: Hands, at: At) -> None:
    """No connection, and then a vault that does not answer."""
    context = noor.device.context
    await noor.goes("receipts")
    await settled(noor)
    await context.set_offline(True)
    await noor.goes("drawers/school")
    await noor.sees("state.offline")
    await at("offline")
    await context.set_offline(False)
    await context.route("**/vault/v1/**", lambda route: route.abort())
    await noor.goes("drawers/money")
    await noor.goes("drawers/school")
    await noor.sees("state.down")
    await at("down")
    await context.unroute_all(behavior="wait")
    await noor.goes("home")
    await settled(noor)


async def ends(noor: Hands, players: Players, at: At) -> None:
    """Stops, and sees who was refused."""
    await noor.goes("running")
    await settled(noor)
    await noor.press("running.stop.who")
    await noor.sees("stop.text")
    await at("stop")
    await noor.press("nav.quickexit")
    await noor.page.wait_for_url("**/bye")
    await at("bye")
