# SPDX-License-Identifier: EUPL-1.2
"""The second half of the story: brought, filed, read, answered, stopped, locked anew, recovered."""

from formats import receipt, request, sealing
from formats import statement as st
from formats.dpop import make_proof
from formats.event import emp
from formats.spelling import DAY, H, b64u, sid, unb64u
from tests.vectors.cast import (
    CONSENT,
    SCHOOL,
    TEAM,
    VLT,
    ident,
    key,
    pub,
    secret,
)
from tests.vectors.transcript_story import (
    ANSWER,
    ANSWER_SCHEMA,
    ANSWERS,
    BRING,
    DRAWER,
    FRIENDS,
    NOTE,
    ONE,
    PUPILS,
    READ,
    REPORT,
    RK2,
    SAY,
    Story,
    epoch_keys,
    make_grant,
    record,
)


def deposit_and_file(s: Story) -> None:
    """The school brings a report it cannot read back; Noor files the same text."""
    bring = next(one for one in s.chain if one.claims.get("jti") == BRING)
    s.looks("deposit", "deposit", SCHOOL, BRING, bring.sid, [{"id": DRAWER, "ep": [], "rid": [REPORT]}], None)
    jws = record(
        "school",
        SCHOOL,
        DRAWER,
        REPORT,
        1,
        "https://catalogue.example/schemas/report/1",
        None,
        s.at,
        {"absence_days": 13},
    )
    s.pen.sign("report", jws, key("school"))
    token = sealing.seal_deposit(jws, s.ring.newest(DRAWER).box_public)
    place = {"vlt": VLT, "drw": DRAWER, "rid": REPORT, "ver": 1}
    s.pen.seal(
        "deposited report",
        token,
        place,
        s.ring.newest(DRAWER).box_public["kid"],
        {"name": "record", "of": "report"},
    )
    s.pen.head(DRAWER, "put", REPORT, 1, H(token))
    n, h = s.keeps("report", jws, "school", DRAWER, 1, REPORT, 1, op="file")
    s.says("head 4", st.sign_head(key("noor"), s.link(), drw=DRAWER, n=n, h=h))


def read(s: Story) -> None:
    """The team looks; the answer carries the proof. It keeps the keys; the vault deletes the envelope."""
    given = next(one for one in s.chain if one.claims.get("jti") == READ)
    head = next(one for one in reversed(s.pen.heads) if one["drw"] == DRAWER)
    s.looks(
        "read",
        "read",
        TEAM,
        READ,
        given.sid,
        [{"id": DRAWER, "ep": [1], "rid": None}],
        [{"drw": DRAWER, "n": head["n"], "h": head["h"]}],
    )
    url = "https://kluisje.example/gateway/v1/grants/" + READ
    ath = H("an access token")
    proof = make_proof(key("team dpop"), "GET", url, ath, now=s.at, jti=ident("dpop"))
    s.values["dpop"] = {
        "method": "GET",
        "url": url,
        "ath": ath,
        "now": s.at,
        "jkt": pub("team dpop")["kid"],
        "token": proof,
    }
    envelope = next(one for one in s.pen.sealed if one["name"] == "envelope 1")
    held = request.sign_import(key("team"), iss=TEAM, vlt=VLT, gnt=READ, env=[envelope["h"]], iat=s.at)
    s.pen.sign("import", held, key("team"), request.verify_import)
    looked = next(one for one in s.log.events if one["name"] == "read")
    why = request.sign_why(
        key("team"),
        iss=TEAM,
        vlt=VLT,
        ask=ident("why"),
        entry=looked["entry"],
        text="Voor het gesprek van dinsdag",
        emp="fatima",
        iat=s.at,
    )
    s.pen.sign("why", why, key("team"), request.verify_why)
    s.log.add("why", "statement", VLT, s.at, sid=sid(why), typ=request.WHY)


def single_and_answer(s: Story) -> None:
    """One record, and one answer that is computed from it, to another team: no drawer key goes along."""
    note = next(one for one in s.pen.signed if one["name"] == "note 2")["token"]
    token = sealing.seal_single(note, pub("pupils", "enc"), gnt=ONE)
    place = {"vlt": VLT, "drw": DRAWER, "rid": NOTE, "ver": 2, "gnt": ONE}
    s.pen.seal("single note", token, place, pub("pupils", "enc")["kid"], {"name": "record", "of": "note 2"})
    one = [{"id": DRAWER, "cat": "school", "ep": [], "env": [], "one": [{"rid": NOTE, "ver": 2, "h": H(token)}]}]
    gsid = s.says("grant of one record", make_grant(s, ONE, PUPILS, "read", one, "pupils", None))
    s.looks("read single", "read", PUPILS, ONE, gsid, [{"id": DRAWER, "ep": [], "rid": [NOTE]}], None)
    s.stores(s.ring.with_drawer("answers", epoch_keys(ANSWERS, 1)))
    opens = s.ring.newest(ANSWERS)
    s.says(
        "epoch of answers",
        st.sign_epoch(
            key("noor"),
            s.link(),
            drw=ANSWERS,
            cat="answers",
            ep=1,
            box=opens.box_public,
            dkc=opens.dkc,
            rsn="new",
            env=[],
        ),
    )
    body = {
        "q": "https://catalogue.example/questions/more-than-ten-days/1",
        "h": H("Was je meer dan tien dagen weg?"),
        "val": True,
        "src": [sid(note)],
    }
    answer = record("noor", f"vault:{VLT}", ANSWERS, ANSWER, 1, ANSWER_SCHEMA, None, s.at, body)
    n, h = s.keeps("answer", answer, "noor", ANSWERS, 1, ANSWER, 1)
    s.says("head of answers", st.sign_head(key("noor"), s.link(), drw=ANSWERS, n=n, h=h))
    token = sealing.seal_single(answer, pub("pupils", "enc"), gnt=SAY)
    place = {"vlt": VLT, "drw": ANSWERS, "rid": ANSWER, "ver": 1, "gnt": SAY}
    s.pen.seal("single answer", token, place, pub("pupils", "enc")["kid"], {"name": "record", "of": "answer"})
    one = [
        {
            "id": ANSWERS,
            "cat": "answers",
            "ep": [],
            "env": [],
            "one": [{"rid": ANSWER, "ver": 1, "h": H(token)}],
        }
    ]
    s.says("grant of an answer", make_grant(s, SAY, PUPILS, "read", one, "pupils", None))


def revoke_and_rotate(s: Story) -> None:
    """One tap: stopped, refused, closed; then new locks, and the old letter slot is destroyed."""
    s.says("revoke", st.sign_revoke(key("noor"), s.link(), jti=READ, aud=TEAM, drw=[DRAWER]))
    who = emp(secret("registry's key"), TEAM, "fatima@example")
    s.log.add("refused", "refused", VLT, s.at, by=TEAM, emp=who, gnt=READ, why="withdrawn")
    tells = receipt.issue_security_event(
        key("consent"),
        iss=CONSENT,
        aud=TEAM,
        kind="grant-ended",
        dataref=f"/gateway/v1/grants/{READ}",
        iat=s.at,
        jti=ident("event"),
    )
    s.pen.sign("security event", tells, key("consent"), receipt.verify_security_event)
    for name, until, art in (("erased", None, None), ("kept", s.at + 365 * DAY, "Archiefwet art. 3")):
        closing = receipt.sign_closing(key("team"), iss=TEAM, vlt=VLT, gnt=READ, until=until, art=art, iat=s.at)
        s.pen.sign(name, closing, key("team"), receipt.verify_closing)
        s.log.add(name, "statement", VLT, s.at, sid=sid(closing), typ=receipt.CLOSING)
    s.at += 60
    stop = s.log.add("stop by sign-in", "stop", VLT, s.at, by=f"vault:{VLT}", gnt=BRING, sid=None)
    s.acknowledge("receipt of stop by sign-in", None, receipt.STOP, stop)
    s.stores(s.ring.with_epoch(epoch_keys(DRAWER, 2)))
    opens = s.ring.newest(DRAWER)
    s.says(
        "epoch 2",
        st.sign_epoch(
            key("noor"),
            s.link(),
            drw=DRAWER,
            cat="school",
            ep=2,
            box=opens.box_public,
            dkc=opens.dkc,
            rsn="rotate",
            env=[],
        ),
    )
    s.stores(s.ring.without_box(DRAWER, 1))
    n, h = s.pen.head(DRAWER, "del", NOTE, 2, "")
    s.says("head 5", st.sign_head(key("noor"), s.link(), drw=DRAWER, n=n, h=h))


def recover(s: Story) -> None:
    """Her phone is gone. Two of three friends; a new RK, a new SIG; the same drawers."""
    s.at += DAY
    s.log.add("recovery asked", "recover", VLT, s.at, slot=FRIENDS, step="asked")
    s.at += 3 * DAY
    logged = s.log.add("recovery released", "recover", VLT, s.at, slot=FRIENDS, step="released")
    s.log.look("recovery released", logged, s.log.note(3, s.at), logged["index"] + 1)
    for number in (1, 3):
        share = unb64u(s.values["slots"]["trustees"]["shares"][number - 1])
        token = sealing.seal_share(share, pub("noor's new device", "enc"), vlt=VLT, slot=FRIENDS)
        inside = {"name": "share", "value": b64u(share)}
        s.pen.seal(
            f"share {number} handed on",
            token,
            {"vlt": VLT, "slot": FRIENDS},
            pub("noor's new device", "enc")["kid"],
            inside,
        )
    s.rk = RK2
    s.stores(s.ring.with_keys(sig=key("noor 2"), enc=key("noor 2", "enc")))
    link = s.link()
    slot = ident("new code slot")
    card = st.sign_card(
        key("noor"), link, sig=key("noor 2"), enc=key("noor 2", "enc"), passkeys=[], slots=[slot, FRIENDS]
    )
    s.says("second card", card)
    last = next(one for one in reversed(s.chain) if one.typ == st.EPOCH and one.claims["drw"] == DRAWER)
    s.says(
        "epoch 2 renewed",
        st.sign_epoch(
            key("noor 2"),
            s.link(),
            drw=DRAWER,
            cat="school",
            ep=2,
            box=dict(last.claims["box"]),
            dkc=last.claims["dkc"],
            rsn="renew",
            env=list(last.claims["env"]),
        ),
    )
    s.log.note(3, s.at)
