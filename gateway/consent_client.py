# SPDX-License-Identifier: EUPL-1.2
"""Consent as the gateway sees it: the calls it makes, with only the members it reads.

A no is consent's own problem, raised on as it is; consent away is `Problem unavailable`. Nothing is remembered.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from chassis import callers, logs
from chassis.calls import Peer, Reply
from chassis.clock import Moment, show_moment
from chassis.problems import unavailable
from formats.value import value

BASE = "/consent/v1"


class _Read(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class Drawer(_Read):
    """A drawer of a grant, as far as a page names it."""

    category: str


class Previewed(_Read):
    """A grant that a token may lean on, and when that has to end."""

    purpose: str
    title: str
    ends_at: Moment
    reason_needed: bool
    drawers: list[Drawer]


@value
class Looked:
    """A yes: the entry with its proof (the permit), the grant and the statements it leans on."""

    permit: Mapping[str, str]
    grant: str
    statements: Sequence[str]


class ConsentClient:
    """The calls. peer: consent, in this process or elsewhere."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def sign_in(self, *, vlt: str, bsn: str, birth_date: str, acr: str, auth_time: int) -> str:
        """Tells who signed in, and hears whose vault it is. The BSN is in the body and nowhere else."""
        body = {
            "vlt": vlt,
            "bsn": bsn,
            "birthDate": birth_date,
            "acr": acr,
            "authTime": show_moment(auth_time),
        }
        return str(_good(await self._peer.post(BASE + "/sign-ins", body)).json()["vlt"])

    async def settle(self, was: str, arrival: str, *, vlt: str, card: str, person: str) -> Mapping[str, Any]:
        """Ends a move of who is signed in as `was`: `{vlt, seq, receipts}`. Raises consent's problem."""
        path = f"{BASE}/vaults/{was}/arrivals/{arrival}/completions"
        found: Mapping[str, Any] = _good(
            await self._peer.post(path, {"vlt": vlt, "card": card, "person": person})
        ).json()
        return found

    async def preview(self, question: Mapping[str, Any]) -> Previewed | None:
        """Whether a token may lean on a grant: what to name on the page, or None for every kind of no."""
        reply = await self._peer.post(BASE + "/previews", question)
        if reply.status == 200:
            return Previewed.model_validate(reply.json())
        if reply.status >= 500:
            raise unavailable()
        return None

    async def ask(self, question: Mapping[str, Any]) -> Looked:
        """The decision over one look, written down in the same transaction. Raises consent's problem for a no."""
        reply = await self._peer.ask(BASE + "/looks", question)
        if reply.status == 409:  # the question id was taken: this very proof was played before
            raise callers.refused("invalid_dpop_proof")
        found = _good(reply).json()
        permit = {name: found[name] for name in ("event", "nonce", "proof")}
        return Looked(permit, found["grant"], found["statements"])

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Sequence[tuple[str, str]] = (),
    ) -> Reply:
        """A call that is passed on, with its good answer. Raises consent's problem."""
        sent = None if body is None else orjson.dumps(dict(body))
        return _good(await self._peer.call(method, BASE + path, sent, query=urlencode(query)))


def _good(reply: Reply) -> Reply:
    if reply.status == 401:  # it does not know us: that is ours to repair, not the caller's
        logs.log().error("alarm", part="gateway", what="not-known-at-consent")
        raise unavailable()
    if reply.status >= 300:
        raise reply.problem()
    return reply
