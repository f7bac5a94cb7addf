# SPDX-License-Identifier: EUPL-1.2
"""Relaying: what members ask of the gateway goes there in the caseworker's own name, and the answer passes unopened.

Who calls is said by the token that the gateway gave this very person; nothing that the page sends can change it. Looking
into a grant needs an opening of its own: a sign-in at the gateway that names grant and purpose (`desk/ways.py`), so the
token that reads covers one grant and one purpose, and consent holds the purpose against the grant at every look.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.calls import Flow, Reply
from chassis.clock import Clock
from chassis.database import Database
from chassis.journal import Journal, Line
from chassis.problems import unavailable
from desk import store
from desk.callers import Caller
from desk.gateway_client import GatewayClient, NotGiven
from desk.refusals import NotOpened, Over
from desk.sessions import Opening, Session, Sessions

Query = Sequence[tuple[str, str]]


class Relaying:
    """The use cases that the gateway decides."""

    def __init__(
        self, *, gateway: GatewayClient, sessions: Sessions, database: Database, clock: Clock, journal: Journal
    ) -> None:
        self._gateway, self._sessions, self._database = gateway, sessions, database
        self._clock, self._journal = clock, journal

    async def ask(
        self, caller: Caller, method: str, path: str, body: Mapping[str, Any] | None = None, query: Query = ()
    ) -> Reply:
        """A call in the caseworker's name with the token that asks. Raises Over, Problem."""
        caller.must_work()
        session = caller.session
        if not self._gateway.good(session.ask):
            try:
                session.ask = await self._gateway.refresh(session.key, session.ask)
            except NotGiven as error:
                self._sessions.end(session)
                raise Over from error
        reply = await self._gateway.call(method, path, session.key, session.ask, body, query)
        return self._good(reply, session, None)

    async def within(
        self,
        caller: Caller,
        grant: str,
        action: str | None,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
        query: Query = (),
    ) -> Reply:
        """A call within an opened grant: a look, or a deposit. action: its line in the journal; None: another call of the
        same deposit has it. Raises NotOpened, Over, Problem."""
        caller.must_work()
        opening = await self._opened(caller.session, grant)
        assert opening.token is not None
        key = caller.session.key
        reply = await self._gateway.call(method, f"/grants/{grant}{path}", key, opening.token, body, query)
        if action is not None:
            await self._account(caller, action, grant, reply.status)
        return self._good(reply, caller.session, opening)

    async def fetch(self, caller: Caller, grant: str, path: str, query: Query) -> Flow:
        """A sealed attachment of an opened grant, as it flows. Raises NotOpened, Over, Problem."""
        caller.must_work()
        opening = await self._opened(caller.session, grant)
        assert opening.token is not None
        flow = await self._gateway.flow(f"/grants/{grant}{path}", caller.session.key, opening.token, query)
        await self._account(caller, "Attachment relayed", grant, flow.status)
        if flow.status >= 300:
            body = b"".join([piece async for piece in flow.pieces])
            self._good(Reply(flow.status, flow.headers, body), caller.session, opening)
        return flow

    async def close(self, caller: Caller, grant: str, closing: str) -> Reply:
        """The team's signed word after an end, in the system's name; then the duty is done here too, and the kept
        envelopes of the grant are gone."""
        caller.must_work()
        try:
            reply = await self._gateway.as_system("POST", f"/grants/{grant}/closings", {"closing": closing})
        except NotGiven as error:
            raise unavailable() from error
        if reply.status >= 300:
            raise reply.problem()
        now = self._clock.now()

        def work(c: store.Connection) -> None:
            store.close_duty(c, grant, now)
            store.drop_envelopes(c, grant)
            line = Line("Grant closed", f"grant:{grant}", "Ok", caller.subject)
            self._journal.write(c, self._clock.milliseconds(), [line])

        await self._database.write(work)
        return reply

    async def published(self, path: str, query: Query) -> Reply:
        """What the consent service publishes for everybody. Raises Problem."""
        reply = await self._gateway.published(path, query)
        if reply.status >= 300:
            raise reply.problem()
        return reply

    async def helped(self, question: Mapping[str, Any]) -> Reply:
        """What the helper answers a caseworker. It is not told who asks, and nothing of it is kept or written down here.
        Raises Problem."""
        reply = await self._gateway.helper({**question, "audience": "caseworker"})
        if reply.status >= 300:
            raise reply.problem()
        return reply

    async def _opened(self, session: Session, grant: str) -> Opening:
        opening = session.open_on(grant)
        if opening is None or opening.token is None:
            raise NotOpened
        if not self._gateway.good(opening.token):
            try:
                opening.token = await self._gateway.refresh(session.key, opening.token)
            except NotGiven as error:
                opening.state, opening.token = "refused", None
                raise NotOpened from error
        return opening

    def _good(self, reply: Reply, session: Session, opening: Opening | None) -> Reply:
        """A good answer; or the gateway's own problem, told as it is. 401 means that it knows this sign-in no more."""
        if reply.status == 401:
            if opening is not None:
                opening.state, opening.token = "refused", None
                raise NotOpened
            self._sessions.end(session)
            raise Over
        if reply.status >= 300:
            raise reply.problem()
        return reply

    async def _account(self, caller: Caller, action: str, grant: str, status: int) -> None:
        """Written before the answer goes on: nothing is handed out without its line."""
        line = Line(action, f"grant:{grant}", "Ok" if status < 300 else "Unset", caller.subject)
        milliseconds = self._clock.milliseconds()
        shown = await self._database.write(lambda c: self._journal.write(c, milliseconds, [line]))
        self._journal.show(shown)


def rewritten(reply: Reply, name: str) -> str | None:
    """A header with addresses of the gateway, as addresses of the desk."""
    told = reply.headers.get(name)
    return None if told is None else told.replace("/gateway/v1/", "/desk/v1/").replace("/consent/v1/", "/desk/v1/")
