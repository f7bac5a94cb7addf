# SPDX-License-Identifier: EUPL-1.2
"""What a source remembers of a folder that it brings: enough to go on after a kill, and nothing that opens anything.

One line per fact in `.kluisje/notes.jsonl`, written through to the disk before the next step; a line that a kill tore
is left out. Sealed documents lie in `.kluisje/out/` only while they are on their way; receipts stay.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from kluisje.attachments import Parcel
from kluisje.source import Brought, Sealed

try:
    import fcntl
except ImportError:  # Windows: two runs in one folder are not kept apart there
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Try:
    """The newest time that a document was on its way. at: when it began (seconds)."""

    rid: str
    at: int


class Notebook:
    """The notes of one folder, and its one user: `with Notebook(folder) as notes`."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / ".kluisje"
        self._out, self._receipts = self._home / "out", self._home / "receipts"
        for place in (self._home, self._out, self._receipts):
            place.mkdir(mode=0o700, exist_ok=True)
        self.questions: dict[str, str] = {}  # H(share code) -> question
        self.tries: dict[str, Try] = {}
        self.done: dict[str, str] = {}  # key -> record
        self._file: IO[bytes]

    def __enter__(self) -> "Notebook":
        descriptor = os.open(self._home / "notes.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "r+b")
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise ValueError("another run is bringing this folder: let it finish, or end it") from error
        self._read()
        wanted = {one.rid for key, one in self.tries.items() if key not in self.done}
        for left in self._out.iterdir():
            if left.name not in wanted:
                shutil.rmtree(left)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read(self) -> None:
        whole = self._file.read()
        end = whole.rfind(b"\n") + 1
        self._file.truncate(end)  # what a kill tore
        for line in whole[:end].splitlines():
            self._learn(json.loads(line))

    def _learn(self, fact: Mapping[str, Any]) -> None:
        match fact["what"]:
            case "asks":
                self.questions[fact["key"]] = fact["question"]
            case "tries":
                self.tries[fact["key"]] = Try(fact["rid"], fact["at"])
            case "done":
                self.done[fact["key"]] = fact["rid"]

    def _note(self, **fact: Any) -> None:
        self._file.write(json.dumps(fact).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._learn(fact)

    # -- what happens ----------------------------------------------------------------------------------------

    def asks(self, code: str, question: str) -> None:
        """A question is about to be asked with this share code (its hash)."""
        self._note(what="asks", key=code, question=question)

    def room_for(self, rid: str) -> Path:
        """An empty folder for what is sealed under this id."""
        place = self._out / rid
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        return place

    def tries_now(self, key: str, sealed: Sealed, at: int) -> None:
        """A document is about to be sent: what is sent is kept first, so that the very same can be sent again."""
        place = self._out / sealed.rid
        if not (place / "sealed.json").exists():
            parcels = [
                {"id": one.id, "h": one.h, "name": one.path.name, "length": one.length} for one in sealed.parcels
            ]
            for one in sealed.parcels:
                _through(one.path)
            members = {name: value for name, value in asdict(sealed).items() if name != "parcels"}
            beside = place / "sealed.part"
            beside.write_text(json.dumps(members | {"parcels": parcels}), "utf-8")
            _through(beside)
            beside.replace(place / "sealed.json")
            _through(place)
        self._note(what="tries", key=key, rid=sealed.rid, at=at)

    def sealed(self, rid: str) -> Sealed | None:
        """What was sealed under this id, if it is here whole."""
        place = self._out / rid
        try:
            told = json.loads((place / "sealed.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        parcels = [Parcel(one["id"], one["h"], place / one["name"], one["length"]) for one in told["parcels"]]
        return Sealed(**told | {"parcels": tuple(parcels)})

    def finished(self, key: str, brought: Brought) -> None:
        """It is in. Its receipt stays, what was sealed goes."""
        path = self._receipts / f"{brought.rid}.json"
        path.write_text(json.dumps({"record": brought.rid, "sid": brought.sid, "look": dict(brought.look)}), "utf-8")
        _through(path)
        self._note(what="done", key=key, rid=brought.rid)
        shutil.rmtree(self._out / brought.rid, ignore_errors=True)


def _through(path: Path) -> None:
    """To the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
