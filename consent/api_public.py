# SPDX-License-Identifier: EUPL-1.2
"""HTTP for everybody: purposes, record types, the directory with its proofs, and the log's checkpoints."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from chassis.database import Connection
from chassis.wire import decimal
from consent import counting, http, looking, showing, store_directory
from consent import service_schemas as schemas
from consent.http import Cursor, Here, PageSize
from consent.purposes import Drawer, Purpose, Schema, Words, text, text_hash
from consent.refusals import Absent
from consent.registry import Registry
from consent.schemas import (
    CatalogueVersion,
    CatalogueVersionPage,
    DirectoryStatement,
    DirectoryStatementPage,
    LoggedStatement,
    LoggedStatementPage,
    ShownText,
    Team,
    Uri,
)
from consent.store import Row
from formats.spelling import MAX_NUMBER

LogId = Annotated[str, Path(pattern=r"^log\.[a-z0-9.:~-]{1,220}$")]
Size = Annotated[int, *decimal(1, MAX_NUMBER), Query()]


def add(router: APIRouter) -> None:
    """Adds these operations."""
    _catalogue(router)
    _directory(router)
    _log(router)


def _words(said: Words) -> schemas.Words:
    return schemas.Words(nl=said.nl, en=said.en)


def _purpose(one: Purpose, registry: Registry) -> schemas.PurposeShown:
    return schemas.PurposeShown(
        id=one.uri,
        act=one.act,
        work_process=_words(one.work_process),
        title=_words(one.title),
        why=_words(one.why),
        if_no=_words(one.if_no),
        texts=[ShownText(lang=lang, text=text(one, lang), hash=text_hash(one, lang)) for lang in showing.LANGUAGES],
        ground=one.ground,
        article=one.article,
        regime=one.regime,
        items=[
            schemas.ListedItem(kind=item.kind, ref=item.ref, required=item.required, title=_words(item.title))
            for item in one.items
        ],
        kinds=list(one.kinds),
        max_days=one.max_days,
        ends=list(one.ends),
        roles=list(one.roles),
        min_age=one.min_age,
        answer_by=one.answer_by,
        expiry=one.expiry,
        reason=one.reason,
        step_up=one.step_up,
        daily=one.daily,
        keep_days=one.keep_days,
        keep=_words(one.keep),
        articles=list(one.articles),
        processing_activity=one.processing_activity,
        recalled=one.uri in registry.catalogue.recalled,
    )


def _drawer(one: Drawer) -> schemas.DrawerShown:
    return schemas.DrawerShown(
        id=one.id,
        title=_words(one.title),
        about=_words(one.about),
        askable=one.askable,
        sensitive=one.sensitive,
        from_age=one.from_age,
        schemas=list(one.schemas),
    )


def _schema(one: Schema) -> schemas.SchemaShown:
    document = orjson.dumps(dict(one.document)).decode("utf-8")
    return schemas.SchemaShown(id=one.uri, title=_words(one.title), attachment=one.attachment, document=document)


def _catalogue(router: APIRouter) -> None:
    @router.get("/purposes", operation_id="listPurposes", tags=["catalogue"], openapi_extra=http.PUBLIC)
    async def list_purposes(here: Here) -> schemas.PurposePage:
        """Every version of every purpose, with the exact texts that grants name by hash."""
        return schemas.PurposePage(items=[_purpose(one, here) for one in here.catalogue.purposes.values()])

    @router.get("/purposes/{purpose}", operation_id="getPurpose", tags=["catalogue"], openapi_extra=http.PUBLIC)
    async def get_purpose(here: Here, purpose: Uri) -> schemas.PurposeShown:
        """One version of a purpose."""
        found = here.catalogue.purposes.get(purpose)
        if found is None:
            raise Absent
        return _purpose(found, here)

    @router.get(
        "/catalogue-versions", operation_id="listCatalogueVersions", tags=["catalogue"], openapi_extra=http.PUBLIC
    )
    async def list_catalogue_versions(
        here: Here, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> CatalogueVersionPage:
        """The versions of the rules that were in use here, as the municipality signed them, newest first."""
        before = http.before(cursor, "catalogue-versions")

        def view(connection: Connection, now: int) -> list[CatalogueVersion]:
            return [showing.version(connection, row) for row in store_directory.versions(connection, before, size)]

        items = await here.ledger.view(view)
        further = http.next_page(
            request, response, "catalogue-versions", items, size, lambda one: [one.version, one.id]
        )
        return CatalogueVersionPage(items=items, next=further)

    @router.get("/drawers", operation_id="listDrawers", tags=["catalogue"], openapi_extra=http.PUBLIC)
    async def list_drawers(here: Here) -> schemas.DrawerPage:
        """The kinds of drawers, in the order of the screen."""
        return schemas.DrawerPage(items=[_drawer(one) for one in here.catalogue.drawers.values()])

    @router.get("/schemas", operation_id="listSchemas", tags=["catalogue"], openapi_extra=http.PUBLIC)
    async def list_schemas(here: Here) -> schemas.SchemaPage:
        """The record types."""
        return schemas.SchemaPage(items=[_schema(one) for one in here.catalogue.schemas.values()])

    @router.get("/schemas/{schema}", operation_id="getSchema", tags=["catalogue"], openapi_extra=http.PUBLIC)
    async def get_schema(here: Here, schema: Uri) -> schemas.SchemaShown:
        """One record type."""
        found = here.catalogue.schemas.get(schema)
        if found is None:
            raise Absent
        return _schema(found)


def _listed(connection: Connection, row: Row) -> LoggedStatement:
    return showing.logged(connection, row, store_directory.suspended(connection, "organisation", row["team"]))


def _directory(router: APIRouter) -> None:
    @router.get("/organisations", operation_id="listOrganisations", tags=["directory"], openapi_extra=http.PUBLIC)
    async def list_organisations(
        here: Here, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> LoggedStatementPage:
        """The statement of each team whose keys count now (else its newest), by team, with its log entry and proof."""
        behind = http.after(cursor, "organisations")

        def view(connection: Connection, now: int) -> list[LoggedStatement]:
            return [_listed(connection, row) for row in store_directory.page(connection, behind, size, now)]

        items = await here.ledger.view(view)
        further = http.next_page(request, response, "organisations", items, size, lambda one: [one.team])
        return LoggedStatementPage(items=items, next=further)

    @router.get("/organisations/{team}", operation_id="getOrganisation", tags=["directory"], openapi_extra=http.PUBLIC)
    async def get_organisation(here: Here, team: Team) -> LoggedStatement:
        """The statement of a team whose keys count now (else its newest), with its log entry and proof."""

        def view(connection: Connection, now: int) -> LoggedStatement:
            row = store_directory.current(connection, team, now)
            if row is None:
                raise Absent
            return _listed(connection, row)

        return await here.ledger.view(view)

    @router.get("/late-counts", operation_id="listLateCounts", tags=["directory"], openapi_extra=http.PUBLIC)
    async def list_late_counts(
        here: Here, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.LateCountPage:
        """How often organisations were late, by quarter; only numbers of ten and more, of quarters that are over."""
        before = http.before(cursor, "late-counts")
        items = await here.ledger.view(lambda c, now: counting.late_counts(c, now, before, size))
        further = http.next_page(
            request, response, "late-counts", items, size, lambda one: [one.year * 10 + one.quarter, one.organisation]
        )
        return schemas.LateCountPage(items=items, next=further)

    @router.get(
        "/organisations/{team}/statements",
        operation_id="listOrganisationStatements",
        tags=["directory"],
        openapi_extra=http.PUBLIC,
    )
    async def list_organisation_statements(
        here: Here, request: Request, response: Response, team: Team, size: PageSize = 20, cursor: Cursor = None
    ) -> DirectoryStatementPage:
        """All that the directory ever said of a team, newest first: what waits, what counts, what was replaced. The
        organisation compares it with what it brought itself."""
        bound = f"statements {team}"
        before = http.before(cursor, bound)

        def view(connection: Connection, now: int) -> list[DirectoryStatement]:
            return [showing.said(connection, row) for row in store_directory.all_said(connection, team, before, size)]

        items = await here.ledger.view(view)
        further = http.next_page(request, response, bound, items, size, lambda one: [int(one.logged_at), one.id])
        return DirectoryStatementPage(items=items, next=further)


def _log(router: APIRouter) -> None:
    @router.get("/logs/{log}/checkpoints", operation_id="listCheckpoints", tags=["log"], openapi_extra=http.PUBLIC)
    async def list_checkpoints(here: Here, log: LogId) -> schemas.CheckpointPage:
        """The newest signed checkpoint. The id of a log is its origin with `~` for `/`."""
        found = await here.ledger.view(lambda connection, now: looking.checkpoint(connection, log))
        return schemas.CheckpointPage(items=[found])

    @router.get(
        "/logs/{log}/consistency-proofs",
        operation_id="listConsistencyProofs",
        tags=["log"],
        openapi_extra=http.PUBLIC,
    )
    async def list_consistency_proofs(
        here: Here, log: LogId, earlier: Annotated[Size, Query(alias="from")], to: Size
    ) -> schemas.ConsistencyPage:
        """That the log of size `to` begins with the log of size `from`: nothing was changed or taken out."""
        found = await here.ledger.view(lambda connection, now: looking.consistency(connection, log, earlier, to))
        return schemas.ConsistencyPage(items=[found])
