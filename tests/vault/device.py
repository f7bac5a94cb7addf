# SPDX-License-Identifier: EUPL-1.2
"""A person's own device in tests: it signs statements, seals things, and calls with its DPoP-bound token.

Also what a source does to bring something: the log enters it, the gateway shows the permit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from formats.authorship import sign_record
from formats.dpop import make_proof as make_dpop
from formats.jose import new_sealing_key, new_signing_key, sign
from formats.keyring import EpochKeys, new_epoch
from formats.receipt import issue_receipt
from formats.sealing import seal_deposit, seal_envelope, seal_record, seal_single
from formats.spelling import H, new_id, sid
from formats.statement import Link, sign_card, sign_epoch, sign_head
from tests.vault.house import BASE, DUO, SCHEMA, Answer, House


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
            "iss": f"{self.house.origin}/person", "aud": f"{self.house.origin}{BASE}", "sub": self.vlt,
            "client_id": "device", "acr": "substantial",
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
