# SPDX-License-Identifier: EUPL-1.2
"""What a source remembers of a folder: every fact on the disk before the next step, also when a kill tears a line."""

from pathlib import Path

import pytest

from formats.spelling import H, new_id
from kluisje.attachments import Parcel
from kluisje.notebook import Notebook, Try
from kluisje.source import Brought, Sealed

KEY = H("row")


def sealed_in(notes: Notebook, rid: str) -> Sealed:
    blob = notes.room_for(rid) / f"{rid}.0"
    blob.write_bytes(b"sealed octets")
    return Sealed(
        new_id(), new_id(), rid, H("jws"), 2, 1_790_000_000, "a.b.c.d.e", (Parcel(new_id(), H("x"), blob, 13),)
    )


def test_another_run_knows_what_this_one_did(tmp_path: Path) -> None:
    rid = new_id()
    with Notebook(tmp_path) as notes:
        notes.asks(H("code"), "question")
        made = sealed_in(notes, rid)
        notes.tries_now(KEY, made, 7)
    with Notebook(tmp_path) as notes:
        assert (notes.questions, notes.tries, notes.done) == ({H("code"): "question"}, {KEY: Try(rid, 7)}, {})
        assert notes.sealed(rid) == made, "the very same can be sent again"
        notes.finished(KEY, Brought(rid, made.sid, {"event": "e"}))
    with Notebook(tmp_path) as notes:
        assert notes.done == {KEY: rid}
        assert notes.sealed(rid) is None, "what was sealed goes when it is in"
    assert '"event": "e"' in (tmp_path / ".kluisje" / "receipts" / f"{rid}.json").read_text()


@pytest.mark.parametrize("torn", [b'{"what": "done", "key": "', b"{", b"\x00"])
def test_a_line_that_a_kill_tore_is_left_out(tmp_path: Path, torn: bytes) -> None:
    with Notebook(tmp_path) as notes:
        notes.tries_now(KEY, sealed_in(notes, new_id()), 7)
    file = tmp_path / ".kluisje" / "notes.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + torn)
    with Notebook(tmp_path) as notes:
        assert list(notes.tries) == [KEY]
        notes.asks(H("code"), "question")
    assert file.read_bytes().startswith(whole + b'{"what": "asks"')
    with Notebook(tmp_path) as notes:
        assert notes.questions == {H("code"): "question"}


def test_what_was_sealed_and_never_tried_goes(tmp_path: Path) -> None:
    with Notebook(tmp_path) as notes:
        sealed_in(notes, rid := new_id())
    with Notebook(tmp_path):
        assert not (tmp_path / ".kluisje" / "out" / rid).exists()


def test_half_of_what_was_sealed_is_not_sent(tmp_path: Path) -> None:
    with Notebook(tmp_path) as notes:
        made = sealed_in(notes, new_id())
        notes.tries_now(KEY, made, 7)
        (tmp_path / ".kluisje" / "out" / made.rid / "sealed.json").unlink()
        assert notes.sealed(made.rid) is None


def test_one_run_at_a_time_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    with Notebook(tmp_path), pytest.raises(ValueError, match="another run"), Notebook(tmp_path):
        pass
    home = tmp_path / ".kluisje"
    assert [one.stat().st_mode & 0o077 for one in (home, home / "out", home / "receipts", home / "notes.jsonl")] == [
        0
    ] * 4
