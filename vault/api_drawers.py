# SPDX-License-Identifier: EUPL-1.2
"""HTTP of the vault: what lies in drawers. Records, attachments, deposits, and what grantees will get."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from chassis.clock import moment
from chassis.identifiers import Id
from chassis.wire import make_cursor, read_cursor
from formats.deposit import DEPOSIT
from formats.spelling import MAX_NUMBER, FormatError, check_token, parse_json
from vault import attaching, depositing, importing, keeping, reading, schemas, sharing
from vault import drawer_schemas as wire
from vault.attaching import Progress
from vault.component import Vault
from vault.http import (
    AGAIN,
    GIVES_OCTETS,
    GIVES_PART,
    MADE,
    PIECE_BODY,
    RECORD,
    Cursor,
    Mine,
    PageSize,
    body_octets,
    created,
    done,
    link,
    octets,
    show_head,
)
from vault.keeping import Page
from vault.store import Row

_R = "/vaults/{vlt}/drawers/{drw}/records"
_A = _R + "/{rid}/attachments/{a}"


def add(router: APIRouter, vault: Vault) -> None:
    """Adds these operations."""
    _records(router, vault)
    _attachments(router, vault)
    _deposits(router, vault)
    _sharing(router, vault)


def _record(row: Row[Any]) -> wire.Record:
    return wire.Record(id=row.rid, version=row.ver, epoch=row.ep, arrived=moment(row.at), jwe=row.jwe)


def _records(router: APIRouter, vault: Vault) -> None:
    @router.get(_R, operation_id="listRecords", tags=["records"])
    async def list_records(
        call: Mine, drw: Id, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> wire.Records:
        """The records of a drawer in their newest version, newest first; a page ends early at 2 MiB."""
        bound = str(request.scope["path"])
        position = read_cursor(cursor, bound)
        before = position[0] if position and type(position[0]) is int else MAX_NUMBER
        found = await keeping.records(vault, call, drw, before, size)
        further = make_cursor(bound, [found.rows[-1].n]) if found.more else None
        link(request, response, further)
        return wire.Records(items=[_record(row) for row in found.rows], next=further)

    @router.get(_R + "/{rid}", operation_id="getRecord", tags=["records"])
    async def get_record(call: Mine, drw: Id, rid: Id) -> wire.Record:
        """A record in its newest version."""
        return _record(await keeping.record(vault, call, drw, rid, None))

    @router.get(_R + "/{rid}/versions/{ver}", operation_id="getRecordVersion", tags=["records"])
    async def get_version(call: Mine, drw: Id, rid: Id, ver: schemas.Number) -> wire.Record:
        """One version of a record."""
        return _record(await keeping.record(vault, call, drw, rid, ver))

    @router.put(
        _R + "/{rid}/versions/{ver}",
        operation_id="putRecordVersion", tags=["records"], status_code=201, responses=AGAIN, openapi_extra=dict(RECORD),
    )  # fmt: skip
    async def put_version(
        call: Mine, drw: Id, rid: Id, ver: schemas.Number, body: schemas.Sealed, request: Request, response: Response
    ) -> wire.HeadAfter:
        """Stores the next version; the number in its header is the condition. An import brings deposits here too."""
        if ver == 1 and _is_deposit(body.jwe):
            new = await importing.bring_deposit(vault, call, drw, rid, body.jwe)
            head = await keeping.head(vault, call, drw)
        else:
            head, new = await keeping.keep(vault, call, drw, rid, ver, body.jwe)
        created(response, new, str(request.scope["path"]))
        return wire.HeadAfter(head=show_head(head))

    @router.post(
        _R + "/{rid}/re-sealings", operation_id="sealRecordAgain", tags=["records"], openapi_extra=dict(RECORD)
    )
    async def seal_again(call: Mine, drw: Id, rid: Id, body: schemas.Sealed) -> wire.HeadAfter:
        """Replaces the text of a version by one under the newest key."""
        head, _ = await keeping.seal_again(vault, call, drw, rid, body.jwe)
        return wire.HeadAfter(head=show_head(head))

    @router.delete(_R + "/{rid}", operation_id="deleteRecord", tags=["records"])
    async def delete_record(call: Mine, drw: Id, rid: Id) -> wire.HeadAfter:
        """Deletes a record: every version, attachment and single. Its id is never used again."""
        return wire.HeadAfter(head=show_head(await keeping.remove(vault, call, drw, rid)))


def _is_deposit(jwe: str) -> bool:
    try:
        return parse_json(check_token(jwe, 5)[0]).get("typ") == DEPOSIT
    except FormatError:
        return False  # `record_place` says what is wrong with it


def _progress(found: Progress) -> wire.Progress:
    pieces = [wire.Piece(piece=k, size=size) for k, size in found.pieces]
    return wire.Progress(length=found.length, pieces=pieces, wanted=list(found.wanted), complete=found.whole)


def _attachments(router: APIRouter, vault: Vault) -> None:
    @router.put(_A, operation_id="announceAttachment", tags=["attachments"], status_code=201, responses=AGAIN)
    async def announce(
        call: Mine, drw: Id, rid: Id, a: Id, body: wire.AttachmentIn, request: Request, response: Response
    ) -> wire.Progress:
        """Holds space for an attachment for 24 hours, and tells which pieces are wanted."""
        found, new = await attaching.reserve(vault, call, drw, rid, a, body.length, body.hash)
        created(response, new, str(request.scope["path"]))
        return _progress(found)

    @router.get(_A + "/pieces", operation_id="listPieces", tags=["attachments"])
    async def list_pieces(call: Mine, drw: Id, rid: Id, a: Id) -> wire.Progress:
        """Which pieces are here."""
        return _progress(await attaching.look(vault, call, drw, rid, a))

    @router.put(
        _A + "/pieces/{k}",
        operation_id="putPiece", tags=["attachments"], status_code=204, openapi_extra=dict(PIECE_BODY),
    )  # fmt: skip
    async def put_piece(call: Mine, drw: Id, rid: Id, a: Id, k: schemas.PieceNumber, request: Request) -> None:
        """Stores one piece: 8 MiB, the last one shorter."""
        await attaching.piece_of_record(vault, call, (call.vlt, drw, rid, a), k, body_octets(request))

    @router.post(_A + "/completions", operation_id="completeAttachment", tags=["attachments"], status_code=204)
    async def complete(call: Mine, drw: Id, rid: Id, a: Id) -> None:
        """Checks length and hash of the whole and makes it readable."""
        await attaching.complete(vault, call, drw, rid, a)

    @router.get(
        _A,
        operation_id="getAttachment", tags=["attachments"],
        response_class=StreamingResponse, responses={**GIVES_OCTETS, **GIVES_PART},
    )  # fmt: skip
    async def get_attachment(call: Mine, drw: Id, rid: Id, a: Id, request: Request) -> StreamingResponse:
        """The sealed octets; with `Range` one range of them."""
        asked = request.headers.get("range")
        return octets(await reading.attachment(vault, call, drw, rid, a, asked), ranged=asked is not None)

    @router.delete(_A, operation_id="deleteAttachment", tags=["attachments"], status_code=204)
    async def delete_attachment(call: Mine, drw: Id, rid: Id, a: Id) -> None:
        """Deletes an attachment, or takes its announcement back."""
        await attaching.remove(vault, call, drw, rid, a)


def _deposit(row: Row[Any]) -> wire.Deposit:
    return wire.Deposit(
        id=row.rid, drawer=row.drw, epoch=row.ep, arrived=moment(row.at), log_index=row.log_index, jwe=row.jwe
    )


def _deposits(router: APIRouter, vault: Vault) -> None:
    @router.get("/vaults/{vlt}/deposits", operation_id="listDeposits", tags=["deposits"])
    async def list_deposits(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> wire.Deposits:
        """What sources brought and she has not filed yet, newest first."""
        bound = str(request.scope["path"])
        position = read_cursor(cursor, bound) or [MAX_NUMBER, ""]
        found = await depositing.deposits(vault, call, int(position[0]), str(position[-1]), size)
        further = _after(bound, found)
        link(request, response, further)
        return wire.Deposits(items=[_deposit(row) for row in found.rows], next=further)

    @router.get("/vaults/{vlt}/deposits/{rid}", operation_id="getDeposit", tags=["deposits"])
    async def get_deposit(call: Mine, rid: Id) -> wire.Deposit:
        """One deposit."""
        return _deposit(await depositing.one(vault, call, rid))

    @router.delete("/vaults/{vlt}/deposits/{rid}", operation_id="deleteDeposit", tags=["deposits"], status_code=204)
    async def delete_deposit(call: Mine, rid: Id) -> None:
        """Deletes a deposit without filing it."""
        await depositing.remove(vault, call, rid)

    @router.post(
        "/vaults/{vlt}/deposits/{rid}/filings",
        operation_id="fileDeposit", tags=["deposits"], status_code=201, responses=AGAIN, openapi_extra=dict(RECORD),
    )  # fmt: skip
    async def file_deposit(call: Mine, rid: Id, body: schemas.Sealed, response: Response) -> wire.HeadAfter:
        """Puts the record in and takes the deposit out, in one step."""
        head, drw, new = await depositing.file(vault, call, rid, body.jwe)
        created(response, new, f"/vault/v1/vaults/{call.vlt}/drawers/{drw}/records/{rid}")
        return wire.HeadAfter(head=show_head(head))


def _after(bound: str, found: Page) -> str | None:
    return make_cursor(bound, [found.rows[-1].event_n, found.rows[-1].rid]) if found.more else None


def _sharing(router: APIRouter, vault: Vault) -> None:
    @router.put(
        "/vaults/{vlt}/grants/{gnt}/envelopes/{drw}/{ep}",
        operation_id="putEnvelope", tags=["grants"], status_code=204, responses=MADE,
    )  # fmt: skip
    async def put_envelope(
        call: Mine, gnt: Id, drw: Id, ep: schemas.Number, body: schemas.Sealed, request: Request
    ) -> Response:
        """Lays an epoch's keys ready for a grant."""
        return done(request, await sharing.put_envelope(vault, call, gnt, drw, ep, body.jwe))

    @router.put(
        "/vaults/{vlt}/grants/{gnt}/singles/{rid}",
        operation_id="putSingle", tags=["grants"], status_code=204, responses=MADE, openapi_extra=dict(RECORD),
    )  # fmt: skip
    async def put_single(call: Mine, gnt: Id, rid: Id, body: schemas.Sealed, request: Request) -> Response:
        """Lays one record version ready for a grant."""
        return done(request, await sharing.put_single(vault, call, gnt, rid, body.jwe))

    @router.get("/vaults/{vlt}/grants/{gnt}", operation_id="getGrant", tags=["grants"])
    async def get_grant(call: Mine, gnt: Id) -> wire.Shared:
        """What lies ready for a grant."""
        found = await sharing.shared(vault, call, gnt)
        return wire.Shared(
            envelopes=[wire.Envelope(drawer=row.drw, epoch=row.ep, jwe=row.jwe) for row in found.envelopes],
            singles=[wire.Single(drawer=row.drw, id=row.rid, version=row.ver, jwe=row.jwe) for row in found.singles],
        )

    @router.delete("/vaults/{vlt}/grants/{gnt}", operation_id="deleteGrant", tags=["grants"], status_code=204)
    async def delete_grant(call: Mine, gnt: Id) -> None:
        """Deletes every envelope and single of a grant: step 3 of stopping."""
        await sharing.remove(vault, call, gnt)
