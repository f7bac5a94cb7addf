# SPDX-License-Identifier: EUPL-1.2
"""Where a button leads: every screen is one of the portal's, every link answers (at night, where there is a network)."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from chatbot.rules import SCREENS, Action
from tests.chatbot.shelf import ours

MAIN = Path(__file__).resolve().parents[2] / "portal" / "web" / "src" / "main.tsx"


def actions() -> Iterator[Action]:
    """Every action of every rule, once."""
    yield from dict.fromkeys(action for rule in ours().library.content.rules for action in rule.actions)


def links() -> list[str]:
    """Every address that an answer or a crisis names."""
    content = ours().library.content
    named = [one.url for one in actions() if one.url] + [url for kind in content.crisis.kinds for url in kind.links]
    return sorted(set(named) | {rule.source for rule in content.rules if rule.source.startswith("https://")})


def routes() -> set[str]:
    """The names of the portal's screens, as its own table has them."""
    table = MAIN.read_text("utf-8")
    return set(re.findall(r"^  '?([a-z/*-]+)'?: \{ (?:screen|late):", table, re.MULTILINE))


def test_every_screen_that_a_rule_opens_is_a_route_of_the_portal() -> None:
    opened = {one.screen for one in actions() if one.screen}
    assert opened
    assert opened <= routes()
    assert set(SCREENS) <= routes()


@pytest.mark.nightly
@pytest.mark.parametrize("url", links())
def test_every_link_answers(url: str) -> None:
    try:
        socket.getaddrinfo(url.split("/")[2], 443)
    except OSError:
        pytest.skip("no network here")
    gone = 0
    try:
        urlopen(Request(url, headers={"user-agent": "kluisje link check"}), timeout=20).close()
    except HTTPError as error:
        gone = error.code if error.code in (404, 410) else 0  # a site may refuse a machine; gone is gone
    assert not gone, url
