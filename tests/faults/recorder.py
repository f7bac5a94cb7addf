# SPDX-License-Identifier: EUPL-1.2
"""Keeps every byte that passes between clients and servers: a door in front of the door.

python -m tests.faults.recorder PORT TO-PORT FILE
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


async def record(port: int, to: int, file: Path) -> None:
    """Passes connections on and appends each connection's two directions to `file` as they come."""
    with file.open("ab", buffering=0) as kept:

        async def meets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", to)
            except OSError:
                writer.close()
                return
            await asyncio.gather(_pump(reader, inner_writer, kept), _pump(inner_reader, writer, kept))

        server = await asyncio.start_server(meets, "127.0.0.1", port)
        async with server:
            await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: BinaryIO) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            kept.write(data)
            writer.write(data)
            await writer.drain()
    with suppress(ConnectionError):
        writer.close()


if __name__ == "__main__":
    asyncio.run(record(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
