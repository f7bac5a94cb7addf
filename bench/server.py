# SPDX-License-Identifier: EUPL-1.2
"""The server under measure: the house as serve.py makes it, and beside it the same bytes without any check.

    python -m bench.server        settings and port from the environment, as `python -m serve`

`/unchecked` answers, with our own server's headers, the bytes that were last sent there: no token, no decision, no line,
no record fetched. `/bench/sample` and `/bench/samples` begin and end the sampler of bench/sampler.py.
"""

import os

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

import serve
from bench.sampler import Sampler
from chassis import logs
from chassis.answers import SECURITY_HEADERS
from chassis.clock import Clock
from chassis.house import House


class Beside:
    """The house, with `/unchecked` and the knobs in front of it."""

    def __init__(self, house: House) -> None:
        self._house, self._sampler = house, Sampler()
        self._headers: list[tuple[bytes, bytes]] = []
        self._bytes = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path == "/unchecked":
            if scope["method"] == "POST":
                await self._keep(receive)
            await send({"type": "http.response.start", "status": 200, "headers": self._headers})
            await send({"type": "http.response.body", "body": self._bytes})
        elif path.startswith("/bench/"):
            body = orjson.dumps(self._knob(path))
            length = [(b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200, "headers": length})
            await send({"type": "http.response.body", "body": body})
        else:
            await self._house(scope, receive, send)

    async def _keep(self, receive: Receive) -> None:
        body, further = b"", True
        while further:
            message = await receive()
            body, further = body + message.get("body", b""), message.get("more_body", False)
        length = (b"content-length", b"%d" % len(body))
        kind = (b"content-type", b"application/json")
        self._bytes, self._headers = body, [length, kind, *SECURITY_HEADERS, (b"api-version", b"1.0.0")]

    def _knob(self, path: str) -> dict[str, object]:
        if path == "/bench/samples":
            return {"rows": self._sampler.stop(), "places": self._sampler.places.most_common(60)}
        self._sampler.start()
        return {}


def main() -> None:
    """Serves on `KLUISJE_PORT`, on the core `KLUISJE_CORE` if that is set."""
    if "KLUISJE_CORE" in os.environ:
        os.sched_setaffinity(0, {int(os.environ["KLUISJE_CORE"])})
    logs.configure()
    settings = serve.ServeSettings()
    app = Beside(serve.house(serve.PARTS, Clock(), settings))
    uvicorn.run(app, port=settings.port, **serve.SERVER)


if __name__ == "__main__":
    main()
