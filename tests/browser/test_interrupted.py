# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong halfway: the page dies while a vault is made, a vault is lost and comes back from its export."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.chromium import device
from tests.browser.hands import Hands
from tests.town import Servers
from tests.town import servers as servers_of


@pytest.mark.parametrize("lost", [r"/vault/v1/vaults$", r"/vault/v1/vaults/[^/]+/keyring$"], ids=["vault", "keyring"])
async def test_a_page_that_dies_while_a_vault_is_made_is_no_end(browser: Browser, servers: Servers, lost: str) -> None:
    """Consent has the card; the vault has nothing, or no keyring. The next page sends the rest, and the code opens it."""
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        sent: list[str] = []

        async def fails(route: Route) -> None:
            if route.request.method == "GET":
                await route.fallback()
                return
            sent.append(route.request.url)
            await route.fulfill(status=503)

        await noor.comes()
        await noor.press("welcome.begin")
        await noor.signs_in()
        await noor.press("make.go")
        await noor.sees("safetynet.code")
        code = (await noor.page.locator(".code").last.inner_text()).strip()
        await noor.press("safetynet.have")
        await phone.context.route(re.compile(lost), fails)
        await noor.types("safetynet.type.label", code)
        await noor.press("safetynet.type.check")
        await noor.sees("state.down")
        assert sent, "it broke off where it was meant to"
        await phone.context.unroute_all(behavior="wait")
        await noor.comes()  # a new page: what the other one had in memory is gone
        await noor.press("welcome.have")
        await noor.signs_in()
        await noor.opens_with_the_code(code)
        await noor.keeps_absence(2)
        kept = await noor.page.evaluate(
            "new Promise((done) => { const open = indexedDB.open('kluisje'); open.onsuccess = () => {"
            " const keys = open.result.transaction('remembered').objectStore('remembered').getAllKeys();"
            " keys.onsuccess = () => done(keys.result) } })"
        )
        assert not [name for name in kept if name.startswith("making ")], kept
        assert phone.told == []


@pytest.fixture
def losing(tmp_path: Path) -> Iterator[Servers]:
    """A town of its own: its vaults will be lost."""
    made = servers_of(tmp_path / "town")
    try:
        made.start()
        yield made
    finally:
        made.stop()


def lose_all_vaults(made: Servers) -> None:
    """The part that keeps vaults begins anew, empty; consent and the sign-in go on."""
    made.stop()
    base = made.town.folder / "data" / "vault.sqlite3"
    with sqlite3.connect(base) as connection:
        assert connection.execute("SELECT count(*) FROM vaults").fetchone() == (1,)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table != "alembic_version":
                connection.execute(f'DELETE FROM "{table}"')
    connection.close()
    made.start()


async def test_taken_along_lost_and_brought_back(browser: Browser, losing: Servers, tmp_path: Path) -> None:
    async with device(browser, accept_downloads=True) as phone:
        noor = Hands(phone, losing.town.portal, "Noor 1")
        code = await noor.makes_a_vault()
        paper = tmp_path / "briefje.txt"
        paper.write_text("Tot dinsdag")
        await noor.keeps_absence(5)
        await noor.goes("upload/free-time")
        await noor.gives(noor.page.locator("#files"), paper)
        await noor.fills(noor.page.locator("main form input[type=text]").first, "Van Sam")
        await noor.press("item.save")
        await noor.sees("item.saved")
        await noor.goes("leave")
        await noor.press("leave.export")
        async with noor.page.expect_download() as waiting:
            await noor.press("leave.export.go")
        file = tmp_path / "kluisje.zip"
        await (await waiting.value).save_as(file)
    lose_all_vaults(losing)
    async with device(browser, accept_downloads=True) as other:
        again = Hands(other, losing.town.portal, noor.name)
        await again.comes()
        await again.press("welcome.have")
        await again.signs_in()
        await again.press("make.import")
        for typed, key in (("0000-0000", "unlock.wrong"), (code, "leave.import.done")):
            await again.gives(again.page.locator("#export"), file)
            await again.fills(again.page.locator("#export-code"), typed)
            await again.press("leave.import.go")
            await again.sees(key)
        await again.press("unlock.go")
        await again.opens_with_the_code(code)
        await again.goes("drawers/school")
        await expect(again.page.get_by_text("De Vlier").first).to_be_visible(timeout=20_000)
        await again.goes("drawers/free-time")
        await again.clicks(again.page.locator("main a[href*='item/']").first)
        await again.page.get_by_role("button", name=re.compile("1")).first.click()
        async with other.page.expect_download() as waiting:
            await again.press("item.file.open")
        back = tmp_path / "terug.txt"
        await (await waiting.value).save_as(back)
        assert back.read_text() == "Tot dinsdag"
        await again.keeps_absence(6)
        assert other.told == []
