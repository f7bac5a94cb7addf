# SPDX-License-Identifier: EUPL-1.2
"""A small town over the real application: people with devices that sign, teams with keys of the directory, a gateway.

All calls are HTTP through the application's own door, on a real SQLite file. Every key is made here.
"""

import base64
import json
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from starlette.types import ASGIApp, Message

from chassis.application import Application
from chassis.calls import Inside, Reply
from chassis.clock import show_moment
from consent import directory, importing
from consent.app import build
from consent.purposes import text_hash
from consent.registry import Registry
from consent.settings import ConsentSettings
from formats.authority import sign_gezag
from formats.dpop import make_proof
from formats.grant import GRANT
from formats.jose import new_sealing_key, new_signing_key, public, sign, sign_bytes
from formats.organisation import sign_organisation
from formats.person import sign_person
from formats.policy import LogPolicy, read_policy
from formats.request import Item, sign_request
from formats.spelling import DAY, H, b64u, new_id, sid, thumbprint
from formats.statement import Link, sign_assent, sign_card, sign_epoch, sign_grant, sign_revoke
from tests.consent.registry import NOW, Watch

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "https://kluisje.example"
PORTAL = "https://mijn.kluisje.example"
PARTY = "urn:oin:00000001111111110000"
IDENTITY = "urn:oin:00000002222222220000"
DIRECTORY = "urn:oin:00000003333333330000"
GEZAG = "urn:oin:00000004444444440000"
BACK_TO_SCHOOL = "urn:kluisje:purpose:back-to-school:1"
TEAMS = {"jeugdteam": ("youth-worker", 40), "sportteam": ("sports-coach", 20), "schuldhulp": ("debt-adviser", 2)}
"""Kinds of teams, their role, and how many were listed four days ago; `jong-0` was listed 71 hours ago."""
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"


async def call(
    app: ASGIApp, method: str, path: str, body: Any = None, *, query: str = "", headers: Mapping[str, str] | None = None
) -> Reply:
    """One request through the door, as from the network."""
    content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {"host": "kluisje.example", "accept": "application/json"} | dict(headers or {})
    if body is not None:
        sent |= {"content-type": "application/json", "content-length": str(len(content))}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()], "client": None, "server": None,
    }  # fmt: skip
    got: dict[str, Any] = {"body": b""}

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            got["status"] = message["status"]
            got["headers"] = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            got["body"] += message.get("body", b"")

    await app(scope, receive, send)
    return Reply(got["status"], got["headers"], got["body"])


def slug(reply: Reply) -> str:
    """The slug of a problem."""
    return str(reply.json()["type"]).rpartition(":")[2]


def places(reply: Reply) -> set[tuple[str, str]]:
    """(place, code) of each fault a problem tells."""
    return {(fault["at"], fault["code"]) for fault in reply.json()["errors"]}


@dataclass
class Town:
    """The application and what surrounds it."""

    app: Application
    registry: Registry
    clock: Watch
    keys: dict[str, dict[str, Any]]
    policy: LogPolicy
    path: Path
    teams: dict[str, "Team"] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)  # how many teams of each kind a test took
    asked_of: dict[str, str] = field(default_factory=dict)  # question -> the BSN it went to
    gateway: Inside = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = Inside("gateway", self.app)

    async def person(self, born: str = "2011-05-09", *, bsn: str | None = None, opens: bool = True) -> "Citizen":
        """Somebody who signed in; her vault is open unless told otherwise."""
        made = Citizen(self, bsn or new_bsn())
        body = {"vlt": made.vlt, "bsn": made.bsn, "birthDate": born, "acr": SUBSTANTIAL, "authTime": self.moment()}
        reply = await self.gateway.post("/consent/v1/sign-ins", body)
        assert reply.status == 204, reply.body
        if opens:
            await made.opens()
        return made

    async def team(self, kind: str = "jeugdteam") -> "Team":
        """A team of the directory, another one at each call: nobody has asked anything in its name yet."""
        number = self.given.get(kind, 0)
        self.given[kind] = number + 1
        return self.teams[f"{kind}-{number}"]

    async def lists(self, name: str, role: str) -> "Team":
        """The directory lists a team now: its keys count 72 hours later."""
        made = Team(self, f"urn:oin:00000001234567890000:team:{name}")
        now = self.clock.at
        made.org = sign_organisation(
            self.keys["directory"], iss=DIRECTORY, sub=made.party, enc=made.enc, sig=made.sig, iat=now - DAY,
            exp=now + 400 * DAY,
        )  # fmt: skip
        await directory.import_organisation(
            self.registry, made.org, role=role, name=name, address="Dorpsstraat 1", contact="post@gemeente.example"
        )
        self.teams[name] = made
        return made

    async def gezag(
        self, child: "Citizen", *parents: "Citizen", kind: str | None = None, at: int | None = None
    ) -> None:
        """The register says who has gezag over the child."""
        at = self.clock.at if at is None else at
        usual = "GezamenlijkOuderlijkGezag" if len(parents) == 2 else "EenhoofdigOuderlijkGezag"
        token = sign_gezag(
            self.keys["gezag"], iss=GEZAG, vlt=child.vlt, kind=kind or usual,
            adults=[self.registry.address(parent.bsn) for parent in parents], inquiry=False, at=at, iat=at,
            exp=at + 30 * DAY,
        )  # fmt: skip
        await importing.import_gezag(self.registry, token)

    def moment(self) -> str:
        """Now, as it travels."""
        return show_moment(self.clock.at)

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows of the database, as they lie there."""
        return await self.registry.database.read(
            lambda connection: list(connection.exec_driver_sql(sql, tuple(values.values())))
        )

    async def events(self, team: "Team") -> list[str]:
        """The types of the signed events for a team, oldest first."""
        found = await self.rows("SELECT type FROM events_out WHERE team = ? ORDER BY made_at, rowid", team=team.party)
        return [str(one[0]) for one in found]


@dataclass
class Citizen:
    """Somebody with a device: a DPoP key, SIG, and a chain."""

    town: Town
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

    town: Town
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
        """One look, as the gateway asks it."""
        body = {
            "stage": "read", "question": b64u(secrets.token_bytes(32)), "grant": jti, "team": self.party, "key": None,
            "client": "oin:00000001234567890000:desk", "caseworker": self.caseworker, "action": "read",
            "purpose": None, "drawer": drw, "records": None, "epoch": None, "reason": None, "head": None,
        } | other  # fmt: skip
        return await self.town.gateway.post("/consent/v1/looks", body)


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWS that we made."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def new_bsn() -> str:
    """A synthetic number that passes the eleven test."""
    while True:
        digits = [secrets.randbelow(10) for _ in range(8)]
        check = sum(w * d for w, d in zip(range(9, 1, -1), digits, strict=True)) % 11
        if check < 10:
            return "".join(map(str, digits)) + str(check)


def secret(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def settings_in(folder: Path, keys: Mapping[str, Mapping[str, Any]]) -> ConsentSettings:
    """Every setting, with its keys in files."""
    log = Ed25519PrivateKey.generate()
    octets = (log.private_bytes_raw(), log.public_key().public_bytes_raw())
    log_jwk = {"kty": "OKP", "crv": "Ed25519", "d": b64u(octets[0]), "x": b64u(octets[1])}

    def known(name: str) -> Path:
        path = folder / f"{name}.public.json"
        path.write_text(json.dumps(public(keys[name])))
        return path

    issuer = folder / "person.json"
    issuer.write_text(json.dumps({"keys": [public(keys["person"])]}))
    return ConsentSettings(
        environment="production",
        origin=ORIGIN,
        portal_origin=PORTAL,
        database=f"sqlite:///{folder / 'consent.sqlite3'}",
        party=PARTY,
        log_host="kluisje.example",
        location="Zwolle, Nederland",
        catalogue=ROOT / "catalogue",
        receipt_key=secret(folder / "receipt.json", json.dumps(keys["receipt"]).encode()),
        log_key=secret(folder / "log.json", json.dumps(log_jwk).encode()),
        bsn_secret=secret(folder / "bsn", secrets.token_bytes(32)),
        emp_secret=secret(folder / "emp", secrets.token_bytes(32)),
        subject_secret=secret(folder / "subject", secrets.token_bytes(32)),
        person_keys=issuer,
        identity_key=known("identity"),
        directory_key=known("directory"),
        gezag_key=known("gezag"),
    )


@asynccontextmanager
async def town_in(folder: Path, migrated: Path, *, at: int = NOW, most: int = 4) -> AsyncIterator[Town]:
    """A running town in a folder; `migrated` is an empty database, `most` how many teams of a kind."""
    shutil.copy(migrated, folder / "consent.sqlite3")
    keys = {name: new_signing_key() for name in ("receipt", "identity", "directory", "gezag", "person")}
    clock = Watch(at - 10 * DAY)
    app = build(settings_in(folder, keys), clock=clock)
    registry: Registry = app.inside.state.registry
    registry.journal.show = lambda lines: None  # type: ignore[method-assign]
    await app.start()
    policy = read_policy("".join(f"log {vkey}\n" for vkey in registry.ledger.vkeys(at)) + "quorum none\n")
    town = Town(app, registry, clock, keys, policy, folder)
    clock.at = at - 96 * 3600
    listing = [(f"{kind}-{n}", role) for kind, (role, many) in TEAMS.items() for n in range(min(many, most))]
    for name, role in listing:
        await town.lists(name, role)
    clock.at = at - 71 * 3600
    await town.lists("jong-0", "youth-worker")
    clock.at = at
    try:
        yield town
    finally:
        await app.stop()


__all__ = ["BACK_TO_SCHOOL", "DAY", "GRANT", "NOW", "Citizen", "Question", "Team", "Town", "call", "places", "slug"]
