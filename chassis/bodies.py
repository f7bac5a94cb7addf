# SPDX-License-Identifier: EUPL-1.2
"""The body of a request: what its headers may say before anything of it is read, how long it may take, and strict JSON.

Octets go on as they come; JSON is read whole, by `formats.spelling`, before any library sees it.
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
from starlette.types import Message, Receive

from chassis.contract import Operation
from chassis.problems import At, Problem
from formats.spelling import FormatError, parse_json

BODY_SECONDS = 10.0
SLOWEST_BYTES_A_SECOND = 16 * 1024


def check_declared(headers: Mapping[bytes, bytes], operation: Operation) -> None:
    """Refuses a body by what its headers say, before anything of it is read."""
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
    declared = headers.get(b"content-length", b"0")
    if b"content-encoding" in headers:
        raise Problem("unsupported-type", "Send the body without a content encoding.")
    if kind != operation.takes:
        raise Problem("unsupported-type", f"Send the body as {operation.takes}.")
    if not declared.isdigit() or int(declared) > operation.most:
        raise Problem("too-large", f"Send at most {operation.most} bytes.")


async def take_body(scope: MutableMapping[str, Any], receive: Receive, operation: Operation) -> Receive:
    """Counts the body as it comes, and gives it on: octets as they are, JSON whole and strictly read."""
    inside = "kluisje.peer" in scope  # a part of this very process: its body is whole already, and is no stranger's
    counted = receive if inside else _counted(receive, operation.most)
    if operation.takes != "application/json":
        return counted
    pieces = []
    while True:
        message = await counted()
        if message["type"] == "http.disconnect":
            raise Problem("too-slow", "The connection ended before the body did.")
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = b"".join(pieces)
    scope["kluisje.json"] = json_of(body, inside=inside)
    return _replayed(body, receive)


def json_of(body: bytes, *, inside: bool) -> dict[str, Any]:
    """The one JSON object in a body. inside: a part of this very process wrote it. Raises Problem."""
    try:
        return _own_json(body) if inside else parse_json(body)
    except FormatError as error:
        at = [At("body", "", "json")]
        raise Problem(
            "invalid-input", "Send one JSON object in UTF-8, no name twice, whole numbers only.", at
        ) from error


def _own_json(body: bytes) -> dict[str, Any]:
    """JSON that another part of this process wrote by orjson: no name stands twice in it."""
    try:
        found = orjson.loads(body)
    except ValueError:
        raise FormatError("json") from None
    if not isinstance(found, dict):
        raise FormatError("json")
    return found


def _counted(receive: Receive, most: int) -> Receive:
    """Counts bytes and time: a body may take 10 s, and longer only while it keeps up 16 KiB a second."""
    loop = asyncio.get_running_loop()
    began, size = loop.time(), 0

    async def counting() -> Message:
        nonlocal size
        left = began + BODY_SECONDS + size / SLOWEST_BYTES_A_SECOND - loop.time()
        try:
            async with asyncio.timeout(left):
                message = await receive()
        except TimeoutError as error:
            raise Problem("too-slow", "Send the body faster, or in smaller pieces.") from error
        size += len(message.get("body", b""))
        if size > most:
            raise Problem("too-large", f"Send at most {most} bytes.")
        return message

    return counting


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
