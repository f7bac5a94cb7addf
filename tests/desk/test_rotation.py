# SPDX-License-Identifier: EUPL-1.2
"""The team's key after somebody left, by a moved clock. 72 hours after the directory's word stands in the log the new key
counts; what is sealed to the team from then on, the old one does not open."""

import time
from dataclasses import replace
from typing import Any

import pytest

from demo.desk import TEAM
from formats.envelope import envelope_place
from formats.jose import new_sealing_key, new_signing_key, peek, public
from formats.sealing import seal_team_key
from kluisje.directory import Directory
from kluisje.keyring import HeldKeys, TeamKeys
from kluisje.opening import open_answer, prove
from kluisje.proofs import NotProven
from tests.desk.bureau import Bureau, directory_states

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def bureau(own_bureau: Bureau) -> Bureau:
    """Here the team's key changes."""
    own_bureau.street.players.clock = own_bureau.street.clock.now
    return own_bureau


async def everybody_signs_in(bureau: Bureau) -> None:
    for one in (bureau.ans, bureau.fatima, bureau.karim):
        await one.signs_in()


async def a_new_answer(bureau: Bureau) -> tuple[dict[str, Any], str]:
    """What the gateway gives for a case of now, with the one envelope it brings: (answer, whose key that is sealed to)."""
    _, grant, drawer, purpose = await bureau.a_case()
    await bureau.fatima.opens(grant, purpose)
    told = (await bureau.fatima.call("GET", f"/grants/{grant}/drawers/{drawer}/records")).json()
    [envelope] = told["envelopes"]
    return told, envelope_place(envelope["jwe"]).kid


async def opens(bureau: Bureau, told: dict[str, Any], keys: TeamKeys, kid: str) -> bool:
    """Whether these keys open it, whatever name they go by."""
    players = bureau.street.players
    named = replace(keys, enc=dict(keys.enc) | {"kid": kid})
    try:
        proven = prove(told, players.pins)
        opened = await open_answer(
            told,
            proven,
            named,
            HeldKeys(None),
            Directory(players.http(), f"{bureau.desk.town.origin}/consent/v1", players.pins),
        )
    except NotProven as doubt:
        if doubt.reason != "sealed":
            raise
        return False
    return [one.body for one in opened.records] == [{"absence_days": 12}]


@pytest.mark.promise("P29")
async def test_once_the_new_key_counts_the_old_one_opens_no_new_envelope(bureau: Bureau) -> None:
    """portal.md, done when 20."""
    old = bureau.desk.town.team(TEAM.slug)
    new = replace(old, enc=new_sealing_key(), sig=new_signing_key())
    newest = (await bureau.fatima.lists())[-1]
    own = {one.sub: one.enc for one in newest.members}[bureau.fatima.subject]
    copy = seal_team_key(new.enc, new.sig, own, iss=newest.iss, seq=newest.seq, sub=bureau.fatima.subject)
    await bureau.fatima.call("POST", "/team-keys", {"copies": [copy]})
    brought = {"party": TEAM.party, "enc": public(new.enc), "sig": public(new.sig)}
    counts = await directory_states(bureau.street, brought)
    told, kid = await a_new_answer(bureau)  # the old key serves until then
    assert kid == old.enc["kid"]
    assert (await opens(bureau, told, old, kid), await opens(bureau, told, new, kid)) == (True, False)

    bureau.street.clock.ahead = counts - int(time.time()) + 1
    (bureau.desk.town.folder / TEAM.slug / "keys.json").unlink()
    new.save(bureau.desk.town.folder / TEAM.slug / "keys.json")
    await everybody_signs_in(bureau)
    await bureau.ans.signs_list(newest.members, new.enc["kid"])
    await bureau.fatima.hands_out(new.enc, new.sig)
    assert (await bureau.karim.team_key()) == (dict(new.enc), dict(new.sig))
    stated = (await bureau.karim.call("GET", f"/organisations/{TEAM.party}")).json()["statement"]
    assert peek(stated)[1]["enc"]["kid"] == new.enc["kid"], "what people's devices seal to"
    told, kid = await a_new_answer(bureau)
    assert kid == new.enc["kid"]
    assert (await opens(bureau, told, old, kid), await opens(bureau, told, new, kid)) == (False, True)
