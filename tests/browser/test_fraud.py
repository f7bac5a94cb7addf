# SPDX-License-Identifier: EUPL-1.2
"""A vault that swaps, hides or rolls back what it keeps is seen through on the device, and said in words."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.chromium import device
from tests.browser.hands import Hands
from tests.town import Servers

Page = list[dict[str, Any]]


def _swaps(found: Page, _: Page) -> Page:
    return [found[1], found[1], *found[2:]]


def _hides(found: Page, _: Page) -> Page:
    return found[1:]


def _rolls_back(_: Page, before: Page) -> Page:
    return before


@pytest.mark.parametrize(
    ("how", "of"),
    [(_swaps, ("records",)), (_hides, ("records",)), (_rolls_back, ("records", "heads"))],
    ids=["swaps", "hides", "rolls back"],
)
async def test_a_vault_that_lies_about_records_is_seen_through(
    browser: Browser, servers: Servers, how: Callable[[Page, Page], Page], of: tuple[str, ...]
) -> None:
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        code = await noor.makes_a_vault()
        seen: dict[str, Page] = {}
        lying = False

        async def answers(route: Route) -> None:
            answer = await route.fetch()
            told = json.loads(await answer.body())
            if route.request.method != "GET" or "items" not in told:
                await route.fulfill(response=answer)
                return
            kind = route.request.url.split("?")[0].rpartition("/")[2]
            before = seen.setdefault(kind, told["items"])
            if lying:
                told["items"] = how(told["items"], before)
            await route.fulfill(response=answer, body=json.dumps(told))

        await noor.keeps_absence(7)
        for kind in of:
            await phone.page.route(re.compile(rf"/vault/v1/vaults/[^/]+/drawers/[^/]+/{kind}(\?.*)?$"), answers)
        await noor.goes("home")
        await noor.goes("drawers/school")
        await expect(noor.page.locator("main").get_by_text("De Vlier").first).to_be_visible(timeout=20_000)
        assert set(seen) == set(of), "the vault was asked"
        await noor.keeps_absence(8)
        lying = True
        await noor.locks()
        await noor.opens_with_the_code(code)
        await noor.goes("drawers/school")
        alarm = noor.page.locator("[role=alert]").first
        await expect(alarm).to_be_visible(timeout=20_000)
        said = await alarm.inner_text()
        assert "14 0123" in said, f"it names nobody to call: {said}"
        assert await noor.page.locator("main").get_by_text("De Vlier").count() == 0, "it shows what does not check"
