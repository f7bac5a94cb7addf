# SPDX-License-Identifier: EUPL-1.2
"""The catalogue as a client reads it: purposes by name, texts by hash, record types by what fits."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consent.api_public import _purpose, _schema
from consent.catalogue import load
from formats.spelling import FormatError, H
from kluisje.directory import Directory
from kluisje.http import Http, Refused
from kluisje.proofs import NotProven
from tests.gateway.office import listening
from tests.kluisje.world import NOW, PARTY, World
from tests.ports import free_port

CATALOGUE = load(Path(__file__).resolve().parents[2] / "catalogue")


class Here:
    """What consent's look-ups need of it."""

    catalogue = CATALOGUE


@asynccontextmanager
async def looking_up(world: World, **changed: Any) -> AsyncIterator[Directory]:
    """A directory over what consent answers for the shipped catalogue; `changed` members of the first purpose
    differ."""
    shown = [_purpose(one, Here()).model_dump(by_alias=True) for one in CATALOGUE.purposes.values()]  # type: ignore[arg-type]
    shown[0] |= changed
    schemas = [_schema(one).model_dump(by_alias=True) for one in CATALOGUE.schemas.values()]
    logged = world.organisation(PARTY, world.team.enc, world.team.sig)

    async def organisation(request: Request) -> Response:
        known = request.path_params["team"] == PARTY
        return JSONResponse(logged) if known else Response(b'{"type":"urn:problem-type:kluisje:not-found"}', 404)

    routes = [
        Route("/purposes", lambda request: JSONResponse({"items": shown, "next": None})),
        Route("/schemas", lambda request: JSONResponse({"items": schemas, "next": None})),
        Route("/organisations/{team}", organisation),
    ]
    port = free_port()
    async with listening(Starlette(routes=routes), port), Http(clock=lambda: NOW) as http:
        yield Directory(http, f"http://127.0.0.1:{port}", world.pins)


async def test_a_purpose_by_its_short_name_or_its_uri(world: World) -> None:
    async with looking_up(world) as directory:
        purpose = await directory.purpose("back-to-school")
        assert await directory.purpose(purpose.uri) is purpose
        assert purpose.item("school") == ("drawer", "school", True)
        assert purpose.item("doctors-note") == ("record", "urn:kluisje:schema:doctors-note:1", False)
        with pytest.raises(ValueError, match="does not list debts"):
            purpose.item("debts")
        with pytest.raises(Refused, match="no purpose fishing"):
            await directory.purpose("fishing")


async def test_a_text_that_is_not_the_hashed_one_is_not_shown(world: World) -> None:
    texts = [{"lang": "nl", "text": "Iets anders", "hash": H("De tekst")}]
    async with looking_up(world, texts=texts) as directory:
        with pytest.raises(NotProven, match="purpose"):
            await directory.purpose("back-to-school")


async def test_a_recalled_purpose_is_not_found_by_its_name(world: World) -> None:
    first = next(iter(CATALOGUE.purposes.values()))
    async with looking_up(world, recalled=True) as directory:
        with pytest.raises(Refused):
            await directory.purpose(first.name)


async def test_the_record_type_that_fits_is_found(world: World) -> None:
    async with looking_up(world) as directory:
        assert await directory.schema_for({"absence_days": 12}) == "urn:kluisje:schema:attendance:1"
        for body in ({}, {"no such member": 1}, {"title": "x"}):
            with pytest.raises(ValueError, match="name the schema"):
                await directory.schema_for(body)


async def test_a_question_is_hashed_as_it_is_shown(world: World) -> None:
    uri = "urn:kluisje:question:doctor-says-stay-home:1"
    async with looking_up(world) as directory:
        with pytest.raises(ValueError, match="no purpose read here"):
            directory.question_hash(uri, "nl")
        await directory.purpose("back-to-school")
        assert directory.question_hash(uri, "nl") == H(CATALOGUE.questions[uri].title.nl)


async def test_keys_are_looked_up_once_and_proven(world: World) -> None:
    async with looking_up(world) as directory:
        found = await directory.team(PARTY)
        assert found.sig["kid"] == world.team.sig["kid"]
        assert await directory.team(PARTY) is found
        assert directory.author(PARTY, NOW) == found.sig
        with pytest.raises(FormatError):
            directory.author(PARTY, found.exp)
        with pytest.raises(FormatError):
            directory.author(f"vault:{world.vlt}", NOW)
        directory.learn_vault(f"vault:{world.vlt}", lambda at: world.keys.keyring.sig)
        assert directory.author(f"vault:{world.vlt}", NOW)["kid"] == world.keys.keyring.sig["kid"]
        with pytest.raises(Refused, match="not-found"):
            await directory.team(PARTY.replace("zuid", "noord"))


async def test_an_answer_without_proof_teaches_nothing(world: World) -> None:
    async with looking_up(world) as directory:
        for logged in (
            {},
            json.loads(json.dumps(world.organisation(PARTY, world.team.enc, world.team.sig))) | {"nonce": H("x")},
        ):
            with pytest.raises(NotProven, match="organisation"):
                directory.learn(PARTY, logged)
