# SPDX-License-Identifier: EUPL-1.2
"""The ledger's statements: the log's rows, and what a look needs to know. Called inside the writer's transaction.

These run for every look, so they go straight to the driver, which keeps each of them prepared (building one with
SQLAlchemy costs more than running it). A list of wanted keys is a `VALUES` table that leads a CROSS JOIN: SQLite then
searches once per key, where `(a, b) IN (VALUES …)` would walk the whole table. A test reads the plans.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from chassis.database import Driver as Driver
from chassis.database import driver as driver
from chassis.database import many, stream
from formats.tree import Node

EventRow = tuple[int, int, str | None, int | None, bytes, bytes | None, bytes | None]
"""shard, idx, vlt, n, entry, nonce, bytes. The last two are None when the line was erased."""


# -- the log -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands: the shard that is written, its newest checkpoint, and the latest `now` ever used."""

    shard: int
    origin: str
    size: int
    root: bytes
    note: str
    now: int


_HEAD = "SELECT shard, origin, size, root, note, now FROM shards ORDER BY shard DESC LIMIT 1"
_NEW_SHARD = "INSERT INTO shards (shard, origin, size, root, note, now) VALUES (?, ?, ?, ?, ?, ?)"
_SAVE_HEAD = "UPDATE shards SET size = ?, root = ?, note = ?, now = ? WHERE shard = ?"
_SHARD = "SELECT shard, origin, size, root, note, now FROM shards WHERE origin = ?"
_SHARDS = "SELECT shard, origin, size, root, note, now FROM shards ORDER BY shard"
_TAIL = "SELECT n, entry FROM events WHERE vlt = ? ORDER BY n DESC LIMIT 1"
_TWIGS = """WITH wanted(idx) AS (VALUES $ROWS)
SELECT t.idx, t.hashes FROM wanted w CROSS JOIN twigs t ON t.shard = ? AND t.idx = w.idx"""
_PUT_TWIG = "INSERT INTO twigs (shard, idx, hashes) VALUES (?, ?, ?)"
_PUT_EVENT = "INSERT INTO events (shard, idx, vlt, n, entry, nonce, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)"
_LINES = """SELECT shard, idx, vlt, n, entry, nonce, bytes FROM events
WHERE vlt = ? AND n < ? ORDER BY n DESC LIMIT ?"""
_EVENT = "SELECT shard, idx, vlt, n, entry, nonce, bytes FROM events WHERE shard = ? AND idx = ?"
_WALK = """SELECT shard, idx, vlt, n, entry, nonce, bytes FROM events
WHERE shard = ? AND idx >= ? ORDER BY idx LIMIT ?"""
_CHAIN_WALK = "SELECT vlt, n, entry, bytes FROM events WHERE vlt IS NOT NULL ORDER BY vlt, n"
_TWIG_BYTES = "SELECT sum(length(hashes)) FROM twigs WHERE shard = ?"
_ERASE_LINES = "UPDATE events SET nonce = NULL, bytes = NULL WHERE vlt = ? AND n = ?"
_ERASE_ALL = "UPDATE events SET vlt = NULL, n = NULL, nonce = NULL, bytes = NULL WHERE vlt = ?"
# On PostgreSQL our role may not change a line of the log; these two functions of its owner can forget one, no more.
_FORGET_LINE = "SELECT forget_line(?, ?)"
_FORGET_LINES = "SELECT forget_lines(?)"
_MOST_KEYS = 5_000
HASH = 32
"""Bytes of a hash."""


def head(base: Driver) -> Head | None:
    """The log's head, locked by the writer's transaction; None before the first start."""
    row = base.execute(_HEAD).fetchone()
    return None if row is None else Head(*row)


def new_shard(base: Driver, made: Head) -> None:
    """Begins a shard."""
    base.execute(_NEW_SHARD, (made.shard, made.origin, made.size, made.root, made.note, made.now))


def save_head(base: Driver, made: Head) -> None:
    """Writes the head of the shard that is written."""
    base.executemany(_SAVE_HEAD, [(made.size, made.root, made.note, made.now, made.shard)])


def shard_of(base: Driver, origin: str) -> Head | None:
    """The shard with this origin."""
    row = base.execute(_SHARD, (origin,)).fetchone()
    return None if row is None else Head(*row)


def shards(base: Driver) -> list[Head]:
    """All shards, oldest first."""
    return [Head(*row) for row in base.execute(_SHARDS)]


def tail(base: Driver, vlt: str) -> tuple[int, bytes] | None:
    """Number and entry of the newest line of a vault."""
    return cast("tuple[int, bytes] | None", base.execute(_TAIL, (vlt,)).fetchone())


def nodes(base: Driver, shard: int, wanted: Sequence[Node]) -> dict[Node, bytes]:
    """The hashes of these subtrees, each from the row of its last leaf. One that is missing is missing in the answer too."""
    leaves = list(dict.fromkeys((idx + 1 << level) - 1 for level, idx in wanted))
    twigs: dict[int, bytes] = {}
    for start in range(0, len(leaves), _MOST_KEYS):
        some = leaves[start : start + _MOST_KEYS]
        twigs.update(many(base, _TWIGS, "n", [(one,) for one in some], (shard,)))
    found: dict[Node, bytes] = {}
    for level, idx in wanted:
        value = twigs.get((idx + 1 << level) - 1, b"")[HASH * level : HASH * (level + 1)]
        if len(value) == HASH:
            found[level, idx] = value
    return found


def grow(base: Driver, events: Sequence[EventRow], made: Sequence[tuple[int, int, bytes]]) -> None:
    """Writes new lines, one shard's, and the subtrees (level, idx, hash) that they complete, leaf by leaf and upwards."""
    base.executemany(_PUT_EVENT, events)
    twigs: list[bytes] = []
    for level, _, value in made:
        if level:
            twigs[-1] += value
        else:
            twigs.append(value)
    base.executemany(_PUT_TWIG, [(one[0], one[1], twig) for one, twig in zip(events, twigs, strict=True)])


def lines(base: Driver, vlt: str, before: int, limit: int) -> list[EventRow]:
    """A person's lines with `n` below `before`, newest first."""
    return base.execute(_LINES, (vlt, before, limit)).fetchall()


def event(base: Driver, shard: int, idx: int) -> EventRow | None:
    """One line of the log."""
    return cast("EventRow | None", base.execute(_EVENT, (shard, idx)).fetchone())


def erase_line(base: Driver, vlt: str, n: int) -> bool:
    """Forgets what one line said; the entry stays. True if there was such a line."""
    if isinstance(base, sqlite3.Connection):
        return base.execute(_ERASE_LINES, (vlt, n)).rowcount == 1
    return bool(base.execute(_FORGET_LINE, (vlt, n)).fetchone()[0] == 1)


def erase_lines(base: Driver, vlt: str) -> int:
    """Forgets what all lines of a vault said and whose they were; answers how many."""
    if isinstance(base, sqlite3.Connection):
        return base.execute(_ERASE_ALL, (vlt,)).rowcount
    return int(base.execute(_FORGET_LINES, (vlt,)).fetchone()[0])


def walk(base: Driver, shard: int, page: int = 1_000) -> Iterator[EventRow]:
    """Every line of a shard in order, a page at a time."""
    start = 0
    while rows := base.execute(_WALK, (shard, start, page)).fetchall():
        yield from rows
        start = rows[-1][1] + 1


def chains(base: Driver) -> Iterator[tuple[str, int, bytes, bytes | None]]:
    """vlt, n, entry, bytes of every line of every vault, vault by vault in order of `n`."""
    yield from stream(base, _CHAIN_WALK, ())


def twig_bytes(base: Driver, shard: int) -> int:
    """How many bytes of hashes a shard's tree has."""
    return int(base.execute(_TWIG_BYTES, (shard,)).fetchone()[0] or 0)


# -- savepoints ----------------------------------------------------------------------------------------------


def savepoint(base: Driver) -> None:
    """Begins one item of a batch."""
    base.execute("SAVEPOINT item")


def keep(base: Driver) -> None:
    """Ends the item and keeps what it wrote."""
    base.execute("RELEASE item")


def undo(base: Driver) -> None:
    """Ends the item and drops what it wrote."""
    base.execute("ROLLBACK TO item")
    base.execute("RELEASE item")


# -- looks ---------------------------------------------------------------------------------------------------

_CLAIM = """INSERT INTO taken (question, until) VALUES $ROWS
ON CONFLICT (question) DO NOTHING RETURNING question"""
# Rows lie in order of `until`, because `now` never goes back: only the oldest few are looked at.
_SWEEP = "DELETE FROM taken WHERE id <= (SELECT min(id) FROM taken) + ? AND until < ?"
_PLACES = """WITH asked(i, jti) AS (VALUES $ROWS)
SELECT a.i, p.vlt FROM asked a CROSS JOIN grant_places p ON p.jti = a.jti"""
_FACTS = """WITH asked(i, vlt, jti, emp, drw, day) AS (VALUES $ROWS)
SELECT a.i, gs.token, cs.token, g.team, g.purpose, g.given_at, g.waiting, g.rests_on_gezag,
  g.ended_why, v.birth_date, v.gezag_changed_at, v.gone_at, p.daily, p.reason, p.activity, p.recalled_at,
  EXISTS (SELECT 1 FROM pauses u WHERE u.vlt = a.vlt AND u.jti IS NULL)
    OR EXISTS (SELECT 1 FROM pauses u WHERE u.vlt = a.vlt AND u.jti = a.jti),
  EXISTS (SELECT 1 FROM grant_caseworkers c WHERE c.vlt = a.vlt AND c.jti = a.jti),
  EXISTS (SELECT 1 FROM grant_caseworkers c WHERE c.vlt = a.vlt AND c.jti = a.jti AND c.emp = a.emp),
  (SELECT max(e.ep) FROM epochs e WHERE e.vlt = a.vlt AND e.drw = a.drw),
  t.n, t.entry, d.looks, g.opened_at, g.opened_by
FROM asked a
  CROSS JOIN grants g ON g.vlt = a.vlt AND g.jti = a.jti
  CROSS JOIN vaults v ON v.vlt = a.vlt
  CROSS JOIN statements gs ON gs.vlt = a.vlt AND gs.seq = g.seq
  CROSS JOIN statements cs ON cs.vlt = a.vlt AND cs.seq = g.card_seq
  LEFT JOIN purposes p ON p.uri = g.purpose
  LEFT JOIN grant_days d ON d.vlt = a.vlt AND d.jti = a.jti AND d.day = a.day
  LEFT JOIN events t ON t.vlt = a.vlt AND t.n = (SELECT max(n) FROM events WHERE vlt = a.vlt)"""
_STANDING = """WITH asked(kind, subject) AS (VALUES $ROWS)
SELECT a.kind, a.subject FROM asked a CROSS JOIN suspensions s ON s.kind = a.kind AND s.subject = a.subject"""
_KEYS = """WITH asked(team) AS (VALUES $ROWS)
SELECT o.team, o.enc, o.sig, o.valid_until FROM asked a CROSS JOIN organisations o ON o.team = a.team
WHERE o.valid_from <= ? AND o.withdrawn_at IS NULL"""
_EPOCHS = """WITH asked(i, vlt, drw, least) AS (VALUES $ROWS)
SELECT a.i, e.ep, s.token FROM asked a
  CROSS JOIN epochs e ON e.vlt = a.vlt AND e.drw = a.drw AND e.ep >= a.least
  CROSS JOIN statements s ON s.vlt = e.vlt AND s.seq = e.seq"""
_OPENED = "UPDATE grants SET opened_at = ?, opened_by = ? WHERE vlt = ? AND jti = ?"
_COUNT = """INSERT INTO grant_days (vlt, jti, day, looks) VALUES (?, ?, ?, ?)
ON CONFLICT (vlt, jti, day) DO UPDATE SET looks = grant_days.looks + excluded.looks"""


@dataclass(slots=True)
class GrantState:
    """What looks themselves change: looks had today, and the newest opening."""

    looks: int
    opened_at: int | None
    opened_by: str | None


@dataclass(slots=True)
class GrantRow:
    """What the registry knows of one grant, for one look. Looks of one batch at one grant share its `state`."""

    vlt: str
    token: str
    card: str
    team: str
    purpose: str
    given_at: int
    waiting: int
    rests_on_gezag: int
    ended_why: str | None
    birth_date: str | None
    gezag_changed_at: int | None
    gone_at: int | None
    daily: int | None  # None: a purpose that nobody knows
    reason: int | None
    activity: str | None
    recalled_at: int | None
    paused: int
    assigned: int  # somebody is named as being on the case
    on_case: int  # this caseworker is
    newest_epoch: int | None  # of the drawer that is asked
    last: tuple[int, bytes] | None  # the vault's newest line
    state: GrantState


def claim(base: Driver, questions: Sequence[str], until: int) -> set[str]:
    """Takes these question ids, each once; answers those that nobody took before."""
    if not questions:
        return set()
    return {question for (question,) in many(base, _CLAIM, "tn", [(one, until) for one in questions])}


def sweep(base: Driver, most: int, now: int) -> None:
    """Drops question ids that nobody can play again, at most `most` of them."""
    base.executemany(_SWEEP, [(most, now)])


def places(base: Driver, grants: Sequence[str]) -> list[str | None]:
    """Whose each of these grants is; None: no such grant."""
    found: list[str | None] = [None] * len(grants)
    for i, vlt in many(base, _PLACES, "nt", [*enumerate(grants)]):
        found[i] = vlt
    return found


def grant_rows(base: Driver, asked: Sequence[tuple[int, str, str, str, str | None, str]]) -> dict[int, GrantRow]:
    """Facts for (i, vlt, jti, emp, drawer, day), by `i`. One that is missing has no grant (any more)."""
    vaults = {one[0]: one[1] for one in asked}
    found: dict[int, GrantRow] = {}
    for row in many(base, _FACTS, "nttttt", asked):
        i, *facts, n, entry, looks, opened_at, opened_by = row
        state = GrantState(looks or 0, opened_at, opened_by)
        found[i] = GrantRow(*(vaults[i], *facts, None if n is None else (n, entry), state))
    return found


def suspended(base: Driver, subjects: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (kind, subject) are suspended now."""
    return set(many(base, _STANDING, "tt", subjects))


def keys_of(base: Driver, teams: Sequence[str], now: int) -> Mapping[str, list[tuple[str, str, int]]]:
    """Per team its keys (enc, sig, valid until) that are 72 hours in the log and not withdrawn."""
    found: dict[str, list[tuple[str, str, int]]] = {team: [] for team in teams}
    for team, enc, sig, until in many(base, _KEYS, "t", [(team,) for team in teams], (now,)):
        found[team].append((enc, sig, until))
    return found


def epoch_tokens(base: Driver, asked: Sequence[tuple[int, str, str, int]]) -> dict[int, dict[int, str]]:
    """For (i, vlt, drawer, least epoch): by `i` the signed text of each epoch from `least` on."""
    found: dict[int, dict[int, str]] = {one[0]: {} for one in asked}
    for i, ep, token in many(base, _EPOCHS, "nttn", asked):
        found[i][ep] = token
    return found


def write_looks(
    base: Driver, opened: Sequence[tuple[int, str, str, str]], counted: Sequence[tuple[str, str, str]]
) -> None:
    """Writes openings (at, emp, vlt, jti), the last of each grant, and counts looks (vlt, jti, day)."""
    base.executemany(_OPENED, {one[2:]: one for one in opened}.values())
    base.executemany(_COUNT, [(*one, looks) for one, looks in Counter(counted).items()])
