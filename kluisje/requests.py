# SPDX-License-Identifier: EUPL-1.2
"""Questions to a person, and her answers: the inbox, a yes (to less, or shorter), an offer, a no.

A yes is a signed grant. What it opens is sealed first and named in it by hash, so a grant that is entered can
be read at once. Source: consent.md sections 1 and 3, formats.md section 5.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from formats.authorship import Record
from formats.grant import ANSWERS, Grant, read_grant
from formats.organisation import Organisation
from formats.request import Item, Request, verify_request
from formats.sealing import seal_envelope, seal_single
from formats.spelling import FormatError, H, new_id
from kluisje.chain import Chain
from kluisje.device import Device
from kluisje.directory import Directory, Purpose
from kluisje.drawers import Drawers
from kluisje.keyring import PersonKeys
from kluisje.proofs import NotProven

ANSWER_SCHEMA = "urn:kluisje:schema:answer:1"
When = int | datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the inbox, its signature and its asker's key checked.

    state: `open`, `waiting` … as consent tells it. code: the `KX-42` that asker and asked both see. grants:
    what came of it.
    """

    id: str
    state: str
    code: str
    request: Request
    asker: Organisation
    purpose: Purpose
    sensitive: bool
    grants: tuple[str, ...]

    @property
    def wants(self) -> list[str]:
        """What it asks for: categories, schema URIs, question URIs."""
        return [item.ref for item in self.request.items]


def seconds(when: When) -> int:
    """A moment as seconds. A date-time needs its time zone."""
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise ValueError("say which time zone")
        return int(when.astimezone(UTC).timestamp())
    return when


class Requests:
    """The inbox of one opened vault, and the answers to it."""

    def __init__(
        self,
        device: Device,
        keys: PersonKeys,
        chain: Chain,
        drawers: Drawers,
        directory: Directory,
        lang: str,
    ) -> None:
        self._device, self._keys, self._chain, self._drawers = device, keys, chain, drawers
        self._directory, self._lang = directory, lang

    async def inbox(self, *, every: bool = False) -> list[Asked]:
        """Questions that wait for an answer, newest first; `every`: those that are over too. One whose
        signature or key does not check raises NotProven."""
        listed = [one async for one in self._device.items("consent", "/consent-requests")]
        return [await self._asked(one) for one in listed if every or one["state"] == "open"]

    async def find(self, question: str) -> Asked:
        """One question, by its id."""
        return await self._asked((await self._device.consent("GET", f"/consent-requests/{question}")).json())

    async def _asked(self, one: Mapping[str, Any]) -> Asked:
        team = one["organisation"]["team"]
        asker = self._directory.learn(team, one["organisation"])
        try:
            request = verify_request(one["request"], asker.sig)
            if (request.iss, request.org, request.jti) != (asker.sub, asker.sid, one["id"]):
                raise FormatError("request")
        except FormatError as error:
            raise NotProven("request", f"the question {one['id']} is not signed by {team}") from error
        purpose = await self._directory.purpose(request.pur)
        grants = tuple(one["grants"])
        return Asked(request.jti, one["state"], one["bindingCode"], request, asker, purpose, one["sensitive"], grants)

    # -- yes -------------------------------------------------------------------------------------------------

    async def allow(
        self,
        asked: Asked,
        *,
        only: Collection[str] | None = None,
        until: When | None = None,
        once: bool = False,
        from_now_on: bool = False,
        answers: Mapping[str, bool] | None = None,
    ) -> Grant:
        """A yes to all that is asked, or less: `only` these items (whole or short names), `until` an earlier
        moment, just `once`, or `from_now_on` (nothing that is in the drawer already). `answers`: question URI
        -> her yes or no.

        ValueError when it would be no answer to this question: something required left out, later than asked,
        an item that was not asked, or a record that she does not have."""
        request = asked.request
        items = _chosen(asked, only)
        ends = request.ends if until is None else seconds(until)
        starts = max(request.nbf, self._device.http.clock())
        if not starts < ends <= request.ends:
            raise ValueError("that end is not one that was asked for")
        gnt = new_id()
        if request.act == "deposit":
            drawers = [self._given(await self._drawers.need(item.ref)) for item in items]
        else:
            drawers = await self._opened(asked, items, gnt, from_now_on, answers or {})
        text = asked.purpose.texts[self._lang]
        members = {
            "jti": gnt,
            "aud": request.iss,
            "act": request.act,
            "knd": "once" if once else request.knd,
            "nbf": starts,
            "exp": ends,
            "drw": drawers,
            "pur": {"uri": asked.purpose.uri, "lang": self._lang, "h": text[1]},
            "jkt": (asked.asker.enc if request.act == "read" else asked.asker.sig)["kid"],
            "org": asked.asker.sid,
            "req": request.jti,
        }

        async def answer(tokens: list[str]) -> list[str]:
            given = {"answer": "yes", "statements": tokens}
            path = f"/consent-requests/{asked.id}/answers"
            return [str(one) for one in (await self._device.consent("POST", path, json=given)).json()["receipts"]]

        try:
            entered = await self._chain.write(lambda draft: draft.grant(**members), answer)
        except BaseException:
            if request.act == "read":  # what was sealed for a grant that is not
                await self._device.vault("DELETE", f"/grants/{gnt}")
            raise
        return read_grant(entered[0].token)

    async def _opened(
        self, asked: Asked, items: list[Item], gnt: str, from_now_on: bool, answers: Mapping[str, bool]
    ) -> list[dict[str, Any]]:
        """Seals what the grant will open and stores it; answers the `drw` of the grant."""
        given: dict[str, dict[str, Any]] = {}
        for item in items:
            if item.kind == "drawer":
                drw = await self._drawers.need(item.ref)
                given[drw] = await self._whole(drw, asked.asker, gnt, from_now_on)
        for item in items:
            if item.kind == "drawer":
                continue
            singles = await self._singles(item, answers)
            if not singles and item.required:
                raise ValueError(f"there is nothing of {item.ref} in the vault")
            for record in singles:
                if given.get(record.drw, {}).get("ep"):
                    continue  # in a drawer that is opened as a whole
                one = given.setdefault(record.drw, self._given(record.drw))
                one["one"].append(await self._single(record, asked.asker, gnt))
        return list(given.values())

    def _given(self, drw: str) -> dict[str, Any]:
        return {"id": drw, "cat": self._drawers.category(drw), "ep": [], "env": [], "one": []}

    async def _whole(self, drw: str, asker: Organisation, gnt: str, from_now_on: bool) -> dict[str, Any]:
        given = self._given(drw)
        epochs = self._keys.keyring.drawer(drw).eps
        for epoch in epochs[-1:] if from_now_on else epochs:
            jwe = seal_envelope(epoch, asker.enc, vlt=self._device.vlt, gnt=gnt)
            path = f"/grants/{gnt}/envelopes/{drw}/{epoch.ep}"
            await self._device.vault("PUT", path, json={"jwe": jwe})
            given["ep"].append(epoch.ep)
            given["env"].append(H(jwe))
        return given

    async def _singles(self, item: Item, answers: Mapping[str, bool]) -> list[Record]:
        if item.kind == "answer":
            if item.ref not in answers:
                return []
            shown = self._directory.question_hash(item.ref, self._lang)
            body = {"q": item.ref, "h": shown, "val": answers[item.ref], "src": []}
            return [await self._drawers.keep(ANSWERS, body, ANSWER_SCHEMA)]
        found: list[Record] = []
        for drawer in self._keys.keyring.drawers:
            found += [record for record in await self._drawers.read(drawer.id) if record.sch == item.ref]
        return found

    async def _single(self, record: Record, asker: Organisation, gnt: str) -> dict[str, Any]:
        jwe = seal_single(record.token, asker.enc, gnt=gnt)
        await self._device.vault("PUT", f"/grants/{gnt}/singles/{record.rid}", json={"jwe": jwe})
        return {"rid": record.rid, "ver": record.ver, "h": H(jwe)}

    # -- anything else ---------------------------------------------------------------------------------------

    async def offer(
        self, asked: Asked, *, only: Collection[str], until: When | None = None, note: str | None = None
    ) -> None:
        """A counter-offer: these items, until then. Nothing is signed; the asker may accept it by asking just
        that."""
        items = [{"kind": item.kind, "ref": item.ref} for item in asked.request.items if _named(item, only)]
        if not items:
            raise ValueError("an offer names something that was asked")
        offer: dict[str, Any] = {"items": items}
        if until is not None:
            offer["endsAt"] = datetime.fromtimestamp(seconds(until), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if note is not None:
            offer["note"] = note
        await self._answer(asked.id, {"answer": "offer", "offer": offer})

    async def refuse(self, question: str) -> None:
        """A no. The asker sees what it would see if nobody had answered."""
        await self._answer(question, {"answer": "no"})

    async def _answer(self, question: str, given: Mapping[str, Any]) -> None:
        await self._device.consent("POST", f"/consent-requests/{question}/answers", json=given)


def _named(item: Item, names: Collection[str]) -> bool:
    short = item.ref.split(":")[-2] if item.ref.count(":") > 1 else item.ref
    return item.ref in names or short in names


def _chosen(asked: Asked, only: Collection[str] | None) -> list[Item]:
    """The items of a yes. ValueError when a name is none of the question's, or something required is left
    out."""
    items = [item for item in asked.request.items if only is None or _named(item, only)]
    for name in only or ():
        if not any(_named(item, {name}) for item in asked.request.items):
            raise ValueError(f"{name} was not asked")
    left_out = [item.ref for item in asked.request.items if item.required and item not in items]
    if left_out:
        raise ValueError(f"without {', '.join(left_out)} it is no yes to this question: make an offer")
    return items
