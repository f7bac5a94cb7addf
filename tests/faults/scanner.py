# SPDX-License-Identifier: EUPL-1.2
"""Finding a secret wherever it may lie: in files and in the memory of a process, in any of the forms it may have taken.

A mark is looked for as UTF-8, UTF-16, hex, base64 and base64url (at each of the three offsets, and once more inside
each: a token in a token), URL-coded, JSON-escaped, and in all of these inside gzip and zlib.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from os.path import commonprefix
from pathlib import Path
from urllib.parse import quote

PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")  # gzip; zlib with the window everybody uses
STEP = 32 * 1024 * 1024
OVERLAP = 4096
MOST_INFLATED = 1024 * 1024
STEM = 8  # bytes that all spellings of `kanarie…` begin with, whatever follows


def forms(secret: str | bytes) -> set[bytes]:
    """Every spelling of a secret, without those edges that depend on what stands beside it."""
    if isinstance(secret, bytes):
        found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
        return found | _base64(secret)
    plain = secret.encode()
    found = {plain, plain.hex().encode(), plain.hex().upper().encode(), quote(secret, safe="").encode()}
    found |= {secret.encode("utf-16-le"), secret.encode("utf-16-be"), json.dumps(secret)[1:-1].encode()}
    once = _base64(plain)
    return found | once | {twice for one in once for twice in _base64(one)}


def _base64(data: bytes) -> set[bytes]:
    found = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            whole = encode(b"\0" * offset + data)
            first = -(-offset * 8 // 6)  # letters that also hold bits of what stands before
            last = (offset + len(data)) * 8 // 6  # and behind
            found.add(whole[first:last])
    return found


class Scanner:
    """Looks for named secrets: name -> text or bytes. By their first bytes, which marks with one beginning share: two
    hundred of them are looked for in some fifty rounds of the data, not in ten thousand."""

    def __init__(self, secrets: dict[str, str | bytes]) -> None:
        families: dict[bytes, list[tuple[str, bytes]]] = {}
        for name, secret in secrets.items():
            for form in forms(secret):
                families.setdefault(form[:STEM], []).append((name, form))
        self._families = {
            commonprefix([form for _, form in family]): family  # noqa: RUF071 (bytes, no paths)
            for family in families.values()
        }

    def search(self, data: bytes, *, packed: bool = True) -> set[str]:
        """The names found in these bytes, or in what unpacks from them."""
        found = set()
        for stem, family in self._families.items():
            at = data.find(stem)
            while at >= 0:
                found |= {name for name, form in family if data.startswith(form, at)}
                at = data.find(stem, at + 1)
        if packed:
            for inflated in _inflated(data):
                found |= self.search(inflated, packed=False)
        return found

    def files(self, paths: Iterable[Path]) -> dict[str, set[str]]:
        """file name -> what was found in it (or in its name); files without a find are left out."""
        found = {}
        for path in paths:
            here = self.search(path.read_bytes()) | self.search(str(path).encode())
            if here:
                found[path.name] = here
        return found

    def memory(self, pid: int) -> set[str]:
        """What is found in the writable memory of a running process."""
        found: set[str] = set()
        for data in _memory(pid):
            found |= self.search(data)
        return found


def _inflated(data: bytes) -> Iterator[bytes]:
    view = memoryview(data)
    for at in PACKED.finditer(data):
        unpacking = zlib.decompressobj(47)
        try:  # most are chance, and end at once
            inflated = unpacking.decompress(view[at.start() : at.start() + 256])
            inflated += unpacking.decompress(view[at.start() + 256 : at.start() + MOST_INFLATED], MOST_INFLATED)
        except zlib.error:
            continue
        if len(inflated) > 8:
            yield inflated


def _memory(pid: int) -> Iterator[bytes]:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            for at in range(start, end, STEP):
                memory.seek(at)
                try:
                    yield memory.read(min(STEP + OVERLAP, end - at))
                except OSError:  # a page that was given back meanwhile
                    break
