# SPDX-License-Identifier: EUPL-1.2
"""Blobs: the pieces of attachments, as files. Put, open, delete, list: a small face, so that another store can follow.

Name: `<vlt>/<hex SHA-256>`; one vault never shares a blob with another. A piece is durable before its row is written:
temporary file, fsync, rename, fsync of the folder. Deleting: the row first, then the blob. So a blob may lack its row,
never the reverse. Bytes pass in steps of 64 KiB; file calls that can wait for the disk run in threads.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from formats.spelling import b64u, unb64u
from vault.refusals import BlobLost, NotWhole

STEP = 64 * 1024
_INCOMING = ".incoming"


@dataclass(frozen=True)
class Blob:
    """A blob in the store. h: b64u(SHA-256); since: seconds of its last put."""

    h: str
    since: int


class Blobs:
    """The folder of blobs. The process must be its only writer's user; nothing else may live in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / _INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _path(self, vlt: str, h: str) -> Path:
        return self._folder / vlt / unb64u(h).hex()

    async def put(self, vlt: str, octets: AsyncIterator[bytes], size: int) -> str:
        """Stores exactly `size` bytes and returns their h. Raises NotWhole when more or fewer come.

        Returns after the bytes are on disk. Putting the same bytes again is fine and makes the blob young again.
        """
        partial = self._incoming / secrets.token_hex(16)
        digest, came = sha256(), 0
        try:
            with partial.open("xb", buffering=0) as file:
                async for chunk in octets:
                    came += len(chunk)
                    if came > size:
                        break
                    digest.update(chunk)
                    view = memoryview(chunk)
                    for start in range(0, len(view), STEP):
                        file.write(view[start : start + STEP])
                if came != size:
                    raise NotWhole("body", "", "length")
                await asyncio.to_thread(os.fsync, file.fileno())
            h = b64u(digest.digest())
            await asyncio.to_thread(self._place, partial, self._path(vlt, h))
            return h
        finally:
            partial.unlink(missing_ok=True)

    def _place(self, partial: Path, path: Path) -> None:
        new = not path.parent.exists()
        path.parent.mkdir(exist_ok=True, mode=0o700)
        os.replace(partial, path)
        os.utime(path)
        for folder in (path.parent, *((self._folder,) if new else ())):
            _sync(folder)

    def holds(self, vlt: str, h: str) -> bool:
        """Whether the blob is there."""
        return self._path(vlt, h).exists()

    async def sound(self, vlt: str, blobs: Iterable[tuple[str, int]]) -> None:
        """Raises BlobLost unless each blob (h, size) is there, whole and unchanged."""
        for h, size in blobs:
            found = await self.digest(vlt, [h])
            if found != (size, h):
                raise BlobLost

    async def digest(self, vlt: str, hs: Iterable[str]) -> tuple[int, str]:
        """Length and b64u(SHA-256) of blobs one after the other. Raises BlobLost when one is missing."""
        return await asyncio.to_thread(self._digest, [self._path(vlt, h) for h in hs])

    @staticmethod
    def _digest(paths: Iterable[Path]) -> tuple[int, str]:
        digest, length, buffer = sha256(), 0, bytearray(STEP)
        view = memoryview(buffer)
        for path in paths:
            try:
                with path.open("rb", buffering=0) as file:
                    while came := file.readinto(buffer):
                        digest.update(view[:came])
                        length += came
            except OSError as error:
                raise BlobLost from error
        return length, b64u(digest.digest())

    async def open(self, vlt: str, h: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from start up to end, in steps. Raises BlobLost when they are not all there."""
        try:
            file = await asyncio.to_thread(self._path(vlt, h).open, "rb", buffering=0)
        except OSError as error:
            raise BlobLost from error
        with file:
            file.seek(start)
            while start < end:
                chunk = await asyncio.to_thread(file.read, min(STEP, end - start))
                if not chunk:
                    raise BlobLost
                start += len(chunk)
                yield chunk

    def delete(self, vlt: str, h: str) -> None:
        """Removes a blob; fine when it is gone already. Only inside a transaction that saw no row of it (`discard`)."""
        self._path(vlt, h).unlink(missing_ok=True)

    def vaults(self) -> Iterator[str]:
        """The vaults that have a folder here."""
        for entry in os.scandir(self._folder):
            if entry.is_dir() and entry.name != _INCOMING:
                yield entry.name

    def list(self, vlt: str) -> Iterator[Blob]:
        """The blobs of a vault."""
        try:
            entries = list(os.scandir(self._folder / vlt))
        except FileNotFoundError:
            return
        for entry in entries:
            try:
                yield Blob(b64u(bytes.fromhex(entry.name)), int(entry.stat().st_mtime))
            except FileNotFoundError:
                continue

    def forget(self, vlt: str) -> None:
        """Removes the empty folder of an erased vault; leaves one that is not empty."""
        folder = self._folder / vlt
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
            _sync(self._folder)

    def stale(self, before: int) -> None:
        """Removes what a killed process left half-written before that second."""
        for entry in os.scandir(self._incoming):
            with suppress(FileNotFoundError):  # it was whole just now
                if entry.stat().st_mtime < before:
                    Path(entry.path).unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
