# SPDX-License-Identifier: EUPL-1.2
"""A person without a pointer: everything by Tab, arrows, Enter and Space, and from screen to screen by its links.

At each step it is looked at whether the place of the keyboard is seen and not covered (portal.md, Budgets); what cannot
be reached within two rounds of the screen, or what holds the keyboard, fails the story.
"""

import re
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import Locator, expect

from tests.browser.checks import FOCUS
from tests.browser.hands import Hands

MOST = 240
"""Presses of Tab until something counts as out of reach: more than two rounds of the longest screen."""
UNDER = {"running": "more", "receipts": "more", "pause": "more", "leave": "more", "settings": "more"}
_HERE = "(one) => one === document.activeElement"
_SAME_CHOICE = """(one) => {
  const at = document.activeElement
  return one.type === 'radio' && at?.type === 'radio' && at.name === one.name && at.form === one.form
}"""


class Keyboard(Hands):
    """Hands that never touch the screen."""

    async def _reaches(self, at: Locator, near: str = _HERE) -> None:
        """Presses Tab until the keyboard is at it. Fails when it is not seen or covered on the way. Where the page put it (on
        the heading of a screen that came meanwhile) it has no mark of its own: Tab comes to no such place."""
        await expect(at).to_be_visible(timeout=20_000)
        page = at.page  # a desk opens a second one to sign in
        ours = page.url.startswith(self.origin)  # the identity provider's page is another's
        for _ in range(MOST):
            if await at.evaluate(near):
                return
            await page.keyboard.press("Tab")
            found = await page.evaluate(FOCUS) if ours else None
            if found is not None and not found["put"]:
                assert found["seen"], f"the focus cannot be seen: {found['what']}"
                assert not found["covered"], f"the focus is covered: {found['what']}"
        raise AssertionError(f"not to be reached by keyboard: {at}")

    async def clicks(self, at: Locator) -> None:
        await self._reaches(at)
        await at.page.keyboard.press("Enter")

    async def fills(self, at: Locator, text: str) -> None:
        await self._reaches(at)
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.type(text)

    async def picks(self, at: Locator) -> None:
        """A box takes Space. Of round ones Tab comes to one of the group, and arrows pick."""
        await self._reaches(at, _SAME_CHOICE if await at.get_attribute("type") == "radio" else _HERE)
        for _ in range(20):
            if await at.evaluate(_HERE):
                break
            await self.page.keyboard.press("ArrowDown")
        if not await at.is_checked():
            await self.page.keyboard.press("Space")
        await expect(at).to_be_checked()

    async def gives(self, at: Locator, file: Path) -> None:
        await self._reaches_unseen(at)
        async with self.page.expect_file_chooser() as waiting:
            await self.page.evaluate("null")  # until the browser knows that we choose: a key may come there earlier
            await self.page.keyboard.press("Space")
        await (await waiting.value).set_files(file)

    async def _reaches_unseen(self, at: Locator) -> None:
        """The field of a file: one pixel behind its button, which shows where the keyboard is."""
        await expect(at).to_be_attached(timeout=20_000)
        button = self.page.locator(f"label[for={await at.get_attribute('id')}]")
        await expect(button).to_be_visible(timeout=20_000)
        await self._reaches(button, "(one) => one.contains(document.activeElement)")

    async def goes(self, to: str) -> None:
        """Follows the links that lead there: of the menu, of "Meer", of the drawer; until the screen has come, which puts the
        keyboard at its heading. A key that is pressed before that is lost."""
        if await self.page.evaluate("location.hash") == _hash(to):
            return
        link = self.page.locator(f"a[href='{_hash(to)}']").first
        before = _before(to)
        if before is not None and not await link.is_visible():
            await self.goes(before)
        await self.clicks(link)
        await self.page.wait_for_url(re.compile(re.escape(_hash(to)) + "$|/unlock$"))
        await self.page.wait_for_function("() => document.activeElement?.tagName === 'H1'")


def _hash(to: str) -> str:
    """The address as a link has it."""
    return "#/" + "/".join(quote(part, safe="") for part in to.split("/"))


def _before(to: str) -> str | None:
    """The screen that has the link: `new/school/…` -> `new/school` -> `drawers/school` -> `drawers`. None: all have."""
    if to in UNDER:
        return UNDER[to]
    kind, _, rest = to.partition("/")
    if kind in ("new", "upload"):
        drawer, _, schema = rest.partition("/")
        return f"new/{drawer}" if schema else f"drawers/{drawer}"
    return kind if rest else None
