# SPDX-License-Identifier: EUPL-1.2
"""The directory: teams, their keys and how they are shown, as another party signed them; and who is suspended.

What the directory says, new or changed, counts after 72 hours in the log; there is no short cut. A withdrawn key counts
no more, at once. Taken in by hand (`python -m serve import-organisation FILE`): functions over the registry, with its
own clock. `tend` shows a changed name when its 72 hours are over.
"""

from typing import Any, Literal

from chassis.database import Connection
from chassis.journal import Line
from consent import ledger_store, store_directory
from consent.batch import Batch
from consent.refusals import Absent, Forged, Misplaced
from consent.registry import Registry
from consent.store import Row, Values
from formats.jose import peek
from formats.listing import Listing, verify_listing
from formats.organisation import WAIT, Organisation, verify_organisation
from formats.spelling import FormatError, check_team

Kind = Literal["service", "organisation", "application", "caseworker"]
_SHOWN = ("role", "name", "address", "contact")


async def import_organisation(registry: Registry, statement: str | None, listing: str | None) -> int:
    """Takes in what the directory says of a team: its keys (`vault-org+jwt`), how it is shown (`vault-listing+jwt`), or
    both; a new team needs both. Answers from when the last of it counts. The same again changes nothing.

    Raises Forged (not signed by the pinned directory, not of one team), Misplaced (an unknown role, not current, or older
    than what is known).
    """
    try:
        keys = None if statement is None else verify_organisation(statement, registry.directory_key)
        face = None if listing is None else verify_listing(listing, registry.directory_key)
        parties = {check_team(one.sub) for one in (keys, face) if one is not None}
    except FormatError as error:
        raise Forged from error
    if len(parties) != 1:
        raise Forged
    [team] = parties
    if face is not None and face.role not in registry.catalogue.roles:
        raise Misplaced([("/listing/role", "unknown")])

    def work(connection: Connection, batch: Batch) -> int:
        if face is None and store_directory.team(connection, team) is None:
            raise Misplaced([("/listing", "missing")])
        shown = None if face is None else _lists(registry, connection, batch, team, face)
        counts = None if keys is None else _keys(registry, connection, batch, team, keys)
        return max(one for one in (shown, counts) if one is not None)

    return await registry.ledger.run(work)


def _keys(registry: Registry, connection: Connection, batch: Batch, team: str, said: Organisation) -> int:
    there = store_directory.one(connection, team, said.sid)
    if there is not None:
        return int(there["valid_from"])
    _current(said, batch.now, store_directory.newest(connection, team), "/statement")
    kept = _logged(connection, batch, team, said)
    kept |= {"enc": said.enc["kid"], "sig": said.sig["kid"], "valid_until": said.exp}
    store_directory.put(connection, kept)
    registry.account(connection, batch, Line("Organisation listed", team, "Ok", "system:directory"))
    return batch.now + WAIT


def _lists(registry: Registry, connection: Connection, batch: Batch, team: str, said: Listing) -> int:
    there = store_directory.listing(connection, team, said.sid)
    if there is not None:
        return int(there["valid_from"])
    _current(said, batch.now, store_directory.newest_listing(connection, team), "/listing")
    kept = _logged(connection, batch, team, said)
    kept |= {name: getattr(said, name) for name in _SHOWN}
    store_directory.put_listing(connection, kept)
    if store_directory.team(connection, team) is None:  # nobody knew it: there is no name that it could displace
        _shows(connection, kept)
    registry.account(connection, batch, Line("Organisation shown", team, "Ok", "system:directory"))
    return batch.now + WAIT


def _current(said: Organisation | Listing, now: int, known: str | None, at: str) -> None:
    """Refuses what is not valid now, and what was signed before something that is known: that would bring it back."""
    if not said.iat <= now < said.exp:
        raise Misplaced([(at, "not-current")])
    if known is not None and said.iat < peek(known)[1]["iat"]:
        raise Misplaced([(at, "older")])


def _logged(connection: Connection, batch: Batch, team: str, said: Organisation | Listing) -> dict[str, Any]:
    """Writes it into the log; where it stands there, and from when it counts."""
    entry = batch.append("org", None, sid=said.sid, sub=team)
    shard = ledger_store.shard_of(ledger_store.driver(connection), entry.origin)
    assert shard is not None
    where = {"shard": shard.shard, "idx": entry.index, "logged_at": batch.now, "valid_from": batch.now + WAIT}
    return {"team": team, "sid": said.sid, "token": said.token} | where


def _shows(connection: Connection, listing: Row | Values) -> None:
    values = {name: listing[name] for name in ("team", *_SHOWN)}
    store_directory.put_team(connection, values | {"listed_at": listing["logged_at"], "listing": listing["sid"]})


def show_due(connection: Connection, now: int, most: int) -> None:
    """Shows teams under what the directory said of them 72 hours ago, or longer. Part of `tend`: never too early."""
    for row in store_directory.listings_due(connection, now, most):
        _shows(connection, row)


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
