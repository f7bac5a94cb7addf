# SPDX-License-Identifier: EUPL-1.2
"""Learning: what an organisation is told after the yes, and what it answers. Consent decides and keeps; we say who calls.

Most of it is a system's (`learn`): nobody has to be signed in for an event, a closing or a colleague who left.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from chassis import logs
from chassis.calls import Reply
from chassis.clock import Clock
from chassis.database import Database
from chassis.problems import Problem
from gateway import registering
from gateway.callers import Caller
from gateway.consent_client import ConsentClient
from gateway.relaying import page_of

WAIT = 5
"""Seconds that a poll waits for the first event, where it may (RFC 8936, section 2.2: ours to choose)."""
STEP = 1.0
ORGANISATION = len("urn:oin:") + 20
"""Where the organisation's part of a team's name ends."""


class Learning:
    """The use cases."""

    def __init__(self, *, consent: ConsentClient, database: Database, clock: Clock) -> None:
        self._consent, self._database, self._clock = consent, database, clock

    async def poll(self, caller: Caller, *, most: int, ack: list[str], errors: Mapping[str, str], wait: bool) -> Reply:
        """Own signed events that were not acknowledged. errors: event -> code, of those that could not be read."""
        caller.must("learn")
        for code in errors.values():
            logs.log().error("alarm", part="gateway", what="event-not-read", code=code, client=caller.client)
        asked: dict[str, Any] = {"team": caller.team, "maxEvents": most}
        reply = await self._consent.call("POST", "/events", {**asked, "ack": ack, "notGood": list(errors)})
        until = self._clock.steady() + (WAIT if wait and most else 0)
        while not reply.json()["sets"] and self._clock.steady() < until:
            await asyncio.sleep(STEP)
            reply = await self._consent.call("POST", "/events", asked)
        return reply

    async def close(self, caller: Caller, grant: str, closing: str) -> Reply:
        """The team's signed word after an end."""
        caller.must("learn", grant=grant)
        return await self._consent.call("POST", f"/grants/{grant}/closings", {"team": caller.team, "closing": closing})

    async def evidence(self, caller: Caller, grant: str, size: int, cursor: str | None) -> Reply:
        """What the team can show of a grant of its own."""
        caller.must("ask", "learn", grant=grant)
        return await self._consent.call("GET", f"/grants/{grant}/evidence", query=page_of(caller, size, cursor))

    async def take_over(self, caller: Caller, grant: str, reason: str) -> None:
        """A colleague takes the case. A system looks at nothing, so it can take none."""
        caller.must("ask", grant=grant)
        if not caller.subject.startswith("cw_"):
            raise Problem("insufficient-scope", "A case is a caseworker's: sign in.")
        told = {"team": caller.team, "caseworker": caller.subject, "reason": reason}
        await self._consent.call("POST", f"/grants/{grant}/take-overs", told)

    async def questions(self, caller: Caller, size: int, cursor: str | None) -> Reply:
        """ "Waarom keek je?": what the team was asked, newest first."""
        caller.must("ask", "learn")
        return await self._consent.call("GET", "/questions", query=page_of(caller, size, cursor))

    async def question(self, caller: Caller, question: str) -> Reply:
        """One question to the team."""
        caller.must("ask", "learn")
        return await self._consent.call("GET", f"/questions/{question}", query=[("team", caller.team)])

    async def answer(self, caller: Caller, question: str, answer: str) -> Reply:
        """Why the team looked, signed."""
        caller.must("ask", "learn")
        told = {"team": caller.team, "caseworker": caller.subject, "answer": answer}
        return await self._consent.call("POST", f"/questions/{question}/answers", told)

    async def suspend(self, caller: Caller, subject: str) -> None:
        """A colleague left: no decision is yes from here on, and no token of that caseworker counts.

        The subject is the organisation's own pseudonym, so nobody of another organisation can be meant. Whether there
        is such a caseworker is not told. At consent first: what is left open then is refused there already.
        """
        caller.must("learn")
        await self._consent.call("POST", "/caseworker-suspensions", {"team": caller.team, "sub": subject})
        organisation = caller.team[:ORGANISATION]
        await registering.suspend(self._database, organisation, subject, self._clock.now())
