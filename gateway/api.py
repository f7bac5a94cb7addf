# SPDX-License-Identifier: EUPL-1.2
"""The organisations' API, HTTP in and out and nothing else. Answers of consent and vault pass as the bytes they are."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.datastructures import QueryParams
from starlette.responses import Response, StreamingResponse
from starlette.types import Scope

from chassis.answers import Whole, json_answer
from chassis.application import Faults
from chassis.calls import Reply
from chassis.contract import RECORD_BYTES, hot
from chassis.identifiers import UUID4, Id
from chassis.problems import At, Problem
from chassis.wire import decimal
from gateway import api_depositing, api_learning, schemas
from gateway.access import Access, Place
from gateway.http import HEAD, OCTETS, Calling, Cursor, Size, checked_id, head_of, listed, makes, passed
from gateway.learning import Learning
from gateway.learning_schemas import NewAcceptance
from gateway.relaying import Relaying
from gateway.vault_client import good

VERSION = "1.0.0"
TITLE = "Kluisje gateway"
DESCRIPTION = (
    "De enige deur voor organisaties: vragen, lezen wat is toegestaan, en iets in een la leggen. Elke oproep heeft een "
    "token dat aan een sleutel vastzit (DPoP); elke keer lezen wordt opnieuw beslist en opgeschreven.\n\n"
    "The only door for organisations: ask, read what was allowed, deposit. Tokens come from the OAuth endpoints in the "
    "metadata of the issuer (RFC 8414). 401 asks who you are; 403 and 404 say that consent said no: signing in again "
    "does not help."
)
PROBLEMS: Faults = {}
MOST_RECORDS = 40


def routes(access: Access, relaying: Relaying, learning: Learning) -> APIRouter:
    """The routes over the use cases."""
    router = APIRouter()
    _asking(router, relaying)
    _granted(router, relaying)
    _reading(router, access)
    api_depositing.add(router, access, relaying)
    api_learning.add(router, learning)
    _published(router, relaying)
    return router


def _asking(router: APIRouter, relaying: Relaying) -> None:
    @makes(router, "/consent-requests", "askConsent", schemas.Question, "asking")
    async def ask_question(caller: Calling, question: schemas.NewQuestion) -> Response:
        """Asks a person, by a signed question, for what its purpose lists."""
        reply = await relaying.ask(caller, question.model_dump(exclude_none=True))
        made = reply.json()["id"]
        return passed(reply, 201, {"Location": f"/gateway/v1/consent-requests/{made}"})

    @router.get(
        "/consent-requests",
        operation_id="listConsentRequests",
        response_model=schemas.QuestionPage,
        tags=["asking"],
    )
    async def list_questions(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """Own questions, newest first."""
        return listed(await relaying.questions(caller, page_size, page_cursor), "consent-requests", page_size)

    @router.get(
        "/consent-requests/{request}",
        operation_id="getConsentRequest",
        response_model=schemas.Question,
        tags=["asking"],
    )
    async def get_question(caller: Calling, request: Id) -> Response:
        """One own question, as far as its asker may see it."""
        return passed(await relaying.question(caller, request))

    @makes(router, "/consent-requests/{request}/withdrawals", "withdrawConsentRequest", schemas.Question, "asking")
    async def withdraw_question(caller: Calling, request: Id) -> Response:
        """Takes an open question back."""
        reply = await relaying.withdraw(caller, request)
        return passed(reply, 201, {"Location": f"/gateway/v1/consent-requests/{request}"})

    @makes(
        router, "/consent-requests/{request}/acceptances", "acceptOffer", schemas.Question, "asking", most=RECORD_BYTES
    )
    async def accept_offer(caller: Calling, request: Id, given: NewAcceptance) -> Response:
        """Accepts a counter-offer: a new question of exactly the offer. Only a new yes of hers gives anything."""
        reply = await relaying.accept(caller, request, given.request)
        made = reply.json()["id"]
        return passed(reply, 201, {"Location": f"/gateway/v1/consent-requests/{made}"})


def _granted(router: APIRouter, relaying: Relaying) -> None:
    @router.get("/grants", operation_id="listGrants", response_model=schemas.GrantPage, tags=["grants"])
    async def list_grants(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """Own grants, newest first: running or ended."""
        return listed(await relaying.grants(caller, page_size, page_cursor), "grants", page_size)

    @router.get("/grants/{grant}", operation_id="getGrant", response_model=schemas.Grant, tags=["grants"])
    async def get_grant(caller: Calling, grant: Id) -> Response:
        """One own grant."""
        return passed(await relaying.grant(caller, grant))

    @router.delete("/grants/{grant}", operation_id="handBackGrant", status_code=204, tags=["grants"])
    async def give_up_grant(caller: Calling, grant: Id) -> Response:
        """Hands a grant back, for good."""
        await relaying.give_up(caller, grant)
        return Response(status_code=204)

    @router.post("/grants/{grant}/imports", operation_id="confirmImport", status_code=204, tags=["reading"])
    async def confirm_import(caller: Calling, grant: Id, told: schemas.NewImport) -> Response:
        """The team holds the keys: the vault deletes those envelopes."""
        await relaying.confirm_import(caller, grant, told.confirmation)
        return Response(status_code=204)


def _reading(router: APIRouter, access: Access) -> None:
    async def read_records(scope: Scope) -> Whole:
        """Reads what a grant gives of one drawer: sealed, with all that is needed to check it. One page is one look.

        `head` repeats the head served last, as `<n>.<h>`: two histories leave contradicting lines in the log.
        """
        grant = checked_id(scope["path_params"]["grant"], "path", "grant")
        drawer = checked_id(scope["path_params"]["drawer"], "path", "drawer")
        place, page = Place(grant, drawer), None
        if scope["query_string"]:
            given = QueryParams(scope["query_string"])
            records = tuple(checked_id(one, "query", "record") for one in given.getlist("record"))
            if len(set(records)) != len(records) or len(records) > MOST_RECORDS:
                fault = At("query", "record", "too-long" if len(records) > MOST_RECORDS else "twice")
                raise Problem("invalid-input", "Name each record once, and at most 40.", [fault])
            place, page = (
                Place(grant, drawer, records or None, None, head_of(given.get("head"))),
                given.get("pageCursor"),
            )
        return json_answer(await access.read(scope["kluisje.caller"], place, page))

    text = {"type": "string"}
    uuid = {"type": "string", "format": "uuid", "pattern": UUID4}
    several = {"type": "array", "items": uuid, "maxItems": MOST_RECORDS, "uniqueItems": True}
    query = [
        {"name": "record", "in": "query", "schema": several},
        {"name": "head", "in": "query", "schema": {**text, "pattern": HEAD}},
        {"name": "pageCursor", "in": "query", "schema": {**text, "maxLength": 500}},
    ]
    hot(
        router,
        "GET",
        "/grants/{grant}/drawers/{drawer}/records",
        read_records,
        gives=schemas.SealedAnswer,
        operation_id="readRecords",
        tags=["reading"],
        openapi_extra={"parameters": query},
    )

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
        """Fetches a sealed attachment, from an octet on. Broken off: ask again from there, which is a new look."""
        flow = await access.fetch(caller, Place(grant, drawer, (record,)), attachment, start)
        if flow.status >= 300:
            body = b"".join([piece async for piece in flow.pieces])
            good(Reply(flow.status, flow.headers, body))
        kept = {name: flow.headers[name] for name in ("content-length",) if name in flow.headers}
        return StreamingResponse(flow.pieces, 200, kept, "application/octet-stream")


def _published(router: APIRouter, relaying: Relaying) -> None:
    public: dict[str, Any] = {"security": []}

    @router.get(
        "/purposes",
        operation_id="listPurposes",
        response_model=schemas.Published,
        tags=["published"],
        openapi_extra=public,
    )
    async def list_purposes() -> Response:
        """The purposes of the catalogue, as consent publishes them."""
        return passed(await relaying.published("/purposes", []))

    @router.get(
        "/schemas",
        operation_id="listSchemas",
        response_model=schemas.Published,
        tags=["published"],
        openapi_extra=public,
    )
    async def list_schemas() -> Response:
        """The record types of the catalogue."""
        return passed(await relaying.published("/schemas", []))

    @router.get(
        "/organisations",
        operation_id="listOrganisations",
        response_model=schemas.TeamPage,
        tags=["published"],
        openapi_extra=public,
    )
    async def list_organisations(page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        """The teams of the directory, each with the log entry that proves it."""
        query = [("pageSize", str(page_size)), *([("pageCursor", page_cursor)] if page_cursor else [])]
        return listed(await relaying.published("/organisations", query), "organisations", page_size)

    @router.get(
        "/organisations/{team}",
        operation_id="getOrganisation",
        response_model=schemas.LoggedTeam,
        tags=["published"],
        openapi_extra=public,
    )
    async def get_organisation(team: schemas.Team) -> Response:
        """One team's statement with the log entry that proves it."""
        return passed(await relaying.published(f"/organisations/{team}", []))
