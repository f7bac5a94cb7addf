# SPDX-License-Identifier: EUPL-1.2
"""One HTTP call as it is sent, byte for byte, in somebody's name; and the answer as it came. No client in between."""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from formats.dpop import make_proof
from formats.jose import Jwk
from formats.spelling import H

JSON, OCTETS = "application/json", "application/octet-stream"
ID4 = "00000000-0000-4000-8000-000000000000"  # well spelled, and nobody's


@dataclass(frozen=True)
class Identity:
    """Who calls: an access token and the key that its proofs are made with (None: a service token, no proof)."""

    token: str = ""
    key: Jwk | None = None
    scheme: str = "DPoP"

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The headers that show it, with a fresh proof."""
        if not self.token:
            return {}
        given = {"Authorization": f"{self.scheme} {self.token}"}
        if self.key is not None:
            given["DPoP"] = make_proof(self.key, method, url, H(self.token), now=int(time.time()))
        return given


NOBODY = Identity()


@dataclass(frozen=True)
class Call:
    """A call: component, operation's method, path below `/<component>/v1`, and what goes along."""

    part: str
    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    kind: str = JSON
    accept: str = "*/*"

    @property
    def address(self) -> str:
        """The path that a proof is made for."""
        return f"/{self.part}/v1{self.path}"

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return self.address + (f"?{query}" if query else "")

    def octets(self) -> bytes | None:
        """The body's bytes; None for a call without one."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()

    def but(self, **changed: Any) -> "Call":
        """The same call with something else in it."""
        return replace(self, **changed)


@dataclass(frozen=True)
class Answer:
    """status; headers by lower-case name, in order (one may stand twice); body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    def header(self, name: str) -> str | None:
        """The one value of a header. Twice the same header is a fault."""
        values = [value for known, value in self.headers if known == name.lower()]
        assert len(values) < 2, f"{name} stands {len(values)} times"
        return values[0] if values else None

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def slug(self) -> str:
        """Which problem, or what else it is."""
        if self.header("content-type") != "application/problem+json":
            return str(self.status)
        return str(self.json()["type"]).removeprefix("urn:problem-type:kluisje:")

    def alike(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """What two equal refusals have in common to the byte: all but `instance` and the date."""
        body = self.body
        if self.header("content-type") == "application/problem+json":
            number = str(self.json()["instance"]).encode()
            body = body.replace(number, b"")
        return self.status, tuple(one for one in self.headers if one[0] != "date"), body


class Line:
    """A kept connection to one server."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._host = urlsplit(origin).netloc
        self._open = http.client.HTTPConnection(self._host, timeout=30)

    def send(self, identity: Identity, call: Call, *, headers: Sequence[tuple[str, str]] = ()) -> Answer:
        """Sends a call. headers: instead of those with the same name, else added."""
        url = self.origin + call.address
        body = call.octets()
        given = {"Host": self._host, "Accept": call.accept, **identity.headers(call.method, url)}
        if body is not None:
            given["Content-Type"] = call.kind
            given["Content-Length"] = str(len(body))
        named = {name.lower() for name, _ in headers}
        lines = [(name, value) for name, value in given.items() if name.lower() not in named]
        return self.raw(call.method, call.target, [*lines, *headers], body)

    def raw(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None) -> Answer:
        """Sends exactly this; a connection that the server closed before is opened anew."""
        began = time.monotonic()
        try:
            found = self._exchange(method, target, headers, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._open.close()
            found = self._exchange(method, target, headers, body)
        content = found.read()
        told = tuple((name.lower(), value) for name, value in found.getheaders())
        return Answer(found.status, told, content, time.monotonic() - began)

    def _exchange(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None
    ) -> http.client.HTTPResponse:
        self._open.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            self._open.putheader(name, value)
        self._open.endheaders(body)
        return self._open.getresponse()

    def close(self) -> None:
        self._open.close()
