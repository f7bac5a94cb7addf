# SPDX-License-Identifier: EUPL-1.2
"""What a grantee will get: envelopes with an epoch's keys, and singles. Each names its grant and leaves only with it.

The person puts them in and takes them out (step 3 of stopping). A team that holds the keys says so itself; on its
signed word, and on nobody else's, the vault deletes just the envelopes it names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from formats.envelope import envelope_place
from formats.jose import peek
from formats.organisation import verify_organisation
from formats.record import single_place
from formats.request import verify_import
from formats.spelling import FormatError, H
from vault import store, store_handouts, store_records
from vault.component import Call, Vault, drawer_of, living, must_lie
from vault.refusals import BadSignature, NotHere, PlaceMismatch
from vault.store import Connection, Row


async def put_envelope(vault: Vault, call: Call, gnt: str, drw: str, ep: int, jwe: str) -> bool:
    """Stores an envelope of an epoch that exists; True when it changed. Raises NotHere, PlaceMismatch, OverQuota."""
    place = envelope_place(jwe)
    must_lie(place, vlt=call.vlt, gnt=gnt, drw=drw, ep=ep)
    h = H(jwe)

    def work(connection: Connection) -> tuple[None, bool]:
        drawer_of(connection, call.vlt, drw)
        if store.epoch(connection, call.vlt, drw, ep) is None:
            raise NotHere
        there = store_handouts.envelope(connection, call.vlt, gnt, drw, ep)
        if there is not None and there.h == h:
            return None, False
        vault.charge(connection, call.vlt, len(jwe) - (there.size if there else 0))
        row = {"vlt": call.vlt, "gnt": gnt, "drw": drw, "ep": ep, "kid": place.kid}
        store_handouts.put_envelope(connection, **row, h=h, size=len(jwe), jwe=jwe)
        return None, True

    return (await vault.change(call, "Envelope kept", f"grant:{gnt}", work))[1]


async def put_single(vault: Vault, call: Call, gnt: str, rid: str, jwe: str) -> bool:
    """Stores a single of a record version that exists; True when anything changed. Raises as `put_envelope`."""
    place = single_place(jwe)
    must_lie(place, vlt=call.vlt, gnt=gnt, rid=rid)
    h = H(jwe)

    def work(connection: Connection) -> tuple[None, bool]:
        living(connection, call.vlt)
        there = store_handouts.single(connection, call.vlt, gnt, rid)
        if there is not None and there.h == h:
            return None, False
        last = store.last_change(connection, call.vlt, rid)
        if last is None:
            raise NotHere
        if last.drw != place.drw:
            raise PlaceMismatch("drw")
        shown = store_records.version(connection, call.vlt, place.drw, rid, place.ver)
        if shown is None:
            raise PlaceMismatch("ver")
        vault.charge(connection, call.vlt, len(jwe) - (there.size if there else 0))
        row = {"vlt": call.vlt, "gnt": gnt, "rid": rid, "drw": place.drw, "ver": place.ver, "kid": place.kid}
        store_handouts.put_single(connection, **row, at=shown.at, h=h, size=len(jwe), jwe=jwe)
        return None, True

    return (await vault.change(call, "Single kept", f"grant:{gnt}", work))[1]


@dataclass(frozen=True)
class Shared:
    """What lies ready for a grant."""

    envelopes: Sequence[Row[Any]]
    singles: Sequence[Row[Any]]


async def shared(vault: Vault, call: Call, gnt: str) -> Shared:
    """The envelopes and singles of a grant; none when the vault knows none."""

    def work(connection: Connection) -> Shared:
        living(connection, call.vlt)
        return Shared(
            store_handouts.envelopes_of(connection, call.vlt, gnt),
            store_handouts.singles_of(connection, call.vlt, gnt),
        )

    return await vault.database.read(work)


async def remove(vault: Vault, call: Call, gnt: str) -> None:
    """Deletes every envelope and single of a grant, from the database file too. Again is fine."""

    def work(connection: Connection) -> tuple[None, bool]:
        living(connection, call.vlt)
        freed = store_handouts.drop_grant(connection, call.vlt, gnt)
        vault.charge(connection, call.vlt, -freed)
        return None, freed > 0

    _, changed = await vault.change(call, "Grant's envelopes deleted", f"grant:{gnt}", work)
    if changed:
        await vault.database.scrub()


async def confirm_import(vault: Vault, confirmation: str, organisation: str, trace: str | None) -> int:
    """Deletes the envelopes that a team confirms to hold: named by it, and sealed to its key. Returns how many.

    confirmation: the team's `vault-import+jwt`; organisation: its directory statement. Raises BadSignature, NotHere.
    """
    peek(confirmation)
    peek(organisation)
    try:
        team = verify_organisation(organisation, vault.directory_key)
        word = verify_import(confirmation, team.sig)
    except FormatError as error:
        raise BadSignature from error
    if word.iss != team.sub:
        raise BadSignature
    named = frozenset(word.env)

    def work(connection: Connection) -> tuple[int, bool]:
        living(connection, word.vlt)
        found = [
            row
            for row in store_handouts.envelopes_of(connection, word.vlt, word.gnt)
            if row.h in named and row.kid == team.enc["kid"]
        ]
        for row in found:
            store_handouts.drop_envelope(connection, word.vlt, word.gnt, row.drw, row.ep)
        vault.charge(connection, word.vlt, -sum(row.size for row in found))
        return len(found), bool(found)

    call = Call(word.vlt, word.iss, trace)
    count, changed = await vault.change(call, "Envelopes confirmed and deleted", f"grant:{word.gnt}", work)
    if changed:
        await vault.database.scrub()
    return count
