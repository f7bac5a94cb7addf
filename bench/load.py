# SPDX-License-Identifier: EUPL-1.2
"""A load generator that costs little: requests are bytes made beforehand, answers are only cut and counted."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Round:
    """One round: answers a second, latency of the median and the slowest hundredth in ms, answers by status."""

    rate: float
    p50: float
    p99: float
    statuses: Counter[int]


class _Connection(asyncio.Protocol):
    """One kept connection with one request in flight."""

    def __init__(self, requests: Iterator[bytes], seen: "_Seen") -> None:
        self._requests, self._seen = requests, seen
        self._buffer, self._sent = b"", 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        assert self._transport is not None
        if request is None:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.lower().find(b"content-length: ", 0, head)
        if at < 0:  # in chunks (RFC 9112 section 7.1), of a peer
            if not self._buffer.endswith(b"\r\n0\r\n\r\n"):
                return
        elif len(self._buffer) < head + 4 + int(self._buffer[at + 16 : self._buffer.find(b"\r\n", at)]):
            return
        self._seen.times.append(time.perf_counter() - self._sent)
        self._seen.statuses[int(self._buffer[9:12])] += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server ended the connection"))


class _Seen:
    def __init__(self) -> None:
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()


async def play(address: str, requests: Sequence[bytes], in_flight: int, *further: str) -> Round:
    """Sends all `requests` to `address` (`http://host:port`) over `in_flight` kept connections. further: addresses of
    the same service, which take their turns."""
    places = [urlsplit(one) for one in (address, *further)]
    waiting, seen = iter(requests), _Seen()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Connection(waiting, seen), place.hostname, place.port)
        for _, place in zip(range(in_flight), cycle(places), strict=False)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    took = time.perf_counter() - began
    times = sorted(seen.times)
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    return Round(len(times) / took, p50 * 1000, p99 * 1000, seen.statuses)


def get(path: str, host: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Accept: */*", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(path: str, host: str, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes of a POST request."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Accept: */*", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
