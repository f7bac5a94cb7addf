# SPDX-License-Identifier: EUPL-1.2
"""Bringing a whole folder of documents, each once, whatever happens in between.

    async with Http() as http:
        tally = await bring(Source(http, pins, team, name="De Vlier"), folder, for_="papers-from-school")

Every document has an id of its own before it leaves, and what leaves is kept until it is in, so that after a kill the
very same bytes are sent again: they count once. After ten minutes they would arrive too late ("No backdating"); by then
the vault has let go of what did not arrive whole, so the document is sealed anew under the same id: an id that is taken
means that it is there. Nothing that ended or waits is tried: a try that is refused would be a line in her log.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from formats.spelling import H, new_id
from kluisje.asking import Granted
from kluisje.attachments import Outbox
from kluisje.http import Refused, Unavailable
from kluisje.manifest import Document, read_manifest
from kluisje.notebook import Notebook
from kluisje.proofs import NotProven
from kluisje.source import Brought, Sealed, Source, place_of

T = TypeVar("T")

SAME = 480
"""Seconds after signing in which the same bytes still arrive in time (10 minutes, less what the way takes)."""
SETTLED = 660
"""Seconds after a try from which on it is settled: all of it is there, or what there was of it is gone."""
TRIES = 4
LONGEST_WAIT = 30
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch

OPEN, FULL, NOT_NOW, VISIT, SETTLING = "open", "full", "not-now", "visit", "settling"
NO_ANSWER, ENDED, UNKNOWN, CODE = "no-answer", "ended", "unknown", "share-code-not-good"
LATER = {OPEN, FULL, NOT_NOW, VISIT, SETTLING}
"""Why a document waits: no answer yet; no room, or not now; the person has to visit first; it was on its way when a run
was cut off, and is not settled yet. The other reasons are over."""


@dataclass
class Tally:
    """How far it is. done: documents that are in, of this run or an earlier one. octets: of their files, in this run.
    left: why others are not, by document."""

    documents: int
    done: int = 0
    octets: int = 0
    left: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def why(self) -> Counter[str]:
        """How many are left for which reason."""
        return Counter(self.left.values())

    def waits(self) -> bool:
        """Whether a later run may bring more."""
        return any(why in LATER for why in self.left.values())


Progress = Callable[[Tally], None]
"""Called after each document."""


class _Closed(Exception):
    """This grant takes nothing more in this run. why: of `Tally.left`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def bring(
    source: Source,
    folder: Path,
    *,
    for_: str | None = None,
    days: int | None = None,
    drawer: str | None = None,
    schema: str | None = None,
    at_once: int = 4,
    progress: Progress | None = None,
) -> Tally:
    """Brings what is not in yet of a folder with a manifest (`kluisje.manifest`).

    for_, days: the purpose for which a share code is used to ask. at_once: documents on their way side by side.
    Raises ManifestWrong before anything is sent; Unavailable, Refused and NotProven when going on makes no sense: what
    is in stays in, and the next run goes on.
    """
    documents = await read_manifest(folder, source.directory, drawer=drawer, schema=schema)
    with Notebook(folder) as notes:
        return await _Bringing(source, notes, documents, for_, days, progress).run(at_once)


class _Bringing:
    """One run over one folder."""

    def __init__(
        self,
        source: Source,
        notes: Notebook,
        documents: list[Document],
        for_: str | None,
        days: int | None,
        progress: Progress | None,
    ) -> None:
        self._source, self._notes, self._documents = source, notes, documents
        self._for, self._days, self._progress = for_, days, progress
        self._tally = Tally(len(documents), lines={one.key: one.line for one in documents})
        self._whom: dict[str, list[Granted] | str] = {}
        self._closed: dict[str, str] = {}
        self._grants: list[Granted] = []
        self._running: dict[str, bool] = {}
        self._failed: BaseException | None = None

    async def run(self, at_once: int) -> Tally:
        self._tally.done = sum(one.key in self._notes.done for one in self._documents)
        left = [one for one in self._documents if one.key not in self._notes.done]
        self._grants, self._running = await self._again(self._source.standing)
        for to in dict.fromkeys(one.to for one in left):
            self._whom[to] = await self._again(lambda to=to: self._resolve(to))  # type: ignore[misc]
        self._tell()
        waiting = iter(left)
        await asyncio.gather(*(self._work(waiting) for _ in range(at_once)))
        if self._failed is not None:
            raise self._failed
        return self._tally

    async def _work(self, waiting: Iterator[Document]) -> None:
        for one in waiting:
            if self._failed is not None:
                return
            try:
                await self._bring(one)
            except _Closed as closed:
                self._tally.left[one.key] = closed.why
            except (Refused, Unavailable, NotProven, OSError, ValueError) as error:
                self._failed = error
            self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._tally)

    # -- to whom ---------------------------------------------------------------------------------------------

    async def _resolve(self, to: str) -> list[Granted] | str:
        """The running grants behind a share code, question or grant; or why there are none."""
        try:
            asked = to if _ID(to) else await self._asked(to)
            known = {one.id: one for one in self._grants if one.act == "deposit"}
            if asked in known:
                return [known[asked]] if self._running[asked] else ENDED
            question = await self._source.looks_up(asked)
        except Refused as no:
            if no.status != 404 and no.slug != CODE:
                raise
            return CODE if no.slug == CODE else UNKNOWN
        found = [known[one.id] for one in question.grants if one.id in known and self._running[one.id]]
        if found:
            return found
        if question.grants:
            return ENDED
        return OPEN if question.state in ("open", "countered") else NO_ANSWER

    async def _asked(self, code: str) -> str:
        """The question that was, or is now, asked with a share code. Its id is noted before it is sent."""
        key = H(code)
        noted = self._notes.questions.get(key)
        if noted is not None:
            try:
                return (await self._source.looks_up(noted)).id
            except Refused as no:
                if no.status != 404:
                    raise
        if self._for is None:
            raise ValueError("a share code asks first: say for which purpose")
        noted = noted or new_id()
        self._notes.asks(key, noted)
        await self._source.asks(code, for_=self._for, days=self._days, jti=noted)
        return noted

    # -- one document ----------------------------------------------------------------------------------------

    async def _bring(self, one: Document) -> None:
        grants = self._whom[one.to]
        if isinstance(grants, str):
            raise _Closed(grants)
        grant, drw = place_of(grants, one.drawer)
        if grant.id in self._closed:
            raise _Closed(self._closed[grant.id])
        try:
            brought = await self._again(lambda: self._once(one, grant.id, drw))
        except Refused as no:
            raise self._close(grant.id, no) from no
        except NotProven as doubt:
            if doubt.reason != "epoch-over":
                raise
            raise _Closed(VISIT) from doubt
        self._notes.finished(one.key, brought)
        self._tally.done += 1
        self._tally.octets += one.file.stat().st_size if one.file else 0

    def _close(self, grant: str, no: Refused) -> Exception:
        """What a refusal means for the documents that go the same way."""
        if no.slug == "too-large" and any(one.get("code") == "quota" for one in no.errors):
            why = FULL
        elif no.slug in ("grant-ended", "not-found"):
            why = ENDED
        elif no.slug in ("not-allowed", "too-many"):
            why = NOT_NOW
        else:
            return no
        self._closed[grant] = why
        return _Closed(why)

    async def _once(self, one: Document, grant: str, drw: str) -> Brought:
        """One try. An earlier one that was cut off is taken up where it was, or under the same id once it is settled."""
        earlier, ready, rid = self._notes.tries.get(one.key), None, new_id()
        if earlier is not None:
            rid, now = earlier.rid, self._source.http.clock()
            if now < earlier.at + SETTLED:
                ready = self._notes.sealed(rid)
                if ready is None or now >= ready.at + SAME or await self._moved(ready):
                    raise _Closed(SETTLING)
        while True:
            sealed = ready or await self._seal(one, grant, drw, rid)
            self._notes.tries_now(one.key, sealed, self._source.http.clock())
            try:
                brought, wanted = await self._source.announces(sealed)
            except Refused as no:
                if no.slug == "version-exists" and earlier is not None:  # it was all there
                    return Brought(rid, sealed.sid, await self._source.receipt(grant, rid) or {})
                if no.slug not in ("epoch-closed", "not-allowed") or not await self._moved(sealed):
                    raise
                if ready is not None:
                    raise _Closed(SETTLING) from no
                continue  # nothing was taken in: the drawer's next key, the same id
            try:
                await self._source.sends(sealed, wanted)
            except Refused as no:
                if no.slug != "epoch-closed":
                    raise
                ready, rid = None, new_id()  # it was taken in and will never show: another id
                continue
            return brought

    async def _moved(self, sealed: Sealed) -> bool:
        """Whether the drawer has another key by now than this was sealed to."""
        _, epoch = await self._source.epoch(sealed.grant, sealed.drawer)
        return bool(epoch.claims["ep"] != sealed.epoch)

    async def _seal(self, one: Document, grant: str, drw: str, rid: str) -> Sealed:
        outbox = Outbox(self._notes.room_for(rid))
        files = [] if one.file is None else [one.file]
        return await self._source.seals(grant, drw, one.body, one.schema, files, outbox, rid=rid)

    async def _again(self, work: Callable[[], Awaitable[T]]) -> T:
        """Once more when there is no answer, or too many questions at once; a few times, ever later."""
        for n in range(TRIES - 1):
            try:
                return await work()
            except Unavailable as away:
                await asyncio.sleep(min(away.retry_after or 2**n, LONGEST_WAIT))
            except Refused as no:
                if no.slug != "too-many" or no.retry_after is None or no.retry_after > LONGEST_WAIT:
                    raise
                await asyncio.sleep(no.retry_after)
        return await work()
