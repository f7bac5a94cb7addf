# SPDX-License-Identifier: EUPL-1.2
"""Who is signed in, and the ways to the gateway that are under way. In memory alone: a copy of the database or of a
backup holds no token and no session, and a restart signs everybody out.

Nothing here asks the time or the network.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from formats.jose import new_signing_key
from formats.spelling import H, new_id

LONGEST, IDLE = 8 * 3600, 3600
"""Seconds: what a session lasts at most (the gateway's refresh tokens end then), and without any call."""
WAY_SECONDS = 600
MOST_WAYS, MOST_OPENINGS = 1000, 200


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, when it ends, and what gets the next one. Never printed."""

    text: str = field(repr=False)
    ends: int
    refresh: str | None = field(repr=False)


@dataclass(slots=True)
class Opening:
    """A grant that a caseworker opens, for one purpose. act: to read, or to deposit. token: once the sign-in for it is
    done."""

    id: str
    grant: str
    act: str
    purpose: str
    reason: str | None
    ends: int
    state: str = "waiting"
    token: Token | None = None
    gone: bool = False  # its address was used


@dataclass(slots=True)
class Session:
    """One caseworker in one browser. key: the DPoP key that every token of this session is bound to."""

    mark: str
    subject: str
    key: Mapping[str, Any] = field(repr=False)
    ask: Token
    since: int
    seen: int
    openings: dict[str, Opening] = field(default_factory=dict)

    def ends(self) -> int:
        """When it ends if nothing is called any more."""
        return min(self.since + LONGEST, self.seen + IDLE)

    def open_on(self, grant: str) -> Opening | None:
        """The newest opening of this grant that is good."""
        found = [one for one in self.openings.values() if one.grant == grant and one.state == "open"]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Way:
    """Somebody is on the way to the gateway and back: to sign in (no session yet), or to open a grant."""

    verifier: str = field(repr=False)
    key: Mapping[str, Any] = field(repr=False)
    cookie: str  # H of the cookie of the browser that left
    until: int
    session: str | None = None
    opening: str | None = None


class Sessions:
    """All of them."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._ways: dict[str, Way] = {}

    def start(self, subject: str, key: Mapping[str, Any], ask: Token, now: int) -> str:
        """A new session; answers the value of its cookie."""
        self._sweep(now)
        cookie = secrets.token_urlsafe(32)
        self._sessions[H(cookie)] = Session(H(cookie), subject, key, ask, now, now)
        return cookie

    def find(self, cookie: str, now: int) -> Session | None:
        """The session behind a cookie while it lasts; being asked for keeps it alive."""
        found = self._sessions.get(H(cookie))
        if found is None or now >= found.ends():
            self._sessions.pop(H(cookie), None)
            return None
        found.seen = now
        return found

    def still(self, mark: str | None, now: int) -> Session | None:
        """A session by its mark, without keeping it alive."""
        found = self._sessions.get(mark or "")
        return found if found is not None and now < found.ends() else None

    def end(self, session: Session) -> None:
        """Ends one."""
        self._sessions.pop(session.mark, None)

    def end_all(self, subject: str) -> list[Session]:
        """Ends every session of somebody; answers them, for their tokens."""
        found = [one for one in self._sessions.values() if one.subject == subject]
        for one in found:
            self.end(one)
        return found

    def open(self, session: Session, grant: str, act: str, purpose: str, reason: str | None, now: int) -> Opening:
        """A grant is to be opened: waits for its sign-in."""
        for old in list(session.openings.values()):
            if now >= old.ends or len(session.openings) >= MOST_OPENINGS:
                session.openings.pop(old.id)
        made = Opening(new_id(), grant, act, purpose, reason, now + WAY_SECONDS)
        session.openings[made.id] = made
        return made

    def leave(self, way: Way) -> str:
        """Somebody leaves; answers the `state` that comes back."""
        while len(self._ways) >= MOST_WAYS:
            self._ways.pop(next(iter(self._ways)))
        state = secrets.token_urlsafe(32)
        self._ways[H(state)] = way
        return state

    def arrive(self, state: str, cookie: str, now: int) -> Way | None:
        """The way that this browser left on, once."""
        found = self._ways.get(H(state))
        if found is None or found.cookie != H(cookie):
            return None
        del self._ways[H(state)]
        return found if now < found.until else None

    def _sweep(self, now: int) -> None:
        for old in [one for one in self._sessions.values() if now >= one.ends()]:
            self.end(old)
        for state in [state for state, way in self._ways.items() if now >= way.until]:
            del self._ways[state]


def fresh_key() -> dict[str, str]:
    """A new DPoP key, for one session."""
    return new_signing_key()
