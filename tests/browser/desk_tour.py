# SPDX-License-Identifier: EUPL-1.2
"""A tour past every screen of the desk, with real cases on it: for the checks of each screen and for the screenshots."""

import json
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from formats.team import KEEPER
from kluisje.person import Person
from tests.browser.bureau import Office
from tests.browser.desk_hands import AtTheDesk
from tests.browser.hands import settled
from tests.desk.packages import packages
from tests.town import Players

At = Callable[[str], Awaitable[None]]
SCREENS = ("cases", "ask", "why", "deletion", "team", "purposes", "organisations", "health", "help", "settings", "more")
"""Addresses that show the same each time one comes there."""


async def arrives(fatima: AtTheDesk, office: Office, at: At) -> None:
    """From the first page to the cases."""
    await fatima.comes()
    await at("desk-welcome")
    await fatima.signs_in()
    await fatima.sees_on("desk.make.title")
    await at("desk-make")
    await fatima.press("desk.make.go")
    await fatima.page.locator(".field__wrong").first.wait_for()
    await at("desk-make-wrong")
    await fatima.types("desk.make.name", fatima.name)
    await fatima.press("desk.make.go")
    await fatima.sees("safetynet.code")
    await at("desk-safetynet")
    await fatima.keeps_the_code()
    await fatima.sees_on("desk.letin.title")
    await fatima.own_words()
    await at("desk-letin")
    await fatima.is_let_in(office, KEEPER)
    await at("desk-cases-empty")


async def works(fatima: AtTheDesk, players: Players, at: At) -> None:
    """Asks, is answered, reads, is asked why, and finishes; Noor is played by the Python package."""
    noor = await players.citizen("Noor")
    await noor.keeps("school", {"school": "De Vlier", "absence_days": 7}, "urn:kluisje:schema:attendance:1")
    await fatima.goes("ask")
    await settled(fatima)
    await fatima.press("desk.ask.look")
    await fatima.page.locator(".utrecht-alert").first.wait_for()
    await at("desk-ask-wrong")
    await fatima.ticks(re.compile("^(Terug naar school|Back to school)$"))
    await fatima.page.locator("#missing").select_option("money")
    await at("desk-ask-composing")
    await fatima.goes("settings")
    await fatima.goes("ask")
    await fatima.ticks(re.compile("^(Terug naar school|Back to school)$"))
    await fatima.ticks(re.compile("^14 "))
    await fatima.page.locator("#to").fill(await noor.share_code())
    await fatima.page.locator("#label").fill("Zaak 2026-118")
    await fatima.page.locator("#note").fill("Zullen we dinsdag samen kijken?")
    await fatima.press("desk.ask.look")
    await fatima.sees("desk.ask.preview")
    await at("desk-ask-preview")
    await fatima.press("desk.ask.send")
    await fatima.sees("desk.case.asked")
    await at("desk-case-open")
    [asked] = await noor.requests()
    await noor.allows(asked)
    await fatima.opens_the_case("Zaak 2026-118")
    await at("desk-case-running")
    await fatima.press("desk.case.evidence")
    await settled(fatima)
    await at("desk-evidence")
    await fatima.opens_the_case("Zaak 2026-118")
    await fatima.press("desk.case.handover")
    await settled(fatima)
    await at("desk-handover")
    await fatima.opens_the_case("Zaak 2026-118")
    await fatima.press("desk.case.open.go")
    await settled(fatima)
    await at("desk-open")
    await fatima.opens_the_case("Zaak 2026-118")
    await fatima.reads_it()
    await at("desk-open-read")
    line = next(one for one in await noor.who_looked() if one.outcome == "read")
    await noor.asks_why(line, "Waarom keek je?")
    await fatima.asks(await noor.share_code(), case="Zaak 2026-119")
    second = next(one for one in await noor.requests() if one.id != asked.id)
    await noor.offers(second, only=["school"], note="Alleen deze week. Bel me eerst.")
    await fatima.opens_the_case("Zaak 2026-119")
    await at("desk-case-offer")
    await fatima.asks(await noor.share_code(), case="Zaak 2026-120")
    third = next(one for one in await noor.requests() if one.id not in (asked.id, second.id))
    await noor.allows(third)
    await noor.stops(third)
    await fatima.page.wait_for_timeout(1500)  # the desk looks for events each second
    await brings(fatima, noor, at)


async def brings(fatima: AtTheDesk, noor: Person, at: At) -> None:
    """A paper into the drawer School."""
    before = {one.id for one in await noor.requests()}
    letters = "Jeugdhulp brengt brieven|Youth help brings letters"
    await fatima.asks(await noor.share_code(), case="Zaak 2026-121", purpose=letters, days=90)
    await noor.allows(next(one for one in await noor.requests() if one.id not in before))
    await fatima.opens_the_case("Zaak 2026-121")
    await at("desk-case-bring")
    await fatima.press("desk.bring.title")
    await fatima.sees_on("desk.bring.title")
    await settled(fatima)
    await fatima.page.locator("#kind").select_option(label={"nl": "Rapport", "en": "School report"}[fatima.lang])
    await at("desk-bring")
    await fatima.fills(fatima.page.locator("#field-school_year"), "2025-2026")
    await fatima.fills(fatima.page.locator("#field-report_day"), "1-7-2026")
    await fatima.signs_in_by("desk.bring.go")
    await fatima.sees("desk.bring.gone")
    await at("desk-bring-done")


async def compares(fatima: AtTheDesk, at: At) -> None:
    """Another municipality's rules."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = packages(folder)
        files = {"mine": made.mine, "theirs": made.theirs, "key": json.dumps(made.key).encode()}
        await fatima.goes("takeover")
        await fatima.sees_on("desk.takeover.title")
        for one, content in files.items():
            (folder / f"{one}.zip").write_bytes(content)
            await fatima.gives(fatima.page.locator(f"#{one}"), folder / f"{one}.zip")
        await fatima.press("desk.takeover.go")
        await fatima.sees("desk.takeover.which")
        await at("desk-takeover")


async def revisits(fatima: AtTheDesk, at: At) -> None:
    """Every screen that shows the same each time."""
    for address in SCREENS:
        await fatima.goes(address)
        await settled(fatima)
        await at(f"desk-{address}")
    await fatima.goes("purposes")
    await settled(fatima)
    await fatima.clicks(fatima.page.locator("a[href^='#/purposes/']").first)
    await settled(fatima)
    await at("desk-purpose")
    await compares(fatima, at)
    await fatima.goes("deletion")
    await settled(fatima)
    await fatima.ticks(re.compile(fatima.says("desk.deletion.kept")))
    await fatima.answers()
    await fatima.page.locator(".utrecht-alert").first.wait_for()
    await at("desk-deletion-wrong")
    await fatima.goes("team")
    await settled(fatima)
    await fatima.goes("closed")
    await fatima.sees_on("desk.closed.title")
    await at("desk-closed")
    await fatima.goes("cases")
    await settled(fatima)
    await fatima.press("nav.lock")
    await fatima.sees_on("desk.unlock.title")
    await settled(fatima)
    await at("desk-unlock")
