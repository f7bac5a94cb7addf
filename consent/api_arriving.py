# SPDX-License-Identifier: EUPL-1.2
"""HTTP of moving in: page by page from her device, the end from the gateway, and the lines of before."""

from fastapi import APIRouter, Request, Response

from chassis.clock import moment
from chassis.database import Connection
from chassis.identifiers import Id
from consent import arriving, http, settling, store_arriving
from consent import arriving_schemas as schemas
from consent.entering import opened
from consent.http import Cursor, Here, Mine, PageSize
from consent.store import Before, Row


def add(router: APIRouter) -> None:
    """Adds these operations."""
    _brings(router)
    _ends(router)


def _arrival(row: Row, counts: tuple[int, int]) -> schemas.Arrival:
    return schemas.Arrival(
        id=row["id"], origin=row["origin"], until=moment(row["until"]), statements=counts[0], lines=counts[1]
    )


def _brings(router: APIRouter) -> None:
    @router.post(
        "/vaults/{vlt}/arrivals", operation_id="beginArrival", tags=["arrivals"], status_code=201, responses=http.AGAIN
    )
    async def begin_arrival(call: Mine, body: schemas.NewArrival, response: Response) -> schemas.Arrival:
        """Begins to bring a chain from another installation into the empty vault of who is signed in, for a day."""
        row, new = await arriving.begin(call.registry, call.vlt, body.origin)
        http.created(response, new, f"/consent/v1/vaults/{call.vlt}/arrivals/{row['id']}/statements")
        counts = await call.registry.database.read(lambda c: store_arriving.counts(c, call.vlt))
        return _arrival(row, counts)

    async def now_here(call: http.Call, arrival: str, counts: tuple[int, int]) -> schemas.Arrival:
        now = call.registry.clock.now()
        row = await call.registry.database.read(lambda c: arriving.running_move(c, call.vlt, arrival, now))
        return _arrival(row, counts)

    @router.post(
        "/vaults/{vlt}/arrivals/{arrival}/statements",
        operation_id="bringStatements",
        tags=["arrivals"],
        openapi_extra=dict(http.LARGE),
    )
    async def bring_statements(call: Mine, arrival: Id, body: schemas.BroughtStatements) -> schemas.Arrival:
        """The next statements of the chain, each with the receipt of where it was entered. Again: nothing changes."""
        brought = [(one.statement, one.receipt) for one in body.items]
        counts = await arriving.take_statements(call.registry, call.vlt, arrival, body.start, brought)
        return await now_here(call, arrival, counts)

    @router.post(
        "/vaults/{vlt}/arrivals/{arrival}/lines",
        operation_id="bringLines",
        tags=["arrivals"],
        openapi_extra=dict(http.LARGE),
    )
    async def bring_lines(call: Mine, arrival: Id, body: schemas.BroughtLines) -> schemas.Arrival:
        """The next lines of the log of where she was, each with its proof. Again: nothing changes."""
        brought = [(one.n, one.event, one.nonce, one.proof) for one in body.items]
        counts = await arriving.take_lines(call.registry, call.vlt, arrival, body.origin, brought)
        return await now_here(call, arrival, counts)


def _ends(router: APIRouter) -> None:
    @router.post(
        "/vaults/{vlt}/arrivals/{arrival}/completions",
        operation_id="completeArrival",
        tags=["arrivals"],
        dependencies=[http.Gateway],
        openapi_extra={**http.SERVICE, **http.LARGE},
    )
    async def settle(vlt: Id, arrival: Id, body: schemas.Settling, here: Here) -> schemas.Settled:
        """Ends the move of who is signed in as `vlt`: from here on she lives here under the `vlt` of her own card."""
        new, receipts = await settling.settle(here, vlt, arrival, body.vlt, body.card, body.person)
        row = await here.ledger.view(lambda connection, now: opened(connection, new))
        return schemas.Settled(vlt=new, seq=row["seq"], receipts=receipts)

    @router.get("/vaults/{vlt}/earlier-lines", operation_id="listEarlierLines", tags=["lines"])
    async def list_earlier_lines(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.EarlierLinePage:
        """Lines of logs of where she was before: evidence that she brought along, to be checked with the pins of there."""
        bound = f"earlier-lines {call.vlt}"
        before = http.before(cursor, bound)
        items = await call.registry.ledger.view(lambda c, now: _earlier(c, call.vlt, before, size))
        further = http.next_page(request, response, bound, items, size, lambda one: [one.n, one.origin])
        return schemas.EarlierLinePage(items=items, next=further)


def _earlier(connection: Connection, vlt: str, before: Before, most: int) -> list[schemas.EarlierLine]:
    opened(connection, vlt)
    return [
        schemas.EarlierLine(
            origin=row["origin"], n=row["n"], event=row["event"], nonce=row["nonce"], proof=row["proof"]
        )
        for row in store_arriving.earlier(connection, vlt, before, most)
    ]
