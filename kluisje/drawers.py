# SPDX-License-Identifier: EUPL-1.2
"""A person's drawers: making them, putting records in, reading them back, filing what sources brought.

Each write ends with a signed head: the drawer's history as this device knows it. Reading replays the history
that the vault tells, compares it with the newest signed head, and opens only what stands in it. Source:
formats.md sections 3 and 4.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.attachment import AttachmentEntry
from formats.authorship import Record, sign_record
from formats.deposit import deposit_place
from formats.keyring import EpochKeys, Keyring
from formats.record import record_place
from formats.sealing import open_record, seal_record
from formats.spelling import FormatError, H, b64u, new_id
from kluisje.attachments import Outbox, Progress, Sealed, receive, send
from kluisje.chain import Chain, Draft
from kluisje.device import Device
from kluisje.directory import Directory
from kluisje.history import History, replay
from kluisje.http import Refused, Sent
from kluisje.keyring import PersonKeys
from kluisje.proofs import NotProven

TRIES = 4


class Drawers:
    """The drawers of one opened vault. A drawer is named by its category (`school`) or its id."""

    def __init__(self, device: Device, keys: PersonKeys, chain: Chain, directory: Directory) -> None:
        self._device, self._keys, self._chain, self._directory = device, keys, chain, directory
        self._known: dict[str, History] = {}
        self._lock = asyncio.Lock()  # one keyring at a time

    # -- keys ------------------------------------------------------------------------------------------------

    def find(self, name: str) -> str | None:
        """The id of a drawer, or None when she has none of that name."""
        for drawer in self._keys.keyring.drawers:
            if name in (drawer.id, drawer.cat):
                return drawer.id
        return None

    def all(self) -> list[tuple[str, str]]:
        """(id, category) of each drawer."""
        return [(drawer.id, drawer.cat) for drawer in self._keys.keyring.drawers]

    def category(self, drw: str) -> str:
        """The category of a drawer."""
        return self._keys.keyring.drawer(drw).cat

    async def need(self, name: str) -> str:
        """The id of a drawer, made now if she has none of that category."""
        if self.find(name) is None:
            await self.store(lambda: None if self.find(name) else self._keys.with_new_drawer(name))
        drw = self.find(name)
        assert drw is not None  # it was there, or is now, by this device or another one

        def enter(draft: Draft) -> None:
            # New, or left half-made: the keys are stored, their statement is not entered yet.
            if not self._chain.has(drw):
                first = self._keys.keyring.newest(drw)
                draft.epoch(first, cat=self.category(drw), rsn="new", env=())

        if not self._chain.has(drw):
            await self._chain.tell_vault(await self._chain.write(enter))
        return drw

    async def store(self, make: Callable[[], tuple[Keyring, EpochKeys] | None]) -> EpochKeys | None:
        """Stores the next keyring that `make` gives, before any statement uses a key in it; answers the new
        keys. When another device stored one first, that is read and `make` runs again. `make` gives None when
        there is nothing to store any more."""
        async with self._lock:
            for left in reversed(range(TRIES)):
                made = make()
                if made is None:
                    return None
                try:
                    await self._device.vault("PUT", "/keyring", json={"jwe": self._keys.sealed(made[0])})
                except Refused as no:
                    if no.slug != "chain-moved" or not left:
                        raise
                    self._keys.read((await self._device.vault("GET", "/keyring")).json()["jwe"])
                    continue
                if self._keys.keyring.seq < made[0].seq:
                    self._keys.take(made[0])
                self._device.remembered.ring = made[0].seq
                return made[1]
        raise AssertionError("the last try raises or returns")

    # -- writing ---------------------------------------------------------------------------------------------

    async def keep(
        self,
        name: str,
        body: Mapping[str, Any],
        schema: str | None = None,
        attachments: Sequence[Path] = (),
        *,
        instead_of: Record | None = None,
        progress: Progress | None = None,
    ) -> Record:
        """Puts a record into a drawer (made if need be), or the next version of `instead_of`, whose
        attachments stay.

        schema: the record type's URI; without it the one type that the members fit. Raises Refused
        `version-exists` when another device wrote that version first."""
        drw = await self.need(name if instead_of is None else instead_of.drw)
        sch = schema or (instead_of.sch if instead_of else await self._directory.schema_for(body))
        rid = new_id() if instead_of is None else instead_of.rid
        with Outbox() as outbox:
            sealed = await outbox.seal(attachments, vlt=self._device.vlt, drw=drw, rid=rid)
            for one in sealed:
                await self._send(one, drw, rid, progress)
        kept = () if instead_of is None else instead_of.att
        # Signed only now: its time must lie within ten minutes of its arrival, and attachments take long.
        jws = sign_record(
            self._keys.keyring.sig,
            iss=f"vault:{self._device.vlt}",
            vlt=self._device.vlt,
            drw=drw,
            rid=rid,
            ver=1 if instead_of is None else instead_of.ver + 1,
            sch=sch,
            prv=None if instead_of is None else instead_of.sid,
            iat=self._device.http.clock(),
            body=body,
            att=(*kept, *(one.entry for one in sealed)),
        )
        return await self._put(jws, drw)

    async def _put(self, jws: str, drw: str) -> Record:
        for left in reversed(range(TRIES)):
            history = await self.history(drw)
            jwe = seal_record(jws, self._keys.keyring.newest(drw))
            place = record_place(jwe)
            path = f"/drawers/{drw}/records/{place.rid}/versions/{place.ver}"
            try:
                answer = (await self._device.vault("PUT", path, json={"jwe": jwe})).json()
                break
            except Refused as no:
                if no.slug != "epoch-closed" or not left:
                    raise
                await self._chain.load()  # another device opened the next epoch: its keys come along
        after = history.after("put", place.rid, place.ver, H(jwe))
        if (answer["head"]["n"], answer["head"]["h"]) != (after.n, b64u(after.h)):
            # Another device, or a source, wrote in between: read it again, and find our own record in it.
            after = await self.history(drw, fresh=True)
            if after.live.get((place.rid, place.ver)) != H(jwe):
                raise NotProven("history", "the vault does not tell what was just kept")
        await self.sign_head(drw, after)
        return await self._open(drw, jwe)

    async def _send(self, sealed: Sealed, drw: str, rid: str, progress: Progress | None) -> None:
        path = f"/drawers/{drw}/records/{rid}/attachments/{sealed.entry.id}"
        about = {"length": sealed.length, "hash": sealed.entry.h}
        wanted = (await self._device.vault("PUT", path, json=about)).json()["wanted"]

        async def piece(k: int, data: bytes, sent: Sent) -> None:
            await self._device.vault("PUT", f"{path}/pieces/{k}", content=data, sent=sent)

        await send(sealed, piece, wanted, progress)
        await self._device.vault("POST", f"{path}/completions")

    async def drop(self, record: Record) -> None:
        """Takes a record away: all versions, attachments and singles. Its id is never used again."""
        history = await self.history(record.drw)
        await self._device.vault("DELETE", f"/drawers/{record.drw}/records/{record.rid}")
        highest = max((ver for rid, ver in history.live if rid == record.rid), default=record.ver)
        after = history.after("del", record.rid, highest, "")
        now = await self.history(record.drw, fresh=True)
        if (now.n, now.h) != (after.n, after.h) and any(rid == record.rid for rid, _ in now.live):
            raise NotProven("history", "the vault still tells what was just taken away")
        await self.sign_head(record.drw, now)

    async def sign_head(self, drw: str, history: History) -> None:
        """Signs a drawer's history, once this device has seen that it is right."""
        self._known[drw] = history

        def sign(draft: Draft) -> None:
            signed = self._chain.head(drw)
            if signed is None or signed["n"] < history.n:  # else another device signed for this and more
                draft.head(drw, history.n, history.h)

        await self._chain.tell_vault(await self._chain.write(sign))

    # -- reading ---------------------------------------------------------------------------------------------

    async def history(self, drw: str, *, fresh: bool = False) -> History:
        """The drawer's history, replayed and compared with the newest signed head. NotProven when it is not
        the one she signed."""
        if not fresh and drw in self._known:
            return self._known[drw]
        changes = [one async for one in self._device.items("vault", f"/drawers/{drw}/heads")]
        try:
            found = replay(reversed(changes), self._chain.head(drw))
        except (FormatError, KeyError, TypeError) as error:
            raise NotProven("history", "the drawer's history is not the one that was signed") from error
        self._known[drw] = found
        return found

    async def read(self, name: str) -> list[Record]:
        """The records of a drawer, newest version of each, newest first. Empty when she has no such drawer.

        NotProven when one does not open, is not in the history, or is missing from the list."""
        drw = self.find(name)
        if drw is None:
            return []
        for left in reversed(range(TRIES)):
            listed = [one["jwe"] async for one in self._device.items("vault", f"/drawers/{drw}/records")]
            history = await self.history(drw, fresh=True)
            try:
                await self._check_listed(drw, listed, history)
                return [await self._open(drw, jwe) for jwe in listed]
            except FormatError as error:
                if not left:  # it was no write in between
                    raise NotProven("record", "the records are not those that were kept") from error
        raise AssertionError("the last try raises or returns")

    async def _check_listed(self, drw: str, listed: Iterable[str], history: History) -> None:
        """Each record listed stands in the history, at its highest version; each in the history is listed, or
        waits as a deposit."""
        found = {(place.rid, place.ver): H(jwe) for jwe in listed for place in (record_place(jwe),)}
        newest: dict[str, int] = {}
        for rid, ver in history.live:
            newest[rid] = max(ver, newest.get(rid, 0))
        missing = newest.keys() - {rid for rid, _ in found}
        if missing:
            waiting = [one["jwe"] async for one in self._device.items("vault", "/deposits")]
            missing -= {deposit_place(jwe).rid for jwe in waiting}
        wrong = any(history.live.get(place) != h or newest[place[0]] != place[1] for place, h in found.items())
        if missing or wrong:
            raise FormatError("head")

    async def version(self, record: Record, ver: int) -> Record:
        """An older version of a record."""
        path = f"/drawers/{record.drw}/records/{record.rid}/versions/{ver}"
        return await self._open(record.drw, (await self._device.vault("GET", path)).json()["jwe"])

    async def _open(self, drw: str, jwe: str) -> Record:
        place = record_place(jwe)
        epoch = self._keys.keyring.epoch(drw, place.ep)
        where = {"vlt": self._device.vlt, "drw": drw, "rid": place.rid}
        return await self._directory.opened(lambda author: open_record(jwe, epoch, author, ver=place.ver, **where))

    async def fetch(
        self, record: Record, entry: AttachmentEntry, target: Path, progress: Progress | None = None
    ) -> None:
        """Writes an attachment of a record to `target`, verified."""
        path = f"/drawers/{record.drw}/records/{record.rid}/attachments/{entry.id}"
        async with self._device.stream(path) as (_, pieces):
            where = {"vlt": record.vlt, "drw": record.drw, "rid": record.rid}
            await receive(pieces, entry, target, progress=progress, **where)
