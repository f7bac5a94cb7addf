# SPDX-License-Identifier: EUPL-1.2
"""A small real application over the chassis, and a caller that speaks ASGI without any client between."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response
from starlette.types import Scope

from chassis.answers import Whole, json_answer
from chassis.application import Application, build
from chassis.callers import refused
from chassis.clock import Day, Moment
from chassis.contract import hot
from chassis.identifiers import Id
from chassis.problems import Problem
from chassis.wire import PageSize, Wire

ORIGIN = "https://kluisje.test"


class Note(Wire):
    note_id: Id
    written_at: Moment
    birth_date: Day | None = None
    stars: int


class Notes(Wire):
    items: list[Note]
    next: str | None


class RuleBroken(Exception):
    pass


async def _identify(scope: Any, scheme: str) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization" and value == b"DPoP good":
            return "noor"
    raise refused()


async def _nothing() -> None:
    return None


async def _yes() -> bool:
    return True


def notes() -> Application:
    router = APIRouter()

    @router.post("/notes", operation_id="addNote", status_code=201)
    async def add(note: Note) -> Note:
        return note

    @router.get("/notes", operation_id="listNotes")
    async def listing(page_size: Annotated[PageSize, Query(alias="pageSize")] = 20) -> Notes:
        return Notes(items=[], next=None)

    @router.get("/notes/{note_id}", operation_id="getNote", openapi_extra={"security": []})
    async def one(note_id: Id) -> Note:
        raise RuleBroken

    @router.delete("/notes/{note_id}", operation_id="removeNote", status_code=204)
    async def remove(note_id: Id) -> Response:
        raise ValueError("a secret text")

    async def look(scope: Scope) -> Whole:
        return json_answer(orjson.dumps({"items": [], "next": scope["path_params"]["drawer_id"]}))

    hot(router, "POST", "/drawers/{drawer_id}/looks", look, takes=Note, gives=Notes, operation_id="look")

    return build(
        "notes",
        version="1.2.3",
        title="Notes",
        description="Notities.\n\nNotes.",
        router=router,
        identify=_identify,
        security="person",
        problems={RuleBroken: lambda _: Problem("grant-ended", "It is over.")},
        origin=ORIGIN,
        portal_origin="https://portal.test",
        hosts=(),
        start=_nothing,
        stop=_nothing,
        ready=_yes,
        state={},
    )


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


async def send(
    app: Any,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    signed_in: bool = True,
    query: str = "",
    pieces: list[bytes] | None = None,
    pause: float = 0.0,
) -> Answer:
    """One request as a server would give it to the app."""
    given = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
    names = {name.lower() for name, _ in given}
    if "host" not in names:
        given.append(("host", "kluisje.test"))
    if signed_in and "authorization" not in names:
        given.append(("authorization", "DPoP good"))
    if body is not None and "content-type" not in names:
        given.append(("content-type", "application/json"))
    if body is not None and "content-length" not in names and pieces is None:
        given.append(("content-length", str(len(body))))
    waiting = list(pieces if pieces is not None else [body or b""])
    answer = Answer(0, {}, b"")

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        piece = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode()) for k, v in given],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, take)
    return answer
