# SPDX-License-Identifier: EUPL-1.2
"""Who calls the desk: a caseworker's own page, in a signed-in browser. Asked anew at every call: the session, and what
the newest member list says of this person at this moment.

Three things must hold before anything else is looked at: the header that only a page of this origin can send (another
site's script would have to ask first, and is refused), for every method but GET the browser's own word for the origin,
and one session cookie. SameSite=Strict alone would let a sister site of the organisation call in a caseworker's name.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.types import Scope

from chassis.clock import Clock
from chassis.database import Database
from chassis.problems import Problem
from desk import store
from desk.members import Members
from desk.sessions import Session, Sessions

PAGE_HEADER = b"kluisje-desk"
_SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Caller:
    """A signed-in caseworker. role: `none`, `member`, `keeper` or `administrator`, as of now. ring: own ring id."""

    session: Session
    subject: str
    role: str
    ring: str | None
    name: str | None

    def must(self, *roles: str) -> None:
        """Raises Problem not-allowed unless the caller has one of these roles."""
        if self.role not in roles:
            raise Problem("not-allowed", "This is for others in the team. Ask a key keeper or the administrator.")

    def must_work(self) -> None:
        """For who works with cases: a member, keepers included. The administrator is none."""
        self.must("member", "keeper")


class Callers:
    """Identifies callers for the scheme `caseworker`. cookie: the name of the session's cookie."""

    def __init__(
        self, *, sessions: Sessions, members: Members, database: Database, clock: Clock, origin: str, cookie: str
    ) -> None:
        self._sessions, self._members, self._database, self._clock = sessions, members, database, clock
        self._origin, self._cookie = origin.encode(), cookie

    async def identify(self, scope: Scope, scheme: str) -> Caller:
        """The caller of one call. Raises Problem 403 for another page, 401 for nobody."""
        check_page(scope, self._origin)
        session = self._sessions.find(cookie_of(scope, self._cookie), self._clock.now())
        if session is None:
            raise signed_out()
        standing = await self._database.read(lambda c: self._standing(c, session.subject))
        if standing is None:
            self._sessions.end(session)
            raise signed_out()
        return Caller(session, session.subject, *standing)

    def _standing(self, connection: store.Connection, subject: str) -> tuple[str, str | None, str | None] | None:
        """(role, ring, name); None for who was removed."""
        if store.removed(connection, subject):
            return None
        ring = store.ring_of(connection, subject)
        role = self._members.role(connection, subject, None if ring is None else ring.sig)
        return (role, None, None) if ring is None else (role, ring.ring, ring.name)


def check_page(scope: Scope, origin: bytes) -> None:
    """Refuses what did not come from the desk's own page. Raises Problem not-allowed."""
    headers = dict(scope["headers"])
    said = headers.get(b"origin")
    from_page = headers.get(PAGE_HEADER) == b"1"
    here = said == origin if scope["method"] not in _SAFE or said is not None else True
    if not (from_page and here):
        raise Problem("not-allowed", "Only the desk's own page may call this.")


def cookie_of(scope: Scope, name: str) -> str:
    """The value of the one cookie of this name, or "": a second one, set by somebody else, makes none of them count."""
    found = [
        part.partition(b"=")[2]
        for header, value in scope["headers"]
        if header == b"cookie"
        for part in value.split(b"; ")
        if part.partition(b"=")[0] == name.encode()
    ]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def signed_out() -> Problem:
    """401: sign in (again)."""
    headers = {"WWW-Authenticate": 'Session realm="desk"'}
    return Problem("not-authenticated", "Sign in at /door/in, then repeat the call.", headers=headers)


def caller_of(request: Request) -> Caller:
    """FastAPI dependency: the caller whom the door identified."""
    caller: Any = request.scope["kluisje.caller"]
    assert isinstance(caller, Caller)
    return caller
