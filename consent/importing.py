# SPDX-License-Identifier: EUPL-1.2
"""Importing what others decide: the catalogue at start, and snapshots of gezag. Through the ledger, as all that can
change an answer."""

import orjson

from chassis.database import Connection
from chassis.journal import Line
from consent import ledger_store, store, store_directory
from consent.batch import Batch
from consent.catalogue import CatalogueError
from consent.catalogue_signed import not_following
from consent.entering import opened
from consent.question import gezag_of
from consent.refusals import Forged, Misplaced
from consent.registry import Registry
from formats.authority import GEZAG, verify_gezag
from formats.catalogue import Catalogue as Statement
from formats.catalogue import verify_catalogue
from formats.spelling import FormatError


async def publish_catalogue(registry: Registry) -> None:
    """Brings what the decision needs of each purpose in line with the catalogue files; recalled ones are recalled. A new
    signed version is logged. Raises CatalogueError when it may not follow the one that is known."""

    def work(connection: Connection, batch: Batch) -> None:
        if registry.signed is not None:
            _takes_version(registry, connection, batch, registry.signed)
        for one in registry.catalogue.purposes.values():
            values = {"uri": one.uri, "daily": one.daily, "reason": int(one.reason)}
            store_directory.put_purpose(
                connection, values | {"activity": one.processing_activity, "logged_at": batch.now}
            )
            if one.uri in registry.catalogue.recalled:
                store_directory.recall(connection, one.uri, batch.now)

    await registry.ledger.run(work)


def _takes_version(registry: Registry, connection: Connection, batch: Batch, new: Statement) -> None:
    """Logs a version that was not seen before. The first that this installation sees may have any number."""
    known = store_directory.newest_version(connection)
    if known is not None and known["sid"] == new.sid:
        return
    assert registry.catalogue_key is not None
    wrong = [] if known is None else not_following(verify_catalogue(known["token"], registry.catalogue_key), new)
    if wrong:
        raise CatalogueError(wrong)
    entry = batch.append("catalogue", None, sid=new.sid, sub=new.iss)
    shard = ledger_store.shard_of(ledger_store.driver(connection), entry.origin)
    assert shard is not None
    kept = {"ver": new.ver, "sid": new.sid, "token": new.token, "shard": shard.shard, "idx": entry.index}
    store_directory.put_version(connection, kept | {"logged_at": batch.now})
    registry.account(connection, batch, Line("Catalogue published", f"version {new.ver}", "Ok", new.iss))


async def import_gezag(registry: Registry, token: str) -> None:
    """Takes in a snapshot of who has gezag over the owner of a vault (`vault-gezag+jwt` of the pinned source).

    Other holders, another kind or doubt than before: what rests on gezag has to be looked at again.
    Raises Forged, Absent (no such vault), Misplaced (not current, or by hand).
    """
    if registry.gezag_key is None:
        raise Forged
    try:
        said = verify_gezag(token, registry.gezag_key)
    except FormatError as error:
        raise Forged from error
    if said.emp is not None:
        raise Misplaced([("/emp", "by-hand")])

    def work(connection: Connection, batch: Batch) -> None:
        if not said.iat <= batch.now < said.exp:
            raise Misplaced([("/iat", "not-current")])
        opened(connection, said.vlt)
        before = gezag_of(connection, said.vlt)
        values = {"vlt": said.vlt, "sid": said.sid, "token": token, "kind": said.kind, "taken_at": said.at}
        values |= {"holders": orjson.dumps(said.adults).decode(), "in_doubt": int(said.inquiry), "until": said.exp}
        if not store.put_gezag(connection, values):
            return
        batch.append("statement", said.vlt, sid=said.sid, typ=GEZAG)
        same = before is not None and (
            before.kind == said.kind and set(before.holders) == set(said.adults) and before.in_doubt == said.inquiry
        )
        if before is not None and not same and said.at > before.taken_at:
            store.gezag_changed(connection, said.vlt, batch.now)
        line = Line("Gezag imported", "vault", "Ok", "system:gezag", registry.subject(said.vlt))
        registry.account(connection, batch, line)

    await registry.ledger.run(work)
