# SPDX-License-Identifier: EUPL-1.2
"""Starting the browser, and one device of a person in it: a fresh context with a passkey of its own."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, async_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-features=LocalNetworkAccessChecks",  # else a page that a test changed may not call this machine
)
BROWSERS = ("chromium-headless-shell", "chromium")
"""As Debian names them. The first is the same engine without the windows around it: a fifth less to do."""
PASSKEY = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "hasPrf": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
WATCH = """
window.violations = []
const heard = (text) => {
  window.violations.push(text)
  window.heardBreach(text)
}
document.addEventListener('securitypolicyviolation', (e) => heard(`${e.violatedDirective} ${e.blockedURI}`))
new ReportingObserver((all) => all.forEach((one) => heard(`integrity ${one.url}`)), { types: ['integrity-violation'] }).observe()
"""
LISTEN = """
for (const name of ['create', 'get']) {
  const real = navigator.credentials[name].bind(navigator.credentials)
  navigator.credentials[name] = async (options) => {
    const found = await real(options)
    const results = found?.getClientExtensionResults?.()?.prf?.results ?? {}
    for (const one of Object.values(results)) window.heardSecret([...new Uint8Array(one)])
    return found
  }
}
"""
"""Tells the test, and nobody else, what the authenticator told the page: so that it can be looked for elsewhere."""


def executable() -> str | None:
    """Where the browser is; None: there is none."""
    return os.environ.get("KLUISJE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """One Chromium without a window."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        try:
            yield started
        finally:
            await started.close()


@dataclass
class Device:
    """A phone or computer of one person. told: what its console said that is wrong. secrets: PRF outputs it made.
    breaches: rules of a page (policy, Trusted Types, integrity) that were broken, on any page it was at."""

    context: BrowserContext
    page: Page
    cdp: CDPSession
    authenticator: str
    told: list[str] = field(default_factory=list)
    secrets: list[bytes] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)

    async def violations(self) -> list[str]:
        """What the page's rules had to stop since the page was loaded."""
        found: list[str] = await self.page.evaluate("window.violations ?? []")
        return found

    async def loses_its_passkeys(self) -> None:
        """The telephone fell in a canal: a new one has no passkey."""
        await self.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.authenticator})

    async def refuses_touch(self, refuses: bool = True) -> None:
        """The person closes the window that asks for a finger (or does not any more)."""
        told = {"authenticatorId": self.authenticator, "isUserVerified": not refuses}
        await self.cdp.send("WebAuthn.setUserVerified", told)


@asynccontextmanager
async def device(
    started: Browser,
    *,
    prf: bool = True,
    phone: bool = True,
    workers: bool = False,
    attacked: bool = False,
    **more: Any,
) -> AsyncIterator[Device]:
    """A fresh device. prf: whether its passkey gives a secret; workers: whether a service worker may start. attacked: the
    test breaks rules of the page itself; in every other story none is ever broken.

    `more` goes to Playwright's `new_context`: `locale`, `color_scheme`, `forced_colors`, `record_har_path`.
    """
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
    options = {"locale": "nl-NL", "viewport": size, "service_workers": "allow" if workers else "block"} | more
    context = await started.new_context(**options)
    try:
        context.set_default_timeout(20_000)
        page = await context.new_page()
        cdp = await context.new_cdp_session(page)
        await cdp.send("WebAuthn.enable", {"enableUI": False})
        made = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEY | {"hasPrf": prf}})
        found = Device(context, page, cdp, made["authenticatorId"])
        await context.expose_function("heardSecret", lambda octets: found.secrets.append(bytes(octets)))
        await context.expose_function("heardBreach", lambda text: found.breaches.append(text))
        await page.add_init_script(WATCH)
        await page.add_init_script(LISTEN)
        page.on("console", lambda message: _note(message, found))
        page.on("pageerror", lambda error: found.told.append(f"thrown: {error}"))
        try:
            yield found
        except Exception:
            await _tell(context)
            raise
        assert attacked or found.breaches == [], found.breaches
    finally:
        await context.close()


async def _tell(context: BrowserContext) -> None:
    """Prints what stood on each page when a story failed."""
    for page in context.pages:
        text = await page.evaluate("document.body?.innerText ?? ''")
        print(
            f"-- on {page.url}, the keyboard at {await page.evaluate('document.activeElement?.outerHTML.slice(0, 120)')}\n{text}"
        )


def _note(message: ConsoleMessage, into: Device) -> None:
    """Keeps what is wrong. A refused call (4xx) is told by the browser as an error too: that is part of a story."""
    if message.type == "error" and "the server responded with a status of" not in message.text:
        into.told.append(message.text)
