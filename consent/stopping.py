# SPDX-License-Identifier: EUPL-1.2
"""Stopping: the one thing that needs nothing but the sign-in. And pauses, of one grant or of everything.

A stop is entered before it is acknowledged: from the receipt on every decision is no (P01). A pause tells nobody: its
asker reads any other no, and end dates run on. Opening a pause takes more than starting one.
"""

from chassis.database import Connection
from chassis.journal import Line
from consent import store, store_grants, store_lines, store_pauses
from consent.batch import Batch
from consent.ending import end_grant
from consent.entering import enter, opened, spelled
from consent.passkey import touched
from consent.receipts import acknowledge_stop
from consent.refusals import Absent, Misplaced, StepUpNeeded
from consent.registry import Registry
from consent.schemas import Presence
from formats.jose import peek
from formats.spelling import b64u, new_id, unb64u

RENEWED_SECONDS = 600
"""How fresh a renewal signed after the unlock code must be to open a pause."""


async def stop(registry: Registry, vlt: str, jti: str, revoke: str | None) -> list[str]:
    """Stops a grant of the caller; answers the receipts. revoke: the signed one, None for sign-in alone.

    A grant that has ended stays as it ended; the stop is written down and acknowledged all the same.
    Raises Absent, Misplaced (a revoke of another grant), and what `enter` raises.
    """
    if revoke is not None:
        header, claims = spelled(revoke)
        if header["typ"] != "vault-revoke+jwt" or claims.get("jti") != jti:
            raise Misplaced([("/statement", "other-grant")])

    def work(connection: Connection, batch: Batch) -> list[str]:
        opened(connection, vlt)
        row = store_grants.one(connection, vlt, jti)
        if row is None:
            raise Absent
        line = Line("Grant stopped", f"grant {jti}", "Ok", f"vault:{vlt}", registry.subject(vlt))
        registry.account(connection, batch, line)
        if revoke is not None:
            return list(enter(registry, connection, batch, vlt, [revoke], None).receipts)
        entry = batch.append("stop", vlt, by=f"vault:{vlt}", gnt=jti, sid=None)
        by = f"vault:{vlt}"
        shown_by = b64u(entry.entry)
        end_grant(registry, connection, batch.now, row, why="withdrawn", by=by, shown_by=shown_by)
        return [acknowledge_stop(registry, entry, vlt, batch.now)]

    return await registry.ledger.run(work, stop=True)


async def pause(registry: Registry, vlt: str, jti: str | None) -> tuple[str, int]:
    """Pauses one grant, or (None) everything: id and since when. Again: the pause that is there. Raises Absent."""

    def work(connection: Connection, batch: Batch) -> tuple[str, int]:
        opened(connection, vlt)
        if jti is not None and store_grants.one(connection, vlt, jti) is None:
            raise Absent
        for there in store_pauses.open_pauses(connection, vlt):
            if there["jti"] == jti:
                return str(there["id"]), int(there["since"])
        fresh = store_pauses.put_pause(connection, vlt, jti, batch.now)
        _note(registry, connection, batch, vlt, "paused", jti)
        return fresh, batch.now

    return await registry.ledger.run(work, stop=True)


def close_all(registry: Registry, connection: Connection, batch: Batch, vlt: str) -> None:
    """Pauses everything of a vault that is not paused, for her: only her device opens it again."""
    store_pauses.put_pause(connection, vlt, None, batch.now)
    _note(registry, connection, batch, vlt, "paused", None)


async def open_again(registry: Registry, vlt: str, identifier: str, jti: str | None, presence: Presence) -> None:
    """Opens a pause. Takes a passkey touch, or a renewal: her key signed it just now, behind the statement that was the newest
    when the pause began, so her unlock code was used. What sleeps since a restore takes that renewal: it confirms the head of
    her chain. Raises Absent, StepUpNeeded."""

    def work(connection: Connection, batch: Batch) -> None:
        there = next((p for p in store_pauses.open_pauses(connection, vlt) if p["id"] == identifier), None)
        if there is None or there["jti"] != jti:
            raise Absent
        if presence.assertion is not None and there["why"] is None:
            if not is_there(registry, connection, vlt, presence, batch.now):
                raise StepUpNeeded
        elif not store.renewed_after(connection, vlt, there["seq"], batch.now - RENEWED_SECONDS):
            raise StepUpNeeded
        store_pauses.end_pause(connection, vlt, identifier)
        _note(registry, connection, batch, vlt, "opened", jti)

    await registry.ledger.run(work)


def is_there(registry: Registry, connection: Connection, vlt: str, presence: Presence, now: int) -> bool:
    """Whether a challenge of ours was answered by a passkey of her card. The challenge is spent with the change."""
    if presence.challenge is None or presence.assertion is None:
        return False
    asked = store_pauses.take_challenge(connection, vlt, presence.challenge)
    vault = store.vault(connection, vlt)
    if asked is None or now >= asked["until"] or vault is None or vault["card_seq"] is None:
        return False
    card = store.statement(connection, vlt, vault["card_seq"])
    assert card is not None
    return touched(
        credential=presence.assertion.credential,
        authenticator_data=presence.assertion.authenticator_data,
        client_data=presence.assertion.client_data,
        signature=presence.assertion.signature,
        challenge=unb64u(asked["challenge"]),
        passkeys=peek(card["token"])[1]["wa"],
        page=registry.page,
    )


def _note(registry: Registry, connection: Connection, batch: Batch, vlt: str, what: str, jti: str | None) -> None:
    """A plain line for her, and the accountability line. Nobody else is told."""
    line = {"vlt": vlt, "id": new_id(), "at": batch.now, "what": what, "team": None, "request": None, "jti": jti}
    store_lines.put_line(connection, line)
    told = "Access paused" if what == "paused" else "Access opened again"
    registry.account(connection, batch, Line(told, "grants", "Ok", f"vault:{vlt}", registry.subject(vlt)))
