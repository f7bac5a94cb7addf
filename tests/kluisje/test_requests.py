# SPDX-License-Identifier: EUPL-1.2
"""A yes is to what was asked, or to less; what is required cannot be left out of it."""

import pytest

from formats.jose import public
from formats.organisation import verify_organisation
from formats.request import Item, sign_request, verify_request
from formats.spelling import DAY, new_id
from kluisje.directory import Purpose
from kluisje.requests import Asked, _chosen
from tests.kluisje.world import NOW, PARTY, PURPOSE, World

NOTE = "urn:kluisje:schema:doctors-note:1"
ITEMS = (Item("drawer", "school", True), Item("record", NOTE, False), Item("drawer", "talents", False))


@pytest.fixture
def asked(world: World) -> Asked:
    logged = world.organisation(PARTY, world.team.enc, world.team.sig)
    asker = verify_organisation(logged["statement"], public(world.directory_key))
    times = {"iat": NOW, "exp": NOW + 14 * DAY, "nbf": NOW, "ends": NOW + 30 * DAY}
    about = {"act": "read", "pur": PURPOSE, "knd": "until", "gnd": "public-task", "note": None}
    who = {"role": "youth-worker", "name": "Fatima"}
    token = sign_request(world.team.sig, iss=PARTY, jti=new_id(), org=asker.sid, items=ITEMS, **times, **about, **who)
    request = verify_request(token, asker.sig)
    purpose = Purpose(PURPOSE, "read", "public-task", (), ("until",), (30,), ("youth-worker",), 14, False, {})
    return Asked(request.jti, "open", "KX-42", request, asker, purpose, False, ())


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (None, ["school", NOTE, "talents"]),
        (["school"], ["school"]),
        (["school", "doctors-note"], ["school", NOTE]),
        ([NOTE, "school"], ["school", NOTE]),
    ],
)
def test_a_yes_to_all_or_to_less(asked: Asked, only: list[str] | None, expected: list[str]) -> None:
    assert [item.ref for item in _chosen(asked, only)] == expected
    assert asked.wants == ["school", NOTE, "talents"]


@pytest.mark.parametrize(("only", "said"), [([], "school"), (["talents"], "school"), (["school", "debts"], "debts")])
def test_what_would_not_answer_the_question_is_refused(asked: Asked, only: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _chosen(asked, only)
