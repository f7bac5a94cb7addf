# SPDX-License-Identifier: EUPL-1.2
"""A caseworker's application: asking, reading what was allowed, giving it back.

    fatima = Caseworker(http, pins, team, door, name="Fatima", role="youth-worker")
    question = await fatima.asks(share_code, for_="back-to-school", about=["school"], days=30)
    records = await fatima.reads(question)

Each read is a look: it is decided, written in the person's log, and proven here before anything opens. Raises
Refused, Unavailable (`kluisje.http`) and NotProven (`kluisje.proofs`).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from formats.attachment import AttachmentEntry
from formats.authorship import Record
from formats.request import sign_import
from kluisje.accounting import Accountable
from kluisje.asking import Granted, Question, Team
from kluisje.attachments import Progress, receive
from kluisje.browsing import Door
from kluisje.http import DPoP, Http
from kluisje.keyring import HeldKeys, TeamKeys
from kluisje.opening import Head, Opened, open_answer, prove
from kluisje.proofs import NotProven, Pins
from kluisje.signing_in import CaseworkerTokens

__all__ = ["Caseworker", "Granted", "Question", "Team"]


class Caseworker(Accountable):
    """A caseworker's application: it signs the caseworker in, and reads in that name.

    door: where the sign-in goes. held: drawer keys kept from earlier (`kluisje.keyring.HeldKeys`). name and
    role: who will look, as the question says.
    """

    def __init__(
        self,
        http: Http,
        pins: Pins,
        team: TeamKeys,
        door: Door,
        *,
        name: str,
        role: str | None = None,
        held: HeldKeys | None = None,
    ) -> None:
        tokens = CaseworkerTokens(http, pins.origin, team.client, team.client_key, door)
        super().__init__(http, pins, team, tokens, name, role)
        self.held = held or HeldKeys()
        self._heads: dict[str, Head] = {}
        self._looks: set[tuple[str, int]] = set()
        self._to_confirm: dict[str, tuple[str, set[str]]] = {}

    async def reads(
        self,
        question: "Question | Granted | str",
        drawer: str | None = None,
        *,
        reason: str | None = None,
        keep: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> list[Record]:
        """Reads what a question's yes opened: all its drawers, or one (category or id). Each page is a look
        of its own: it is decided anew, stands in the person's log, and is proven before it opens. reason: why
        now, where the purpose asks. keep: called with each sealed answer that was proven, to be kept as
        evidence (it holds nothing readable)."""
        found: list[Record] = []
        purpose, grants = await self.granted(question, "read")
        for grant in grants:
            for drw, category in grant.drawers.items():
                if drawer in (None, drw, category):
                    found += await self._read(grant, drw, purpose or None, reason, keep)
        return found

    async def _read(
        self,
        grant: Granted,
        drw: str,
        purpose: str | None,
        reason: str | None,
        keep: Callable[[Mapping[str, Any]], None] | None,
    ) -> list[Record]:
        details = self.details("read", grant_id=grant.id, purpose=purpose, reason=reason)
        path = f"/grants/{grant.id}/drawers/{drw}/records"
        found: list[Record] = []
        query: dict[str, str | int] = {}
        while True:
            answer = (await self.call("GET", path, details, query=self._repeated(drw) | query)).json()
            opened = await self.opens(answer, grant.id, drw)
            found += opened.records
            if keep is not None:
                keep(answer)
            if answer["next"] is None:
                return found
            query["pageCursor"] = answer["next"]

    def _repeated(self, drw: str) -> dict[str, str | int]:
        """The head that was served last goes back with the next look: two histories would contradict each
        other in the log."""
        head = self._heads.get(drw)
        return {} if head is None else {"head": f"{head.n}.{head.h}"}

    async def opens(self, answer: Mapping[str, Any], gnt: str | None = None, drawer: str | None = None) -> Opened:
        """Proves and opens one sealed answer, just received. NotProven when anything does not check: nothing
        is opened then. A look counts once; the drawer's history must not be older than the one served before.
        """
        known = None if drawer is None else self._heads.get(drawer)
        proven = prove(
            answer,
            self.pins,
            reader=self.team.party,
            kids=self.team.kids(),
            gnt=gnt,
            drawer=drawer,
            known=known,
            now=self.http.clock(),
        )
        place = (proven.look.origin, proven.look.index)
        if place in self._looks:
            raise NotProven("no-proof", "this look was shown for another answer before")
        self._looks.add(place)
        opened = await open_answer(answer, proven, self.team, self.held, self.directory)
        self._heads[proven.drawer.id] = proven.head
        if opened.envelopes:
            self._to_confirm.setdefault(proven.grant.jti, (proven.grant.vlt, set()))[1].update(opened.envelopes)
        return opened

    async def fetches(
        self,
        grant: Granted,
        record: Record,
        entry: AttachmentEntry,
        target: Path,
        *,
        progress: Progress | None = None,
    ) -> None:
        """Writes an attachment (one of `record.att`) to a file, streamed, verified chunk by chunk. It is a
        look too."""
        details = self.details("read", grant_id=grant.id)
        auth = DPoP(self._tokens.key, lambda: self._tokens.token(details), clock=self.http.clock)
        place = f"/grants/{grant.id}/drawers/{record.drw}/records/{record.rid}/attachments/{entry.id}"
        url = self.gateway + place
        accept = {"Accept": "application/octet-stream"}
        async with self.http.stream("GET", url, auth=auth, headers=accept) as (_, pieces):
            where = {"vlt": record.vlt, "drw": record.drw, "rid": record.rid}
            await receive(pieces, entry, target, progress=progress, **where)

    async def confirms(self, grant: Granted) -> None:
        """ "We hold these keys": the vault deletes the envelopes that were opened. Keep `held` in a file
        before this: after it, only the person can make them again."""
        if grant.id not in self._to_confirm:
            return
        vlt, hashes = self._to_confirm[grant.id]
        token = sign_import(
            self.team.sig, iss=self.team.party, vlt=vlt, gnt=grant.id, env=hashes, iat=self.http.clock()
        )
        details = self.details("read", grant_id=grant.id)
        await self.call("POST", f"/grants/{grant.id}/imports", details, json={"confirmation": token})
        del self._to_confirm[grant.id]

    async def takes_over(self, grant: "Granted | str", reason: str) -> None:
        """Takes the case of a colleague, who from now on reads no more. The person is told, with the reason."""
        id_ = grant.id if isinstance(grant, Granted) else grant
        await self.call("POST", f"/grants/{id_}/take-overs", self.details("ask"), json={"reason": reason})
