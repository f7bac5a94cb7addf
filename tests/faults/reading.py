# SPDX-License-Identifier: EUPL-1.2
"""Reading as fast as a small client can: kept connections, a fresh proof for every read, tokens for many grants.

A caseworker signs in once; the tokens for the other grants are that one's with another grant in it, signed again with the
issuer's own key. What a token lets is decided at each read anyway.
"""

import asyncio
import json
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from formats.dpop import make_proof
from formats.grant import Grant
from formats.jose import peek, sign
from formats.spelling import H, new_id
from kluisje.organisation import Caseworker
from tests.town import Players


@dataclass(frozen=True)
class Target:
    """One grant that is read. url: of the records of its one drawer."""

    jti: str
    path: str
    url: str
    token: str
    ath: str


@dataclass(frozen=True)
class Answer:
    """What came back. began: before the first byte left (monotonic, ns)."""

    began: int
    status: int
    body: bytes

    @property
    def ids(self) -> set[str]:
        """The records that were handed out."""
        return {str(one["id"]) for one in json.loads(self.body)["sealed"]} if self.status == 200 else set()


async def targets(players: Players, reader: Caseworker, grants: list[Grant]) -> list[Target]:
    """Tokens for these grants, all bound to the reader's one key."""
    servers = players.town.folder / "servers"
    issuer = json.loads((servers / "organisations_key.json").read_text())
    details = reader.details("read", grant_id=grants[0].jti)
    claims = peek(await reader._tokens.token(details))[1]
    session = claims["jti"].partition(".")[0]
    made = []
    for grant in grants:
        own: dict[str, Any] = {**claims["authorization_details"][0], "grant_id": grant.jti}
        own.pop("purpose", None)
        token = sign(
            claims | {"authorization_details": [own], "jti": f"{session}.{new_id()}", "exp": claims["exp"] + 4 * 3_600},
            "at+jwt",
            issuer,
        )
        path = f"/gateway/v1/grants/{grant.jti}/drawers/{grant.drawers[0].id}/records"
        made.append(Target(grant.jti, path, players.town.origin + path, token, H(token)))
    return made


class Connection:
    """One kept connection of a reader."""

    def __init__(self, origin: str, reader: Caseworker) -> None:
        self._host, self._key, self._clock = origin.partition("//")[2], reader._tokens.key, reader.http.clock
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def request(self, target: Target) -> bytes:
        """A read with a fresh proof, ready to be sent."""
        proof = make_proof(self._key, "GET", target.url, target.ath, now=self._clock())
        lines = (
            f"GET {target.path} HTTP/1.1\r\nHost: {self._host}\r\nAccept: application/json\r\n"
            f"Authorization: DPoP {target.token}\r\nDPoP: {proof}\r\n\r\n"
        )
        return lines.encode()

    async def read(self, target: Target) -> Answer:
        """One read. ConnectionError or IncompleteReadError when the server goes away."""
        if self._streams is None:
            host, _, port = self._host.partition(":")
            self._streams = await asyncio.open_connection(host, int(port))
        incoming, outgoing = self._streams
        request = self.request(target)
        began = monotonic_ns()
        outgoing.write(request)
        head = await incoming.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length: ")
        length = int(head[at + 16 : head.find(b"\r\n", at)])
        return Answer(began, int(head[9:12]), await incoming.readexactly(length))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
