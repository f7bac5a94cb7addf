# SPDX-License-Identifier: EUPL-1.2
"""The caseworker's desk in a real browser: Fatima's day beside Noor's telephone, a colleague who takes over, an offer, and a
question that asks too much."""

import asyncio
import json
import re
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Route, expect

from tests.browser.chromium import device
from tests.browser.desk_hands import AtTheKeyboard
from tests.browser.hands import settled
from tests.browser.seats import Seats, noor_at, unharmed
from tests.town import Players, Servers, citizens


async def test_fatimas_day_beside_noors_telephone(browser: Browser, servers: Servers, office: Seats) -> None:
    """Fatima has no pointer: asking, opening, answering and finishing go by keyboard alone, on the gateway's page too."""
    async with device(browser) as phone, device(browser, phone=False) as laptop:
        noor, fatima = noor_at(servers, phone), await office.sits(laptop, "Fatima", AtTheKeyboard)
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        # She asks; the same code stands on both screens.
        code = await fatima.asks(await noor.makes_a_share_code(), extra=["Brief van de dokter"], note="Dinsdag samen?")
        await noor.opens_the_question("Fatima")
        assert code in await noor.reads()
        # Fatima asks the helper: what it says is meant for caseworkers.
        await fatima.goes("help")
        await fatima.sees_on("help.title")
        await fatima.fills(fatima.page.locator("#help-question"), "hoe lang mag ik kijken")
        await fatima.press("help.ask")
        await expect(fatima.page.get_by_role("log")).to_contain_text("Tot de dag die de jongere koos")
        # Noor says yes, but less: one drawer, shorter.
        await noor.press("request.yesbut")
        await noor.page.locator("#how-shorter").check()
        await noor.page.locator("#but-school").check()
        await noor.page.locator("#but-end-0").check()
        await noor.press("request.but.share")
        await noor.sees_on("running.title")
        # Fatima opens it: the purpose stands there, and Noor's paper.
        await fatima.opens_the_case("Zaak 12")
        assert "De Vlier" in await fatima.reads_it()
        # Noor asks why; Fatima answers; Noor reads it.
        await noor.goes("looked")
        await noor.sees_on("looked.title")
        await settled(noor)
        await noor.button("looked.why").first.click()
        await noor.page.locator("form input[type=radio]").first.check()
        await noor.press("looked.why.send")
        await noor.sees("looked.why.wait")
        card = await fatima.is_asked("why", "Zaak 12")
        await fatima.fills(card.locator("textarea"), "We wilden zien hoe vaak je er was. Dat bespraken we dinsdag.")
        await fatima.answers(card)
        await fatima.sees("desk.why.sent")
        await noor.goes("home")
        await noor.goes("looked")
        await expect(noor.page.get_by_text("Dat bespraken we dinsdag.")).to_be_visible(timeout=20_000)
        # Noor stops while Fatima is about to look: the page of every refusal.
        await fatima.opens_the_case("Zaak 12")
        await fatima.press("desk.case.open.go")
        await fatima.sees_on("desk.open.title")
        await settled(fatima)
        await noor.goes("running")
        await noor.press("running.stop.who")
        await noor.sees("stop.text")
        await fatima.presses_open_in_vain()
        # What was done with the data? Fatima says so, and Noor reads it.
        card = await fatima.is_asked("deletion", "Zaak 12")
        await fatima.ticks(re.compile(fatima.says("desk.deletion.erased")), card)
        await fatima.answers(card)
        await fatima.sees("desk.deletion.sent")
        await noor.goes("home")
        await noor.goes("looked")
        await noor.sees("looked.owed.erased", team="Jeugdteam Zuid")
        await unharmed(phone)
        await unharmed(laptop)


async def test_the_desk_shows_what_was_shown_and_a_colleague_takes_over(
    browser: Browser, servers: Servers, office: Seats
) -> None:
    """portal.md, done when 13: "Kijk als…" and the desk show the same text."""
    async with device(browser) as phone, device(browser, phone=False) as laptop, device(browser, phone=False) as other:
        noor, fatima, daan = (
            noor_at(servers, phone),
            await office.sits(laptop, "Fatima"),
            await office.sits(other, "Daan"),
        )
        await noor.makes_a_vault()
        await noor.keeps_absence(4)
        await fatima.asks(await noor.makes_a_share_code(), case="Zaak 31")
        await noor.opens_the_question("Fatima")
        await noor.page.locator("#item-0").check()
        await noor.page.locator("#end-1").check()
        await noor.press("request.look")
        shown = noor.page.locator(".seen-as > .stack")
        await expect(shown).to_be_visible()
        promised = await shown.inner_text()
        assert "De Vlier" in promised
        await noor.press("request.yes")
        await noor.sees_on("running.title")
        await fatima.opens_the_case("Zaak 31")
        await fatima.reads_it()
        assert await fatima.page.locator(".given > .stack").inner_text() == promised
        # Daan takes the case: he reads, and Fatima does no more.
        await daan.opens_the_case("Zaak 31")
        await daan.takes_it_over("Fatima is met verlof.")
        assert "De Vlier" in await daan.reads_it()
        await fatima.opens_the_case("Zaak 31")
        await fatima.press("desk.case.open.go")
        await fatima.sees_on("desk.open.title")
        await settled(fatima)
        await fatima.presses_open_in_vain()
        # What can be shown of it afterwards: the yes and both looks, without a value.
        await daan.opens_the_case("Zaak 31")
        await daan.press("desk.case.evidence")
        await daan.sees_on("desk.evidence.title")
        await settled(daan)
        async with daan.page.expect_download() as waiting:
            await daan.press("desk.evidence.save")
        kept = await asyncio.to_thread(Path(await (await waiting.value).path()).read_text, "utf-8")
        assert "De Vlier" not in kept
        assert len(json.loads(kept)["pages"][0]["items"]) >= 2
        for on in (phone, laptop, other):
            await unharmed(on)


async def test_asking_too_much_is_refused_with_a_sentence(browser: Browser, servers: Servers, office: Seats) -> None:
    async with device(browser) as phone, device(browser, phone=False) as laptop:
        noor, fatima = noor_at(servers, phone), await office.sits(laptop, "Fatima")
        await noor.makes_a_vault()
        code = await noor.makes_a_share_code()
        # The composer has no place for what the purpose does not list, and says where it does belong.
        await fatima.goes("ask")
        await fatima.sees_on("desk.ask.title")
        await fatima.ticks(re.compile("^Terug naar school$"))
        await fatima.page.locator("#missing").select_option("money")
        await fatima.sees("desk.over.missing", item="Geld", title="Terug naar school")
        # The registry refuses what a changed page would send all the same: a purpose of another team.
        await fatima.page.route("**/desk/v1/organisations/*", unlisted)
        await fatima.goes("settings")
        await fatima.goes("ask")
        await fatima.sees_on("desk.ask.title")
        await settled(fatima)
        await fatima.ticks(re.compile("^Hulp bij schulden$"))
        await fatima.page.locator("input[name=term]").first.check()
        await fatima.page.locator("#to").fill(code)
        await fatima.press("desk.ask.look")
        await fatima.press("desk.ask.send")
        await fatima.sees("desk.over.role")
        await noor.goes("home")
        await noor.goes("requests")
        await settled(noor)
        assert "Fatima" not in await noor.reads(), "nothing arrived"
        await unharmed(phone)
        await unharmed(laptop)


async def unlisted(route: Route) -> None:
    """The directory's answer without what it says of the team's role."""
    answer = await route.fetch()
    told = await answer.json()
    told["listing"] = None
    await route.fulfill(response=answer, json=told)


async def test_a_counter_offer_comes_back_as_a_question_of_exactly_the_offer(
    browser: Browser, servers: Servers, town: Players, office: Seats
) -> None:
    """portal.md, done when 14. Nothing is shared before a new yes. Asked by BSN, which the desk passes on and keeps nowhere."""
    noor = await town.citizen("Noor")
    bsn = next(number for name, number, _ in citizens() if name == noor.listed)  # type: ignore[attr-defined]
    async with device(browser, phone=False) as laptop:
        fatima = await office.sits(laptop, "Fatima")
        await fatima.asks(bsn, bsn=True, extra=["Brief van de dokter"], case="Zaak 50")
        [asked] = await noor.requests()
        await noor.offers(asked, only=["school"], note="Alleen School.")
        await fatima.opens_the_case("Zaak 50")
        await fatima.sees("desk.case.offer")
        assert "Alleen School." in await fatima.reads()
        await fatima.press("desk.case.offer.go")
        await expect(fatima.page.get_by_text(fatima.says("desk.case.offer"))).to_have_count(0, timeout=20_000)
        await fatima.sees("desk.case.look")
        [again] = await noor.requests()
        assert again.request.off == asked.id
        assert [item.ref for item in again.request.items] == ["school"]
        assert again.request.ends == asked.request.ends
        at_the_desk = office.at.desk.folder.glob("desk.*")
        assert not [path.name for path in at_the_desk if bsn.encode() in path.read_bytes()]
        await unharmed(laptop)


async def test_records_answers_and_files_are_read_in_place_and_again_later(
    browser: Browser, town: Players, office: Seats, tmp_path: Path
) -> None:
    """The second look opens with the drawer keys that the desk keeps: the vault's own copies are gone by then."""
    picture = tmp_path / "rapport.png"
    Image.new("RGB", (64, 40), "#0c5a5f").save(picture)
    noor = await town.citizen("Noor")
    report = {"school": "De Vlier", "school_year": "2025-2026", "report_day": "2026-07-01"}
    await noor.keeps("school", report, "urn:kluisje:schema:school-report:1", [picture])
    await noor.keeps(
        "health", {"letter_day": "2026-10-01", "about": "Rust houden."}, "urn:kluisje:schema:doctors-note:1"
    )
    async with device(browser, phone=False) as laptop:
        fatima = await office.sits(laptop, "Fatima")
        await fatima.asks(
            await noor.share_code(),
            extra=["Brief van de dokter", r"Schreef een dokter dat je thuis mag blijven\?"],
            case="Zaak 60",
        )
        [asked] = await noor.requests()
        await noor.allows(asked, answers={"urn:kluisje:question:doctor-says-stay-home:1": True})
        for _ in range(2):
            await fatima.opens_the_case("Zaak 60")
            read = await fatima.reads_it()
            assert all(text in read for text in ("De Vlier", "2025-2026", "Rust houden.")), read
            assert re.search(r"Schreef een dokter[^\n]*\n+Ja", read), read
        await fatima.page.get_by_role("button", name=fatima.says("item.file.see", name="1")).click()
        drawn = fatima.page.locator("canvas.picture")
        await expect(drawn).to_be_visible(timeout=20_000)
        assert await drawn.evaluate("(one) => [one.width, one.height]") == [64, 40]
        await unharmed(laptop)
