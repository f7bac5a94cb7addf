# SPDX-License-Identifier: EUPL-1.2
"""A small world without servers: a directory, a log, a person with a chain, a team, a sealed answer. All of
it real."""

from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

from formats.authorship import sign_record
from formats.checkpoint import LOG, NoteKey, entry, make_proof, origin_at, sign_note
from formats.event import make_event, make_look
from formats.grant import read_grant
from formats.jose import new_signing_key, public
from formats.keyring import EpochKeys
from formats.organisation import sign_organisation
from formats.policy import LogPolicy
from formats.receipt import issue_receipt
from formats.sealing import seal_envelope, seal_record
from formats.spelling import DAY, H, b64u, new_id, sid
from formats.statement import (
    Link,
    Statement,
    link_after,
    next_head,
    sign_card,
    sign_epoch,
    sign_grant,
    sign_head,
    verify_first_card,
    verify_statement,
)
from formats.tree import append, consistency_plan, inclusion_plan, leaf, proof, root
from kluisje.keyring import PersonKeys, TeamKeys, new_team_keys
from kluisje.proofs import Pins

NOW = 1_790_000_000
PURPOSE = "urn:kluisje:purpose:back-to-school:1"
NOTE = "urn:kluisje:schema:note:1"
PARTY = "urn:oin:00000001234567890000:team:jeugdteam-zuid"


class Log:
    """The log: entries, tree, checkpoints."""

    def __init__(self, key: NoteKey | None = None) -> None:
        self.key = key or NoteKey(origin_at("kluisje.example", NOW), LOG, token_bytes(32))
        self.policy = LogPolicy({self.key.vkey.name: self.key.vkey})
        self._rows: dict[tuple[int, int], bytes] = {}
        self.size = 0
        self._kept: list[tuple[bytes, bytes]] = []

    def _get(self, level: int, index: int) -> bytes:
        return self._rows[level, index]

    def add(self, event: bytes) -> int:
        """Appends an entry; answers its index."""
        nonce = bytes([self.size % 256]) * 32
        for level, index, value in append(self.size, [leaf(entry(nonce, event))], self._get):
            self._rows[level, index] = value
        self._kept.append((nonce, event))
        self.size += 1
        return self.size - 1

    def note(self, size: int | None = None) -> str:
        """The checkpoint of this size, the newest unless told otherwise."""
        size = self.size if size is None else size
        return sign_note(self.key, size, root(size, self._get))

    def look(self, index: int, size: int | None = None) -> dict[str, str]:
        """An entry with its proof."""
        size = self.size if size is None else size
        nonce, event = self._kept[index]
        hashes = proof(inclusion_plan(index, size), self._get)
        return make_look(event, nonce, make_proof(index, hashes, self.note(size)))

    def growth(self, old: int, new: int) -> list[str]:
        """Hashes that show that the log of size `new` begins with that of size `old`, base64url."""
        return [b64u(one) for one in proof(consistency_plan(old, new), self._get)]

    def entry(self, index: int) -> str:
        """b64u of an entry."""
        return b64u(entry(*self._kept[index]))


@dataclass
class World:
    """Noor with one drawer and two records; Fatima's team with a grant and a sealed answer of now."""

    log: Log = field(default_factory=Log)
    directory_key: dict[str, str] = field(default_factory=new_signing_key)
    identity_key: dict[str, str] = field(default_factory=new_signing_key)
    consent_key: dict[str, str] = field(default_factory=new_signing_key)
    team: TeamKeys = field(default_factory=lambda: new_team_keys(PARTY, "oin:00000001234567890000:desk"))
    vlt: str = field(default_factory=new_id)
    drw: str = ""
    chain: list[Statement] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = PersonKeys.new(self.vlt)
        sig, enc = self.keys.keyring.sig, self.keys.keyring.enc
        self._sign(lambda link: sign_card(sig, link, sig=sig, enc=enc, passkeys=(), slots=()))
        keyring, epoch = self.keys.with_new_drawer("school")
        self.keys.take(keyring)
        self.drw, self.epoch = epoch.drw, epoch
        self.open_epoch(epoch, "new", ())
        self.records = [seal_record(self.record(text), epoch) for text in ("one", "two")]
        self.history: list[dict[str, Any]] = []
        h = bytes(32)
        for n, jwe in enumerate(self.records, 1):
            rid = self.rids[n - 1]
            h = next_head(h, n, "put", rid, 1, H(jwe))
            self.history.append({"n": n, "op": "put", "rid": rid, "ver": 1, "t": H(jwe)})
        self.h = b64u(h)
        self.head = self._sign(lambda link: sign_head(sig, link, drw=self.drw, n=2, h=h))
        self.gnt = new_id()
        self.envelope = seal_envelope(epoch, public(self.team.enc), vlt=self.vlt, gnt=self.gnt)
        given = {"id": self.drw, "cat": "school", "ep": [1], "env": [H(self.envelope)], "one": []}
        self.grant = self.allow("read", [given], jkt=self.team.enc["kid"], gnt=self.gnt)
        self.answer = self.look_and_answer()

    @property
    def pins(self) -> Pins:
        """Whom to believe."""
        keys = (self.directory_key, self.identity_key, self.consent_key)
        return Pins("https://kluisje.example", self.log.policy, *({key["kid"]: public(key)} for key in keys))

    def _sign(self, make: Any) -> Statement:
        if not self.chain:
            token = make(Link(self.vlt, 0, None, NOW - DAY, 0))
            found = verify_first_card(token)
        else:
            token = make(link_after(self.chain[-1], iat=NOW - DAY, ring=1))
            found = verify_statement(token, public(self.keys.keyring.sig))
        self.chain.append(found)
        self.tell("statement", sid=found.sid, typ=found.typ, at=NOW - DAY)
        return found

    def open_epoch(self, epoch: EpochKeys, rsn: str, env: tuple[str, ...]) -> Statement:
        """A signed epoch of the drawer."""
        sig, place = self.keys.keyring.sig, {"drw": epoch.drw, "cat": "school", "dkc": epoch.dkc, "rsn": rsn}
        box = epoch.box_public
        return self._sign(lambda link: sign_epoch(sig, link, ep=epoch.ep, box=box, env=env, **place))

    def allow(self, act: str, drawers: list[dict[str, Any]], *, jkt: str, gnt: str) -> Statement:
        """A signed grant to the team for thirty days."""
        members: dict[str, Any] = {
            "jti": gnt,
            "aud": PARTY,
            "act": act,
            "knd": "until",
            "drw": drawers,
            "jkt": jkt,
        }
        text = {"uri": PURPOSE, "lang": "nl", "h": H("text")}
        times = {"nbf": NOW - DAY, "exp": NOW + 30 * DAY}
        sig = self.keys.keyring.sig
        return self._sign(lambda link: sign_grant(sig, link, **members, **times, pur=text, org=H("org"), req=new_id()))

    def record(self, text: str, *, iat: int = NOW - DAY, **other: Any) -> str:
        """A record by Noor."""
        self.rids = [*getattr(self, "rids", []), new_id()]
        place = {"iss": f"vault:{self.vlt}", "vlt": self.vlt, "drw": self.drw, "rid": self.rids[-1], "ver": 1}
        claims = {**place, "sch": NOTE, "prv": None, "iat": iat, "body": {"text": text}, **other}
        return sign_record(self.keys.keyring.sig, **claims)

    def tell(self, t: str, *, at: int = NOW, **members: Any) -> int:
        """A line of Noor's log; answers its index."""
        n = len(self.entries)
        prev = self.log.entry(self.entries[-1]) if self.entries else None
        index = self.log.add(make_event(t, vlt=self.vlt, n=n, prev=prev, at=at, **members))
        self.entries.append(index)
        return index

    def told(self) -> list[dict[str, Any]]:
        """All lines as consent tells them, newest first."""
        return [{"n": n, **self.log.look(index)} for n, index in enumerate(self.entries)][::-1]

    def look_and_answer(self, **members: Any) -> dict[str, Any]:
        """One more look of now, and the sealed answer to it; `members` of the event differ if given."""
        drawers = [{"id": self.drw, "ep": [1], "rid": None}]
        asked = {
            "by": PARTY,
            "emp": H("emp"),
            "gnt": self.gnt,
            "sid": self.grant.sid,
            "drw": drawers,
            "head": None,
        }
        t, at = members.pop("t", "read"), members.pop("at", NOW)
        index = self.tell(t, at=at, **(asked | members))
        sealed = [
            {"id": rid, "version": 1, "arrived": "2026-09-20T14:00:00Z", "jwe": jwe}
            for rid, jwe in zip(self.rids, self.records, strict=False)
        ]
        return {
            "grant": self.grant.token,
            "statements": [self.chain[0].token, self.chain[1].token],
            "look": self.log.look(index),
            "envelopes": [{"drawer": self.drw, "epoch": 1, "jwe": self.envelope}],
            "sealed": sealed,
            "head": {"served": {"n": 2, "h": self.h}, "signed": self.head.token},
            "next": None,
        }

    def receipt(self, statement: Statement) -> str:
        """Consent's acknowledgement of a statement."""
        key = self.consent_key
        issued = {
            "iss": "urn:oin:00000009999999990000",
            "vlt": self.vlt,
            "of": statement.typ,
            "iat": NOW,
            "idx": 0,
        }
        return issue_receipt(key, **issued, sid=statement.sid, entry=bytes(32))

    def organisation(self, party: str, enc: Any, sig: Any, *, at: int = NOW - 4 * DAY) -> dict[str, Any]:
        """A directory statement with its log entry of that moment, as `/organisations/{id}` answers it."""
        issued = {"iss": "urn:oin:00000008888888880000", "iat": at, "exp": at + 365 * DAY}
        token = sign_organisation(self.directory_key, sub=party, enc=enc, sig=sig, **issued)
        event = make_event("org", vlt=None, n=None, prev=None, at=at, sid=sid(token), sub=party)
        index = self.log.add(event)
        return {"team": party, "statement": token, **self.log.look(index)}


def grant_of(world: World) -> Any:
    """The world's grant as a value."""
    return read_grant(world.grant.token)
