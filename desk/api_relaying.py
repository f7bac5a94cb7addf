# SPDX-License-Identifier: EUPL-1.2
"""HTTP of what goes on to the gateway in the caseworker's name, and of what the consent service publishes."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from chassis.wire import decimal
from desk import case_schemas as schemas
from desk.component import Desk
from desk.http import Calling, Cursor, Size, paged, passed
from desk.schemas import Team
from formats.spelling import MAX_NUMBER

SIGNED = {"x-most-bytes": RECORD_BYTES}
OCTETS: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
HEAD = r"^(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$"
MOST_RECORDS = 40
Uri = Annotated[str, Path(max_length=200, pattern=r"^urn:kluisje:[a-z]+:[a-z0-9:-]+$")]
Log = Annotated[str, Path(pattern=r"^log\.[a-z0-9.:~-]{1,220}$")]
Size1 = Annotated[int, *decimal(1, MAX_NUMBER)]


def add(router: APIRouter, desk: Desk) -> None:
    """Adds these operations."""
    _asking(router, desk)
    _grants(router, desk)
    _reading(router, desk)
    _owing(router, desk)
    _published(router, desk)


def _asking(router: APIRouter, desk: Desk) -> None:
    ask = desk.relaying.ask
    one, page = schemas.Relayed, schemas.RelayedPage

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

    @router.get("/consent-requests", operation_id="listConsentRequests", response_model=page, tags=["asking"])
    async def list_requests(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """The team's questions, newest first."""
        return passed(await ask(caller, "GET", "/consent-requests", None, paged(page_size, page_cursor)))

    @router.get("/consent-requests/{request}", operation_id="getConsentRequest", response_model=one, tags=["asking"])
    async def get_request(caller: Calling, request: Id) -> Response:
        """One question of the team, as far as an asker may see it."""
        return passed(await ask(caller, "GET", f"/consent-requests/{request}"))

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

    @router.get("/grants", operation_id="listGrants", response_model=schemas.RelayedPage, tags=["grants"])
    async def list_grants(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """The team's grants, newest first: running or ended."""
        return passed(await ask(caller, "GET", "/grants", None, paged(page_size, page_cursor)))

    @router.get("/grants/{grant}", operation_id="getGrant", response_model=schemas.Relayed, tags=["grants"])
    async def get_grant(caller: Calling, grant: Id) -> Response:
        """One grant of the team."""
        return passed(await ask(caller, "GET", f"/grants/{grant}"))

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
        return passed(await desk.relaying.read(caller, grant, f"/drawers/{drawer}/records", query))

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
        return passed(await desk.relaying.read(caller, grant, "/imports", (), given.model_dump()))


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

    @router.get("/questions", operation_id="listQuestions", response_model=schemas.RelayedPage, tags=["learning"])
    async def list_questions(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """ "Waarom keek je?": what people asked about looks of this team, newest first."""
        return passed(await ask(caller, "GET", "/questions", None, paged(page_size, page_cursor)))

    @router.get("/questions/{question}", operation_id="getQuestion", response_model=schemas.Relayed, tags=["learning"])
    async def get_question(caller: Calling, question: Id) -> Response:
        """One question about a look of this team."""
        return passed(await ask(caller, "GET", f"/questions/{question}"))

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


def _published(router: APIRouter, desk: Desk) -> None:
    published = desk.relaying.published

    @router.get("/purposes", operation_id="listPurposes", response_model=schemas.RelayedPage, tags=["published"])
    async def list_purposes(caller: Calling) -> Response:
        """The purposes of the catalogue (as in openapi/consent.yaml, like the rest of these)."""
        return passed(await published("/purposes", ()))

    @router.get("/purposes/{purpose}", operation_id="getPurpose", response_model=schemas.Relayed, tags=["published"])
    async def get_purpose(caller: Calling, purpose: Uri) -> Response:
        """One purpose, with its texts."""
        return passed(await published(f"/purposes/{purpose}", ()))

    @router.get("/drawers", operation_id="listDrawers", response_model=schemas.RelayedPage, tags=["published"])
    async def list_drawers(caller: Calling) -> Response:
        """The kinds of drawers."""
        return passed(await published("/drawers", ()))

    @router.get("/schemas", operation_id="listSchemas", response_model=schemas.RelayedPage, tags=["published"])
    async def list_schemas(caller: Calling) -> Response:
        """The record types."""
        return passed(await published("/schemas", ()))

    @router.get("/schemas/{schema}", operation_id="getSchema", response_model=schemas.Relayed, tags=["published"])
    async def get_schema(caller: Calling, schema: Uri) -> Response:
        """One record type."""
        return passed(await published(f"/schemas/{schema}", ()))

    @router.get(
        "/organisations/{team}", operation_id="getOrganisation", response_model=schemas.Relayed, tags=["published"]
    )
    async def get_organisation(caller: Calling, team: Team) -> Response:
        """A team's newest statement in the directory, with the log entry that proves it."""
        return passed(await published(f"/organisations/{team}", ()))

    @router.get(
        "/logs/{log}/checkpoints",
        operation_id="listCheckpoints",
        response_model=schemas.RelayedPage,
        tags=["published"],
    )
    async def list_checkpoints(caller: Calling, log: Log) -> Response:
        """The log's newest checkpoint."""
        return passed(await published(f"/logs/{log}/checkpoints", ()))

    @router.get(
        "/logs/{log}/consistency-proofs",
        operation_id="listConsistencyProofs",
        response_model=schemas.RelayedPage,
        tags=["published"],
    )
    async def list_consistency_proofs(
        caller: Calling,
        log: Log,
        old: Annotated[Size1, Query(alias="from")],
        new: Annotated[Size1, Query(alias="to")],
    ) -> Response:
        """That a later log only added to an earlier one."""
        return passed(await published(f"/logs/{log}/consistency-proofs", [("from", str(old)), ("to", str(new))]))
