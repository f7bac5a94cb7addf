# SPDX-License-Identifier: EUPL-1.2
"""Builds the portal: a table of files with their headers, made once; a request is one look-up in it.

No session, no cookie, no database, no call to anybody: who asks does not matter, everybody gets the same bytes.
Which screen is on stands behind the `#` of the address, which no server gets: there is one page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from starlette.types import Receive, Scope, Send

from chassis.settings import SettingsError
from portal import guarding, pages, theme
from portal.bundle import STATIC, File, file, read_bundle
from portal.settings import PortalSettings, read_before, read_pins

HTML, CSS, JSON = "text/html; charset=utf-8", "text/css; charset=utf-8", "application/json"
FOREVER, ANEW = b"public, max-age=31536000, immutable", b"no-cache"
MOST_PATH = 2 * 1024
DEMO = "/demo"


@dataclass(frozen=True)
class _Place:
    """What one path answers: a file and all its headers but length and coding."""

    file: File
    headers: guarding.Headers


class Portal:
    """The portal as an ASGI app. hosts: `Host` names it answers to."""

    def __init__(self, places: Mapping[str, _Place], bare: guarding.Headers, hosts: frozenset[bytes]) -> None:
        self._places, self._bare, self.hosts = dict(places), bare, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: GET and HEAD only, the body of a request is never read."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        if headers.get(b"host") not in self.hosts:
            await self._short(send, 400)
        elif scope["method"] not in ("GET", "HEAD"):
            await self._short(send, 405, (b"allow", b"GET, HEAD"))
        elif len(scope["path"]) > MOST_PATH:
            await self._short(send, 414)
        else:
            place = self._places.get(scope["path"])
            if place is None:
                await self._short(send, 404)
            else:
                await _answer(place, headers, scope["method"] == "HEAD", send)

    async def _short(self, send: Send, status: int, *more: tuple[bytes, bytes]) -> None:
        headers = [*self._bare, *more, (b"cache-control", b"no-store"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def _answer(place: _Place, asked: Mapping[bytes, bytes], head: bool, send: Send) -> None:
    served = place.file
    if served.tag.encode() in asked.get(b"if-none-match", b""):
        await send({"type": "http.response.start", "status": 304, "headers": [*place.headers]})
        await send({"type": "http.response.body", "body": b""})
        return
    body, coding = served.body, list[tuple[bytes, bytes]]()
    if served.packed is not None and b"gzip" in asked.get(b"accept-encoding", b""):
        body, coding = served.packed, [(b"content-encoding", b"gzip")]
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [*place.headers, *coding, length]})
    await send({"type": "http.response.body", "body": b"" if head else body})


def build(settings: PortalSettings, *, static: Path = STATIC) -> Portal:
    """Makes the portal from the committed build. Raises SettingsError: a build that was changed, a theme that may not
    be served, pins of another installation."""
    bundle, https = read_bundle(static), settings.origin.startswith("https://")
    guard = guarding.guard(guarding.page_policy(bundle.import_map, [settings.api]), https=https)
    text = guarding.guard(guarding.text_policy(), https=https)
    places = {path: _place(one, guard) for path, one in bundle.files.items()}
    places["/"] = places.pop("/index.html")
    places["/portal.json"] = _place(file(_told(settings), JSON), guard)
    places["/theme.css"] = _place(file(_theme(settings), CSS), guard)
    places["/text.css"] = _place(file(pages.STYLE.read_bytes(), CSS), guard)
    for path, body in pages.pages(settings).items():
        clear = ((b"clear-site-data", guarding.CLEAR),) if path.endswith("/bye") else ()
        places[path] = _place(file(body, HTML), (*text, *clear))
    if settings.demo_page is not None:
        places[DEMO] = _place(file(_demo(settings.demo_page), HTML), text)
    hosts = {urlsplit(settings.origin).netloc, *settings.hosts}
    return Portal(places, text, frozenset(host.encode() for host in hosts))


def _place(served: File, guard: guarding.Headers) -> _Place:
    cache = FOREVER if served.forever else ANEW
    own = ((b"content-type", served.kind.encode()), (b"cache-control", cache), (b"etag", served.tag.encode()))
    return _Place(served, (*guard, *own, (b"vary", b"Accept-Encoding")))


def _told(settings: PortalSettings) -> bytes:
    """`/portal.json`: which installation this is. `pins.origin` is where its APIs answer."""
    return orjson.dumps(
        {
            "name": settings.name,
            "phone": settings.phone,
            "provider": settings.provider,
            "client": settings.client_id,
            "desk": settings.desk,
            "pins": read_pins(settings),
            "before": read_before(settings),
        }
    )


def _theme(settings: PortalSettings) -> bytes:
    """The municipality's style file, or one without a rule."""
    if settings.theme is None:
        return b"/* our own colours */\n"
    try:
        given = settings.theme.read_text("utf-8")
        refused = theme.why_not(given, theme.read_tokens(theme.TOKENS.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise SettingsError(f"the theme {settings.theme.name} cannot be read") from error
    if refused is not None:
        raise SettingsError(f"the theme {settings.theme.name} is refused: {refused}")
    return given.encode()


def _demo(path: Path) -> bytes:
    """The page about the demo: its lines as text; a line that begins with four spaces is a command."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"the demo page {path.name} cannot be read") from error
    return pages.page("en", "demo", "".join(_line(line) for line in lines if line.strip()))


def _line(line: str) -> str:
    for mark, tag in (("    ", "pre"), ("# ", "h1"), ("## ", "h2")):
        if line.startswith(mark):
            return f"<{tag}>{escape(line[len(mark) :])}</{tag}>\n"
    if line.startswith("-> "):
        return f'<p><a href="/">{escape(line[3:])}</a></p>\n'
    return f"<p>{escape(line)}</p>\n"
