# SPDX-License-Identifier: EUPL-1.2
"""A paper brought on the desk, wholly by keyboard: asked for, sealed on the page, gone on with after the page was closed, and
filed and opened on Noor's telephone. Who brought it never reads it back."""

import asyncio
import json
from pathlib import Path

from playwright.async_api import Browser, Request, Route, expect

from formats.jose import new_sealing_key, public
from formats.spelling import b64u, unb64u
from tests.browser.chromium import device
from tests.browser.desk_hands import AtTheDesk, AtTheKeyboard
from tests.browser.hands import settled
from tests.browser.seats import Seats, noor_at, says_yes, unharmed
from tests.town import Servers

LETTERS = "Jeugdhulp brengt brieven"
FACTS = {"school": "De Vlier", "school_year": "2025-2026", "report_day": "2026-07-01"}
SIGNED = b"%PDF-1.7\n1 0 obj\n<</Type/Sig/ByteRange[0 9 9 9]/Contents<30800609>>>\nendobj\n" + bytes(range(256)) * 300
"""A PDF with a signature in it: one octet more or less, and the signature is gone."""
KEPT = """() => new Promise((done) => {
  const opening = indexedDB.open('kluisje')
  opening.onsuccess = () => {
    const all = opening.result.transaction('remembered').objectStore('remembered').getAllKeys()
    all.onsuccess = () => { opening.result.close(); done(all.result.filter((one) => one.startsWith('bringing '))) }
  }
})"""


async def another_key(route: Route) -> None:
    """A drawer's key that the person did not sign, as good as hers in all else."""
    answer = await route.fetch()
    told = await answer.json()
    if "epoch" in told:  # else: sign in first
        header, payload, signature = told["epoch"].split(".")
        claims = json.loads(unb64u(payload)) | {"box": public(new_sealing_key())}
        told["epoch"] = f"{header}.{b64u(json.dumps(claims, separators=(',', ':')).encode())}.{signature}"
    await route.fulfill(response=answer, json=told)


async def has_a_paper(fatima: AtTheDesk, case: str, facts: Path) -> None:
    """From the cases to the screen that brings, with facts on it."""
    await asyncio.to_thread(facts.write_text, json.dumps(FACTS))
    await fatima.opens_the_case(case)
    await fatima.press("desk.bring.title")
    await fatima.sees_on("desk.bring.title")
    await settled(fatima)
    await fatima.sees("desk.bring.never")
    await fatima.gives(fatima.page.locator("#facts"), facts)
    await fatima.sees("desk.bring.from.done", name=facts.name)


async def seals_to_another_key(fatima: AtTheDesk) -> bool:
    """Brings what is on the screen to a key that the person did not sign: whether it leaves, sealed to that. If not, an alarm
    says whom to call; if so, this vault refuses it, which knows her key, and one that lies too would not."""
    sent: list[Request] = []
    fatima.page.on("request", lambda one: sent.append(one) if "/deposits" in one.url else None)
    await fatima.page.route("**/epoch", another_key)
    await fatima.signs_in_by("desk.bring.go")
    said = fatima.page.locator("main [role=alert]").first
    await expect(said).to_be_visible(timeout=20_000)
    await fatima.page.unroute("**/epoch")
    assert bool(sent) != ("14 0123" in await said.inner_text()), "an alarm, and something left"
    return bool(sent)


async def test_a_paper_is_brought_and_never_read_back(
    browser: Browser, servers: Servers, office: Seats, tmp_path: Path
) -> None:
    paper = tmp_path / "rapport.pdf"
    paper.write_bytes(SIGNED)
    async with device(browser) as phone, device(browser, phone=False) as laptop:
        noor, fatima = noor_at(servers, phone), await office.sits(laptop, "Fatima", AtTheKeyboard)
        await noor.makes_a_vault()
        await fatima.asks(await noor.makes_a_share_code(), case="Zaak 90", purpose=LETTERS, days=90)
        await says_yes(noor, "Fatima", 0)
        await has_a_paper(fatima, "Zaak 90", tmp_path / "rapport.json")
        await fatima.gives(fatima.page.locator("#files"), paper)
        # To a key that the person did not sign nothing is sealed, and nothing leaves.
        assert not await seals_to_another_key(fatima)
        sent: list[Request] = []
        fatima.page.on("request", lambda one: sent.append(one) if "/deposits" in one.url else None)
        # The line breaks while the file is on its way, and the page is closed. A later one goes on with the same bytes.
        await fatima.page.route("**/pieces/*", lambda route: route.abort())
        await fatima.press("desk.bring.go")
        await fatima.sees("state.down")
        await fatima.page.unroute("**/pieces/*")
        await fatima.page.reload()
        await fatima.opens_with_the_code(office.codes["Fatima"])
        await fatima.sees_on("desk.bring.title")
        await fatima.sees("desk.bring.underway", kind="Rapport")
        await fatima.press("desk.bring.on")
        await fatima.sees("desk.bring.done", kind="Rapport")
        bodies = [one.post_data for one in sent if one.url.endswith("/deposits")]
        assert len(bodies) == 2, "announced, and again with the same bytes"
        assert len(set(bodies)) == 1
        assert "De Vlier" not in str(bodies)
        assert await fatima.page.evaluate(KEPT) == []
        # Her telephone files it and opens it: the file is the very same.
        await noor.goes("home")
        await settled(noor)  # files what was brought
        await noor.goes("drawers/school")
        await noor.clicks(noor.page.get_by_role("link", name="Rapport").first)
        await noor.sees("item.source", who="Jeugdteam Zuid")
        assert "2025-2026" in await noor.reads()
        await noor.clicks(noor.page.get_by_role("button", name=noor.says("item.file.see", name="1")))
        async with noor.page.expect_download() as waiting:
            await noor.press("item.file.open")
        assert await asyncio.to_thread(Path(await (await waiting.value).path()).read_bytes) == SIGNED
        # The case of who brought opens nothing: no address of the desk leads to it.
        [grant] = [one for one in await fatima.page.evaluate(GRANTS) if one["act"] == "deposit"]
        await fatima.page.evaluate("(to) => { location.hash = to }", f"#/open/{grant['id']}")
        await fatima.sees_on("desk.closed.title")
        await unharmed(phone)


GRANTS = """async () => {
  const told = await fetch('/desk/v1/grants', { headers: { 'kluisje-desk': '1' } })
  return (await told.json()).items.filter((one) => one.state === 'running')
}"""
