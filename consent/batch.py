# SPDX-License-Identifier: EUPL-1.2
"""A batch of the ledger, and the lines it appends: what a use case holds in its hands inside the transaction."""

from collections.abc import Callable
from secrets import token_bytes
from typing import Any

import orjson

from consent import ledger_store as store
from consent.proving import Shoots
from formats.checkpoint import entry
from formats.event import make_event, make_look
from formats.spelling import b64u


class Place:
    """Where the lines of one batch stand: the shard's origin, and their proofs once the tree has grown.

    Lines know this and not their batch: a circle of the two would be left to the collector, which then stops everybody for
    a hundredth of a second.
    """

    __slots__ = ("origin", "shoots")

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.shoots: Shoots | None = None


class Entry:
    """A line of the log, as `Batch.append` made it. `entry`, `index`, `origin` and `n` are final at once, so that a
    receipt can name them in the same transaction; `proof` is there after the commit."""

    __slots__ = ("_look", "_place", "entry", "event", "index", "n", "nonce", "vlt")

    def __init__(self, place: Place, index: int, vlt: str | None, n: int | None, nonce: bytes, event: bytes) -> None:
        self._place, self.index, self.vlt, self.n = place, index, vlt, n
        self.nonce, self.event = nonce, event
        self.entry = entry(nonce, event)
        self._look: dict[str, str] | None = None

    @property
    def origin(self) -> str:
        """The shard it stands in."""
        return self._place.origin

    @property
    def proof(self) -> str:
        """The tlog-proof under the batch's own checkpoint. RuntimeError before the commit: no entry, no answer."""
        shoots = self._place.shoots
        if shoots is None:
            raise RuntimeError("not committed")
        return shoots.proof(self.index)

    def look(self) -> dict[str, str]:
        """Event, nonce and proof as they travel: to a reader, and to the vault as permit. Spelled once."""
        if self._look is None:
            self._look = make_look(self.event, self.nonce, self.proof)
        return self._look


class Batch:
    """One transaction of the ledger. `now` (seconds) is the time of everything in it."""

    __slots__ = ("_base", "_head", "_random", "_tails", "afterwards", "entries", "meanwhiles", "now", "place")

    def __init__(self, base: store.Driver, head: store.Head, now: int) -> None:
        self.now, self.place = now, Place(head.origin)
        self.entries: list[Entry] = []
        self.afterwards: list[Callable[[], object]] = []
        self.meanwhiles: list[Callable[[], object]] = []
        self._base, self._head, self._random = base, head, b""
        self._tails: dict[str, tuple[int, bytes] | None] = {}

    def append(self, t: str, vlt: str | None, **members: Any) -> Entry:
        """Appends a line: type, whose (None: about no vault) and the further members of that type (formats.md
        section 8). FormatError when it is not shaped so."""
        n, prev = self._next(vlt)
        event = make_event(t, vlt=vlt, n=n, prev=prev, at=self.now, **members)
        return self._add(vlt, n, event)

    def append_look(self, t: str, vlt: str | None, last: tuple[int, bytes] | None, members: dict[str, Any]) -> Entry:
        """The same for looks, whose members were checked where they came in and are not checked again (30 µs).
        last: the vault's newest line as the look's own statement read it in this transaction."""
        if vlt is not None:
            self._tails.setdefault(vlt, last)
        n, prev = self._next(vlt)
        event = orjson.dumps({"t": t, "vlt": vlt, "n": n, "prev": prev, "at": self.now, **members})
        return self._add(vlt, n, event)

    def after(self, call: Callable[[], object]) -> None:
        """Runs `call` once the batch is committed, before anybody is answered: to print a line, to wake a sender. It
        must not fail; whatever has to happen belongs in the transaction."""
        self.afterwards.append(call)

    def meanwhile(self, call: Callable[[], object]) -> None:
        """Runs `call` while the disk is written, where nothing else is to be done: what will be told is spelled. Nobody is
        told before the commit."""
        self.meanwhiles.append(call)

    def drop(self, mark: int) -> None:
        """Takes back every line from the `mark`-th of this batch on."""
        for dropped in self.entries[mark:]:
            if dropped.vlt is not None:
                self._tails.pop(dropped.vlt, None)
        del self.entries[mark:]
        for left in self.entries:
            if left.vlt is not None and left.n is not None:
                self._tails[left.vlt] = (left.n, left.entry)

    def _next(self, vlt: str | None) -> tuple[int | None, str | None]:
        if vlt is None:
            return None, None
        if vlt not in self._tails:
            self._tails[vlt] = store.tail(self._base, vlt)
        last = self._tails[vlt]
        return (0, None) if last is None else (last[0] + 1, b64u(last[1]))

    def _add(self, vlt: str | None, n: int | None, event: bytes) -> Entry:
        if not self._random:
            self._random = token_bytes(32 * 64)  # one call for many nonces
        nonce, self._random = self._random[:32], self._random[32:]
        made = Entry(self.place, self._head.size + len(self.entries), vlt, n, nonce, event)
        self.entries.append(made)
        if vlt is not None and n is not None:
            self._tails[vlt] = (n, made.entry)
        return made
