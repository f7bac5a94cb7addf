# SPDX-License-Identifier: EUPL-1.2
"""Own keys of a colleague: the card that introduces them, the sealed keyring, the slots that lead to it, the pepper of
words. All sealed in the own browser; the formats are those of a person's vault, under a ring id of the own choosing.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import new as hmac
from typing import Any

from chassis.clock import Clock
from chassis.database import Connection, Database
from chassis.journal import Journal, Line
from desk import store
from desk.refusals import ChainMoved, LastSlots, NotHere, PlaceMismatch, TooManyTries, VersionExists
from formats.envelope import ring_place, slot_place
from formats.spelling import DAY, dump_json
from formats.statement import verify_first_card

LEAST_SLOTS, MOST_SLOTS = 2, 10
TRIES_A_DAY = 5


class Rings:
    """The use cases. pepper_key: 32 bytes, kept outside the database: a thief of it has nothing to try words on."""

    def __init__(self, *, pepper_key: bytes, database: Database, clock: Clock, journal: Journal) -> None:
        self._pepper_key, self._database, self._clock, self._journal = pepper_key, database, clock, journal

    async def introduce(self, subject: str, card: str, name: str) -> store.Row[Any]:
        """Own keys, by a card that its own SIG signed. Raises FormatError, VersionExists."""
        statement = verify_first_card(card)
        row = {"subject": subject, "ring": statement.vlt, "sig": statement.claims["sig"]["kid"], "name": name}
        row |= {"card": card, "seq": 0, "keyring": None, "at": self._clock.now()}

        def work(c: Connection) -> store.Row[Any]:
            before = store.ring_of(c, subject)
            if before is not None and (before.card, before.name) == (card, name):
                return before
            if not store.add_ring(c, **row):
                raise VersionExists
            found = store.ring_of(c, subject)
            assert found is not None
            self._account(c, "Keys introduced", f"ring:{statement.vlt}", subject)
            return found

        return await self._database.write(work)

    async def own(self, subject: str, ring: str) -> store.Row[Any]:
        """The own ring. Raises NotHere for any other."""
        return await self._database.read(lambda c: _own(c, subject, ring))

    async def drop(self, subject: str, ring: str) -> None:
        """Own keys go: everything sealed to them is lost. Raises NotHere."""

        def work(c: Connection) -> None:
            _own(c, subject, ring)
            store.drop_ring(c, subject, ring)
            self._account(c, "Keys dropped", f"ring:{ring}", subject)

        await self._database.write(work)

    async def put_keyring(self, subject: str, ring: str, jwe: str) -> tuple[int, bool]:
        """(number, whether it is new). Raises FormatError, PlaceMismatch, ChainMoved, NotHere."""
        place = ring_place(jwe)
        if place.vlt != ring:
            raise PlaceMismatch

        def work(c: Connection) -> tuple[int, bool]:
            row = _own(c, subject, ring)
            if (row.seq, row.keyring) == (place.seq, jwe):
                return place.seq, False
            if not store.next_keyring(c, subject, place.seq, jwe):
                raise ChainMoved
            self._account(c, "Keyring kept", f"keyring:{place.seq}", subject)
            return place.seq, True

        return await self._database.write(work)

    async def slots(self, subject: str, ring: str) -> Sequence[store.Row[Any]]:
        """All own slots. Raises NotHere."""

        def work(c: Connection) -> Sequence[store.Row[Any]]:
            _own(c, subject, ring)
            return store.all_slots(c, ring)

        return await self._database.read(work)

    async def put_slot(
        self, subject: str, ring: str, slot: str, kind: str, kdf: Mapping[str, Any] | None, jwe: str
    ) -> bool:
        """Keeps a slot; True when it is new. Raises FormatError, PlaceMismatch, NotHere."""
        place = slot_place(jwe)
        if (place.vlt, place.id, place.type) != (ring, slot, kind):
            raise PlaceMismatch
        spelled = None if kdf is None else dump_json(kdf).decode()

        def work(c: Connection) -> bool:
            _own(c, subject, ring)
            there = {row.slot for row in store.all_slots(c, ring)}
            if slot not in there and len(there) >= MOST_SLOTS:
                raise LastSlots
            store.put_slot(c, ring=ring, slot=slot, type=kind, kdf=spelled, jwe=jwe)
            self._account(c, "Slot kept", f"slot:{slot}", subject)
            return slot not in there

        return await self._database.write(work)

    async def drop_slot(self, subject: str, ring: str, slot: str) -> None:
        """Removes a slot while two others stay; again is fine. Raises LastSlots, NotHere."""

        def work(c: Connection) -> None:
            _own(c, subject, ring)
            there = {row.slot for row in store.all_slots(c, ring)}
            if slot in there:
                if len(there) <= LEAST_SLOTS:
                    raise LastSlots
                store.drop_slot(c, ring, slot)
                self._account(c, "Slot removed", f"slot:{slot}", subject)

        await self._database.write(work)

    async def pepper(self, subject: str, ring: str) -> bytes:
        """The pepper of own words, five times a day: each may be a try at them. Raises TooManyTries, NotHere."""

        def work(c: Connection) -> None:
            _own(c, subject, ring)
            if not store.take_try(c, subject, self._clock.now() // DAY, TRIES_A_DAY):
                raise TooManyTries
            self._account(c, "Pepper given", "words", subject)

        await self._database.write(work)
        return hmac(self._pepper_key, f"desk-pepper\0{ring}".encode(), sha256).digest()

    def _account(self, connection: Connection, action: str, what: str, actor: str) -> None:
        """An accountability line, in the transaction of what it tells of."""
        self._journal.write(connection, self._clock.milliseconds(), [Line(action, what, "Ok", actor)])


def _own(connection: Connection, subject: str, ring: str) -> store.Row[Any]:
    row = store.ring_of(connection, subject)
    if row is None or row.ring != ring:
        raise NotHere
    return row
