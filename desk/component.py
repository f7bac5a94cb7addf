# SPDX-License-Identifier: EUPL-1.2
"""The desk's parts in one place, and how its rows are shown on the wire."""

from dataclasses import dataclass
from typing import Any

from chassis.clock import Clock, moment
from desk import schemas
from desk.callers import Caller
from desk.gateway_client import GatewayClient
from desk.keeping import Keeping
from desk.members import Members
from desk.refusals import NotHere
from desk.relaying import Relaying
from desk.rings import Rings
from desk.sessions import Opening, Session, Sessions
from desk.ways import PATH, Ways


@dataclass(frozen=True)
class Desk:
    """What routes work with."""

    clock: Clock
    sessions: Sessions
    gateway: GatewayClient
    members: Members
    rings: Rings
    relaying: Relaying
    keeping: Keeping
    ways: Ways

    # -- sessions and openings -------------------------------------------------------------------------------

    def open(self, caller: Caller, given: schemas.NewOpening) -> Opening:
        """Begins to open a grant for its purpose."""
        caller.must_work()
        now = self.clock.now()
        return self.sessions.open(caller.session, given.grant, given.act, given.purpose, given.reason, now)

    def opening(self, caller: Caller, opening: str) -> Opening:
        """An own opening. Raises NotHere."""
        found = caller.session.openings.get(opening)
        if found is None:
            raise NotHere
        if self.clock.now() >= found.ends:
            found.state, found.token = "refused", None
        return found

    async def sign_out(self, caller: Caller) -> None:
        """Ends the session here, and each of its sign-ins at the gateway."""
        session: Session = caller.session
        self.sessions.end(session)
        tokens = [session.ask, *(one.token for one in session.openings.values() if one.token is not None)]
        for token in tokens:
            await self.gateway.revoke(session.key, token)

    # -- shown -----------------------------------------------------------------------------------------------

    @staticmethod
    def show_opening(found: Opening) -> schemas.Opening:
        """An opening on the wire."""
        address = f"{PATH}/go/{found.id}" if found.state == "waiting" and not found.gone else None
        members = {"id": found.id, "grant": found.grant, "purpose": found.purpose, "state": found.state}
        return schemas.Opening.model_validate(members | {"address": address, "endsAt": moment(found.ends)})

    @staticmethod
    def show_ring(row: Any) -> schemas.Ring:
        """Own keys on the wire."""
        return schemas.Ring(id=row.ring, name=row.name, card=row.card, keyring=row.seq, made_at=moment(row.at))

    @staticmethod
    def show_keyring(row: Any) -> schemas.Keyring:
        """The sealed keyring on the wire. Raises NotHere before the first."""
        if row.keyring is None:
            raise NotHere
        return schemas.Keyring(seq=row.seq, jwe=row.keyring)

    @staticmethod
    def show_colleague(row: Any, role: str) -> schemas.Colleague:
        """Somebody with keys here, on the wire."""
        members = {"subject": row.subject, "name": row.name, "card": row.card, "role": role, "copy": row.copy}
        return schemas.Colleague.model_validate(members | {"madeAt": moment(row.at)})
