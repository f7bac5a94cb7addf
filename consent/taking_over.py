# SPDX-License-Identifier: EUPL-1.2
"""Taking over: a colleague of the team is on the case from now on, and says why. She reads it as a plain line.

Nothing of the grant changes: the same drawers, purpose and end; who was on the case is so no more.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent import showing, store_grants, store_lines
from consent.batch import Batch
from consent.decision import No
from consent.look import LookRefused
from consent.refusals import Misplaced
from consent.registry import Registry
from consent.teams import own_grant
from consent.telling import tell
from formats.grant import read_grant
from formats.spelling import new_id


async def take_over(registry: Registry, team: str, jti: str, caseworker: str, reason: str) -> None:
    """The caseworker takes the case of a running grant. Raises Absent (not theirs), LookRefused (it ended), Misplaced
    (a deposit grant is the whole party's). Whether it is paused makes no difference and is not told."""

    def work(connection: Connection, batch: Batch) -> None:
        row = own_grant(connection, team, jti)
        if read_grant(row["token"]).act != "read":
            raise Misplaced([("/reason", "whole-party")])
        if showing.standing(connection, [row], batch.now)[0][0] == "ended":
            raise LookRefused(No("ended"))
        emp = registry.employee(team, caseworker)
        store_grants.take_case(connection, row["vlt"], jti, emp, batch.now)
        line = {"vlt": row["vlt"], "id": new_id(), "at": batch.now, "what": "taken-over", "team": team}
        store_lines.put_line(connection, line | {"request": None, "jti": jti, "note": reason})
        tell(registry, connection, batch.now, team, "grant-changed", f"/gateway/v1/grants/{jti}")
        told = Line("Case taken over", f"grant {jti}", "Ok", f"{team} {emp}", registry.subject(row["vlt"]))
        registry.account(connection, batch, told)

    await registry.ledger.run(work)
