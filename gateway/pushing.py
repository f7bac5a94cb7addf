# SPDX-License-Identifier: EUPL-1.2
"""Pushing: the signed events of consent go to the address that a team registered (RFC 8935), until it has them.

What waits stands at consent, so nothing is lost by a restart and nothing is sent again that was acknowledged; here is
only when to try next. A receiver that is away is tried again after 10 s, 20 s, 40 s … an hour, for thirty days from
each event; the events can be polled all the same. The receiver trusts consent's signature, not us.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from chassis import logs
from chassis.calls import Reply
from chassis.clock import Clock, show_moment
from chassis.database import Database
from chassis.outside import Outward
from chassis.problems import Problem
from formats.spelling import FormatError, check_team
from gateway import store_receivers as store
from gateway.consent_client import ConsentClient

EVERY = 2.0
"""Seconds between two looks at what waits."""
AT_ONCE = 50
FIRST, LONGEST = 10, 3600
LEASE = 300
"""Seconds that one process has a receiver to itself: longer than a round can take."""
DAYS = 30 * 86_400
KIND = "application/secevent+jwt"
_LOCAL = ("http://127.0.0.1:", "http://[::1]:")
_CODE = re.compile(r"[A-Za-z0-9_]{1,40}").fullmatch


class ReceiverError(Exception):
    """The receiver's file is not good; nothing was registered."""


async def register(database: Database, given: Mapping[str, Any], *, environment: str) -> str:
    """Registers where a team's events go: `{"team": "urn:oin:…:team:…", "address": "https://…"}`; address null takes it
    out. Answers the team. Raises ReceiverError."""
    try:
        if set(given) != {"team", "address"}:
            raise FormatError("members")
        team, address = check_team(given["team"]), given["address"]
    except FormatError as error:
        raise ReceiverError("a receiver is {team, address}: urn:oin:<20 digits>:team:<name>, and https://…") from error
    if address is None:
        await database.write(lambda c: store.drop(c, team))
        return team
    if not _good(address, environment):
        raise ReceiverError("the address is https, without user, fragment or spaces")
    await database.write(lambda c: store.put(c, team, address))
    return team


def _good(address: Any, environment: str) -> bool:
    if not isinstance(address, str) or not address.isascii() or not address.isprintable() or " " in address:
        return False
    parts = urlsplit(address)
    known = parts.scheme == "https" or (environment == "demo" and address.startswith(_LOCAL))
    return known and bool(parts.hostname) and parts.username is None and "#" not in address


@dataclass(slots=True)
class _Round:
    """What became of the events of one team. ack: taken. errors: event -> code. well: nothing has to be tried again."""

    ack: list[str]
    errors: dict[str, str]
    well: bool


class Pushing:
    """The sender."""

    def __init__(self, *, consent: ConsentClient, database: Database, clock: Clock, outward: Outward) -> None:
        self._consent, self._database, self._clock, self._outward = consent, database, clock, outward

    async def for_ever(self) -> None:
        """Pushes what waits, again and again. A failing round is told and tried anew."""
        while True:
            try:
                await self.push()
            except Exception as error:
                logs.unexpected("gateway", error)
            await asyncio.sleep(EVERY)

    async def push(self) -> int:
        """One round: what waits for each receiver that may be tried now. Answers how many events were taken."""
        now, taken = self._clock.now(), 0
        for row in await self._database.read(lambda c: store.due(c, now)):
            waiting = await self._waiting(row["team"], now)
            if not waiting or not await self._mine(row["team"], row["next_at"], now):
                continue
            done = await self._deliver(row["address"], waiting)
            await self._tell(row["team"], done)
            taken += len(done.ack)
            tries = 0 if done.well else row["tries"] + 1
            await self._again(row["team"], row["address"], tries)
        return taken

    async def _waiting(self, team: str, now: int) -> Mapping[str, str]:
        asked = {"team": team, "maxEvents": AT_ONCE, "since": show_moment(now - DAYS)}
        try:
            found: Mapping[str, str] = (await self._consent.call("POST", "/events", asked)).json()["sets"]
        except Problem:  # consent is away: the next round asks again
            return {}
        return found

    async def _mine(self, team: str, was: int, now: int) -> bool:
        return await self._database.write(lambda c: store.claim(c, team, was, now + LEASE))

    async def _again(self, team: str, address: str, tries: int) -> None:
        wait = min(FIRST * 2 ** (tries - 1), LONGEST) if tries else 0
        at = self._clock.now() + wait
        await self._database.write(lambda c: store.set_next(c, team, address, tries, at))

    async def _deliver(self, address: str, waiting: Mapping[str, str]) -> _Round:
        """Sends event by event, oldest first. One that is refused does not hold up the others; silence does."""
        done = _Round([], {}, True)
        for event, token in waiting.items():
            try:
                reply = await self._outward.post(address, token.encode(), KIND)
            except Problem:
                done.well = False
                break
            if 200 <= reply.status < 300:
                done.ack.append(event)
            elif reply.status == 400:
                done.errors[event] = _code_of(reply)
            else:
                done.well = False
        return done

    async def _tell(self, team: str, done: _Round) -> None:
        """Consent is told what was taken. If it is away they are sent once more: each has its own id."""
        for code in done.errors.values():
            logs.log().error("alarm", part="gateway", what="event-not-read", code=code)
        if done.ack or done.errors:
            told: dict[str, str | int | Sequence[str]] = {"team": team, "maxEvents": 0, "ack": done.ack}
            try:
                await self._consent.call("POST", "/events", {**told, "notGood": list(done.errors)})
            except Problem:
                done.well = False


def _code_of(reply: Reply) -> str:
    """The `err` of a receiver (RFC 8935, section 2.4); nothing else of what it says is read."""
    try:
        code = orjson.loads(reply.body)["err"]
    except (ValueError, KeyError, TypeError):
        return "none"
    return code if isinstance(code, str) and _CODE(code) else "none"
