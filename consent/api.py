# SPDX-License-Identifier: EUPL-1.2
"""HTTP of consent: her vault, chain, questions, grants, stops and pauses here; the rest in the files beside it.

HTTP in and out, nothing else: no decision and no SQL. Who is calling is checked at the door; another's `vlt` is 404,
as if absent, before anything else is looked at.
"""

from functools import lru_cache

from fastapi import APIRouter, Request, Response

from chassis.clock import moment
from chassis.database import Connection
from chassis.identifiers import Id
from consent import (
    answering,
    api_arriving,
    api_gateway,
    api_looking,
    api_public,
    api_teams,
    entering,
    http,
    looking,
    opening,
    peppering,
    schemas,
    sharing,
    showing,
    stopping,
    store_grants,
    store_requests,
)
from consent.batch import Batch
from consent.http import Caller, Cursor, Here, Mine, PageSize
from consent.question import out_of_reach
from consent.refusals import Absent
from consent.registry import Registry
from consent.store import Before
from formats.spelling import b64u


@lru_cache(maxsize=1)
def routes() -> APIRouter:
    """Every operation of the contract. Routes find the registry in the state of the application they run in."""
    router = APIRouter()
    _chain(router)
    _words(router)
    _codes(router)
    _questions(router)
    _grants(router)
    _pauses(router)
    api_looking.add(router)
    api_arriving.add(router)
    api_gateway.add(router)
    api_teams.add(router)
    api_public.add(router)
    return router


def _chain(router: APIRouter) -> None:
    @router.post("/vaults", operation_id="openVault", tags=["vaults"], status_code=201, responses=http.AGAIN)
    async def open_vault(
        body: schemas.NewVault, registry: Here, caller: Caller, response: Response
    ) -> schemas.Receipts:
        """Opens the caller's own vault: first card, identity issuer's word about it. `receipts[0]` is the card's."""
        seq, receipts = await opening.open_vault(registry, caller.vlt, body.card, body.person)
        http.created(response, len(receipts) > 1, f"/consent/v1/vaults/{caller.vlt}")
        return schemas.Receipts(vlt=caller.vlt, seq=seq, receipts=receipts)

    @router.get("/vaults/{vlt}", operation_id="getVault", tags=["vaults"])
    async def get_vault(call: Mine) -> schemas.Vault:
        """How her chain and her consents stand."""
        return await call.registry.ledger.view(lambda connection, now: looking.vault(connection, call.vlt, now))

    @router.get("/vaults/{vlt}/statements", operation_id="listStatements", tags=["statements"])
    async def list_statements(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.StatementPage:
        """Her chain, newest first, each statement with its receipt."""
        bound = f"statements {call.vlt}"
        below = http.below(cursor, bound)
        items = await call.registry.ledger.view(lambda c, now: looking.statements(c, call.vlt, below, size))
        further = http.next_page(request, response, bound, items, size, lambda one: [one.seq])
        return schemas.StatementPage(items=items, next=further)

    @router.post(
        "/vaults/{vlt}/statements",
        operation_id="enterStatements",
        tags=["statements"],
        status_code=201,
        openapi_extra=dict(http.LARGE),
    )
    async def enter_statements(call: Mine, body: schemas.NewStatements, response: Response) -> schemas.Receipts:
        """1–64 statements, all or nothing, each the next of the chain. The same again: the same receipts."""
        registry, vlt = call.registry, call.vlt

        def work(connection: Connection, batch: Batch) -> entering.Entered:
            return entering.enter(registry, connection, batch, vlt, body.statements, body.assertion)

        # A call that takes something away goes before those that ask for it.
        entered = await registry.ledger.run(work, stop=entering.takes_away(body.statements))
        response.headers["Location"] = f"/consent/v1/vaults/{vlt}/statements"
        return schemas.Receipts(vlt=vlt, seq=entered.seq, receipts=list(entered.receipts))


def _words(router: APIRouter) -> None:
    @router.post("/vaults/{vlt}/peppers", operation_id="takePepper", tags=["vaults"])
    async def take_pepper(call: Mine) -> schemas.Pepper:
        """What her device adds to her seven words, to make or open their slot. Five times a day."""
        return schemas.Pepper(pepper=b64u(await peppering.give_pepper(call.registry, call.vlt)))


def _codes(router: APIRouter) -> None:
    @router.post("/vaults/{vlt}/share-codes", operation_id="makeShareCode", tags=["share-codes"], status_code=201)
    async def make_share_code(call: Mine, response: Response) -> schemas.ShareCode:
        """A code that lets one team ask once, within seven days. Shown now and never again."""
        identifier, code, until = await sharing.make_code(call.registry, call.vlt)
        response.headers["Location"] = f"/consent/v1/vaults/{call.vlt}/share-codes/{identifier}"
        return schemas.ShareCode(id=identifier, code=code, expires_at=moment(until), used=False)

    @router.get("/vaults/{vlt}/share-codes", operation_id="listShareCodes", tags=["share-codes"])
    async def list_share_codes(call: Mine) -> schemas.ShareCodes:
        """Her codes that are not over, newest first, without the codes themselves."""
        rows = await sharing.codes(call.registry, call.vlt)
        return schemas.ShareCodes(
            items=[
                schemas.ShareCode(
                    id=row["id"], code=None, expires_at=moment(row["until"]), used=row["used_at"] is not None
                )
                for row in rows
            ]
        )

    @router.delete(
        "/vaults/{vlt}/share-codes/{share}", operation_id="dropShareCode", tags=["share-codes"], status_code=204
    )
    async def drop_share_code(call: Mine, share: Id) -> None:
        """Takes a code back."""
        await sharing.drop_code(call.registry, call.vlt, share)


def _asked(registry: Registry, connection: Connection, vlt: str, identifier: str, now: int) -> schemas.Asked:
    vault = entering.opened(connection, vlt)
    row = store_requests.one(connection, vault["bsn"], identifier)
    if row is None or row["purpose"] in out_of_reach(registry.catalogue, vault, now):
        raise Absent
    return showing.asked(registry, connection, vault, row, now)


def _inbox(
    registry: Registry, connection: Connection, vlt: str, now: int, before: Before, most: int
) -> list[schemas.Asked]:
    vault = entering.opened(connection, vlt)
    hidden = out_of_reach(registry.catalogue, vault, now)
    rows = store_requests.inbox(connection, vault["bsn"], hidden, before, most)
    return [showing.asked(registry, connection, vault, row, now) for row in rows]


def _questions(router: APIRouter) -> None:
    @router.get("/vaults/{vlt}/consent-requests", operation_id="listConsentRequests", tags=["consent-requests"])
    async def list_consent_requests(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.AskedPage:
        """Her inbox, newest first: each question as it was signed, the text to show, the asker's key with its proof."""
        bound = f"consent-requests {call.vlt}"
        before = http.before(cursor, bound)
        items = await call.registry.ledger.view(lambda c, now: _inbox(call.registry, c, call.vlt, now, before, size))
        further = http.next_page(request, response, bound, items, size, lambda one: [int(one.asked_at), one.id])
        return schemas.AskedPage(items=items, next=further)

    @router.get(
        "/vaults/{vlt}/consent-requests/{question}", operation_id="getConsentRequest", tags=["consent-requests"]
    )
    async def get_consent_request(call: Mine, question: Id) -> schemas.Asked:
        """One question of her inbox."""
        return await call.registry.ledger.view(lambda c, now: _asked(call.registry, c, call.vlt, question, now))

    @router.post(
        "/vaults/{vlt}/consent-requests/{question}/answers",
        operation_id="answerConsentRequest",
        tags=["consent-requests"],
        status_code=201,
        openapi_extra=dict(http.LARGE),
    )
    async def answer_consent_request(
        call: Mine, question: Id, body: schemas.Answer, response: Response
    ) -> schemas.Answered:
        """Yes with what she signed, an offer, or no. A no can become a yes until the question expires."""
        receipts = await answering.answer(call.registry, call.vlt, question, body)
        response.headers["Location"] = f"/consent/v1/vaults/{call.vlt}/consent-requests/{question}"
        asked = await call.registry.ledger.view(lambda c, now: _asked(call.registry, c, call.vlt, question, now))
        return schemas.Answered(request=asked, receipts=receipts)


def _given(connection: Connection, vlt: str, now: int, before: Before, most: int) -> list[tuple[int, schemas.Given]]:
    entering.opened(connection, vlt)
    rows = store_grants.of_person(connection, vlt, before, most)
    entered = [int(row["entered_at"]) for row in rows]
    return list(zip(entered, showing.given(connection, rows, now), strict=True))


def _given_one(connection: Connection, vlt: str, jti: str, now: int) -> schemas.Given:
    entering.opened(connection, vlt)
    row = store_grants.one(connection, vlt, jti)
    if row is None:
        raise Absent
    return showing.given(connection, [row], now)[0]


def _grants(router: APIRouter) -> None:
    @router.get("/vaults/{vlt}/grants", operation_id="listGrants", tags=["grants"])
    async def list_grants(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.GivenPage:
        """Her grants, newest first, with state and true reason."""
        bound = f"grants {call.vlt}"
        before = http.before(cursor, bound)
        found = await call.registry.ledger.view(lambda c, now: _given(c, call.vlt, now, before, size))
        further = http.next_page(request, response, bound, found, size, lambda one: [one[0], one[1].id])
        return schemas.GivenPage(items=[one for _, one in found], next=further)

    @router.get("/vaults/{vlt}/grants/{grant}", operation_id="getGrant", tags=["grants"])
    async def get_grant(call: Mine, grant: Id) -> schemas.Given:
        """One of her grants."""
        return await call.registry.ledger.view(lambda c, now: _given_one(c, call.vlt, grant, now))

    @router.post("/vaults/{vlt}/grants/{grant}/stops", operation_id="stopGrant", tags=["grants"], status_code=201)
    async def stop_grant(call: Mine, grant: Id, body: schemas.Stop, response: Response) -> schemas.Stopped:
        """Stops a grant. Her sign-in alone is enough; her device signs the revoke now, or at its next visit."""
        receipts = await stopping.stop(call.registry, call.vlt, grant, body.statement)
        response.headers["Location"] = f"/consent/v1/vaults/{call.vlt}/grants/{grant}"
        return schemas.Stopped(receipts=receipts)


def _pauses(router: APIRouter) -> None:
    @router.post("/vaults/{vlt}/pauses", operation_id="pauseAll", tags=["pauses"], status_code=201)
    async def pause_all(call: Mine, response: Response) -> schemas.Pause:
        """ "Alles dicht": pauses everything. Nobody is told. Again: the pause that is there."""
        identifier, since = await stopping.pause(call.registry, call.vlt, None)
        response.headers["Location"] = f"/consent/v1/vaults/{call.vlt}/pauses/{identifier}"
        return schemas.Pause(id=identifier, grant=None, since=moment(since))

    @router.post("/vaults/{vlt}/grants/{grant}/pauses", operation_id="pauseGrant", tags=["pauses"], status_code=201)
    async def pause_grant(call: Mine, grant: Id, response: Response) -> schemas.Pause:
        """Pauses one grant. Nobody is told."""
        identifier, since = await stopping.pause(call.registry, call.vlt, grant)
        response.headers["Location"] = f"/consent/v1/vaults/{call.vlt}/grants/{grant}/pauses/{identifier}"
        return schemas.Pause(id=identifier, grant=grant, since=moment(since))

    @router.delete("/vaults/{vlt}/pauses/{pause}", operation_id="openAll", tags=["pauses"], status_code=204)
    async def open_all(call: Mine, pause: Id, body: schemas.Presence) -> None:
        """Opens everything again: a passkey touch, or a renewal that her key signed just now (then send `{}`)."""
        await stopping.open_again(call.registry, call.vlt, pause, None, body)

    @router.delete(
        "/vaults/{vlt}/grants/{grant}/pauses/{pause}", operation_id="openGrant", tags=["pauses"], status_code=204
    )
    async def open_grant(call: Mine, grant: Id, pause: Id, body: schemas.Presence) -> None:
        """Opens one grant again, in the same way."""
        await stopping.open_again(call.registry, call.vlt, pause, grant, body)
