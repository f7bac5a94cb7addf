# SPDX-License-Identifier: EUPL-1.2
"""HTTP of the vault: how much there is, taking it along, moving in, erasing."""

from fastapi import APIRouter, Request, Response

from chassis.clock import moment
from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from vault import importing, leaving, schemas
from vault.component import Vault
from vault.http import AGAIN, Caller, Mine, created
from vault.importing import Change

_LONG = {"x-most-bytes": RECORD_BYTES}


def add(router: APIRouter, vault: Vault) -> None:
    """Adds these operations."""
    _leaving(router, vault)
    _importing(router, vault)


def _leaving(router: APIRouter, vault: Vault) -> None:
    @router.get("/vaults/{vlt}/usage", operation_id="getUsage", tags=["leaving"])
    async def usage(call: Mine) -> schemas.Usage:
        """How much the vault holds and may hold."""
        found = await leaving.usage(vault, call)
        return schemas.Usage(bytes=found.used, quota=found.quota, records=found.records, deposits=found.deposits)

    @router.get("/vaults/{vlt}/inventory", operation_id="getInventory", tags=["leaving"])
    async def inventory(call: Mine) -> schemas.Inventory:
        """Every file of an export with its hash, from one snapshot."""
        found = await leaving.inventory(vault, call)
        items = [schemas.Entry(path=one.path, hash=one.h, length=one.length) for one in found]
        return schemas.Inventory(items=items, next=None)

    @router.post("/vaults/{vlt}/challenges", operation_id="makeChallenge", tags=["leaving"])
    async def make_challenge(call: Mine) -> schemas.Challenge:
        """32 random bytes that prove presence when signed; good for five minutes, once."""
        challenge, until = await leaving.challenge(vault, call)
        return schemas.Challenge(challenge=challenge, until=moment(until))

    @router.post(
        "/vaults/{vlt}/erasures", operation_id="askErasure", tags=["leaving"], status_code=201, responses=AGAIN
    )
    async def ask_erasure(
        call: Mine, body: schemas.ErasureIn, caller: Caller, request: Request, response: Response
    ) -> schemas.WaitingErasure:
        """Asks to erase everything in 72 hours; needs a sign-in of the last ten minutes."""
        found, new = await leaving.ask_erasure(vault, call, caller.auth_time)
        created(response, new, f"{request.scope['path']}/{found.id}")
        return schemas.WaitingErasure(id=found.id, due=moment(found.due))

    @router.delete(
        "/vaults/{vlt}/erasures/{erasure}", operation_id="takeErasureBack", tags=["leaving"], status_code=204
    )
    async def take_back(call: Mine, erasure: Id) -> None:
        """Takes an erasure back that still waits."""
        await leaving.take_back(vault, call, erasure)


def _importing(router: APIRouter, vault: Vault) -> None:
    @router.post(
        "/vaults/{vlt}/imports",
        operation_id="beginImport", tags=["imports"], status_code=201, responses=AGAIN, openapi_extra=dict(_LONG),
    )  # fmt: skip
    async def begin(call: Mine, body: schemas.ImportIn, request: Request, response: Response) -> schemas.Import:
        """Opens an empty vault for what was taken along elsewhere, for 24 hours."""
        url = vault.settings.origin + str(request.scope["path"])
        import_id, until, new = await importing.begin(vault, call, body.chain, body.challenge, body.proof, url)
        created(response, new, f"/vault/v1/vaults/{call.vlt}")  # which tells that an import runs
        return schemas.Import(id=import_id, until=moment(until))

    @router.post(
        "/vaults/{vlt}/imports/{import_id}/completions",
        operation_id="completeImport", tags=["imports"], status_code=204, openapi_extra=dict(_LONG),
    )  # fmt: skip
    async def complete(call: Mine, import_id: Id, body: schemas.ImportDone) -> None:
        """Checks every head and every text, then opens the vault."""
        drawers = {
            one.drawer: [Change(line.n, line.op, line.rid, line.ver, line.t) for line in one.items]
            for one in body.drawers
        }
        await importing.complete(vault, call, import_id, drawers)
