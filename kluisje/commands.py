# SPDX-License-Identifier: EUPL-1.2
"""Commands for what comes after the question: offers, events, closings, "Waarom keek je?", colleagues, evidence.

    kluisje accept|events|close|questions|answer|take-over|evidence|suspend

Each takes what was parsed and says how it went; `kluisje.cli` turns what goes wrong into an exit code.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from formats.receipt import SecurityEvent
from kluisje.accounting import Accountable
from kluisje.asking import Question
from kluisje.browsing import Loopback
from kluisje.http import Http
from kluisje.keyring import TeamKeys, read_team_keys
from kluisje.organisation import Caseworker
from kluisje.proofs import Pins, load_pins
from kluisje.source import Source
from kluisje.system import System

Out = Callable[[Mapping[str, Any], str], None]


def team_of(given: argparse.Namespace, http: Http, pins: Pins, keys: TeamKeys) -> Accountable:
    """The team's application: as a system, or with a caseworker who signs in."""
    if given.as_system:
        return Source(http, pins, keys, name=given.name, role=given.role)
    return Caseworker(http, pins, keys, door_of(given), name=given.name, role=given.role)


def door_of(given: argparse.Namespace) -> Loopback:
    """Where a caseworker signs in: the browser of this machine."""

    def show(url: str) -> None:
        sys.stderr.write(f"Open this page to sign in:\n{url}\n")

    return Loopback(show if given.no_browser else None)


def shown(question: Question) -> dict[str, Any]:
    """A question as its asker sees it, as JSON members."""
    grants = [{"id": one.id, "act": one.act, "ends": one.ends, "drawers": dict(one.drawers)} for one in question.grants]
    about = {"id": question.id, "state": question.state, "code": question.code, "expires": question.expires}
    return about | {"grants": grants}


def _opened(given: argparse.Namespace) -> tuple[TeamKeys, Pins]:
    return read_team_keys(given.keys), load_pins(given.pins)


async def accept(given: argparse.Namespace, out: Out) -> None:
    """Accepts a counter-offer."""
    keys, pins = _opened(given)
    async with Http() as http:
        question = await team_of(given, http, pins, keys).accepts(given.question, note=given.note)
    said = f"Accepted. The new question is {question.id}; say {question.code}."
    out(shown(question), f"{said} The person says yes or no to it until {question.expires}.")


async def events(given: argparse.Namespace, out: Out) -> None:
    """Shows what the team was told, and acknowledges it once it is printed."""
    keys, pins = _opened(given)
    async with Http() as http:
        system = System(http, pins, keys)
        found = await system.events(wait=given.wait)
        lines = [_event(event) for event in found]
        out(
            {"events": lines}, "\n".join(f"{one['at']} {one['type']}: {one['look']}" for one in lines) or "Nothing new."
        )
        if not given.keep:
            await system.took(found)


def _event(event: SecurityEvent) -> dict[str, Any]:
    at = datetime.fromtimestamp(event.iat, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": event.jti, "type": event.kind, "at": at, "look": event.dataref}


async def close(given: argparse.Namespace, out: Out) -> None:
    """Says, signed, that it was erased, or until when it is kept."""
    keys, pins = _opened(given)
    until = None if given.kept_until is None else _day(given.kept_until)
    if (until is None) != (given.article is None):
        raise ValueError("what is kept has both a day and an article")
    async with Http() as http:
        receipt = await System(http, pins, keys).closes(given.grant, kept_until=until, article=given.article)
    said = "It was erased." if until is None else f"It is kept until {given.kept_until}, under {given.article}."
    out({"grant": given.grant, "receipt": receipt}, f"{said} The person reads it.")


def _day(text: str) -> int:
    """The beginning of a day, as seconds."""
    day = date.fromisoformat(text)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


async def questions(given: argparse.Namespace, out: Out) -> None:
    """Shows what people asked about looks of this team."""
    keys, pins = _opened(given)
    async with Http() as http:
        found = await team_of(given, http, pins, keys).questions(every=given.every)
    lines = [f"{one.id} (before {one.due}, about {one.action} at {one.looked}): {one.text}" for one in found]
    out({"questions": [asdict(one) for one in found]}, "\n".join(lines) or "Nobody asks anything now.")


async def answer(given: argparse.Namespace, out: Out) -> None:
    """Answers one of them, from standard input, in the team's name."""
    keys, pins = _opened(given)
    # As an argument it would stand in the list of processes and in the shell's history.
    text = " ".join(sys.stdin.read().split())
    async with Http() as http:
        receipt = await team_of(given, http, pins, keys).explains(given.question, text)
    out({"question": given.question, "receipt": receipt}, "Answered. The person reads it.")


async def take_over(given: argparse.Namespace, out: Out) -> None:
    """Takes the case of a colleague."""
    keys, pins = _opened(given)
    async with Http() as http:
        worker = Caseworker(http, pins, keys, door_of(given), name=given.name, role=given.role)
        await worker.takes_over(given.grant, given.reason)
    out({"grant": given.grant}, "The case is yours; the person reads that, and why.")


async def evidence(given: argparse.Namespace, out: Out) -> None:
    """Fetches what can be shown of a grant, checks it, and writes it to a file if one is named."""
    keys, pins = _opened(given)
    async with Http() as http:
        found = await team_of(given, http, pins, keys).evidence(given.grant)
    if given.out is not None:
        given.out.write_text(json.dumps({"evidence": list(found.told)}, indent=1), "utf-8")
    lines = [{"at": line.at, "outcome": line.outcome, "index": line.index} for line in found.lines]
    closing = None if found.closing is None else found.closing.ans
    told = {"grant": found.grant.jti, "purpose": found.grant.purpose, "closing": closing, "lines": lines}
    out(told, f"The grant is signed, and {len(lines)} lines of this team are in the log.")


async def suspend(given: argparse.Namespace, out: Out) -> None:
    """A colleague left."""
    keys, pins = _opened(given)
    async with Http() as http:
        await System(http, pins, keys).suspends(given.subject)
    out({"sub": given.subject}, "From now on no call of this caseworker works.")
