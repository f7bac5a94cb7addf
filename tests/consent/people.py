# SPDX-License-Identifier: EUPL-1.2
"""Citizens with devices that sign, and teams that ask: each knows the town it lives in."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from chassis.calls import Reply
from consent.purposes import text_hash
from formats.dpop import ProofSeen, make_proof
from formats.jose import new_sealing_key, new_signing_key, public, sign, sign_bytes
from formats.person import sign_person
from formats.receipt import sign_closing
from formats.request import Item, sign_request, sign_why
from formats.spelling import DAY, H, b64u, new_id, sid, thumbprint
from formats.statement import Link, sign_assent, sign_card, sign_epoch, sign_grant, sign_revoke
from tests.consent.outside import BACK_TO_SCHOOL, IDENTITY, ORIGIN, PORTAL, SUBSTANTIAL, call, claims_of


@dataclass
class Citizen:
    """Somebody with a device: a DPoP key, SIG, and a chain."""

    town: Any  # the Town
    bsn: str
    vlt: str = field(default_factory=new_id)
    sig: dict[str, str] = field(default_factory=new_signing_key)
    enc: dict[str, str] = field(default_factory=new_sealing_key)
    device: dict[str, str] = field(default_factory=new_signing_key)
    passkey: dict[str, str] = field(default_factory=new_signing_key)
    chain: list[str] = field(default_factory=list)
    drawers: dict[str, tuple[str, int]] = field(default_factory=dict)
    signed_in: int | None = None

    async def calls(self, method: str, path: str, body: Any = None, *, query: str = "", of: str | None = None) -> Reply:
        """A call below her own vault, or (`of`) somebody else's."""
        return await self.top(method, f"/vaults/{of or self.vlt}{path}", body, query=query)

    async def top(self, method: str, path: str, body: Any = None, *, query: str = "") -> Reply:
        """A call with her token and a fresh proof."""
        now, address = self.town.clock.at, f"/consent/v1{path}"
        claims = {
            "iss": f"{ORIGIN}/person", "aud": f"{ORIGIN}/consent/v1", "sub": self.vlt, "iat": now, "nbf": now,
            "exp": now + 300, "jti": new_id(), "cnf": {"jkt": thumbprint(self.device)}, "acr": SUBSTANTIAL,
            "auth_time": now - 60 if self.signed_in is None else self.signed_in,
        }  # fmt: skip
        token = sign(claims, "at+jwt", self.town.keys["person"])
        proof = make_proof(self.device, method, ORIGIN + address, H(token), now=now)
        headers = {"authorization": f"DPoP {token}", "dpop": proof}
        return await call(self.town.app, method, address, body, query=query, headers=headers)

    def link(self, skip: int = 0) -> Link:
        """The place after her newest statement."""
        return Link(
            self.vlt, len(self.chain) + skip, sid(self.chain[-1]) if self.chain else None, self.town.clock.at, 1
        )

    def first_card(self) -> str:
        wa = [{"id": "touch", "jwk": public(self.passkey)}]
        return sign_card(self.sig, self.link(), sig=self.sig, enc=self.enc, passkeys=wa, slots=[])

    def word(self, **other: Any) -> str:
        """The identity issuer's word about her."""
        given = {
            "iss": IDENTITY,
            "vlt": self.vlt,
            "jkt": self.sig["kid"],
            "acr": SUBSTANTIAL,
            "iat": self.town.clock.at,
        }
        return sign_person(self.town.keys["identity"], **(given | other))

    async def opens(self) -> Reply:
        """Opens her vault."""
        card = self.first_card()
        reply = await self.top("POST", "/vaults", {"card": card, "person": self.word()})
        assert reply.status == 201, reply.body
        self.chain.append(card)
        return reply

    async def enters(self, *tokens: str, assertion: dict[str, str] | None = None) -> Reply:
        """Sends statements; her own chain grows when they are taken."""
        body: dict[str, Any] = {"statements": list(tokens)}
        reply = await self.calls("POST", "/statements", body | ({} if assertion is None else {"assertion": assertion}))
        if reply.status == 201:
            self.chain += [token for token in tokens if token not in self.chain]
        return reply

    def epoch(self, drw: str, rsn: str = "new", cat: str = "school") -> str:
        cat, ep = self.drawers.get(drw, (cat, 0))
        return sign_epoch(
            self.sig, self.link(), drw=drw, cat=cat, ep=ep + 1, box=new_sealing_key(), dkc=H(secrets.token_bytes(8)),
            rsn=rsn, env=[],
        )  # fmt: skip

    async def keeps(self, cat: str = "school") -> str:
        """Makes a drawer."""
        drw = new_id()
        reply = await self.enters(self.epoch(drw, cat=cat))
        assert reply.status == 201, reply.body
        self.drawers[drw] = (cat, 1)
        return drw

    def renewal(self) -> str:
        """Her card again, signed now: her unlock code was used."""
        wa = [{"id": "touch", "jwk": public(self.passkey)}]
        return sign_card(self.sig, self.link(), sig=self.sig, enc=self.enc, passkeys=wa, slots=[])

    def grant(self, asked: "Question", *drawers: str, skip: int = 0, **other: Any) -> str:
        """A signed grant that answers a question with whole drawers."""
        given = {
            "jti": new_id(), "aud": asked.team.party, "act": asked.claims["act"], "knd": asked.claims["knd"],
            "nbf": asked.claims["nbf"], "exp": asked.claims["ends"], "drw": [self.whole(drw) for drw in drawers],
            "pur": {"uri": asked.claims["pur"], "lang": "nl", "h": self.town_hash(asked.claims["pur"])},
            "jkt": (asked.team.enc if asked.claims["act"] == "read" else asked.team.sig)["kid"],
            "org": sid(asked.team.org), "req": asked.id,
        } | other  # fmt: skip
        return sign_grant(self.sig, given.pop("link", self.link(skip)), **given)

    def town_hash(self, uri: str) -> str:
        return text_hash(self.town.registry.catalogue.purposes[uri], "nl")

    def whole(self, drw: str, act: str = "read") -> dict[str, Any]:
        cat, ep = self.drawers[drw]
        epochs = list(range(1, ep + 1)) if act == "read" else []
        return {"id": drw, "cat": cat, "ep": epochs, "env": [H(new_id()) for _ in epochs], "one": []}

    def single(self, drw: str) -> dict[str, Any]:
        return {
            "id": drw,
            "cat": self.drawers[drw][0],
            "ep": [],
            "env": [],
            "one": [{"rid": new_id(), "ver": 1, "h": H(new_id())}],
        }

    async def answers(self, asked: "Question", answer: str, *tokens: str, **more: Any) -> Reply:
        """Answers a question."""
        body = {"answer": answer, "statements": list(tokens)} | more
        reply = await self.calls("POST", f"/consent-requests/{asked.id}/answers", body)
        if reply.status == 201:
            self.chain += tokens
        return reply

    async def allows(self, asked: "Question", *drawers: str, **other: Any) -> str:
        """A yes; the grant's id."""
        token = self.grant(asked, *drawers, **other)
        reply = await self.answers(asked, "yes", token)
        assert reply.status == 201, reply.body
        return str(claims_of(token)["jti"])

    def revoke(self, token: str, **other: Any) -> str:
        """The signed end of a grant."""
        claims = claims_of(token)
        given = {"jti": claims["jti"], "aud": claims["aud"], "drw": [one["id"] for one in claims["drw"]]} | other
        return sign_revoke(self.sig, self.link(), **given)

    def assent(self, token: str, yes: bool = True) -> str:
        """Her word about somebody else's grant."""
        return sign_assent(self.sig, self.link(), gnt=claims_of(token)["jti"], grant_sid=sid(token), yes=yes)

    def touch(self, challenge: bytes, **other: Any) -> dict[str, str]:
        """A passkey touch on our page."""
        given: dict[str, Any] = {
            "type": "webauthn.get", "origin": PORTAL, "rp": "mijn.kluisje.example", "flags": 0x05, "key": self.passkey,
            "credential": "touch", "crossOrigin": False,
        } | other  # fmt: skip
        told = {"type": given["type"], "challenge": b64u(challenge), "origin": given["origin"]}
        client = json.dumps(told | {"crossOrigin": given["crossOrigin"]}).encode()
        octets = sha256(given["rp"].encode()).digest() + bytes([given["flags"]]) + bytes(4)
        raw = sign_bytes(octets + sha256(client).digest(), given["key"])
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        return {
            "credential": given["credential"], "authenticatorData": b64u(octets), "clientData": b64u(client),
            "signature": b64u(der),
        }  # fmt: skip

    async def sees(self, path: str) -> Any:
        """What a GET below her vault answers."""
        reply = await self.calls("GET", path)
        assert reply.status == 200, reply.body
        return reply.json()

    async def state(self, jti: str) -> tuple[str, str | None]:
        """State and true reason of a grant, as she sees them."""
        seen = await self.sees(f"/grants/{jti}")
        return seen["state"], seen["reason"]


@dataclass(frozen=True)
class Question:
    """A question that was asked."""

    team: "Team"
    id: str
    claims: Mapping[str, Any]
    reply: Reply


@dataclass
class Team:
    """A team and its keys."""

    town: Any  # the Town
    party: str
    enc: dict[str, str] = field(default_factory=new_sealing_key)
    sig: dict[str, str] = field(default_factory=new_signing_key)
    org: str = ""
    caseworker: str = "cw_fatima"

    def question(self, **other: Any) -> str:
        """A signed question: back to school, the drawer School, 30 days."""
        now = self.town.clock.at
        given: dict[str, Any] = {
            "iss": self.party, "jti": new_id(), "iat": now, "exp": now + 14 * DAY, "org": sid(self.org), "act": "read",
            "pur": BACK_TO_SCHOOL, "knd": "until", "items": [Item("drawer", "school", True)], "nbf": now,
            "ends": now + 30 * DAY, "gnd": "public-task", "note": None, "role": "youth-worker", "name": "Fatima",
        } | other  # fmt: skip
        return sign_request(given.pop("key", self.sig), **given)

    async def sends(self, to: Mapping[str, Any], token: str) -> Reply:
        """Sends a signed question to an address."""
        told = {"team": self.party, "client": "oin:00000001234567890000:desk", "caseworker": self.caseworker}
        return await self.town.gateway.post("/consent/v1/consent-requests", {"to": dict(to), "request": token, **told})

    async def asks(self, person: "Citizen", **other: Any) -> Question:
        """Asks by BSN."""
        token = self.question(**other)
        reply = await self.sends({"bsn": person.bsn}, token)
        assert reply.status == 201, reply.body
        asked = Question(self, claims_of(token)["jti"], claims_of(token), reply)
        self.town.asked_of[asked.id] = person.bsn
        return asked

    async def sees(self, asked: Question) -> Reply:
        """The question as its asker sees it."""
        return await self.gets(f"/consent-requests/{asked.id}")

    async def gets(self, path: str) -> Reply:
        return await self.town.gateway.call("GET", f"/consent/v1{path}", query=f"team={self.party}")

    async def looks(self, jti: str, drw: str, **other: Any) -> Reply:
        """One look, as the gateway asks it, with a fresh proof."""
        question = ProofSeen("", new_id(), self.town.clock.now()).question
        body = {
            "stage": "read", "question": question, "grant": jti, "team": self.party, "key": None,
            "client": "oin:00000001234567890000:desk", "caseworker": self.caseworker, "action": "read",
            "purpose": None, "drawer": drw, "records": None, "epoch": None, "reason": None, "head": None,
        } | other  # fmt: skip
        return await self.town.gateway.post("/consent/v1/looks", body)

    async def posts(self, path: str, **body: Any) -> Reply:
        """What the gateway sends on in the team's name."""
        return await self.town.gateway.post(f"/consent/v1{path}", {"team": self.party, **body})

    async def waiting(self, **polled: Any) -> dict[str, str]:
        """The signed events that wait for the team."""
        reply = await self.posts("/events", **polled)
        assert reply.status == 200, reply.body
        return dict(reply.json()["sets"])

    def closing(self, person: "Citizen", jti: str, **other: Any) -> str:
        """A signed closing: erased, unless told otherwise."""
        given = {"iss": self.party, "vlt": person.vlt, "gnt": jti, "iat": self.town.clock.at} | other
        return sign_closing(given.pop("key", self.sig), **given)

    async def closes(self, person: "Citizen", jti: str, **other: Any) -> Reply:
        """Signs and sends a closing."""
        return await self.posts(f"/grants/{jti}/closings", closing=self.closing(person, jti, **other))

    def because(self, asked: Mapping[str, Any], **other: Any) -> str:
        """A signed answer to "Waarom keek je?", as the team reads the question."""
        given = {"iss": self.party, "vlt": asked["vlt"], "ask": asked["id"], "entry": asked["entry"]}
        given |= {"text": "Om samen het gesprek voor te bereiden.", "emp": asked["employee"]}
        given |= {"iat": self.town.clock.at} | other
        return sign_why(given.pop("key", self.sig), **given)

    async def explains(self, asked: Mapping[str, Any], **other: Any) -> Reply:
        """Signs and sends such an answer."""
        token = self.because(asked, **other)
        return await self.posts(f"/questions/{asked['id']}/answers", caseworker=self.caseworker, answer=token)
