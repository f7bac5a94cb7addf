# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong halfway: the page dies while a vault is made or a stop is tidied up, servers are killed under an upload
and an export, there is no line for a yes, a vault is lost and comes back from its export."""

import random
import re
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Request, Route, expect

from kluisje.archive import Archive, check_export
from kluisje.http import Refused
from tests.browser.chromium import device
from tests.browser.hands import Hands, settled
from tests.town import Players, Servers
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


async def test_a_yes_without_a_line_is_not_sent_then_and_not_later(
    browser: Browser, servers: Servers, town: Players
) -> None:
    fatima = await town.caseworker()
    async with device(browser, workers=True) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        asked = await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)
        await noor.opens_the_question("Fatima")
        await noor.page.locator("#item-0").check()
        await noor.page.locator("#end-1").check()
        await phone.context.set_offline(True)
        await noor.press("request.yes")
        await noor.sees("state.offline")
        await noor.sees("numbers.title")
        sent: list[str] = []
        phone.context.on("request", lambda one: sent.append(one.url) if one.method != "GET" else None)
        await phone.context.set_offline(False)
        await noor.page.wait_for_timeout(1_500)  # time enough for what would be waiting in a queue
        assert sent == []
        with pytest.raises(Refused, match="not-granted"):
            await fatima.reads(asked.id)
        await noor.press("request.yes")
        await noor.sees_on("running.title")
        assert len(await fatima.reads(asked.id)) == 1


async def test_a_stop_whose_page_died_is_finished_at_the_next_visit(
    browser: Browser, servers: Servers, town: Players
) -> None:
    """The stop itself counts from its receipt on; the drawer gets its new keys when she comes again."""
    fatima = await town.caseworker()
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        await noor.makes_a_vault()
        await noor.keeps_absence(7)
        asked = await fatima.asks(await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=30)
        await noor.opens_the_question("Fatima")
        await noor.page.locator("#item-0").check()
        await noor.page.locator("#end-1").check()
        await noor.press("request.yes")
        await noor.sees_on("running.title")
        assert len(await fatima.reads(asked.id)) == 1
        rings: list[str] = []

        async def breaks_off(route: Route) -> None:
            await (route.fallback() if route.request.method == "GET" else route.abort())

        await phone.context.route("**/vault/v1/**", breaks_off)
        await noor.press("running.stop.who")
        await noor.sees("stop.text")
        await noor.sees("stop.later")
        with pytest.raises(Refused, match="ended"):
            await fatima.reads(asked.id)
        await noor.comes()  # the page is gone, and what it had in memory
        await phone.context.unroute_all(behavior="wait")
        phone.page.on(
            "response", lambda one: rings.append(one.request.method) if one.url.endswith("/keyring") else None
        )
        await noor.press("welcome.have")
        await noor.signs_in()
        await noor.press("unlock.go")
        await expect(noor.page.locator("nav.menu")).to_be_visible(timeout=20_000)
        await noor.sees_on("home.title")
        await settled(noor)
        assert "PUT" in rings, "the drawer has new keys"
        await noor.keeps_absence(8)


@pytest.fixture
def losing(tmp_path: Path) -> Iterator[Servers]:
    """A town of its own: its vaults will be lost, or its servers killed."""
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
        for title in ("Nog een keer", "Van Sam"):  # the same paper twice: two records, each with its own file
            await noor.goes("upload/free-time")
            await noor.gives(noor.page.locator("#files"), paper)
            await noor.fills(noor.page.locator("main form input[type=text]").first, title)
            await noor.press("item.save")
            await noor.sees("item.saved")
            await noor.goes("home")
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
        await expect(again.page.locator("main a[href*='item/']")).to_have_count(2)
        await again.clicks(again.page.locator("main a[href*='item/']").first)
        await again.page.get_by_role("button", name=re.compile("1")).first.click()
        async with other.page.expect_download() as waiting:
            await again.press("item.file.open")
        back = tmp_path / "terug.txt"
        await (await waiting.value).save_as(back)
        assert back.read_text() == "Tot dinsdag"
        await again.keeps_absence(6)
        assert other.told == []


def _piece(one: Request) -> int | None:
    """Which piece of a file this sends or fetches; None: neither."""
    sent = re.search(r"/attachments/[^/]+/pieces/(\d+)$", one.url)
    asked = re.match(r"bytes=(\d+)-", one.headers.get("range", ""))
    if sent and one.method == "PUT":
        return int(sent[1])
    return int(asked[1]) // (8 * 1024 * 1024) if asked else None


async def test_an_upload_and_an_export_go_on_after_the_servers_were_killed(
    browser: Browser, losing: Servers, tmp_path: Path
) -> None:
    """In the second of two pieces: the first is neither sent nor fetched again; an upload not even by another page."""
    film, server = tmp_path / "film.bin", losing.processes["all"]
    film.write_bytes(random.Random(4).randbytes(9 * 1024 * 1024))
    async with device(browser, accept_downloads=True) as phone:
        noor = Hands(phone, losing.town.portal, "Noor 1")
        await noor.makes_a_vault()
        pieces: list[int] = []
        phone.page.on("request", lambda one: pieces.append(found) if (found := _piece(one)) is not None else None)

        async def kills(route: Route) -> None:
            if _piece(route.request) == 1 and server.running is not None:
                server.stop(signal.SIGKILL)
            await (route.abort() if server.running is None else route.fallback())

        await noor.goes("upload/free-time")
        await noor.gives(noor.page.locator("#files"), film)
        await noor.fills(noor.page.locator("main form input[type=text]").first, "Film van Sam")
        await phone.context.route("**/vault/v1/**", kills)
        await noor.press("item.save")
        await noor.sees("state.down")
        losing.start()
        await noor.press("app.again")
        await noor.sees("state.down")
        losing.start()
        await phone.context.unroute_all(behavior="wait")
        await noor.comes()  # the page is gone, and what it had in memory
        await noor.press("welcome.have")
        await noor.signs_in()
        await noor.press("unlock.go")
        await noor.sees_on("home.title")
        await noor.goes("upload/free-time")
        await noor.gives(noor.page.locator("#files"), film)
        await noor.fills(noor.page.locator("main form input[type=text]").first, "Film van Sam")
        await noor.press("item.save")
        await noor.sees("item.saved")
        assert pieces == [0, 1, 1, 1]
        pieces.clear()
        await noor.goes("leave")
        await noor.press("leave.export")
        await phone.context.route("**/vault/v1/**", kills)
        await noor.press("leave.export.go")
        await noor.sees("state.down")
        losing.start()
        await phone.context.unroute_all(behavior="wait")
        async with noor.page.expect_download() as waiting:
            await noor.press("upload.go")
        file = tmp_path / "kluisje.zip"
        await (await waiting.value).save_as(file)
        assert sorted(set(pieces)) == [0, 1]
        assert pieces.count(0) == 1, pieces
    players = Players(losing)
    with Archive(file) as archive:
        check_export(archive, players.pins)
    await players.close()
