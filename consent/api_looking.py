# SPDX-License-Identifier: EUPL-1.2
"""HTTP of looking back and of leaving: lines, "Waarom keek je?", consent receipts; devices, challenges and erasures."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from chassis.clock import moment
from chassis.database import Connection
from chassis.identifiers import Id
from chassis.wire import Digest, decimal
from consent import explaining, http, leaving, looking, losing, store_devices
from consent import looking_schemas as schemas
from consent.http import Cursor, Mine, PageSize
from consent.schemas import Presence
from formats.spelling import MAX_NUMBER

LineNumber = Annotated[int, *decimal(0, MAX_NUMBER), Path()]


def add(router: APIRouter) -> None:
    """Adds these operations."""
    _lines(router)
    _questions(router)
    _receipts(router)
    _devices(router)
    _leaving(router)


def _lines(router: APIRouter) -> None:
    @router.get("/vaults/{vlt}/lines", operation_id="listLines", tags=["lines"])
    async def list_lines(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.LinePage:
        """Who looked, what was signed and stopped: lines of the log about her, newest first, each with its proof."""
        bound = f"lines {call.vlt}"
        below = http.below(cursor, bound)
        items = await call.registry.ledger.view(lambda c, now: looking.lines(c, call.vlt, below, size))
        further = http.next_page(request, response, bound, items, size, lambda one: [one.n])
        return schemas.LinePage(items=items, next=further)

    @router.get("/vaults/{vlt}/plain-lines", operation_id="listPlainLines", tags=["lines"])
    async def list_plain_lines(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.PlainLinePage:
        """Questions, answers and pauses, newest first: shown without a tick."""
        bound = f"plain-lines {call.vlt}"
        before = http.before(cursor, bound)
        items = await call.registry.ledger.view(
            lambda c, now: looking.plain_lines(call.registry, c, call.vlt, now, before, size)
        )
        further = http.next_page(request, response, bound, items, size, lambda one: [int(one.at), one.id])
        return schemas.PlainLinePage(items=items, next=further)


def _questions(router: APIRouter) -> None:
    @router.post(
        "/vaults/{vlt}/lines/{line}/questions",
        operation_id="askWhy",
        tags=["questions"],
        status_code=201,
        responses=http.AGAIN,
    )
    async def ask_why(call: Mine, line: LineNumber, body: schemas.NewWhy, response: Response) -> schemas.Why:
        """ "Waarom keek je?" about one of her lines, once. The team has seven days."""
        row, new = await explaining.ask_why(call.registry, call.vlt, line, body.text)
        http.created(response, new, f"/consent/v1/vaults/{call.vlt}/questions/{row['id']}")
        return await call.registry.ledger.view(lambda c, now: looking.why(c, call.vlt, row["id"], now))

    @router.get("/vaults/{vlt}/questions", operation_id="listQuestions", tags=["questions"])
    async def list_questions(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.WhyPage:
        """What she asked about looks, newest first, each with the team's signed answer or without one."""
        bound = f"questions {call.vlt}"
        before = http.before(cursor, bound)
        items = await call.registry.ledger.view(lambda c, now: looking.whys(c, call.vlt, now, before, size))
        further = http.next_page(request, response, bound, items, size, lambda one: [int(one.asked_at), one.id])
        return schemas.WhyPage(items=items, next=further)

    @router.get("/vaults/{vlt}/questions/{question}", operation_id="getQuestion", tags=["questions"])
    async def get_question(call: Mine, question: Id) -> schemas.Why:
        """One of her questions about a look."""
        return await call.registry.ledger.view(lambda c, now: looking.why(c, call.vlt, question, now))


def _receipts(router: APIRouter) -> None:
    @router.get("/vaults/{vlt}/receipts", operation_id="listReceipts", tags=["receipts"])
    async def list_receipts(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.ConsentReceiptPage:
        """Her consent receipts, newest first: one at every change."""
        bound = f"receipts {call.vlt}"
        before = http.before(cursor, bound)
        items = await call.registry.ledger.view(lambda c, now: looking.receipts(c, call.vlt, before, size))
        further = http.next_page(request, response, bound, items, size, lambda one: [int(one.at), one.id])
        return schemas.ConsentReceiptPage(items=items, next=further)

    @router.get("/vaults/{vlt}/receipts/{receipt}", operation_id="getReceipt", tags=["receipts"])
    async def get_receipt(call: Mine, receipt: Id) -> schemas.ConsentReceipt:
        """One consent receipt."""
        return await call.registry.ledger.view(lambda c, now: looking.receipt(c, call.vlt, receipt))


def _devices(router: APIRouter) -> None:
    @router.get("/vaults/{vlt}/devices", operation_id="listDevices", tags=["devices"])
    async def list_devices(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.DevicePage:
        """Devices that called in her name within a year, newest first: by their key, and when."""
        bound = f"devices {call.vlt}"
        before = http.before(cursor, bound)

        def view(connection: Connection, now: int) -> list[schemas.Device]:
            rows = store_devices.devices_of(connection, call.vlt, before, size)
            return [looking.device(row, call.person.jkt) for row in rows]

        items = await call.registry.ledger.view(view)
        further = http.next_page(request, response, bound, items, size, lambda one: [int(one.first_at), one.id])
        return schemas.DevicePage(items=items, next=further)

    @router.delete("/vaults/{vlt}/devices/{device}", operation_id="stopDevice", tags=["devices"], status_code=204)
    async def stop_device(call: Mine, device: Annotated[Digest, Path()]) -> None:
        """Stops a device that was lost, for good: its next call is refused. The sign-in is enough. Stop it at the
        vault and at the issuer too: neither asks here who calls."""
        await losing.stop_device(call.registry, call.vlt, device)


def _leaving(router: APIRouter) -> None:
    @router.post("/vaults/{vlt}/challenges", operation_id="makeChallenge", tags=["leaving"])
    async def make_challenge(call: Mine) -> schemas.Challenge:
        """32 random octets for one passkey touch, good for five minutes."""
        identifier, octets, until = await leaving.make_challenge(call.registry, call.vlt)
        return schemas.Challenge(id=identifier, challenge=octets, expires_at=moment(until))

    @router.post("/vaults/{vlt}/erasures", operation_id="askErasure", tags=["leaving"], status_code=201)
    async def ask_erasure(call: Mine, body: Presence, response: Response) -> schemas.Erasure:
        """Erases everything: at once with a passkey touch, else 72 hours after a fresh sign-in. Erase here first, then
        at the vault."""
        signed_in_at = call.person.auth_time
        identifier, at, done = await leaving.ask_erasure(call.registry, call.vlt, body, signed_in_at)
        response.headers["Location"] = f"/consent/v1/vaults/{call.vlt}/erasures/{identifier}"
        return schemas.Erasure(id=identifier, at=moment(at), done=done)

    @router.delete(
        "/vaults/{vlt}/erasures/{erasure}", operation_id="takeBackErasure", tags=["leaving"], status_code=204
    )
    async def take_back_erasure(call: Mine, erasure: Id) -> None:
        """Takes an erasure back before it is done."""
        await leaving.take_back_erasure(call.registry, call.vlt, erasure)
