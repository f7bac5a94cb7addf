# SPDX-License-Identifier: EUPL-1.2
"""The table of a folder: read and checked whole before anything is sent, told by line, never by what stood there."""

import json
from pathlib import Path

import pytest

from kluisje.directory import Directory, Schema
from kluisje.http import Http
from kluisje.manifest import MOST_TOLD, NAME, ManifestWrong, read_manifest
from tests.kluisje.world import World

ROOT = Path(__file__).resolve().parents[2]
CODE = "7QK4-93MZ-A0TW-V"


@pytest.fixture
def directory(world: World) -> Directory:
    made = Directory(Http(), "http://127.0.0.1:1/consent/v1", world.pins)
    for path in (ROOT / "catalogue" / "schemas").glob("*.json"):
        document = json.loads(path.read_text("utf-8"))
        made._schemas[document["$id"]] = Schema(document["$id"], document["x-attachment"], document)
    return made


def write(folder: Path, *rows: str, head: str = "to;drawer;schema;file;title") -> Path:
    (folder / "a.pdf").write_bytes(b"%PDF-1.7")
    (folder / NAME).write_text("\n".join((head, *rows)) + "\n", "utf-8")
    return folder


async def test_rows_become_documents(tmp_path: Path, directory: Directory) -> None:
    folder = write(tmp_path, f"{CODE};school;letter;a.pdf;Brief één", "", f'{CODE};school;letter;a.pdf;"Brief; twee"')
    one, two = await read_manifest(folder, directory)
    assert (one.line, one.to, one.drawer, one.schema) == (2, CODE, "school", "urn:kluisje:schema:letter:1")
    assert (one.body, one.file) == ({"title": "Brief één"}, tmp_path / "a.pdf")
    assert two.body == {"title": "Brief; twee"}
    assert one.key != two.key
    assert [again.key for again in await read_manifest(folder, directory)] == [one.key, two.key], "the same in each run"


async def test_what_rows_leave_out_may_be_given_for_all(tmp_path: Path, directory: Directory) -> None:
    (tmp_path / NAME).write_text("to,hours,worked\n", "utf-8")
    folder = write(tmp_path, f"{CODE},7", head="\ufeffto,absence_days")
    [one] = await read_manifest(folder, directory, drawer="school", schema="attendance")
    assert (one.body, one.file, one.drawer) == ({"absence_days": 7}, None, "school")


async def test_an_id_of_your_own_names_a_document(tmp_path: Path, directory: Directory) -> None:
    head = "id;to;drawer;schema;file;title"
    [one] = await read_manifest(write(tmp_path, f"7;{CODE};school;letter;a.pdf;Oud", head=head), directory)
    [two] = await read_manifest(write(tmp_path, f"7;{CODE};school;letter;a.pdf;Nieuw", head=head), directory)
    assert one.key == two.key


WRONG = {
    "nobody": (
        ";school;letter;a.pdf;Brief",
        "line 2: to: whose drawer? A share code, or the id of a question or grant",
    ),
    "no drawer": (f"{CODE};;letter;a.pdf;Brief", "line 2: drawer: which drawer?"),
    "no type": (f"{CODE};school;;a.pdf;Brief", "line 2: schema: which record type?"),
    "unknown type": (f"{CODE};school;brief;a.pdf;Brief", "line 2: schema: the catalogue has no such record type"),
    "no title": (f"{CODE};school;letter;a.pdf;", "line 2: title: is missing"),
    "long title": (f"{CODE};school;letter;a.pdf;{'Geheim' * 30}", "line 2: title: is too long"),
    "no file": (f"{CODE};school;letter;;Brief", "line 2: file: this record type needs one"),
    "absent file": (f"{CODE};school;letter;b.pdf;Brief", "line 2: file: there is no such file"),
    "a folder": (f"{CODE};school;letter;.;Brief", "line 2: file: there is no such file"),
    "outside": (f"{CODE};school;letter;../../etc/passwd;Brief", "line 2: file: lies outside the folder"),
    "absolute": (f"{CODE};school;letter;/etc/passwd;Brief", "line 2: file: lies outside the folder"),
    "columns": (f"{CODE};school", "line 2: another number of columns than line 1"),
    "quotes": (f'{CODE};school;letter;a.pdf;"Brief" x', "line 2: quotes do not fit"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_is_wrong_is_told_by_line(tmp_path: Path, directory: Directory, case: str) -> None:
    row, said = WRONG[case]
    with pytest.raises(ManifestWrong) as wrong:
        await read_manifest(write(tmp_path, row), directory)
    assert wrong.value.wrong == [said]
    assert "Geheim" not in str(wrong.value)


async def test_all_of_it_is_told_together_but_not_without_end(tmp_path: Path, directory: Directory) -> None:
    rows = [f"{CODE};school;letter;{n}.pdf;" for n in range(MOST_TOLD)]
    with pytest.raises(ManifestWrong) as wrong:
        await read_manifest(write(tmp_path, *rows), directory)
    assert len(wrong.value.wrong) == 2 * MOST_TOLD
    assert str(wrong.value).endswith(f"and {MOST_TOLD} more")


async def test_a_document_stands_there_once(tmp_path: Path, directory: Directory) -> None:
    row = f"{CODE};school;letter;a.pdf;Brief"
    with pytest.raises(ManifestWrong, match="line 3: the same document as line 2"):
        await read_manifest(write(tmp_path, row, row), directory)


@pytest.mark.parametrize("content", [b"", b"a;b\n", b"to;to\n", b"to;\n", b"to;title\n", b"\xff\xfe"])
async def test_what_is_no_table_is_told(tmp_path: Path, directory: Directory, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(ManifestWrong):
        await read_manifest(tmp_path, directory)
