# SPDX-License-Identifier: EUPL-1.2
"""A person's hands and eyes: presses what a button says, types at a label, reads what stands there. By the words of
src/words, so that a story tells what is meant and a changed word changes no story. `keys.py`: the same without a pointer."""

import json
import re
from pathlib import Path
from typing import Literal

from playwright.async_api import Locator, expect

from tests.browser.chromium import Device

WORDS = Path(__file__).resolve().parents[2] / "portal" / "web" / "src" / "words"
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){7}-[0-9A-Z*~$=]")
_ARGUMENT = re.compile(r"\{(\w+)\}")


class Hands:
    """Somebody at a device. origin: the portal's. name: whom they choose at the sign-in. told: where their screen was,
    called after each step with what is on (`checks`, or screenshots)."""

    def __init__(self, device: Device, origin: str, name: str, lang: Literal["nl", "en"] = "nl") -> None:
        self.device, self.page, self.origin, self.name, self.lang = device, device.page, origin, name, lang
        self._words: dict[str, str] = json.loads((WORDS / f"{lang}.json").read_text("utf-8"))
        self.code = ""

    def says(self, key: str, **arguments: object) -> str:
        """The text of a key, with its arguments put in."""
        text = self._words[key]
        return _ARGUMENT.sub(lambda found: str(arguments[found[1]]), text) if arguments else text

    def _pattern(self, key: str) -> re.Pattern[str]:
        """A key's text as it may stand on the screen: any argument, whole."""
        pieces = _ARGUMENT.split(self._words[key])
        return re.compile("^" + ".+".join(re.escape(piece) for piece in pieces[::2]) + "$")

    # -- pressing and typing -----------------------------------------------------------------------------------

    def button(self, key: str) -> Locator:
        """What can be pressed and says this: a button, or a link that looks like one."""
        named = self._pattern(key)
        return self.page.get_by_role("button", name=named).or_(self.page.get_by_role("link", name=named))

    async def press(self, key: str) -> None:
        await self.clicks(self.button(key).first)

    async def types(self, key: str, text: str) -> None:
        await self.fills(self.page.get_by_label(self._pattern(key)).first, text)

    async def clicks(self, at: Locator) -> None:
        """Presses this button, or follows this link."""
        await at.click()

    async def fills(self, at: Locator, text: str) -> None:
        """Writes this in a field, instead of what stood there."""
        await at.fill(text)

    async def picks(self, at: Locator) -> None:
        """Puts a tick in a box, or picks a round one."""
        await at.check()

    async def gives(self, at: Locator, file: Path) -> None:
        """Chooses a file."""
        await at.set_input_files(file)

    async def sees(self, key: str, **arguments: object) -> None:
        """Waits until this stands on the screen."""
        if arguments:
            shown = self.page.get_by_text(self.says(key, **arguments))
        elif "{" in self._words[key]:
            shown = self.page.get_by_text(self._pattern(key))
        else:
            shown = self.page.get_by_text(self._words[key], exact=True)
        await expect(shown.first).to_be_visible(timeout=20_000)

    async def goes(self, to: str) -> None:
        """Follows the address of a screen, as its link does."""
        await self.page.evaluate("(to) => { location.hash = `#/${to}` }", to)

    async def reads(self) -> str:
        """All that the screen says."""
        return await self.page.locator("main").inner_text()

    async def sees_on(self, key: str) -> None:
        """Waits for the screen with this heading."""
        await expect(self.page.get_by_role("heading", level=1, name=self._pattern(key))).to_be_visible(timeout=20_000)

    # -- what everybody does -----------------------------------------------------------------------------------

    async def comes(self) -> None:
        """Opens the portal."""
        await self.page.goto(self.origin)
        await self.sees_on("welcome.title")

    async def signs_in(self) -> None:
        """From `signin` through the identity provider and back."""
        await self.press("signin.go")
        on = re.compile("^(Verder naar inloggen|Go on and sign in)$")
        await self.clicks(self.page.get_by_role("button", name=on))
        await self.clicks(self.page.get_by_role("button", name=self.name, exact=True))
        await self.page.wait_for_url(f"{self.origin}/**")

    async def makes_a_vault(self, *, words: bool = False) -> str:
        """From the first screen to an open vault with its code typed back; answers the code."""
        await self.comes()
        await self.press("welcome.begin")
        await self.signs_in()
        await self.sees_on("make.title")
        await self.press("make.words" if words else "make.go")
        await self.keeps_the_code()
        return self.code

    async def keeps_the_code(self) -> None:
        """Writes the code on paper, and types it back."""
        await self.sees("safetynet.code")
        shown = await self.page.locator(".code").last.inner_text()
        assert CODE.fullmatch(shown.strip()), shown
        self.code = shown.strip()
        await self.press("safetynet.have")
        await self.types("safetynet.type.label", self.code)
        await self.press("safetynet.type.check")
        await self.sees("safetynet.ready")
        await self.press("safetynet.ready.go")
        await self.sees_on("quickexit.title")
        await self.press("quickexit.ok")
        await expect(self.page.locator("nav.menu")).to_be_visible(timeout=20_000)

    async def locks(self) -> None:
        """Presses "Op slot", on a screen that needs an open vault; the unlock screen comes."""
        await self.goes("home")
        await self.press("nav.lock")
        await self.sees_on("unlock.title")

    async def opens_with_the_code(self, code: str) -> None:
        """On the unlock screen, by the code from paper."""
        await self.sees_on("unlock.title")
        field = self.page.get_by_label(self._pattern("unlock.code.label"))
        choose = self.button("unlock.code")
        await expect(field.or_(choose).first).to_be_visible(timeout=20_000)
        if not await field.is_visible():
            await self.clicks(choose)
        await self.fills(field, code)
        await self.clicks(self.page.locator("form button[type=submit]"))
        await expect(self.page.locator("nav.menu")).to_be_visible(timeout=20_000)

    # -- keeping, being asked ----------------------------------------------------------------------------------

    async def keeps_absence(self, days: int) -> None:
        """A paper by its form, in the drawer School."""
        await self.goes("new/school/urn:kluisje:schema:attendance:1")
        await self.fills(self.page.locator("#field-school"), "De Vlier")
        await self.fills(self.page.locator("#field-absence_days"), str(days))
        await self.press("item.save")
        await self.sees("item.saved")

    async def keeps_photo(self, picture: Path, title: str) -> None:
        """A photo from the telephone, in the drawer Free time."""
        await self.goes("upload/free-time")
        await self.gives(self.page.locator("#files"), picture)
        await self.fills(self.page.locator("#field-title"), title)
        await self.press("item.save")
        await self.sees("item.saved")

    async def makes_a_share_code(self) -> str:
        """The code that lets one team ask once."""
        await self.goes("requests")
        await self.sees_on("requests.title")
        await self.press("requests.code")
        shown = self.page.locator("[role=status] .code")
        await expect(shown).to_be_visible(timeout=20_000)
        return (await shown.inner_text()).strip()

    async def opens_the_question(self, name: str) -> None:
        """From the inbox, the question of this asker."""
        await self.goes("home")
        await self.goes("requests")
        await self.clicks(self.page.get_by_role("link", name=re.compile(f"^{name}\\b")).first)
        await expect(self.page.get_by_role("heading", level=1, name=re.compile(name))).to_be_visible(timeout=20_000)
        await self.sees("request.answer")


async def settled(hands: Hands) -> None:
    """Until the screen has what it was looking up."""
    await expect(hands.page.get_by_role("heading", level=1)).to_be_visible(timeout=20_000)
    await expect(hands.page.get_by_text(hands.says("app.loading"))).to_have_count(0, timeout=20_000)
