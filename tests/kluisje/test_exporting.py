# SPDX-License-Identifier: EUPL-1.2
"""An export is one file that says itself whether it is whole, and proves what can be proven without a key."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from formats.spelling import H
from kluisje.archive import Archive, check_export, write_archive
from kluisje.importing import open_archive_keys
from kluisje.proofs import NotProven
from tests.kluisje.world import NOW, World


def exported(world: World, folder: Path) -> dict[str, bytes]:
    """The entries of an export of the world's vault."""
    drawer = f"vault/drawers/{world.drw}"
    lines = [json.dumps(line).encode() for line in reversed(world.told())]
    chain = [{"statement": one.token, "receipt": world.receipt(one)} for one in world.chain]
    entries = {
        "kluisje.json": json.dumps({"format": 1, "vlt": world.vlt, "origin": "x", "time": NOW}).encode(),
        "consent/lines.jsonl": b"\n".join(lines) + b"\n",
        "consent/statements.jsonl": b"\n".join(json.dumps(one).encode() for one in chain),
        "vault/keyring.jwe": world.keys.sealed().encode(),
        f"{drawer}/heads.jsonl": b"\n".join(json.dumps(one).encode() for one in world.history),
    }
    for rid, jwe in zip(world.rids, world.records, strict=False):
        entries[f"{drawer}/records/{rid}/1.jwe"] = jwe.encode()
    for name, content in entries.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return entries


@pytest.fixture
def file(world: World, tmp_path: Path) -> Path:
    exported(world, tmp_path / "entries")
    write_archive(tmp_path / "entries", tmp_path / "noor.zip")
    return tmp_path / "noor.zip"


def test_an_export_proves_itself(world: World, file: Path) -> None:
    with Archive(file) as archive:
        counts = check_export(archive, world.pins)
        assert archive.names()[-1] == "sums.txt"
    assert counts == {"statements": 4, "lines": 5, "drawers": 1, "texts": 3}
    with zipfile.ZipFile(file) as plain:
        assert {info.compress_type for info in plain.infolist()} == {zipfile.ZIP_STORED}


def test_equal_vaults_make_equal_files(file: Path, tmp_path: Path) -> None:
    write_archive(tmp_path / "entries", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == file.read_bytes()


def rebuilt(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file


def _more(entries: dict[str, bytes]) -> None:
    sums = entries.pop("sums.txt")
    entries |= {"more.txt": b"x", "sums.txt": sums}


def _no_sums(entries: dict[str, bytes]) -> None:
    del entries["sums.txt"]


def _changed(entries: dict[str, bytes]) -> None:
    entries["vault/keyring.jwe"] = b"x"


def _missing(entries: dict[str, bytes]) -> None:
    del entries["vault/keyring.jwe"]


@pytest.mark.parametrize("change", [_more, _no_sums, _changed, _missing])
def test_a_file_with_one_entry_changed_missing_or_too_much_is_refused(
    file: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    with pytest.raises(NotProven):
        Archive(rebuilt(file, change))


def test_a_file_that_was_cut_off_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(NotProven):
        Archive(file)
    with pytest.raises(NotProven):
        Archive(file.with_name("entries") / "kluisje.json")


@pytest.mark.parametrize("what", ["statement", "receipt", "line", "record", "history", "version"])
def test_an_export_with_right_sums_and_wrong_contents_is_not_believed(world: World, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "entries"
    exported(world, folder)
    statements = folder / "consent/statements.jsonl"
    heads = folder / f"vault/drawers/{world.drw}/heads.jsonl"
    if what == "statement":
        statements.write_text("\n".join([*statements.read_text().splitlines()[:-1], "{}"]))
    elif what == "receipt":
        first, *rest = statements.read_text().splitlines()
        other = json.loads(rest[0]) | {"receipt": json.loads(first)["receipt"]}
        statements.write_text("\n".join([first, json.dumps(other), *rest[1:]]))
    elif what == "line":
        lines = folder / "consent/lines.jsonl"
        lines.write_text("\n".join(lines.read_text().splitlines()[1:]))
    elif what == "record":
        next(folder.glob("vault/drawers/*/records/*/1.jwe")).unlink()
    elif what == "version":
        (folder / "kluisje.json").write_text(json.dumps({"format": 2, "vlt": world.vlt}))
    else:
        changes = heads.read_text().splitlines()
        heads.write_text("\n".join([changes[0], json.dumps(json.loads(changes[1]) | {"t": H("x")})]))
    write_archive(folder, tmp_path / "noor.zip")
    with pytest.raises(NotProven), Archive(tmp_path / "noor.zip") as archive:
        check_export(archive, world.pins)


def test_a_code_from_paper_opens_the_keys_in_an_export(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "entries"
    exported(world, folder)
    code, slot = world.keys.new_code_slot()
    (folder / "vault/slots").mkdir()
    told = {"id": slot.id, "type": "code", "kdf": None, "jwe": slot.jwe}
    (folder / f"vault/slots/{slot.id}.json").write_text(json.dumps(told))
    write_archive(folder, tmp_path / "noor.zip")
    with Archive(tmp_path / "noor.zip") as archive:
        assert open_archive_keys(archive, code).keyring == world.keys.keyring
        with pytest.raises(NotProven, match="wrong-code"):
            open_archive_keys(archive, World().keys.new_code_slot()[0])
