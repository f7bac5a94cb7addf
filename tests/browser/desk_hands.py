# SPDX-License-Identifier: EUPL-1.2
"""A caseworker's hands and eyes at the desk."""

import asyncio
import re
from collections.abc import Sequence
from typing import Literal

from playwright.async_api import Locator, Page, expect

from tests.browser.bureau import Bureau, Office
from tests.browser.chromium import Device
from tests.browser.hands import CODE, Hands, settled
from tests.browser.keyboard import Keyboard

GO_ON = re.compile("^(Verder naar inloggen|Go on and sign in)$")


class AtTheDesk(Hands):
    """Somebody of the team in a browser. What the desk calls otherwise (`desk.for.…`) is read so."""

    def __init__(self, device: Device, at: Bureau, name: str, lang: Literal["nl", "en"] = "nl") -> None:
        super().__init__(device, at.origin, name, lang)
        start = "desk.for."
        self._words |= {key.removeprefix(start): text for key, text in self._words.items() if key.startswith(start)}

    async def ticks(self, name: str | re.Pattern[str], on: Locator | None = None) -> None:
        """A box or a round one, by its words. on: the card that it is on, where several have one."""
        at = on or self.page
        await self.picks(at.get_by_role("checkbox", name=name).or_(at.get_by_role("radio", name=name)).first)

    async def comes(self) -> None:
        """Opens the desk's page."""
        await self.page.goto(self.origin)
        await self.sees_on("desk.welcome.title")

    async def signs_in(self) -> None:
        """Through the organisation's own sign-in and back."""
        await self.press("signin.go")
        await self.passes(self.page)
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
        await self.fills(self.page.locator("#secret"), code)
        await self.clicks(self.page.locator("form button[type=submit]"))

    async def own_words(self) -> str:
        """The four words on the screen."""
        shown = self.page.locator(".code")
        await expect(shown).to_be_visible(timeout=20_000)
        return (await shown.inner_text()).strip()

    async def is_asked(self, screen: str, case: str) -> Locator:
        """Comes to what the team has to answer (`why`, `deletion`), until there is a card of this case, as a colleague looks
        again: the desk asks each second what is new, and others may have asked before."""
        card = self.page.locator("main form", has=self.page.get_by_role("heading", level=2, name=re.compile(case)))
        async with asyncio.timeout(30):
            while True:
                await self.goes(screen)
                await self.sees_on(f"desk.{screen}.title")
                await settled(self)
                if await card.count():
                    return card
                await self.goes("cases")

    async def answers(self, on: Locator | None = None) -> None:
        """Presses "Antwoord" of this card, or of the first one on the screen."""
        go = (on or self.page).get_by_role("button", name=re.compile(f"^{self.says('desk.why.go')}:"))
        await self.clicks(go.first)

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
        self,
        to: str,
        *,
        extra: Sequence[str] = (),
        note: str | None = None,
        case: str = "Zaak 12",
        bsn: bool = False,
        purpose: str = "Terug naar school|Back to school",
        days: int = 30,
    ) -> str:
        """Composes a question for some days, looks how it arrives, and sends it; answers the code of the case.
        to: a share code, or a BSN. purpose: its title, a pattern."""
        await self.goes("ask")
        await self.sees_on("desk.ask.title")
        await self.ticks(re.compile(f"^({purpose})$"))
        for one in extra:
            await self.ticks(re.compile(f"^{one}$"))
        await self.ticks(re.compile(f"^{days} "))
        if note is not None:
            await self.fills(self.page.locator("#note"), note)
        if bsn:
            await self.picks(self.page.locator("#to-bsn"))
        await self.fills(self.page.locator("#to"), to)
        await self.fills(self.page.locator("#label"), case)
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
        await self.clicks(self.page.get_by_role("link", name=re.compile(re.escape(name))).first)
        await expect(self.page.get_by_role("heading", level=1, name=re.compile(re.escape(name)))).to_be_visible()
        await settled(self)

    async def takes_it_over(self, why: str) -> None:
        """The case on the screen, of a colleague."""
        await self.press("desk.case.handover")
        await self.ticks(re.compile(self.says("desk.handover.take")))
        await self.fills(self.page.locator("#reason"), why)
        await self.press("desk.handover.go")
        await self.sees("desk.handover.taken")

    async def to_the_team(self) -> None:
        """The screen of the team, read anew."""
        await self.goes("settings")
        await self.goes("team")
        await self.sees_on("desk.team.title")
        await settled(self)

    async def takes_out(self, name: str) -> None:
        """As the administrator: somebody is no longer on the list."""
        await self.to_the_team()
        await self.press_named("desk.team.remove", name)
        await self.press_named("desk.team.remove.go", name)
        gone = self.page.get_by_role("button", name=self.says("desk.team.remove", name=name), exact=True)
        await expect(gone).to_have_count(0, timeout=20_000)

    async def press_named(self, key: str, name: str) -> None:
        """Presses what says this of somebody."""
        await self.clicks(self.page.get_by_role("button", name=self.says(key, name=name), exact=True))

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
        await self.signs_in_by("desk.open.go")

    async def signs_in_by(self, key: str) -> None:
        """Presses what opens a new tab, and signs in there for just this case."""
        async with self.page.context.expect_page() as waiting:
            await self.press(key)
        tab = await waiting.value
        await self.passes(tab)
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
            await self.passes(tab)
        await expect(closed).to_be_visible(timeout=20_000)
        await tab.close()

    async def passes(self, page: Page) -> None:
        """Past the gateway's page and the organisation's sign-in."""
        await self.clicks(page.get_by_role("button", name=GO_ON))
        await self.clicks(page.get_by_role("button", name=self.name, exact=True))


class AtTheKeyboard(Keyboard, AtTheDesk):
    """Somebody of the team without a pointer."""
