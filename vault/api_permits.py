# SPDX-License-Identifier: EUPL-1.2
"""HTTP of the vault: what opens on a permit. Called by the gateway with its service token; the permit alone decides."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.types import Scope

from chassis.answers import Whole, json_answer
from chassis.contract import hot
from chassis.crowd import takes_calls
from chassis.identifiers import Id
from vault import depositing, reading, schemas, sharing
from vault import permit_schemas as wire
from vault.component import Vault
from vault.depositing import Announced
from vault.http import (
    GIVES_OCTETS,
    PIECE_BODY,
    RECORD,
    SERVICE,
    Shower,
    body_octets,
    gateway,
    octets,
    trace_of,
)


def _is_permit(given: Any) -> bool:
    """Whether it has the members of a permit; what they say is the permit's own business."""
    return isinstance(given, dict) and given.keys() == {"event", "nonce", "proof"}


def add(router: APIRouter, vault: Vault) -> None:
    """Adds these operations."""
    takes_calls(router)

    async def hand_out(scope: Scope) -> Whole:
        """The sealed things that a look names, with its envelopes and head."""
        gateway(scope["kluisje.caller"])
        given = scope["kluisje.json"]
        # Nearly all ask for the first page with a permit, of which `verify_permit` checks each member: no model for those.
        first = given.keys() == {"permit", "pageCursor"} and given["pageCursor"] is None and _is_permit(given["permit"])
        cursor = None if first else wire.HandOutIn.model_validate(given).page_cursor
        return json_answer(await reading.hand_out(vault, given["permit"], cursor))

    hot(
        router, "POST", "/record-hand-outs", hand_out, takes=wire.HandOutIn, gives=wire.HandOut,
        operation_id="handOutRecords", tags=["permits"], openapi_extra=dict(SERVICE),
    )  # fmt: skip

    @router.post(
        "/attachment-hand-outs",
        operation_id="handOutAttachment", tags=["permits"],
        response_class=StreamingResponse, responses=GIVES_OCTETS, openapi_extra=dict(SERVICE),
    )  # fmt: skip
    async def hand_out_attachment(body: wire.AttachmentHandOutIn, part: Shower) -> StreamingResponse:
        """The sealed octets of one attachment of the record that the look names."""
        given = body.permit.model_dump()
        return octets(await reading.hand_out_attachment(vault, given, body.attachment, body.start), ranged=False)

    @router.post("/deposits", operation_id="takeDeposit", tags=["permits"], openapi_extra={**SERVICE, **RECORD})
    async def deposit(body: wire.DepositIn, part: Shower, request: Request) -> wire.DepositTaken:
        """Takes a deposit in, and tells where its attachments go."""
        announced = [Announced(one.id, one.length, one.hash) for one in body.attachments]
        given = body.permit.model_dump()
        found = await depositing.deposit(vault, part, given, body.jwe, announced, trace_of(request))
        uploads = [wire.Upload(id=one.id, attachment=one.a, wanted=list(one.wanted)) for one in found]
        return wire.DepositTaken(uploads=uploads)

    @router.put(
        "/uploads/{upload}/pieces/{k}",
        operation_id="putUploadPiece", tags=["permits"], status_code=204, openapi_extra={**SERVICE, **PIECE_BODY},
    )  # fmt: skip
    async def put_piece(upload: Id, k: schemas.PieceNumber, part: Shower, request: Request) -> None:
        """Stores one piece of an attachment that a deposit announced."""
        await depositing.put_piece(vault, part, upload, k, body_octets(request), trace_of(request))

    @router.post(
        "/uploads/{upload}/completions", operation_id="completeUpload", tags=["permits"], openapi_extra=dict(SERVICE)
    )
    async def complete(upload: Id, part: Shower, request: Request) -> wire.UploadDone:
        """Checks the whole attachment; with the last one the deposit shows."""
        return wire.UploadDone(whole=await depositing.complete(vault, part, upload, trace_of(request)))

    @router.post("/import-confirmations", operation_id="confirmImport", tags=["permits"], openapi_extra=dict(SERVICE))
    async def confirm(body: wire.ConfirmationIn, part: Shower, request: Request) -> wire.Confirmed:
        """Deletes the envelopes that a team says to hold."""
        gone = await sharing.confirm_import(vault, body.confirmation, body.organisation, trace_of(request))
        return wire.Confirmed(deleted=gone)
