# SPDX-License-Identifier: EUPL-1.2
"""HTTP of what the desk keeps of cases: names, envelopes, events, duties."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from chassis.answers import json_answer
from chassis.clock import moment
from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from chassis.wire import decimal
from desk import case_schemas as schemas
from desk.component import Desk
from desk.http import Calling, Cursor, Size, one_page, place_of
from desk.schemas import Sealed
from formats.spelling import MAX_NUMBER

Epoch = Annotated[int, *decimal(1, MAX_NUMBER), Path()]


def add(router: APIRouter, desk: Desk) -> None:
    """Adds these operations."""
    _cases(router, desk)
    _envelopes(router, desk)
    _told(router, desk)


def _cases(router: APIRouter, desk: Desk) -> None:
    @router.get("/cases", operation_id="listCases", response_model=schemas.Cases, tags=["cases"])
    async def list_cases(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """What the organisation calls its cases, newest first."""
        after = place_of(page_cursor, "cases", int, str)
        rows = await desk.keeping.cases(caller, after, page_size + 1)
        shown, further = one_page(rows, page_size, "cases", lambda row: [row.at, row.request])
        return _page(schemas.Cases(items=[_case(row) for row in shown], next=further), "cases", page_size)

    @router.put("/cases/{request}", operation_id="putCase", response_model=schemas.Case, tags=["cases"])
    async def put_case(caller: Calling, request: Id, given: schemas.NewCase) -> schemas.Case:
        """Names a case, by the id of its question, and says who has it."""
        return _case(await desk.keeping.put_case(caller, request, given.name, given.holder))

    @router.delete("/cases/{request}", operation_id="deleteCase", status_code=204, tags=["cases"])
    async def delete_case(caller: Calling, request: Id) -> Response:
        """Forgets the name of a case."""
        await desk.keeping.drop_case(caller, request)
        return Response(status_code=204)


def _envelopes(router: APIRouter, desk: Desk) -> None:
    @router.get("/envelopes", operation_id="listEnvelopes", response_model=schemas.Envelopes, tags=["cases"])
    async def list_envelopes(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """All kept envelopes: a keeper seals again those whose `kid` is not the team's newest key."""
        after = place_of(page_cursor, "envelopes", str, str, int)
        rows = await desk.keeping.envelopes(caller, after, page_size + 1)
        shown, further = one_page(rows, page_size, "envelopes", lambda row: [row.gnt, row.drw, row.ep])
        listed = schemas.Envelopes(items=[_envelope(row) for row in shown], next=further)
        return _page(listed, "envelopes", page_size)

    @router.get(
        "/grants/{grant}/envelopes", operation_id="listGrantEnvelopes", response_model=schemas.Envelopes, tags=["cases"]
    )
    async def list_grant_envelopes(caller: Calling, grant: Id) -> schemas.Envelopes:
        """The kept envelopes of one grant."""
        rows = await desk.keeping.envelopes_of(caller, grant)
        return schemas.Envelopes(items=[_envelope(row) for row in rows], next=None)

    @router.put(
        "/grants/{grant}/envelopes/{drawer}/{epoch}",
        operation_id="putEnvelope",
        response_model=schemas.Envelope,
        responses={201: {"description": "It is new."}},
        tags=["cases"],
        openapi_extra={"x-most-bytes": RECORD_BYTES},
    )
    async def put_envelope(caller: Calling, grant: Id, drawer: Id, epoch: Epoch, given: Sealed) -> Response:
        """Keeps drawer keys that the team holds, sealed to the team's newest key; before the import is confirmed."""
        row, new = await desk.keeping.put_envelope(caller, grant, drawer, epoch, given.jwe)
        place = f"/desk/v1/grants/{grant}/envelopes/{drawer}/{epoch}"
        shown = _envelope(row).model_dump_json().encode()
        return json_answer(shown, 201 if new else 200, {"Location": place} if new else None)


def _told(router: APIRouter, desk: Desk) -> None:
    @router.get("/events", operation_id="listEvents", response_model=schemas.ToldPage, tags=["cases"])
    async def list_events(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """What the team was told, newest first; each counted once."""
        after = place_of(page_cursor, "events", int, str)
        rows = await desk.keeping.events(caller, after, page_size + 1)
        shown, further = one_page(rows, page_size, "events", lambda row: [row.at, row.jti])
        return _page(schemas.ToldPage(items=[_event(row) for row in shown], next=further), "events", page_size)

    @router.get("/duties", operation_id="listDuties", response_model=schemas.Duties, tags=["cases"])
    async def list_duties(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """Ends to answer for: what became of the data? Newest first, answered ones too."""
        after = place_of(page_cursor, "duties", int, str)
        rows = await desk.keeping.duties(caller, after, page_size + 1)
        shown, further = one_page(rows, page_size, "duties", lambda row: [row.asked, row.gnt])
        return _page(schemas.Duties(items=[_duty(row) for row in shown], next=further), "duties", page_size)


def _case(row: Any) -> schemas.Case:
    return schemas.Case(request=row.request, name=row.name, holder=row.holder, kept_at=moment(row.at))


def _envelope(row: Any) -> schemas.Envelope:
    place = {"grant": row.gnt, "drawer": row.drw, "epoch": row.ep, "kid": row.kid}
    return schemas.Envelope(**place, jwe=row.jwe, kept_at=moment(row.at))


def _event(row: Any) -> schemas.Told:
    here = row.dataref.replace("/gateway/v1/", "/desk/v1/")
    return schemas.Told(id=row.jti, type=row.type, dataref=here, issued_at=moment(row.issued), taken_at=moment(row.at))


def _duty(row: Any) -> schemas.Duty:
    closed = None if row.closed is None else moment(row.closed)
    return schemas.Duty(grant=row.gnt, asked_at=moment(row.asked), closed_at=closed)


def _page(shown: Any, path: str, size: int) -> Response:
    link = {"Link": f'</desk/v1/{path}?pageSize={size}&pageCursor={shown.next}>; rel="next"'} if shown.next else None
    return json_answer(shown.model_dump_json().encode(), 200, link)
