# SPDX-License-Identifier: EUPL-1.2
"""The server under measure: the house as serve.py makes it, and in it one part more, which checks nothing.

    python -m bench.server [PART]        settings and port from the environment, as `python -m serve`

The part `unchecked` has the route of a read, and answers with the bytes that were last sent to `/bench/answer`: no token,
no decision, no line, no record fetched. It is a route of this server like any other, so what every route of it does is done
for it too: limits, host, path and method by the contract, our headers (docs/decisions/0018). `/bench/bare` answers the same
bytes before any of that. `/bench/sample` and `/bench/samples` begin and end the sampler of bench/sampler.py.

`/bench/written?N` puts what it is sent at the end of a file (`KLUISJE_WRITTEN`), flushes it to the disk, and answers N bytes:
the least that anybody does who keeps something. `/bench/slow-disk` makes each commit on SQLite wait a millisecond longer,
`/bench/quick-disk` no more.
"""

import gc
import os
import sys
import time
from typing import Any

if __name__ == "__main__":
    gc.disable()  # as serve.py

import orjson
import uvicorn
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

import serve
from bench.sampler import Sampler
from chassis import logs
from chassis.answers import SECURITY_HEADERS, Whole, json_answer
from chassis.application import Application, build
from chassis.clock import Clock
from chassis.contract import hot
from chassis.house import House
from chassis.sqlite import Sqlite

SLOW = 0.001
"""Seconds."""


class Answer:
    """The bytes that are answered unchecked."""

    def __init__(self) -> None:
        self.octets = b""

    async def keep(self, receive: Receive) -> None:
        """Takes the body of a request for it."""
        body, further = b"", True
        while further:
            message = await receive()
            body, further = body + message.get("body", b""), message.get("more_body", False)
        self.octets = body

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As our server sends them with it."""
        length = (b"content-length", b"%d" % len(self.octets))
        return [length, (b"content-type", b"application/json"), *SECURITY_HEADERS, (b"api-version", b"1.0.0")]


def unchecked(answer: Answer, beside: Application) -> Application:
    """The part that checks nothing. beside: a part whose addresses it shares."""
    router = APIRouter()

    async def read_unchecked(_scope: Scope) -> Whole:
        """The bytes that were kept."""
        return json_answer(answer.octets)

    hot(
        router,
        "GET",
        "/grants/{grant}/drawers/{drawer}/records",
        read_unchecked,
        gives=BaseModel,
        operation_id="readUnchecked",
    )

    async def nobody(_scope: Scope, _scheme: str) -> Any:
        raise AssertionError("no operation of it asks who calls")

    async def nothing() -> None:
        """It keeps nothing, so nothing has to begin or end."""

    async def always() -> bool:
        return True

    return build(
        "unchecked",
        version="1.0.0",
        title="Unchecked",
        description="The yardstick of the bench.",
        router=router,
        identify=nobody,
        security=None,
        problems={},
        origin=beside.origin,
        portal_origin=beside.portal_origin,
        hosts=tuple(host.decode() for host in beside.hosts),
        start=nothing,
        stop=nothing,
        ready=always,
        state={},
    )


class Beside:
    """The house, with the knobs in front of it."""

    def __init__(self, house: House, answer: Answer) -> None:
        self._house, self._answer, self._sampler = house, answer, Sampler()
        self._written: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path == "/bench/bare":
            await _send(send, self._answer.headers(), self._answer.octets)
        elif path == "/bench/written":
            body = bytes(int(scope["query_string"] or b"0"))
            await self._write(receive)
            await _send(send, [(b"content-length", b"%d" % len(body)), *SECURITY_HEADERS], body)
        elif path.startswith("/bench/"):
            body = orjson.dumps(await self._knob(path, receive))
            await _send(send, [(b"content-length", b"%d" % len(body))], body)
        else:
            await self._house(scope, receive, send)

    async def _write(self, receive: Receive) -> None:
        if self._written is None:
            self._written = os.open(os.environ["KLUISJE_WRITTEN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        further, kept = True, 0
        while further:
            message = await receive()
            kept += os.write(self._written, message.get("body", b""))
            further = message.get("more_body", False)
        if kept:
            os.fdatasync(self._written)

    async def _knob(self, path: str, receive: Receive) -> dict[str, object]:
        if path == "/bench/answer":
            await self._answer.keep(receive)
        elif path in ("/bench/slow-disk", "/bench/quick-disk"):
            slow_disk(SLOW if path == "/bench/slow-disk" else 0.0)
        elif path == "/bench/samples":
            return {"rows": self._sampler.stop(), "places": self._sampler.places.most_common(60)}
        else:
            self._sampler.start()
        return {}


async def _send(send: Send, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_commit = Sqlite._commit


def slow_disk(seconds: float) -> None:
    """From now on a commit takes so much longer."""

    def commit(self: Sqlite) -> None:
        time.sleep(seconds)
        _commit(self)

    Sqlite._commit = commit if seconds else _commit  # type: ignore[method-assign]


def main() -> None:
    """Serves on `KLUISJE_PORT`, on the core `KLUISJE_CORE` if that is set."""
    if "KLUISJE_CORE" in os.environ:
        os.sched_setaffinity(0, {int(os.environ["KLUISJE_CORE"])})
    logs.configure()
    settings, answer = serve.ServeSettings(), Answer()
    house = serve.house(sys.argv[1:] or serve.PARTS, Clock(), settings)
    house.parts["unchecked"] = unchecked(answer, next(iter(house.parts.values())))
    uvicorn.run(Beside(house, answer), port=settings.port, **serve.SERVER)


if __name__ == "__main__":
    main()
