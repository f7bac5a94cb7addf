# SPDX-License-Identifier: EUPL-1.2
"""The directory: teams and their keys as another party signed them, logged here, and who is suspended.

A key, new or changed, counts after 72 hours in the log; there is no short cut. A withdrawn one counts no more, at once.
Imported by hand (`python -m serve import-organisation FILE`): plain functions over the registry, with its own clock.
"""

from typing import Literal

from chassis.database import Connection
from chassis.journal import Line
from consent import ledger_store, store_directory
from consent.batch import Batch
from consent.refusals import Absent, Forged, Misplaced
from consent.registry import Registry
from formats.organisation import WAIT, verify_organisation
from formats.spelling import FormatError, check_team, check_text

Kind = Literal["service", "organisation", "application", "caseworker"]


async def import_organisation(
    registry: Registry, token: str, *, role: str, name: str, address: str, contact: str
) -> int:
    """Takes in a directory statement (`vault-org+jwt`) of a team; answers from when its keys count.

    role: the one of the catalogue in which the team asks. name, address, contact: as receipts say them. The same
    statement again changes nothing but these. Raises Forged, Misplaced.
    """
    try:
        said = verify_organisation(token, registry.directory_key)
        team = check_team(said.sub)
        for text in (name, address, contact):
            check_text(text, 200)
    except FormatError as error:
        raise Forged from error
    if role not in registry.catalogue.roles:
        raise Misplaced([("/role", "unknown")])

    def work(connection: Connection, batch: Batch) -> int:
        now = batch.now
        there = store_directory.one(connection, team, said.sid)
        values = {"team": team, "role": role, "name": name, "address": address, "contact": contact}
        store_directory.put_team(connection, values | {"listed_at": now})
        if there is not None:
            return int(there["valid_from"])
        if not said.iat <= now < said.exp:
            raise Misplaced([("/statement", "not-current")])
        entry = batch.append("org", None, sid=said.sid, sub=team)
        shard = ledger_store.shard_of(ledger_store.driver(connection), entry.origin)
        assert shard is not None
        kept = {
            "team": team,
            "sid": said.sid,
            "token": token,
            "enc": said.enc["kid"],
            "sig": said.sig["kid"],
            "shard": shard.shard,
            "idx": entry.index,
            "logged_at": now,
            "valid_from": now + WAIT,
            "valid_until": said.exp,
        }
        store_directory.put(connection, kept)
        registry.account(connection, batch, Line("Organisation listed", team, "Ok", "system:directory"))
        return now + WAIT

    return await registry.ledger.run(work)


async def withdraw_key(registry: Registry, team: str, sid: str) -> None:
    """The keys of this statement count no more, from the answer on. Raises Absent."""

    def work(connection: Connection, batch: Batch) -> None:
        if not store_directory.withdraw(connection, team, sid, batch.now):
            raise Absent
        registry.account(connection, batch, Line("Organisation key withdrawn", team, "Ok", "system:directory"))

    await registry.ledger.run(work, stop=True)


async def suspend(registry: Registry, kind: Kind, subject: str) -> None:
    """Suspends the service (subject ""), a team, a client, or a caseworker (pseudonym as in the log)."""

    def work(connection: Connection, batch: Batch) -> None:
        store_directory.suspend(connection, kind, subject, batch.now)
        registry.account(connection, batch, Line(f"{kind.capitalize()} suspended", subject, "Ok", "system:directory"))

    await registry.ledger.run(work, stop=True)


async def resume(registry: Registry, kind: Kind, subject: str) -> None:
    """Ends a suspension."""

    def work(connection: Connection, batch: Batch) -> None:
        store_directory.resume(connection, kind, subject)
        registry.account(connection, batch, Line(f"{kind.capitalize()} resumed", subject, "Ok", "system:directory"))

    await registry.ledger.run(work)
