# SPDX-License-Identifier: EUPL-1.2
"""A neighbouring part over a network: away, silent, broken off or talking nonsense is `unavailable`, and then well again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from chassis import outside
from chassis.clock import Clock
from chassis.outside import Outside
from chassis.problems import Problem
from formats.jose import new_signing_key

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()  # takes all, says nothing


async def broken_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    writer.close()


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"what is this\r\n\r\n")
    writer.close()


async def well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
    writer.close()


@asynccontextmanager
async def part(serve: Serve, port: int = 0) -> AsyncIterator[int]:
    """A part that behaves like this, on a port of its own."""
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def neighbour(port: int) -> Outside:
    """The neighbour as the gateway calls it."""
    audience = "https://kluisje.example/consent/v1"
    base = f"http://127.0.0.1:{port}"
    return Outside(base=base, caller="gateway", audience=audience, key=new_signing_key(), clock=Clock())


@pytest.mark.parametrize("ill", [silent, broken_off, nonsense, None])
async def test_a_neighbour_that_is_ill_is_unavailable_and_then_well_again(
    ill: Serve | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "ANSWER_SECONDS", 0.3)
    async with part(well) as port:
        peer = neighbour(port)
        assert (await peer.post("/consent/v1/looks", {})).status == 200
    if ill is None:
        with pytest.raises(Problem) as caught:
            await peer.post("/consent/v1/looks", {})
    else:
        async with part(ill, port):
            with pytest.raises(Problem) as caught:
                await peer.post("/consent/v1/looks", {})
    assert (caught.value.slug, caught.value.status) == ("unavailable", 503)
    assert caught.value.headers["Retry-After"]
    async with part(well, port):
        assert (await peer.post("/consent/v1/looks", {})).status == 200
    await peer.close()


def test_a_part_has_five_seconds_to_answer() -> None:
    assert outside.ANSWER_SECONDS <= 5
