# SPDX-License-Identifier: EUPL-1.2
"""The portal on an old telephone and a thin line: first paint, and how long each primary action keeps the screen still.

    python -m bench.portal

Chromium slows the processor six times and the line to 400 kbit/s with 400 ms (DevTools protocol). First contentful paint is
the median of fresh visits; an action's time is the longest event of it, from the touch to the next paint (Event Timing, what
INP counts). Prints a table for docs/performance-portal.md. Source: portal.md, Budgets.
"""

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser

from tests.browser import chromium
from tests.browser.hands import Hands, settled
from tests.town import Players, Servers, running

VISITS = 5
PAINT, ACTION = 2_000, 200  # ms
SLOWER = 6
LINE = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
LISTEN = """
window.events = []
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.interactionId) window.events.push(one.duration)
}).observe({ type: 'event', durationThreshold: 16, buffered: true })
"""
PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
  for (const one of list.getEntriesByName('first-contentful-paint')) done(one.startTime)
}).observe({ type: 'paint', buffered: true }))"""


async def slowed(device: chromium.Device) -> None:
    """An old telephone on a thin line, from now on."""
    await device.cdp.send("Network.enable")
    await device.cdp.send("Network.emulateNetworkConditions", LINE)
    await device.cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


class Timed(Hands):
    """Hands that note how long the screen stood still after each press."""

    def __init__(self, device: chromium.Device, origin: str, name: str) -> None:
        super().__init__(device, origin, name)
        self.took: dict[str, float] = {}
        self._last: str | None = None

    async def press(self, key: str) -> None:
        await self.note()
        self._last = key
        await super().press(key)

    async def note(self) -> None:
        """Takes down what the last press took; under 16 ms the browser does not tell."""
        if self._last is not None:
            await self.page.wait_for_timeout(400)
            told: list[float] = await self.page.evaluate("(window.events ?? []).splice(0)")
            self.took[self._last] = max([self.took.get(self._last, 0), *told])
        self._last = None


async def first_paint(browser: Browser, origin: str) -> float:
    """Milliseconds, the median of fresh visits."""
    found = []
    for _ in range(VISITS):
        async with chromium.device(browser) as phone:
            await slowed(phone)
            await phone.page.goto(origin)
            found.append(float(await phone.page.evaluate(PAINTED)))
    return statistics.median(found)


async def actions(browser: Browser, made: Servers) -> dict[str, float]:
    """Milliseconds of each primary action, in a day of Noor."""
    players = Players(made)
    try:
        fatima = await players.caseworker()
        async with chromium.device(browser) as phone:
            phone.context.set_default_timeout(60_000)
            await phone.page.add_init_script(LISTEN)
            noor = Timed(phone, made.town.portal, "Noor 1")
            await noor.makes_a_vault()
            noor.took.clear()  # that was to get here; now slowly
            await slowed(phone)
            await noor.keeps_absence(7)
            asked = await fatima.asks(
                await noor.makes_a_share_code(), for_="back-to-school", about=["school"], days=90, note="Dinsdag?"
            )
            await noor.opens_the_question("Fatima")
            await noor.page.locator("#item-0").check()
            await noor.press("request.look")
            await noor.page.locator("#end-1").check()
            await noor.press("request.yes")
            await noor.sees_on("running.title")
            await settled(noor)
            await fatima.reads(asked.id)
            await noor.goes("looked")
            await settled(noor)
            await noor.press("looked.why")
            await noor.press("looked.why.send")
            await noor.goes("running")
            await settled(noor)
            await noor.press("running.stop.who")
            await noor.sees("stop.text")
            await noor.goes("pause")
            await settled(noor)
            await noor.press("pause.go")
            await noor.sees("pause.closed")
            await noor.goes("home")
            await settled(noor)
            await noor.press("nav.lock")
            await noor.sees_on("unlock.title")
            await noor.press("unlock.go")
            await noor.page.locator("nav.menu").wait_for()
            await noor.note()
            return noor.took
    finally:
        await players.close()


async def measured(made: Servers) -> int:
    """Prints the table; 1 when a limit is missed."""
    async with chromium.browser() as browser:
        paint = await first_paint(browser, made.town.portal)
        took = await actions(browser, made)
    rows = [("first contentful paint", paint, PAINT), *((f"`{key}`", ms, ACTION) for key, ms in took.items())]
    print("| what | ms | limit |\n|---|---|---|")
    for what, ms, limit in rows:
        print(f"| {what} | {ms:.0f} | {'' if ms <= limit else '**missed** '}{limit} |")
    return int(any(ms > limit for _, ms, limit in rows))


def main() -> int:
    """2 without a browser."""
    if chromium.executable() is None:
        print("No Chromium: apt-get install chromium, or name one in KLUISJE_CHROMIUM.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "town") as made:
        return asyncio.run(measured(made))


if __name__ == "__main__":
    sys.exit(main())
