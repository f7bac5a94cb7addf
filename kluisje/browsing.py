# SPDX-License-Identifier: EUPL-1.2
"""The part of a sign-in that happens in a browser: from the page's address to the address it ends at.

Loopback  the person's own browser; the answer comes to a listener on this machine (RFC 8252 section 7.3)
Visitor   walks the pages by itself, follows redirects and sends their forms: for the demo's sign-in and for
tests
"""

import asyncio
import re
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Protocol
from urllib.parse import urljoin

from kluisje.http import Http, Refused

WAIT = 300  # seconds for someone to sign in
STEPS = 20  # pages on the way
_CLOSE = b"<!doctype html><html lang=en><title>Kluisje</title><p>You are signed in. Close this page.</html>"


class Door(Protocol):
    """Where a sign-in goes: called with the page to show, it gives the address that it came back to."""

    @property
    def redirect_uri(self) -> str:
        """The address that the client registered for the way back."""
        ...

    async def __call__(self, url: str, /) -> str: ...


class Loopback:
    """Opens the person's own browser and waits for its way back to `http://127.0.0.1:<port>/callback`."""

    def __init__(self, show: Callable[[str], object] | None = None) -> None:
        """show: called with the page's address instead of opening a browser."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._show = show or webbrowser.open

    @property
    def redirect_uri(self) -> str:
        """This listener's own address."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/callback"

    async def __call__(self, url: str, /) -> str:
        came: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            first = (await reader.readline()).decode("latin-1")
            while (await reader.readline()).strip():
                pass
            found = re.fullmatch(r"GET (/callback\?[!-~]*) HTTP/1\.[01]\r?\n", first)
            status, body = (b"200 OK", _CLOSE) if found else (b"404 Not Found", b"")
            head = b"Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\n"
            writer.write(b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, head, len(body), body))
            await writer.drain()
            writer.close()
            if found and not came.done():
                came.set_result(urljoin(self.redirect_uri, found[1]))

        # The socket is copied: closing this listener leaves the port ours for the next sign-in.
        async with await asyncio.start_server(answer, sock=self._socket.dup(), limit=8192):
            await asyncio.to_thread(self._show, url)
            try:
                return await asyncio.wait_for(came, WAIT)
            except TimeoutError:
                raise Refused("no-sign-in", "Nobody signed in within five minutes.") from None

    def close(self) -> None:
        """Gives the port back."""
        self._socket.close()


class Visitor:
    """Walks through sign-in pages as `name`: follows redirects, presses the button that carries the name.

    A page that only asks "go on?" is answered by its one main button. Cookies are kept as a browser keeps
    them.
    """

    def __init__(self, name: str, redirect_uri: str, *, http: Http | None = None) -> None:
        self._name, self._redirect_uri = name, redirect_uri
        self._http = http or Http(cookies=CookieJar())

    @property
    def redirect_uri(self) -> str:
        """The address at which the walk ends."""
        return self._redirect_uri

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def __call__(self, url: str, /) -> str:
        page = await self._http.page("GET", url)
        for _ in range(STEPS):
            if page.location is not None:
                if page.location.startswith(self._redirect_uri):
                    return page.location
                page = await self._http.page("GET", page.location)
                continue
            if page.status >= 400:
                raise Refused("no-sign-in", f"The sign-in page answers {page.status}.", status=page.status)
            pressed = _pressed(page.text, self._name)
            if pressed is None:
                raise Refused("no-sign-in", f"The page offers no choice named {self._name}.")
            action, members = pressed
            page = await self._http.page("POST", urljoin(page.url, action), form=members)
        raise Refused("no-sign-in", "The sign-in goes round in circles.")


class _Forms(HTMLParser):
    """Reads the forms of a page: where each goes, its hidden members, and its buttons `(member, value, words,
    is main)`."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._button: tuple[str, str, bool] | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("action", ""), {}, []))
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1].values[given["name"]] = given.get("value", "")
        elif tag == "button":
            main = "go" in given.get("class", "").split()
            self._button, self._words = (given.get("name", ""), given.get("value", ""), main), ""

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None and self.forms:
            member, value, main = self._button
            self.forms[-1].buttons.append(_Button(member, value, " ".join(self._words.split()), main))
            self._button = None


@dataclass
class _Button:
    member: str
    value: str
    words: str
    main: bool


@dataclass
class _Form:
    action: str
    values: dict[str, str]
    buttons: list[_Button]

    def sent_by(self, button: _Button) -> dict[str, str]:
        """What is sent when this button is pressed."""
        return self.values | ({button.member: button.value} if button.member else {})


def _pressed(text: str, name: str) -> tuple[str, dict[str, str]] | None:
    """(action, members) of the form to send: by the button that carries `name`, else by the page's one main
    button."""
    reader = _Forms()
    reader.feed(text)
    named = [(form, one) for form in reader.forms for one in form.buttons if name.casefold() in one.words.casefold()]
    main = [(form, one) for form in reader.forms for one in form.buttons if one.main]
    # A list of people has one main button for each of them: without the right name, none of them is pressed.
    found = named[:1] or (main if len(main) == 1 else [])
    return (found[0][0].action, found[0][0].sent_by(found[0][1])) if found else None
