# SPDX-License-Identifier: EUPL-1.2
"""What a device signs behind the newest statement is the next of the chain, whatever the clock says."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from formats.chain import check_chain
from formats.grant import read_grant
from formats.spelling import DAY, H, new_id
from formats.statement import verify_first_card
from kluisje.chain import Draft, first_card
from kluisje.device import Remembered
from kluisje.keyring import PersonKeys
from kluisje.requests import seconds
from tests.kluisje.world import NOW, PARTY, World, grant_of


def test_the_first_card_is_signed_by_its_own_key() -> None:
    keys = PersonKeys.new(new_id())
    slots = [slot.id for _, slot in (keys.new_code_slot(), keys.new_code_slot())]
    card = verify_first_card(first_card(keys, slots, NOW))
    assert (card.vlt, card.seq, card.claims["ring"]) == (keys.vlt, 0, 0)
    assert card.claims["sig"]["kid"] == keys.keyring.sig["kid"]


def test_a_draft_goes_on_where_the_chain_ends(world: World) -> None:
    draft = Draft(world.chain[-1], world.keys, NOW)
    keyring, epoch = world.keys.with_next_epoch(world.drw)
    world.keys.take(keyring)
    draft.revoke(grant_of(world))
    draft.epoch(epoch, cat="school", rsn="rotate", env=())
    draft.head(world.drw, 3, bytes(32))
    found = check_chain([*(one.token for one in world.chain), *draft.tokens])
    assert [one.seq for one in found] == list(range(len(world.chain) + 3))
    assert found[-1].claims["ring"] == keyring.seq
    assert set(found[-3].claims["drw"]) == {world.drw}


def test_a_clock_set_back_does_not_set_the_chain_back(world: World) -> None:
    draft = Draft(world.chain[-1], world.keys, NOW - 300 * DAY)
    draft.head(world.drw, 3, bytes(32))
    assert draft.statements[0].claims["iat"] == world.chain[-1].claims["iat"]
    check_chain([*(one.token for one in world.chain), *draft.tokens])


def test_a_grant_in_a_draft_is_the_grant_that_was_meant(world: World) -> None:
    draft = Draft(world.chain[-1], world.keys, NOW)
    given = {"id": world.drw, "cat": "school", "ep": [1], "env": [H("envelope")], "one": []}
    members: dict[str, Any] = {
        "jti": new_id(),
        "aud": PARTY,
        "act": "read",
        "knd": "once",
        "nbf": NOW,
        "exp": NOW + DAY,
    }
    text = {"uri": "urn:kluisje:purpose:back-to-school:1", "lang": "nl", "h": H("text")}
    draft.grant(**members, drw=[given], pur=text, jkt=H("key"), org=H("org"), req=new_id())
    found = read_grant(draft.tokens[0])
    assert (found.jti, found.aud, found.knd, found.exp) == (members["jti"], PARTY, "once", NOW + DAY)


def test_what_a_device_remembers_comes_back(tmp_path: Path) -> None:
    known = Remembered(ring=3, seq=7, lines=12, checkpoints={"log": "note"})
    known.save(tmp_path / "device.json")
    assert Remembered.load(tmp_path / "device.json") == known
    assert Remembered.load(tmp_path / "absent.json") == Remembered()


def test_a_moment_is_seconds_or_a_time_with_its_zone() -> None:
    assert seconds(NOW) == NOW
    at = datetime.fromtimestamp(NOW, UTC)
    assert seconds(at) == seconds(at.astimezone(timezone(timedelta(hours=2)))) == NOW
    with pytest.raises(ValueError, match="time zone"):
        seconds(datetime(2026, 9, 21))  # noqa: DTZ001  that is what is refused
