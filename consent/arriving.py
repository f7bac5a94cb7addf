# SPDX-License-Identifier: EUPL-1.2
"""Moving in: a chain and its lines from another installation, each checked as it comes, counted only at the end.

Nothing is believed on anybody's word. A statement comes with the receipt of the installation that entered it, a line
with its proof under that installation's checkpoint, and both are checked with keys that our owner pinned
(`elsewhere`). Until the end they lie under the empty vault that she signed in to, where they mean nothing; after a day
they are gone. The end, and what becomes of it, is `settling`. Source: vault.md section 4, docs/decisions/0012.
"""

from collections.abc import Sequence
from typing import Any

from chassis.database import Connection
from consent import store, store_arriving
from consent.elsewhere import Elsewhere, acknowledged
from consent.refusals import Absent, ChainMoved, Misplaced, NotAllowed, TooMuch
from consent.registry import Registry
from consent.store import Row
from formats.chain import Playback
from formats.event import verify_look
from formats.grant import GRANT, read_grant
from formats.jose import peek
from formats.spelling import FormatError, b64u, new_id
from formats.statement import EPOCH, REVOKE, Statement

DAY = 24 * 3600
MOST_STATEMENTS, MOST_LINES = 10_000, 20_000
"""Of one person: some thirty years of a busy vault. More is refused, so that nobody fills a disk by moving."""

_WHY = {"signature": "not-signed", "header": "not-signed", "chain": "not-the-next"}
Brought = tuple[str, str]
"""A statement and its receipt."""
BroughtLine = tuple[int, str | None, str | None, str]
"""n, event, nonce, proof."""


async def begin(registry: Registry, vlt: str, origin: str) -> tuple[Row, bool]:
    """Opens a move for a day; the one that runs, and False, when there is one from there.

    Raises NotAllowed (nobody moves in from there), ChainMoved (there is a vault already), Absent (nobody signed in).
    """
    if origin not in registry.installations:
        raise NotAllowed
    now = registry.clock.now()

    def work(connection: Connection) -> tuple[Row, bool]:
        vault = store.vault(connection, vlt)
        if vault is None or vault["bsn"] is None or vault["gone_at"] is not None:
            raise Absent
        if vault["opened_at"] is not None:
            raise ChainMoved
        running = store_arriving.one(connection, vlt, now)
        new = running is None or running["origin"] != origin
        if new:
            store_arriving.drop(connection, vlt)
            store_arriving.put(connection, {"vlt": vlt, "id": new_id(), "origin": origin, "until": now + DAY})
        return running_move(connection, vlt, None, now), new

    return await registry.database.write(work)


def running_move(connection: Connection, vlt: str, identifier: str | None, now: int) -> Row:
    """The move that runs, by its id (None: whichever). Raises Absent."""
    row = store_arriving.one(connection, vlt, now)
    if row is None or identifier not in (None, row["id"]):
        raise Absent
    return row


async def take_statements(
    registry: Registry, vlt: str, identifier: str, start: int, brought: Sequence[Brought]
) -> tuple[int, int]:
    """The next statements, from number `start` on; how many statements and lines are here. Again: nothing changes.

    Raises Absent, ChainMoved (`start` is not the next), TooMuch, Misplaced with the place and what is wrong there.
    """
    now, abouts = registry.clock.now(), list[tuple[str, ...]]()

    def load(connection: Connection) -> tuple[Row | None, Row | None, Sequence[Row], Sequence[Row]]:
        running_move(connection, vlt, identifier, now)
        abouts[:] = [_about(token, at) for at, (token, _) in enumerate(brought)]
        things = {one for found in abouts for one in found}
        return (
            store_arriving.last(connection, vlt),
            store_arriving.card(connection, vlt),
            store_arriving.about(connection, vlt, sorted(things)),
            store_arriving.from_(connection, vlt, start, len(brought)),
        )

    last, card, known, there = await registry.database.read(load)
    newest = -1 if last is None else int(last["seq"])
    if start <= newest:
        if [(row["token"], row["receipt"]) for row in there] != list(brought):
            raise ChainMoved
    else:
        rows = _checked(registry, vlt, start, brought, _played(last, card, known), abouts)

        def work(connection: Connection) -> None:
            running_move(connection, vlt, identifier, now)
            again = store_arriving.last(connection, vlt)
            if (-1 if again is None else int(again["seq"])) != start - 1:
                raise ChainMoved
            store_arriving.put_statements(connection, rows)

        if start + len(brought) > MOST_STATEMENTS:
            raise TooMuch
        await registry.database.write(work)
    return await registry.database.read(lambda connection: store_arriving.counts(connection, vlt))


def _about(token: str, at: int) -> tuple[str, ...]:
    """The drawers and grants that a statement is about, unverified: its own first."""
    try:
        header, claims = peek(token)
        if header["typ"] == EPOCH:
            return (str(claims["drw"]),)
        if header["typ"] == GRANT:
            return (str(claims["jti"]), *(str(one["id"]) for one in claims["drw"]))
        return (str(claims["jti"]),) if header["typ"] == REVOKE else ()
    except (FormatError, KeyError, TypeError) as error:
        raise Misplaced([(f"/items/{at}/statement", "unreadable")]) from error


def _played(last: Row | None, card: Row | None, known: Sequence[Row]) -> Playback:
    """The chain as far as it was brought: what the next statements have to fit. All of it was checked as it came."""
    played = Playback()
    if last is None or card is None:
        return played
    played.last, played.sig = _stood(last), peek(card["token"])[1]["sig"]
    for row in known:
        if row["typ"] == EPOCH:
            played.epochs[row["about"]] = _stood(row)
        elif row["typ"] == GRANT:
            played.grants[row["about"]] = read_grant(row["token"])
    return played


def _stood(row: Row) -> Statement:
    return Statement(row["typ"], row["sid"], row["token"], peek(row["token"])[1])


def _checked(
    registry: Registry,
    vlt: str,
    start: int,
    brought: Sequence[Brought],
    played: Playback,
    abouts: Sequence[tuple[str, ...]],
) -> list[dict[str, Any]]:
    """The rows of these statements, each with its place in the chain and its receipt checked."""
    whose = None if played.last is None else played.last.vlt
    rows = []
    for at, (token, receipt) in enumerate(brought):
        try:
            new = played.take(token)
        except FormatError as error:
            why = _WHY.get(str(error.args[0]) if error.args else "", "does-not-fit")
            raise Misplaced([(f"/items/{at}/statement", why)]) from error
        if new.seq != start + at or whose not in (None, new.vlt):
            raise Misplaced([(f"/items/{at}/statement", "not-the-next")])
        whose = new.vlt
        try:
            told = acknowledged(registry.installations, receipt, vlt=new.vlt, sid=new.sid, typ=new.typ)
        except FormatError as error:
            raise Misplaced([(f"/items/{at}/receipt", "not-acknowledged")]) from error
        rows.append(
            {"vlt": vlt, "seq": new.seq, "sid": new.sid, "typ": new.typ, "about": next(iter(abouts[at]), None)}
            | {"token": token, "receipt": receipt, "entered_at": told.iat, "entry": b64u(told.entry)}
        )
    return rows


async def take_lines(
    registry: Registry, vlt: str, identifier: str, origin: str, brought: Sequence[BroughtLine]
) -> tuple[int, int]:
    """The next lines of one log; how many statements and lines are here. Again: nothing changes.

    Raises Absent, NotAllowed (a log of nobody we know), ChainMoved, TooMuch, Misplaced.
    """
    now, start = registry.clock.now(), brought[0][0]

    def load(connection: Connection) -> tuple[Row | None, Row | None, Sequence[Row], int]:
        running_move(connection, vlt, identifier, now)
        if origin not in registry.installations:
            raise NotAllowed
        return (
            store_arriving.last(connection, vlt),
            store_arriving.last_line(connection, vlt, origin),
            store_arriving.lines_from(connection, vlt, origin, start, len(brought)),
            store_arriving.counts(connection, vlt)[1],
        )

    newest, before, there, held = await registry.database.read(load)
    if newest is None:
        raise Misplaced([("/items", "statements-first")])
    if before is not None and start <= before["n"]:
        if [(row["n"], row["event"], row["nonce"], row["proof"]) for row in there] != list(brought):
            raise ChainMoved
    else:
        whose = peek(newest["token"])[1]["iss"].removeprefix("vault:")
        rows = _checked_lines(registry.installations[origin], whose, before, brought)
        if held + len(rows) > MOST_LINES:
            raise TooMuch

        def work(connection: Connection) -> None:
            running_move(connection, vlt, identifier, now)
            again = store_arriving.last_line(connection, vlt, origin)
            if (-1 if again is None else again["n"]) != start - 1:
                raise ChainMoved
            store_arriving.put_lines(connection, [{"vlt": vlt, "origin": origin} | row for row in rows])

        await registry.database.write(work)
    return await registry.database.read(lambda connection: store_arriving.counts(connection, vlt))


def _checked_lines(
    where: Elsewhere, whose: str, before: Row | None, brought: Sequence[BroughtLine]
) -> list[dict[str, Any]]:
    """The rows of these lines: each in that log, none missing between them, all about her."""
    n = 0 if before is None else int(before["n"]) + 1
    prev: str | None = None if before is None else (before["entry"] or "")  # "": it was erased, whatever follows it
    rows = []
    for at, (number, event, nonce, proof) in enumerate(brought):
        if number != n + at:
            raise Misplaced([(f"/items/{at}/n", "a-line-is-missing")])
        value = None
        if event is not None:
            try:
                found = verify_look({"event": event, "nonce": nonce, "proof": proof}, where.log, witnessed=False)
            except FormatError as error:
                raise Misplaced([(f"/items/{at}/proof", "not-in-the-log")]) from error
            said = found.event
            if said.vlt != whose or said.n != number or prev not in ("", said.prev):
                raise Misplaced([(f"/items/{at}/event", "not-the-next")])
            value = b64u(found.entry)
        elif nonce is not None:
            raise Misplaced([(f"/items/{at}/nonce", "without-an-event")])
        prev = value or ""
        rows.append({"n": number, "entry": value, "event": event, "nonce": nonce, "proof": proof})
    return rows
