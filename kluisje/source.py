# SPDX-License-Identifier: EUPL-1.2
"""A source: a school, a municipality, DUO. It puts documents into somebody's drawer and cannot look into it.

    duo = Source(http, pins, team, name="DUO", role="source")
    question = await duo.asks(share_code, for_="…", about=["school"])
    await duo.deposits(question, "school", {"…": "…"}, "urn:kluisje:schema:diploma:1", [path])

What is sealed here is sealed to a key that only the person (and whom she lets in) holds; the key of each
sealing is forgotten as soon as it is used. Source: formats.md section 3, "Deposit".
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.authorship import sign_record
from formats.event import verify_look
from formats.grant import Grant, read_grant, why_not
from formats.jose import Jwk
from formats.sealing import seal_deposit
from formats.spelling import FormatError, new_id
from formats.statement import EPOCH, Statement, verify_first_card, verify_statement
from kluisje.asking import Granted, Question
from kluisje.attachments import Outbox, Progress, Sealed, send
from kluisje.http import Sent
from kluisje.proofs import NotProven
from kluisje.signing_in import Details
from kluisje.system import System


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
        drawer's key is not the person's, is past its time, or is not in the log."""
        _, grants = await self.granted(question, "deposit")
        grant, drw = _place(grants, drawer)
        details = self.details("deposit", grant_id=grant.id)
        told = (await self.call("GET", f"/grants/{grant.id}/drawers/{drw}/epoch", details)).json()
        given, epoch = self.check_epoch(told, grant.id, drw)
        sch = schema or await self.directory.schema_for(body)
        rid = new_id()
        with Outbox() as outbox:
            sealed = await outbox.seal(attachments, vlt=given.vlt, drw=drw, rid=rid)
            jws = sign_record(
                self.team.sig,
                iss=self.team.party,
                vlt=given.vlt,
                drw=drw,
                rid=rid,
                ver=1,
                sch=sch,
                prv=instead_of,
                iat=self.http.clock(),
                body=body,
                att=[one.entry for one in sealed],
            )
            jwe = seal_deposit(jws, dict(epoch.claims["box"]))
            sent = {
                "jwe": jwe,
                "epoch": epoch.claims["ep"],
                "attachments": [one.announced() for one in sealed],
            }
            path = f"/grants/{grant.id}/drawers/{drw}/deposits"
            uploads = (await self.call("POST", path, details, json=sent)).json()["uploads"]
            for one in sealed:
                await self._send(one, uploads, path, details, progress)
        return rid

    def check_epoch(self, told: Mapping[str, Any], gnt: str, drw: str) -> tuple[Grant, Statement]:
        """Checks what a drawer's key rests on: the person's card, the grant, the signed epoch, its time, its
        place in the log. NotProven with the reason."""
        now = self.http.clock()
        try:
            card = verify_first_card(told["card"])
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
        sealed: Sealed,
        uploads: Sequence[Mapping[str, Any]],
        path: str,
        details: Details,
        progress: Progress | None,
    ) -> None:
        mine = next(one for one in uploads if one["attachment"] == sealed.entry.id)
        upload = mine["upload"]

        async def piece(k: int, data: bytes, sent: Sent) -> None:
            await self.call("PUT", f"{path}/uploads/{upload}/pieces/{k}", details, content=data, sent=sent)

        await send(sealed, piece, mine["wanted"], progress)
        await self.call("POST", f"{path}/uploads/{upload}/completions", details)


def _place(grants: Sequence[Granted], drawer: str) -> tuple[Granted, str]:
    """(grant, drawer id) by category or id. ValueError when no grant names it."""
    for grant in grants:
        for drw, category in grant.drawers.items():
            if drawer in (drw, category):
                return grant, drw
    raise ValueError(f"no grant names a drawer {drawer}")
