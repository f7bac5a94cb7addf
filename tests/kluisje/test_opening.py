# SPDX-License-Identifier: EUPL-1.2
"""A team opens what it was allowed, and nothing whose grant, look, history or place does not check."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from formats.authorship import sign_record
from formats.jose import new_signing_key, public
from formats.keyring import new_epoch
from formats.sealing import seal_deposit, seal_envelope, seal_record, seal_single
from formats.spelling import DAY, H, new_id
from formats.statement import sign_head
from kluisje.directory import Directory
from kluisje.http import Http
from kluisje.keyring import HeldKeys, new_team_keys
from kluisje.opening import FRESH, Head, Opened, open_answer, prove
from kluisje.proofs import NotProven
from tests.kluisje.world import NOTE, NOW, PARTY, World, grant_of

SCHOOL = "urn:oin:00000007777777770000:team:school"


def proven(world: World, answer: dict[str, Any], **given: Any) -> Any:
    asked = {"reader": PARTY, "kids": world.team.kids(), "gnt": world.gnt, "drawer": world.drw, "now": NOW}
    return prove(answer, world.pins, **(asked | given))


async def opened(world: World, answer: dict[str, Any], held: HeldKeys | None = None, **logged: Any) -> Opened:
    async with Http(clock=lambda: NOW) as http:
        directory = Directory(http, "https://kluisje.example/consent/v1", world.pins)
        for party, one in logged.items():
            directory.learn(SCHOOL if party == "school" else party, one)
        return await open_answer(answer, proven(world, answer), world.team, held or HeldKeys(), directory)


async def test_what_was_allowed_opens(world: World) -> None:
    found = await opened(world, world.answer)
    assert [record.body["text"] for record in found.records] == ["one", "two"]
    assert found.envelopes == (H(world.envelope),)
    assert found.proven.head == Head(2, world.h)


async def test_after_the_import_the_held_keys_open(world: World) -> None:
    held = HeldKeys()
    await opened(world, world.answer, held)
    later = world.look_and_answer() | {"envelopes": []}
    assert len((await opened(world, later, held)).records) == 2
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, later)


def test_a_kept_answer_proves_itself_years_later(world: World) -> None:
    found = prove(world.answer, world.pins)
    assert (found.grant.aud, found.look.event.at) == (PARTY, NOW)


def other_vault(world: World) -> dict[str, Any]:
    other = World(log=world.log, directory_key=world.directory_key, team=world.team)
    return world.answer | {"look": other.answer["look"]}


def damaged(answer: dict[str, Any], *path: str, value: Any) -> dict[str, Any]:
    found = copy.deepcopy(answer)
    at: Any = found
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return found


UNPROVEN: dict[str, tuple[str, Callable[[World], dict[str, Any]]]] = {
    "no look at all": ("no-proof", lambda w: {name: one for name, one in w.answer.items() if name != "look"}),
    "another nonce": ("no-proof", lambda w: damaged(w.answer, "look", "nonce", value=H("x"))),
    "a proof of another entry": (
        "no-proof", lambda w: damaged(w.answer, "look", "proof", value=w.log.look(0)["proof"])
    ),
    "a refused look": (
        "no-proof",
        lambda w: w.answer
        | {"look": w.log.look(w.tell("refused", by=PARTY, emp=H("e"), gnt=w.gnt, why="ended"))},
    ),
    "the look of another team": ("no-proof", lambda w: w.look_and_answer(by=PARTY.replace("zuid", "noord"))),
    "the look of another grant": ("no-proof", lambda w: w.look_and_answer(gnt=new_id())),
    "the look of another version of the grant": ("no-proof", lambda w: w.look_and_answer(sid=H("x"))),
    "the look at another drawer": (
        "no-proof", lambda w: w.look_and_answer(drw=[{"id": new_id(), "ep": [1], "rid": None}])
    ),
    "the look into another vault": ("no-proof", other_vault),
    "an old look": ("no-proof", lambda w: w.look_and_answer(at=NOW - FRESH - 1)),
    "a log that is not ours": ("no-proof", lambda w: w.answer | {"look": World().answer["look"]}),
    "a grant of someone else": ("forged", lambda w: w.answer | {"grant": World().answer["grant"]}),
    "no card": ("forged", lambda w: w.answer | {"statements": w.answer["statements"][1:]}),
    "the card of someone else": (
        "forged", lambda w: w.answer | {"statements": [World().chain[0].token, w.chain[1].token]}
    ),
    "a grant with a changed signature": (
        "forged", lambda w: w.answer | {"grant": w.answer["grant"][:-8] + "AAAAAAAA"}
    ),
    "a head behind the signed one": (
        "older-head", lambda w: damaged(w.answer, "head", "served", value={"n": 1, "h": H("x")})
    ),
    "another head of the same length": (
        "older-head", lambda w: damaged(w.answer, "head", "served", "h", value=H("x"))
    ),
    "a head that someone else signed": (
        "older-head", lambda w: damaged(w.answer, "head", "signed", value=World().head.token)
    ),
    "a head that is no head": (
        "older-head", lambda w: damaged(w.answer, "head", "signed", value=w.chain[1].token)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNPROVEN)
def test_what_is_not_proven_is_not_opened(world: World, case: str) -> None:
    reason, make = UNPROVEN[case]
    with pytest.raises(NotProven) as doubt:
        proven(world, make(world))
    assert doubt.value.reason == reason


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"reader": PARTY.replace("zuid", "noord")}, "no-proof"),
        ({"kids": new_team_keys(PARTY, "x").kids()}, "other-key"),
        ({"drawer": new_id()}, "no-proof"),
        ({"gnt": new_id()}, "no-proof"),
        ({"now": NOW + FRESH + 1}, "no-proof"),
        ({"known": Head(3, H("x"))}, "older-head"),
        ({"known": Head(2, H("x"))}, "older-head"),
    ],
)
def test_the_answer_must_be_to_what_was_asked(world: World, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotProven) as doubt:
        proven(world, world.answer, **given)
    assert doubt.value.reason == reason


@pytest.mark.parametrize(("at", "reason"), [(-2 * DAY, "not-yet"), (30 * DAY, "ended"), (30 * DAY - 1, None)])
def test_a_grant_opens_from_its_start_until_its_end(world: World, at: int, reason: str | None) -> None:
    answer = world.look_and_answer(at=NOW + at)
    if reason is None:
        proven(world, answer, now=NOW + at)
        return
    with pytest.raises(NotProven) as doubt:
        proven(world, answer, now=NOW + at)
    assert doubt.value.reason == reason


# -- what lies in the answer ---------------------------------------------------------------------------------


def with_sealed(world: World, jwe: str, *, iat_covered: bool = True, **one: Any) -> dict[str, Any]:
    answer = world.look_and_answer()
    sealed = {"id": world.rids[-1], "version": 1, "arrived": "2026-09-21T14:13:20Z", "jwe": jwe} | one
    head = answer["head"] if iat_covered else {"served": {"n": 3, "h": H("x")}, "signed": answer["head"]["signed"]}
    return answer | {"sealed": [sealed], "head": head}


async def test_an_envelope_that_no_statement_names_is_refused(world: World) -> None:
    made_up = seal_envelope(new_epoch(world.drw, 1), public(world.team.enc), vlt=world.vlt, gnt=world.gnt)
    envelopes = [{"drawer": world.drw, "epoch": 1, "jwe": made_up}]
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, world.answer | {"envelopes": envelopes})


async def test_an_envelope_of_another_grant_is_refused(world: World) -> None:
    other = seal_envelope(world.epoch, public(world.team.enc), vlt=world.vlt, gnt=new_id())
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, world.answer | {"envelopes": [{"drawer": world.drw, "epoch": 1, "jwe": other}]})


async def test_a_record_under_another_name_is_refused(world: World) -> None:
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, with_sealed(world, world.records[-1], id=new_id()))
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, with_sealed(world, world.records[-1], version=2))


async def test_a_record_by_someone_else_is_refused(world: World) -> None:
    real = world.keys.keyring
    world.keys.keyring = World().keys.keyring
    jwe = seal_record(world.record("false"), world.epoch)
    world.keys.keyring = real
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, with_sealed(world, jwe))


async def test_a_backdated_record_is_refused_unless_her_device_signed_for_it(world: World) -> None:
    jwe = seal_record(world.record("old", iat=NOW - DAY), world.epoch)
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, with_sealed(world, jwe, iat_covered=False))
    assert len((await opened(world, with_sealed(world, jwe))).records) == 1
    fresh = seal_record(world.record("new", iat=NOW), world.epoch)
    assert len((await opened(world, with_sealed(world, fresh, iat_covered=False))).records) == 1


async def test_a_deposit_opens_by_its_source(world: World) -> None:
    school, enc = new_signing_key(), new_team_keys(SCHOOL, "x").enc
    logged = world.organisation(SCHOOL, enc, school)
    jws = _by_school(world, school)
    found = await opened(world, with_sealed(world, seal_deposit(jws, world.epoch.box_public)), school=logged)
    assert found.records[0].iss == SCHOOL


async def test_a_deposit_of_a_source_whose_key_is_too_new_is_refused(world: World) -> None:
    school, enc = new_signing_key(), new_team_keys(SCHOOL, "x").enc
    logged = world.organisation(SCHOOL, enc, school, at=NOW - 3 * DAY + 1)
    with pytest.raises(NotProven, match="organisation"):
        await opened(world, world.answer, school=logged)


def _by_school(world: World, key: dict[str, str]) -> str:
    world.rids = [*world.rids, new_id()]
    place = {"iss": SCHOOL, "vlt": world.vlt, "drw": world.drw, "rid": world.rids[-1], "ver": 1}
    return sign_record(key, **place, sch=NOTE, prv=None, iat=NOW, body={"text": "report"})


async def test_a_single_opens_only_as_the_grant_names_it(world: World) -> None:
    jws = world.record("alone")
    gnt = new_id()
    jwe = seal_single(jws, public(world.team.enc), gnt=gnt)
    one = [{"rid": world.rids[-1], "ver": 1, "h": H(jwe)}]
    drawers = [{"id": world.drw, "cat": "school", "ep": [], "env": [], "one": one}]
    world.gnt, world.grant = gnt, world.allow("read", drawers, jkt=world.team.enc["kid"], gnt=gnt)
    drw = [{"id": world.drw, "ep": [], "rid": [world.rids[-1]]}]
    sealed = [{"id": world.rids[-1], "version": 1, "arrived": "2026-09-20T14:00:00Z", "jwe": jwe}]
    answer = world.look_and_answer(drw=drw) | {"envelopes": [], "sealed": sealed}
    assert (await opened(world, answer)).records[0].body["text"] == "alone"
    again = seal_single(jws, public(world.team.enc), gnt=gnt)
    with pytest.raises(NotProven, match="sealed"):
        await opened(world, damaged(answer, "sealed", value=[sealed[0] | {"jwe": again}]))


def test_a_head_signed_for_another_drawer_does_not_count(world: World) -> None:
    sig = world.keys.keyring.sig
    elsewhere = world._sign(lambda link: sign_head(sig, link, drw=new_id(), n=2, h=bytes(32)))
    with pytest.raises(NotProven, match="older-head"):
        proven(world, damaged(world.answer, "head", "signed", value=elsewhere.token))


def test_the_proven_grant_is_the_one_that_was_signed(world: World) -> None:
    assert proven(world, world.answer).grant == grant_of(world)
