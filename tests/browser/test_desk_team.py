# SPDX-License-Identifier: EUPL-1.2
"""The team in a real browser: let in with four words, listed by the administrator, taken out, and back."""

import asyncio

from playwright.async_api import Browser, expect

from demo.desk import TEAM
from tests.browser.chromium import device
from tests.browser.desk_hands import AtTheDesk
from tests.browser.hands import settled
from tests.browser.seats import Seats, noor_at, says_yes, unharmed
from tests.browser.test_desk_office import proposal
from tests.town import Servers, runs_serve

NOBODY = "00000000-0000-4000-8000-000000000000"
CLOSED = (
    *("cases", "ask", "why", "deletion", "health", "closed"),
    *(f"{one}/{NOBODY}" for one in ("case", "open", "handover", "evidence")),
)
"""Every screen of work with cases."""


async def test_who_was_taken_out_opens_nothing_that_comes_next(
    browser: Browser, servers: Servers, office: Seats
) -> None:
    """portal.md, done when 20: with the team's key still in the page's memory."""
    async with device(browser) as phone, device(browser, phone=False) as laptop:
        noor, daan = noor_at(servers, phone), await office.sits(laptop, "Daan")
        await noor.makes_a_vault()
        await noor.keeps_absence(2)
        await daan.asks(await noor.makes_a_share_code(), case="Zaak 40")
        await says_yes(noor, "Daan")
        await daan.opens_the_case("Zaak 40")
        await daan.press("desk.case.open.go")
        await daan.sees_on("desk.open.title")
        await settled(daan)
        await office.ans.changes(drop="Daan")
        await daan.press("desk.open.go")
        await daan.sees("desk.welcome.over")
        # Signing in again ends at a page that says no.
        await comes_in_vain(daan)


async def test_the_administrator_lists_a_keeper_lets_in_and_neither_is_the_other(
    browser: Browser, servers: Servers, office: Seats
) -> None:
    """portal.md, done when 21: no screen of the administrator opens a case. The last story: Ans passes the pen on."""
    async with device(browser) as tablet, device(browser, phone=False) as laptop, device(browser, phone=False) as new:
        fatima, mo, lin = (
            await office.sits(laptop, "Fatima"),
            AtTheDesk(tablet, office.at, "Mo"),
            AtTheDesk(new, office.at, "Lin"),
        )
        await mo.makes_keys()
        await office.ans.changes(then="Mo")
        await mo.press("desk.letin.look")
        await mo.sees_on("desk.team.title")
        await lin.makes_keys()
        words = await lin.own_words()
        # The administrator sees the same four words, and puts her on the list.
        await mo.to_the_team()
        asks = mo.page.locator(".card", has_text="Lin").first
        await asks.get_by_role("button", name=mo.says("desk.team.words", name="Lin")).click()
        await expect(asks.locator(".code")).to_have_text(words, timeout=20_000)
        await asks.get_by_role("button", name=mo.says("desk.team.list", name="Lin")).click()
        await expect(mo.page.get_by_role("button", name=mo.says("desk.team.remove", name="Lin"))).to_be_visible()
        await lin.press("desk.letin.look")
        await lin.sees("desk.letin.waits")
        # The keeper compares them too, and lets her in.
        await fatima.to_the_team()
        waits = fatima.page.locator(".card", has_text="Lin").first
        await waits.get_by_role("button", name=fatima.says("desk.team.words", name="Lin")).click()
        await expect(waits.locator(".code")).to_have_text(words, timeout=20_000)
        await waits.get_by_role("button", name=fatima.says("desk.team.letin", name="Lin")).click()
        await expect(waits.get_by_text(fatima.says("desk.team.wait"))).to_have_count(0, timeout=20_000)
        await lin.press("desk.letin.look")
        await lin.sees_on("desk.cases.title")
        # The administrator gets no further than the list, the directory and the rules.
        for address in CLOSED:
            await mo.goes("settings")
            await mo.goes(address)
            await mo.sees_on("desk.team.title")
        assert (await proposal(mo))["name"] == "Jeugdteam Zuid en West"
        # Out again: her page closes at its next call.
        await mo.takes_out("Lin")
        await lin.goes("ask")
        await lin.goes("cases")
        await lin.sees("desk.welcome.over")
        # Listed again after the words were compared anew; and whoever runs the vault admits her again, or it stays shut.
        await mo.to_the_team()
        await mo.page.get_by_text("collega is eruit gehaald").or_(mo.page.get_by_text("collega’s zijn eruit")).click()
        gone = mo.page.locator(".card", has_text="Lin").last
        await gone.get_by_role("button", name=mo.says("desk.team.words", name="Lin")).click()
        await expect(gone.locator(".code")).to_have_text(words, timeout=20_000)
        number = (await gone.locator(".mono").inner_text()).strip()
        await gone.get_by_role("button", name=mo.says("desk.team.list", name="Lin")).click()
        await expect(mo.page.get_by_role("button", name=mo.says("desk.team.remove", name="Lin"))).to_be_visible()
        await comes_in_vain(lin)
        for command in ("resume-sign-in", "resume-caseworker"):
            assert number in await asyncio.to_thread(runs_serve, servers, command, f"{TEAM.party}#{number}")
        await lin.comes()
        await lin.signs_in()
        await lin.opens_with_the_code(lin.code)
        await lin.sees("desk.letin.waits")
        for on in (tablet, laptop):
            await unharmed(on)


async def comes_in_vain(who: AtTheDesk) -> None:
    """Refused at the gateway."""
    await who.press("signin.go")
    await who.passes(who.page)
    await expect(who.page.get_by_role("heading", name="Dat kan nu niet")).to_be_visible()
