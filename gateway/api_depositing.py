# SPDX-License-Identifier: EUPL-1.2
"""HTTP of depositing: what to seal to, the sealed object, and the pieces of what comes with it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from chassis.answers import json_answer
from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from chassis.problems import not_found
from chassis.wire import decimal
from gateway import schemas
from gateway.access import Access, Place
from gateway.http import OCTETS, Calling, makes, passed
from gateway.relaying import Relaying

PIECE_BYTES = 8 * 1024 * 1024
_UPLOAD = r"^[0-9a-f-]{36}(\.[0-9a-f-]{36})?$"


def add(router: APIRouter, access: Access, relaying: Relaying) -> None:
    """Adds these operations."""
    drawer_path = "/grants/{grant}/drawers/{drawer}"

    @router.get(
        drawer_path + "/epoch",
        operation_id="getDepositEpoch",
        response_model=schemas.DepositEpoch,
        tags=["depositing"],
    )
    async def get_deposit_epoch(caller: Calling, grant: Id, drawer: Id) -> Response:
        """The signed epoch to seal to, with the log entry that proves it."""
        return passed(await relaying.epoch(caller, grant, drawer))

    @makes(router, drawer_path + "/deposits", "depositRecord", schemas.Deposited, "depositing", most=RECORD_BYTES)
    async def deposit_record(caller: Calling, grant: Id, drawer: Id, given: schemas.NewDeposit) -> Response:
        """Puts a sealed object into a drawer. The person files it at her next visit."""
        attachments = [one.model_dump() for one in given.attachments]
        place = Place(grant, drawer, epoch=given.epoch)
        body = await access.deposit(caller, place, given.jwe, attachments)
        return json_answer(body, 201, {"Location": f"/gateway/v1/grants/{grant}/drawers/{drawer}/records"})

    @router.put(
        drawer_path + "/deposits/uploads/{upload}/pieces/{piece}",
        operation_id="putUploadPiece",
        status_code=204,
        tags=["depositing"],
        openapi_extra={
            "x-most-bytes": PIECE_BYTES,
            "requestBody": {"required": True, "content": OCTETS},
        },
    )
    async def put_upload_piece(
        caller: Calling,
        request: Request,
        grant: Id,
        drawer: Id,
        upload: Annotated[str, Path(pattern=_UPLOAD)],
        piece: Annotated[int, *decimal(0, 100_000), Path()],
    ) -> Response:
        """One piece of 8 MiB, the last one shorter; any order, and again is fine."""
        if not await access.may_upload(caller, grant, drawer, upload):
            raise not_found()
        await relaying.put_piece(upload, piece, await request.body())
        return Response(status_code=204)

    @router.post(
        drawer_path + "/deposits/uploads/{upload}/completions",
        operation_id="completeUpload",
        status_code=204,
        tags=["depositing"],
    )
    async def complete_upload(
        caller: Calling, grant: Id, drawer: Id, upload: Annotated[str, Path(pattern=_UPLOAD)]
    ) -> Response:
        """All pieces are there: the vault checks length and hash of the whole."""
        if not await access.may_upload(caller, grant, drawer, upload):
            raise not_found()
        await relaying.complete(upload)
        return Response(status_code=204)
