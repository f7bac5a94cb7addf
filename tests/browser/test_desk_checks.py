# SPDX-License-Identifier: EUPL-1.2
"""The desk checks what it is told, and each of its screens is fit to be used: lies of a server, and axe by day, by night, in
forced colours, at 320 px and at 200 % text."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Route, ViewportSize, expect

from formats.spelling import b64u, unb64u
from tests.browser import building, chromium
from tests.browser.bureau import bureau
from tests.browser.checks import AXE, looked_at
from tests.browser.chromium import Device, device
from tests.browser.desk_hands import AtTheDesk
from tests.browser.desk_tour import arrives, revisits, works
from tests.browser.seats import Seats
from tests.browser.test_desk_bringing import LETTERS, has_a_paper, seals_to_another_key
from tests.town import Players, Servers, running

Lang = Literal["nl", "en"]
WIDE: ViewportSize = {"width": 1280, "height": 900}
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


async def brings_to_another_key(fatima: AtTheDesk, town: Players, facts: Path) -> bool:
    """Whether a paper leaves, sealed to a key that is not its owner's."""
    sam = await town.citizen("Sam")
    await fatima.asks(await sam.share_code(), case="Zaak 90", purpose=LETTERS, days=90)
    [asked] = await sam.requests()
    await sam.allows(asked)
    await has_a_paper(fatima, "Zaak 90", facts)
    return await seals_to_another_key(fatima)


TWIN = {
    "src/desk/reading.ts": ("if (this.#looks.has(place)) throw", "if (place === '') throw"),
    "src/desk/opening.ts": ("if (served.n < than.n || ", "if (than.n < 0 || "),
    "src/desk/teaming.ts": ("(this.newest?.seq ?? 0) < least", "least < 0"),
    "src/desk/depositing.ts": ("event.claims.sid !== epoch.sid", "event.claims.sid === ''"),
    "src/formats/statement.ts": ("await verify(token, ", "if (peek(token).header.typ !== EPOCH) await verify(token, "),
}
"""A page that takes an earlier answer, an older history and a shorter list; and a drawer's key whoever signed it, and whatever
the log says of it."""


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
                assert await brings_to_another_key(fatima, town, tmp_path / "rapport.json")
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
