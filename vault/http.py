# SPDX-License-Identifier: EUPL-1.2
"""What the vault's api files share: whose path it is, pages, octets, and how a new thing is answered."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from chassis import callers, wire
from chassis.callers import Part, Person
from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from chassis.problems import not_found
from chassis.wire import make_cursor, read_cursor
from vault import schemas
from vault.attaching import PIECE
from vault.component import Call
from vault.heads import Head
from vault.reading import Octets
from vault.refusals import NotAllowed

T = TypeVar("T")
Any200 = dict[int | str, dict[str, Any]]

AGAIN: Any200 = {200: {"description": "It was there already; nothing changed."}}
MADE: Any200 = {201: {"description": "It is new; Location says where it is."}}
RECORD: Mapping[str, Any] = {"x-most-bytes": RECORD_BYTES}
SERVICE: Mapping[str, Any] = {"security": [{"service": []}]}
OCTETS = "application/octet-stream"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
PIECE_BODY: Mapping[str, Any] = {
    "requestBody": {"required": True, "content": {OCTETS: _BINARY}},
    "x-most-bytes": PIECE,
}
GIVES_OCTETS: Any200 = {200: {"description": "The octets.", "content": {OCTETS: _BINARY}}}
GIVES_PART: Any200 = {206: {"description": "The octets of the range.", "content": {OCTETS: _BINARY}}}

PageSize = Annotated[wire.PageSize, Query(alias="pageSize")]
Cursor = Annotated[str | None, Query(alias="pageCursor", max_length=500)]


def trace_of(request: Request) -> str | None:
    """The W3C traceparent that came along."""
    return request.headers.get("traceparent")


def own(vlt: Id, request: Request, person: Annotated[Person, Depends(callers.person)]) -> Call:
    """The caller's own vault. Another's is 404, as if absent."""
    if person.vlt != vlt:
        raise not_found()
    return Call(vlt, trace=trace_of(request))


Mine = Annotated[Call, Depends(own)]
Caller = Annotated[Person, Depends(callers.person)]


def gateway(part: Part) -> str:
    """The name of the part that shows a permit. Only the gateway may."""
    if part.name != "gateway":
        raise NotAllowed
    return part.name


Shower = Annotated[str, Depends(lambda part=Depends(callers.part): gateway(part))]


def created(response: Response, new: bool, where: str) -> None:
    """201 with its Location for what is new, 200 for what was there."""
    if new:
        response.headers["Location"] = where
    else:
        response.status_code = 200


def done(request: Request, new: bool) -> Response:
    """A PUT without content in the answer: 201 with Location, or 204."""
    if new:
        return Response(status_code=201, headers={"Location": str(request.scope["path"])})
    return Response(status_code=204)


def page(
    request: Request, response: Response, rows: Sequence[T], size: int, cursor: str | None
) -> tuple[Sequence[T], str | None]:
    """A page of a short list that is read as a whole, and the cursor of the next."""
    bound = str(request.scope["path"])
    position = read_cursor(cursor, bound)
    start = position[0] if position and type(position[0]) is int and position[0] > 0 else 0
    further = make_cursor(bound, [start + size]) if start + size < len(rows) else None
    link(request, response, further)
    return rows[start : start + size], further


def link(request: Request, response: Response, further: str | None) -> None:
    """`Link: rel="next"` (API design rules), beside `next` in the body."""
    if further is not None:
        response.headers["Link"] = f'<{request.scope["path"]}?pageCursor={further}>; rel="next"'


def show_head(head: Head) -> schemas.Head:
    return schemas.Head(**head.shown())


def octets(found: Octets, *, ranged: bool) -> StreamingResponse:
    """Octets with their exact length; 206 with `Content-Range` when a range was asked."""
    headers = {"Content-Length": str(found.end - found.start), "Accept-Ranges": "bytes"}
    if ranged:
        headers["Content-Range"] = f"bytes {found.start}-{found.end - 1}/{found.length}"
    return StreamingResponse(found.stream, 206 if ranged else 200, headers, OCTETS)


async def body_octets(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes; the door counts its bytes and its time."""
    async for chunk in request.stream():
        if chunk:
            yield chunk
