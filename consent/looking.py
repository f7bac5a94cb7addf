# SPDX-License-Identifier: EUPL-1.2
"""Looking back: her vault, chain, lines and receipts; and what anybody may check of the log.

Only she reads her lines. Lines of the log come with event, nonce and proof, so that her own device checks each; plain
lines come apart, without a tick. These pages are also her export.
"""

from typing import Literal

from chassis.clock import moment
from chassis.database import Connection
from consent import ages, proving, showing, store, store_lines, store_pauses, store_telling
from consent.entering import opened
from consent.looking_schemas import ConsentReceipt, Device, Line, PlainLine, Why
from consent.question import birth_of, out_of_reach
from consent.refusals import Absent, Misplaced
from consent.registry import Registry
from consent.schemas import EnteredStatement, Pause, Vault
from consent.service_schemas import Checkpoint, Consistency
from consent.store import Before, Row
from formats.spelling import FormatError, b64u


def log_id(origin: str) -> str:
    """The id of a log in a path: its origin with `~` for `/`."""
    return origin.replace("/", "~")


def origin_of(identifier: str) -> str:
    """The origin behind a log's id."""
    return identifier.replace("~", "/")


def vault(connection: Connection, vlt: str, now: int) -> Vault:
    """How her chain and consents stand. Raises Absent."""
    row = opened(connection, vlt)
    card = store.statement(connection, vlt, row["card_seq"])
    heads = proving.logs(connection)
    assert card is not None
    birth = birth_of(row)
    after = ages.next_band_at(birth, now)
    return Vault(
        vlt=vlt,
        seq=row["seq"],
        sid=row["sid"],
        card=card["token"],
        person=row["person"],
        log=log_id(heads[-1].origin),
        pauses=[
            Pause(id=one["id"], grant=one["jti"], since=moment(one["since"]))
            for one in store_pauses.open_pauses(connection, vlt)
        ],
        age_band=ages.band(birth, now),
        next_band_at=None if after is None else moment(after),
        erasure_at=None if row["erase_at"] is None else moment(row["erase_at"]),
    )


def statements(connection: Connection, vlt: str, before: int | None, most: int) -> list[EnteredStatement]:
    """Her chain, newest first, each with its receipt. Raises Absent."""
    opened(connection, vlt)
    rows = store.newest_statements(connection, vlt, 2**53 if before is None else before, most)
    return [
        EnteredStatement(seq=row["seq"], sid=row["sid"], typ=row["typ"], statement=row["token"], receipt=row["receipt"])
        for row in rows
    ]


def lines(connection: Connection, vlt: str, before: int | None, most: int) -> list[Line]:
    """Lines of the log about her, newest first. Raises Absent."""
    opened(connection, vlt)
    found = []
    for line in proving.lines(connection, vlt, before=before, limit=most):
        assert line.n is not None
        found.append(
            Line(
                n=line.n,
                event=None if line.event is None else b64u(line.event),
                nonce=None if line.nonce is None else b64u(line.nonce),
                proof=line.proof,
            )
        )
    return found


def plain_lines(
    registry: Registry, connection: Connection, vlt: str, now: int, before: Before, most: int
) -> list[PlainLine]:
    """Questions, answers, pauses and take-overs, newest first. Raises Absent."""
    row = opened(connection, vlt)
    hidden = out_of_reach(registry.catalogue, row, now)
    return [
        PlainLine(
            id=one["id"],
            at=moment(one["at"]),
            what=one["what"],
            team=one["team"],
            request=one["request"],
            grant=one["jti"],
            note=one["note"],
        )
        for one in store_lines.plain_lines(connection, vlt, row["bsn"], hidden, before, most)
    ]


def whys(connection: Connection, vlt: str, now: int, before: Before, most: int) -> list[Why]:
    """What she asked about looks, newest first. Raises Absent."""
    opened(connection, vlt)
    return [_why(connection, row, now) for row in store_telling.questions_of(connection, vlt, before, most)]


def why(connection: Connection, vlt: str, identifier: str, now: int) -> Why:
    """One question of hers about a look. Raises Absent."""
    opened(connection, vlt)
    row = store_telling.question(connection, vlt, identifier)
    if row is None:
        raise Absent
    return _why(connection, row, now)


def _why(connection: Connection, row: Row, now: int) -> Why:
    state: Literal["open", "no-answer", "answered"] = "open" if now < row["due"] else "no-answer"
    return Why(
        id=row["id"],
        line=row["n"],
        entry=row["entry"],
        team=row["team"],
        grant=row["jti"],
        text=row["text"],
        asked_at=moment(row["asked_at"]),
        due=moment(row["due"]),
        state=state if row["answered_at"] is None else "answered",
        answer=row["answer"],
        organisation=None if row["org"] is None else showing.signer(connection, row["team"], row["org"]),
        answered_at=None if row["answered_at"] is None else moment(row["answered_at"]),
    )


def receipts(connection: Connection, vlt: str, before: Before, most: int) -> list[ConsentReceipt]:
    """Her consent receipts, newest first. Raises Absent."""
    opened(connection, vlt)
    return [_receipt(row) for row in store_lines.newest_receipts(connection, vlt, before, most)]


def receipt(connection: Connection, vlt: str, identifier: str) -> ConsentReceipt:
    """One consent receipt. Raises Absent."""
    opened(connection, vlt)
    row = store_lines.receipt(connection, vlt, identifier)
    if row is None:
        raise Absent
    return _receipt(row)


def _receipt(row: Row) -> ConsentReceipt:
    return ConsentReceipt(id=row["id"], at=moment(row["at"]), grant=row["jti"], receipt=row["receipt"])


def device(row: Row, own: str) -> Device:
    """A device of hers. own: the key of the one that asks."""
    stopped = row["stopped_at"]
    return Device(
        id=row["jkt"],
        first_at=moment(row["first_at"]),
        seen_at=moment(row["last_at"]),
        stopped_at=None if stopped is None else moment(stopped),
        own=row["jkt"] == own,
    )


def checkpoint(connection: Connection, identifier: str) -> Checkpoint:
    """The newest signed checkpoint of a log. Raises Absent."""
    head = proving.checkpoint(connection, origin_of(identifier))
    if head is None:
        raise Absent
    return Checkpoint(size=head.size, note=head.note)


def consistency(connection: Connection, identifier: str, earlier: int, later: int) -> Consistency:
    """That the log of size `later` begins with the log of size `earlier`. Raises Absent, Misplaced."""
    try:
        hashes = proving.consistency(connection, origin_of(identifier), earlier, later)
    except FormatError as error:
        raise Misplaced([("to", "size")]) from error
    if hashes is None:
        raise Absent
    return Consistency(log=identifier, earlier=earlier, later=later, hashes=[b64u(one) for one in hashes])


def log_begun(connection: Connection) -> bool:
    """Whether there is a log to write to."""
    return bool(proving.logs(connection))
