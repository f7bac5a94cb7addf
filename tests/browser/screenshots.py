# SPDX-License-Identifier: EUPL-1.2
"""Pictures of every screen: phone, desktop and 320 px, light and dark, Dutch and English, into a folder of yours.

    python -m tests.browser.screenshots FOLDER [--quick] [--kind en.desktop-dark]

Files are named `<screen>.<nl|en>.<phone|desktop|narrow>-<light|dark>.png`. `--quick`: the telephone by day, in Dutch. `--kind`
(more than once if you like): only these of a person's side.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw
from playwright.async_api import Browser, Page, ViewportSize

from tests.browser import chromium, desk_tour
from tests.browser.bureau import Bureau, Office, bureau
from tests.browser.checks import STILL
from tests.browser.desk_hands import AtTheDesk
from tests.browser.hands import Hands
from tests.browser.tour import arrives, ends, lives, revisits
from tests.town import Players, Servers, running

Lang = Literal["nl", "en"]
LANGUAGES: tuple[Lang, ...] = ("nl", "en")
QUICK = "nl.phone-light"
SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 900},
    "narrow": {"width": 320, "height": 640},
}

UNSEEN = (
    "() => { const text = document.querySelector('.scroll'); return text ? text.scrollHeight - text.clientHeight : 0 }"
)


async def _whole(page: Page, path: Path) -> None:
    """The screen with all its text: the window is made as high as that, since the text scrolls between the bars."""
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": size["height"] + int(await page.evaluate(UNSEEN))})
    await page.mouse.move(0, 0)  # nothing lights up under a pointer that still lies where it last pressed
    await page.evaluate(STILL)
    await page.screenshot(path=path, full_page=True)
    await page.set_viewport_size(size)


async def pictures(browser: Browser, made: Servers, photo: Path, into: Path, lang: Lang, size: str, dark: bool) -> int:
    """One whole tour; answers how many pictures it made."""
    players, taken = Players(made), 0
    scheme = "dark" if dark else "light"
    end = f"{lang}.{size}-{scheme}.png"
    locale = {"nl": "nl-NL", "en": "en-GB"}[lang]
    async with chromium.device(browser, viewport=SIZES[size], locale=locale, color_scheme=scheme) as device:
        noor = Hands(device, made.town.portal, f"Noor {next(made.numbers['Noor'])}", lang)

        async def at(name: str) -> None:
            nonlocal taken
            await device.page.evaluate("document.activeElement?.blur?.()")
            await _whole(device.page, into / f"{name}.{end}")
            taken += 1

        try:
            await arrives(noor, at)
            await lives(noor, players, photo, at)
            await revisits(noor, at)
            await ends(noor, players, at)
        finally:
            await players.close()
    return taken


async def desk_pictures(
    browser: Browser, made: Servers, at_work: Bureau, into: Path, lang: Lang, phone: bool, dark: bool
) -> int:
    """One whole tour of the desk, by somebody who is new there; answers how many pictures it made."""
    players, taken = Players(made), 0
    scheme = "dark" if dark else "light"
    end = f"{lang}.{'phone' if phone else 'desktop'}-{scheme}.png"
    office = Office(at_work)
    async with chromium.device(
        browser, phone=phone, locale={"nl": "nl-NL", "en": "en-GB"}[lang], color_scheme=scheme
    ) as device:
        hands = AtTheDesk(device, at_work, "Fatima", lang)

        async def at(name: str) -> None:
            nonlocal taken
            await device.page.evaluate("document.activeElement?.blur?.()")
            await _whole(device.page, into / f"{name}.{end}")
            taken += 1

        try:
            await office.opens_up()
            await desk_tour.arrives(hands, office, at)
            await desk_tour.works(hands, players, at)
            await desk_tour.revisits(hands, at)
        finally:
            await office.close()
            await players.close()
    return taken


KINDS: dict[str, tuple[Lang, str, bool]] = {
    f"{lang}.{size}-{'dark' if dark else 'light'}": (lang, size, dark)
    for lang, size, dark in product(LANGUAGES, SIZES, (False, True))
}


async def everything(made: Servers, into: Path, kinds: Sequence[str]) -> int:
    """Tours of a person's side, one after the other."""
    photo = into / "bal.jpg"
    picture = Image.new("RGB", (640, 400), "#0c5a5f")
    ImageDraw.Draw(picture).ellipse((200, 80, 440, 320), fill="#ffe9b0")
    picture.save(photo, "JPEG", quality=90)
    async with chromium.browser() as browser:
        counts = [await pictures(browser, made, photo, into, *KINDS[kind]) for kind in kinds]
    photo.unlink()
    return sum(counts)


def _desk_kinds(quick: bool) -> list[tuple[Lang, bool, bool]]:
    return [("nl", False, False)] if quick else [("nl", False, False), ("nl", True, True), ("en", False, True)]


async def _desk(made: Servers, at_work: Bureau, into: Path, kind: tuple[Lang, bool, bool]) -> int:
    async with chromium.browser() as browser:
        return await desk_pictures(browser, made, at_work, into, *kind)


def main() -> int:
    """Makes the pictures; 2 without a browser."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.screenshots", description="Pictures of every screen."
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--desk", action="store_true", help="the desk only")
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="only these, and no desk")
    given = parser.parse_args()
    if chromium.executable() is None:
        print("No Chromium: apt-get install chromium, or name one in KLUISJE_CHROMIUM.", file=sys.stderr)
        return 2
    given.folder.mkdir(parents=True, exist_ok=True)
    if not given.desk:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "town") as made:
            kinds = given.kind or ([QUICK] if given.quick else list(KINDS))
            print(f"{asyncio.run(everything(made, given.folder, kinds))} pictures in {given.folder}")
    for kind in [] if given.kind else _desk_kinds(given.quick):
        with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "town") as made, bureau(made) as at_work:
            print(f"{asyncio.run(_desk(made, at_work, given.folder, kind))} pictures of the desk in {given.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
