# SPDX-License-Identifier: EUPL-1.2
"""A folder of documents to bring, and the table that says what each is: `manifest.csv`.

    to;drawer;schema;file;title
    7QK4-93MZ-A0TW-V;school;letter;rapport-1.pdf;Rapport klas 3

to: a share code, or the id of a question or grant. drawer, schema (URI or short name): may be given for the whole
folder instead. file: within the folder, or empty. id: any text of your own that names this document for good; without it
the whole row does. Every other column is a member of the record, by its name. Everything is read and checked before
anything is sent, and all that is wrong is told together, by line and column, never with what stood there.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formats.spelling import H
from kluisje.directory import Directory, Schema
from kluisje.schema import faults, from_text

NAME = "manifest.csv"
MOST_ROWS = 100_000
MOST_TOLD = 50
_OWN = ("to", "drawer", "schema", "file", "id")


class ManifestWrong(ValueError):
    """What is wrong with a manifest, a sentence each."""

    def __init__(self, wrong: list[str]) -> None:
        more = len(wrong) - MOST_TOLD
        told = "\n".join(wrong[:MOST_TOLD]) + (f"\nand {more} more" if more > 0 else "")
        super().__init__(f"nothing was sent, because of {NAME}:\n{told}")
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Document:
    """One row, checked. key: what names it in every run. to: as written. body: of the record."""

    line: int
    key: str
    to: str
    drawer: str
    schema: str
    file: Path | None
    body: Mapping[str, Any]


async def read_manifest(
    folder: Path, directory: Directory, *, drawer: str | None = None, schema: str | None = None
) -> list[Document]:
    """The documents of a folder. drawer, schema: of rows that name none. Raises ManifestWrong, OSError."""
    rows, wrong = list(_rows(folder)), list[str]()
    found: list[Document] = []
    lines: dict[str, int] = {}
    for line, cells in rows:
        said = [f"line {line}: {one}" async for one in _take(folder, directory, line, cells, drawer, schema, found)]
        wrong += said
        if not said:
            first = lines.setdefault(found[-1].key, line)
            if first != line:
                wrong.append(f"line {line}: the same document as line {first}")
    if not rows:
        wrong.append("it has no rows")
    if wrong:
        raise ManifestWrong(wrong)
    return found


def _rows(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = (folder / NAME).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ManifestWrong(["it is not UTF-8: save it as CSV UTF-8"]) from error
    head = text.partition("\n")[0]
    table = csv.reader(text.splitlines(keepends=True), delimiter=";" if ";" in head else ",", strict=True)
    try:
        names = [name.strip() for name in next(table, [])]
        if "to" not in names or len(set(names)) != len(names) or "" in names:
            raise ManifestWrong(["line 1: names of columns, each once, and one of them is `to`"])
        for n, cells in enumerate(table):
            if n >= MOST_ROWS:
                raise ManifestWrong([f"it has more than {MOST_ROWS} rows: make several folders"])
            if not any(cells):
                continue
            if len(cells) != len(names):
                raise ManifestWrong([f"line {table.line_num}: another number of columns than line 1"])
            yield table.line_num, dict(zip(names, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        raise ManifestWrong([f"line {table.line_num}: quotes do not fit"]) from error


async def _take(
    folder: Path,
    directory: Directory,
    line: int,
    cells: Mapping[str, str],
    drawer: str | None,
    schema: str | None,
    found: list[Document],
) -> Any:
    """Adds the document of a row to `found`; what is wrong with it, if anything."""
    into, named, file = cells.get("drawer") or drawer, cells.get("schema") or schema, cells.get("file", "")
    if not cells["to"]:
        yield "to: whose drawer? A share code, or the id of a question or grant"
    if not into:
        yield "drawer: which drawer?"
    if not named:
        yield "schema: which record type?"
    if not (cells["to"] and into and named):
        return
    try:
        known = await directory.schema(named)
    except ValueError:
        yield "schema: the catalogue has no such record type"
        return
    body = from_text(known.document, {name: text for name, text in cells.items() if name not in _OWN})
    wrong = [*faults(known.document, body), *_file_wrong(folder, file, known)]
    for one in wrong:
        yield one
    if not wrong:
        key = H(cells["id"] or "\0") if cells.get("id") else H("\0".join(f"{k}={v}" for k, v in sorted(cells.items())))
        path = folder / file if file else None
        found.append(Document(line, key, cells["to"], into, known.uri, path, body))


def _file_wrong(folder: Path, file: str, schema: Schema) -> Iterator[str]:
    if not file:
        if schema.attachment == "required":
            yield "file: this record type needs one"
        return
    if schema.attachment == "none":
        yield "file: this record type has none"
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        yield "file: lies outside the folder"
    elif not path.is_file():
        yield "file: there is no such file"
