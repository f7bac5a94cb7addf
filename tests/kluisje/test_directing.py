# SPDX-License-Identifier: EUPL-1.2
"""The directory's own commands, and its monitor: a statement that the organisation does not know is told, a log that
loses or changes one is not believed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from formats.event import make_event
from formats.jose import new_signing_key, public
from formats.listing import verify_listing
from formats.organisation import WAIT, verify_organisation
from formats.registration import verify_registration
from formats.spelling import FormatError, sid
from kluisje.cli import DONE, NOT_PROVEN, WRONG, main
from kluisje.directing import read_directory_key
from kluisje.directory import Directory
from kluisje.http import Http
from kluisje.keyring import new_team_keys
from kluisje.monitoring import Monitor, Seen, load_seen
from kluisje.proofs import NotProven
from kluisje.publishing import Face, publish_face, publish_team
from tests.consent.test_directory import DOT
from tests.gateway.office import listening
from tests.kluisje.world import NOW, PARTY, World
from tests.ports import free_port

OIN = PARTY.partition(":team:")[0]
DIRECTORY = "urn:oin:00000008888888880000"
FACE = Face("youth-worker", "Jeugdteam Zuid", "Dorpsstraat 1", "post@gemeente.example", DOT)


class Shown:
    """What an installation shows of one team: statements as they were logged, newest first."""

    def __init__(self, world: World) -> None:
        self.world, self.told = world, list[dict[str, Any]]()

    def says(self, token: str, *, at: int = NOW - WAIT, t: str = "org", sub: str = PARTY) -> str:
        event = make_event(t, vlt=None, n=None, prev=None, at=at, sid=sid(token), sub=sub)
        self.told.insert(0, {"statement": token, "index": self.world.log.add(event), "endedAt": None})
        return sid(token)

    def keys(self, **more: Any) -> str:
        key = more.pop("key", self.world.directory_key)
        given = new_team_keys(PARTY, "oin:00000001234567890000:desk").public()
        return self.says(publish_team(key, DIRECTORY, more.pop("team", given), now=NOW - WAIT), **more)

    def face(self, **more: Any) -> str:
        return self.says(publish_face(self.world.directory_key, DIRECTORY, PARTY, FACE, now=NOW - WAIT), **more)

    def items(self) -> list[dict[str, Any]]:
        return [
            {name: one[name] for name in ("statement", "endedAt")} | self.world.log.look(one["index"])
            for one in self.told
        ]


@asynccontextmanager
async def monitoring(shown: Shown) -> AsyncIterator[Monitor]:
    """A monitor at an installation that shows this and that, two statements a page."""

    async def statements(request: Request) -> Response:
        at = int(request.query_params.get("pageCursor", "0"))
        items = shown.items()
        return JSONResponse({"items": items[at : at + 2], "next": str(at + 2) if at + 2 < len(items) else None})

    async def grown(request: Request) -> Response:
        sizes = (int(request.query_params[name]) for name in ("from", "to"))
        return JSONResponse({"items": [{"hashes": shown.world.log.growth(*sizes)}]})

    routes = [
        Route("/consent/v1/organisations", lambda request: JSONResponse({"items": [{"team": PARTY}], "next": None})),
        Route("/consent/v1/organisations/{team}/statements", statements),
        Route("/consent/v1/logs/{log}/consistency-proofs", grown),
    ]
    port = free_port()
    async with listening(Starlette(routes=routes), port), Http(clock=lambda: NOW) as http:
        yield Monitor(http, replace(shown.world.pins, origin=f"http://127.0.0.1:{port}"))


async def test_what_the_organisation_knows_is_silent_and_anything_else_is_told(world: World) -> None:
    shown, seen, own = Shown(world), Seen(OIN), world.team.public()
    mine, listing = shown.keys(team=own), shown.face()
    known = [own, {"listing": shown.told[0]["statement"]}]
    async with monitoring(shown) as monitor:
        assert await monitor.watch(known, seen) == []
        assert {one.sid for one in await monitor.watch([], Seen(OIN))} == {mine, listing}
        false = shown.keys(at=NOW - 60)
        [told] = await monitor.watch(known, seen)
        assert (told.sid, told.what, told.state(NOW)) == (false, "keys", "waits")
        assert told.state(NOW - 60 + WAIT) == "counts"
        assert seen.sids == {mine, listing, false}
        assert await monitor.watch([*known, {"statement": shown.told[0]["statement"]}], seen) == []


async def test_a_statement_that_is_gone_and_a_log_that_forked_are_not_believed(world: World) -> None:
    shown, seen = Shown(world), Seen(OIN)
    shown.keys()
    shown.face()
    async with monitoring(shown) as monitor:
        await monitor.watch([], seen)
        kept = shown.told.pop(0)
        with pytest.raises(NotProven, match="not shown any more"):
            await monitor.watch([], seen)
        shown.told.insert(0, kept)
        await monitor.watch([], seen)
        other = World(log=type(world.log)(world.log.key), directory_key=world.directory_key)
        forked = Shown(other)
        forked.keys()
        for one in reversed(shown.told):
            forked.says(one["statement"])
        forked.told.pop()
        shown.told, shown.world = forked.told, other
        with pytest.raises(NotProven, match="did not only grow"):
            await monitor.watch([], seen)


async def test_what_is_not_signed_or_not_logged_is_not_listed(world: World) -> None:
    for wrong in ({"key": new_signing_key()}, {"t": "catalogue"}, {"sub": PARTY + "-2"}):
        shown = Shown(world)
        shown.keys(**wrong)
        async with monitoring(shown) as monitor:
            with pytest.raises(NotProven, match="directory"):
                await monitor.said(PARTY)


async def test_a_client_learns_name_and_logo_as_the_directory_signed_them(world: World) -> None:
    shown = Shown(world)
    shown.face()
    logged = world.organisation(PARTY, public(world.team.enc), public(world.team.sig))
    [listing] = shown.items()
    async with Http(clock=lambda: NOW) as http:
        directory = Directory(http, "http://127.0.0.1:9", world.pins)
        directory.learn(PARTY, logged | {"listing": listing})
        face = await directory.face(PARTY)
        assert face is not None
        assert (face.name, face.logo) == (FACE.name, FACE.logo)
        for wrong in (None, {}, listing | {"nonce": listing["nonce"][::-1]}, listing | {"statement": "x"}):
            directory.learn(PARTY, logged | {"listing": wrong})
            assert await directory.face(PARTY) is None


def test_what_a_monitor_remembers_is_one_organisations(tmp_path: Path) -> None:
    path = tmp_path / "seen.json"
    seen = load_seen(path, OIN)
    seen.sids.add(sid("a.b.c"))
    seen.save(path)
    assert load_seen(path, OIN) == seen
    for oin, text in ((DIRECTORY, path.read_text()), (OIN, "{}"), (OIN, "[]")):
        path.write_text(text)
        with pytest.raises(FormatError):
            load_seen(path, oin)


# -- the commands of who signs ------------------------------------------------------------------------------


def run(*arguments: Any) -> int:
    return main([str(one) for one in arguments])


def test_the_directory_signs_and_never_writes_its_key_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, team, out = tmp_path / "directory.json", tmp_path / "team.json", tmp_path / "signed.json"
    assert run("directory", "new-key", key, "--party", DIRECTORY) == DONE
    assert key.stat().st_mode & 0o777 == 0o600
    assert run("directory", "new-key", key, "--party", DIRECTORY) == WRONG
    capsys.readouterr()
    assert run("directory", "show-key", key) == DONE
    shown = json.loads(capsys.readouterr().out)
    assert "d" not in shown
    keys = new_team_keys(PARTY, "oin:00000001234567890000:desk")
    team.write_text(json.dumps(keys.public()))
    (tmp_path / "logo.png").write_bytes(DOT)
    face = ("--role", FACE.role, "--name", FACE.name, "--address", FACE.address, "--contact", FACE.contact)
    both = ("directory", "sign", "--key", key, "--team", team, *face, "--logo", tmp_path / "logo.png", "--out", out)
    assert run(*both) == DONE
    signed = json.loads(out.read_bytes())
    assert dict(verify_organisation(signed["statement"], shown).enc) == keys.public()["enc"]
    listing = verify_listing(signed["listing"], shown)
    assert (listing.iss, listing.sub, listing.name, listing.logo) == (DIRECTORY, PARTY, FACE.name, DOT)
    registration, client = tmp_path / "registration.json", tmp_path / "client.json"
    registration.write_text(json.dumps({"client_id": keys.client, "team": PARTY}))
    sign = ("directory", "client", "--key", key, "--statement", out, "--registration", registration, "--out", client)
    assert run(*sign) == DONE
    assert verify_registration(json.loads(client.read_bytes())["registration"], shown).client["team"] == PARTY
    assert run("directory", "sign", "--key", key, "--party", PARTY, *face, "--out", out) == DONE
    assert set(json.loads(out.read_bytes())) == {"listing"}
    proposal = tmp_path / "proposal.json"
    named = {"role": FACE.role, "name": FACE.name, "address": FACE.address, "contact": FACE.contact}
    proposal.write_text(json.dumps({"party": PARTY, **named}))
    assert run("directory", "sign", "--key", key, "--proposal", proposal, "--out", out) == DONE
    assert verify_listing(json.loads(out.read_bytes())["listing"], shown).name == FACE.name
    # What a desk's page writes of a new key: the team's halves, and nothing of a client.
    team.write_text(json.dumps({name: keys.public()[name] for name in ("party", "enc", "sig")}))
    assert run("directory", "sign", "--key", key, "--team", team, "--out", out) == DONE
    assert verify_organisation(json.loads(out.read_bytes())["statement"], shown).sub == PARTY


def test_what_the_directory_does_not_sign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, team, out = tmp_path / "directory.json", tmp_path / "team.json", tmp_path / "signed.json"
    run("directory", "new-key", key, "--party", DIRECTORY)
    team.write_text(json.dumps(new_team_keys(PARTY, "oin:00000001234567890000:desk").public()))
    (tmp_path / "logo.svg").write_text("<svg/>")
    face = ("--role", FACE.role, "--name", FACE.name, "--address", FACE.address, "--contact", FACE.contact)
    sign = ("directory", "sign", "--key", key, "--out", out)
    for wrong in (
        (),
        ("--team", team, "--name", "Zuid"),
        face,
        ("--team", team, "--party", PARTY + "-2", *face),
        ("--party", PARTY, *face, "--logo", tmp_path / "logo.svg"),
        ("--party", "vault:x", *face),
        ("--proposal", team),
    ):
        assert run(*sign, *wrong) == WRONG, wrong
        assert not out.exists()
    key.chmod(0o644)
    assert run(*sign, "--team", team) == NOT_PROVEN
    assert "chmod 600" in capsys.readouterr().err
    key.chmod(0o600)
    key.write_text("{}")
    assert run(*sign, "--team", team) == NOT_PROVEN
    with pytest.raises(Exception, match="no key of a directory"):
        read_directory_key(key)
