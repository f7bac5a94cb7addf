# SPDX-License-Identifier: EUPL-1.2
"""Somebody leaves the team, and its key is renewed on the desk's screens: by the keeper, the directory, and 72 hours later the
administrator. Town and desk are in the process of the test, so that their clock can be moved; the browsers' moves along."""

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from demo.desk import DemoDesk
from demo.town import Town
from formats.envelope import envelope_place
from tests.browser.bureau import Bureau
from tests.browser.chromium import device
from tests.browser.desk_hands import AtTheDesk
from tests.browser.hands import settled
from tests.browser.seats import Seats, unharmed
from tests.desk.bureau import desk_in, directory_states
from tests.gateway.street import Street, street_in
from tests.town import Players


async def allowed(by: AtTheDesk, players: Players, name: str, case: str) -> None:
    """Somebody new keeps a fact and is asked for it by this colleague; the answer is yes."""
    person = await players.citizen(name)
    await person.keeps("school", {"school": "De Vlier", "absence_days": 7}, "urn:kluisje:schema:attendance:1")
    await by.asks(await person.share_code(), case=case)
    [asked] = await person.requests()
    await person.allows(asked)


async def three_days_later(street: Street, counts: int, *browsers: AtTheDesk) -> None:
    """The moment at which a new key counts, for the servers and for these browsers, whose sign-ins are over by then."""
    street.clock.ahead = counts - int(time.time()) + 1
    for one in browsers:
        await one.page.clock.install(time=datetime.fromtimestamp(street.clock.now(), UTC))
        await one.page.reload()
        await one.sees_on("desk.welcome.title")


async def comes_back(who: AtTheDesk, code: str) -> None:
    await who.signs_in()
    await who.opens_with_the_code(code)


async def makes_a_new_lock(fatima: AtTheDesk) -> dict[str, Any]:
    """The keeper makes the key; the file for the directory."""
    await fatima.to_the_team()
    await fatima.sees("desk.team.lock.due")
    async with fatima.page.expect_download() as waiting:
        await fatima.press("desk.team.lock.make")
    await fatima.sees("desk.team.lock.made")
    brought: dict[str, Any] = json.loads(
        await asyncio.to_thread(Path(await (await waiting.value).path()).read_text, "utf-8")
    )
    return brought


@pytest.mark.promise("P29")
async def test_who_left_reads_nothing_and_the_key_of_before_opens_nothing_new(
    browser: Browser, moved: tuple[Town, DemoDesk]
) -> None:
    """portal.md, done when 20."""
    async with (
        street_in(moved[0]) as street,
        desk_in(street, moved[1]),
        device(browser, phone=False) as laptop,
        device(browser, phone=False) as other,
        device(browser, phone=False) as third,
    ):
        street.players.clock = street.clock.now
        office = Seats(Bureau(moved[1]))
        await office.opens_up()
        fatima, daan = await office.sits(laptop, "Fatima"), await office.sits(other, "Daan")
        mo = AtTheDesk(third, office.at, "Mo")
        await mo.makes_keys()
        await office.ans.changes(then="Mo")
        await allowed(daan, street.players, "Noor", "Zaak 70")
        await daan.opens_the_case("Zaak 70")
        assert "De Vlier" in await daan.reads_it()

        # The administrator takes Daan out: his tab, keys and all, gets nothing from its next call on.
        await mo.press("desk.letin.look")
        await mo.takes_out("Daan")
        await daan.press("app.done")
        await daan.sees("desk.welcome.over")
        assert "De Vlier" not in await daan.reads()

        # A keeper makes a new key, the directory states it, and it counts 72 hours later.
        brought = await makes_a_new_lock(fatima)
        counts = await directory_states(street, brought)
        await three_days_later(street, counts, fatima, mo, daan)
        await comes_back(mo, mo.code)
        await mo.sees_on("desk.team.title")
        await settled(mo)
        await mo.press("desk.team.lock.name")
        await comes_back(fatima, office.codes["Fatima"])
        await fatima.sees_on("desk.cases.title")
        await fatima.to_the_team()
        await fatima.press("desk.team.lock.finish")
        await fatima.sees("desk.team.lock.ready")
        await expect(fatima.page.get_by_text(fatima.says("desk.team.lock.renew.how"))).not_to_be_visible()

        # What was kept lies under the new key now, and still opens; what comes next is sealed to the new key alone.
        await office.karim.signs_in()
        kept = (await office.karim.call("GET", "/envelopes")).json()["items"]
        assert {one["kid"] for one in kept} == {brought["enc"]["kid"]}
        await fatima.opens_the_case("Zaak 70")
        await fatima.takes_it_over("Daan is weg.")
        assert "De Vlier" in await fatima.reads_it()
        await allowed(fatima, street.players, "Sam", "Zaak 71")
        await fatima.opens_the_case("Zaak 71")
        async with fatima.page.expect_response("**/records**") as answered:
            assert "De Vlier" in await fatima.reads_it()
        told = await (await answered.value).json()
        assert [envelope_place(one["jwe"]).kid for one in told["envelopes"]] == [brought["enc"]["kid"]]

        # Daan comes no further than the page that says no.
        await daan.press("signin.go")
        await daan.passes(daan.page)
        await expect(daan.page.get_by_role("heading", name="Dat kan nu niet")).to_be_visible()
        await unharmed(laptop)
        await office.close()
