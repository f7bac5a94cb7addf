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
class Sealed:
    """A sealed file, ready to be sent: what the record will say of it, and where its sealed text lies."""

    entry: AttachmentEntry
    path: Path
    length: int

    def announced(self) -> dict[str, Any]:
        """`{"id", "length", "hash"}`: what the vault is told before the first piece."""
        return {"id": self.entry.id, "length": self.length, "hash": self.entry.h}

    def pieces(self) -> int:
        """How many pieces it has."""
        return -(-self.length // PIECE)


class Outbox:
    """A folder of sealed files that is gone when its `with` ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kluisje-")

    def __enter__(self) -> "Outbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    async def seal(self, files: Iterable[Path], *, vlt: str, drw: str, rid: str) -> list[Sealed]:
        """Seals files for one record. OSError when one cannot be read."""
        return [await asyncio.to_thread(self._seal, file, vlt, drw, rid) for file in files]

    def _seal(self, file: Path, vlt: str, drw: str, rid: str) -> Sealed:
        with file.open("rb") as plain:
            sealing = seal_attachment(plain, vlt=vlt, drw=drw, rid=rid)
            beside = Path(self._folder.name) / f"{rid}.{len(list(Path(self._folder.name).iterdir()))}"
            with beside.open("wb") as out:
                length = sum(out.write(piece) for piece in sealing)
        return Sealed(sealing.entry, beside, length)


async def send(sealed: Sealed, piece: SendPiece, wanted: Iterable[int], progress: Progress | None = None) -> None:
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


def _size(sealed: Sealed, k: int) -> int:
    if not 0 <= k < sealed.pieces():
        raise FormatError("piece")
    return min(PIECE, sealed.length - k * PIECE)


def _read(path: Path, k: int) -> bytes:
    with path.open("rb") as file:
        file.seek(k * PIECE)
        return file.read(PIECE)
