# SPDX-License-Identifier: EUPL-1.2
"""What a young person does in the portal, from the first visit on, by keyboard alone (keyboard.py); the other side is the
Python package. With a pointer the same screens are walked in the tour, and in test_lies and test_traffic."""

import asyncio
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import Browser, expect

from kluisje.archive import Archive, check_export
from kluisje.http import Refused
from kluisje.importing import open_archive_keys
from tests.browser import building
from tests.browser.chromium import Device, device
from tests.browser.hands import Hands, settled
from tests.browser.keyboard import Keyboard
from tests.town import Players, Servers
from tests.town import servers as servers_of


def hands(made: Servers, on: Device, name: str | None = None) -> Hands:
    return Keyboard(on, made.town.portal, name or f"Noor {next(made.numbers['Noor'])}")


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    picture = Image.new("RGB", (640, 400), "#0c5a5f")
    ImageDraw.Draw(picture).ellipse((200, 80, 440, 320), fill="#ffe9b0")
    path = tmp_path_factory.mktemp("photo") / "bal.jpg"
    picture.save(path, "JPEG", quality=90)
    return path


async def unharmed(on: Device) -> None:
    """No rule of the page was broken on the way, and nothing fell over."""
    assert await on.violations() == []
    assert on.told == []


async def asks_fairly(noor: Hands) -> None:
    """Nothing was chosen beforehand, and the three answers are as large and of the same colour."""
    assert await noor.page.locator("main input:checked").count() == 0, "something was chosen beforehand"
    looks = "(one) => { const s = getComputedStyle(one), b = one.getBoundingClientRect()"
    looks += (
        "; return [s.backgroundColor, s.color, s.borderColor, s.fontSize, Math.round(b.width), Math.round(b.height)] }"
    )
    found = [await noor.button(f"request.{key}").first.evaluate(looks) for key in ("yes", "yesbut", "nogo")]
    assert found[0] == found[1] == found[2], "the three answers differ"


async def test_first_visit_to_a_kept_photo(browser: Browser, servers: Servers, photo: Path) -> None:
    async with device(browser) as phone:
        noor = hands(servers, phone)
        await noor.makes_a_vault()
        await noor.keeps_photo(photo, "De bal van Sam")
        await noor.clicks(noor.page.get_by_role("link", name="De bal van Sam"))
        await noor.clicks(noor.page.get_by_role("button", name=re.compile("1")).first)
        picture = noor.page.locator("canvas")
        await expect(picture).to_be_visible(timeout=20_000)
        size = await picture.evaluate("(one) => [one.width, one.height]")
        assert size == [640, 400]
        middle = await picture.evaluate("(one) => [...one.getContext('2d').getImageData(320, 200, 1, 1).data]")
        assert middle[0] > 230, f"the ball is not yellow: {middle}"
        assert middle[2] < 200
        await unharmed(phone)


async def test_asked_yes_but_less_read_stopped_refused_and_seen(
    browser: Browser, servers: Servers, town: Players
) -> None:
    fatima = await town.caseworker()
    async with device(browser) as phone:
        noor = hands(servers, phone)
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        code = await noor.makes_a_share_code()
        asked = await fatima.asks(code, for_="back-to-school", about=["school", "doctors-note"], days=90)
        await noor.opens_the_question("Fatima")
        shown = await noor.reads()
        assert asked.code in shown.replace("\u2011", "-")
        assert "De Vlier" in shown, "the exact value stands in the question"
        await asks_fairly(noor)
        await noor.press("request.yesbut")
        await noor.picks(noor.page.locator("#how-shorter"))
        await noor.picks(noor.page.locator("#but-school"))
        await noor.picks(noor.page.locator("#but-end-0"))
        await noor.press("request.but.share")
        await noor.sees_on("running.title")
        [read] = await fatima.reads(asked.id)
        assert read.body["absence_days"] == 7
        await noor.goes("receipts")
        await noor.clicks(noor.page.locator("main a[href*='receipts/']").first)
        await noor.sees("receipts.checked")
        sheet = await noor.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1, "a receipt is one A4"
        await noor.goes("home")
        await noor.goes("running")
        await noor.press("running.stop.who")
        await noor.sees("stop.text")
        with pytest.raises(Refused, match="ended"):
            await fatima.reads(asked.id)
        await noor.goes("looked")
        await noor.sees_on("looked.title")
        await settled(noor)
        lines = (
            await noor.page.locator("ul.lines > li", has_text="School")
            .or_(noor.page.locator("ul.lines > li", has_text=noor.says("whynot.withdrawn")))
            .all_inner_texts()
        )
        assert len(lines) == 2, lines
        assert noor.says("whynot.withdrawn") in lines[0]
        assert all("Jeugdteam Zuid" in line for line in lines)
        assert all(noor.says("looked.checked") in line for line in lines), lines
        await unharmed(phone)


async def test_a_no_shares_nothing_and_looks_like_nothing(browser: Browser, servers: Servers, town: Players) -> None:
    fatima = await town.caseworker()
    async with device(browser) as phone:
        noor = hands(servers, phone)
        await noor.makes_a_vault()
        asked = await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)
        await noor.opens_the_question("Fatima")
        await asks_fairly(noor)
        await noor.press("request.nogo")
        await noor.sees("request.no.done")
        with pytest.raises(Refused, match="not-granted"):
            await fatima.reads(asked.id)
        await unharmed(phone)


UNFAIR = {
    "ticked": ("useState<readonly string[]>([])", "useState<readonly string[]>(seen.map((one) => one.item.ref))"),
    "smaller": ("<Button onClick={no}>", '<Button kind="subtle" onClick={no}>'),
}
"""A page that ticks what is asked, and one whose "Nee" is smaller."""


@pytest.fixture
def unfair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Servers]:
    """A town whose page asks so: the broken twins."""
    static = building.changed(tmp_path, {"src/screens/request.tsx": UNFAIR[request.param]})
    made = servers_of(tmp_path / "town")
    made.processes["all"].command[1:] = ["-m", "tests.browser.twinned", str(static)]
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.nightly
@pytest.mark.skipif(not building.has_packages(), reason="the front end's packages are not here: make portal")
@pytest.mark.parametrize("unfair", UNFAIR, indirect=True)
async def test_a_page_that_asks_unfairly_is_caught(browser: Browser, unfair: Servers) -> None:
    players = Players(unfair)
    try:
        async with device(browser) as phone:
            fatima, noor = await players.caseworker(), Hands(phone, unfair.town.portal, "Noor 1")
            await noor.makes_a_vault()
            await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)
            await noor.opens_the_question("Fatima")
            with pytest.raises(AssertionError, match=r"chosen beforehand|answers differ"):
                await asks_fairly(noor)
    finally:
        await players.close()


async def test_stop_is_one_tap_wherever_a_permission_is_shown(
    browser: Browser, servers: Servers, town: Players
) -> None:
    """From home (it ends soon), its drawer, its receipt, the list; and from the list while the vault is locked."""
    fatima = await town.caseworker()
    async with device(browser) as phone:
        noor = hands(servers, phone)
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        asked = await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=9)
        await noor.opens_the_question("Fatima")
        await noor.picks(noor.page.locator("#item-0"))
        await noor.picks(noor.page.locator("#end-1"))
        await noor.press("request.yes")
        await noor.sees_on("running.title")
        stop = noor.button("running.stop.who")
        for place in ("home", "drawers/school", "receipts"):
            await noor.goes(place)
            await settled(noor)
            if place == "receipts":
                await noor.clicks(noor.page.locator("main a[href*='receipts/']").first)
            await expect(stop.first).to_be_visible(timeout=20_000)
        assert len(await fatima.reads(asked.id)) == 1
        await noor.locks()
        await noor.press("unlock.stop.go")
        await noor.press("running.stop.who")
        await noor.sees("stop.text")
        with pytest.raises(Refused, match="ended"):
            await fatima.reads(asked.id)
        await unharmed(phone)


async def test_a_lost_telephone_and_the_code_on_paper(browser: Browser, servers: Servers) -> None:
    """It is stopped before the vault opens, by the sign-in alone; the drawers get new keys when it does."""
    async with device(browser) as phone, device(browser) as other:
        noor = hands(servers, phone)
        code = await noor.makes_a_vault()
        await noor.keeps_absence(3)
        again = hands(servers, other, noor.name)
        await again.comes()
        await again.press("welcome.have")
        await again.signs_in()
        await again.sees_on("unlock.title")
        await again.press("unlock.go")
        await again.sees("unlock.refused")
        await stops_the_other(again)
        await again.sees("devices.later")
        await noor.goes("drawers")
        await noor.sees("state.signin")
        rings: list[str] = []
        other.page.on(
            "request", lambda one: rings.append(one.url) if (one.method, one.url[-8:]) == ("PUT", "/keyring") else None
        )
        await again.goes("unlock")
        await again.opens_with_the_code(code.lower())
        await again.goes("drawers/school")
        await expect(again.page.get_by_text("De Vlier").first).to_be_visible(timeout=20_000)
        await settled(again)
        assert len(rings) == 1, "the drawer has new keys, once"
        await unharmed(other)


async def stops_the_other(noor: Hands) -> None:
    """On the page of her devices: this one, and one that she lost."""
    await noor.press("settings.devices.lost")
    await noor.sees_on("devices.title")
    await noor.sees("devices.own")
    await expect(noor.button("devices.stop")).to_have_count(1)
    await noor.press("devices.stop")
    await noor.press("devices.go")
    await noor.sees("devices.stopped")
    await expect(noor.button("devices.stop")).to_have_count(0)


async def test_a_second_device_gets_a_lock_of_its_own(browser: Browser, servers: Servers) -> None:
    async with device(browser) as phone:
        noor = hands(servers, phone)
        code = await noor.makes_a_vault()
    async with device(browser, phone=False) as laptop:
        again = hands(servers, laptop, noor.name)
        await again.comes()
        await again.press("welcome.have")
        await again.signs_in()
        await again.opens_with_the_code(code)
        await again.goes("settings")
        await again.sees_on("settings.title")
        await again.press("settings.devices.add")
        await again.sees("settings.devices.added")
        await stops_the_other(again)
        await again.sees("devices.renewed")
        await again.locks()
        await again.press("unlock.go")
        await expect(again.page.locator("nav.menu")).to_be_visible(timeout=20_000)
        await unharmed(laptop)


async def test_without_prf_there_are_seven_words(browser: Browser, servers: Servers) -> None:
    async with device(browser, prf=False) as phone:
        noor = hands(servers, phone)
        await noor.comes()
        await noor.press("welcome.begin")
        await noor.signs_in()
        await noor.press("make.go")
        await noor.sees("make.noprf")
        await noor.press("make.go")
        await noor.sees("safetynet.words")
        words = (await noor.page.locator(".code").first.inner_text()).strip()
        assert len(words.split()) == 7
        await noor.keeps_the_code()
        await noor.keeps_absence(1)
        await noor.locks()
        await noor.fills(noor.page.locator("#secret"), words.upper())
        await noor.press("unlock.go")
        await expect(noor.page.locator("nav.menu")).to_be_visible(timeout=30_000)
        assert phone.secrets == []
        await unharmed(phone)


async def test_taken_along_and_opened_in_python(
    browser: Browser, servers: Servers, photo: Path, tmp_path: Path, town: Players
) -> None:
    async with device(browser, accept_downloads=True) as phone:
        noor = hands(servers, phone)
        code = await noor.makes_a_vault()
        await noor.keeps_absence(5)
        await noor.keeps_photo(photo, "De bal van Sam")
        await noor.goes("leave")
        await noor.press("leave.export")
        await noor.picks(noor.page.locator("#readable"))
        async with noor.page.expect_download() as waiting:
            await noor.press("leave.export.go")
        file = tmp_path / "kluisje.zip"
        await (await waiting.value).save_as(file)
        await noor.sees("leave.export.done")
        await unharmed(phone)
    with Archive(file) as archive:
        counted = check_export(archive, town.pins)
        assert counted["drawers"] >= 2, counted
        keys = open_archive_keys(archive, code)
        assert {drawer.cat for drawer in keys.keyring.drawers} >= {"school", "free-time"}
    picture = await asyncio.to_thread(photo.read_bytes)
    whole = b"".join(zipfile.ZipFile(file).read(name) for name in zipfile.ZipFile(file).namelist())
    assert picture in whole, "she asked for what people can read too"
    assert b"De Vlier" in whole


async def test_a_vault_made_by_python_opens_here_with_its_code(
    browser: Browser, servers: Servers, town: Players
) -> None:
    scripted = await town.citizen("Noor")
    await scripted.keeps("school", {"school": "De Vlier", "absence_days": 9}, "urn:kluisje:schema:attendance:1")
    listed: str = scripted.listed  # type: ignore[attr-defined]
    async with device(browser) as phone:
        noor = hands(servers, phone, listed)
        await noor.comes()
        await noor.press("welcome.have")
        await noor.signs_in()
        await noor.opens_with_the_code(town.codes[listed][0])
        await noor.goes("drawers/school")
        await expect(noor.page.get_by_text("De Vlier").first).to_be_visible(timeout=20_000)
        await unharmed(phone)
