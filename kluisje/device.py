# SPDX-License-Identifier: EUPL-1.2
"""A person's device on the line: calls to vault and consent under the person's own token, and what it
remembers.

What it remembers holds no secret: the highest keyring number, checkpoints of the log, how many lines there
were. With it a device sees when it is shown an older state (formats.md sections 3 and 8).
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kluisje.http import Answer, DPoP, Http
from kluisje.signing_in import PersonTokens

PAGE = 100


@dataclass(frozen=True, slots=True)
class Known:
    """A device that called in her name. id: thumbprint of the key its tokens are bound to. first, last:
    RFC 3339. stopped: when another device stopped it, or None. own: this very device."""

    id: str
    first: str
    last: str
    stopped: str | None
    own: bool


@dataclass
class Remembered:
    """What a device knows from earlier: `ring` (keyring seq), `seq` (statements), `lines`, `checkpoints`
    (origin -> note)."""

    ring: int = 0
    seq: int = -1
    lines: int = 0
    checkpoints: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes it to a file. Nothing in it opens anything."""
        path.write_text(json.dumps(vars(self)), "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Remembered":
        """What an earlier `save` wrote; nothing remembered when the file is not there."""
        return cls(**json.loads(path.read_text("utf-8"))) if path.exists() else cls()


class Device:
    """Calls in the name of one signed-in person."""

    def __init__(self, http: Http, origin: str, tokens: PersonTokens, remembered: Remembered) -> None:
        self.http, self.origin, self.remembered = http, origin, remembered
        self._tokens = tokens
        self.vlt = ""

    @property
    def key_id(self) -> str:
        """The thumbprint of the key that its tokens are bound to: how others know this device."""
        return str(self._tokens.key["kid"])

    async def sign_in(self) -> str:
        """Signs in; answers whose vault it is."""
        self.vlt = await self._tokens.sign_in(f"{self.origin}/person")
        return self.vlt

    async def vault(self, method: str, path: str, **given: Any) -> Answer:
        """A call to the vault, `path` below this person's own `/vaults/{vlt}` ("" is the vault itself)."""
        return await self._call("vault", method, f"/vaults/{self.vlt}{path}", given)

    async def consent(self, method: str, path: str, **given: Any) -> Answer:
        """A call to consent, `path` below this person's own `/vaults/{vlt}`."""
        return await self._call("consent", method, f"/vaults/{self.vlt}{path}", given)

    async def top(self, part: str, method: str, path: str, **given: Any) -> Answer:
        """A call to `vault` or `consent` that is not below a vault: `/vaults`, `/logs/…`."""
        return await self._call(part, method, path, given)

    async def attest(self, jkt: str) -> str:
        """The identity issuer's `vault-person+jwt` for the SIG with this thumbprint."""
        return str((await self._issuer("/attestations", {"jkt": jkt})).json()["person"])

    async def stop_device(self, jkt: str) -> None:
        """Stops the device whose tokens are bound to this key. The issuer first: then it gets no new token
        while vault and consent are told."""
        await self._issuer("/stopped-devices", {"jkt": jkt})
        for part in ("consent", "vault"):
            await self._call(part, "DELETE", f"/vaults/{self.vlt}/devices/{jkt}", {})

    async def look_again(self) -> str:
        """Fresh tokens: whose vault it is now, which changes once, when she moves in."""
        self.vlt = await self._tokens.again(f"{self.origin}/person")
        return self.vlt

    async def moves(self, arrival: str, card: str, proof: str) -> None:
        """Ends a move to here; from then on this device calls under the `vlt` that was brought along."""
        await self._issuer("/moves", {"arrival": arrival, "card": card, "proof": proof})
        await self.look_again()

    async def _issuer(self, path: str, given: Mapping[str, str]) -> Answer:
        resource = f"{self.origin}/person"
        auth = DPoP(self._tokens.key, lambda: self._tokens.token(resource), clock=self.http.clock)
        return await self.http.call("POST", f"{resource}{path}", json=given, auth=auth)

    def stream(
        self, path: str, *, headers: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[tuple[Answer, AsyncIterator[bytes]]]:
        """Octets from the vault, `path` below this person's vault."""
        url = f"{self.origin}/vault/v1/vaults/{self.vlt}{path}"
        given = {"Accept": "application/octet-stream"} | dict(headers or {})
        return self.http.stream("GET", url, auth=self._auth("vault"), headers=given)

    async def items(self, part: str, path: str, *, paged: bool = True) -> AsyncIterator[dict[str, Any]]:
        """All items of a list below this person's vault, page by page, in the server's order (newest first).
        paged False: a list that comes whole and takes no page size."""
        asked: dict[str, str | int] = {"pageSize": PAGE} if paged else {}
        while True:
            page = (await self._call(part, "GET", f"/vaults/{self.vlt}{path}", {"query": asked})).json()
            for item in page["items"]:
                yield item
            if page["next"] is None:
                return
            asked["pageCursor"] = page["next"]

    async def _call(self, part: str, method: str, path: str, given: Mapping[str, Any]) -> Answer:
        url = f"{self.origin}/{part}/v1{path}"
        return await self.http.call(method, url, auth=self._auth(part), **given)

    def _auth(self, part: str) -> DPoP:
        resource = f"{self.origin}/{part}/v1"
        return DPoP(self._tokens.key, lambda: self._tokens.token(resource), clock=self.http.clock)
