# SPDX-License-Identifier: EUPL-1.2
"""A source deposits only to a key that is the person's, current, and in the log."""

from collections.abc import Callable
from typing import Any

import pytest

from formats.grant import read_grant
from formats.keyring import new_epoch
from formats.spelling import DAY, new_id
from kluisje.asking import Granted
from kluisje.http import Http
from kluisje.proofs import NotProven
from kluisje.source import Source, place_of
from tests.kluisje.world import NOW, World


def told(world: World, **changed: Any) -> dict[str, Any]:
    """What the gateway says of a drawer's key to a source with a deposit grant."""
    given = {"id": world.drw, "cat": "school", "ep": [], "env": [], "one": []}
    gnt = changed.pop("gnt", new_id())
    jkt = changed.pop("jkt", world.team.sig["kid"])
    grant = world.allow(changed.pop("act", "deposit"), [given], jkt=jkt, gnt=gnt)
    look = world.log.look(world.entries[1])  # the line of the epoch's own statement
    return {
        "grant": grant.token,
        "card": world.chain[0].token,
        "epoch": world.chain[1].token,
        **look,
    } | changed


async def source(world: World, now: int = NOW) -> Source:
    return Source(Http(clock=lambda: now), world.pins, world.team, name="DUO")


async def test_a_drawers_key_that_checks_is_used(world: World) -> None:
    gnt = new_id()
    grant, epoch = (await source(world)).check_epoch(told(world, gnt=gnt), gnt, world.drw)
    assert (grant.jti, epoch.claims["box"]) == (gnt, world.epoch.box_public)


def another_epoch(world: World) -> str:
    """A signed epoch that is in the log, of another drawer."""
    return world.open_epoch(new_epoch(new_id(), 1), "new", ()).token


WRONG: dict[str, tuple[str, Callable[[World], dict[str, Any]]]] = {
    "the card of someone else": ("forged", lambda w: told(w, card=World().chain[0].token)),
    "an epoch of someone else": ("forged", lambda w: told(w, epoch=World().chain[1].token)),
    "no card at all": ("forged", lambda w: told(w, card=w.chain[1].token)),
    "a statement that is no epoch": ("forged", lambda w: told(w, epoch=w.grant.token)),
    "the epoch of another drawer": ("forged", lambda w: told(w, epoch=another_epoch(w))),
    "the line of another statement": ("no-proof", lambda w: told(w, **w.log.look(w.entries[2]))),
    "a log that is not ours": ("no-proof", lambda w: told(w, **World().log.look(1))),
    "a key of somebody else": ("other-key", lambda w: told(w, jkt=w.team.enc["kid"])),
}


@pytest.mark.parametrize("case", WRONG)
async def test_any_other_key_is_refused(world: World, case: str) -> None:
    reason, make = WRONG[case]
    given = make(world)
    with pytest.raises(NotProven) as doubt:
        (await source(world)).check_epoch(given, read_grant(given["grant"]).jti, world.drw)
    assert doubt.value.reason == reason


async def test_a_key_past_its_time_is_refused(world: World) -> None:
    gnt = new_id()
    given = told(world, gnt=gnt)
    with pytest.raises(NotProven, match="epoch-over"):
        (await source(world, NOW + 119 * DAY)).check_epoch(given, gnt, world.drw)
    with pytest.raises(NotProven, match="ended"):
        (await source(world, NOW + 30 * DAY)).check_epoch(given, gnt, world.drw)


async def test_the_grant_must_be_the_one_that_was_meant(world: World) -> None:
    with pytest.raises(NotProven, match="forged"):
        (await source(world)).check_epoch(told(world), new_id(), world.drw)
    gnt = new_id()
    with pytest.raises(NotProven, match="forged"):
        (await source(world)).check_epoch(told(world, gnt=gnt), gnt, new_id())


def test_a_drawer_is_found_by_category_or_id() -> None:
    places: list[dict[str, str]] = [{"a": "school"}, {"b": "work"}]
    grants = [Granted(new_id(), "deposit", "until", "", "", place) for place in places]
    assert place_of(grants, "work") == (grants[1], "b")
    assert place_of(grants, "a") == (grants[0], "a")
    with pytest.raises(ValueError, match="money"):
        place_of(grants, "money")
