# SPDX-License-Identifier: EUPL-1.2
"""Closing: what a team says it did after an end. `erased`, or `kept` until when, under which article of its purpose.

Nobody here can see whether it is true: the team signs it, it stands in the log, and she reads it. A closing that is
late is told to her once, and shown as overdue until it comes.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent import showing, store, store_telling
from consent.batch import Batch
from consent.ending import end_grant
from consent.receipts import acknowledge
from consent.refusals import Forged, Misplaced, RequestClosed
from consent.registry import Registry
from consent.requesting import CLOCK
from consent.store import Row
from consent.teams import key_of, own_grant
from formats.receipt import CLOSING, Closing, verify_closing
from formats.spelling import FormatError


async def close(registry: Registry, team: str, jti: str, token: str) -> str | None:
    """Takes in a team's closing; its receipt (None when the vault is gone: then there is nobody's log to name).

    The same again: the same receipt. After `kept` another may follow, after `erased` none.
    Raises Absent (not theirs), Unspelled, NotAllowed, KeyNotReady, Forged, Misplaced, RequestClosed.
    """

    def work(connection: Connection, batch: Batch) -> str | None:
        duty = _owed(registry, connection, batch.now, team, jti)
        if duty["closing"] == token:
            return None if duty["receipt"] is None else str(duty["receipt"])
        key = key_of(connection, team, token, batch.now)
        try:
            said = verify_closing(token, key.sig)
        except FormatError as error:
            raise Forged from error
        _fits(registry, duty, said, batch.now)
        if duty["answer"] == "erased":
            raise RequestClosed
        return _keep(registry, connection, batch, duty, said, token)

    return await registry.ledger.run(work)


def _owed(registry: Registry, connection: Connection, now: int, team: str, jti: str) -> Row:
    """The duty behind a grant of this team. One that is past its end is ended here, if the hour has not come yet."""
    duty = store_telling.duty(connection, team, jti)
    if duty is None:
        row = own_grant(connection, team, jti)
        state, reason = showing.standing(connection, [row], now)[0]
        if state != "ended":
            raise Misplaced([("/closing", "still-running")])
        why = reason if reason in ("expired", "used") else "lapsed"
        end_grant(registry, connection, now, row, why=why, by=None, shown_by=row["sid"])
        duty = store_telling.duty(connection, team, jti)
    if duty is None:
        raise Misplaced([("/closing", "nothing-owed")])  # a deposit grant handed nothing over
    return duty


def _fits(registry: Registry, duty: Row, said: Closing, now: int) -> None:
    purpose = registry.catalogue.purposes.get(duty["purpose"] or "")
    articles = () if purpose is None else purpose.articles
    checks = [
        ((said.iss, said.vlt, said.gnt) == (duty["team"], duty["vlt"], duty["jti"]), "/closing", "other-grant"),
        (now - CLOCK <= said.iat <= now + CLOCK, "/closing/iat", "not-current"),
        (said.ans == "erased" or said.art in articles, "/closing/art", "not-listed"),
        (said.until is None or said.until > now, "/closing/until", "over"),
    ]
    wrong = [(at, code) for fine, at, code in checks if not fine]
    if wrong:
        raise Misplaced(wrong)


def _keep(registry: Registry, connection: Connection, batch: Batch, duty: Row, said: Closing, token: str) -> str | None:
    vault = store.vault(connection, duty["vlt"])
    receipt = None
    line = Line("Deletion answered", f"grant {duty['jti']}", "Ok", duty["team"], registry.subject(duty["vlt"]))
    registry.account(connection, batch, line)
    if vault is not None and vault["gone_at"] is None:
        entry = batch.append("statement", duty["vlt"], sid=said.sid, typ=CLOSING)
        receipt = acknowledge(registry, entry, duty["vlt"], said.sid, CLOSING, batch.now)
    elif said.ans == "erased":
        store_telling.drop_duty(connection, duty["vlt"], duty["jti"])
        return None
    values = {"answer": said.ans, "until": said.until, "article": said.art, "closing": token}
    store_telling.close_duty(connection, duty["vlt"], duty["jti"], values | {"receipt": receipt, "at": batch.now})
    return receipt
