# SPDX-License-Identifier: EUPL-1.2
"""A caseworker's hands and eyes at the desk."""

import re
from collections.abc import Sequence
from typing import Literal

from playwright.async_api import Page, expect

from tests.browser.bureau import Bureau, Office
from tests.browser.chromium import Device
from tests.browser.hands import CODE, Hands, settled

GO_ON = re.compile("^(Verder naar inloggen|Go on and sign in)$")


class AtTheDesk(Hands):
    """Somebody of the team in a browser. What the desk calls otherwise (`desk.for.…`) is read so."""

    def __init__(self, device: Device, at: Bureau, name: str, lang: Literal["nl", "en"] = "nl") -> None:
        super().__init__(device, at.origin, name, lang)
        start = "desk.for."
        self._words |= {key.removeprefix(start): text for key, text in self._words.items() if key.startswith(start)}

    async def ticks(self, name: str | re.Pattern[str]) -> None:
        """A box or a round one, by its words."""
        box = self.page.get_by_role("checkbox", name=name).or_(self.page.get_by_role("radio", name=name))
        await self.picks(box.first)

    async def comes(self) -> None:
        """Opens the desk's page."""
        await self.page.goto(self.origin)
        await self.sees_on("desk.welcome.title")

    async def signs_in(self) -> None:
        """Through the organisation's own sign-in and back."""
        await self.press("signin.go")
        await through(self.page, self.name)
        await self.page.wait_for_url(f"{self.origin}/**")

    async def makes_keys(self) -> str:
        """Own keys with a code typed back; answers the code. The screen of the four words comes."""
        await self.comes()
        await self.signs_in()
        await self.sees_on("desk.make.title")
        await self.types("desk.make.name", self.name)
        await self.press("desk.make.go")
        await self.keeps_the_code()
        return self.code

    async def keeps_the_code(self) -> None:
        """Writes the code on paper, and types it back."""
        await self.sees("safetynet.code")
        shown = (await self.page.locator(".code").last.inner_text()).strip()
        assert CODE.fullmatch(shown), shown
        self.code = shown
        await self.press("safetynet.have")
        await self.types("safetynet.type.label", shown)
        await self.press("safetynet.type.check")
        await self.sees("safetynet.ready")
        await self.press("safetynet.ready.go")

    async def opens_with_the_code(self, code: str) -> None:
        """On the unlock screen, by the code from paper."""
        await self.sees_on("desk.unlock.title")
        await self.press("unlock.code")
        await self.page.locator("#secret").fill(code)
        await self.page.locator("form button[type=submit]").click()

    async def own_words(self) -> str:
        """The four words on the screen."""
        shown = self.page.locator(".code")
        await expect(shown).to_be_visible(timeout=20_000)
        return (await shown.inner_text()).strip()

    async def answers(self) -> None:
        """Presses "Antwoord" of the first one on the screen."""
        await self.page.get_by_role("button", name=re.compile(f"^{self.says('desk.why.go')}:")).first.click()

    async def is_let_in(self, office: Office, role: str) -> None:
        """From own keys to the cases: words compared, listed, handed the team's key."""
        await self.sees_on("desk.letin.title")
        assert await self.own_words() == await office.karim.words(self.name), "the two pages show other words"
        await office.ans.changes(put={self.name: role})
        await office.karim.lets_in()
        await self.press("desk.letin.look")
        await self.sees_on("desk.cases.title")
        await settled(self)

    async def asks(
        self, code: str, *, extra: Sequence[str] = (), note: str | None = None, case: str = "Zaak 12"
    ) -> str:
        """Composes "Terug naar school" for 30 days, looks how it arrives, and sends it; answers the code of the case."""
        await self.goes("ask")
        await self.sees_on("desk.ask.title")
        await self.ticks(re.compile("^(Terug naar school|Back to school)$"))
        for one in extra:
            await self.ticks(re.compile(f"^{one}$"))
        await self.ticks(re.compile("^30 "))
        if note is not None:
            await self.page.locator("#note").fill(note)
        await self.page.locator("#to").fill(code)
        await self.page.locator("#label").fill(case)
        await self.press("desk.ask.look")
        await self.sees("desk.ask.preview")
        await self.press("desk.ask.send")
        title = self.page.get_by_role("heading", level=1, name=re.compile(re.escape(case)))
        await expect(title).to_be_visible(timeout=20_000)
        found = re.search(r"[A-Z0-9]{2}\u2011[0-9A-Z]{2}", await title.inner_text())
        assert found is not None
        return found[0]

    async def opens_the_case(self, name: str) -> None:
        """From the list of cases."""
        await self.goes("settings")
        await self.goes("cases")
        await self.sees_on("desk.cases.title")
        await settled(self)
        await self.page.get_by_role("link", name=re.compile(re.escape(name))).first.click()
        await expect(self.page.get_by_role("heading", level=1, name=re.compile(re.escape(name)))).to_be_visible()
        await settled(self)

    async def reads_it(self) -> str:
        """Opens the running grant of the case on the screen, signs in for it in the new tab, and answers what is read."""
        await self.presses_open()
        found = self.page.locator(".given").or_(self.page.get_by_text(self.says("desk.open.empty")))
        await expect(found.first).to_be_visible(timeout=30_000)
        return await self.reads()

    async def presses_open(self) -> None:
        """From the case on the screen to the answer: the purpose is shown, a new tab signs in for just this."""
        await self.press("desk.case.open.go")
        await self.sees_on("desk.open.title")
        await settled(self)
        await self.sees("desk.open.line")  # the purpose, and that the other side sees this
        async with self.page.context.expect_page() as waiting:
            await self.press("desk.open.go")
        tab = await waiting.value
        await through(tab, self.name)
        await tab.wait_for_url(f"{self.origin}/door/back**")
        await tab.close()

    async def presses_open_in_vain(self) -> None:
        """On the screen that opens: refused at the gateway, and told by the one page of all refusals."""
        async with self.page.context.expect_page() as waiting:
            await self.press("desk.open.go")
        tab = await waiting.value
        sign_in = tab.get_by_role("button", name=GO_ON)
        closed = self.page.get_by_role("heading", level=1, name=self.says("desk.closed.title"))
        await expect(sign_in.or_(tab.get_by_role("heading", level=1)).first).to_be_visible(timeout=20_000)
        if await sign_in.is_visible():  # whether this colleague may is known once the colleague is
            await through(tab, self.name)
        await expect(closed).to_be_visible(timeout=20_000)
        await tab.close()


async def through(page: Page, name: str) -> None:
    """Past the gateway's page and the organisation's sign-in."""
    await page.get_by_role("button", name=GO_ON).click()
    await page.get_by_role("button", name=name, exact=True).click()
