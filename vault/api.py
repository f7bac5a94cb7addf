# SPDX-License-Identifier: EUPL-1.2
"""HTTP of the vault: the person's chain, keyring and slots here; the rest of the contract in the files beside it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from chassis.clock import moment
from chassis.identifiers import Id
from chassis.wire import Digest, make_cursor, read_cursor
from formats.spelling import MAX_NUMBER
from vault import api_drawers, api_leaving, api_permits, heads, losing, schemas, stating, unlocking
from vault.component import Call, Vault
from vault.http import (
    AGAIN,
    MADE,
    RECORD,
    Caller,
    Cursor,
    Mine,
    PageSize,
    created,
    done,
    link,
    page,
    show_head,
    trace_of,
)
from vault.unlocking import kdf_of


def routes(vault: Vault) -> APIRouter:
    """Every operation of the contract, over this vault."""
    router = APIRouter()
    _chain(router, vault)
    _unlocking(router, vault)
    api_drawers.add(router, vault)
    api_leaving.add(router, vault)
    api_permits.add(router, vault)
    return router


def _chain(router: APIRouter, vault: Vault) -> None:
    @router.post("/vaults", operation_id="openVault", tags=["vaults"], status_code=201, responses=AGAIN)
    async def open_vault(body: schemas.NewVault, caller: Caller, request: Request, response: Response) -> schemas.Taken:
        """Opens the caller's own vault with its first card."""
        call = Call(caller.vlt, trace=trace_of(request))
        new = await stating.open_vault(vault, call, body.card, body.receipt)
        created(response, new, f"/vault/v1/vaults/{caller.vlt}")
        return schemas.Taken(changed=new)

    @router.get("/vaults/{vlt}", operation_id="getVault", tags=["vaults"])
    async def get_vault(call: Mine) -> schemas.VaultSeen:
        """The card, the keyring's number and what waits."""
        seen = await stating.look(vault, call)
        waits = seen.erasure
        return schemas.VaultSeen(
            card=seen.vault.card,
            keyring_seq=seen.ring,
            importing=seen.vault.state == "importing",
            erasure=None if waits is None else schemas.WaitingErasure(id=waits.id, due=moment(waits.due)),
        )

    @router.get("/vaults/{vlt}/drawers", operation_id="listDrawers", tags=["drawers"])
    async def list_drawers(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.Drawers:
        """All drawers with their newest epoch and heads."""
        seen = await stating.look(vault, call)
        rows, further = page(request, response, seen.drawers, size, cursor)
        items = [
            schemas.Drawer(id=row.drw, epoch=row.ep, head=show_head(heads.head_of(row)), signed=row.signed)
            for row in rows
        ]
        return schemas.Drawers(items=items, next=further)

    @router.get("/vaults/{vlt}/drawers/{drw}/epochs", operation_id="listEpochs", tags=["drawers"])
    async def list_epochs(
        call: Mine, drw: Id, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.Epochs:
        """The signed epochs of a drawer, newest first."""
        rows, further = page(request, response, await stating.epochs(vault, call, drw), size, cursor)
        items = [schemas.Epoch(epoch=row.ep, statement=row.statement) for row in rows]
        return schemas.Epochs(items=items, next=further)

    @router.get("/vaults/{vlt}/drawers/{drw}/heads", operation_id="listHeads", tags=["drawers"])
    async def list_heads(
        call: Mine, drw: Id, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.Heads:
        """The changes of a drawer, newest first: her device recomputes the head from them."""
        bound = str(request.scope["path"])
        position = read_cursor(cursor, bound)
        before = position[0] if position and type(position[0]) is int else MAX_NUMBER
        drawer, rows = await heads.changes(vault, call, drw, before, size + 1)
        further = make_cursor(bound, [rows[size - 1].n]) if len(rows) > size else None
        link(request, response, further)
        items = [schemas.Change(n=row.n, op=row.op, rid=row.rid, ver=row.ver, t=row.sealed) for row in rows[:size]]
        shown = show_head(heads.head_of(drawer))
        return schemas.Heads(head=shown, signed=drawer.signed, items=items, next=further)

    @router.post("/vaults/{vlt}/statements", operation_id="takeStatement", tags=["vaults"])
    async def take_statement(call: Mine, body: schemas.StatementIn) -> schemas.Taken:
        """Takes in a card, epoch or head that consent has entered."""
        return schemas.Taken(changed=await stating.state(vault, call, body.statement, body.receipt))


def _unlocking(router: APIRouter, vault: Vault) -> None:
    @router.get("/vaults/{vlt}/keyring", operation_id="getKeyring", tags=["keyrings"])
    async def get_keyring(call: Mine) -> schemas.Keyring:
        """The newest keyring."""
        row = await unlocking.keyring(vault, call, None)
        return schemas.Keyring(seq=row.seq, jwe=row.jwe)

    @router.put("/vaults/{vlt}/keyring", operation_id="putKeyring", tags=["keyrings"], openapi_extra=dict(RECORD))
    async def put_keyring(call: Mine, body: schemas.Sealed) -> schemas.KeyringTaken:
        """Stores the next keyring; the number in its header is the condition."""
        seq, _ = await unlocking.put_keyring(vault, call, body.jwe)
        return schemas.KeyringTaken(seq=seq)

    @router.get("/vaults/{vlt}/keyrings/{seq}", operation_id="getOlderKeyring", tags=["keyrings"])
    async def get_older(call: Mine, seq: schemas.Number) -> schemas.Keyring:
        """One of the ten keyrings before, for 30 days."""
        row = await unlocking.keyring(vault, call, seq)
        return schemas.Keyring(seq=row.seq, jwe=row.jwe)

    @router.get("/vaults/{vlt}/slots", operation_id="listSlots", tags=["slots"])
    async def list_slots(
        call: Mine, request: Request, response: Response, size: PageSize = 20, cursor: Cursor = None
    ) -> schemas.Slots:
        """All slots, without what is sealed in them."""
        rows, further = page(request, response, await unlocking.slots(vault, call), size, cursor)
        return schemas.Slots(items=[schemas.SlotListed(id=row.slot, type=row.type) for row in rows], next=further)

    @router.get("/vaults/{vlt}/slots/{slot}", operation_id="getSlot", tags=["slots"])
    async def get_slot(call: Mine, slot: Id) -> schemas.Slot:
        """One slot. The trustees' slot never leaves here."""
        row = await unlocking.slot(vault, call, slot)
        kdf = kdf_of(row)
        return schemas.Slot(id=row.slot, type=row.type, kdf=None if kdf is None else schemas.Kdf(**kdf), jwe=row.jwe)

    @router.put("/vaults/{vlt}/slots/{slot}", operation_id="putSlot", tags=["slots"], status_code=204, responses=MADE)
    async def put_slot(call: Mine, slot: Id, body: schemas.SlotIn, request: Request) -> Response:
        """Stores a slot, or replaces it."""
        kdf = None if body.kdf is None else body.kdf.model_dump()
        return done(request, await unlocking.put_slot(vault, call, slot, body.type, kdf, body.jwe))

    @router.delete("/vaults/{vlt}/slots/{slot}", operation_id="removeSlot", tags=["slots"], status_code=204)
    async def remove_slot(call: Mine, slot: Id) -> None:
        """Removes a slot while two others stay."""
        await unlocking.remove_slot(vault, call, slot)

    @router.delete("/vaults/{vlt}/devices/{device}", operation_id="stopDevice", tags=["devices"], status_code=204)
    async def stop_device(call: Mine, device: Annotated[Digest, Path()]) -> None:
        """Stops a device that was lost, for good: its next call is refused. `device`: thumbprint of the key its tokens
        are bound to, as consent lists it."""
        await losing.stop_device(vault, call, device)
