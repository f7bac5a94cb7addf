# SPDX-License-Identifier: EUPL-1.2
"""A drawer's history is replayed change by change and must come past the head that her device signed."""

from typing import Any

import pytest

from formats.spelling import FormatError, H, b64u, new_id
from kluisje.history import EMPTY, replay
from tests.kluisje.world import World


def changes(*given: tuple[str, str, int, str]) -> list[dict[str, Any]]:
    return [{"n": n, "op": op, "rid": rid, "ver": ver, "t": t} for n, (op, rid, ver, t) in enumerate(given, 1)]


def test_what_lives_is_what_was_put_and_not_taken_away() -> None:
    one, two = new_id(), new_id()
    told = changes(
        ("put", one, 1, H("a")), ("put", two, 1, H("deposit")), ("file", two, 1, H("filed")),
        ("put", one, 2, H("b")), ("del", one, 2, ""),
    )  # fmt: skip
    found = replay(told[:4], None)
    assert found.live == {(one, 1): H("a"), (one, 2): H("b"), (two, 1): H("filed")}
    assert replay(told, None).live == {(two, 1): H("filed")}
    assert replay([], None) == EMPTY


def test_a_history_must_come_past_the_signed_head(world: World) -> None:
    signed = world.head.claims
    found = replay(world.history, signed)
    assert (found.n, b64u(found.h)) == (2, world.h)
    longer = [*world.history, {"n": 3, "op": "put", "rid": new_id(), "ver": 1, "t": H("x")}]
    assert replay(longer, signed).n == 3


@pytest.mark.parametrize("case", ["cut", "changed", "order", "gap", "nothing"])
def test_any_other_history_is_refused(world: World, case: str) -> None:
    first, second = world.history
    told = {
        "cut": [first],
        "changed": [first, second | {"t": H("x")}],
        "order": [second, first],
        "gap": [first, second | {"n": 3}],
        "nothing": [],
    }[case]
    with pytest.raises(FormatError):
        replay(told, world.head.claims)
