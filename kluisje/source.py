# SPDX-License-Identifier: EUPL-1.2
"""A source: a school, a municipality, DUO. It puts documents into somebody's drawer and cannot look into it.

    duo = Source(http, pins, team, name="DUO", role="source")
    question = await duo.asks(share_code, for_="…", about=["school"])
    await duo.deposits(question, "school", {"…": "…"}, "urn:kluisje:schema:diploma:1", [path])

Many documents at once: `kluisje.bringing`.

What is sealed here is sealed to a key that only the person (and whom she lets in) holds; the key of each
sealing is forgotten as soon as it is used. Source: formats.md section 3, "Deposit".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formats.authorship import sign_record
from formats.event import verify_look
from formats.grant import Grant, read_grant, why_not
from formats.jose import Jwk
from formats.sealing import seal_deposit
from formats.spelling import FormatError, new_id, sid
from formats.statement import EPOCH, Statement, verify_own_card, verify_statement
from kluisje.asking import Granted, Question
from kluisje.attachments import Outbox, Parcel, Progress, send
from kluisje.http import Sent
from kluisje.proofs import NotProven
from kluisje.signing_in import Details
from kluisje.system import System


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed deposit, ready to be sent, and sent again: the same bytes count once. No key is here that opens it.

    grant, drawer: where it goes. rid: the record's id, sid: of the signed record. at: when it was signed (seconds);
    it has to arrive within ten minutes.
    """

    grant: str
    drawer: str
    rid: str
    sid: str
    epoch: int
    at: int
    jwe: str
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True, slots=True)
class Brought:
    """A deposit that is in. look: the log entry with its proof, checked: the receipt, and all that a source learns."""

    rid: str
    sid: str
    look: Mapping[str, str]


class Source(System):
    """An organisation's system that deposits. It signs in as itself; it never reads."""

    async def deposits(
        self,
        question: "Question | Granted | str",
        drawer: str,
        body: Mapping[str, Any],
        schema: str | None = None,
        attachments: Sequence[Path] = (),
        *,
        instead_of: str | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Puts a document into a drawer (category or id) that a grant of this source names; answers the
        record's id.

        instead_of: the sid of the older document that this one takes the place of. NotProven when the
        drawer's key is not the person's, is past its time, or is not in the log. ValueError when the body is
        not what its record type asks."""
        _, grants = await self.granted(question, "deposit")
        grant, drw = place_of(grants, drawer)
        sch = schema or await self.directory.schema_for(body)
        with Outbox() as outbox:
            sealed = await self.seals(grant.id, drw, body, sch, attachments, outbox, instead_of=instead_of)
            await self.brings(sealed, progress)
        return sealed.rid

    async def seals(
        self,
        grant: str,
        drw: str,
        body: Mapping[str, Any],
        schema: str,
        attachments: Sequence[Path],
        outbox: Outbox,
        *,
        rid: str | None = None,
        instead_of: str | None = None,
    ) -> Sealed:
        """Checks the body, asks for the drawer's newest key, checks that, and seals to it. From here on nobody but
        the person can open it: the key of this sealing is forgotten. rid: of an earlier try."""
        misfits = await self.directory.misfits(schema, body)
        if misfits:
            raise ValueError(f"this is not what {schema} asks: {'; '.join(misfits)}")
        given, epoch = await self.epoch(grant, drw)
        rid = rid or new_id()
        files = await outbox.seal(attachments, vlt=given.vlt, drw=drw, rid=rid)
        now = self.http.clock()
        jws = sign_record(
            self.team.sig,
            iss=self.team.party,
            vlt=given.vlt,
            drw=drw,
            rid=rid,
            ver=1,
            sch=schema,
            prv=instead_of,
            iat=now,
            body=body,
            att=[one.entry for one in files],
        )
        jwe = seal_deposit(jws, dict(epoch.claims["box"]))
        parcels = tuple(Parcel(one.id, one.h, one.path, one.length) for one in files)
        return Sealed(grant, drw, rid, sid(jws), int(epoch.claims["ep"]), now, jwe, parcels)

    async def brings(self, sealed: Sealed, progress: Progress | None = None) -> Brought:
        """Sends a sealed deposit with what belongs to it: `announces`, then `sends`."""
        brought, wanted = await self.announces(sealed)
        await self.sends(sealed, wanted, progress)
        return brought

    async def announces(self, sealed: Sealed) -> tuple[Brought, Sequence[Mapping[str, Any]]]:
        """Puts the sealed object in; its receipt, and what of its attachments is wanted. The same bytes again are
        fine. Refused `version-exists` when the id was used: by this very deposit, if it was sent before."""
        details = self.details("deposit", grant_id=sealed.grant)
        announced = [one.announced() for one in sealed.parcels]
        sent = {"jwe": sealed.jwe, "epoch": sealed.epoch, "attachments": announced}
        told = (await self.call("POST", _deposits(sealed), details, json=sent)).json()
        return Brought(sealed.rid, sealed.sid, self.check_receipt(told["look"], sealed.grant, sealed.rid)), told[
            "uploads"
        ]

    async def sends(
        self, sealed: Sealed, uploads: Sequence[Mapping[str, Any]], progress: Progress | None = None
    ) -> None:
        """Sends the attachments that are wanted. The deposit shows when the last of them is there."""
        wanted = {one["attachment"]: one for one in uploads}
        for parcel in sealed.parcels:
            if parcel.id in wanted:  # else it came with an earlier try
                details = self.details("deposit", grant_id=sealed.grant)
                await self._send(parcel, wanted[parcel.id], _deposits(sealed), details, progress)

    def check_receipt(self, look: Mapping[str, str], gnt: str, rid: str) -> Mapping[str, str]:
        """The log entry of a deposit of this team. NotProven when it is not that, or not in the log."""
        try:
            event = verify_look(look, self.pins.log, witnessed=False).event
            named = [one["rid"] for one in event.claims.get("drw", ())]
            if (event.t, event.claims["by"], event.claims["gnt"], named) != ("deposit", self.team.party, gnt, [[rid]]):
                raise FormatError("event")
        except (FormatError, KeyError, TypeError) as error:
            raise NotProven("receipt", "the receipt of this deposit does not check") from error
        return {name: str(look[name]) for name in ("event", "nonce", "proof")}

    async def receipt(self, grant: str, rid: str) -> Mapping[str, str] | None:
        """The receipt of a deposit of before, from the evidence of its grant; None when there is none."""
        evidence = await self.evidence(grant)
        for page in evidence.told:
            for look in page["items"]:
                try:
                    return self.check_receipt(look, grant, rid)
                except NotProven:
                    continue
        return None

    async def epoch(self, grant: str, drw: str) -> tuple[Grant, Statement]:
        """The grant, and the drawer's newest epoch, checked. It leaves no line. NotProven with the reason."""
        details = self.details("deposit", grant_id=grant)
        told = (await self.call("GET", f"/grants/{grant}/drawers/{drw}/epoch", details)).json()
        return self.check_epoch(told, grant, drw)

    def check_epoch(self, told: Mapping[str, Any], gnt: str, drw: str) -> tuple[Grant, Statement]:
        """Checks what a drawer's key rests on: the person's card, the grant, the signed epoch, its time, its
        place in the log. NotProven with the reason."""
        now = self.http.clock()
        try:
            card = verify_own_card(told["card"])
            sig: Jwk = dict(card.claims["sig"])
            grant = read_grant(told["grant"])
            epoch = verify_statement(told["epoch"], sig)
            if epoch.typ != EPOCH or epoch.vlt != card.vlt or epoch.claims["drw"] != drw or grant.jti != gnt:
                raise FormatError("epoch")
        except (FormatError, KeyError, TypeError) as error:
            raise NotProven("forged", "card, grant or drawer key do not check") from error
        try:
            logged = verify_look(
                {name: told[name] for name in ("event", "nonce", "proof")}, self.pins.log, witnessed=True
            )
            claims = logged.event.claims
            if (logged.event.t, claims.get("sid"), logged.event.vlt) != ("statement", epoch.sid, card.vlt):
                raise FormatError("event")
        except (FormatError, KeyError, TypeError) as error:
            raise NotProven("no-proof", "the drawer's key is not in the log") from error
        if now >= epoch.claims["exp"]:
            raise NotProven("epoch-over", "the drawer's key is past its time: the person has to visit first")
        reason = why_not(
            grant.token,
            card_sig=sig,
            vlt=card.vlt,
            reader=self.team.party,
            key_jkt=None,
            party_keys=frozenset((str(self.team.sig["kid"]),)),
            act="deposit",
            drawers=(drw,),
            now=now,
            revoked=(),
            assents_missing=False,
        )
        if reason is not None:
            raise NotProven(reason, "the grant does not allow this")
        return grant, epoch

    async def _send(
        self,
        parcel: Parcel,
        upload: Mapping[str, Any],
        path: str,
        details: Details,
        progress: Progress | None,
    ) -> None:
        where = f"{path}/uploads/{upload['upload']}"

        async def piece(k: int, data: bytes, sent: Sent) -> None:
            await self.call("PUT", f"{where}/pieces/{k}", details, content=data, sent=sent)

        await send(parcel, piece, upload["wanted"], progress)
        await self.call("POST", f"{where}/completions", details)


def _deposits(sealed: Sealed) -> str:
    return f"/grants/{sealed.grant}/drawers/{sealed.drawer}/deposits"


def place_of(grants: Sequence[Granted], drawer: str) -> tuple[Granted, str]:
    """(grant, drawer id) by category or id. ValueError when no grant names it."""
    for grant in grants:
        for drw, category in grant.drawers.items():
            if drawer in (drw, category):
                return grant, drw
    raise ValueError(f"no grant names a drawer {drawer}")
