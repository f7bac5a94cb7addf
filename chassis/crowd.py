# SPDX-License-Identifier: EUPL-1.2
"""Calls of a neighbour that came at the same time, carried as one (docs/decisions/0020): the operation `takeCalls`.

It carries and decides nothing: each call in it passes the checks of its own operation and has its own answer, as if it had
come alone. The answer is one line of JSON, `[[status, headers, length], …]`, and after it the bodies, unparsed.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import StreamingResponse
from starlette.types import Scope

from chassis.answers import Whole, problem_answer
from chassis.calls import TRACE, TRACE_BYTES, Beside, Reply
from chassis.contract import BODY_BYTES, hot
from chassis.problems import not_found, unavailable
from chassis.wire import Wire
from formats.value import value

MOST = 16
"""Calls in one: of each the whole answer is in memory at once."""
OCTETS = "application/octet-stream"
PLACE = "/calls"


@value
class Asked:
    """One call: path and JSON body of a hot POST, and the trace that it belongs to."""

    path: str
    body: bytes
    trace: bytes | None


class Call(Wire):
    """One of the calls. path: of an operation of this part that may be asked together."""

    path: Annotated[str, Field(max_length=100)]
    members: dict[str, Any]
    trace: Annotated[str | None, Field(max_length=TRACE_BYTES)] = None


class Calls(Wire):
    """Calls that came at the same time."""

    calls: Annotated[list[Call], Field(min_length=1, max_length=MOST)]


# -- where it is asked ---------------------------------------------------------------------------------------------


def crowd_path(path: str) -> str:
    """Where the part of this path takes several."""
    return "/".join(path.split("/", 3)[:3]) + PLACE


def body_of(asked: Sequence[Asked]) -> bytes:
    """The body that carries these."""
    traces = [None if one.trace is None else one.trace.decode("latin-1") for one in asked]
    calls = [
        {"path": one.path, "members": orjson.Fragment(one.body), "trace": trace}
        for one, trace in zip(asked, traces, strict=True)
    ]
    return orjson.dumps({"calls": calls})


def replies(reply: Reply, number: int) -> list[Reply]:
    """The answers in an answer, as many as were asked. 401, that it does not know us, is everybody's. Raises Problem
    unavailable for all else: no fault of what carries them is a fault of a caller."""
    if reply.status == 401:
        return [reply] * number
    if reply.status != 200:
        raise unavailable()
    try:
        end = reply.body.index(b"\n") + 1
        found = []
        for status, headers, length in orjson.loads(reply.body[:end]):
            found.append(Reply(status, headers, reply.body[end : end + length]))
            end += length
    except (ValueError, TypeError) as error:
        raise unavailable() from error
    if len(found) != number or end != len(reply.body):
        raise unavailable()
    return found


# -- where it is answered ------------------------------------------------------------------------------------------


async def _answered(door: Beside, peer: str, call: Call, here: str) -> Whole:
    trace = (call.trace or "").encode("latin-1", "ignore")
    TRACE.set(trace if len(trace) == TRACE_BYTES else None)
    found = None if call.path == here else await door.within(peer, call.path, call.members)
    return problem_answer(not_found()) if found is None else found


async def take_calls(scope: Scope) -> Whole:
    """Several calls that a neighbour has at the same time: each is checked and answered by itself. The answer is a line of
    JSON with status, headers and length of each, and then the bodies."""
    asked = Calls.model_validate(scope["kluisje.json"]).calls
    door, peer, here = scope["app"].state.door, scope["kluisje.caller"].name, scope["path"]
    answers = await asyncio.gather(*(_answered(door, peer, call, here) for call in asked))
    bodies = [one.octets for one in answers]
    heads = [(one.status_code, one.told, len(body)) for one, body in zip(answers, bodies, strict=True)]
    return Whole(b"".join((orjson.dumps(heads), b"\n", *bodies)), 200, None, kind=OCTETS.encode())


def takes_calls(router: APIRouter) -> None:
    """Adds this operation."""
    hot(
        router,
        "POST",
        PLACE,
        take_calls,
        takes=Calls,
        gives=None,
        response_class=StreamingResponse,
        operation_id="takeCalls",
        tags=["calls"],
        responses={
            200: {
                "description": "Their answers.",
                "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
        openapi_extra={"security": [{"service": []}], "x-most-bytes": (MOST + 1) * BODY_BYTES},
    )
