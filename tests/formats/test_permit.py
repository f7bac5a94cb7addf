# SPDX-License-Identifier: EUPL-1.2
"""The permit: what is in the log, of these seconds, opens; nothing else does."""

from typing import Any

import pytest

from formats.checkpoint import LOG, NoteKey
from formats.permit import Opened, Permit, verify_permit
from formats.policy import LogPolicy
from formats.spelling import H
from tests.formats.refusals import refused
from tests.formats.test_event import EVENTS, POLICY, look_at, made
from tests.vectors.cast import DRW, DRW2, GNT, NOW, ORIGIN, RID, TEAM, VLT, ident, secret


def test_a_permit_says_what_it_opens() -> None:
    found = verify_permit(look_at(made("read")), POLICY, NOW)
    assert (found.origin, found.index, found.t, found.vlt, found.n, found.at) == (
        ORIGIN,
        7,
        "read",
        VLT,
        4,
        NOW,
    )
    assert (found.by, found.emp, found.gnt, found.sid, found.slot) == (
        TEAM,
        H("fatima"),
        GNT,
        H("grant"),
        None,
    )
    assert found.drawers == (Opened(DRW, (1, 2), None), Opened(DRW2, (), (RID,)))
    assert found.event["head"] == [{"drw": DRW, "n": 3, "h": H("head")}]


def test_deposits_and_released_recoveries_have_permits() -> None:
    deposit = verify_permit(look_at(made("deposit")), POLICY, NOW)
    assert (deposit.t, deposit.drawers) == ("deposit", (Opened(DRW, (), (RID,)),))
    recover = verify_permit(look_at(made("recover")), POLICY, NOW)
    assert (recover.slot, recover.by, recover.drawers) == (ident("slot"), None, ())
    for step in ("asked", "stopped"):
        refused(verify_permit, look_at(made("recover", step=step)), POLICY, NOW)


@pytest.mark.parametrize("t", [t for t in EVENTS if t not in ("read", "deposit", "recover")])
def test_no_other_event_is_a_permit(t: str) -> None:
    refused(verify_permit, look_at(made(t)), POLICY, NOW)


@pytest.mark.parametrize(
    ("late", "good"),
    [(-3, False), (-2, True), (0, True), (9, True), (10, False), (11, False), (3_600, False)],
)
def test_a_permit_lives_ten_seconds(late: int, good: bool) -> None:
    permit = look_at(made("read"))
    if good:
        assert verify_permit(permit, POLICY, NOW + late).at == NOW
    else:
        refused(verify_permit, permit, POLICY, NOW + late)


def test_a_stale_checkpoint_does_not_hold_the_entry() -> None:
    permit, before = look_at(made("read")), look_at(made("read", n=3))
    refused(verify_permit, permit | {"proof": before["proof"]}, POLICY, NOW)


def test_a_log_that_is_not_pinned_gives_no_permit() -> None:
    stranger = LogPolicy({ORIGIN: NoteKey(ORIGIN, LOG, secret("stranger")).vkey})
    refused(verify_permit, look_at(made("read")), stranger, NOW)
    refused(verify_permit, look_at(made("read"), "log.consent.example/2027h1"), POLICY, NOW)


@pytest.mark.parametrize(
    "other",
    [
        {"vlt": ident("x")},
        {"gnt": ident("x")},
        {"by": TEAM + "x"},
        {"drw": [{"id": DRW, "ep": [1, 2, 3], "rid": None}]},
        {"at": NOW + 1},
    ],
)
def test_an_edited_event_is_not_the_one_in_the_log(other: dict[str, Any]) -> None:
    permit = look_at(made("read"))
    refused(verify_permit, permit | {"event": look_at(made("read", **other))["event"]}, POLICY, NOW)


def test_the_path_is_checked_each_time_though_the_checkpoint_is_remembered() -> None:
    permit = look_at(made("read"))
    for _ in range(3):
        verify_permit(permit, POLICY, NOW)
        refused(verify_permit, permit | {"nonce": look_at(made("read"), nonce=secret("n2"))["nonce"]}, POLICY, NOW)


def test_only_checking_makes_a_permit() -> None:
    found = verify_permit(look_at(made("read")), POLICY, NOW)
    named = {name: getattr(found, name) for name in Permit.__slots__}
    with pytest.raises(TypeError):
        Permit(**named, maker=object())
    with pytest.raises(TypeError):
        Permit(**named)
    with pytest.raises(AttributeError):
        found.vlt = ident("x")  # type: ignore[misc]
