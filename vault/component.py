# SPDX-License-Identifier: EUPL-1.2
"""The vault as an object: what every use case works with, and the one way to change anything.

A change, its head and its accountability line are one transaction; the line is shown after the commit. The same bytes
again change nothing and leave no line.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from chassis.clock import Clock
from chassis.database import Database, Unavailable
from chassis.journal import Journal, Line
from formats.spelling import b64u
from vault import store, store_pieces
from vault.blobs import Blobs
from vault.permits import Permits
from vault.refusals import NotHere, OverQuota, PlaceMismatch
from vault.settings import VaultSettings
from vault.store import Connection, Row

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One call about one vault. actor: pseudonym for the accountability line, None for the person herself.

    trace: the W3C traceparent that came along, or None.
    """

    vlt: str
    actor: str | None = None
    trace: str | None = None


@dataclass(frozen=True)
class Vault:
    """Everything the vault has. receipt_key, directory_key: pinned public JWKs. subject_secret: makes pseudonyms."""

    settings: VaultSettings
    database: Database
    clock: Clock
    journal: Journal
    blobs: Blobs
    permits: Permits
    receipt_key: Mapping[str, Any]
    directory_key: Mapping[str, Any]
    subject_secret: bytes

    async def change(
        self, call: Call, action: str, thing: str, work: Callable[[Connection], tuple[T, bool]]
    ) -> tuple[T, bool]:
        """Runs `work` -> (answer, whether anything changed) and its accountability line in one transaction.

        action: `Record kept` …; thing: what it was about, `record:<id>`: kinds and random ids only.
        """
        subject = self.subject(call.vlt)
        line = Line(action, thing, "Ok", call.actor or f"vault:{subject}", subject, trace=call.trace)
        shown: list[bytes] = []

        def both(connection: Connection) -> tuple[T, bool]:
            answer, changed = work(connection)
            shown.clear()
            if changed:
                shown.extend(self.journal.write(connection, self.clock.milliseconds(), [line]))
            return answer, changed

        done = await self.database.write(both, about=call.vlt)
        self.journal.show(shown)
        return done

    def subject(self, vlt: str) -> str:
        """The pseudonym of a vault in accountability lines."""
        return b64u(hmac.new(self.subject_secret, vlt.encode(), sha256).digest())

    async def discard(self, vlt: str, blobs: Iterable[str]) -> None:
        """Deletes blobs that no row names. It looks inside a write transaction, as a piece's row is written in one,
        so a blob that is coming into use beside it stays."""
        wanted = list(blobs)

        def remove(connection: Connection) -> None:
            for h in wanted:
                if not store_pieces.names_blob(connection, vlt, h):
                    self.blobs.delete(vlt, h)

        if wanted:
            await self.database.write(remove, about=vlt)

    def charge(self, connection: Connection, vlt: str, more: int, *, records: int = 0, deposit: bool = False) -> None:
        """Takes or gives back bytes and records of the quota. Raises OverQuota. Deposits leave the last tenth free."""
        row = living(connection, vlt)
        most = row.quota - row.quota // 10 if deposit else row.quota
        if records > 0 and row.records + records > self.settings.quota_records:
            raise OverQuota
        if not store.charge(connection, vlt, more, most, records):
            raise OverQuota

    def need_blob(self, vlt: str, h: str) -> None:
        """Raises Unavailable when a blob that was just put was swept away: the piece is sent again."""
        if not self.blobs.holds(vlt, h):
            raise Unavailable


def living(connection: Connection, vlt: str) -> Row[Any]:
    """The row of a vault that is open or being imported. Raises NotHere for any other."""
    row = store.vault(connection, vlt)
    if row is None or row.state == "gone":
        raise NotHere
    return row


def drawer_of(connection: Connection, vlt: str, drw: str) -> Row[Any]:
    """The row of a drawer of a living vault. Raises NotHere."""
    living(connection, vlt)
    row = store.drawer(connection, vlt, drw)
    if row is None:
        raise NotHere
    return row


def must_lie(place: object, **asked: str | int) -> None:
    """Compares a sealed thing's header with the place asked for, member by member. Raises PlaceMismatch."""
    for member, value in asked.items():
        if getattr(place, member) != value:
            raise PlaceMismatch(member)
