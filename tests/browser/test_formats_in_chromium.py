# SPDX-License-Identifier: EUPL-1.2
"""The frozen vectors and the transcript, read by the portal's formats in the browser they are made for: the same checks
as in Node (tests/portal/frozen.mjs). The modules are the source's own, their types stripped by Node."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from playwright.async_api import Browser, Route

from tests.portal.packages import ROOT, installed, node

PORTAL = "http://localhost:9"  # nothing listens there: every file is given by the test
FORMATS = ROOT / "portal" / "web" / "src" / "formats"
STRIP = """
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
const found = {}
for (const path of process.argv.slice(1)) found[path] = stripTypeScriptTypes(readFileSync(path, 'utf-8'))
process.stdout.write(JSON.stringify(found))
"""
PACKAGES = {
    "jose": "jose/dist/webapi/index.js",
    "hash-wasm": "hash-wasm/dist/index.esm.js",
    "shamir-secret-sharing": "shamir-secret-sharing/esm/index.js",
    "shamir-secret-sharing/csprng": "shamir-secret-sharing/esm/csprng.js",
}
RUN = """async (names) => {
  const f = {}
  for (const name of names) f[name] = await import(`/formats/${name}.ts`)
  const { checks } = await import('/frozen.mjs')
  const load = async (name) => (await fetch(`/vectors/${name}.json`)).json()
  load.words = async () => (await (await fetch('/words')).text()).trim().split(/\\s+/)
  const passed = [], failed = []
  for (const [what, check] of checks) {
    try {
      await check(f, load)
      passed.push(what)
    } catch (error) {
      failed.push(`${what}: ${error?.stack ?? error}`)
    }
  }
  return { passed, failed }
}"""


def _scripts() -> dict[str, str]:
    """Path of a module of src/formats -> the script that it is without its types."""
    paths = [str(path) for path in sorted(FORMATS.glob("*.ts"))]
    command = [node(), "--no-warnings", "--input-type=module", "-e", STRIP, *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return {Path(path).name: script for path, script in found.items()}


def _file(path: str) -> Path:
    kind, _, rest = path.lstrip("/").partition("/")
    folders = {"vectors": ROOT / "tests" / "vectors", "packages": installed() / "node_modules"}
    if kind in folders:
        return folders[kind] / rest
    return {"frozen.mjs": ROOT / "tests/portal/frozen.mjs", "words": ROOT / "formats/words_nl.txt"}[kind]


async def _checked(browser: Browser, scripts: dict[str, str]) -> dict[str, list[str]]:
    """What passed and what failed of frozen.mjs, over these modules."""
    mapped = json.dumps({"imports": {name: f"/packages/{path}" for name, path in PACKAGES.items()}})
    page_text = f'<!doctype html><script type="importmap">{mapped}</script>'

    async def gives(route: Route) -> None:
        path = unquote(urlparse(route.request.url).path)
        if path == "/":
            await route.fulfill(body=page_text, content_type="text/html")
        elif path.startswith("/formats/"):
            await route.fulfill(body=scripts[Path(path).name], content_type="text/javascript")
        else:
            kind = "text/javascript" if re.search(r"\.m?js$", path) else "application/json"
            await route.fulfill(body=_file(path).read_bytes(), content_type=kind)

    context = await browser.new_context(service_workers="block")
    try:
        page = await context.new_page()
        await page.route(f"{PORTAL}/**", gives)
        await page.goto(f"{PORTAL}/")
        names = [Path(name).stem for name in scripts]
        found: dict[str, list[str]] = await page.evaluate(RUN, names)
        return found
    finally:
        await context.close()


@pytest.mark.promise("P21")
async def test_the_frozen_vectors_and_the_transcript(browser: Browser) -> None:
    found = await _checked(browser, _scripts())
    assert found["failed"] == []
    frozen = (ROOT / "tests" / "portal" / "test_formats_in_node.py").read_text("utf-8")
    told = re.search(r"pass (\d+)", frozen)
    if told is None:
        pytest.fail("test_formats_in_node.py no longer says how many checks there are")
    assert len(found["passed"]) == int(told[1]), "as many as in Node"


CHECKS = {
    "sealing.ts": "inside.vlt !== at.vlt || inside.drw !== at.drw || inside.rid !== at.rid || inside.ver !== at.ver",
    "jwe.ts": "header[name] !== value",
}


@pytest.mark.promise("P21")
@pytest.mark.parametrize("module", CHECKS)
async def test_a_page_that_checks_less_is_caught(browser: Browser, module: str) -> None:
    """The broken twin of the page's half: formats that no longer look where a thing belongs."""
    scripts, check = _scripts(), CHECKS[module]
    assert scripts[module].count(check) == 1, f"{module} no longer says {check!r}"
    scripts[module] = scripts[module].replace(check, "false")
    assert (await _checked(browser, scripts))["failed"] != []
