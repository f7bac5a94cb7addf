# SPDX-License-Identifier: EUPL-1.2
"""What a team can show, and what it is asked, once something was allowed: evidence, and "Waarom keek je?".

Everything signed is checked here before it is believed or kept. Source: gateway.md section 2, consent.md
section 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formats.event import verify_look
from formats.grant import Grant, read_grant
from formats.jose import Jwk, peek, public
from formats.receipt import Closing, verify_closing
from formats.request import Request, sign_why, verify_request
from formats.spelling import FormatError, public_ec
from formats.statement import verify_first_card, verify_statement
from kluisje.asking import Granted, Team
from kluisje.proofs import Line, NotProven, line_of

PAGE = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """What can be shown of one grant, checked. request, closing: None also when an older key of the team signed them
    (they are in `told`). lines: own looks (and what the team signed about them), oldest
    first, each proven to be in the log. told: the answers as they came, to be kept; they hold no value."""

    grant: Grant
    request: Request | None
    closing: Closing | None
    lines: tuple[Line, ...]
    told: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Why:
    """ "Waarom keek je?", as the team is asked. action: `read`, `deposit` or `refused`. employee: who looked,
    as the log names that colleague. due, looked: RFC 3339. answered: whether there is an answer."""

    id: str
    vlt: str
    grant: str
    entry: str
    employee: str
    action: str
    looked: str
    text: str
    due: str
    answered: bool


class Accountable(Team):
    """A team's application that can account for what it did."""

    _learning = "ask"  # the action by which it learns: a system has one of its own

    async def evidence(self, grant: "Granted | str") -> Evidence:
        """Question, grant, own lines with their proofs. NotProven when any of it does not check."""
        id_ = grant.id if isinstance(grant, Granted) else grant
        told: list[Mapping[str, Any]] = []
        query: dict[str, str | int] = {"pageSize": PAGE}
        while True:
            details = self.details(self._learning)
            page = (await self.call("GET", f"/grants/{id_}/evidence", details, query=query)).json()
            told.append(page)
            if page["next"] is None:
                break
            query["pageCursor"] = page["next"]
        try:
            return self.check_evidence(told, id_)
        except (FormatError, KeyError, TypeError) as error:
            raise NotProven("evidence", "what was told of this grant does not check") from error

    def check_evidence(self, told: list[Mapping[str, Any]], gnt: str) -> Evidence:
        """Evidence as it came, page by page; FormatError when it does not check. Needs no connection."""
        first, own = told[0], public(self.team.sig)
        card = peek(first["card"])[1]
        if card["seq"] == 0:  # signs itself; a later one stands on those before it, which her log names
            verify_first_card(first["card"])
        grant = read_grant(first["grant"])
        verify_statement(first["grant"], public_ec(card["sig"], "sig"))
        entered = verify_look(first["entered"], self.pins.log, witnessed=False).event
        if (grant.jti, grant.aud, entered.vlt, card["iss"]) != (gnt, self.team.party, grant.vlt, grant.iss):
            raise FormatError("grant")
        if (entered.t, entered.claims["sid"]) != ("statement", grant.sid):
            raise FormatError("entered")
        request = verify_request(first["request"], own) if _by(own, first["request"]) else None
        closing = verify_closing(first["closing"], own) if _by(own, first["closing"]) else None
        if (request is not None and request.jti != grant.req) or (closing is not None and closing.gnt != gnt):
            raise FormatError("grant")
        lines = [line_of(verify_look(one, self.pins.log, witnessed=False)) for page in told for one in page["items"]]
        if any(line.event.vlt != grant.vlt or (line.is_look and line.grant != gnt) for line in lines):
            raise FormatError("lines")
        return Evidence(grant, request, closing, tuple(reversed(lines)), tuple(told))

    async def questions(self, *, every: bool = False) -> list[Why]:
        """ "Waarom keek je?": what waits for an answer, newest first; `every`: what was answered too."""
        found: list[Why] = []
        query: dict[str, str | int] = {"pageSize": PAGE}
        while True:
            page = (await self.call("GET", "/questions", self.details(self._learning), query=query)).json()
            found += [_why(one) for one in page["items"]]
            if page["next"] is None:
                return [one for one in found if every or not one.answered]
            query["pageCursor"] = page["next"]

    async def explains(self, why: "Why | str", text: str) -> str:
        """Answers in the team's name, signed: at most 1,000 characters. Answers the receipt."""
        if isinstance(why, str):
            why = _why((await self.call("GET", f"/questions/{why}", self.details(self._learning))).json())
        answer = sign_why(
            self.team.sig,
            iss=self.team.party,
            vlt=why.vlt,
            ask=why.id,
            entry=why.entry,
            text=text,
            emp=why.employee,
            iat=self.http.clock(),
        )
        path = f"/questions/{why.id}/answers"
        told = await self.call("POST", path, self.details(self._learning), json={"answer": answer})
        return str(told.json()["receipt"])


def _by(key: Jwk, token: str | None) -> bool:
    """Whether this was signed with the key that the team has now; what an older key signed is only kept."""
    return token is not None and bool(peek(token)[0]["kid"] == key["kid"])


def _why(one: Mapping[str, Any]) -> Why:
    return Why(
        one["id"],
        one["vlt"],
        one["grant"],
        one["entry"],
        one["employee"],
        one["action"],
        one["lookedAt"],
        one["text"],
        one["due"],
        one["state"] == "answered",
    )
