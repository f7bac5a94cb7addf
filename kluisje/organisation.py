# SPDX-License-Identifier: EUPL-1.2
"""A team of an organisation: asking, reading what was allowed, giving it back.

    fatima = Caseworker(http, pins, team, door, name="Fatima", role="youth-worker")
    question = await fatima.asks(share_code, for_="back-to-school", about=["school"], days=30)
    records = await fatima.reads(question)

`Team` holds what a caseworker's application and an organisation's system share. Each read is a look: it is
decided, written in the person's log, and proven here before anything opens. Raises Refused, Unavailable,
NotProven.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from formats.attachment import AttachmentEntry
from formats.authorship import Record
from formats.request import Item, sign_import, sign_request
from formats.spelling import DAY, new_id
from kluisje.attachments import Progress, receive
from kluisje.browsing import Door
from kluisje.directory import Directory, Purpose
from kluisje.http import Answer, DPoP, Http, Refused
from kluisje.keyring import HeldKeys, TeamKeys
from kluisje.opening import Head, Opened, open_answer, prove
from kluisje.proofs import NotProven, Pins
from kluisje.signing_in import CaseworkerTokens, Details, SystemTokens

ACTION = "vault_access"


class Reachable(Protocol):
    """Someone who can hand over a share code: a `Person`."""

    async def share_code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant as its team sees it. drawers: id -> category. starts, ends: RFC 3339, as the gateway tells
    them."""

    id: str
    act: str
    kind: str
    starts: str
    ends: str
    drawers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as its asker sees it. state: `open`, `granted`, `countered`, `no-answer`, `taken-back`.
    code: `KX-42`."""

    id: str
    state: str
    code: str
    expires: str
    grants: tuple[Granted, ...]
    offer: Mapping[str, Any] | None
    purpose: str


def _granted(one: Mapping[str, Any], name: str) -> Granted:
    drawers = {str(each["id"]): str(each["category"]) for each in one["drawers"]}
    return Granted(one[name], one["act"], one["kind"], one["startsAt"], one["endsAt"], drawers)


def _question(one: Mapping[str, Any], purpose: str) -> Question:
    grants = tuple(_granted(each, "grant") for each in one["items"])
    return Question(
        one["id"], one["state"], one["bindingCode"], one["expiresAt"], grants, one["offer"], purpose
    )


class Team:
    """What every application of a team does. Made as `Caseworker` or `Source`."""

    def __init__(
        self,
        http: Http,
        pins: Pins,
        team: TeamKeys,
        tokens: CaseworkerTokens | SystemTokens,
        name: str,
        role: str | None,
    ) -> None:
        self.http, self.pins, self.team = http, pins, team
        self.gateway = f"{pins.origin}/gateway/v1"
        self.directory = Directory(http, f"{pins.origin}/consent/v1", pins)
        self._tokens, self._name, self._role = tokens, name, role
        self._questions: dict[str, Question] = {}

    async def call(self, method: str, path: str, details: Details, **given: Any) -> Answer:
        """A call to the gateway with a token of these details."""
        auth = DPoP(self._tokens.key, lambda: self._tokens.token(details), clock=self.http.clock)
        return await self.http.call(method, self.gateway + path, auth=auth, **given)

    def details(self, action: str, **members: str | None) -> Details:
        """One `vault_access` element of `authorization_details`, without the members that are None."""
        named = {name: value for name, value in members.items() if value is not None}
        return [{"type": ACTION, "actions": [action], **named, "locations": [self.gateway]}]

    # -- asking ----------------------------------------------------------------------------------------------

    async def asks(
        self,
        whom: "str | Reachable | None" = None,
        *,
        for_: str,
        about: Sequence[str] = (),
        days: int | None = None,
        kind: str = "until",
        note: str | None = None,
        bsn: str | None = None,
    ) -> Question:
        """Asks someone, by share code (or who hands one over), or by BSN.

        for_: a purpose, by URI or short name. about: drawers, records or answers that the purpose lists;
        empty asks what it calls required. days: for how long; without it the shortest that the purpose
        offers. kind: `once`, `until` or `every:<days>`. ValueError when the purpose does not list it."""
        purpose = await self.directory.purpose(for_)
        address = (
            {"bsn": bsn}
            if whom is None
            else {"shareCode": whom if isinstance(whom, str) else await whom.share_code()}
        )
        signed = await self._signed(purpose, about, days, kind, note)
        body = {"to": address, "request": signed}
        answer = await self.call("POST", "/consent-requests", self.details("ask"), json=body)
        return self._keep(_question(answer.json(), purpose.uri))

    async def _signed(
        self, purpose: Purpose, about: Sequence[str], days: int | None, kind: str, note: str | None
    ) -> str:
        own = await self.directory.team(self.team.party)
        if own.enc["kid"] != self.team.enc["kid"] or own.sig["kid"] != self.team.sig["kid"]:
            raise NotProven(
                "organisation", "the directory states other keys for this team than this file holds"
            )
        wanted = [purpose.item(ref) for ref in about] or [one for one in purpose.items if one[2]]
        now = self.http.clock()
        return sign_request(
            self.team.sig,
            iss=self.team.party,
            jti=new_id(),
            iat=now,
            exp=now + purpose.expiry * DAY,
            org=own.sid,
            act=purpose.act,
            pur=purpose.uri,
            knd=kind,
            items=[Item(*one) for one in wanted],
            nbf=now,
            ends=now + (min(purpose.ends) if days is None else days) * DAY,
            gnd=purpose.ground,
            note=note,
            role=self._role or purpose.roles[0],
            name=self._name,
        )

    async def looks_up(self, question: "Question | str") -> Question:
        """A question as it stands now."""
        found = question if isinstance(question, Question) else self._questions.get(question)
        id_ = question.id if isinstance(question, Question) else question
        answer = await self.call("GET", f"/consent-requests/{id_}", self.details("ask"))
        return self._keep(_question(answer.json(), found.purpose if found else ""))

    def _keep(self, question: Question) -> Question:
        self._questions[question.id] = question
        return question

    async def takes_back(self, question: Question) -> None:
        """Withdraws a question."""
        await self.call("POST", f"/consent-requests/{question.id}/withdrawals", self.details("ask"))

    async def grants(self) -> list[Granted]:
        """The team's grants, running and ended, newest first."""
        found: list[Granted] = []
        query: dict[str, str | int] = {"pageSize": 100}
        while True:
            page = (await self.call("GET", "/grants", self.details("ask"), query=query)).json()
            found += [_granted(one, "id") for one in page["items"]]
            if page["next"] is None:
                return found
            query["pageCursor"] = page["next"]

    async def granted(self, question: "Question | Granted | str", act: str) -> tuple[str, list[Granted]]:
        """(purpose, grants of this act) that came of a question. Refused `not-granted` if there is none."""
        if isinstance(question, Granted):
            return "", [question]
        id_ = question.id if isinstance(question, Question) else question
        found = self._questions.get(id_)
        if found is None or not found.grants:
            found = await self.looks_up(id_ if found is None else found)
        grants = [one for one in found.grants if one.act == act]
        if not grants:
            raise Refused("not-granted", f"There is no yes to this question; it is {found.state}.")
        return found.purpose, grants

    async def gives_up(self, question: "Question | Granted | str", act: str = "read") -> None:
        """Hands the grants back: the team needs them no more. Drawer keys that were held are dropped by the
        caller."""
        for grant in (await self.granted(question, act))[1]:
            await self.call("DELETE", f"/grants/{grant.id}", self.details("ask"))


@contextmanager
def _one_no() -> Iterator[None]:
    """A no to a read is one no, whether it meets a running token or the sign-in for a new one."""
    try:
        yield
    except Refused as no:
        if no.slug not in ("invalid_authorization_details", "invalid_grant"):
            raise
        raise Refused("not-allowed", "The grant has ended, or does not allow this now.", status=403) from no


class Caseworker(Team):
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
            with _one_no():
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

    async def opens(
        self, answer: Mapping[str, Any], gnt: str | None = None, drawer: str | None = None
    ) -> Opened:
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
            self._to_confirm.setdefault(proven.grant.jti, (proven.grant.vlt, set()))[1].update(
                opened.envelopes
            )
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
        with _one_no():
            await self._tokens.token(details)
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
