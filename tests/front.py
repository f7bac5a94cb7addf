# SPDX-License-Identifier: EUPL-1.2
"""The front door of the separate wiring: one public address, each path to the process of its part, bytes unchanged; the
other name of this machine, `localhost`, is the portal's.

What an ingress does in production, with a certificate that the parts take. Own process:
`python -m tests.front PORT CERTIFICATES PART=PORT …` for each part.
"""

import sys
from pathlib import Path

from aiohttp import ClientSession, TCPConnector, web

from tests.certificates import context

_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}


def application(ports: dict[str, int], certificates: Path) -> web.Application:
    sessions: list[ClientSession] = []

    async def forward(request: web.Request) -> web.StreamResponse:
        part = request.path.split("/", 2)[1]
        port = ports["portal"] if request.host.startswith("localhost:") else ports.get(part, ports["gateway"])
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in _HOP]
        body = request.content if request.body_exists else None
        url = f"https://127.0.0.1:{port}{request.raw_path}"
        async with sessions[0].request(
            request.method, url, headers=headers, data=body, allow_redirects=False, skip_auto_headers=("User-Agent",)
        ) as answer:
            given = web.StreamResponse(status=answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP:
                    given.headers.add(name, value)
            await given.prepare(request)
            if request.method != "HEAD":
                async for piece in answer.content.iter_chunked(64 * 1024):
                    await given.write(piece)
            await given.write_eof()
            return given

    async def start(app: web.Application) -> None:
        connector = TCPConnector(limit=0, ssl=context(certificates, "front"))
        sessions.append(ClientSession(connector=connector, auto_decompress=False))

    async def stop(app: web.Application) -> None:
        await sessions[0].close()

    app = web.Application(client_max_size=2**40)
    app.router.add_route("*", "/{path:.*}", forward)
    app.on_startup.append(start)
    app.on_cleanup.append(stop)
    return app


if __name__ == "__main__":
    places = {name: int(port) for name, _, port in (word.partition("=") for word in sys.argv[3:])}
    web.run_app(
        application(places, Path(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None
    )
