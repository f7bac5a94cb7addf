# SPDX-License-Identifier: EUPL-1.2
"""A small registry on a real database: vaults, one team, signed grants, put there as the use cases put them.

The signed things are real (formats/), the rows are written straight into the tables: what is under test is what the
ledger and the decision make of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from chassis.clock import Clock
from chassis.database import Connection, Database
from chassis.journal import Journal
from consent import tables
from consent.asking import Asking
from consent.batch import Batch, Entry
from consent.ledger import Ledger
from consent.look import Look
from consent.proving import Report, consistency, verify_log
from consent.rates import Rates
from formats.checkpoint import LOG, NoteKey
from formats.dpop import ProofSeen
from formats.jose import new_sealing_key, new_signing_key, public
from formats.policy import LogPolicy
from formats.spelling import H, new_id, sid
from formats.statement import Link, sign_card, sign_epoch, sign_grant
from tests import databases

DAY = 86_400
NOW = 1_790_000_000  # 21 September 2026
HOST = "consent.example"
TEAM = "urn:oin:00000001234567890000:team:jeugdteam-zuid"
OTHER_TEAM = "urn:oin:00000001234567890000:team:jeugdteam-noord"
CLIENT = "oin:00000001234567890000:desk"
FATIMA = "cw_fatima"
PURPOSE = "urn:kluisje:purpose:back-to-school:1"
SEED = bytes(range(32))
EMP_SECRET = b"e" * 32


class Watch(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@dataclass
class Person:
    """A vault with its chain so far, written into the tables statement by statement."""

    vlt: str = field(default_factory=new_id)
    sig: dict[str, str] = field(default_factory=new_signing_key)
    enc: dict[str, str] = field(default_factory=new_sealing_key)
    tokens: list[str] = field(default_factory=list)
    drawers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def link(self, at: int) -> Link:
        return Link(self.vlt, len(self.tokens), sid(self.tokens[-1]) if self.tokens else None, at, 1)

    def enter(self, connection: Connection, token: str, typ: str, at: int) -> int:
        seq = len(self.tokens)
        self.tokens.append(token)
        row = {"vlt": self.vlt, "seq": seq, "sid": sid(token), "typ": typ, "token": token}
        connection.execute(insert(tables.statements), row | {"entered_at": at, "n": seq, "receipt": "r"})
        return seq

    def opens(self, connection: Connection, at: int = NOW - 10 * DAY) -> None:
        card = sign_card(self.sig, self.link(at), sig=self.sig, enc=self.enc, passkeys=[], slots=[])
        seq = self.enter(connection, card, "vault-card+jwt", at)
        row = {"vlt": self.vlt, "bsn": H(self.vlt), "signed_in_at": at, "opened_at": at, "card_seq": seq, "seq": seq}
        connection.execute(insert(tables.vaults), row)

    def keeps(self, connection: Connection, cat: str, at: int = NOW - 9 * DAY) -> str:
        drw = new_id()
        self.drawers[drw] = (cat, 0)
        self.rotates(connection, drw, at)
        return drw

    def rotates(self, connection: Connection, drw: str, at: int = NOW - 9 * DAY) -> int:
        cat, ep = self.drawers[drw][0], self.drawers[drw][1] + 1
        self.drawers[drw] = (cat, ep)
        token = sign_epoch(
            self.sig, self.link(at), drw=drw, cat=cat, ep=ep, box=new_sealing_key(), dkc=H(drw),
            rsn="new" if ep == 1 else "rotate", env=[],
        )  # fmt: skip
        seq = self.enter(connection, token, "vault-epoch+jwt", at)
        row = {"vlt": self.vlt, "drw": drw, "ep": ep, "cat": cat, "seq": seq, "until": at + 120 * DAY}
        connection.execute(insert(tables.epochs), row)
        return ep

    def grants(
        self,
        connection: Connection,
        drw: str,
        *,
        key: str,
        act: str = "read",
        knd: str = "until",
        starts: int = NOW - 8 * DAY,
        ends: int = NOW + 30 * DAY,
        singles: list[str] | None = None,
        caseworkers: tuple[str, ...] = (),
        team: str = TEAM,
        **row: Any,
    ) -> str:
        cat, ep = self.drawers[drw]
        whole = act == "read" and singles is None
        given = {
            "id": drw, "cat": cat, "ep": list(range(1, ep + 1)) if whole else [],
            "env": [H(f"{drw}{n}") for n in range(ep)] if whole else [],
            "one": [{"rid": rid, "ver": 1, "h": H(rid)} for rid in singles or ()],
        }  # fmt: skip
        jti = new_id()
        token = sign_grant(
            self.sig, self.link(starts), jti=jti, aud=team, act=act, knd=knd, nbf=starts, exp=ends, drw=[given],
            pur={"uri": PURPOSE, "lang": "nl", "h": H("text")}, jkt=key, org=H("org"), req=None,
        )  # fmt: skip
        seq = self.enter(connection, token, "vault-grant+jwt", starts)
        values = {
            "vlt": self.vlt, "jti": jti, "seq": seq, "sid": sid(token), "card_seq": 0, "team": team,
            "purpose": PURPOSE, "starts": starts, "ends": ends, "entered_at": starts, "given_at": starts, "rules": 1,
        }  # fmt: skip
        connection.execute(insert(tables.grants), values | row)
        connection.execute(insert(tables.grant_places), {"jti": jti, "vlt": self.vlt})
        connection.execute(insert(tables.grant_drawers), {"vlt": self.vlt, "jti": jti, "drw": drw, "cat": cat})
        for emp in caseworkers:
            named = {"vlt": self.vlt, "jti": jti, "emp": emp, "since": starts}
            connection.execute(insert(tables.grant_caseworkers), named)
        return jti


def enters(vlt: str | None, t: str = "statement") -> Callable[[Connection, Batch], Entry]:
    """A work that appends one line."""
    members = {"sid": H("s"), "typ": "x+jwt"} if t == "statement" else {"sid": H("s"), "sub": "x"}
    return lambda connection, batch: batch.append(t, vlt, **members)


PLENTY = Rates(reads_an_hour=10**9)


class Registry:
    """The ledger and what it stands on. `key`: the ENC of the team that reads."""

    def __init__(
        self, path: Path, *, at: int = NOW, ready: bool = False, rates: Rates = PLENTY, url: str | None = None
    ) -> None:
        if not ready:
            databases.migrated("consent", path)
        self.path, self.url = path, url or databases.url_of(path)
        self.clock = Watch(at)
        self.database = Database(self.url)
        self.ledger = Ledger(self.database, self.clock, host=HOST, seed=SEED)
        self.journal = Journal("consent", "0.1.0", tables.journal)
        self.journal.show = lambda lines: None  # type: ignore[method-assign]
        self.asking = Asking(self.ledger, self.journal, self.clock, emp_secret=EMP_SECRET, subject=H, rates=rates)
        self.key = public(new_sealing_key())["kid"]

    @classmethod
    def at(cls, url: str) -> "Registry":
        """Over a database that is there, by its address."""
        return cls(Path("nowhere"), ready=True, url=url)

    def policy(self, *more: str) -> LogPolicy:
        names = {f"log.{HOST}/2026h2", f"log.{HOST}/2027h1", *more}
        return LogPolicy({name: NoteKey(name, LOG, SEED).vkey for name in names})

    async def start(self, *, daily: int = 1_000_000, reason: int = 0) -> None:
        """Begins the log, lists one team and one purpose."""
        await self.ledger.start()

        def fill(connection: Connection) -> None:
            since = NOW - 30 * DAY
            row = {"sid": H("org"), "token": "t", "shard": 0, "idx": 0, "logged_at": since, "valid_from": since}
            for team, enc in ((TEAM, self.key), (OTHER_TEAM, H("other"))):
                keys = {"team": team, "enc": enc, "sig": H(team), "valid_until": NOW + 1_000 * DAY}
                connection.execute(insert(tables.organisations), row | keys)
            purpose = {"uri": PURPOSE, "daily": daily, "reason": reason, "activity": "urn:x:1", "logged_at": since}
            connection.execute(insert(tables.purposes), purpose)

        await self.database.write(fill)

    async def person(self, *, cat: str = "school") -> tuple[Person, str]:
        """A vault with one drawer."""
        person, made = Person(), ""

        def fill(connection: Connection) -> str:
            person.opens(connection)
            return person.keeps(connection, cat)

        made = await self.database.write(fill)
        return person, made

    async def grant(self, person: Person, drw: str, **more: Any) -> str:
        """A signed grant to the team."""
        more.setdefault("key", self.key)
        return await self.database.write(lambda connection: person.grants(connection, drw, **more))

    async def change(self, table: Any, values: dict[str, Any], **where: Any) -> None:
        """Changes rows, as a use case would."""
        statement = update(table).values(values)
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)
        await self.database.write(lambda connection: connection.execute(statement))

    def look(self, grant: str, drw: str, **more: Any) -> Look:
        """A look of Fatima, with a fresh proof."""
        members: dict[str, Any] = {
            "stage": "read", "grant": grant, "team": TEAM, "client": CLIENT, "caseworker": FATIMA, "action": "read",
            "question": ProofSeen("", new_id(), self.clock.now()).question, "drawer": drw,
        }  # fmt: skip
        return Look(**(members | more))

    async def rows(self) -> list[Any]:
        """All rows of the log, in order."""
        ordered = select(tables.events).order_by(tables.events.c.shard, tables.events.c.idx)
        return await self.database.read(lambda connection: list(connection.execute(ordered)))

    async def verified(self) -> Report:
        """Walks the whole log, which must be as it was written."""
        report = await self.database.read(lambda connection: verify_log(connection, self.ledger.vkey))
        assert report.faults == []
        return report

    async def growth(self, earlier: int, later: int) -> list[bytes]:
        """The proof between two sizes of the first shard."""
        origin = f"log.{HOST}/2026h2"
        found = await self.database.read(lambda connection: consistency(connection, origin, earlier, later))
        assert found is not None
        return found

    def sql(self, statement: str, *values: Any) -> None:
        """Puts a fault into the database itself, behind everybody's back."""
        databases.change(self.path, statement, *values)

    async def close(self) -> None:
        """Ends the ledger and the database."""
        await self.ledger.close()
        self.database.close()
