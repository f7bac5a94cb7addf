# SPDX-License-Identifier: EUPL-1.2
"""An export as one file: written, opened, and proven without any key.

ZIP64, stored, so that any tool reads it. `sums.txt` comes last and names every other entry with its SHA-256:
one entry changed, missing or too much is seen before anything in the file is believed. Source: vault.md
section 4.
"""

import re
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from formats.chain import check_chain
from formats.spelling import FormatError, H, b64u, parse_json
from formats.statement import HEAD
from kluisje.history import replay
from kluisje.proofs import NotProven, Pins, check_consent_receipt, check_lines, check_receipt

FORMAT = 1
STEP = 1024 * 1024
_DAY_ONE = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the file tells when; its entries do not, so that equal contents make equal files
safe_name = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*").fullmatch
"""Matches a path that stays below the folder it is put in."""


def write_archive(folder: Path, target: Path) -> None:
    """One stored ZIP64 file of all files below `folder`, with `sums.txt` (SHA-256 of each entry) as the last
    one."""
    beside = target.with_name(target.name + ".new")
    sums: list[str] = []
    files = [one for one in sorted(folder.rglob("*")) if one.is_file() and one.suffix != ".new"]
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for file in files:
            name = file.relative_to(folder).as_posix()
            digest = sha256()
            with (
                file.open("rb") as source,
                archive.open(zipfile.ZipInfo(name, _DAY_ONE), "w", force_zip64=True) as out,
            ):
                while piece := source.read(STEP):
                    digest.update(piece)
                    out.write(piece)
            sums.append(f"{digest.hexdigest()}  {name}\n")
        archive.writestr(zipfile.ZipInfo("sums.txt", _DAY_ONE), "".join(sums))
    beside.replace(target)


class Archive:
    """An export file, checked as a whole when it is opened: every entry is in `sums.txt` and has its hash.

    Raises NotProven when an entry was changed, is missing, or is too much. `with Archive(path) as archive:`
    closes it."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise NotProven("archive", "this is no whole export file") from None
        try:
            self._check()
            self.about = parse_json(self.read("kluisje.json"))
            if self.about.get("format") != FORMAT:
                raise FormatError("format")
        except (FormatError, KeyError, ValueError, zipfile.BadZipFile) as error:
            self._zip.close()
            raise NotProven("archive", "an entry was changed, is missing, or is of another version") from error

    def _check(self) -> None:
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        stored = all(info.compress_type == zipfile.ZIP_STORED for info in infos)
        if len(set(names)) != len(names) or not names or names[-1] != "sums.txt" or not stored:
            raise FormatError("archive")
        told = dict(_sum(line) for line in self._zip.read("sums.txt").decode("utf-8").splitlines())
        if sorted(told) != sorted(names[:-1]) or not all(safe_name(name) for name in names):
            raise FormatError("archive")
        for name, expected in told.items():
            with self._zip.open(name) as entry:
                if _digest(entry.read, STEP).hexdigest() != expected:
                    raise FormatError("archive")

    def names(self, under: str = "") -> list[str]:
        """The entries below a folder, in the order of the file."""
        return [name for name in self._zip.namelist() if name.startswith(under)]

    def read(self, name: str) -> bytes:
        """One entry. KeyError when there is none."""
        return self._zip.read(name)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The JSON objects of a `.jsonl` entry."""
        return [parse_json(line) for line in self.read(name).splitlines()]

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()


def _sum(line: str) -> tuple[str, str]:
    digest, _, name = line.partition("  ")
    return name, digest


def check_export(archive: Archive, pins: Pins) -> dict[str, int]:
    """What can be proven of an export without any key: the chain with its receipts, every line of the log,
    and each drawer's history against the newest signed head. Answers counts. NotProven with what does not
    check."""
    vlt = str(archive.about["vlt"])
    try:
        entered = archive.lines("consent/statements.jsonl")
        chain = check_chain([one["statement"] for one in entered])
        for one, statement in zip(entered, chain, strict=True):
            check_receipt(one["receipt"], pins, vlt=vlt, sid=statement.sid)
        lines = check_lines(archive.lines("consent/lines.jsonl"), pins, vlt=vlt).lines
        signed = {one.claims["drw"]: one.claims for one in chain if one.typ == HEAD}
        texts = {H(archive.read(name)) for name in archive.names("vault/") if name.endswith(".jwe")}
        drawers = [name for name in archive.names("vault/drawers/") if name.endswith("/heads.jsonl")]
        for name in drawers:
            history = replay(archive.lines(name), signed.get(name.split("/")[2]))
            if not texts.issuperset(history.live.values()):
                raise FormatError("missing")
        for name in archive.names("consent/receipts/"):
            check_consent_receipt(archive.read(name).decode("ascii"), pins, vlt=vlt)
    except (FormatError, KeyError, TypeError, ValueError) as error:
        raise NotProven("archive", "statements, lines or records in this file do not check") from error
    return {"statements": len(chain), "lines": len(lines), "drawers": len(drawers), "texts": len(texts)}


def hash_of(place: Path) -> str:
    """b64u(SHA-256) of a file."""
    with place.open("rb") as file:
        return b64u(_digest(file.read, STEP).digest())


def _digest(read: Callable[[int], bytes], step: int) -> Any:
    digest = sha256()
    while piece := read(step):
        digest.update(piece)
    return digest
