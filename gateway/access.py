# SPDX-License-Identifier: EUPL-1.2
"""Access: an organisation reads what was allowed, fetches an attachment, or deposits. Each is one look.

The story is always the same: consent decides and writes down, in one transaction; we check the signed grant itself;
the log entry with its proof is the permit that the vault asks for; what comes back is sealed and passes unopened. If
the vault fails after a yes, the line stays: the log may show a look too many, never one too few.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import orjson

from chassis import logs
from chassis.calls import Flow
from chassis.clock import Clock
from chassis.database import Database
from chassis.problems import Problem, unavailable
from formats.deposit import deposit_place
from formats.grant import read_grant, why_not
from formats.jose import peek
from formats.spelling import FormatError, public_ec, unb64u
from formats.statement import CARD
from formats.value import value
from gateway import store
from gateway.callers import Caller
from gateway.consent_client import ConsentClient, Looked
from gateway.vault_client import VaultClient

UPLOAD_SECONDS = 600


@value
class Place:
    """What is looked at. records: ids, or None for all that the grant covers. head: the head served last, or None."""

    grant: str
    drawer: str
    records: tuple[str, ...] | None = None
    epoch: int | None = None
    head: tuple[int, str] | None = None


class Access:
    """The use cases of reading and depositing."""

    def __init__(self, *, consent: ConsentClient, vault: VaultClient, database: Database, clock: Clock) -> None:
        self._consent, self._vault, self._database, self._clock = consent, vault, database, clock

    async def read(self, caller: Caller, place: Place, page: str | None) -> bytes:
        """The sealed answer, as JSON bytes that hold all that the organisation needs to check it without us."""
        caller.must("read", grant=place.grant)
        looked = await self._look(caller, place, stage="read", act="read")
        sealed = await self._vault.hand_out(looked.permit, page)
        ours = {"grant": looked.grant, "statements": looked.statements, "look": looked.permit}
        return orjson.dumps(ours)[:-1] + b"," + sealed.lstrip()[1:]

    async def fetch(self, caller: Caller, place: Place, attachment: str, start: int) -> Flow:
        """The sealed octets of one attachment of one record, from `start` on."""
        caller.must("read", grant=place.grant)
        looked = await self._look(caller, place, stage="attachment", act="read")
        return await self._vault.hand_out_attachment(looked.permit, attachment, start)

    async def deposit(self, caller: Caller, place: Place, jwe: str, attachments: list[dict[str, Any]]) -> bytes:
        """Puts a sealed object into a drawer. Its uploads are the caller's alone for ten minutes.
        The answer holds the log entry with its proof: the source's receipt, and all it learns."""
        caller.must("deposit", grant=place.grant)
        sealed = deposit_place(jwe)
        if sealed.drw != place.drawer:
            raise Problem("place-mismatch", "Deposit into the drawer that the sealed header names.")
        named = Place(place.grant, place.drawer, (sealed.rid,), place.epoch)
        looked = await self._look(caller, named, stage="deposit", act="deposit")
        reply = await self._vault.deposit(looked.permit, jwe, attachments)
        uploads = [
            {"upload": one["id"], "attachment": one["attachment"], "wanted": one["wanted"]}
            for one in reply.json()["uploads"]
        ]
        until = self._clock.now() + UPLOAD_SECONDS
        own = {"client": caller.client, "grant": place.grant, "drawer": place.drawer, "until": until}
        rows = [{"id": one["upload"], **own} for one in uploads]
        if rows:
            await self._database.write(lambda c: store.new_uploads(c, rows))
        return orjson.dumps({"uploads": uploads, "look": dict(looked.permit)})

    async def may_upload(self, caller: Caller, grant: str, drawer: str, upload: str) -> bool:
        """Whether this upload began with a deposit of this caller, here."""
        caller.must("deposit", grant=grant)
        now = self._clock.now()
        return await self._database.read(lambda c: store.may_upload(c, upload, caller.client, grant, drawer, now))

    async def _look(self, caller: Caller, place: Place, *, stage: str, act: str) -> Looked:
        """Asks consent, then checks the signed grant ourselves. Raises Problem."""
        head = place.head
        looked = await self._consent.ask(
            {
                "stage": stage,
                "question": caller.question,
                "grant": place.grant,
                "team": caller.team,
                "client": caller.client,
                "caseworker": caller.subject,
                "action": act,
                "purpose": caller.details.purpose,
                "drawer": place.drawer,
                "records": None if place.records is None else list(place.records),
                "epoch": place.epoch,
                "reason": caller.details.reason,
                "head": None if head is None else [{"drw": place.drawer, "n": head[0], "h": head[1]}],
            }
        )
        reason = disagreement(looked, place=place, reader=caller.team, act=act, now=self._clock.now())
        if reason is not None:
            logs.log().error("alarm", part="gateway", what="grant-disagrees", reason=reason)
            raise unavailable()
        return looked


def disagreement(looked: Looked, *, place: Place, reader: str, act: str, now: int) -> str | None:
    """Why the signed grant itself does not allow what consent allowed, or None. Then somebody is wrong, or lies."""
    try:
        vlt = orjson.loads(unb64u(looked.permit["event"]))["vlt"]
        grant = read_grant(looked.grant)
        sig = _card_sig(looked.statements, vlt)
    except (FormatError, ValueError, KeyError, TypeError):
        return "unreadable"
    if grant.jti != place.grant:
        return "other-grant"
    return why_not(
        looked.grant,
        card_sig=sig,
        vlt=vlt,
        reader=reader,
        key_jkt=None,
        party_keys=None,
        act=act,
        drawers=(place.drawer,),
        now=now,
        revoked=(),
        assents_missing=False,
    )


def _card_sig(statements: Collection[str], vlt: str) -> Mapping[str, str]:
    """The person's public SIG, from the card among the statements. Raises FormatError without one of this vault."""
    for token in statements:
        found = _card(token)
        if found is not None and found[0] == f"vault:{vlt}":
            return found[1]
    raise FormatError("card")


@lru_cache(maxsize=2048)
def _card(token: str) -> tuple[str, Mapping[str, str]] | None:
    """(iss, SIG) of a card, None of another statement. Remembered by its immutable text."""
    header, claims = peek(token)
    return (claims["iss"], public_ec(claims["sig"], "sig")) if header["typ"] == CARD else None
