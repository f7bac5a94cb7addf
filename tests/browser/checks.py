# SPDX-License-Identifier: EUPL-1.2
"""What is checked on whatever screen is on: axe, sizes of what is pressed, one heading, focus that is seen, and what a
screen reader says of each control."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import CDPSession, Page, ViewportSize

AXE = Path(__file__).resolve().parents[2] / "portal" / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""What axe looks at colours for: by night and in forced colours a page is otherwise the one of the day."""
LEAST, LEAST_OF_ANSWERS = 24, 44
ANSWERS = ".answers button, [data-answer], .quickexit, [data-stop]"

_SMALL = """([least, more, answers]) => {
  const found = []
  for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=button]')) {
    const box = one.getBoundingClientRect()
    if (!box.width || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    const label = one.closest('label') ?? (one.id ? document.querySelector(`label[for="${CSS.escape(one.id)}"]`) : null)
    const cover = getComputedStyle(one, '::after').position === 'absolute' && one.offsetParent // the whole card is pressed
    const boxes = [box, ...(cover ? [cover.getBoundingClientRect()] : []), ...(label ? [label.getBoundingClientRect()] : [])]
    const inText = getComputedStyle(one).display === 'inline' && one.parentElement?.matches('p, li, dd')
    const need = one.matches(answers) ? more : least
    const fits = boxes.some((b) => b.width >= need && b.height >= need)
    if (!fits && !inText) found.push(`${one.tagName} "${(one.ariaLabel || one.textContent || one.id).trim().slice(0, 40)}" ${Math.round(box.width)}×${Math.round(box.height)} < ${need}`)
  }
  return found
}"""
STILL = "() => document.getAnimations().forEach((one) => { if (one instanceof CSSTransition) one.finish() })"
_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return null
  const box = one.getBoundingClientRect()
  const middle = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1), Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1))
  const marked = (of, part) => { const s = getComputedStyle(of, part); return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none' }
  const label = one.closest('label')
  return {
    what: `${one.tagName} ${(one.ariaLabel || one.textContent || one.id).trim().slice(0, 40)}`,
    seen: marked(one) || marked(one, '::after') || (one.nextElementSibling !== null && marked(one.nextElementSibling)) || (label !== null && marked(label)),
    covered: !(middle === null || one.contains(middle) || middle.contains(one)),
    put: one.tabIndex < 0,
  }
}"""


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


async def broken_rules(page: Page, of_colour: bool = False) -> list[str]:
    """What axe finds on the screen, WCAG 2.0 A to 2.2 AA, a line each. It goes in by the protocol: no script tag. of_colour:
    only what depends on the colours."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_axe())
    run = (
        "async ([type, values]) => (await axe.run(document, "
        "{ runOnly: { type, values }, resultTypes: ['violations'] })).violations"
    )
    found: list[dict[str, Any]] = await page.evaluate(run, ["rule", OF_COLOUR] if of_colour else ["tag", TAGS])
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


async def too_small(page: Page) -> list[str]:
    """What can be pressed and is under 24 px, or under 44 px where an answer, a stop or the way out is pressed."""
    found: list[str] = await page.evaluate(_SMALL, [LEAST, LEAST_OF_ANSWERS, ANSWERS])
    return found


_PRESSED = {"button", "link", "textbox", "searchbox", "checkbox", "radio", "combobox", "DisclosureTriangle"}
_STUCK = re.compile(r"[a-zé][0-9]|[.?!,:][A-Za-z]|\s\s|[{}<>_]|undefined|\bnull\b")
"""Pieces read as one word, and what no sentence has."""


async def said_of(cdp: CDPSession) -> list[tuple[str, str, str, str]]:
    """Each control as a screen reader has it: role, name, further words, and where it leads."""
    nodes: list[dict[str, Any]] = (await cdp.send("Accessibility.getFullAXTree"))["nodes"]
    found = []
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        properties = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
        if not node.get("ignored") and role in _PRESSED and properties.get("focusable"):
            name, more = (node.get(part, {}).get("value", "") for part in ("name", "description"))
            found.append((role, name, more, str(properties.get("url", ""))))
    return found


def badly_said(controls: list[tuple[str, str, str, str]]) -> list[str]:
    """Controls without words, with words that run together, and two that sound the same and do something else."""
    wrong, sounding = list[str](), defaultdict[tuple[str, str, str], list[str]](list)
    for role, name, more, url in controls:
        if not re.search(r"[A-Za-z]{2}", name) or _STUCK.search(name):
            wrong.append(f"{role} is called {name!r}")
        elif _STUCK.search(more):
            wrong.append(f"{role} {name!r} has more words: {more!r}")
        if role != "radio":  # "Ja" of one question and "Ja" of the next: the group says which
            sounding[role, name, more].append(url)
    for (role, name, _), urls in sounding.items():
        if len(urls) > 1 and (role != "link" or len(set(urls)) > 1):
            wrong.append(f"{len(urls)} of {role} are called {name!r}")
    told = {"link": set[str](), "button": set[str]()}
    for role, name, _, _ in controls:
        told.get(role, set()).add(name)
    return wrong + [f"both link and button are called {name!r}" for name in told["link"] & told["button"]]


async def wrong_with(page: Page, cdp: CDPSession) -> list[str]:
    """All that is wrong with this screen as it stands now, once nothing on it is still changing its colour."""
    await page.evaluate(STILL)
    headings = await page.locator("h1:visible").count()
    found = [] if headings == 1 else [f"{headings} headings of the first order"]
    if await page.evaluate(_SIDEWAYS) > 0:
        found.append("it scrolls sideways")
    return found + await broken_rules(page) + await too_small(page) + badly_said(await said_of(cdp))


async def wrong_in_colour(page: Page) -> list[str]:
    """What other colours can have made wrong with this screen, once nothing on it is still changing them."""
    await page.evaluate(STILL)
    return await broken_rules(page, of_colour=True)


async def walked(page: Page, most: int = 80) -> list[str]:
    """Goes through the screen by Tab until the round is done; what is wrong with the focus on its way."""
    wrong, seen = list[str](), set[str]()
    for _ in range(most):
        await page.keyboard.press("Tab")
        at = await page.evaluate(FOCUS)
        if at is None:
            return wrong
        place = await page.evaluate("() => [...document.querySelectorAll('*')].indexOf(document.activeElement)")
        if str(place) in seen:
            return wrong
        seen.add(str(place))
        if not at["seen"]:
            wrong.append(f"focus cannot be seen: {at['what']}")
        if at["covered"]:
            wrong.append(f"focus is covered: {at['what']}")
    return [*wrong, "the round has no end"]


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}
NARROW: ViewportSize = {"width": 320, "height": 640}
LARGER = "document.documentElement.style.setProperty('font-size', '%s')"


async def looked_at(
    page: Page, cdp: CDPSession, name: str, normal: ViewportSize, *, every: bool
) -> dict[str, list[str]]:
    """Looks at the screen that is on in each way (`every`; else by day only, where just the words differ)."""
    wrong: dict[str, list[str]] = {}
    for look, media in LOOKS.items() if every else [("light", LOOKS["light"])]:
        await page.emulate_media(**media)
        wrong[f"{name}, {look}"] = await (wrong_with(page, cdp) if look == "light" else wrong_in_colour(page))
    await page.emulate_media(color_scheme="light", forced_colors="none")
    if every:
        await page.set_viewport_size(NARROW)
        wrong[f"{name}, 320 px"] = await wrong_with(page, cdp)
        await page.set_viewport_size(normal)
        await page.evaluate(LARGER % "200%")
        wrong[f"{name}, 200 %"] = await wrong_with(page, cdp)
        await page.evaluate(LARGER % "")
        wrong[f"{name}, keyboard"] = await walked(page)
    return wrong
