# SPDX-License-Identifier: EUPL-1.2
"""What somebody brings along from another installation: a chain with receipts, its lines, and the pins of there."""

import json
from pathlib import Path
from typing import Any

from formats.dpop import make_proof
from formats.jose import public
from formats.receipt import issue_receipt
from formats.spelling import H, b64u, unb64u
from formats.statement import link_after, sign_card
from tests.kluisje.world import World

ORIGIN = "https://elders.example"


class Luggage:
    """One person's, of an installation of its own. `world`: her keys and her chain there."""

    def __init__(self) -> None:
        self.world = World()
        entries = [unb64u(self.world.log.entry(n)) for n in range(len(self.world.chain))]
        self.statements = [
            {"statement": one.token, "receipt": self._receipt(one.sid, one.typ, entry)}
            for one, entry in zip(self.world.chain, entries, strict=True)
        ]
        self.lines = self.world.told()[::-1]

    @property
    def vlt(self) -> str:
        return self.world.vlt

    def _receipt(self, sid: str, typ: str, entry: bytes) -> str:
        party, at = "urn:oin:00000009999999990000", int(self.world.chain[0].claims["iat"])
        key = self.world.consent_key
        return issue_receipt(key, iss=party, vlt=self.vlt, sid=sid, of=typ, iat=at, idx=0, entry=entry)

    def pins(self, folder: Path) -> Path:
        """The pins of that installation, in a folder as an owner would put them there; the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        world = self.world
        told: dict[str, Any] = {"format": 1, "origin": ORIGIN, "log": f"log {world.log.key.vkey}\nquorum none\n"}
        for name in ("directory", "identity", "consent"):
            told[name] = [public(getattr(world, f"{name}_key"))]
        (folder / "elders.json").write_text(json.dumps(told))
        return folder

    def card(self, now: int, *, key: dict[str, str] | None = None, after: int = -1) -> str:
        """Her next card, signed now."""
        ring = self.world.keys.keyring
        link = link_after(self.world.chain[after], iat=now, ring=1)
        return sign_card(key or ring.sig, link, sig=ring.sig, enc=ring.enc, passkeys=(), slots=())

    def proof(self, origin: str, arrival: str, now: int) -> str:
        """That she holds the key of the card."""
        return make_proof(self.world.keys.keyring.sig, "POST", f"{origin}/person/moves", H(arrival), now=now)


def other_proof(look: dict[str, str]) -> dict[str, str]:
    """The line with another nonce: it is in no log."""
    return look | {"nonce": b64u(bytes(32)) if look["nonce"] != b64u(bytes(32)) else b64u(b"\1" * 32)}
