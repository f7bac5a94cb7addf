# SPDX-License-Identifier: EUPL-1.2
"""Pushing signed events (RFC 8935): to the team's own address, until it has them, also after a restart. With a real
consent service, and a real web server that takes them, refuses them, or is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chassis.calls import Inside
from chassis.database import Database
from chassis.outside import Outward
from gateway import pushing
from gateway.consent_client import ConsentClient
from gateway.pushing import FIRST, LONGEST, Pushing, ReceiverError, register
from kluisje.system import System
from tests import databases
from tests.gateway.street import Case, Street, a_case
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONTH = 30 * 86_400


@dataclass
class Inbox:
    """An organisation's web server. answers: status and body of each call."""

    status: int = 202
    body: bytes = b""
    location: str = ""
    got: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        self.got.append((await reader.readexactly(length)).decode())
        self.heads.append(head.lower())
        extra = f"Location: {self.location}\r\n" if self.location else ""
        told = f"HTTP/1.1 {self.status} X\r\n{extra}Content-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        writer.write(told.encode() + self.body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(inbox: Inbox, port: int) -> AsyncIterator[None]:
    server = await asyncio.start_server(inbox.serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Sender:
    """A sender with a database of its own, so that the town's own one does not get ahead of it."""

    street: Street
    database: Database
    outward: Outward
    pushing: Pushing
    system: System
    port: int
    url: str

    async def registers(self, path: str = "/events") -> None:
        given = {"team": self.system.team.party, "address": f"http://127.0.0.1:{self.port}{path}"}
        await register(self.database, given, environment="demo")

    async def restarts(self) -> None:
        await self.closes()
        self.database = Database(self.url)
        self.outward, self.pushing = made(self.street, self.database)

    async def closes(self) -> None:
        await self.outward.close()
        self.database.close()

    async def waiting(self) -> list[str]:
        return [event.kind for event in await self.system.events()]


def made(street: Street, database: Database) -> tuple[Outward, Pushing]:
    consent, outward = ConsentClient(Inside("gateway", street.house.parts["consent"])), Outward()
    return outward, Pushing(consent=consent, database=database, clock=street.clock, outward=outward)


@pytest_asyncio.fixture(loop_scope="module")
async def sender(street: Street, tmp_path: Path) -> AsyncIterator[Sender]:
    url = databases.url_of(databases.migrated("gateway", tmp_path / "gateway.sqlite3"))
    database, system = Database(url), street.players.system()
    await system.took(await system.events())
    found = Sender(street, database, *made(street, database), system, free_port(), url)
    yield found
    street.clock.ahead = 0
    await system.took(await system.events())
    await found.closes()


async def stopped(sender: Sender) -> Case:
    """A grant that was stopped: three events wait (the answer, the end, the deletion)."""
    case = await a_case(sender.street)
    await case.noor.stops(case.question)
    return case


async def test_each_event_goes_once_to_the_registered_address(sender: Sender) -> None:
    await stopped(sender)
    waiting = await sender.waiting()
    inbox = Inbox()
    async with listening(inbox, sender.port):
        assert await sender.pushing.push() == 0, "nothing is registered"
        await sender.registers()
        assert await sender.pushing.push() == 3
        assert await sender.pushing.push() == 0
    assert [sender.system.check_event(token).kind for token in inbox.got] == waiting
    assert all("content-type: application/secevent+jwt" in head for head in inbox.heads)
    assert all("accept: application/json" in head for head in inbox.heads)
    assert await sender.waiting() == [], "what was pushed is not told again"


@pytest.mark.promise("P03")
async def test_a_receiver_that_is_away_is_tried_again_and_gets_each_once(sender: Sender) -> None:
    """Nobody listens; then it answers 503; then, after a restart of ours, it takes them."""
    await sender.registers()
    await stopped(sender)
    assert await sender.pushing.push() == 0
    inbox, clock = Inbox(status=503), sender.street.clock
    async with listening(inbox, sender.port):
        assert await sender.pushing.push() == 0
        assert inbox.got == [], "tried again before its time"
        clock.ahead += FIRST + 1
        await sender.pushing.push()
        assert len(inbox.got) == 3
        inbox.got.clear()
        inbox.status = 202
        await sender.restarts()
        await sender.pushing.push()
        assert inbox.got == [], "a restart forgets nothing"
        clock.ahead += 2 * FIRST + 1
        assert await sender.pushing.push() == 3, "events were lost"
        assert len({sender.system.check_event(token).jti for token in inbox.got}) == 3
        assert await sender.pushing.push() == 0


async def test_the_wait_doubles_up_to_an_hour(sender: Sender) -> None:
    await sender.registers()
    await stopped(sender)
    waits = []
    for _ in range(12):
        await sender.pushing.push()
        now = sender.street.clock.now()
        [row] = await sender.database.read(lambda c: list(pushing.store.due(c, 2**40)))
        waits.append(row["next_at"] - now)
        sender.street.clock.ahead += waits[-1] + 1
    wanted = [min(FIRST * 2**n, LONGEST) for n in range(12)]
    assert all(abs(wait - want) <= 3 for wait, want in zip(waits, wanted, strict=True)), waits


@pytest.mark.parametrize(
    "body", [b'{"err":"invalid_key","description":"no"}', b"nonsense", b'{"err":"<script>"}', b"[]"]
)
async def test_what_cannot_be_read_is_not_sent_again(
    sender: Sender, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    await sender.registers()
    await stopped(sender)
    inbox = Inbox(status=400, body=body)
    async with listening(inbox, sender.port):
        assert await sender.pushing.push() == 0
        assert len(inbox.got) == 3
        inbox.status = 202
        assert await sender.pushing.push() == 0
        assert len(inbox.got) == 3
    assert await sender.waiting() == []
    told = capsys.readouterr().out
    assert "event-not-read" in told
    assert "script" not in told


async def test_one_that_is_refused_does_not_hold_up_the_others(sender: Sender) -> None:
    await sender.registers()
    await stopped(sender)
    inbox = Inbox(status=500)
    async with listening(inbox, sender.port):
        await sender.pushing.push()
        assert len(inbox.got) == 3


async def test_no_redirect_is_followed(sender: Sender) -> None:
    elsewhere, port = Inbox(), free_port()
    await sender.registers()
    await stopped(sender)
    inbox = Inbox(status=307, location=f"http://127.0.0.1:{port}/")
    async with listening(inbox, sender.port), listening(elsewhere, port):
        assert await sender.pushing.push() == 0
    assert (len(inbox.got), elsewhere.got) == (3, [])


async def test_after_thirty_days_it_is_not_pushed_but_can_be_polled(sender: Sender) -> None:
    await sender.registers()
    await stopped(sender)
    sender.street.clock.ahead += MONTH + 60
    inbox = Inbox()
    async with listening(inbox, sender.port):
        assert await sender.pushing.push() == 0
    assert inbox.got == []
    sender.street.clock.ahead = 0
    assert len(await sender.waiting()) == 3


async def test_an_address_that_is_taken_out_gets_nothing(sender: Sender) -> None:
    await sender.registers()
    await register(sender.database, {"team": sender.system.team.party, "address": None}, environment="demo")
    await stopped(sender)
    inbox = Inbox()
    async with listening(inbox, sender.port):
        assert await sender.pushing.push() == 0
    assert inbox.got == []


TEAM = "urn:oin:00000001001234567000:team:jeugdteam-zuid"
BAD: dict[str, Any] = {
    "no team": {"team": "urn:oin:00000001001234567000", "address": "https://a.example/"},
    "no address": {"team": TEAM},
    "something more": {"team": TEAM, "address": "https://a.example/", "key": "x"},
    "plain http": {"team": TEAM, "address": "http://a.example/"},
    "with a user": {"team": TEAM, "address": "https://u:p@a.example/"},
    "with a fragment": {"team": TEAM, "address": "https://a.example/#x"},
    "with a space": {"team": TEAM, "address": "https://a.example/ x"},
    "no host": {"team": TEAM, "address": "https:///x"},
    "another kind": {"team": TEAM, "address": 7},
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_receiver_is_not_registered(sender: Sender, name: str) -> None:
    with pytest.raises(ReceiverError):
        await register(sender.database, BAD[name], environment="production")
    assert await sender.database.read(lambda c: list(pushing.store.due(c, 2**40))) == []
    local = {"team": TEAM, "address": "http://127.0.0.1:1/x"}
    with pytest.raises(ReceiverError):
        await register(sender.database, local, environment="production")
