# SPDX-License-Identifier: EUPL-1.2
"""All that a device can do, asked of it directly in the browser, against real servers: the screens stand on this.

The page is the real one but for one line, which lets the test reach the `Person` that the screens use."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from kluisje.http import Refused
from tests.browser import building
from tests.browser.chromium import device
from tests.browser.hands import Hands
from tests.town import Players, Servers
from tests.town import servers as servers_of

pytestmark = pytest.mark.skipif(
    not building.has_packages(), reason="the front end's packages are not here: make portal"
)

SEEN = "    const person = await Person.begin(settings)\n"
LETTER = "urn:kluisje:schema:letter:1"
PLAN = "urn:kluisje:schema:support-plan:1"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A town whose page lets a test reach its `Person`."""
    folder = tmp_path_factory.mktemp("town-reachable")
    told = {"src/screens/shell.tsx": (SEEN, SEEN + "    Object.assign(globalThis, { person })\n")}
    static = building.changed(folder, told)
    made = servers_of(folder / "town")
    made.processes["all"].command[1:] = ["-m", "tests.browser.twinned", str(static)]
    made.start()
    try:
        yield made
    finally:
        made.stop()


class Asks:
    """Asks the `Person` in the page: `await asks("p.keeps('school', {absence_days: 3})")`."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, text: str, **given: Any) -> Any:
        """What the expression gives; an error of the device comes as its name."""
        return await self._page.evaluate(
            f"""async (given) => {{
              const p = globalThis.person
              try {{
                const found = await ({text})
                return found === undefined ? null : JSON.parse(JSON.stringify(found))
              }} catch (error) {{
                return `${{error.name}}: ${{error.message}}`
              }}
            }}""",
            given,
        )


@asynccontextmanager
async def signed_in(browser: Browser, servers: Servers, name: str) -> AsyncIterator[tuple[Hands, Asks]]:
    """Somebody who signed in on a fresh device; the vault is not made, or not open."""
    async with device(browser) as phone:
        hands = Hands(phone, servers.town.portal, name)
        await hands.comes()
        await hands.press("welcome.begin")
        await hands.signs_in()
        await hands.sees_on("make.title")
        yield hands, Asks(phone.page)


async def made(asks: Asks) -> str:
    """Makes the vault with a passkey; answers its code."""
    code = await asks("globalThis.making = await p.makesAVault('passkey'), making.code")
    assert await asks("making.typesBack('1234-5678')") is False
    assert await asks("p.open") is False
    assert await asks("p.hasVault()") is False, "nothing is at the servers before the code was typed back"
    assert (await asks("p.keeps('school', {absence_days: 1})")).startswith("Locked")
    assert await asks("making.typesBack(given.code)", code=code.lower()) is True
    assert await asks("p.open") is True
    return str(code)


async def test_versions_ways_in_and_what_is_taken_away(browser: Browser, servers: Servers) -> None:
    name = f"Noor {next(servers.numbers['Noor'])}"
    async with signed_in(browser, servers, name) as (_, asks):
        assert await asks("p.hasVault()") is False
        assert await asks("p.looksIn('school')") == "Locked: open the vault first"
        code = await made(asks)
        assert await asks("p.hasVault()") is True
        first = await asks("globalThis.one = await p.keeps('school', {school: 'De Vlier', absence_days: 3})")
        assert (first["ver"], first["sch"]) == (1, "urn:kluisje:schema:attendance:1")
        assert (await asks("globalThis.two = await p.changes(one, {school: 'De Vlier', absence_days: 4})"))["ver"] == 2
        assert (await asks("p.version(two, 1)"))["body"]["absence_days"] == 3
        assert [one["body"]["absence_days"] for one in await asks("p.looksIn('school')")] == [4]
        assert (await asks("p.keeps('school', {nothing: 'known'})")).startswith("Unfit: schema")
        await asks("p.drops(two)")
        assert await asks("p.looksIn('school')") == []
        other = await asks("globalThis.more = await p.newCode(), more.code")
        assert await asks("more.typesBack(given.code)", code=code) is False
        assert await asks("more.typesBack(given.code)", code=other) is True
        ways = await asks("p.waysIn()")
        assert sorted(way["type"] for way in ways) == ["code", "code", "prf"]
        await asks("p.locks()")
        assert await asks("p.opens(given.code)", code=other) is None
        for way in ways:
            if way["type"] == "code":
                last = await asks("p.dropsWay(given.id)", id=way["id"])
        assert last.startswith("Refused: not-allowed"), "the last two ways in stay"
        await asks("p.locks()")
        assert await asks("p.opensWithPasskey()") is None
        assert (await asks("p.opens('0000')")).startswith("Refused: wrong-code")


async def test_paused_stopped_while_locked_and_asked_why(browser: Browser, servers: Servers, town: Players) -> None:
    fatima, name = await town.caseworker(), f"Noor {next(servers.numbers['Noor'])}"
    async with signed_in(browser, servers, name) as (_, asks):
        code = await made(asks)
        await asks("p.keeps('school', {school: 'De Vlier', absence_days: 3})")
        asked = await fatima.asks(str(await asks("p.shareCode()")), for_="back-to-school", about=["school"], days=30)
        [question] = await asks("globalThis.asked = await p.requests()")
        assert (question["id"], question["code"], question["asker"]["name"]) == (asked.id, asked.code, "Jeugdteam Zuid")
        [seen] = [one for one in await asks("p.shows(asked[0])") if one["item"]["ref"] == "school"]
        assert [record["body"]["school"] for record in seen["records"]] == ["De Vlier"]
        late = "p.allows(asked[0], {until: asked[0].request.ends + 1})"
        assert (await asks(late)).startswith("Unfit: later-than-asked")
        grant = await asks("p.allows(asked[0])")
        assert (await fatima.reads(asked.id))[0].body["absence_days"] == 3
        await asks("p.pauses()")
        with pytest.raises(Refused, match="not-allowed"):
            await fatima.reads(asked.id)
        [pause] = await asks("p.paused()")
        assert pause["grant"] is None
        assert await asks("p.opensAgain((await p.paused())[0])") is None
        assert len(await fatima.reads(asked.id)) == 1
        await asks("p.locks()")
        [given] = await asks("p.running()")
        assert (given["id"], given["state"], given["teamName"]) == (grant["jti"], "running", "Jeugdteam Zuid")
        assert await asks("p.stops(given.id)", id=grant["jti"]) is None
        with pytest.raises(Refused, match="ended"):
            await fatima.reads(asked.id)
        assert await asks("p.opensWithPasskey()") is None
        assert await asks("p.visits()") == {"records": [], "doubtful": []}
        log = await asks("globalThis.log = await p.whoLooked()")
        assert log["sound"] is True
        assert [line["outcome"] for line in log["lines"]] == ["refused", "read", "refused", "read"]
        assert {line["tick"] for line in log["lines"]} == {"checked"}
        assert log["lines"][0]["byName"] == "Jeugdteam Zuid"
        assert log["lines"][0]["purpose"]["title"]["nl"] == "Terug naar school"
        why = await asks("p.asksWhy(log.lines[1], 'Waarom keek je?')")
        assert (why["state"], why["teamName"]) == ("open", "Jeugdteam Zuid")
        assert [one["line"] for one in await asks("p.askedWhy()")] == [log["lines"][1]["n"]]
        assert [one["answer"] for one in await asks("p.owed()")] == [None]
        assert {one["state"] for one in await asks("p.receipts()")} >= {"ConsentWithdrawn"}
        assert await asks("p.strangers()") == []
    # What this device did stands for every other one: the Python package opens the vault and finds it whole.
    person = town.device(name)
    await person.opens(code)
    assert [one.body["absence_days"] for one in await person.looks_in("school")] == [3]
    assert len(await person.who_looked()) == 4


async def test_sensitive_takes_a_touch_less_is_an_offer_and_a_letter_is_filed(
    browser: Browser, servers: Servers, town: Players
) -> None:
    fatima, post, name = await town.caseworker(), town.source(), f"Yara {next(servers.numbers['Yara'])}"
    async with signed_in(browser, servers, name) as (_, asks):
        await made(asks)
        plan = {"made_on": "2026-10-05", "goals": ["Weer naar school"]}
        kept = await asks("p.keeps('health', given.plan, 'urn:kluisje:schema:support-plan:1')", plan=plan)
        assert kept["ver"] == 1
        asked = await fatima.asks(
            str(await asks("p.shareCode()")), for_="youth-help-plan", about=["support-plan"], days=30
        )
        assert (await asks("globalThis.asked = await p.requests()"))[0]["sensitive"] is True
        granted = await asks("p.allows(asked[0])")
        assert "jti" in granted, granted
        assert [one.sch for one in await fatima.reads(asked.id, reason="Plan maken")] == [PLAN]
        again = await fatima.asks(str(await asks("p.shareCode()")), for_="back-to-school", about=["school"], days=30)
        assert (
            await asks("p.offers((await p.requests())[0], {only: [], talkFirst: true, note: 'Bel me eerst'})") is None
        )
        assert (await fatima.looks_up(again)).state == "countered"
        bring = await post.asks(
            str(await asks("p.shareCode()")), for_="letters-from-youth-help", about=["school"], days=300
        )
        assert (await asks("p.allows((await p.requests())[0])"))["act"] == "deposit"
        await post.deposits(bring, "school", {"title": "Brief"}, LETTER)
        filed = await asks("p.visits()")
        assert [one["body"]["title"] for one in filed["records"]] == ["Brief"], filed
        assert [one["body"]["title"] for one in await asks("p.looksIn('school')")] == ["Brief"]


async def test_erased_after_three_days_unless_taken_back(browser: Browser, servers: Servers) -> None:
    name = f"Noor {next(servers.numbers['Noor'])}"
    async with signed_in(browser, servers, name) as (_, asks):
        await made(asks)
        assert await asks("p.erasure()") is None
        due = await asks("p.erasesEverything()")
        assert await asks("p.erasure()") == due
        assert 71 * 3600 < await asks("given.due - Date.now() / 1000", due=due) <= 72 * 3600
        assert await asks("p.keepsEverything()") is None
        assert await asks("p.erasure()") is None
        await asks("p.signsOut()")
        assert await asks("p.signedIn") is False
        assert (await asks("p.running()")).startswith("Refused: signed-out")
