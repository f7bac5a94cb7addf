# SPDX-License-Identifier: EUPL-1.2
"""Noor moves to another town: in its portal she picks the file of her old vault, types her code, and sees her photo and
who looked in the town before."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Route, expect

from tests.browser.chromium import device
from tests.browser.hands import Hands
from tests.town import Players, Servers, running


@pytest.fixture(scope="module")
def old_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(tmp_path_factory.mktemp("old-town")) as made:
        yield made


@pytest.fixture(scope="module")
def new_town(old_town: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("new-town")
    pins = folder / "moves-from"
    pins.mkdir()
    shutil.copy(old_town.town.pins, pins / "old.json")
    settings = {f"KLUISJE_{part}_MOVES_FROM": str(pins) for part in ("CONSENT", "PORTAL")}
    with running(folder / "town", settings=settings) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def before(old_town: Servers) -> AsyncIterator[Players]:
    players = Players(old_town)
    yield players
    await players.close()


async def test_she_opens_her_photo_in_the_portal_of_the_new_town_and_sees_who_looked_before(
    browser: Browser, before: Players, new_town: Servers, tmp_path: Path
) -> None:
    scripted = await before.citizen("Noor")
    listed: str = scripted.listed  # type: ignore[attr-defined]
    picture = tmp_path / "bal.jpg"
    Image.new("RGB", (320, 200), "#0c5a5f").save(picture, "JPEG")
    await scripted.keeps("free-time", {"title": "De bal van Sam"}, "urn:kluisje:schema:photo:1", [picture])
    await scripted.keeps("school", {"absence_days": 4})
    fatima = await before.caseworker()
    asked = await fatima.asks(scripted, for_="back-to-school", about=["school"], days=30)
    await scripted.allows(asked)
    await fatima.reads(asked)
    file = await scripted.exports(tmp_path / "kluisje.zip")
    async with device(browser) as phone:
        noor = Hands(phone, new_town.town.portal, listed)
        await noor.comes()
        await noor.press("welcome.begin")
        await noor.signs_in()
        await noor.sees_on("make.title")
        await noor.press("make.import")
        await noor.gives(noor.page.locator("input[type=file]"), file)
        await noor.types("safetynet.type.label", before.codes[listed][0])
        await noor.press("leave.import.go")
        await noor.sees("leave.import.done")
        await noor.press("unlock.go")
        await noor.opens_with_the_code(before.codes[listed][0])
        await noor.goes("drawers/free-time")
        await noor.clicks(noor.page.get_by_role("link", name="De bal van Sam").first)
        await noor.clicks(noor.page.get_by_role("button", name=re.compile("1")).first)
        await expect(noor.page.locator("canvas")).to_be_visible(timeout=20_000)
        await noor.goes("looked")
        looked = noor.page.locator("section", has=noor.page.get_by_role("heading", level=2)).locator("ul.lines > li")
        await expect(looked).to_have_count(1, timeout=20_000)
        await expect(looked).to_contain_text("School")
        await expect(looked).to_contain_text(noor.says("looked.checked"))
        await noor.sees("looked.before.here")  # in the new town nobody looked

        async def forges(route: Route) -> None:
            answer = await route.fetch()
            told = await answer.json()
            one, other = [line for line in told["items"] if line["event"] is not None][:2]
            one["proof"], other["proof"] = other["proof"], one["proof"]
            await route.fulfill(response=answer, json=told)

        await phone.context.route("**/earlier-lines?*", forges)
        await noor.goes("home")
        await noor.goes("looked")
        await noor.sees("looked.before.wrong")
        await expect(looked).to_have_count(0)
        assert await phone.violations() == []
