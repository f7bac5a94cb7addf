# SPDX-License-Identifier: EUPL-1.2
"""HTTP of bringing: what the page sealed to a person's drawer goes on to the gateway. Who brings cannot read it back, and
this server neither."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from chassis.wire import decimal
from desk import case_schemas as schemas
from desk.component import Desk
from desk.http import OCTETS, Calling, passed

PIECE_BYTES = 8 * 1024 * 1024
_PLACE = "/grants/{grant}/drawers/{drawer}"
_UPLOAD = _PLACE + "/deposits/uploads/{upload}"
Upload = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}(\.[0-9a-f-]{36})?$")]
Piece = Annotated[int, *decimal(0, 100_000), Path()]


def add(router: APIRouter, desk: Desk) -> None:
    """Adds these operations. Each needs an opening with `act` deposit."""
    within = desk.relaying.within

    @router.get(f"{_PLACE}/epoch", operation_id="getDepositEpoch", response_model=schemas.Relayed, tags=["depositing"])
    async def get_deposit_epoch(caller: Calling, grant: Id, drawer: Id) -> Response:
        """The signed key of the drawer to seal to, with the log entry that proves it."""
        return passed(await within(caller, grant, None, "GET", f"/drawers/{drawer}/epoch"))

    @router.post(
        f"{_PLACE}/deposits",
        operation_id="depositRecord",
        status_code=201,
        response_model=schemas.Relayed,
        tags=["depositing"],
        openapi_extra={"x-most-bytes": RECORD_BYTES},
    )
    async def deposit_record(caller: Calling, grant: Id, drawer: Id, given: schemas.NewDeposit) -> Response:
        """Brings a sealed paper. `look` is the receipt; with `uploads` it shows when all of them are complete."""
        path, sent = f"/drawers/{drawer}/deposits", given.model_dump()
        return passed(await within(caller, grant, "Deposit relayed", "POST", path, sent), 201)

    @router.put(
        f"{_UPLOAD}/pieces/{{piece}}",
        operation_id="putUploadPiece",
        status_code=204,
        tags=["depositing"],
        openapi_extra={"x-most-bytes": PIECE_BYTES, "requestBody": {"required": True, "content": OCTETS}},
    )
    async def put_upload_piece(
        caller: Calling, request: Request, grant: Id, drawer: Id, upload: Upload, piece: Piece
    ) -> Response:
        """One piece of 8 MiB, the last one shorter; any order, and again is fine."""
        path = f"/drawers/{drawer}/deposits/uploads/{upload}/pieces/{piece}"
        return passed(await within(caller, grant, None, "PUT", path, await request.body()))

    @router.post(f"{_UPLOAD}/completions", operation_id="completeUpload", status_code=204, tags=["depositing"])
    async def complete_upload(caller: Calling, grant: Id, drawer: Id, upload: Upload) -> Response:
        """All pieces are there: the vault checks length and hash of the whole."""
        path = f"/drawers/{drawer}/deposits/uploads/{upload}/completions"
        return passed(await within(caller, grant, None, "POST", path))
