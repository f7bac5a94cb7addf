# SPDX-License-Identifier: EUPL-1.2
"""HTTP of what goes on to the gateway in the caseworker's name."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from chassis.wire import decimal
from desk import case_schemas as schemas
from desk.component import Desk
from desk.http import OCTETS, Calling, Cursor, Size, paged, passed, tells

SIGNED = {"x-most-bytes": RECORD_BYTES}
HEAD = r"^(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$"
MOST_RECORDS = 40


TOLD = (
    (
        "consent-requests/{request}",
        "asking",
        {
            "listConsentRequests": "The team's questions, newest first.",
            "getConsentRequest": "One question of the team, as far as an asker may see it.",
        },
    ),
    (
        "grants/{grant}",
        "grants",
        {"listGrants": "The team's grants, newest first: running or ended.", "getGrant": "One grant of the team."},
    ),
    (
        "questions/{question}",
        "learning",
        {
            "listQuestions": '"Waarom keek je?": what people asked about looks of this team, newest first.',
            "getQuestion": "One question about a look of this team.",
        },
    ),
)
"""What the gateway tells as a list and one by one: path of one, tag, operation of the list and of one -> its words."""


def add(router: APIRouter, desk: Desk) -> None:
    """Adds these operations."""
    for each in TOLD:
        _told(router, desk, *each)
    _asking(router, desk)
    _grants(router, desk)
    _reading(router, desk)
    _owing(router, desk)


def _told(router: APIRouter, desk: Desk, path: str, tag: str, told: dict[str, str]) -> None:
    """A list of the gateway and one of it, in the gateway's own words."""
    ask, (many, single) = desk.relaying.ask, told
    kind, name = path.split("/")

    async def several(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        return passed(await ask(caller, "GET", f"/{kind}", None, paged(page_size, page_cursor)))

    async def one(caller: Calling, found: Annotated[Id, Path(alias=name.strip("{}"))]) -> Response:
        return passed(await ask(caller, "GET", f"/{kind}/{found}"))

    page = schemas.RelayedPage
    for at, answers, operation, model in ((kind, several, many, page), (path, one, single, schemas.Relayed)):
        tells(router, f"/{at}", answers, operation, told[operation], model, tag)


def _asking(router: APIRouter, desk: Desk) -> None:
    ask = desk.relaying.ask
    one = schemas.Relayed

    @router.post(
        "/consent-requests",
        operation_id="askConsent",
        status_code=201,
        response_model=one,
        tags=["asking"],
        openapi_extra=SIGNED,
    )
    async def ask_consent(caller: Calling, given: schemas.NewQuestion) -> Response:
        """Asks a person, by a question that the team's key signed in the browser."""
        return passed(await ask(caller, "POST", "/consent-requests", given.model_dump(exclude_none=True)), 201)

    @router.post(
        "/consent-requests/{request}/withdrawals",
        operation_id="withdrawConsentRequest",
        status_code=201,
        response_model=one,
        tags=["asking"],
    )
    async def withdraw_request(caller: Calling, request: Id) -> Response:
        """Takes an open question back."""
        return passed(await ask(caller, "POST", f"/consent-requests/{request}/withdrawals"), 201)

    @router.post(
        "/consent-requests/{request}/acceptances",
        operation_id="acceptOffer",
        status_code=201,
        response_model=one,
        tags=["asking"],
        openapi_extra=SIGNED,
    )
    async def accept_offer(caller: Calling, request: Id, given: schemas.NewAcceptance) -> Response:
        """Accepts a counter-offer by a new question of exactly the offer."""
        path = f"/consent-requests/{request}/acceptances"
        return passed(await ask(caller, "POST", path, given.model_dump()), 201)


def _grants(router: APIRouter, desk: Desk) -> None:
    ask = desk.relaying.ask

    @router.delete("/grants/{grant}", operation_id="handBackGrant", status_code=204, tags=["grants"])
    async def hand_back(caller: Calling, grant: Id) -> Response:
        """The team needs it no more."""
        return passed(await ask(caller, "DELETE", f"/grants/{grant}"))

    @router.post("/grants/{grant}/take-overs", operation_id="takeOverCase", status_code=204, tags=["grants"])
    async def take_over(caller: Calling, grant: Id, given: schemas.NewTakeOver) -> Response:
        """The caller takes the case of a colleague; the person is told, with the reason."""
        return passed(await ask(caller, "POST", f"/grants/{grant}/take-overs", given.model_dump()))


def _reading(router: APIRouter, desk: Desk) -> None:
    several = {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": MOST_RECORDS}

    @router.get(
        "/grants/{grant}/drawers/{drawer}/records",
        operation_id="readRecords",
        response_model=schemas.Relayed,
        tags=["reading"],
        openapi_extra={"parameters": [{"name": "record", "in": "query", "schema": several}]},
    )
    async def read_records(
        asked: Request,
        caller: Calling,
        grant: Id,
        drawer: Id,
        head: Annotated[str | None, Query(pattern=HEAD)] = None,
        page_cursor: Cursor = None,
    ) -> Response:
        """Looks into a drawer of an opened grant: the sealed answer (`SealedAnswer` of openapi/gateway.yaml), with the
        log entry of this look. Each page is a look of its own, which the person sees."""
        given = asked.query_params
        query = [("record", one) for one in given.getlist("record")]
        query += [(name, value) for name, value in (("head", head), ("pageCursor", page_cursor)) if value is not None]
        path = f"/drawers/{drawer}/records"
        return passed(await desk.relaying.within(caller, grant, "Answer relayed", "GET", path, query=query))

    @router.get(
        "/grants/{grant}/drawers/{drawer}/records/{record}/attachments/{attachment}",
        operation_id="readAttachment",
        response_class=StreamingResponse,
        responses={200: {"content": OCTETS, "description": "The sealed octets."}},
        tags=["reading"],
    )
    async def read_attachment(
        caller: Calling,
        grant: Id,
        drawer: Id,
        record: Id,
        attachment: Id,
        start: Annotated[int, *decimal(0, 2**40), Query(alias="from")] = 0,
    ) -> Response:
        """Fetches a sealed attachment of an opened grant, from an octet on. It is a look of its own."""
        path = f"/drawers/{drawer}/records/{record}/attachments/{attachment}"
        flow = await desk.relaying.fetch(caller, grant, path, [("from", str(start))])
        kept = {name: flow.headers[name] for name in ("content-length",) if name in flow.headers}
        return StreamingResponse(flow.pieces, 200, kept, "application/octet-stream")

    @router.post(
        "/grants/{grant}/imports",
        operation_id="confirmImport",
        status_code=204,
        tags=["reading"],
        openapi_extra=SIGNED,
    )
    async def confirm_import(caller: Calling, grant: Id, given: schemas.NewImport) -> Response:
        """ "We hold these keys": the vault deletes its envelopes. Put them here first: nobody can make them again but
        the person."""
        return passed(
            await desk.relaying.within(caller, grant, "Import relayed", "POST", "/imports", given.model_dump())
        )


def _owing(router: APIRouter, desk: Desk) -> None:
    ask = desk.relaying.ask

    @router.post(
        "/grants/{grant}/closings",
        operation_id="closeGrant",
        status_code=201,
        response_model=schemas.Relayed,
        tags=["learning"],
        openapi_extra=SIGNED,
    )
    async def close_grant(caller: Calling, grant: Id, given: schemas.NewClosing) -> Response:
        """What became of the data after an end, signed by the team. What the desk keeps of the grant goes too."""
        return passed(await desk.relaying.close(caller, grant, given.closing), 201)

    @router.get(
        "/grants/{grant}/evidence", operation_id="getEvidence", response_model=schemas.RelayedPage, tags=["learning"]
    )
    async def get_evidence(caller: Calling, grant: Id, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """What can be shown of a grant: signed things and own lines with their proofs; no values."""
        return passed(await ask(caller, "GET", f"/grants/{grant}/evidence", None, paged(page_size, page_cursor)))

    @router.post(
        "/questions/{question}/answers",
        operation_id="answerQuestion",
        status_code=201,
        response_model=schemas.Relayed,
        tags=["learning"],
        openapi_extra=SIGNED,
    )
    async def answer_question(caller: Calling, question: Id, given: schemas.NewWhyAnswer) -> Response:
        """Why this team looked, signed. The person reads it."""
        return passed(await ask(caller, "POST", f"/questions/{question}/answers", given.model_dump()), 201)
