# SPDX-License-Identifier: EUPL-1.2
"""What was opened is gone after a lock, a quick exit and a sign-out: from the page, its fields, its storage, its caches. The
same look finds it while the vault is open."""

import secrets

from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import device
from tests.browser.hands import Hands
from tests.faults.scanner import Scanner
from tests.town import Servers

KEPT = """async () => {
  const plain = (value) => JSON.stringify(value, (_, one) => {
    const bytes = one instanceof ArrayBuffer ? new Uint8Array(one) : ArrayBuffer.isView(one) ? one : null
    return bytes ? new TextDecoder('latin1').decode(bytes) : one
  })
  const done = (asked) => new Promise((yes, no) => { asked.onsuccess = () => yes(asked.result); asked.onerror = no })
  const found = [document.documentElement.outerHTML, document.title, location.href, plain(history.state), document.cookie]
  found.push(plain({ ...localStorage }), plain({ ...sessionStorage }))
  for (const one of document.querySelectorAll('input, textarea')) found.push(one.value)
  for (const { name } of await indexedDB.databases()) {
    const base = await done(indexedDB.open(name))
    for (const store of base.objectStoreNames) {
      const all = base.transaction(store).objectStore(store)
      for (const asked of [all.getAll(), all.getAllKeys()]) found.push(plain(await done(asked)))
    }
    base.close()
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const one of await cache.keys()) found.push(one.url, await (await cache.match(one)).text())
  }
  return found.join('\\n')
}"""
"""All that a page and what it keeps in the browser hold, as one text."""


class Marked:
    """Somebody with a vault whose papers, searches and half-typed words carry a mark."""

    def __init__(self, noor: Hands) -> None:
        self.noor, self.page, self.mark = noor, noor.page, f"kanarie{secrets.token_hex(8)}"

    async def opened(self) -> None:
        """The mark stands in an opened paper, in what she looked for, and in a field that was not kept."""
        for address, field in (
            ("search", "main input"),
            ("new/school/urn:kluisje:schema:attendance:1", "#field-school"),
        ):
            await self.noor.goes(address)
            await self.page.locator(field).first.fill(self.mark)
        assert await self.left() == {"mark"}, "the same look finds it in a field"
        await self.noor.goes("drawers/school")
        await expect(self.page.get_by_text(self.mark).first).to_be_visible(timeout=20_000)
        assert await self.left() == {"mark"}, "and on the screen"

    async def left(self) -> set[str]:
        """What of it can be found now: the mark, the code, an output of the passkey."""
        marks: dict[str, str | bytes] = {"mark": self.mark, "code": self.noor.code}
        marks |= {f"secret {n}": one for n, one in enumerate(self.noor.device.secrets)}
        return Scanner(marks).search((await self.page.evaluate(KEPT)).encode())


async def _opens(page: Page, noor: Hands) -> None:
    await noor.press("unlock.go")
    await expect(page.locator("nav.menu")).to_be_visible(timeout=20_000)


async def test_locked_left_and_signed_out_nothing_opened_stays(browser: Browser, servers: Servers) -> None:
    async with device(browser, workers=True) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        await noor.makes_a_vault()
        marked = Marked(noor)
        await noor.goes("new/school/urn:kluisje:schema:attendance:1")
        await noor.page.locator("#field-school").fill(marked.mark)
        await noor.page.locator("#field-absence_days").fill("3")
        await noor.press("item.save")
        await noor.sees("item.saved")
        await marked.opened()
        await noor.press("nav.lock")
        await noor.sees_on("unlock.title")
        assert await marked.left() == set(), "after a lock"
        await _opens(noor.page, noor)
        await marked.opened()
        for _ in range(3):
            await noor.page.keyboard.press("Escape")
        await noor.page.wait_for_url("**/bye")
        assert await marked.left() == set(), "after leaving fast"
        await noor.comes()
        await noor.press("welcome.have")
        await noor.signs_in()
        await _opens(noor.page, noor)
        await marked.opened()
        await noor.goes("settings")
        await noor.press("settings.out")
        await noor.page.wait_for_url("**/bye")
        assert await marked.left() == set(), "after signing out"
        assert await noor.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


async def test_left_alone_it_locks_by_itself(browser: Browser, servers: Servers) -> None:
    """After ten minutes; a sleeping telephone has no timers, so as soon as it is looked at again."""
    async with device(browser) as phone:
        await phone.page.clock.install()
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        await noor.makes_a_vault()
        await noor.keeps_absence(3)
        await noor.goes("drawers/school")
        await expect(noor.page.get_by_text("De Vlier").first).to_be_visible(timeout=20_000)
        await noor.page.clock.fast_forward("09:30")
        await expect(noor.page.get_by_text("De Vlier").first).to_be_visible()
        await noor.page.clock.fast_forward("00:40")
        await noor.sees_on("unlock.title")
        assert "De Vlier" not in await noor.page.content()
