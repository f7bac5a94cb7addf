# SPDX-License-Identifier: EUPL-1.2
"""A real vault on a real database, with a log, an issuer and a consent that sign as the real ones do.

`House` is the app with its files; calls go to it as a server would give them. `Log` is a small Merkle log whose entries
with proof are permits. `Device` is a person's own device: it signs statements, seals with `formats.sealing`, and calls
with its DPoP-bound token.
"""

import asyncio
import json
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from chassis.application import Application
from chassis.clock import Clock
from formats import tree
from formats.authorship import sign_record
from formats.checkpoint import LOG, NoteKey, entry, make_proof, origin_at, sign_note
from formats.dpop import make_proof as make_dpop
from formats.event import make_event, make_look
from formats.jose import new_sealing_key, new_signing_key, public, sign
from formats.keyring import EpochKeys, new_epoch
from formats.receipt import issue_receipt
from formats.sealing import seal_deposit, seal_envelope, seal_record, seal_single
from formats.spelling import H, b64u, new_id, sid
from formats.statement import Link, sign_card, sign_epoch, sign_head
from vault.app import build
from vault.component import Vault
from vault.settings import VaultSettings
from vault.sweeping import sweep

NOW = 1_790_000_000  # 21 September 2026
ORIGIN = "https://kluisje.test"
BASE = "/vault/v1"
TEAM = "urn:oin:00000001234567890000:team:jeugdteam-zuid"
DUO = "urn:oin:00000001234567890001"
SCHEMA = "urn:kluisje:schema:school:1"
PIECE = 8 * 1024 * 1024


class Watch(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@dataclass
class Answer:
    """An answer as it left the app. headers: lower-case names."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def slug(self) -> str:
        """The problem's slug, or "" for a good answer."""
        return str(self.json()["type"]).rsplit(":", 1)[1] if self.status >= 400 else ""


class Log:
    """A log in memory. `names` signs: another log has another seed."""

    def __init__(self, seed: bytes = bytes(range(32)), host: str = "consent.test") -> None:
        self.origin = origin_at(host, NOW)
        self.key = NoteKey(self.origin, LOG, seed)
        self._nodes: dict[tuple[int, int], bytes] = {}
        self.size = 0
        self.lines: dict[str, tuple[int, str]] = {}

    def policy(self) -> str:
        return f"log {self.key.vkey}\nquorum none\n"

    def enter(self, t: str, vlt: str, at: int, **members: Any) -> dict[str, str]:
        """Appends an event of this vault and answers it with its proof: a permit."""
        n, prev = self.lines.get(vlt, (-1, None))
        data, nonce = make_event(t, vlt=vlt, n=n + 1, prev=prev, at=at, **members), secrets.token_bytes(32)
        value = entry(nonce, data)
        self.lines[vlt] = (n + 1, b64u(value))
        get = self._get
        for level, index, node in tree.append(self.size, [tree.leaf(value)], get):
            self._nodes[level, index] = node
        self.size += 1
        note = sign_note(self.key, self.size, tree.root(self.size, get))
        hashes = tree.proof(tree.inclusion_plan(self.size - 1, self.size), get)
        return make_look(data, nonce, make_proof(self.size - 1, hashes, note))

    def _get(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]

    def look(
        self, t: str, vlt: str, at: int, *, gnt: str, drw: str, ep: Sequence[int] = (), rid: Sequence[str] | None = None
    ) -> dict[str, str]:
        """A read or deposit that was allowed."""
        opened = [{"id": drw, "ep": list(ep), "rid": None if rid is None else list(rid)}]
        members = {"by": TEAM, "emp": H("fatima"), "gnt": gnt, "sid": H(gnt), "drw": opened, "head": None}
        return self.enter(t, vlt, at, **members)


class House:
    """A vault with everything it needs under `folder`. `again()` is a restart on the same files."""

    def __init__(self, folder: Path, empty: Path, *, origin: str = ORIGIN, at: int = NOW, **settings: Any) -> None:
        self.folder, self.origin, self.clock, self.log = folder, origin, Watch(at), Log()
        self.issuer, self.consent, self.directory = new_signing_key(), new_signing_key(), new_signing_key()
        self.gateway = new_signing_key()
        shutil.copy(empty, folder / "vault.sqlite3")
        files = {
            "person_keys": json.dumps({"keys": [public(self.issuer)]}),
            "receipt_key": json.dumps(public(self.consent)),
            "directory_key": json.dumps(public(self.directory)),
            "gateway_key": json.dumps(public(self.gateway)),
            "log_policy": self.log.policy(),
            "subject_secret": "s" * 32,
        }
        for name, content in files.items():
            (folder / name).write_text(content)
            (folder / name).chmod(0o600)
        self.settings = VaultSettings(
            environment="production" if origin.startswith("https") else "demo",
            origin=origin,
            database=f"sqlite:///{folder / 'vault.sqlite3'}",
            portal_origin=None,
            hosts=(),
            blobs=folder / "blobs",
            **{name: folder / name for name in files},
            **({"processes": "one"} | settings),
        )
        self.app: Application

    @property
    def vault(self) -> Vault:
        found: Vault = self.app.inside.state.vault
        return found

    async def start(self) -> None:
        self.app = build(self.settings, clock=self.clock)
        self.clock.at += 1  # permits of the very second it started are refused
        await self.app.start()

    async def again(self) -> None:
        await self.app.stop()
        await self.start()

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        pieces: Iterable[bytes] | None = None,
        peer: str | None = None,
        query: str = "",
    ) -> Answer:
        """One request as a server would give it to the app. pieces: octets as they come. peer: a call in the process."""
        given = {"host": "kluisje.test"} | dict(headers or {})
        chunks = iter(pieces) if pieces is not None else iter(())
        whole = b"" if body is None else orjson.dumps(body)
        if pieces is not None:
            given |= {"content-type": "application/octet-stream"}
        elif body is not None:
            given |= {"content-type": "application/json", "content-length": str(len(whole))}
        answer, parts = Answer(), []

        done = False

        async def receive() -> dict[str, Any]:
            nonlocal done
            if done:  # nobody hangs up
                await asyncio.Event().wait()
            if pieces is None:
                done = True
                return {"type": "http.request", "body": whole, "more_body": False}
            chunk = next(chunks, None)
            done = chunk is None
            return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

        async def take(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {k.decode(): v.decode("latin-1") for k, v in message["headers"]}
            else:
                parts.append(message.get("body", b""))

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
            "path": BASE + path, "raw_path": (BASE + path).encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()], "client": None, "server": None,
        }  # fmt: skip
        if peer is not None:
            scope["kluisje.peer"] = peer
        await self.app(scope, receive, take)
        answer.body = b"".join(parts)
        return answer

    async def shows(self, path: str, body: Any, *, peer: str = "gateway") -> Answer:
        """A call by a neighbouring part in this process."""
        return await self.send("POST", path, body, peer=peer)

    async def sweep(self) -> None:
        """One sweep, now."""
        await sweep(self.vault)

    async def look(self, permit: Mapping[str, str], cursor: str | None = None) -> Answer:
        """Shows a permit for records."""
        return await self.shows("/record-hand-outs", {"permit": permit, "pageCursor": cursor})

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        driver = self.vault.database.driver(self.vault.database._reader)
        found: list[tuple[Any, ...]] = driver.execute(sql, values).fetchall()
        return found


@dataclass
class Device:
    """A person's own device, with one token and all keys."""

    house: House
    vlt: str = field(default_factory=new_id)
    sig: dict[str, str] = field(default_factory=new_signing_key)
    enc: dict[str, str] = field(default_factory=new_sealing_key)
    dpop: dict[str, str] = field(default_factory=new_signing_key)
    chain: list[str] = field(default_factory=list)
    drawers: dict[str, list[EpochKeys]] = field(default_factory=dict)
    auth_time: int | None = None

    # -- calling ---------------------------------------------------------------------------------------------

    def token(self) -> str:
        now = self.house.clock.now()
        claims = {
            "iss": f"{self.house.origin}/person", "aud": f"{self.house.origin}{BASE}", "sub": self.vlt, "client_id": "device", "acr": "substantial",
            "auth_time": now if self.auth_time is None else self.auth_time, "iat": now, "nbf": now, "exp": now + 300,
            "jti": new_id(), "cnf": {"jkt": self.dpop["kid"]},
        }  # fmt: skip
        return sign(claims, "at+jwt", self.house.issuer)

    def headers(self, method: str, path: str) -> dict[str, str]:
        token = self.token()
        proof = make_dpop(self.dpop, method, self.house.origin + BASE + path, H(token), now=self.house.clock.now())
        return {"authorization": f"DPoP {token}", "dpop": proof}

    async def call(self, method: str, path: str, body: Any = None, **given: Any) -> Answer:
        """A call; `path` below the own vault unless it begins with `/vaults`."""
        full = path if path.startswith("/vaults") else f"/vaults/{self.vlt}{path}"
        headers = self.headers(method, full) | given.pop("headers", {})
        return await self.house.send(method, full, body, headers=headers, **given)

    # -- statements ------------------------------------------------------------------------------------------

    def link(self) -> Link:
        return Link(self.vlt, len(self.chain), sid(self.chain[-1]) if self.chain else None, self.house.clock.now(), 1)

    def entered(self, token: str, typ: str) -> str:
        """Consent's receipt for a statement; the chain is one longer."""
        self.chain.append(token)
        log = {"idx": len(self.chain), "entry": bytes(32)}
        return issue_receipt(
            self.house.consent, iss=DUO, vlt=self.vlt, sid=sid(token), of=typ, iat=self.house.clock.now(), **log
        )

    async def states(self, token: str, typ: str) -> Answer:
        return await self.call("POST", "/statements", {"statement": token, "receipt": self.entered(token, typ)})

    def card(self) -> str:
        return sign_card(self.sig, self.link(), sig=self.sig, enc=self.enc, passkeys=[], slots=[])

    async def opens(self) -> Answer:
        """Opens the vault."""
        card = self.card()
        return await self.call("POST", "/vaults", {"card": card, "receipt": self.entered(card, "vault-card+jwt")})

    def epoch_statement(self, keys: EpochKeys, rsn: str, cat: str = "school", env: Iterable[str] = ()) -> str:
        made = {"drw": keys.drw, "cat": cat, "ep": keys.ep, "box": keys.box_public, "dkc": keys.dkc}
        return sign_epoch(self.sig, self.link(), rsn=rsn, env=env, **made)

    async def adds_drawer(self) -> str:
        """A new drawer with its first epoch; answers its id."""
        drw = new_id()
        self.drawers[drw] = [new_epoch(drw, 1)]
        assert (await self.states(self.epoch_statement(self.drawers[drw][0], "new"), "vault-epoch+jwt")).status == 200
        return drw

    async def rotates(self, drw: str) -> EpochKeys:
        """Closes a drawer's epoch and opens the next."""
        keys = new_epoch(drw, len(self.drawers[drw]) + 1)
        self.drawers[drw].append(keys)
        assert (await self.states(self.epoch_statement(keys, "rotate"), "vault-epoch+jwt")).status == 200
        return keys

    async def signs_head(self, drw: str, n: int, h: bytes) -> Answer:
        return await self.states(sign_head(self.sig, self.link(), drw=drw, n=n, h=h), "vault-head+jwt")

    # -- records ---------------------------------------------------------------------------------------------

    def jws(self, drw: str, rid: str, ver: int = 1, *, author: Mapping[str, str] | None = None, text: str = "x") -> str:
        mine = author is None
        return sign_record(
            self.sig if author is None else author,
            iss=f"vault:{self.vlt}" if mine else DUO, vlt=self.vlt, drw=drw, rid=rid, ver=ver, sch=SCHEMA,
            prv=None if ver == 1 else H(rid), iat=self.house.clock.now(), body={"text": text},
        )  # fmt: skip

    def seals(self, drw: str, rid: str, ver: int = 1, *, ep: int | None = None, text: str = "x") -> str:
        """A sealed record; `ep`: another epoch than the newest."""
        keys = self.drawers[drw][-1 if ep is None else ep - 1]
        return seal_record(self.jws(drw, rid, ver, text=text), keys)

    async def puts(self, drw: str, rid: str, ver: int, jwe: str) -> Answer:
        return await self.call("PUT", f"/drawers/{drw}/records/{rid}/versions/{ver}", {"jwe": jwe})

    async def keeps(self, drw: str, *, text: str = "x") -> str:
        """Keeps a new record; answers its id."""
        rid = new_id()
        assert (await self.puts(drw, rid, 1, self.seals(drw, rid, text=text))).status == 201
        return rid

    async def shares(self, drw: str, ep: int, gnt: str, enc: Mapping[str, str]) -> str:
        """Lays an envelope ready; answers it."""
        jwe = seal_envelope(self.drawers[drw][ep - 1], enc, vlt=self.vlt, gnt=gnt)
        assert (await self.call("PUT", f"/grants/{gnt}/envelopes/{drw}/{ep}", {"jwe": jwe})).status == 201
        return jwe

    def single(self, drw: str, rid: str, gnt: str, enc: Mapping[str, str], ver: int = 1) -> str:
        return seal_single(self.jws(drw, rid, ver), enc, gnt=gnt)

    # -- what others bring -----------------------------------------------------------------------------------

    def sealed_deposit(
        self, drw: str, rid: str, *, ep: int | None = None, source: Mapping[str, str] | None = None
    ) -> str:
        keys = self.drawers[drw][-1 if ep is None else ep - 1]
        return seal_deposit(self.jws(drw, rid, author=source or new_signing_key()), keys.box_public)

    async def gets_deposit(
        self, drw: str, rid: str | None = None, *, jwe: str | None = None, gnt: str | None = None, attachments: Any = ()
    ) -> tuple[str, Answer]:
        """A source deposits: the log enters it, the gateway shows the permit."""
        rid = rid or new_id()
        at, log = self.house.clock.now(), self.house.log
        permit = log.look("deposit", self.vlt, at, gnt=gnt or new_id(), drw=drw, rid=[rid])
        body = {"permit": permit, "jwe": jwe or self.sealed_deposit(drw, rid), "attachments": list(attachments)}
        return rid, await self.house.shows("/deposits", body)

    def read_permit(
        self, drw: str, gnt: str, ep: Sequence[int] = (1,), rid: Sequence[str] | None = None
    ) -> dict[str, str]:
        return self.house.log.look("read", self.vlt, self.house.clock.now(), gnt=gnt, drw=drw, ep=ep, rid=rid)
