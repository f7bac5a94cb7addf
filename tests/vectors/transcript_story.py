# SPDX-License-Identifier: EUPL-1.2
"""Who and what is in the transcript, and how Noor's chain, keyring and log grow in it."""

from typing import Any

from formats import receipt, sealing
from formats import statement as st
from formats.authorship import sign_record
from formats.event import emp
from formats.jose import public, symmetric
from formats.keyring import EpochKeys, Keyring
from formats.spelling import DAY, H, unb64u
from tests.vectors.cast import (
    CONSENT,
    NOW,
    PURPOSE,
    VLT,
    ident,
    key,
    pub,
    secret,
)
from tests.vectors.transcript_pen import Log, Pen

PUPILS = "urn:oin:00000001234567890000:team:leerplicht"
MUM = ident("mum's vault")
DRAWER, ANSWERS = ident("school drawer"), ident("answers drawer")
NOTE, REPORT, ANSWER, LETTER = (ident(name) for name in ("note", "report", "answer", "letter"))
READ, BRING, ONE, SAY = (ident(name) for name in ("read grant", "bring grant", "one grant", "say grant"))
CODE, FRIENDS = ident("code slot"), ident("trustees slot")
NOTE_SCHEMA, ANSWER_SCHEMA = (
    "https://catalogue.example/schemas/note/1",
    "https://catalogue.example/schemas/answer/1",
)
RK, RK2 = secret("rk"), secret("second rk")


def epoch_keys(drw: str, ep: int) -> EpochKeys:
    dk = symmetric(secret(f"dk {drw} {ep}"), f"{drw}.e{ep}")
    return EpochKeys(drw, ep, dk, key(f"box {drw} {ep}", "enc"))


class Story:
    """Noor's chain, her keyring, the log, and the pen that writes it all down."""

    def __init__(self) -> None:
        self.pen, self.log = Pen(), Log()
        self.chain: list[st.Statement] = []
        self.mums: list[st.Statement] = []
        self.ring = Keyring(VLT, 1, key("noor"), key("noor", "enc"))
        self.at, self.rk = NOW, RK
        self.orgs: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def link(self) -> st.Link:
        self.at += 60
        if not self.chain:
            return st.Link(VLT, 0, None, self.at, self.ring.seq)
        return st.link_after(self.chain[-1], iat=self.at, ring=self.ring.seq)

    def says(self, name: str, token: str) -> str:
        """A statement of Noor's: signed with the SIG of the card before, logged, acknowledged."""
        card = next((one for one in reversed(self.chain) if one.typ == st.CARD), None)
        by = key("noor", "sig") if card is None or card.claims["sig"]["kid"] == pub("noor")["kid"] else key("noor 2")
        found = st.verify_first_card(token) if card is None else st.verify_statement(token, public(by))
        st.follows(self.chain[-1] if self.chain else None, found)
        self.chain.append(found)
        self.pen.sign(name, token, by)
        logged = self.log.add(name, "statement", VLT, self.at, sid=found.sid, typ=found.typ)
        self.acknowledge(f"receipt of {name}", found.sid, found.typ, logged)
        return found.sid

    def acknowledge(self, name: str, of_sid: str | None, of: str, logged: dict[str, Any]) -> None:
        token = receipt.issue_receipt(
            key("consent"),
            iss=CONSENT,
            vlt=VLT,
            sid=of_sid,
            of=of,
            iat=self.at,
            idx=logged["index"],
            entry=unb64u(logged["entry"]),
        )
        self.pen.sign(name, token, key("consent"), receipt.verify_receipt)

    def stores(self, ring: Keyring) -> None:
        self.ring = ring
        inside = {"name": "keyring", "value": ring.as_json()}
        self.pen.seal(
            f"keyring {ring.seq}",
            sealing.seal_keyring(ring, self.rk),
            {"vlt": VLT, "seq": ring.seq},
            "rk" if self.rk == RK else "rk 2",
            inside,
        )

    def keeps(
        self, name: str, jws: str, by: str, drw: str, ep: int, rid: str, ver: int, op: str = "put"
    ) -> tuple[int, bytes]:
        """A record under DK, and the drawer's head after it."""
        if op == "put":
            self.pen.sign(name, jws, key(by))
        token = sealing.seal_record(jws, self.ring.epoch(drw, ep))
        place = {"vlt": VLT, "drw": drw, "rid": rid, "ver": ver}
        self.pen.seal(f"sealed {name}", token, place, f"{drw}.e{ep}", {"name": "record", "of": name})
        return self.pen.head(drw, op, rid, ver, H(token))

    def looks(self, name: str, t: str, by: str, gnt: str, gsid: str, drw: list[dict[str, Any]], head: Any) -> None:
        self.at += 60
        who = emp(secret("registry's key"), by, "fatima@example")
        logged = self.log.add(name, t, VLT, self.at, by=by, emp=who, gnt=gnt, sid=gsid, drw=drw, head=head)
        self.log.look(name, logged, self.log.note(1, self.at), logged["index"] + 1)


def record(
    by: str,
    iss: str,
    drw: str,
    rid: str,
    ver: int,
    sch: str,
    prv: str | None,
    at: int,
    body: Any,
    att: Any = (),
) -> str:
    return sign_record(
        key(by), iss=iss, vlt=VLT, drw=drw, rid=rid, ver=ver, sch=sch, prv=prv, iat=at, body=body, att=att
    )


def make_grant(s: Story, jti: str, aud: str, act: str, drw: list[dict[str, Any]], name: str, req: str | None) -> str:
    link, use = s.link(), "enc" if act == "read" else "sig"
    return st.sign_grant(
        key("noor"),
        link,
        jti=jti,
        aud=aud,
        act=act,
        knd="until",
        nbf=link.iat,
        exp=link.iat + 30 * DAY,
        drw=drw,
        pur=PURPOSE,
        jkt=pub(name, use)["kid"],
        org=s.orgs[name],
        req=req,
    )
