# SPDX-License-Identifier: EUPL-1.2
"""The desk's API `/desk/v1`: who is signed in, openings, own keys, the team. HTTP in and out and nothing else."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from chassis.answers import json_answer
from chassis.clock import moment
from chassis.contract import RECORD_BYTES
from chassis.identifiers import Id
from desk import schemas
from desk.component import Desk
from desk.http import Calling
from formats.spelling import b64u, parse_json

SIGNED = {"x-most-bytes": RECORD_BYTES}


def add(router: APIRouter, desk: Desk) -> None:
    """Adds these operations."""
    _session(router, desk)
    _rings(router, desk)
    _slots(router, desk)
    _team(router, desk)


def _session(router: APIRouter, desk: Desk) -> None:
    @router.get("/session", operation_id="getSession", response_model=schemas.Session, tags=["session"])
    async def get_session(caller: Calling) -> schemas.Session:
        """Who is signed in here, and what the newest member list says of this person."""
        return schemas.Session(
            subject=caller.subject,
            team=desk.members.team,
            role=caller.role,  # type: ignore[arg-type]
            ring=caller.ring,
            name=caller.name,
            administrator=desk.members.first_key["kid"],
            signed_in_at=moment(caller.session.since),
            ends_at=moment(caller.session.ends()),
        )

    @router.delete("/session", operation_id="deleteSession", status_code=204, tags=["session"])
    async def delete_session(caller: Calling) -> Response:
        """Signs out: here, and at the gateway."""
        await desk.sign_out(caller)
        return Response(status_code=204, headers={"Set-Cookie": desk.ways.ended()})

    @router.post(
        "/openings", operation_id="openGrant", status_code=201, response_model=schemas.Opening, tags=["session"]
    )
    async def open_grant(caller: Calling, given: schemas.NewOpening) -> Response:
        """Begins to open a case for its purpose. Then a new tab goes to `address`, where the caseworker signs in for just
        this; meanwhile the page asks for the opening until it is `open`."""
        made = desk.open(caller, given)
        return _made(desk.show_opening(made), f"/desk/v1/openings/{made.id}")

    @router.get("/openings/{opening}", operation_id="getOpening", response_model=schemas.Opening, tags=["session"])
    async def get_opening(caller: Calling, opening: Id) -> schemas.Opening:
        """One own opening, as it stands."""
        return desk.show_opening(desk.opening(caller, opening))


def _rings(router: APIRouter, desk: Desk) -> None:
    rings = desk.rings

    @router.post(
        "/rings",
        operation_id="addRing",
        status_code=201,
        response_model=schemas.Ring,
        tags=["rings"],
        openapi_extra=SIGNED,
    )
    async def add_ring(caller: Calling, given: schemas.NewRing) -> Response:
        """Introduces own keys by their card. Then the keyring and two slots are put; a keeper compares four words."""
        made = desk.show_ring(await rings.introduce(caller.subject, given.card, given.name))
        return _made(made, f"/desk/v1/rings/{made.id}")

    @router.get("/rings/{ring}", operation_id="getRing", response_model=schemas.Ring, tags=["rings"])
    async def get_ring(caller: Calling, ring: Id) -> schemas.Ring:
        """Own keys, as the desk keeps them."""
        return desk.show_ring(await rings.own(caller.subject, ring))

    @router.delete("/rings/{ring}", operation_id="dropRing", status_code=204, tags=["rings"])
    async def drop_ring(caller: Calling, ring: Id) -> Response:
        """Drops own keys that nobody can open any more. New ones have to be listed and handed the team's key anew."""
        await rings.drop(caller.subject, ring)
        return Response(status_code=204)

    @router.get("/rings/{ring}/keyring", operation_id="getKeyring", response_model=schemas.Keyring, tags=["rings"])
    async def get_keyring(caller: Calling, ring: Id) -> schemas.Keyring:
        """The sealed keyring."""
        return desk.show_keyring(await rings.own(caller.subject, ring))

    @router.put(
        "/rings/{ring}/keyring",
        operation_id="putKeyring",
        response_model=schemas.KeyringTaken,
        tags=["rings"],
        openapi_extra=SIGNED,
    )
    async def put_keyring(caller: Calling, ring: Id, given: schemas.Sealed) -> schemas.KeyringTaken:
        """Keeps the next keyring: its number is one higher than that of the one before, the first is 1."""
        seq, _ = await rings.put_keyring(caller.subject, ring, given.jwe)
        return schemas.KeyringTaken(seq=seq)

    @router.post(
        "/rings/{ring}/peppers",
        operation_id="takePepper",
        response_model=schemas.Pepper,
        status_code=201,
        tags=["rings"],
    )
    async def take_pepper(caller: Calling, ring: Id) -> Response:
        """The pepper of own words, five times a day."""
        pepper = schemas.Pepper(pepper=b64u(await rings.pepper(caller.subject, ring)))
        return _made(pepper, f"/desk/v1/rings/{ring}")


def _slots(router: APIRouter, desk: Desk) -> None:
    rings = desk.rings

    @router.get("/rings/{ring}/slots", operation_id="listSlots", response_model=schemas.Slots, tags=["rings"])
    async def list_slots(caller: Calling, ring: Id) -> schemas.Slots:
        """All own slots, sealed."""
        rows = await rings.slots(caller.subject, ring)
        return schemas.Slots(items=[_slot(row) for row in rows], next=None)

    @router.put(
        "/rings/{ring}/slots/{slot}",
        operation_id="putSlot",
        response_model=schemas.Slot,
        responses={201: {"description": "It is new."}},
        tags=["rings"],
    )
    async def put_slot(caller: Calling, ring: Id, slot: Id, given: schemas.SlotIn) -> Response:
        """Keeps a slot, in the place of an earlier one of this id."""
        kdf = None if given.kdf is None else given.kdf.model_dump()
        new = await rings.put_slot(caller.subject, ring, slot, given.type, kdf, given.jwe)
        shown = schemas.Slot(id=slot, type=given.type, kdf=given.kdf, jwe=given.jwe)
        place = f"/desk/v1/rings/{ring}/slots/{slot}"
        return json_answer(shown.model_dump_json().encode(), 201 if new else 200, {"Location": place} if new else None)

    @router.delete("/rings/{ring}/slots/{slot}", operation_id="removeSlot", status_code=204, tags=["rings"])
    async def remove_slot(caller: Calling, ring: Id, slot: Id) -> Response:
        """Removes a slot while two others stay."""
        await rings.drop_slot(caller.subject, ring, slot)
        return Response(status_code=204)


def _team(router: APIRouter, desk: Desk) -> None:
    members = desk.members

    @router.get("/colleagues", operation_id="listColleagues", response_model=schemas.Colleagues, tags=["team"])
    async def list_colleagues(caller: Calling) -> schemas.Colleagues:
        """Everybody of the organisation who made keys here, members or not yet; for members and the administrator."""
        caller.must("member", "keeper", "administrator")
        rows = await members.colleagues()
        return schemas.Colleagues(items=[desk.show_colleague(row, role) for row, role in rows], next=None)

    @router.get("/member-lists", operation_id="listMemberLists", response_model=schemas.MemberLists, tags=["team"])
    async def list_member_lists(caller: Calling) -> schemas.MemberLists:
        """The chain of member lists, for everybody who signed in: each page checks it."""
        tokens, due, waiting = await members.lists()
        shown = [schemas.Waiting(subject=row.subject, removed_at=moment(row.at)) for row in waiting]
        return schemas.MemberLists(items=list(tokens), next=None, rotation_due=due, waiting=shown)

    @router.post(
        "/member-lists",
        operation_id="enterMemberList",
        status_code=201,
        response_model=schemas.MemberListTaken,
        tags=["team"],
        openapi_extra=SIGNED,
    )
    async def enter_member_list(caller: Calling, given: schemas.NewMemberList) -> Response:
        """The administrator's next list. It counts at once; whom it leaves out is refused from here on."""
        caller.must("administrator")
        entered = await members.enter(given.list_, caller.subject)
        shown = schemas.MemberListTaken(seq=entered.seq, removed=list(entered.removed), suspended=entered.suspended)
        return _made(shown, "/desk/v1/member-lists")

    @router.get("/team-keys", operation_id="listTeamKeys", response_model=schemas.Copies, tags=["team"])
    async def list_team_keys(caller: Calling) -> schemas.Copies:
        """The sealed copies of the team's key that were made for the caller."""
        caller.must_work()
        rows = await members.copies(caller.subject)
        items = [schemas.Copy(seq=row.seq, jwe=row.jwe, made_at=moment(row.at)) for row in rows]
        return schemas.Copies(items=items, next=None)

    @router.post("/team-keys", operation_id="addTeamKeys", status_code=204, tags=["team"], openapi_extra=SIGNED)
    async def add_team_keys(caller: Calling, given: schemas.NewCopies) -> Response:
        """A keeper hands the team's key to members of the newest list: a copy for each, sealed to that member."""
        caller.must("keeper")
        await members.hand_out(caller.subject, given.copies)
        return Response(status_code=204)


def _slot(row: object) -> schemas.Slot:
    kdf = getattr(row, "kdf")  # noqa: B009 a row of the database
    members = {"id": row.slot, "type": row.type, "jwe": row.jwe}  # type: ignore[attr-defined]
    return schemas.Slot.model_validate(members | {"kdf": None if kdf is None else parse_json(kdf.encode())})


def _made(shown: BaseModel, place: str) -> Response:
    return json_answer(shown.model_dump_json().encode(), 201, {"Location": place})
