# SPDX-License-Identifier: EUPL-1.2
"""Noor moves to another town: in its portal she picks the file of her old vault, types her code, and sees her photo."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, expect

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
    with running(folder / "town", settings={"KLUISJE_CONSENT_MOVES_FROM": str(pins)}) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def before(old_town: Servers) -> AsyncIterator[Players]:
    players = Players(old_town)
    yield players
    await players.close()


async def test_she_opens_her_photo_in_the_portal_of_the_new_town(
    browser: Browser, before: Players, new_town: Servers, tmp_path: Path
) -> None:
    scripted = await before.citizen("Noor")
    listed: str = scripted.listed  # type: ignore[attr-defined]
    picture = tmp_path / "bal.jpg"
    Image.new("RGB", (320, 200), "#0c5a5f").save(picture, "JPEG")
    await scripted.keeps("free-time", {"title": "De bal van Sam"}, "urn:kluisje:schema:photo:1", [picture])
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
        assert await phone.violations() == []
