# SPDX-License-Identifier: EUPL-1.2
"""Every screen as it is met: no rule of WCAG that axe knows is broken, by day, by night, in forced colours, at 320 px and
at 200 % text; what is pressed is large enough; the keyboard reaches everything and its place is seen."""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import Browser, ViewportSize

from tests.browser import building
from tests.browser.checks import AXE, badly_said, looked_at
from tests.browser.chromium import device
from tests.browser.hands import Hands
from tests.browser.tour import arrives, ends, lives, revisits
from tests.town import Players, Servers

ADDRESS = "location.hash.slice(2).split('/').map((part, n) => n ? '*' : part).join('/')"
"""Where the screen lives, as main.tsx writes it."""
NORMAL: ViewportSize = {"width": 390, "height": 844}

ROUTES = re.compile(r"^  '?([a-z/*]+)'?: \{ screen: ", re.MULTILINE)
ELSEWHERE = {"start", "help"}
"""`start` only decides where to go on; the helper has a tour of its own (test_help)."""

pytestmark = pytest.mark.skipif(not building.has_packages() or not AXE.exists(), reason="axe is not here: make portal")


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_every_screen(browser: Browser, servers: Servers, town: Players, tmp_path: Path, lang: Any) -> None:
    photo = tmp_path / "bal.jpg"
    picture = Image.new("RGB", (640, 400), "#0c5a5f")
    ImageDraw.Draw(picture).ellipse((200, 80, 440, 320), fill="#ffe9b0")
    picture.save(photo, "JPEG")
    wrong: dict[str, list[str]] = {}
    seen = set[str]()
    locale = {"nl": "nl-NL", "en": "en-GB"}[lang]
    async with device(browser, locale=locale) as phone:
        page = phone.page
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}", lang)

        async def at(name: str) -> None:
            seen.add(await page.evaluate(ADDRESS))
            wrong.update(await looked_at(page, phone.cdp, name, NORMAL, every=lang == "nl"))

        await arrives(noor, at)
        await lives(noor, town, photo, at)
        await revisits(noor, at)
        await ends(noor, town, at)
    found = {name: list(dict.fromkeys(lines)) for name, lines in wrong.items() if lines}
    routes = set(ROUTES.findall((building.WEB / "src" / "main.tsx").read_text("utf-8")))
    assert len(routes) > 20, "main.tsx no longer lists its screens so"
    assert routes - ELSEWHERE <= seen, f"no story comes there: {routes - ELSEWHERE - seen}"
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ([("button", "Bewaar", "", ""), ("link", "Terug", "", "#/home"), ("link", "Terug", "", "#/home")], []),
        ([("button", "", "", "")], ["button is called ''"]),
        ([("link", "Vragen1 vraag wacht", "", "#/requests")], ["link is called"]),
        ([("link", "Meer", "", "#/more"), ("link", "Meer", "", "#/other")], ["2 of link"]),
        ([("button", "Waarom keek je?", "", "")] * 2, ["2 of button"]),
        ([("button", "Stop", "la School", ""), ("button", "Stop", "la Geld", "")], []),
        ([("button", "Sluit", "", ""), ("link", "Sluit", "", "#/pause")], ["both link and button"]),
    ],
)
def test_what_a_screen_reader_says_badly_is_found(controls: Any, expected: list[str]) -> None:
    found = badly_said(controls)
    assert len(found) == len(expected), found
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found
