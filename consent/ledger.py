# SPDX-License-Identifier: EUPL-1.2
"""The ledger: the one writer through which everything passes that can change an answer (consent.md section 5).

A use case hands over a plain function and waits:

    entry = await ledger.run(lambda connection, batch: enter(connection, batch, statement))
    entry.proof                        # there once `run` has answered, never before

* `work(connection, batch) -> T` runs inside the batch's transaction, in a savepoint of its own. It loads with
  `store` functions, judges at `batch.now` (never at another clock), writes, and appends its line:
  `batch.append("statement", vlt, sid=…, typ=…) -> Entry`. An exception of it drops what it wrote and its lines, and is
  raised to its caller alone. It may be called twice (see below), so it changes nothing but the database.
* `run(…, stop=True)` for whatever only takes away (stop, pause, suspension): stops go first in their batch.
* `together(gathering, item)` for the many small ones (looks): `gathering(connection, batch, items)` answers for all
  items that wait side by side, in their order, so that their facts come in one statement.

A batch takes what waits when the writer is free, at most 64. It waits for no clock; it only lets those in first whose
request this process has in hand already (`_let_in`). It is one transaction that locks the log's head; `now` is the later
of the clock and the stored high-water mark, so a clock set back revives nothing. Nobody is answered before the commit.
No commit: everybody in the batch is tried once more, alone, and whoever fails again gets `Unavailable`. A commit that
takes over two seconds is answered `Unavailable` too: the log may then show a line too many, never one too few. Nothing is
kept between batches: head, tree and `now` are read again each time.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from chassis.clock import Clock
from chassis.database import FAULTS, Connection, Database, Unavailable
from chassis.logs import log, unexpected
from consent import ledger_store as store
from consent.batch import Batch, Entry
from consent.proving import Shoots
from formats.checkpoint import LOG, NoteKey, Vkey, origin_at, restores_of, shard_span, sign_note
from formats.spelling import FormatError, b64u, check_members, unb64u
from formats.tree import EMPTY_ROOT, append, leaf, root_nodes

T = TypeVar("T")
Item = TypeVar("Item")
Work = Callable[[Connection, Batch], T]
Gathering = Callable[[Connection, Batch, Sequence[Item]], Sequence[T]]

__all__ = ["Batch", "Entry", "Gathering", "Ledger", "Work", "log_seed"]

MOST = 64
"""Items of one batch."""
TURNS = 8
"""Turns of the event loop from an answer to the next question of the same caller: run on, looked up in the vault, sent, read,
run, looked up, run on, seen in the queue. With fewer, two halves of a crowd go on taking turns: two commits for one."""
SECONDS = 2
"""What a batch may take before everybody in it is told to try again."""


@dataclass(slots=True)
class _Job:
    """One who waits. `call` runs it alone; jobs of one `gathering` that wait side by side run together."""

    waiting: asyncio.Future[Any]
    call: Callable[[Connection, Batch], Any] | None = None
    gathering: Callable[[Connection, Batch, Sequence[Any]], Sequence[Any]] | None = None
    item: Any = None
    value: Any = None
    failed: Exception | None = None


class Ledger:
    """The one writer of one log.

    host: of the origin, `log.<host>/<year>h<1|2>`. seed: the 32 secret bytes of the log's Ed25519 key (`log_seed`).
    """

    def __init__(self, database: Database, clock: Clock, *, host: str, seed: bytes) -> None:
        self._database, self._clock = database, clock
        self._host, self._seed = host, seed
        self._keys: dict[str, NoteKey] = {}
        self._stops: deque[_Job] = deque()
        self._others: deque[_Job] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._late: asyncio.TimerHandle

    async def start(self) -> None:
        """Begins the log if there is none, and refuses a host or key that is not the log's own (ValueError)."""
        current = await self._database.read(lambda connection: store.head(store.driver(connection)))
        if current is not None:
            signed = sign_note(self._key(current.origin), current.size, current.root)
            if not current.note.startswith(signed):  # Ed25519 is deterministic; witnesses add lines below
                raise ValueError("the log was signed by another key: give this database its own key file")
        await self.run(lambda connection, batch: None)

    async def run(self, work: Work[T], *, stop: bool = False) -> T:
        """What `work` returned, after the durable commit. Raises what it raised, or Unavailable."""
        job = _Job(asyncio.get_running_loop().create_future(), call=work)
        self._put(job, self._stops if stop else self._others)
        result: T = await job.waiting
        return result

    async def together(self, gathering: Gathering[Item, T], item: Item) -> T:
        """The answer of `gathering` for `item`, after the durable commit. Raises Unavailable."""
        job = _Job(asyncio.get_running_loop().create_future(), gathering=gathering, item=item)
        self._put(job, self._others)
        answer: T = await job.waiting
        return answer

    async def view(self, work: Callable[[Connection, int], T]) -> T:
        """Reads at the ledger's own time: `work(connection, now)` on a snapshot. Writes nothing, proves nothing."""

        def look(connection: Connection) -> T:
            current = store.head(store.driver(connection))
            return work(connection, max(self._clock.now(), current.now if current else 0))

        return await self._database.read(look)

    async def close(self) -> None:
        """Waits until everybody who waits has an answer."""
        while self._writer is not None:
            await asyncio.wait((self._writer,))

    def vkey(self, origin: str) -> Vkey:
        """The public key of a shard: to pin, and for `proving.verify_log`."""
        return self._key(origin).vkey

    def vkeys(self, now: int, restores: int = 0) -> list[str]:
        """What a log policy pins: the keys of the half year of `now` and of the next (formats.md section 8)."""
        this = origin_at(self._host, now, restores)
        return [str(self.vkey(origin)) for origin in (this, origin_at(self._host, shard_span(this)[1], restores))]

    def begins(self, base: store.Driver, now: int, current: store.Head | None, restores: int) -> store.Head:
        """Begins the shard of the half year of `now` after `current`, inside a write."""
        origin = origin_at(self._host, now, restores)
        note = sign_note(self._key(origin), 0, EMPTY_ROOT)
        made = store.Head(current.shard + 1 if current else 0, origin, 0, EMPTY_ROOT, note, now)
        store.new_shard(base, made)
        return made

    # -- the writer --------------------------------------------------------------------------------------------

    def _put(self, job: _Job, queue: deque[_Job]) -> None:
        queue.append(job)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._stops or self._others:
                await self._let_in()
                await self._settle()
        finally:
            self._writer = None

    async def _let_in(self) -> None:
        """Lets the event loop go on with the requests that it has in hand, until `TURNS` of its turns brought nobody new.

        A batch costs a signature, a checkpoint's verification and a durable commit, for one item as for sixteen; without
        this, whoever came first went alone while fifteen waited for that commit, and then for their own. No timer: what
        is done meanwhile would have to be done anyway.
        """
        seen, quiet = len(self._stops) + len(self._others), 0
        while quiet < TURNS and seen < MOST:
            await asyncio.sleep(0)
            waiting = len(self._stops) + len(self._others)
            quiet = quiet + 1 if waiting == seen else 0
            seen = waiting

    async def _settle(self) -> None:
        """One batch: commit, then answer; if that fails, each of it once more alone, as long as the batch has time."""
        began = self._clock.steady()
        taken: list[_Job] = []
        problem = await self._attempt(taken, fresh=True)
        if problem is None:
            return
        for job in taken:
            if not job.waiting.done() and self._clock.steady() < began + SECONDS:
                self._fail([job], await self._attempt([job], fresh=False))
        self._fail(taken or self._all(), problem)  # nothing taken: not even begun, so whoever waits is told

    async def _attempt(self, taken: list[_Job], *, fresh: bool) -> Exception | None:
        """None: committed and answered. Otherwise what went wrong, and nothing was kept."""

        def fill(connection: Connection) -> Batch:
            if fresh:
                taken.extend(self._take())
            return self._fill(connection, taken)

        self._watch(taken)
        try:
            batch = await self._database.write(fill)
        except Exception as error:
            problem = error
        else:
            self._answer(taken, batch)
            return None
        finally:
            self._late.cancel()
        if isinstance(problem, Unavailable):
            log().error("ledger-batch-failed", part="consent", items=len(taken))
            return problem
        unexpected("consent", problem)
        return Unavailable() if isinstance(problem, FAULTS) else problem

    def _watch(self, taken: list[_Job]) -> None:
        self._late = asyncio.get_running_loop().call_later(SECONDS, self._overdue, taken)

    def _overdue(self, taken: list[_Job]) -> None:
        """A commit that hangs: it may still arrive, but nobody is told so, and nobody waits behind it."""
        self._fail([*taken, *self._all()], Unavailable())
        self._watch(taken)

    def _take(self) -> list[_Job]:
        taken: list[_Job] = []
        for queue in (self._stops, self._others):
            while queue and len(taken) < MOST:
                job = queue.popleft()
                if not job.waiting.done():  # whoever asked went away
                    taken.append(job)
        return taken

    def _all(self) -> list[_Job]:
        """Everybody who waits."""
        taken: list[_Job] = []
        while some := self._take():
            taken += some
        return taken

    def _fill(self, connection: Connection, taken: Sequence[_Job]) -> Batch:
        base = store.driver(connection)
        head = self._head(base)
        batch = Batch(base, head, head.now)
        for gathering, jobs in groupby(taken, key=lambda job: job.gathering):
            if gathering is None:
                for job in jobs:
                    _alone(connection, base, batch, job)
            else:
                side_by_side = list(jobs)
                answers = gathering(connection, batch, [job.item for job in side_by_side])
                for job, answer in zip(side_by_side, answers, strict=True):
                    job.value, job.failed = answer, None
        self._seal(base, head, batch)
        asyncio.get_running_loop().call_soon(_do, batch.meanwhiles)
        return batch

    def _head(self, base: store.Driver) -> store.Head:
        """The head to write under, with `now` as this batch's; begins the shard of this half year if need be."""
        current = store.head(base)
        now = max(self._clock.now(), current.now if current else 0)
        restores = restores_of(current.origin) if current else 0
        origin = origin_at(self._host, now, restores)
        if current is not None and current.origin == origin:
            return store.Head(current.shard, origin, current.size, current.root, current.note, now)
        if current is not None and origin_at(self._host, shard_span(current.origin)[0], restores) != current.origin:
            raise ValueError("this log has another host")
        return self.begins(base, now, current, restores)

    def _seal(self, base: store.Driver, head: store.Head, batch: Batch) -> None:
        """Lines, tree and checkpoint of the batch: the last thing before the commit."""
        entries = batch.entries
        if not entries:
            store.save_head(base, head)
            return
        size = head.size + len(entries)
        found = store.nodes(base, head.shard, root_nodes(head.size))
        made = append(head.size, [leaf(one.entry) for one in entries], lambda level, idx: found[level, idx])
        found.update(((level, idx), value) for level, idx, value in made)
        shoots = Shoots(size, found)
        note = sign_note(self._key(head.origin), size, shoots.root)
        shoots.note = note
        store.grow(
            base,
            [(head.shard, one.index, one.vlt, one.n, one.entry, one.nonce, one.event) for one in entries],
            made,
        )
        store.save_head(base, store.Head(head.shard, head.origin, size, shoots.root, note, head.now))
        batch.place.shoots = shoots

    def _key(self, origin: str) -> NoteKey:
        key = self._keys.get(origin)
        if key is None:
            key = self._keys[origin] = NoteKey(origin, LOG, self._seed)
        return key

    @staticmethod
    def _answer(taken: Sequence[_Job], batch: Batch) -> None:
        _do(batch.afterwards)
        for job in taken:
            if job.waiting.done():
                continue
            if job.failed is not None:
                job.waiting.set_exception(job.failed)
            else:
                job.waiting.set_result(job.value)

    @staticmethod
    def _fail(taken: Sequence[_Job], problem: Exception | None) -> None:
        for job in taken:
            if not job.waiting.done() and problem is not None:
                job.waiting.set_exception(problem)


def log_seed(jwk: Mapping[str, Any]) -> bytes:
    """The 32 secret bytes of the log's key from its file: an RFC 8037 JWK, exactly `kty:OKP, crv:Ed25519, x, d`.
    FormatError for anything else, and when `x` is not the public half of `d`."""
    check_members(jwk, ("kty", "crv", "x", "d"))
    seed = unb64u(jwk["d"])
    if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519") or b64u(NoteKey("x", LOG, seed).vkey.key) != jwk["x"]:
        raise FormatError("key")
    return seed


def _do(calls: Sequence[Callable[[], object]]) -> None:
    for call in calls:
        try:
            call()
        except Exception as error:
            unexpected("consent", error)


def _alone(connection: Connection, base: store.Driver, batch: Batch, job: _Job) -> None:
    """Runs one item in its savepoint. A failing database fails the batch, all else only the item."""
    assert job.call is not None
    mark, calls = len(batch.entries), len(batch.afterwards)
    store.savepoint(base)
    try:
        job.value, job.failed = job.call(connection, batch), None
    except FAULTS:
        raise
    except Exception as error:
        batch.drop(mark)
        del batch.afterwards[calls:]
        store.undo(base)
        job.value, job.failed = None, error
    else:
        store.keep(base)
