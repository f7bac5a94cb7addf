# SPDX-License-Identifier: EUPL-1.2
"""Tending: what time asks, once an hour. No decision waits for it: an end date counts at its own second.

Teams whose questions ended without an answer are told all together, shuffled, so that the order says nothing. Grants
whose end date passed get the events of every other end. Who owes an answer is reminded once. What may be kept no
longer goes.
"""

import secrets
from datetime import date

from chassis.database import Connection
from chassis.logs import log
from consent import (
    directory,
    ledger_store,
    store,
    store_arriving,
    store_devices,
    store_grants,
    store_leaving,
    store_lines,
    store_pauses,
    store_rates,
    store_requests,
    store_telling,
)
from consent.ages import day_of
from consent.batch import Batch
from consent.counting import count_late
from consent.decision import OPENING
from consent.ending import end_grant
from consent.explaining import REMINDED, tell_asked
from consent.leaving import erase
from consent.purposes import DAY
from consent.registry import Registry
from consent.requesting import AGAIN
from consent.telling import KEPT, tell, tell_answered
from formats.grant import read_grant
from formats.spelling import new_id

MOST = 500
"""Rows of one kind in one transaction."""
YEAR = 365 * DAY
RESTORE = 35 * DAY
"""How long an erasure is remembered, to be applied again after a restore."""


async def tend(registry: Registry) -> None:
    """Does all that is due. Safe to run at any time, and to miss."""
    while await registry.ledger.run(lambda connection, batch: _ends(registry, connection, batch)):
        pass
    await registry.ledger.run(lambda connection, batch: _goes(registry, connection, batch))


def _ends(registry: Registry, connection: Connection, batch: Batch) -> bool:
    """Questions without an answer and grants past their end; True when there may be more."""
    now = batch.now
    silent = list(store_requests.silent(connection, now, MOST))
    secrets.SystemRandom().shuffle(silent)
    for row in silent:
        vault = store.vault_at(connection, row["address"])
        for grant in store_grants.of_request(connection, vault["vlt"], row["id"]) if vault is not None else ():
            if grant["waiting"]:
                end_grant(registry, connection, now, grant, why="lapsed", by=None, shown_by=grant["sid"])
        tell_answered(registry, connection, now, address=row["address"], request=row["id"], team=row["team"])
    over = store_grants.expired(connection, now, MOST)
    for grant in over:
        end_grant(registry, connection, now, grant, why="expired", by=None, shown_by=grant["sid"])
    for grant in store_grants.opened_before(connection, now - OPENING, MOST):
        if read_grant(grant["token"]).knd == "once":
            end_grant(registry, connection, now, grant, why="used", by=None, shown_by=grant["sid"])
    _reminds(registry, connection, now)
    return MOST in (len(silent), len(over))


def _reminds(registry: Registry, connection: Connection, now: int) -> None:
    """Deletions at half time and "Waarom keek je?" on the fifth day: the team is told again, once. A deletion that is
    late: she is told, once. What is late is counted, once."""
    for duty in store_telling.half_time(connection, now):
        tell(registry, connection, now, duty["team"], "deletion-asked", f"/gateway/v1/grants/{duty['jti']}")
        store_telling.reminded(connection, duty["vlt"], duty["jti"], now)
    for duty in store_telling.late(connection, now):
        store_telling.late_said(connection, duty["vlt"], duty["jti"], now)
        count_late(connection, duty["team"], duty["due"], closing=True)
        log().warning("deletion-late", part="consent", grant=duty["jti"])
        vault = store.vault(connection, duty["vlt"])
        if vault is not None and vault["gone_at"] is None:
            line = {"vlt": duty["vlt"], "id": new_id(), "at": now, "what": "deletion-late", "team": duty["team"]}
            store_lines.put_line(connection, line | {"request": None, "jti": duty["jti"]})
    for asked in store_telling.unanswered(connection, now - REMINDED):
        tell_asked(registry, connection, now, asked["team"], asked["id"])
        store_telling.reminded_of(connection, asked["vlt"], asked["id"], now)
    for asked in store_telling.late_answers(connection, now):
        store_telling.late_counted(connection, asked["vlt"], asked["id"], now)
        count_late(connection, asked["team"], asked["due"], closing=False)


def _goes(registry: Registry, connection: Connection, batch: Batch) -> None:
    now = batch.now
    directory.show_due(connection, now, MOST)
    store.forget_birth_dates(connection, _eighteen_on(day_of(now)).isoformat())
    store_pauses.forget_codes(connection, now - 7 * DAY)
    store_telling.forget_events(connection, now - KEPT)
    store_devices.forget(connection, now - YEAR)
    store_rates.forget(ledger_store.driver(connection), now - DAY)
    store_requests.forget(connection, nobody_before=now - AGAIN, unanswered_before=now - YEAR)
    for vlt in store_arriving.over(connection, now):
        store_arriving.drop(connection, vlt)
    for vlt in store_leaving.erasures_due(connection, now):
        erase(registry, connection, batch, vlt)
    # A look in the very batch of an erasure leaves a line after it, and her device may call on: both go here.
    for vlt in store_leaving.gone(connection):
        ledger_store.erase_lines(ledger_store.driver(connection), vlt)
        store_devices.forget_all(connection, vlt)
    store_leaving.forget_gone(connection, now - RESTORE)


def _eighteen_on(day: date) -> date:
    """The latest birth date of who is 18 on `day`; who was born on 29 February is so on 1 March in other years."""
    try:
        return day.replace(year=day.year - 18)
    except ValueError:  # today is 29 February, and that year had none
        return date(day.year - 18, 2, 28)
