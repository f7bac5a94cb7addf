# SPDX-License-Identifier: EUPL-1.2
"""The caseworker's desk in a real browser: Fatima's day beside Noor's telephone, a colleague who takes over, one who was
taken out, and a question that asks too much."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Route, ViewportSize, expect

from formats.spelling import b64u, unb64u
from formats.team import KEEPER
from tests.browser import building, chromium
from tests.browser.bureau import Bureau, Office, bureau
from tests.browser.checks import AXE, looked_at
from tests.browser.chromium import Device, device
from tests.browser.desk_hands import AtTheDesk, through
from tests.browser.desk_tour import arrives, revisits, works
from tests.browser.hands import Hands, settled
from tests.town import Players, Servers, running

Lang = Literal["nl", "en"]
WIDE: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def desk(servers: Servers) -> Iterator[Bureau]:
    with bureau(servers) as made:
        yield made


class Seats(Office):
    """The office, and who sits there in a browser."""

    def __init__(self, at: Bureau) -> None:
        super().__init__(at)
        self.codes: dict[str, str] = {}

    async def sits(self, on: Device, name: str) -> AtTheDesk:
        """Somebody at a device of their own, with all cases before them: let in the first time, by the code later."""
        hands = AtTheDesk(on, self.at, name)
        if name in self.codes:
            await hands.comes()
            await hands.signs_in()
            await hands.opens_with_the_code(self.codes[name])
            await hands.sees_on("desk.cases.title")
        else:
            self.codes[name] = await hands.makes_keys()
            await hands.is_let_in(self, KEEPER)
        return hands


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(desk: Bureau) -> AsyncIterator[Seats]:
    made = Seats(desk)
    await made.opens_up()
    yield made
    await made.close()


def noor_at(made: Servers, on: Device) -> Hands:
    return Hands(on, made.town.portal, f"Noor {next(made.numbers['Noor'])}")


async def unharmed(on: Device) -> None:
    """No rule of the page was broken on the way, and nothing fell over."""
    assert await on.violations() == []
    assert on.told == []


async def test_fatimas_day_beside_noors_telephone(browser: Browser, servers: Servers, office: Seats) -> None:
    async with device(browser) as phone, device(browser, phone=False) as laptop:
        noor, fatima = noor_at(servers, phone), await office.sits(laptop, "Fatima")
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        # She asks; the same code stands on both screens.
        code = await fatima.asks(await noor.makes_a_share_code(), extra=["Brief van de dokter"], note="Dinsdag samen?")
        await noor.opens_the_question("Fatima")
        assert code in await noor.reads()
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
        await fatima.goes("why")
        await fatima.sees_on("desk.why.title")
        await settled(fatima)
        await fatima.page.locator("main textarea").fill("We wilden zien hoe vaak je er was. Dat bespraken we dinsdag.")
        await fatima.answers()
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
        await fatima.goes("deletion")
        await fatima.sees_on("desk.deletion.title")
        await settled(fatima)
        await fatima.ticks(re.compile(fatima.says("desk.deletion.erased")))
        await fatima.answers()
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
        await daan.press("desk.case.handover")
        await daan.ticks(re.compile(daan.says("desk.handover.take")))
        await daan.page.locator("#reason").fill("Fatima is met verlof.")
        await daan.press("desk.handover.go")
        await daan.sees("desk.handover.taken")
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


async def test_who_was_taken_out_opens_nothing_that_comes_next(
    browser: Browser, servers: Servers, office: Seats
) -> None:
    """portal.md, done when 20: with the team's key still in the page's memory."""
    async with device(browser) as phone, device(browser, phone=False) as laptop:
        noor, daan = noor_at(servers, phone), await office.sits(laptop, "Daan")
        await noor.makes_a_vault()
        await noor.keeps_absence(2)
        await daan.asks(await noor.makes_a_share_code(), case="Zaak 40")
        await noor.opens_the_question("Daan")
        await noor.page.locator("#item-0").check()
        await noor.page.locator("#end-1").check()
        await noor.press("request.yes")
        await noor.sees_on("running.title")
        await daan.opens_the_case("Zaak 40")
        await daan.press("desk.case.open.go")
        await daan.sees_on("desk.open.title")
        await settled(daan)
        await office.ans.changes(drop="Daan")
        await daan.press("desk.open.go")
        await daan.sees("desk.welcome.over")
        # Signing in again ends at a page that says no.
        await daan.press("signin.go")
        await through(daan.page, "Daan")
        await daan.page.wait_for_url(f"{daan.origin}/door/back**")
        await expect(daan.page.get_by_role("heading", name="Dat kan nu niet")).to_be_visible()


async def test_a_counter_offer_comes_back_as_a_question_of_exactly_the_offer(
    browser: Browser, servers: Servers, town: Players, office: Seats
) -> None:
    """portal.md, done when 14. Nothing is shared before a new yes."""
    noor = await town.citizen("Noor")
    async with device(browser, phone=False) as laptop:
        fatima = await office.sits(laptop, "Fatima")
        await fatima.asks(await noor.share_code(), extra=["Brief van de dokter"], case="Zaak 50")
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


Lie = Callable[[dict[str, Any], list[dict[str, Any]]], dict[str, Any]]


def without_its_place(told: dict[str, Any], _: list[dict[str, Any]]) -> dict[str, Any]:
    """Another entry than the one that the log holds."""
    event = json.loads(unb64u(told["look"]["event"]))
    told["look"]["event"] = b64u(json.dumps(event | {"at": event["at"] + 1}, separators=(",", ":")).encode())
    return told


def told_before(_: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to an earlier look, which this one would hide."""
    return before[0]


def of_an_older_day(told: dict[str, Any], _: list[dict[str, Any]]) -> dict[str, Any]:
    """A history that is shorter than the one her device signed."""
    told["head"]["served"]["n"] = 0
    return told


LIES: list[Lie] = [without_its_place, told_before, of_an_older_day]
SOON = 10_000  # milliseconds until an alarm stands there


async def sees_through(lie: Lie, on: Device, fatima: AtTheDesk, town: Players) -> None:
    """An honest look, then a lie about the next one: an alarm that names whom to call, and nothing opened."""
    noor = await town.citizen("Noor")
    await noor.keeps("school", {"school": "De Vlier", "absence_days": 7}, "urn:kluisje:schema:attendance:1")
    case = f"Zaak {lie.__name__.replace('_', ' ')}"
    await fatima.asks(await noor.share_code(), case=case)
    [asked] = await noor.requests()
    await noor.allows(asked)
    before: list[dict[str, Any]] = []
    lying = False

    async def between(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        before.append(json.loads(json.dumps(told)))
        await route.fulfill(response=answer, json=lie(told, before) if lying else told)

    await on.page.route(re.compile("/desk/v1/grants/.*/records"), between)
    try:
        await fatima.opens_the_case(case)
        assert "De Vlier" in await fatima.reads_it()
        lying = True
        await fatima.opens_the_case(case)
        await fatima.presses_open()
        alarm = on.page.locator("main [role=alert]").first
        await expect(alarm).to_be_visible(timeout=SOON)
        assert "14 0123" in await alarm.inner_text()
        assert "De Vlier" not in await fatima.reads()
    finally:
        await on.page.unroute_all(behavior="wait")


async def stays_locked(on: Device, fatima: AtTheDesk, code: str) -> None:
    """The desk's server cannot bring back who was taken out: the page remembers the newest list that it saw."""

    async def shorter(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        await route.fulfill(response=answer, json=told | {"items": told["items"][:-1]})

    await on.page.route("**/desk/v1/member-lists", shorter)
    await fatima.press("nav.lock")
    await fatima.opens_with_the_code(code)
    alarm = on.page.locator("main [role=alert]").first
    await expect(alarm).to_be_visible(timeout=SOON)
    assert "14 0123" in await alarm.inner_text()
    await fatima.sees_on("desk.unlock.title")


async def test_what_does_not_check_opens_nothing(browser: Browser, town: Players, office: Seats) -> None:
    async with device(browser, phone=False) as laptop:
        fatima = await office.sits(laptop, "Fatima")
        for lie in LIES:
            await sees_through(lie, laptop, fatima, town)
        await stays_locked(laptop, fatima, office.codes["Fatima"])


TWIN = {
    "src/desk/member.ts": ("if (this.#looks.has(place)) throw", "if (place === '') throw"),
    "src/desk/opening.ts": ("if (served.n < than.n || ", "if (than.n < 0 || "),
    "src/desk/teaming.ts": ("(this.newest?.seq ?? 0) < least", "least < 0"),
}
"""A page that takes an earlier answer, an older history and a shorter list."""


@pytest.mark.nightly
@pytest.mark.skipif(not building.has_packages(), reason="the packages of the front end are not here: make portal")
def test_a_page_that_checks_less_is_caught(tmp_path: Path) -> None:
    static = building.changed(tmp_path, TWIN)
    with running(tmp_path / "town") as made, bureau(made, static) as at:

        async def caught() -> None:
            office, town = Seats(at), Players(made)
            async with chromium.browser() as own, device(own, phone=False) as laptop:
                await office.opens_up()
                fatima = await office.sits(laptop, "Fatima")
                for lie in (told_before, of_an_older_day):
                    with pytest.raises(AssertionError):
                        await sees_through(lie, laptop, fatima, town)
                with pytest.raises(AssertionError):
                    await stays_locked(laptop, fatima, office.codes["Fatima"])
            await office.close()
            await town.close()

        asyncio.run(caught())


@pytest.mark.parametrize("lang", ["nl", pytest.param("en", marks=pytest.mark.nightly)])
@pytest.mark.skipif(not building.has_packages() or not AXE.exists(), reason="axe is not here: make portal")
async def test_every_screen_of_the_desk(
    browser: Browser, servers: Servers, town: Players, office: Seats, lang: Lang
) -> None:
    """axe finds nothing by day, by night, in forced colours, at 320 px and at 200 % text; the keyboard reaches everything."""
    wrong: dict[str, list[str]] = {}
    async with device(browser, phone=False, locale={"nl": "nl-NL", "en": "en-GB"}[lang]) as laptop:
        hands = AtTheDesk(laptop, office.at, {"nl": "Rachid", "en": "Eva"}[lang], lang)

        async def at(name: str) -> None:
            wrong.update(await looked_at(laptop.page, laptop.cdp, name, WIDE, every=lang == "nl"))

        await arrives(hands, office, at)
        await works(hands, town, at)
        await revisits(hands, at)
    found = {name: list(dict.fromkeys(lines)) for name, lines in wrong.items() if lines}
    assert len(wrong) >= 25
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


async def test_the_administrator_lists_a_keeper_lets_in_and_neither_is_the_other(
    browser: Browser, office: Seats
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
        await mo.goes("settings")
        await mo.goes("team")
        await settled(mo)
        asks = mo.page.locator(".card", has_text="Lin").first
        await asks.get_by_role("button", name=mo.says("desk.team.words", name="Lin")).click()
        await expect(asks.locator(".code")).to_have_text(words, timeout=20_000)
        await asks.get_by_role("button", name=mo.says("desk.team.list", name="Lin")).click()
        await expect(mo.page.get_by_role("button", name=mo.says("desk.team.remove", name="Lin"))).to_be_visible()
        await lin.press("desk.letin.look")
        await lin.sees("desk.letin.waits")
        # The keeper compares them too, and lets her in.
        await fatima.goes("settings")
        await fatima.goes("team")
        await settled(fatima)
        waits = fatima.page.locator(".card", has_text="Lin").first
        await waits.get_by_role("button", name=fatima.says("desk.team.words", name="Lin")).click()
        await expect(waits.locator(".code")).to_have_text(words, timeout=20_000)
        await waits.get_by_role("button", name=fatima.says("desk.team.letin", name="Lin")).click()
        await expect(waits.get_by_text(fatima.says("desk.team.wait"))).to_have_count(0, timeout=20_000)
        await lin.press("desk.letin.look")
        await lin.sees_on("desk.cases.title")
        # The administrator gets no further than the list.
        for address in ("cases", "ask", "why", "deletion"):
            await mo.goes(address)
            await mo.sees_on("desk.team.title")
        # Out again: her page closes at its next call.
        await mo.goes("settings")
        await mo.goes("team")
        await settled(mo)
        await mo.page.get_by_role("button", name=mo.says("desk.team.remove", name="Lin")).click()
        await mo.page.get_by_role("button", name=mo.says("desk.team.remove.go", name="Lin")).click()
        await expect(mo.page.get_by_role("button", name=mo.says("desk.team.remove", name="Lin"))).to_have_count(0)
        await lin.goes("ask")
        await lin.goes("cases")
        await lin.sees("desk.welcome.over")
        for on in (tablet, laptop):
            await unharmed(on)
