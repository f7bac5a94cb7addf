# SPDX-License-Identifier: EUPL-1.2
"""Tokens for a caseworker and a system, from a real gateway; and the ways a sign-in can go wrong."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from formats.jose import peek
from kluisje.browsing import Loopback, Visitor
from kluisje.http import Http, Refused
from kluisje.signing_in import CaseworkerTokens, Issuer, SystemTokens
from tests.gateway.office import App, Office, office_in

ASK = [{"type": "vault_access", "actions": ["ask"]}]


async def caseworker(office: Office, http: Http, name: str = "Fatima") -> tuple[CaseworkerTokens, App]:
    desk = await office.desk()
    assert desk.key is not None
    return CaseworkerTokens(http, office.origin, desk.id, desk.key, Visitor(name, desk.redirect_uri)), desk


async def test_a_caseworker_signs_in_once_for_the_same_details(office: Office) -> None:
    async with Http(clock=office.clock.now) as http:
        tokens, _ = await caseworker(office, http)
        first = await tokens.token(ASK)
        assert await tokens.token(ASK) == first
        claims = peek(first)[1]
        assert claims["sub"].startswith("cw_")
        assert claims["cnf"] == {"jkt": tokens.key["kid"]}


async def test_a_token_is_renewed_before_it_ends(office: Office) -> None:
    async with Http(clock=office.clock.now) as http:
        tokens, _ = await caseworker(office, http)
        first = peek(await tokens.token(ASK))[1]
        office.clock.ahead = 290
        second = peek(await tokens.token(ASK))[1]
        assert second["exp"] > first["exp"]
        assert (second["sub"], second["auth_time"]) == (
            first["sub"],
            first["auth_time"],
        )  # by refresh, no new sign-in


async def test_many_calls_at_once_are_one_sign_in(office: Office) -> None:
    async with Http(clock=office.clock.now) as http:
        tokens, _ = await caseworker(office, http)
        assert len(set(await asyncio.gather(*(tokens.token(ASK) for _ in range(5))))) == 1


async def test_a_system_signs_in_as_itself(office: Office) -> None:
    system = await office.system()
    assert system.key is not None
    async with Http(clock=office.clock.now) as http:
        tokens = SystemTokens(http, office.origin, system.id, system.key)
        assert peek(await tokens.token(ASK))[1]["sub"] == system.id


async def test_a_name_that_is_not_on_the_page_signs_nobody_in(office: Office) -> None:
    async with Http(clock=office.clock.now) as http:
        tokens, _ = await caseworker(office, http, "Iemand anders")
        with pytest.raises(Refused, match="no choice named"):
            await tokens.token(ASK)


async def test_details_that_the_client_may_not_ask_are_refused(office: Office) -> None:
    async with Http(clock=office.clock.now) as http:
        tokens, _ = await caseworker(office, http)
        with pytest.raises(Refused):
            await tokens.token([{"type": "vault_access", "actions": ["learn"]}])


async def test_metadata_of_another_issuer_is_refused(office: Office) -> None:
    async with Http() as http:
        with pytest.raises(Refused, match="wrong-issuer"):
            await Issuer(http, office.origin + "#other").endpoint("token_endpoint")


class Answering:
    """A sign-in that comes back with what it is told to."""

    redirect_uri = "https://desk.example/callback"

    def __init__(self, back: str) -> None:
        self._back = back

    async def __call__(self, url: str, /) -> str:
        return self._back


@pytest.mark.parametrize(
    "back",
    [
        "https://desk.example/callback?code=x&state=other&iss={origin}",
        "https://elsewhere.example/callback?code=x&state=s&iss={origin}",
        "https://desk.example/callback",
    ],
)
async def test_an_answer_to_another_question_is_refused(office: Office, back: str) -> None:
    async with Http(clock=office.clock.now) as http:
        desk = await office.desk()
        assert desk.key is not None
        door = Answering(back.format(origin=office.origin))
        with pytest.raises(Refused, match="wrong-sign-in"):
            await CaseworkerTokens(http, office.origin, desk.id, desk.key, door).token(ASK)


async def test_the_loopback_listener_takes_the_way_back() -> None:
    opened: list[str] = []
    door = Loopback(opened.append)
    url = door.redirect_uri + "?code=c&state=s"

    async def come_back() -> None:
        await asyncio.sleep(0.05)
        await asyncio.to_thread(_visit, door.redirect_uri.replace("/callback", "/favicon.ico"))
        assert b"signed in" in await asyncio.to_thread(_visit, url)

    back, _ = await asyncio.gather(door("https://gw.example/authorize"), come_back())
    assert (back, opened) == (url, ["https://gw.example/authorize"])
    back, _ = await asyncio.gather(door("https://gw.example/authorize"), come_back())  # the port stays ours
    assert back == url
    port = int(door.redirect_uri.split(":")[2].split("/")[0])
    door.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def _visit(url: str) -> bytes:
    try:
        with urlopen(url) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A gateway whose neighbours are away."""
    async with office_in(tmp_path) as made:
        yield made
