# SPDX-License-Identifier: EUPL-1.2
"""A desk that was away for an hour: meanwhile the person's screen says how it stands, and afterwards the desk is told once.
Town and desk are in the process of the test, so that their clock can be moved; the browsers' moves along."""

import re
from collections import Counter
from datetime import UTC, datetime

from playwright.async_api import Browser, expect

import serve
from demo.desk import DemoDesk
from demo.town import Town
from tests.browser.bureau import Bureau
from tests.browser.chromium import device
from tests.browser.hands import Hands, settled
from tests.browser.seats import Seats, noor_at, says_yes, unharmed
from tests.desk.bureau import desk_in
from tests.gateway.street import street_in

HOUR = 3600


async def reads_what_is_owed(noor: Hands, key: str) -> None:
    """On "Wie keek?": what the team has to say, or said, about her data."""
    await noor.goes("home")
    await noor.goes("looked")
    await noor.sees_on("looked.title")
    await noor.sees(key)


async def an_hour_later(now: int, *browsers: Hands) -> None:
    """For these browsers; what was opened there is locked by then."""
    for one in browsers:
        await one.page.clock.install(time=datetime.fromtimestamp(now, UTC))
        await one.page.reload()


async def test_a_desk_that_was_away_for_an_hour_is_told_once(browser: Browser, moved: tuple[Town, DemoDesk]) -> None:
    town, desk = moved
    async with (
        street_in(town, (*serve.PARTS, "portal")) as street,
        device(browser) as phone,
        device(browser, phone=False) as laptop,
    ):
        street.players.clock = street.clock.now
        noor = noor_at(street.players.servers, phone)
        async with desk_in(street, desk):
            office = Seats(Bureau(desk))
            await office.opens_up()
            fatima = await office.sits(laptop, "Fatima")
            await noor.makes_a_vault()
            await noor.keeps_absence(7)
            await fatima.asks(await noor.makes_a_share_code(), case="Zaak 75")
            await says_yes(noor, "Fatima")
            await fatima.opens_the_case("Zaak 75")
            assert "De Vlier" in await fatima.reads_it()
        # The desk is gone. Noor stops: for her it is over at once, and her screen says what the team still owes.
        await noor.goes("running")
        await noor.press("running.stop.who")
        await noor.sees("stop.text")
        await reads_what_is_owed(noor, "looked.owed.wait")
        await fatima.press("app.done")
        await fatima.sees("state.down")
        # An hour later nothing else is true.
        street.clock.ahead = HOUR
        await an_hour_later(street.clock.now(), noor)
        await noor.comes()
        await noor.press("welcome.begin")
        await noor.signs_in()
        await noor.opens_with_the_code(noor.code)
        await reads_what_is_owed(noor, "looked.owed.wait")
        # The desk is back: it is told of the end and of what it owes, each once, however often it asks.
        async with desk_in(street, desk) as house:
            learning = house.parts[serve.DESK].inside.state.learning
            assert await learning.poll() >= 2
            assert await learning.poll() == 0
            await office.karim.signs_in()
            told = (await office.karim.call("GET", "/events")).json()["items"]
            assert Counter(one["type"].rsplit(":", 1)[-1] for one in told) >= Counter(
                {"grant-ended": 1, "deletion-asked": 1}
            )
            assert max(Counter((one["type"], one["dataref"]) for one in told).values()) == 1
            await an_hour_later(street.clock.now(), fatima)
            await fatima.comes()
            await fatima.signs_in()
            await fatima.opens_with_the_code(office.codes["Fatima"])
            await fatima.goes("deletion")
            await fatima.sees_on("desk.deletion.title")
            await settled(fatima)
            await expect(fatima.page.locator("main form")).to_have_count(1)
            await fatima.ticks(re.compile(fatima.says("desk.deletion.erased")))
            await fatima.answers()
            await fatima.sees("desk.deletion.sent")
            await reads_what_is_owed(noor, "looked.owed.erased")
            await unharmed(phone)
            await office.close()
