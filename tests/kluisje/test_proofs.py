# SPDX-License-Identifier: EUPL-1.2
"""Pins, lines of the log, and whether the log only grew."""

import json
from typing import Any

import pytest

from formats.jose import public
from formats.person import sign_person
from formats.spelling import DAY, FormatError, H, new_id
from kluisje.proofs import (
    NotProven,
    check_lines,
    check_organisation_keys,
    check_person,
    check_receipt,
    check_step,
    read_pins,
    steps,
)
from tests.kluisje.world import NOW, PARTY, Log, World


def pins_file(world: World) -> dict[str, Any]:
    vkey = world.log.key.vkey
    keys = {"directory": world.directory_key, "identity": world.identity_key, "consent": world.consent_key}
    about = {"format": 1, "origin": "https://kluisje.example", "log": f"log {vkey}\nquorum none\n"}
    return about | {name: [public(key)] for name, key in keys.items()}


def test_pins_are_one_file(world: World) -> None:
    pins = read_pins(json.dumps(pins_file(world)).encode())
    assert pins.origin == "https://kluisje.example"
    assert pins.log.logs == world.pins.log.logs
    assert (pins.directory, pins.identity, pins.consent) == (
        world.pins.directory, world.pins.identity, world.pins.consent
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"origin": "https://kluisje.example/"}, {"origin": None}, {"log": "quorum none"},
        {"directory": []}, {"identity": [{"kty": "EC"}]}, {"more": 1}, {"consent": "x"},
    ],
)  # fmt: skip
def test_other_pins_are_refused(world: World, change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        read_pins(json.dumps(pins_file(world) | change).encode())


def test_private_keys_are_no_pins(world: World) -> None:
    with pytest.raises(FormatError):
        read_pins(json.dumps(pins_file(world) | {"consent": [world.consent_key]}).encode())


def test_every_line_is_checked_and_comes_oldest_first(world: World) -> None:
    world.tell("refused", by=PARTY, emp=H("e"), gnt=world.gnt, why="ended")
    found = check_lines(world.told(), world.pins, vlt=world.vlt)
    assert [line.n for line in found.lines] == list(range(len(world.entries)))
    looks = [line for line in found.lines if line.is_look]
    assert [(line.outcome, line.by, line.why) for line in looks] == [
        ("read", PARTY, None),
        ("refused", PARTY, "ended"),
    ]
    assert looks[0].drawers == (world.drw,)
    assert found.lines[0].of == "vault-card+jwt"


@pytest.mark.parametrize("case", ["gap", "twice", "tail moved", "event of another", "nonce", "proof", "number"])
def test_a_list_that_was_touched_is_refused(world: World, case: str) -> None:
    told = world.told()
    if case == "gap":
        del told[2]
    elif case == "twice":
        told.append(told[0])
    elif case == "tail moved":
        told[0] = told[0] | {"n": told[0]["n"] + 1}
    elif case == "event of another":
        told[0] = {"n": told[0]["n"], **World(log=world.log).told()[0]} | {"n": told[0]["n"]}
    elif case == "number":
        told[0], told[1] = told[0] | {"n": told[1]["n"]}, told[1] | {"n": told[0]["n"]}
    else:
        told[0] = told[0] | {case: told[1][case] if case == "proof" else H("x")}
    with pytest.raises(FormatError):
        check_lines(told, world.pins, vlt=world.vlt)


def test_lines_of_another_vault_are_refused(world: World) -> None:
    with pytest.raises(FormatError):
        check_lines(world.told(), world.pins, vlt=new_id())


def test_an_erased_line_is_gone_and_the_rest_still_checks(world: World) -> None:
    told = world.told()
    told[1] = told[1] | {"event": None, "nonce": None}
    found = check_lines(told, world.pins, vlt=world.vlt)
    assert [line.n for line in found.lines] == [0, 1, 2, 4]


def test_a_log_that_only_grew_is_told_from_one_that_changed(world: World) -> None:
    policy = world.pins.log
    notes = [policy.checkpoint(world.log.note(size)) for size in (2, 5, 3, 5)]
    pairs = steps(notes)
    assert [(older.size, newer.size) for older, newer in pairs] == [(2, 3), (3, 5)]
    for older, newer in pairs:
        check_step(older, newer, world.log.growth(older.size, newer.size))
    with pytest.raises(FormatError):
        check_step(*pairs[1], world.log.growth(2, 5))


def test_two_logs_of_one_size_are_two_logs(world: World) -> None:
    other = World(log=Log(world.log.key))
    assert other.log.size == world.log.size
    policy = world.pins.log
    with pytest.raises(FormatError):
        steps([policy.checkpoint(world.log.note()), policy.checkpoint(other.log.note())])


def test_an_organisations_keys_count_after_72_hours(world: World) -> None:
    keys = world.team.enc, world.team.sig
    found = check_organisation_keys(world.organisation(PARTY, *keys), world.pins, sub=PARTY, now=NOW)
    assert found.enc["kid"] == world.team.enc["kid"]
    with pytest.raises(FormatError):
        check_organisation_keys(world.organisation(PARTY, *keys, at=NOW - 3 * DAY + 1), world.pins, sub=PARTY, now=NOW)
    with pytest.raises(FormatError):
        check_organisation_keys(
            world.organisation(PARTY, *keys), world.pins, sub=PARTY.replace("zuid", "noord"), now=NOW
        )


def test_only_the_pinned_directory_counts(world: World) -> None:
    logged = World(log=world.log).organisation(PARTY, world.team.enc, world.team.sig)
    with pytest.raises(FormatError):
        check_organisation_keys(logged, world.pins, sub=PARTY, now=NOW)


def test_the_identity_issuer_says_whose_vault_it_is(world: World) -> None:
    kid = world.keys.keyring.sig["kid"]
    issued = {"iss": "urn:oin:00000008888888880000", "acr": "substantial", "iat": NOW}
    token = sign_person(world.identity_key, vlt=world.vlt, jkt=kid, **issued)
    assert check_person(token, world.pins, vlt=world.vlt, jkt=kid).vlt == world.vlt
    for wrong in ({"vlt": new_id(), "jkt": kid}, {"vlt": world.vlt, "jkt": H("x")}):
        with pytest.raises(FormatError):
            check_person(token, world.pins, **wrong)
    forged = sign_person(world.consent_key, vlt=world.vlt, jkt=kid, **issued)
    with pytest.raises(FormatError):
        check_person(forged, world.pins, vlt=world.vlt, jkt=kid)


def test_a_receipt_is_of_one_statement(world: World) -> None:
    receipt = world.receipt(world.grant)
    assert check_receipt(receipt, world.pins, vlt=world.vlt, sid=world.grant.sid).of == world.grant.typ
    with pytest.raises(FormatError):
        check_receipt(receipt, world.pins, vlt=world.vlt, sid=world.head.sid)
    with pytest.raises(FormatError):
        check_receipt(receipt, world.pins, vlt=world.vlt, sid=None)


def test_a_doubt_says_its_reason() -> None:
    assert str(NotProven("no-proof", "the log does not hold this look")).startswith("no-proof: ")
