# SPDX-License-Identifier: EUPL-1.2
"""An organisation's system: it learns what happened after the yes, and answers for it. Nobody signs in.

    system = System(http, pins, team)
    for event in await system.events():         # grant-ended, deletion-asked, request-answered …
        ...                                     # look it up at event.dataref, under your own token
    await system.took(events)                   # only now they are gone there
    await system.closes(grant)                  # erased; or kept_until=…, article="…"

Its client is registered with the action `learn`. Sources: gateway.md section 2, RFC 8417, RFC 8936.
"""

from collections.abc import Iterable
from typing import Any

from formats.jose import peek
from formats.receipt import SecurityEvent, sign_closing, verify_security_event
from formats.spelling import FormatError
from kluisje.accounting import Accountable
from kluisje.asking import Granted
from kluisje.http import Http
from kluisje.keyring import TeamKeys
from kluisje.proofs import NotProven, Pins
from kluisje.signing_in import SystemTokens


class System(Accountable):
    """A system of a team. It signs in as itself; it never reads. name, role: who asks, if it asks."""

    _learning = "learn"

    def __init__(self, http: Http, pins: Pins, team: TeamKeys, *, name: str = "", role: str | None = None) -> None:
        super().__init__(http, pins, team, SystemTokens(http, pins.origin, team.client, team.client_key), name, role)
        self._taken: set[str] = set()

    async def events(self, *, wait: bool = False) -> list[SecurityEvent]:
        """What this team was told and did not take yet, at most 100, oldest first; each checked with consent's
        key. wait: for the first one, some seconds. NotProven when one is not consent's, or not for this team.
        """
        asked: dict[str, Any] = {"returnImmediately": not wait}
        told = (await self.call("POST", "/events", self.details("learn"), json=asked)).json()
        found = [self.check_event(token) for token in told["sets"].values()]
        # Taken before, but the word of it did not arrive: it counts once.
        again = [event for event in found if event.jti in self._taken]
        if again:
            await self.took(again)
        return [event for event in found if event.jti not in self._taken]

    def check_event(self, token: str) -> SecurityEvent:
        """One signed event, polled here or pushed to an address of yours. NotProven when it does not check."""
        try:
            event = verify_security_event(token, self.pins.consent[peek(token)[0]["kid"]])
            if event.aud != self.team.party:
                raise FormatError("aud")
        except (FormatError, KeyError) as error:
            raise NotProven("event", "this is no event of the consent service for this team") from error
        return event

    async def took(self, events: Iterable[SecurityEvent]) -> None:
        """These have been dealt with: they do not come again."""
        ids = [event.jti for event in events]
        self._taken.update(ids)
        if ids:
            asked = {"maxEvents": 0, "ack": ids, "returnImmediately": True}
            await self.call("POST", "/events", self.details("learn"), json=asked)

    async def closes(
        self, grant: "Granted | str", *, kept_until: int | None = None, article: str | None = None
    ) -> str | None:
        """After the end: it was erased; or it is kept until then (seconds), under an article that the purpose
        names. Signed, and shown to the person. Answers the receipt; None when the vault is gone meanwhile."""
        id_ = grant.id if isinstance(grant, Granted) else grant
        evidence = await self.evidence(id_)
        closing = sign_closing(
            self.team.sig,
            iss=self.team.party,
            vlt=evidence.grant.vlt,
            gnt=id_,
            until=kept_until,
            art=article,
            iat=self.http.clock(),
        )
        path = f"/grants/{id_}/closings"
        told = await self.call("POST", path, self.details("learn"), json={"closing": closing})
        receipt = told.json()["receipt"]
        return None if receipt is None else str(receipt)

    async def suspends(self, subject: str) -> None:
        """A colleague left: no call of that caseworker works from here on. subject: `cw_…`, as in the tokens."""
        await self.call("POST", "/caseworker-suspensions", self.details("learn"), json={"sub": subject})
