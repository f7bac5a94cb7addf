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
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.authorship import Record
from kluisje.archive import FORMAT, hash_of, safe_name, write_archive
from kluisje.attachments import PIECE, Progress
from kluisje.device import Device
from kluisje.drawers import Drawers
from kluisje.http import Unavailable
from kluisje.proofs import NotProven

ROUNDS = 10  # inventories, while other devices keep writing


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

    async def _fetch(self, folder: Path, listed: Sequence[Mapping[str, Any]], progress: Progress | None) -> None:
        total, done = sum(int(one["length"]) for one in listed), 0
        names = {str(one["path"]) for one in listed}
        if not all(safe_name(name) for name in names):
            raise NotProven("inventory", "the vault names a file outside its place")
        for stale in [one for one in (folder / "vault").rglob("*") if one.is_file()]:
            if stale.relative_to(folder).as_posix() not in names:
                stale.unlink()
        for one in listed:
            place = folder / one["path"]
            if not (place.exists() and await asyncio.to_thread(hash_of, place) == one["hash"]):
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
        if before := [one async for one in self._device.items("consent", "/earlier-lines")]:
            before.sort(key=lambda one: (str(one["origin"]), int(one["n"])))
            found.append(("consent/earlier.jsonl", b"".join(_line(one) for one in before)))
        found += [(f"consent/receipts/{one['id']}.jwt", str(one["receipt"]).encode()) for one in receipts]
        notes = self._device.remembered.checkpoints.items()
        found += [
            (f"consent/checkpoints/{name.replace('/', '-').replace(':', '-')}", note.encode()) for name, note in notes
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
