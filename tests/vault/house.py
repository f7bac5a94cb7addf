# SPDX-License-Identifier: EUPL-1.2
"""A real vault on a real database, with a log, an issuer and a consent that sign as the real ones do.

`House` is the app with its files; calls go to it as a server would give them. `Log` is a small Merkle log whose entries
with proof are permits. `Device` (device.py) is a person's own device.
"""

import asyncio
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from chassis.application import Application
from chassis.clock import Clock
from formats import tree
from formats.checkpoint import LOG, NoteKey, entry, make_proof, origin_at, sign_note
from formats.event import make_event, make_look
from formats.jose import new_signing_key, public
from formats.spelling import H, b64u
from tests import databases
from tests.twofold import TWO, twofold
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
        databases.copy(empty, folder / "vault.sqlite3")
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
            database=databases.url_of(folder / "vault.sqlite3"),
            portal_origin=None,
            hosts=(),
            blobs=folder / "blobs",
            **{name: folder / name for name in files},
            **({"processes": "several" if TWO else "one"} | settings),
        )
        self.app: Application

    @property
    def vault(self) -> Vault:
        found: Vault = self.app.inside.state.vault
        return found

    async def start(self) -> None:
        self.app = twofold(lambda: build(self.settings, clock=self.clock))
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
        """One request as a server would give it to the app. pieces: octets as they come. peer: within the process."""
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
        return databases.rows(self.folder / "vault.sqlite3", sql, *values)
