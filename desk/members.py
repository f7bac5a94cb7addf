# SPDX-License-Identifier: EUPL-1.2
"""Who is in the team: member lists, removals, copies of the team's key. All signed or sealed by others.

The list decides at every call. Whoever a new list leaves out is refused here from its commit on, loses the own copies of
the team's key, and is suspended at the gateway: at once, or as soon as it answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from chassis.clock import Clock
from chassis.database import Connection, Database
from chassis.journal import Journal, Line
from chassis.problems import Problem
from desk import store
from desk.gateway_client import GatewayClient, NotGiven
from desk.refusals import ChainMoved, PlaceMismatch
from desk.sessions import Sessions
from formats.spelling import H
from formats.statement import verify_first_card
from formats.team import TeamList, team_follows, team_key_place, verify_team


@dataclass(frozen=True)
class Entered:
    """A list that counts. removed: whom it leaves out. suspended: whether the gateway knows of all of them."""

    seq: int
    removed: tuple[str, ...]
    suspended: bool


class Members:
    """The use cases. first_key: public JWK that signs the first list."""

    def __init__(
        self,
        *,
        team: str,
        first_key: Mapping[str, str],
        database: Database,
        clock: Clock,
        journal: Journal,
        sessions: Sessions,
        gateway: GatewayClient,
    ) -> None:
        self.team, self.first_key = team, first_key
        self._database, self._clock, self._journal = database, clock, journal
        self._sessions, self._gateway = sessions, gateway
        self._read: dict[str, TeamList] = {}

    # -- what the newest list says ---------------------------------------------------------------------------

    def newest(self, connection: Connection) -> TeamList | None:
        """The newest list. It was checked when it came; its text is remembered by itself, not by what it says now."""
        token = store.newest_list(connection)
        if token is None:
            return None
        found = self._read.get(token)
        if found is None:
            self._read = {}
            for one in store.lists(connection):
                key = found.adm if found is not None else self.first_key
                found = verify_team(one, key)
            assert found is not None
            self._read = {token: found}
        return found

    def role(self, connection: Connection, subject: str, sig: str | None) -> str:
        """`administrator`: whose card holds the key that signs the next list. Else as the newest list says."""
        newest = self.newest(connection)
        administrator = self.first_key["kid"] if newest is None else newest.adm["kid"]
        if sig is not None and sig == administrator:
            return "administrator"
        member = None if newest is None else newest.member(subject)
        return "none" if member is None else member.role

    # -- lists -----------------------------------------------------------------------------------------------

    async def lists(self) -> tuple[Sequence[str], bool, Sequence[store.Row[Any]]]:
        """(all lists, whether the team's key is older than a removal, removals that the gateway does not know)."""

        def work(c: Connection) -> tuple[Sequence[str], bool, Sequence[store.Row[Any]]]:
            tokens = store.lists(c)
            return tokens, _rotation_due(self._chain(tokens)), store.untold(c)

        return await self._database.read(work)

    def _chain(self, tokens: Sequence[str]) -> list[TeamList]:
        found: list[TeamList] = []
        for token in tokens:
            found.append(verify_team(token, found[-1].adm if found else self.first_key))
        return found

    async def enter(self, token: str, actor: str) -> Entered:
        """The next list. Raises FormatError, ChainMoved, PlaceMismatch."""
        now = self._clock.now()

        def work(c: Connection) -> tuple[int, tuple[str, ...], list[bytes]]:
            before = self.newest(c)
            new = verify_team(token, before.adm if before is not None else self.first_key)
            if new.iss != self.team:
                raise PlaceMismatch
            if new.seq != (before.seq if before is not None else 0) + 1:
                raise ChainMoved
            team_follows(before, new)
            for member in new.members:
                ring = store.ring_of(c, member.sub)
                card = None if ring is None else verify_first_card(ring.card).claims
                if card is None or (card["sig"], card["enc"]) != (member.sig, member.enc):
                    raise PlaceMismatch
            store.add_list(c, new.seq, token, now)
            named, were = {one.sub for one in new.members}, set() if before is None else {m.sub for m in before.members}
            gone = tuple(sorted(were - named))
            for subject in gone:
                store.remove(c, subject, new.seq, now)
            for subject in named - were:
                store.let_back(c, subject)
            lines = [Line("Member list entered", f"list:{new.seq}", "Ok", actor)]
            lines += [Line("Member removed", f"member:{subject}", "Ok", actor) for subject in gone]
            return new.seq, gone, self._journal.write(c, self._clock.milliseconds(), lines)

        seq, gone, lines = await self._database.write(work)
        self._journal.show(lines)
        for subject in gone:
            self._sessions.end_all(subject)
        return Entered(seq, gone, await self.tell_removals())

    async def tell_removals(self) -> bool:
        """Tells the gateway of removals that it does not know; whether it knows of all now."""
        waiting = await self._database.read(store.untold)
        for row in waiting:
            try:
                reply = await self._gateway.as_system("POST", "/caseworker-suspensions", {"sub": row.subject})
            except (NotGiven, Problem):
                return False
            if reply.status != 204:
                return False
            await self._database.write(partial(store.set_told, subject=row.subject, seq=row.seq))
        return True

    # -- colleagues and copies of the team's key -------------------------------------------------------------

    async def colleagues(self) -> list[tuple[store.Row[Any], str]]:
        """Everybody with keys here, with the role; `removed` for who was taken out."""

        def work(c: Connection) -> list[tuple[store.Row[Any], str]]:
            rows = store.all_rings(c)
            return [(row, "removed" if row.gone is not None else self.role(c, row.subject, row.sig)) for row in rows]

        return await self._database.read(work)

    async def copies(self, subject: str) -> Sequence[store.Row[Any]]:
        """Own copies, newest first."""
        return await self._database.read(lambda c: store.copies_of(c, subject))

    async def hand_out(self, subject: str, given: Sequence[str]) -> None:
        """A keeper's copies for members of the newest list, all or none. Raises FormatError, PlaceMismatch."""
        places = [(team_key_place(jwe), jwe) for jwe in given]
        now = self._clock.now()

        def work(c: Connection) -> None:
            newest = self.newest(c)
            for place, jwe in places:
                member = None if newest is None else newest.member(place.sub)
                if newest is None or member is None or (place.iss, place.seq) != (self.team, newest.seq):
                    raise PlaceMismatch
                if place.kid != member.enc["kid"]:
                    raise PlaceMismatch
                store.add_copy(c, h=H(jwe), subject=place.sub, seq=place.seq, jwe=jwe, at=now)
                self._account(c, "Team key handed out", f"member:{place.sub}", subject)

        await self._database.write(work)

    def _account(self, connection: Connection, action: str, what: str, actor: str) -> None:
        """An accountability line, in the transaction of what it tells of."""
        self._journal.write(connection, self._clock.milliseconds(), [Line(action, what, "Ok", actor)])


def _rotation_due(chain: Sequence[TeamList]) -> bool:
    """Whether somebody who could have the newest key was removed since."""
    due = False
    for before, new in pairwise(chain):
        if new.jkt != before.jkt:
            due = False
        if new.jkt is not None and {one.sub for one in before.members} - {one.sub for one in new.members}:
            due = due or new.jkt == before.jkt
    return due
