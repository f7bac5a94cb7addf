# SPDX-License-Identifier: EUPL-1.2
"""What is opened or made on a device never leaves it: two hundred marks in a story, every code, every output of a
passkey, looked for in all bytes that passed. The same look finds what servers do know; and a page that posts is caught."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser import building
from tests.browser.chromium import device
from tests.browser.hands import Hands
from tests.browser.recording import TRAFFIC, found_in, record
from tests.town import Players, Servers
from tests.town import servers as servers_of

MARKS = 200


class Marks:
    """Canaries: each is new, and all are kept."""

    def __init__(self) -> None:
        self.made: dict[str, str | bytes] = {}

    def next(self) -> str:
        mark = f"kanarie{secrets.token_hex(8)}"
        self.made[f"mark {len(self.made)}"] = mark
        return mark


async def test_nothing_of_two_hundred_marks_leaves_the_device(
    browser: Browser, servers: Servers, town: Players, tmp_path: Path
) -> None:
    marks, fatima, known = Marks(), await town.caseworker(), f"Tot morgen {secrets.token_hex(6)}"
    async with device(browser) as phone:
        noor = Hands(phone, servers.town.portal, f"Noor {next(servers.numbers['Noor'])}")
        marks.made["the code"] = await noor.makes_a_vault()
        papers = [tmp_path / f"{marks.next()}.txt" for _ in range(8)]
        for paper in papers:
            paper.write_text("\n".join(marks.next() for _ in range(MARKS // len(papers))))
            await noor.goes("upload/free-time")
            await noor.page.locator("#files").set_input_files(paper)
            fields = noor.page.locator("main form input[type=text], main form input:not([type]), main form textarea")
            await fields.first.wait_for()
            await fields.first.fill(marks.next())
            await noor.press("item.save")
            await noor.sees("item.saved")
        await noor.goes("new/school/urn:kluisje:schema:attendance:1")
        await noor.page.locator("#field-school").fill(marks.next())
        await noor.page.locator("#field-absence_days").fill("3")
        await noor.press("item.save")
        await noor.sees("item.saved")
        await noor.goes("search")
        await noor.page.locator("main input").first.fill(marks.next())
        code = await noor.makes_a_share_code()
        asked = await fatima.asks(code, for_="back-to-school", about=["school"], days=30, note=known)
        await noor.opens_the_question("Fatima")
        await noor.page.locator("#item-0").check()
        await noor.page.locator("#end-0").check()
        await noor.press("request.yes")
        await noor.sees_on("running.title")
        [read] = await fatima.reads(asked.id)
        assert str(read.body["school"]) in marks.made.values()
        await noor.locks()
        await noor.press("unlock.go")
        await noor.page.locator("nav.menu").wait_for()
        assert len(phone.secrets) >= 2, "the passkey gave its secret at making and at opening"
        marks.made |= {f"secret {n}": one for n, one in enumerate(phone.secrets)}
    assert len(marks.made) >= MARKS
    assert found_in(servers, {"known": known}) == {"known"}, "what a server does know is found by the same look"
    assert found_in(servers, marks.made) == set()


@pytest.fixture
def posting(tmp_path: Path) -> Iterator[Servers]:
    """A town whose page posts what the passkey told it: the broken twin."""
    posts = (
        "  const told = prf?.results?.first as ArrayBuffer | undefined\n"
        "  if (told) void globalThis.fetch(`/?${b64u(new Uint8Array(told))}`)\n"
    )
    changes = {"src/device/passkeys.ts": ("  delete results.prf\n", posts)}
    made = servers_of(tmp_path / "town")
    record(made, made.town.folder / TRAFFIC, building.changed(tmp_path, changes))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.skipif(not building.has_packages(), reason="the front end's packages are not here: make portal")
async def test_a_page_that_posts_the_secret_is_caught(browser: Browser, posting: Servers) -> None:
    async with device(browser) as phone:
        noor = Hands(phone, posting.town.portal, "Noor 1")
        await noor.makes_a_vault()
        told: dict[str, str | bytes] = {f"secret {n}": one for n, one in enumerate(phone.secrets)}
    assert told
    assert found_in(posting, told) != set()
