# SPDX-License-Identifier: EUPL-1.2
"""HTTP of what is there for everybody: catalogue, directory, log, and the helper. The page asks its own origin only."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from chassis.wire import decimal
from desk import case_schemas as schemas
from desk.component import Desk
from desk.http import Calling, Cursor, Size, paged, passed, tells
from desk.schemas import Team
from formats.spelling import MAX_NUMBER

Uri = Annotated[str, Path(max_length=200, pattern=r"^urn:kluisje:[a-z]+:[a-z0-9:-]+$")]
Log = Annotated[str, Path(pattern=r"^log\.[a-z0-9.:~-]{1,220}$")]
HELP_BYTES = 2 * 1024
Size1 = Annotated[int, *decimal(1, MAX_NUMBER)]


LISTS = (
    ("purposes", "listPurposes", "The purposes of the catalogue (as in openapi/consent.yaml, like the rest of these)."),
    ("drawers", "listDrawers", "The kinds of drawers."),
    ("schemas", "listSchemas", "The record types."),
)
"""What comes whole: its path, operation and words."""
PAGES = (
    (
        "catalogue-versions",
        "listCatalogueVersions",
        "The versions of the rules as the municipality signed them, newest first.",
    ),
    (
        "organisations",
        "listOrganisations",
        "Every team in the directory, each with the log entry that proves its statement.",
    ),
)
"""What comes page by page."""


def add(router: APIRouter, desk: Desk) -> None:
    """Adds these operations."""
    published = desk.relaying.published
    for path, operation, text in LISTS:
        _list(router, desk, path, operation, text)
    for path, operation, text in PAGES:
        _pages(router, desk, path, operation, text)

    @router.get("/purposes/{purpose}", operation_id="getPurpose", response_model=schemas.Relayed, tags=["published"])
    async def get_purpose(caller: Calling, purpose: Uri) -> Response:
        """One purpose, with its texts."""
        return passed(await published(f"/purposes/{purpose}", ()))

    @router.post(
        "/help-answers",
        operation_id="askHelper",
        response_model=schemas.Relayed,
        tags=["published"],
        openapi_extra={"x-most-bytes": HELP_BYTES},
    )
    async def ask_helper(caller: Calling, question: schemas.HelpQuestion) -> Response:
        """What the helper answers a caseworker: the answer of answerQuestion in openapi/chatbot.yaml. It is not told who
        asks, and nothing that is typed is kept."""
        return passed(await desk.relaying.helped(question.model_dump()))

    @router.get("/schemas/{schema}", operation_id="getSchema", response_model=schemas.Relayed, tags=["published"])
    async def get_schema(caller: Calling, schema: Uri) -> Response:
        """One record type."""
        return passed(await published(f"/schemas/{schema}", ()))

    @router.get(
        "/organisations/{team}/statements",
        operation_id="listOrganisationStatements",
        response_model=schemas.RelayedPage,
        tags=["published"],
    )
    async def list_statements(
        caller: Calling, team: Team, page_size: Size = 20, page_cursor: Cursor = None
    ) -> Response:
        """All that the directory ever said of a team, newest first: what waits, what counts, what was replaced."""
        return passed(await published(f"/organisations/{team}/statements", paged(page_size, page_cursor)))

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


def _list(router: APIRouter, desk: Desk, path: str, operation: str, text: str) -> None:
    async def whole(caller: Calling) -> Response:
        return passed(await desk.relaying.published(f"/{path}", ()))

    tells(router, f"/{path}", whole, operation, text, schemas.RelayedPage, "published")


def _pages(router: APIRouter, desk: Desk, path: str, operation: str, text: str) -> None:
    async def page(caller: Calling, page_size: Size = 20, page_cursor: Cursor = None) -> Response:
        return passed(await desk.relaying.published(f"/{path}", paged(page_size, page_cursor)))

    tells(router, f"/{path}", page, operation, text, schemas.RelayedPage, "published")
