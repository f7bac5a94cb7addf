# SPDX-License-Identifier: EUPL-1.2
"""Taking everything along: one ZIP64 file with all that vault and consent keep of a person, sealed as it lies
there.

The entries are fetched one by one into a folder beside the file, each compared with the hash that the vault's
inventory names; what is there is not fetched again, so a broken export goes on at the next entry. When two
inventories in a row say the same, the folder is one moment, and becomes one file. Opened copies are added
only if she asks. Source: vault.md section 4.
"""

import asyncio
import json
import re
import shutil
import zipfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from formats.authorship import Record
from formats.chain import check_chain
from formats.spelling import FormatError, H, b64u, parse_json
from formats.statement import HEAD
from kluisje.attachments import PIECE, Progress
from kluisje.device import Device
from kluisje.drawers import Drawers, replay
from kluisje.http import Unavailable
from kluisje.proofs import NotProven, Pins, check_consent_receipt, check_lines, check_receipt

FORMAT = 1
ROUNDS = 10  # inventories, while other devices keep writing
STEP = 1024 * 1024
_DAY_ONE = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the file tells when; its entries do not, so that equal contents make equal files
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*").fullmatch


class Exporting:
    """Exports one vault. drawers: given, the opened copies can be added."""

    def __init__(self, device: Device, drawers: Drawers | None = None) -> None:
        self._device, self._drawers = device, drawers

    async def write(self, target: Path, *, readable: bool = False, progress: Progress | None = None) -> Path:
        """Writes the file, which exists only once it is whole. After Unavailable, calling again goes on.

        readable: also opened copies; whoever has the file can read those. progress: bytes fetched, bytes in
        all."""
        folder = target.with_name(target.name + ".entries")
        folder.mkdir(exist_ok=True)
        await self._one_moment(folder, progress)
        for path, content in await self._from_consent():
            await asyncio.to_thread(_put, folder / path, content)
        if readable:
            await self._opened(folder / "readable")
        about = {"format": FORMAT, "vlt": self._device.vlt, "origin": self._device.origin}
        _put(folder / "kluisje.json", _line(about | {"time": self._device.http.clock()}))
        await asyncio.to_thread(write_archive, folder, target)
        shutil.rmtree(folder)
        return target

    async def _one_moment(self, folder: Path, progress: Progress | None) -> None:
        """Fetches until the inventory is the same before and after."""
        before: Sequence[Mapping[str, Any]] | None = None
        for _ in range(ROUNDS):
            listed = [one async for one in self._device.items("vault", "/inventory", paged=False)]
            if listed == before:
                return
            before = listed
            await self._fetch(folder, listed, progress)
        raise Unavailable("the vault keeps changing; export it when no other device is writing")

    async def _fetch(
        self, folder: Path, listed: Sequence[Mapping[str, Any]], progress: Progress | None
    ) -> None:
        total, done = sum(int(one["length"]) for one in listed), 0
        names = {str(one["path"]) for one in listed}
        if not all(_SAFE(name) for name in names):
            raise NotProven("inventory", "the vault names a file outside its place")
        for stale in [one for one in (folder / "vault").rglob("*") if one.is_file()]:
            if stale.relative_to(folder).as_posix() not in names:
                stale.unlink()
        for one in listed:
            place = folder / one["path"]
            if not (place.exists() and await asyncio.to_thread(_hash, place) == one["hash"]):
                await self._fetch_one(str(one["path"]), place)
            done += int(one["length"])
            if progress is not None:
                progress(done, total)

    async def _fetch_one(self, path: str, place: Path) -> None:
        for shape, fetch in self._fetchers():
            found = re.fullmatch(shape, path)
            if found:
                await asyncio.to_thread(_put, place, await fetch(*found.groups()))
                return
        raise NotProven("inventory", f"the vault names a file of an unknown kind: {path}")

    def _fetchers(self) -> Iterable[tuple[str, Callable[..., Awaitable[bytes]]]]:
        part = r"([^/]+)"
        drawer = rf"vault/drawers/{part}"
        return (
            (r"vault/keyring\.jwe", self._keyring),
            (rf"vault/slots/{part}\.json", self._slot),
            (rf"vault/deposits/{part}\.jwe", self._deposit),
            (rf"{drawer}/heads\.jsonl", self._heads),
            (rf"{drawer}/epochs/(\d+)\.jws", self._epoch),
            (rf"{drawer}/records/{part}/(\d+)\.jwe", self._record),
            (rf"{drawer}/attachments/{part}/([^/.]+)\.(\d+)", self._piece),
        )

    async def _jwe(self, path: str) -> bytes:
        return str((await self._device.vault("GET", path)).json()["jwe"]).encode()

    async def _keyring(self) -> bytes:
        return await self._jwe("/keyring")

    async def _slot(self, slot: str) -> bytes:
        told = (await self._device.vault("GET", f"/slots/{slot}")).json()
        return _line({name: told[name] for name in ("id", "type", "kdf", "jwe")})[:-1]

    async def _deposit(self, rid: str) -> bytes:
        return await self._jwe(f"/deposits/{rid}")

    async def _heads(self, drw: str) -> bytes:
        changes = [one async for one in self._device.items("vault", f"/drawers/{drw}/heads")]
        return b"".join(
            _line({name: one[name] for name in ("n", "op", "rid", "ver", "t")}) for one in reversed(changes)
        )

    async def _epoch(self, drw: str, ep: str) -> bytes:
        async for one in self._device.items("vault", f"/drawers/{drw}/epochs"):
            if one["epoch"] == int(ep):
                return str(one["statement"]).encode()
        raise NotProven("inventory", "an epoch that is listed is not there")

    async def _record(self, drw: str, rid: str, ver: str) -> bytes:
        return await self._jwe(f"/drawers/{drw}/records/{rid}/versions/{ver}")

    async def _piece(self, drw: str, rid: str, attachment: str, k: str) -> bytes:
        start = int(k) * PIECE
        asked = {"Range": f"bytes={start}-{start + PIECE - 1}"}
        path = f"/drawers/{drw}/records/{rid}/attachments/{attachment}"
        async with self._device.stream(path, headers=asked) as (_, pieces):
            return b"".join([piece async for piece in pieces])

    async def _from_consent(self) -> list[tuple[str, bytes]]:
        """Statements and lines oldest first, consent receipts, and the newest checkpoint of each log."""
        statements = [one async for one in self._device.items("consent", "/statements")]
        lines = [one async for one in self._device.items("consent", "/lines")]
        receipts = [one async for one in self._device.items("consent", "/receipts")]
        chain = ({name: one[name] for name in ("statement", "receipt")} for one in reversed(statements))
        found = [
            ("consent/statements.jsonl", b"".join(_line(one) for one in chain)),
            ("consent/lines.jsonl", b"".join(_line(one) for one in reversed(lines))),
        ]
        found += [(f"consent/receipts/{one['id']}.jwt", str(one["receipt"]).encode()) for one in receipts]
        notes = self._device.remembered.checkpoints.items()
        found += [
            (f"consent/checkpoints/{name.replace('/', '-').replace(':', '-')}", note.encode())
            for name, note in notes
        ]
        return found

    async def _opened(self, folder: Path) -> None:
        """Opened copies: a JSON file for each record, and its attachments beside it."""
        if self._drawers is None:
            raise ValueError("open the vault first: without its keys there is nothing readable")
        for drw, category in self._drawers.all():
            for record in await self._drawers.read(drw):
                place = folder / f"{_word(category)}-{drw[:8]}"
                _put(
                    place / f"{record.rid}.json",
                    json.dumps(_shown(record), ensure_ascii=False, indent=1).encode(),
                )
                for entry in record.att:
                    await self._drawers.fetch(record, entry, place / f"{record.rid}-{entry.id}")


def _word(category: str) -> str:
    """A category as part of a file name."""
    return re.sub(r"[^a-z0-9-]+", "-", category.lower())[:40]


def _shown(record: Record) -> dict[str, Any]:
    about = {"author": record.iss, "schema": record.sch, "version": record.ver, "written": record.iat}
    return about | {"attachments": [entry.id for entry in record.att], "body": dict(record.body)}


def _line(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _put(place: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(place.name + ".new")
    beside.write_bytes(content)
    beside.replace(place)


def _hash(place: Path) -> str:
    with place.open("rb") as file:
        return b64u(_digest(file.read, STEP).digest())


def _digest(read: Callable[[int], bytes], step: int) -> Any:
    digest = sha256()
    while piece := read(step):
        digest.update(piece)
    return digest


# -- the archive ---------------------------------------------------------------------------------------------


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
            raise NotProven(
                "archive", "an entry was changed, is missing, or is of another version"
            ) from error

    def _check(self) -> None:
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        stored = all(info.compress_type == zipfile.ZIP_STORED for info in infos)
        if len(set(names)) != len(names) or not names or names[-1] != "sums.txt" or not stored:
            raise FormatError("archive")
        told = dict(_sum(line) for line in self._zip.read("sums.txt").decode("utf-8").splitlines())
        if sorted(told) != sorted(names[:-1]) or not all(_SAFE(name) for name in names):
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
