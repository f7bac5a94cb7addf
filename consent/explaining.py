# SPDX-License-Identifier: EUPL-1.2
""" "Waarom keek je?": she asks about one of her lines, the team that looked answers in its own name.

Once per line. The team has seven days and is reminded on the fifth; a later answer is still taken, and until it comes
she reads that there is none. The answer is signed, stands in the log, and names the very line it is about.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent import proving, store_telling
from consent.batch import Batch
from consent.entering import opened
from consent.purposes import DAY
from consent.receipts import acknowledge
from consent.refusals import Absent, Forged, Misplaced, RequestClosed
from consent.registry import Registry
from consent.requesting import CLOCK
from consent.store import Row
from consent.teams import key_of
from consent.telling import tell
from formats.event import read_event
from formats.request import WHY, Why, verify_why
from formats.spelling import FormatError, b64u, new_id

ANSWER_BY = 7 * DAY
REMINDED = 5 * DAY
_LOOKS = ("read", "deposit", "refused")


async def ask_why(registry: Registry, vlt: str, n: int, text: str) -> tuple[Row, bool]:
    """Asks the team behind line `n`; her question, and False when she had asked about that line before.

    Raises Absent: no such vault or line, or not a look of a team at a grant of hers.
    """
    fresh = new_id()

    def work(connection: Connection, batch: Batch) -> tuple[Row, bool]:
        opened(connection, vlt)
        there = store_telling.question_about(connection, vlt, n)
        if there is not None:
            return there, False
        found = proving.lines(connection, vlt, before=n + 1, limit=1)
        event = read_event(found[0].event) if found and found[0].n == n and found[0].event is not None else None
        if event is None or event.t not in _LOOKS or event.claims["gnt"] is None:
            raise Absent
        team, now = event.claims["by"], batch.now
        values = {"vlt": vlt, "id": fresh, "n": n, "entry": b64u(found[0].entry), "what": event.t, "team": team}
        values |= {"looked_at": event.at, "emp": event.claims["emp"], "jti": event.claims["gnt"], "text": text}
        store_telling.put_question(connection, values | {"asked_at": now, "due": now + ANSWER_BY})
        tell_asked(registry, connection, now, team, fresh)
        line = Line("Look questioned", f"question {fresh}", "Ok", f"vault:{vlt}", registry.subject(vlt))
        registry.account(connection, batch, line)
        row = store_telling.question(connection, vlt, fresh)
        assert row is not None
        return row, True

    return await registry.ledger.run(work)


def tell_asked(registry: Registry, connection: Connection, now: int, team: str, identifier: str) -> None:
    """The team is told that there is a question, and told again on the fifth day."""
    tell(registry, connection, now, team, "question-asked", f"/gateway/v1/questions/{identifier}")


async def answer(registry: Registry, team: str, identifier: str, token: str, who: str) -> str:
    """Takes in a team's answer; its receipt. The same again: the same receipt.

    Raises Absent (not asked of them), Unspelled, NotAllowed, KeyNotReady, Forged, Misplaced, RequestClosed (there is
    another answer).
    """

    def work(connection: Connection, batch: Batch) -> str:
        row = store_telling.asked_of_team_one(connection, team, identifier)
        if row is None:
            raise Absent
        if row["answer"] == token:
            return str(row["receipt"])
        key = key_of(connection, team, token, batch.now)
        try:
            said = verify_why(token, key.sig)
        except FormatError as error:
            raise Forged from error
        _fits(row, said, batch.now)
        if row["answered_at"] is not None:
            raise RequestClosed
        vlt = row["vlt"]
        entry = batch.append("statement", vlt, sid=said.sid, typ=WHY)
        receipt = acknowledge(registry, entry, vlt, said.sid, WHY, batch.now)
        store_telling.answer(connection, vlt, identifier, token, key.sid, receipt, batch.now)
        actor = f"{team} {registry.employee(team, who)}"
        line = Line("Look explained", f"question {identifier}", "Ok", actor, registry.subject(vlt))
        registry.account(connection, batch, line)
        return receipt

    return await registry.ledger.run(work)


def _fits(row: Row, said: Why, now: int) -> None:
    checks = [
        ((said.iss, said.vlt, said.ask) == (row["team"], row["vlt"], row["id"]), "/answer", "other-question"),
        (said.entry == row["entry"], "/answer/entry", "other-line"),
        (said.emp == row["emp"], "/answer/emp", "other-employee"),
        (now - CLOCK <= said.iat <= now + CLOCK, "/answer/iat", "not-current"),
    ]
    wrong = [(at, code) for fine, at, code in checks if not fine]
    if wrong:
        raise Misplaced(wrong)
