# SPDX-License-Identifier: EUPL-1.2
"""What comes after the yes, in both wirings: offers, events, closings, "Waarom keek je?", colleagues, evidence."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from formats.jose import peek
from kluisje.asking import Granted
from kluisje.http import Refused
from kluisje.organisation import Caseworker
from kluisje.person import Person
from kluisje.system import System
from tests import databases
from tests.town import ROOT, Players, Servers, runs_serve

YEAR = 365 * 86_400


async def allowed(town: Players, days: int = 30) -> tuple[Person, Caseworker, Granted]:
    """Noor keeps a fact, Fatima asks for the drawer, Noor says yes, Fatima reads."""
    noor, fatima = await town.citizen("Noor"), await town.caseworker("Fatima", of="jeugdteam-zuid")
    await noor.keeps("school", {"absence_days": 12})
    question = await fatima.asks(noor, for_="back-to-school", about=["school"], days=days)
    await noor.allows(question)
    assert (await fatima.reads(question))[0].body["absence_days"] == 12
    return noor, fatima, (await fatima.granted(question, "read"))[1][0]


async def about(system: System, grant: Granted) -> list[str]:
    """The kinds of events about one grant; others of the town's team stay where they are."""
    mine = [event for event in await system.events() if event.dataref.endswith(grant.id)]
    await system.took(mine)
    return [event.kind for event in mine]


async def test_a_stop_is_told_answered_and_on_her_screen(town: Players) -> None:
    noor, _, grant = await allowed(town)
    system = town.system()
    assert await about(system, grant) == []
    await noor.stops(grant)
    assert sorted(await about(system, grant)) == ["deletion-asked", "grant-ended"]
    assert await about(system, grant) == [], "what was acknowledged does not come again"
    [owed] = await noor.owed()
    assert (owed.grant, owed.answer, owed.overdue) == (grant.id, None, False)
    kept = town.http().clock() + YEAR
    assert await system.closes(grant, kept_until=kept, article="Jeugdwet art. 7.3.8") is not None
    [owed] = await noor.owed()
    assert (owed.answer, owed.article) == ("kept", "Jeugdwet art. 7.3.8")
    await system.closes(grant)
    assert [one.answer for one in await noor.owed()] == ["erased"]
    with pytest.raises(Refused, match="invalid-input"):
        await system.closes((await allowed(town))[2])


async def test_why_did_you_look_is_asked_and_answered(town: Players) -> None:
    noor, fatima, _ = await allowed(town)
    [line] = await noor.who_looked()
    asked = await noor.asks_why(line, "Waarom keek je in mijn la School?")
    assert (asked.state, asked.answer, asked.line) == ("open", None, line.n)
    [why] = [one for one in await fatima.questions() if one.id == asked.id]
    assert (why.text, why.action) == (asked.text, "read")
    await fatima.explains(why, "Om ons gesprek van morgen voor te bereiden.")
    [read] = await noor.asked_why()
    assert (read.state, read.answer) == ("answered", "Om ons gesprek van morgen voor te bereiden.")
    assert why.id not in [one.id for one in await town.system().questions()]
    assert [line.of for line in await noor.history()].count("vault-why+jwt") == 1


async def test_a_counter_offer_accepted_takes_her_new_signature(town: Players) -> None:
    noor, fatima = await town.citizen("Noor"), await town.caseworker()
    await noor.keeps("school", {"absence_days": 4})
    question = await fatima.asks(noor, for_="back-to-school", about=["school", "doctors-note"], days=90)
    shorter = town.http().clock() + 20 * 86_400
    await noor.offers(question, only=["school"], until=shorter, note="Twintig dagen, goed?")
    seen = await fatima.looks_up(question)
    assert seen.state == "countered"
    new = await fatima.accepts(question)
    assert (await fatima.looks_up(question)).state == "taken-back"
    with pytest.raises(Refused, match="not-granted"):
        await fatima.reads(new)
    [asked] = await noor.requests()
    assert (asked.id, asked.wants, asked.request.off) == (new.id, ["school"], question.id)
    grant = await noor.allows(asked)
    assert grant.exp <= shorter
    assert (await fatima.reads(new))[0].body == {"absence_days": 4}


async def test_a_colleague_takes_over_and_she_is_told(town: Players) -> None:
    noor, fatima, grant = await allowed(town)
    karim = await town.caseworker("Karim")
    with pytest.raises(Refused):
        await karim.reads(grant)
    await karim.takes_over(grant, "Fatima is met verlof.")
    assert (await karim.reads(grant))[0].body["absence_days"] == 12
    with pytest.raises(Refused):
        await fatima.reads(grant)
    told = [one async for one in noor.device.items("consent", "/plain-lines")]
    [line] = [one for one in told if one["what"] == "taken-over"]
    assert (line["note"], line["grant"]) == ("Fatima is met verlof.", grant.id)


async def test_evidence_checks_and_holds_no_value(town: Players, tmp_path: Path) -> None:
    noor, fatima, grant = await allowed(town)
    await noor.stops(grant)
    for who in (fatima, town.system()):
        found = await who.evidence(grant)
        assert [line.outcome for line in found.lines] == ["read"]
        assert found.request is not None
        assert found.grant.req == found.request.jti
        assert "absence_days" not in json.dumps(list(found.told))
    joost = await town.caseworker("Joost", of="de-vlier")
    with pytest.raises(Refused, match="not-found"):
        await joost.evidence(grant)


async def test_a_colleague_who_left_is_refused_at_the_next_call(town: Players) -> None:
    """Daan leaves (no other story is his): his tokens are none from the answer on, Fatima's are as before."""
    noor, fatima = await town.citizen("Noor"), await town.caseworker("Fatima")
    daan = await town.caseworker("Daan")
    await noor.keeps("school", {"absence_days": 1})
    question = await daan.asks(noor, for_="back-to-school", about=["school"], days=30)
    await noor.allows(question)
    assert await daan.reads(question)
    _, [grant] = await daan.granted(question, "read")
    subject = peek(await daan._tokens.token(daan.details("ask")))[1]["sub"]
    await town.system().suspends(subject)
    for call in (daan.reads(grant), daan.grants()):
        with pytest.raises(Refused):
            await call
    assert grant.id in [one.id for one in await fatima.grants()]
    with pytest.raises(Refused):
        await (await town.caseworker("Daan")).grants()


# -- pushed ----------------------------------------------------------------------------------------------------------


@dataclass
class Inbox:
    """An organisation's own web server that takes events (RFC 8935). ready: before that it answers 503."""

    got: list[str] = field(default_factory=list)
    ready: bool = True
    tries: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        token = (await reader.readexactly(length)).decode()
        assert "content-type: application/secevent+jwt" in head
        self.tries += 1
        if self.ready:
            self.got.append(token)
        status = "202 Accepted" if self.ready else "503 Service Unavailable"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(inbox: Inbox) -> AsyncIterator[int]:
    server = await asyncio.start_server(inbox.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def tell(servers: Servers, folder: Path, address: str | None) -> None:
    """An administrator says where the team's events go."""
    file = folder / "receiver.json"
    file.write_text(json.dumps({"team": servers.town.team("jeugdteam-zuid").party, "address": address}))
    runs_serve(servers, "register-receiver", str(file))


async def test_events_are_pushed_until_they_are_taken(servers: Servers, town: Players, tmp_path: Path) -> None:
    noor, _, grant = await allowed(town)
    system, inbox, gateway = town.system(), Inbox(ready=False), servers.town.folder / "data" / "gateway.sqlite3"
    async with listening(inbox) as port:
        tell(servers, tmp_path, f"http://127.0.0.1:{port}/events")
        try:
            await noor.stops(grant)
            async with asyncio.timeout(60):
                while not inbox.tries:
                    await asyncio.sleep(0.1)
                inbox.ready = True
                # Seconds go by until the next try (gateway/test_pushing.py counts them).
                while databases.rows(gateway, "SELECT next_at FROM receivers WHERE tries = 1") == []:
                    await asyncio.sleep(0.1)
                databases.change(gateway, "UPDATE receivers SET next_at = 0 WHERE tries = 1")
                while len(mine := [one for one in map(system.check_event, inbox.got) if grant.id in one.dataref]) < 2:
                    await asyncio.sleep(0.1)
        finally:
            tell(servers, tmp_path, None)
    assert sorted(one.kind for one in mine) == ["deletion-asked", "grant-ended"]
    assert await about(system, grant) == [], "what was taken is not told again"


def said(servers: Servers, *arguments: str, text: str = "") -> dict[str, Any]:
    """What a command of `kluisje` printed, for the team's system."""
    keys = servers.town.folder / "jeugdteam-zuid" / "system.json"
    common = ["--json", "--keys", str(keys), "--pins", str(servers.town.pins)]
    command = [sys.executable, "-m", "kluisje", *arguments, *common]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def test_the_same_by_command_line(servers: Servers, town: Players, tmp_path: Path) -> None:
    noor, _, grant = await allowed(town)
    [line] = await noor.who_looked()
    asked = await noor.asks_why(line, "Waarom?")
    await noor.stops(grant)
    told = said(servers, "events", "--keep")["events"]
    mine = [one["type"] for one in told if one["look"].rpartition("/")[2] in (grant.id, asked.id)]
    assert sorted(mine) == ["deletion-asked", "grant-ended", "question-asked"]
    said(servers, "close", grant.id, "--kept-until", "2090-01-01", "--article", "Jeugdwet art. 7.3.8")
    assert [(one.answer, one.article) for one in await noor.owed()] == [("kept", "Jeugdwet art. 7.3.8")]
    assert asked.id in [one["id"] for one in said(servers, "questions", "--as-system")["questions"]]
    said(servers, "answer", asked.id, "--as-system", text="Om samen\n te kijken.\n")
    assert [one.answer for one in await noor.asked_why()] == ["Om samen te kijken."]
    file = tmp_path / "evidence.json"
    shown = said(servers, "evidence", grant.id, "--as-system", "--out", str(file))
    assert (shown["grant"], shown["closing"]) == (grant.id, "kept")
    assert [one["outcome"] for one in shown["lines"]] == ["read", "statement", "statement"]
    assert len(json.loads(file.read_text())["evidence"]) == 1
    said(servers, "suspend", f"cw_{'z' * 43}")
    again = [one["id"] for one in said(servers, "events")["events"]]
    assert set(again) >= {one["id"] for one in told if grant.id in one["look"]}
    assert not set(again) & {one["id"] for one in said(servers, "events", "--keep")["events"]}
