# SPDX-License-Identifier: EUPL-1.2
"""Where private keys are: a person's in memory, a team's in a file that nobody else can read."""

import os
from pathlib import Path

import pytest

from formats.spelling import FormatError, new_id
from kluisje.keyring import (
    HeldKeys,
    KeysUnsafe,
    PersonKeys,
    TeamKeys,
    new_team_keys,
    read_private,
    read_team_keys,
    write_private,
)

PARTY, CLIENT = "urn:oin:00000001234567890000:team:jeugdteam-zuid", "oin:00000001234567890000:desk"


def test_a_code_on_paper_opens_the_vault_on_another_device() -> None:
    keys = PersonKeys.new(new_id())
    code, slot = keys.new_code_slot()
    opened = PersonKeys.open(keys.vlt, slot, code.lower().replace("-", " "), keys.sealed(), least=1)
    assert opened.keyring == keys.keyring


def test_two_codes_open_the_same_keyring_and_are_not_the_same_code() -> None:
    keys = PersonKeys.new(new_id())
    (one, first), (other, second) = keys.new_code_slot(), keys.new_code_slot()
    assert one != other
    for code, slot in ((one, first), (other, second)):
        assert PersonKeys.open(keys.vlt, slot, code, keys.sealed(), least=0).keyring == keys.keyring
    with pytest.raises(FormatError):
        PersonKeys.open(keys.vlt, first, other, keys.sealed(), least=0)


def test_an_older_keyring_than_this_device_knows_is_refused() -> None:
    keys = PersonKeys.new(new_id())
    code, slot = keys.new_code_slot()
    with pytest.raises(FormatError):
        PersonKeys.open(keys.vlt, slot, code, keys.sealed(), least=2)
    older = keys.sealed()
    keys.take(keys.with_new_drawer("school")[0])
    with pytest.raises(FormatError):
        keys.read(older)


def test_only_the_next_keyring_is_taken() -> None:
    keys = PersonKeys.new(new_id())
    first, _ = keys.with_new_drawer("school")
    keys.take(first)
    with pytest.raises(FormatError):
        keys.take(first)
    second, epoch = keys.with_next_epoch(first.drawers[0].id)
    assert (second.seq, epoch.ep) == (3, 2)
    with pytest.raises(FormatError):
        PersonKeys.new(new_id()).take(second)


def test_keys_do_not_print() -> None:
    keys, team = PersonKeys.new(new_id()), new_team_keys(PARTY, CLIENT)
    assert keys.keyring.sig["d"] not in repr(keys)
    for key in (team.enc, team.sig, team.client_key):
        assert key["d"] not in repr(team)


def test_team_keys_come_back_from_a_file_that_only_we_can_read(tmp_path: Path) -> None:
    team, path = new_team_keys(PARTY, CLIENT), tmp_path / "team.json"
    team.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_team_keys(path) == team
    with pytest.raises(FileExistsError):
        team.save(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "team.json"
    new_team_keys(PARTY, CLIENT).save(path)
    os.chmod(path, mode)
    with pytest.raises(KeysUnsafe, match="chmod 600"):
        read_team_keys(path)


@pytest.mark.parametrize("change", ["missing", "more", "version", "party", "public", "text"])
def test_a_file_with_something_else_in_it_is_refused(tmp_path: Path, change: str) -> None:
    team, path = new_team_keys(PARTY, CLIENT), tmp_path / "team.json"
    team.save(path)
    members = read_private(path)
    if change == "missing":
        del members["sig"]
    elif change == "public":
        members["sig"] = team.public()["sig"]
    else:
        members |= {
            "more": {"x": 1},
            "version": {"format": 2},
            "party": {"party": "vault:x"},
            "text": {"older": "x"},
        }[change]
    write_private(path, members)
    with pytest.raises(KeysUnsafe):
        read_team_keys(path)


def test_public_holds_no_private_half() -> None:
    team = new_team_keys(PARTY, CLIENT)
    assert all("d" not in team.public()[name] for name in ("enc", "sig", "clientKey"))


def test_older_keys_go_on_opening() -> None:
    before, now = new_team_keys(PARTY, CLIENT), new_team_keys(PARTY, CLIENT)
    team = TeamKeys(PARTY, CLIENT, now.enc, now.sig, now.client_key, (before.enc,))
    assert team.opener(before.enc["kid"]) == before.enc
    assert team.kids() == {now.enc["kid"], before.enc["kid"]}
    with pytest.raises(FormatError):
        team.opener(now.sig["kid"])


def test_held_drawer_keys_outlive_the_program_and_go_with_their_grant(tmp_path: Path) -> None:
    path, gnt = tmp_path / "held.json", new_id()
    _, epoch = PersonKeys.new(new_id()).with_new_drawer("school")
    held = HeldKeys(path)
    assert held.find(gnt, epoch.drw, 1) is None
    held.keep(gnt, epoch)
    assert path.stat().st_mode & 0o777 == 0o600
    assert HeldKeys(path).find(gnt, epoch.drw, 1) == epoch
    assert HeldKeys(path).find(new_id(), epoch.drw, 1) is None
    held.forget(gnt)
    assert HeldKeys(path).find(gnt, epoch.drw, 1) is None


def test_keys_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "held.json"
    write_private(path, {"a": 1})
    (tmp_path / "held.json.new").write_text("left behind by a crash")
    write_private(path, {"a": 2})
    assert read_private(path) == {"a": 2}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["held.json"]
