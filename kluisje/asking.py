# SPDX-License-Identifier: EUPL-1.2
"""What every application of a team does: asks, accepts an offer, takes questions back, gives grants up.

The team's key signs a question, so nobody can deny having asked and no server can invent one. Made as a
`Caseworker` (`kluisje.organisation`) or a `Source` (`kluisje.source`). Source: gateway.md section 2,
consent.md section 1.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from formats.jose import public
from formats.request import Item, sign_request, verify_request
from formats.spelling import DAY, new_id
from kluisje.directory import Directory, Purpose
from kluisje.http import Answer, DPoP, Http, Refused
from kluisje.keyring import TeamKeys
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
    return Question(one["id"], one["state"], one["bindingCode"], one["expiresAt"], grants, one["offer"], purpose)


def seconds_of(moment: str) -> int:
    """Seconds since 1970 of a moment as the gateway tells it (RFC 3339, `Z`)."""
    return int(datetime.fromisoformat(moment).timestamp())


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
        jti: str | None = None,
    ) -> Question:
        """Asks someone, by share code (or who hands one over), or by BSN.

        for_: a purpose, by URI or short name. about: drawers, records or answers that the purpose lists;
        empty asks what it calls required. days: for how long; without it the shortest that the purpose
        offers. kind: `once`, `until` or `every:<days>`. jti: an id for the question, noted beforehand by who
        wants to find it again whatever happens. ValueError when the purpose does not list it."""
        purpose = await self.directory.purpose(for_)
        address = (
            {"bsn": bsn} if whom is None else {"shareCode": whom if isinstance(whom, str) else await whom.share_code()}
        )
        wanted = [purpose.item(ref) for ref in about] or [one for one in purpose.items if one[2]]
        now = self.http.clock()
        ends = now + (min(purpose.ends) if days is None else days) * DAY
        signed = await self._signed(purpose, [Item(*one) for one in wanted], ends, kind, note, jti=jti)
        body = {"to": address, "request": signed}
        answer = await self.call("POST", "/consent-requests", self.details("ask"), json=body)
        return self._keep(_question(answer.json(), purpose.uri))

    async def _signed(
        self,
        purpose: Purpose,
        items: Sequence[Item],
        ends: int,
        kind: str,
        note: str | None,
        off: str | None = None,
        jti: str | None = None,
    ) -> str:
        own = await self.directory.team(self.team.party)
        if own.enc["kid"] != self.team.enc["kid"] or own.sig["kid"] != self.team.sig["kid"]:
            raise NotProven("organisation", "the directory states other keys for this team than this file holds")
        now = self.http.clock()
        return sign_request(
            self.team.sig,
            iss=self.team.party,
            jti=jti or new_id(),
            iat=now,
            exp=now + purpose.expiry * DAY,
            org=own.sid,
            act=purpose.act,
            pur=purpose.uri,
            knd=kind,
            items=items,
            nbf=now,
            ends=ends,
            gnd=purpose.ground,
            note=note,
            role=self._role or purpose.roles[0],
            name=self._name,
            off=off,
        )

    async def accepts(self, question: "Question | str", *, note: str | None = None) -> Question:
        """Accepts a counter-offer: asks anew, for exactly what was offered. It gives nothing by itself: the person
        says yes to the new question, or does not. ValueError when there is no offer with something in it."""
        id_ = question if isinstance(question, str) else question.id
        told = (await self.call("GET", f"/consent-requests/{id_}", self.details("ask"))).json()
        offer = told["offer"]
        if offer is None or not offer["items"]:
            raise ValueError("there is no offer of something to share: the question is " + str(told["state"]))
        asked = verify_request(told["request"], public(self.team.sig))
        purpose = await self.directory.purpose(asked.pur)
        required = {(item.kind, item.ref): item.required for item in asked.items}
        items = [
            Item(one["kind"], one["ref"], required.get((one["kind"], one["ref"]), False)) for one in offer["items"]
        ]
        ends = asked.ends if offer["endsAt"] is None else seconds_of(offer["endsAt"])
        signed = await self._signed(purpose, items, ends, asked.knd, note, off=id_)
        path = f"/consent-requests/{id_}/acceptances"
        answer = await self.call("POST", path, self.details("ask"), json={"request": signed})
        return self._keep(_question(answer.json(), purpose.uri))

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
        return [_granted(one, "id") async for one in self._each_grant()]

    async def _each_grant(self) -> AsyncIterator[Mapping[str, Any]]:
        query: dict[str, str | int] = {"pageSize": 100}
        while True:
            page = (await self.call("GET", "/grants", self.details("ask"), query=query)).json()
            for one in page["items"]:
                yield one
            if page["next"] is None:
                return
            query["pageCursor"] = page["next"]

    async def standing(self) -> tuple[list[Granted], dict[str, bool]]:
        """The same, and of each whether it is running."""
        found, running = list[Granted](), dict[str, bool]()
        async for one in self._each_grant():
            found.append(_granted(one, "id"))
            running[str(one["id"])] = one["state"] == "running"
        return found, running

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
