# SPDX-License-Identifier: EUPL-1.2
"""Learning: signed events of the consent service, polled or pushed; each counts once, whoever brings it how often.

The event's id and its effect are one transaction, so a crash between them does not exist. An end takes the kept
envelopes of its grant along; a duty to answer for stays until a closing was sent.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from chassis import logs
from chassis.clock import Clock
from chassis.database import Database
from chassis.journal import Journal, Line
from chassis.problems import Problem
from desk import store
from desk.gateway_client import GatewayClient, NotGiven
from desk.members import Members
from formats.jose import peek
from formats.receipt import SecurityEvent, verify_security_event
from formats.spelling import FormatError

AT_ONCE = 50
FIRST_WAIT = 1.0
_GRANT = re.compile(r"/gateway/v1/grants/([0-9a-f-]{36})").fullmatch


class NotOurs(Exception):
    """No event of the consent service for this team. code: as RFC 8935 section 2.4 names it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Learning:
    """The use cases. keys: the consent service's public keys, by thumbprint."""

    def __init__(
        self,
        *,
        team: str,
        keys: Mapping[str, Any],
        gateway: GatewayClient,
        members: Members,
        database: Database,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._team, self._keys, self._gateway, self._members = team, keys, gateway, members
        self._database, self._clock, self._journal = database, clock, journal

    def check(self, token: str) -> SecurityEvent:
        """An event of the consent service for this team. Raises NotOurs."""
        try:
            key = self._keys[peek(token)[0]["kid"]]
        except FormatError as error:
            raise NotOurs("invalid_request") from error
        except KeyError as error:
            raise NotOurs("invalid_key") from error
        try:
            event = verify_security_event(token, key)
        except FormatError as error:
            raise NotOurs("invalid_request") from error
        if event.aud != self._team:
            raise NotOurs("invalid_audience")
        return event

    async def take(self, token: str) -> bool:
        """Counts an event; True when it is new. Raises NotOurs."""
        event, now = self.check(token), self._clock.now()

        def work(c: store.Connection) -> list[bytes] | None:
            row = {"jti": event.jti, "type": event.kind, "dataref": event.dataref, "issued": event.iat, "at": now}
            if not store.add_event(c, **row):
                return None
            self._effect(c, event)
            line = Line("Event taken", f"event:{event.kind}", "Ok", "system:consent")
            return self._journal.write(c, self._clock.milliseconds(), [line])

        lines = await self._database.write(work)
        self._journal.show(lines or [])
        return lines is not None

    def _effect(self, connection: store.Connection, event: SecurityEvent) -> None:
        grant = _GRANT(event.dataref)
        if grant is None:
            return
        if event.kind == "grant-ended":
            store.drop_envelopes(connection, grant[1])
        elif event.kind == "deletion-asked":
            store.add_duty(connection, grant[1], event.iat)

    async def poll(self) -> int:
        """Takes what waits, until nothing does; how many were new. Raises NotGiven, Problem."""
        new, ack, errors = 0, list[str](), dict[str, Any]()
        while True:
            asked = {"ack": ack, "setErrs": errors, "maxEvents": AT_ONCE, "returnImmediately": True}
            reply = await self._gateway.as_system("POST", "/events", asked)
            if reply.status >= 300:
                raise reply.problem()
            ack, errors = [], {}
            for event, token in reply.json()["sets"].items():
                try:
                    new += await self.take(token)
                    ack.append(event)
                except NotOurs as error:
                    errors[event] = {"err": error.code}
            if not ack and not errors:
                return new

    async def for_ever(self, seconds: int) -> None:
        """Looks for events, and tells the gateway of removals that it missed, again and again."""
        wait = FIRST_WAIT
        while True:
            await asyncio.sleep(wait)
            wait = float(seconds or 10)
            try:
                await self._members.tell_removals()
                if seconds:
                    await self.poll()
            except (NotGiven, Problem):
                logs.log().warning("gateway-away", part="desk")
            except Exception as error:  # the next round tries anew
                logs.unexpected("desk", error)
