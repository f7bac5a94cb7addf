# SPDX-License-Identifier: EUPL-1.2
"""What the desk keeps of cases: the organisation's own names, and imported envelopes as text that it cannot open.

An envelope is kept only when it is sealed to the team's newest key: whoever was removed before that key was made opens
nothing that is kept from then on (portal.md, Done when 20).
"""

from collections.abc import Sequence
from typing import Any

from chassis.clock import Clock
from chassis.database import Database
from chassis.journal import Journal, Line
from desk import store
from desk.callers import Caller
from desk.members import Members
from desk.refusals import NotHere, PlaceMismatch
from formats.envelope import envelope_place


class Keeping:
    """The use cases."""

    def __init__(self, *, members: Members, database: Database, clock: Clock, journal: Journal) -> None:
        self._members, self._database, self._clock, self._journal = members, database, clock, journal

    async def put_case(self, caller: Caller, request: str, name: str, holder: str) -> store.Row[Any]:
        """Names a case. Raises PlaceMismatch when the holder is no member."""
        caller.must_work()
        now = self._clock.now()

        def work(c: store.Connection) -> store.Row[Any]:
            newest = self._members.newest(c)
            if newest is None or newest.member(holder) is None:
                raise PlaceMismatch
            store.put_case(c, request=request, name=name, holder=holder, at=now)
            self._account(c, "Case named", f"request:{request}", caller.subject)
            found = store.case(c, request)
            assert found is not None
            return found

        return await self._database.write(work)

    async def drop_case(self, caller: Caller, request: str) -> None:
        """Forgets the name of a case. Raises NotHere."""
        caller.must_work()

        def work(c: store.Connection) -> None:
            if store.case(c, request) is None:
                raise NotHere
            store.drop_case(c, request)
            self._account(c, "Case name dropped", f"request:{request}", caller.subject)

        await self._database.write(work)

    async def cases(self, caller: Caller, after: tuple[int, str] | None, size: int) -> Sequence[store.Row[Any]]:
        """Cases with a name, newest first."""
        caller.must_work()
        return await self._database.read(lambda c: store.some_cases(c, after, size))

    async def put_envelope(
        self, caller: Caller, grant: str, drawer: str, epoch: int, jwe: str
    ) -> tuple[store.Row[Any], bool]:
        """Keeps an envelope, in the place of an earlier one; whether it is new. Raises FormatError, PlaceMismatch."""
        caller.must_work()
        place, now = envelope_place(jwe), self._clock.now()
        if (place.gnt, place.drw, place.ep) != (grant, drawer, epoch):
            raise PlaceMismatch

        def work(c: store.Connection) -> tuple[store.Row[Any], bool]:
            newest = self._members.newest(c)
            if newest is None or place.kid != newest.jkt:
                raise PlaceMismatch
            new = store.put_envelope(c, gnt=grant, drw=drawer, ep=epoch, kid=place.kid, jwe=jwe, at=now)
            self._account(c, "Envelope kept", f"grant:{grant}", caller.subject)
            [found] = [row for row in store.envelopes_of(c, grant) if (row.drw, row.ep) == (drawer, epoch)]
            return found, new

        return await self._database.write(work)

    async def envelopes_of(self, caller: Caller, grant: str) -> Sequence[store.Row[Any]]:
        """The kept envelopes of one grant."""
        caller.must_work()
        return await self._database.read(lambda c: store.envelopes_of(c, grant))

    async def envelopes(
        self, caller: Caller, after: tuple[str, str, int] | None, size: int
    ) -> Sequence[store.Row[Any]]:
        """All kept envelopes, by place: for a keeper who seals them again."""
        caller.must_work()
        return await self._database.read(lambda c: store.some_envelopes(c, after, size))

    async def events(self, caller: Caller, after: tuple[int, str] | None, size: int) -> Sequence[store.Row[Any]]:
        """What was told, newest first."""
        caller.must_work()
        return await self._database.read(lambda c: store.some_events(c, after, size))

    async def duties(self, caller: Caller, after: tuple[int, str] | None, size: int) -> Sequence[store.Row[Any]]:
        """What has to be answered for after an end, newest first."""
        caller.must_work()
        return await self._database.read(lambda c: store.some_duties(c, after, size))

    def _account(self, connection: store.Connection, action: str, what: str, actor: str) -> None:
        self._journal.write(connection, self._clock.milliseconds(), [Line(action, what, "Ok", actor)])
