# SPDX-License-Identifier: EUPL-1.2
"""Attachments on their way: sealed to a file beside, sent in pieces of 8 MiB, received and verified chunk by
chunk.

Length and hash of the sealed text are announced before the first piece, so it is sealed to a temporary file
first; memory stays small whatever the size. What was sent before is not sent again. Source: vault.md section
3.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from formats.attachment import AttachmentEntry, open_attachment, seal_attachment
from formats.spelling import FormatError
from kluisje.http import STEP, Sent

PIECE = 8 * 1024 * 1024
Progress = Callable[[int, int], None]
"""(bytes done, bytes in all), called as a transfer goes on."""
SendPiece = Callable[[int, bytes, Sent], Awaitable[Any]]
"""Sends piece `k` (from 0), and reports as its bytes leave."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Sealed octets, ready to be sent, and the id and hash they have. No key that opens them is here."""

    id: str
    h: str
    path: Path
    length: int

    def announced(self) -> dict[str, Any]:
        """`{"id", "length", "hash"}`: what the vault is told before the first piece."""
        return {"id": self.id, "length": self.length, "hash": self.h}

    def pieces(self) -> int:
        """How many pieces it has."""
        return -(-self.length // PIECE)


@dataclass(frozen=True, slots=True)
class Sealed(Parcel):
    """A file that was sealed just now, with what the record will say of it."""

    entry: AttachmentEntry


class Outbox:
    """A folder of sealed files that is gone when its `with` ends; one that is given stays."""

    def __init__(self, folder: Path | None = None) -> None:
        self._kept = folder
        self._folder = None if folder is not None else tempfile.TemporaryDirectory(prefix="kluisje-")

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        if self._kept is not None:
            return self._kept
        assert self._folder is not None
        return Path(self._folder.name)

    def __enter__(self) -> "Outbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    async def seal(self, files: Iterable[Path], *, vlt: str, drw: str, rid: str) -> list[Sealed]:
        """Seals files for one record. OSError when one cannot be read."""
        return [await asyncio.to_thread(self._seal, file, vlt, drw, rid) for file in files]

    def _seal(self, file: Path, vlt: str, drw: str, rid: str) -> Sealed:
        with file.open("rb") as plain:
            sealing = seal_attachment(plain, vlt=vlt, drw=drw, rid=rid)
            beside = self.folder / f"{rid}.{len(list(self.folder.iterdir()))}"
            with beside.open("wb") as out:
                length = sum(out.write(piece) for piece in sealing)
        entry = sealing.entry
        return Sealed(entry.id, entry.h, beside, length, entry)


async def send(sealed: Parcel, piece: SendPiece, wanted: Iterable[int], progress: Progress | None = None) -> None:
    """Sends the pieces that are wanted; those that arrived before count as done."""
    left = sorted(set(wanted))
    done = sealed.length - sum(_size(sealed, k) for k in left)

    def sent(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, sealed.length)

    for k in left:
        await piece(k, await asyncio.to_thread(_read, sealed.path, k), sent)


async def receive(
    pieces: AsyncIterator[bytes],
    entry: AttachmentEntry,
    target: Path,
    *,
    vlt: str,
    drw: str,
    rid: str,
    progress: Progress | None = None,
) -> None:
    """Writes the file behind sealed pieces to `target`, which exists only once every chunk was verified.

    FormatError when it is not the file that the record names; nothing is left behind then.
    """
    sealed = target.with_name(target.name + ".sealed")
    opened = target.with_name(target.name + ".part")
    try:
        done = 0
        with sealed.open("wb") as out:
            async for piece in pieces:
                await asyncio.to_thread(out.write, piece)
                done += len(piece)
                if progress is not None:
                    progress(min(done, entry.length), entry.length)
        await asyncio.to_thread(_open, sealed, opened, entry, vlt, drw, rid)
        opened.replace(target)
    finally:
        sealed.unlink(missing_ok=True)
        opened.unlink(missing_ok=True)


def _open(sealed: Path, opened: Path, entry: AttachmentEntry, vlt: str, drw: str, rid: str) -> None:
    with sealed.open("rb") as source, opened.open("wb") as out:
        for chunk in open_attachment(iter(lambda: source.read(STEP), b""), entry, vlt=vlt, drw=drw, rid=rid):
            out.write(chunk)


def _size(sealed: Parcel, k: int) -> int:
    if not 0 <= k < sealed.pieces():
        raise FormatError("piece")
    return min(PIECE, sealed.length - k * PIECE)


def _read(path: Path, k: int) -> bytes:
    with path.open("rb") as file:
        file.seek(k * PIECE)
        return file.read(PIECE)
