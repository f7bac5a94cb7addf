# SPDX-License-Identifier: EUPL-1.2
"""What the api files share: who calls, pages, answers that pass as they are, and ids of hot routes."""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from chassis.answers import json_answer
from chassis.calls import Reply
from chassis.problems import At, Problem
from chassis.wire import PageSize
from formats.spelling import FormatError, check_hash, check_id
from gateway.callers import Caller

F = TypeVar("F", bound=Callable[..., Any])

OCTETS: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
HEAD = r"^(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$"
_HEAD = re.compile(HEAD).fullmatch
Cursor = Annotated[str | None, Query(alias="pageCursor", max_length=500)]
Size = Annotated[PageSize, Query(alias="pageSize")]


def makes(
    router: APIRouter, path: str, operation: str, model: Any, tag: str, *, most: int | None = None
) -> Callable[[F], F]:
    """The decorator of a POST that makes something: 201 with it. most: bytes of a body that holds signed things."""
    extra = None if most is None else {"x-most-bytes": most}
    return router.post(
        path, operation_id=operation, status_code=201, response_model=model, tags=[tag], openapi_extra=extra
    )


def caller_of(request: Request) -> Caller:
    """FastAPI dependency: the caller whom the door identified."""
    caller = request.scope["kluisje.caller"]
    assert isinstance(caller, Caller)
    return caller


Calling = Annotated[Caller, Depends(caller_of)]


def passed(reply: Reply, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A neighbour's answer, the bytes as they are."""
    return json_answer(reply.body, status, headers)


def listed(reply: Reply, path: str, size: int) -> Response:
    """A page, with `Link: rel="next"` where there is one."""
    further = reply.json().get("next")
    if further is None:
        return passed(reply)
    link = f'</gateway/v1/{path}?pageSize={size}&pageCursor={further}>; rel="next"'
    return passed(reply, 200, {"Link": link})


def checked_id(text: str, where: str, at: str) -> str:
    """An id of a hot route, which FastAPI does not check. Raises Problem invalid-input."""
    try:
        return check_id(text)
    except FormatError as error:
        raise Problem("invalid-input", "Send ids as lower-case UUID.", [At(where, at, "id")]) from error


def head_of(text: str | None) -> tuple[int, str] | None:
    """The head that was served last, from `<n>.<h>`. Raises Problem invalid-input."""
    if text is None:
        return None
    match = _HEAD(text)
    try:
        if match is None:
            raise FormatError("head")
        return int(match[1]), check_hash(match[2])
    except FormatError as error:
        raise Problem("invalid-input", "Send head as <n>.<h>.", [At("query", "head", "head")]) from error
