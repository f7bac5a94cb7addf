# SPDX-License-Identifier: EUPL-1.2
"""What the api files share: who calls, pages and their cursors, answers of the gateway that pass as they are."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from chassis.answers import json_answer
from chassis.calls import Reply
from chassis.problems import At, Problem
from chassis.wire import PageSize, make_cursor, read_cursor
from desk.callers import Caller, caller_of
from desk.relaying import rewritten

Calling = Annotated[Caller, Depends(caller_of)]
Cursor = Annotated[str | None, Query(alias="pageCursor", max_length=500)]
Size = Annotated[PageSize, Query(alias="pageSize")]
OCTETS: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_LINK = re.compile(r'<[!-;=?-~]{1,1000}>; rel="next"').fullmatch


def passed(reply: Reply, status: int | None = None) -> Response:
    """An answer of the gateway, the bytes as they are, its addresses made ours."""
    headers = {name: found for name in ("Location", "Link") if (found := rewritten(reply, name.lower())) is not None}
    if "Link" in headers and not _LINK(headers["Link"]):
        del headers["Link"]
    if reply.status == 204:
        return Response(status_code=204)
    return json_answer(reply.body, reply.status if status is None else status, headers)


def tells(
    router: APIRouter, path: str, answers: Callable[..., Any], operation: str, text: str, model: Any, tag: str
) -> None:
    """Adds a GET whose answer another wrote. text: what the contract says of it."""
    summary = re.sub(r"(?=[A-Z])", " ", operation).title()
    router.add_api_route(
        path, answers, operation_id=operation, response_model=model, tags=[tag], summary=summary, description=text
    )


def paged(size: int, cursor: str | None) -> list[tuple[str, str]]:
    """The query of one page, as the gateway takes it."""
    return [("pageSize", str(size)), *([("pageCursor", cursor)] if cursor is not None else [])]


def place_of(cursor: str | None, name: str, *kinds: type) -> Any:
    """The place in a cursor of ours, or None at the first page. Raises Problem invalid-input."""
    found = read_cursor(cursor, name)
    if found is not None and [type(one) for one in found] != list(kinds):
        raise Problem("invalid-input", "Use the cursor of the page before.", [At("query", "pageCursor", "cursor")])
    return None if found is None else tuple(found)


def one_page(
    rows: Sequence[Any], size: int, name: str, position: Callable[[Any], list[Any]]
) -> tuple[Sequence[Any], str | None]:
    """(rows of the page, cursor of the next) of `size` + 1 rows that were fetched."""
    if len(rows) <= size:
        return rows, None
    return rows[:size], make_cursor(name, position(rows[size - 1]))
