# SPDX-License-Identifier: EUPL-1.2
"""The helper in the portal: a question that leads to a stop in two taps, a cry for help, a card that is passed on after a
yes, a number that never leaves; and how the screen looks, by day, by night, at 320 px and at 200 % text."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Request, expect

from kluisje.http import Refused
from tests.browser import building
from tests.browser.checks import AXE, walked, wrong_with
from tests.browser.chromium import Device, device
from tests.browser.hands import Hands
from tests.town import Players, Servers

BSN = "111222333"
"""Passes the eleven test, and is nobody's."""
NARROW, NORMAL = {"width": 320, "height": 640}, {"width": 390, "height": 844}


@asynccontextmanager
async def noor_at(browser: Browser, made: Servers) -> AsyncIterator[tuple[Device, Hands, list[Request]]]:
    """Noor at her telephone, and every question that leaves it for the helper."""
    async with device(browser) as phone:
        noor = Hands(phone, made.town.portal, f"Noor {next(made.numbers['Noor'])}")
        sent: list[Request] = []
        phone.page.on(
            "request", lambda one: sent.append(one) if one.method == "POST" and "/chatbot/" in one.url else None
        )
        yield phone, noor, sent
        assert await phone.violations() == []


async def asks(noor: Hands, text: str) -> None:
    await noor.types("help.field", text)
    await noor.press("help.ask")


async def comes_for_help(noor: Hands) -> None:
    """Without a sign-in: anybody may ask."""
    await noor.comes()
    await noor.press("welcome.help")
    await noor.sees_on("help.title")
    await noor.sees("help.computer")


async def test_a_question_leads_to_a_stop_in_two_taps(browser: Browser, servers: Servers, town: Players) -> None:
    fatima = await town.caseworker()
    async with noor_at(browser, servers) as (_, noor, sent):
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        asked = await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)
        await noor.opens_the_question("Fatima")
        await noor.page.locator("#item-0").check()
        await noor.press("request.yes")
        end = noor.page.locator("#end-1")
        if await end.count():
            await end.check()
            await noor.press("request.yes")
        await noor.sees_on("running.title")
        assert len(await fatima.reads(asked.id)) == 1
        await noor.goes("help")
        await noor.sees_on("help.title")
        await noor.types("help.field", "Wie kan mijn schoolgegevens zien?")
        await noor.press("help.ask")  # the first tap
        log = noor.page.get_by_role("log")
        await expect(log.get_by_text(re.compile("Jeugdteam Zuid mag .*je la School"))).to_be_visible(timeout=20_000)
        await noor.press("running.stop.who")  # the second
        await noor.sees("stop.text")
        with pytest.raises(Refused, match="ended"):
            await fatima.reads(asked.id)
        await noor.goes("help")
        await asks(noor, "Wie kan mijn schoolgegevens zien?")
        await expect(log.get_by_text("Niemand mag nu je la School zien.")).to_be_visible(timeout=20_000)
        await expect(log.get_by_text(re.compile("Jeugdteam Zuid"))).to_have_count(0)
        for one in sent:  # the helper is told nothing but the question
            headers = await one.all_headers()
            assert not {"authorization", "dpop", "cookie"} & headers.keys(), headers
            assert json.loads(one.post_data or "").keys() == {"text", "locale", "audience", "asked"}
        assert len(sent) == 2


async def test_a_cry_for_help_is_answered_first_and_stays_on_top(browser: Browser, servers: Servers) -> None:
    async with noor_at(browser, servers) as (_, noor, _sent):
        await comes_for_help(noor)
        await asks(noor, "ik wil niet meer leven")
        alert = noor.page.get_by_role("alert")
        await expect(alert).to_contain_text("113", timeout=20_000)
        await expect(alert).to_contain_text("Ik ben een computer. Niemand krijgt bericht van wat je typt.")
        for number in ("tel:113", "tel:08000113", "tel:112", "tel:08000432"):
            await expect(alert.locator(f"a[href='{number}']")).to_be_visible()
        await expect(noor.page.get_by_label(noor.says("help.field"))).to_be_focused()
        await asks(noor, "hoe log ik uit")
        await expect(noor.page.get_by_role("log").get_by_text(re.compile("Log uit"))).to_be_visible(timeout=20_000)
        await expect(alert).to_contain_text("113")
        top, below = await alert.bounding_box(), await noor.page.get_by_role("log").bounding_box()
        assert top
        assert below
        assert top["y"] < below["y"]
        await noor.press("help.wipe")
        await expect(alert).to_have_text("")
        await expect(noor.page.get_by_role("log")).to_have_text("")


async def test_a_card_goes_nowhere_before_the_yes(browser: Browser, servers: Servers) -> None:
    async with noor_at(browser, servers) as (phone, noor, sent):
        await noor.makes_a_vault()
        await noor.goes("help")
        await asks(noor, "qwer zxcv wxyz")
        await expect(noor.page.get_by_role("log").get_by_text(re.compile("14 0123"))).to_be_visible(timeout=20_000)
        await noor.press("help.handover")
        await noor.sees_on("handover.title")
        await expect(noor.page.get_by_label(noor.says("handover.question"))).to_have_value("qwer zxcv wxyz")
        assert await noor.button("handover.copy").count() == 0
        left: list[Request] = []
        phone.page.on("request", lambda one: left.append(one))
        await noor.types("handover.question", "Kan Sam mij helpen met de kanarie-brief?")
        await noor.page.locator("#handover-reach").fill("bel mij op kanarie 0612345678")
        assert left == [], "typing sends nothing"
        await noor.press("handover.yes")
        await noor.sees("handover.ready")
        shown = await noor.page.locator("dl.values").inner_text()
        assert "Kan Sam mij helpen met de kanarie-brief?" in shown
        await noor.press("handover.copy")
        await noor.sees("handover.copied")
        await noor.press("handover.change")
        question = noor.page.get_by_label(noor.says("handover.question"))
        await question.fill("")
        await question.press("Control+V")
        assert "kanarie 0612345678" in await question.input_value()
        await question.fill("Kan Sam mij helpen?")
        await noor.press("handover.yes")
        assert left == [], "a copy sends nothing"
        await noor.press("handover.keep")
        await noor.sees("handover.kept")
        assert left
        assert not [one for one in left if "kanarie" in (one.post_data_buffer or b"").decode("utf-8", "replace")]
        assert len(sent) == 1
        await noor.goes("drawers/private")
        await expect(noor.page.get_by_text(noor.says("handover.note")).first).to_be_visible(timeout=20_000)


async def test_a_number_of_oneself_never_leaves_and_no_line_says_so(browser: Browser, servers: Servers) -> None:
    async with noor_at(browser, servers) as (phone, noor, sent):
        await comes_for_help(noor)
        for typed in (
            f"mijn bsn is {BSN}",
            "bel mij op 06-12 34 56 78",
            "NL91 ABNA 0417 1643 00",
            "noor@voorbeeld.example",
            "１１１２２２３３３",
        ):
            await asks(noor, typed)
            await noor.sees("help.numbers")
            await noor.sees("numbers.title")  # who typed a number may need one of ours
        assert sent == []
        await noor.page.get_by_label(noor.says("help.field")).fill("kan ik 0800-0432 bellen")
        await phone.context.set_offline(True)
        await noor.press("help.ask")
        await noor.sees("state.offline")
        await noor.sees("numbers.child")
        await phone.context.set_offline(False)
        await noor.press("help.ask")
        await expect(noor.page.get_by_role("log").locator("article")).to_be_visible(timeout=20_000)
        await noor.page.get_by_label(noor.says("help.field")).press("Escape")
        await noor.sees_on("welcome.title")
        await noor.goes("help")
        await expect(noor.page.get_by_role("log")).to_have_text("")  # the talk is gone


async def looks(on: Device) -> list[str]:
    """What is wrong with the screen that is on, in each way of looking at it."""
    page, found = on.page, list[str]()
    for media in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}):
        await page.emulate_media(**media)  # type: ignore[arg-type]
        found += await wrong_with(page, on.cdp)
    await page.emulate_media(color_scheme="light", forced_colors="none")
    await page.set_viewport_size(NARROW)
    found += await wrong_with(page, on.cdp)
    await page.set_viewport_size(NORMAL)
    await page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    found += await wrong_with(page, on.cdp)
    await page.evaluate("document.documentElement.style.setProperty('font-size', '')")
    return [*found, *await walked(page)]


@pytest.mark.skipif(not building.has_packages() or not AXE.exists(), reason="axe is not here: make portal")
async def test_how_it_looks_and_is_walked(browser: Browser, servers: Servers) -> None:
    async with noor_at(browser, servers) as (phone, noor, _sent):
        await comes_for_help(noor)
        wrong = {"help": await looks(phone)}
        await asks(noor, "ik wil niet meer leven")
        await expect(noor.page.get_by_role("alert")).to_contain_text("113", timeout=20_000)
        await asks(noor, "wie ziet mijn schulden")
        await expect(noor.page.get_by_role("log").locator("article")).to_have_count(1, timeout=20_000)
        await asks(noor, "ik snap er niks van met die laden en zo")
        await expect(noor.page.get_by_role("log").locator("article")).to_have_count(2, timeout=20_000)
        wrong["help, asked"] = await looks(phone)
        await noor.press("help.person")
        wrong["card"] = await looks(phone)
        await noor.types("handover.question", "Een vraag")
        await noor.press("handover.yes")
        wrong["card, ready"] = await looks(phone)
        assert not {name: lines for name, lines in wrong.items() if lines}
