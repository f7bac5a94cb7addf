# SPDX-License-Identifier: EUPL-1.2
"""The first half of the story: what was there before, how Noor fills her vault, and what she allows."""

import hmac
from hashlib import sha256
from typing import Any

from formats import authority, catalogue, organisation, request, sealing, slots
from formats import statement as st
from formats.attachment import context, derive, encrypt_chunks, read_entry
from formats.consent_receipt import Entity, State, issue_consent_receipt, receipt_body
from formats.padding import padded_length
from formats.person import sign_person
from formats.spelling import DAY, H, b64u, sid
from tests.vectors.cast import (
    CONSENT,
    DIGID,
    DIRECTORY,
    NOW,
    PURPOSE,
    SCHOOL,
    TEAM,
    VLT,
    ident,
    key,
    pub,
    secret,
)
from tests.vectors.transcript_story import (
    BRING,
    CODE,
    DRAWER,
    FRIENDS,
    LETTER,
    MUM,
    NOTE,
    NOTE_SCHEMA,
    PUPILS,
    READ,
    RK,
    Story,
    epoch_keys,
    make_grant,
    record,
)


def before(s: Story) -> None:
    """Four days earlier: catalogue, organisations, bundle. They must be 72 hours old to count."""
    s.at = NOW - 4 * DAY
    files = {"purposes/back-to-school.json": b"{}", "drawers/school.json": b"{}"}
    rules = catalogue.sign_catalogue(key("catalogue"), iss=CONSENT, previous=None, iat=s.at, nbf=s.at, files=files)
    s.pen.sign("catalogue", rules, key("catalogue"), catalogue.verify_catalogue)
    s.log.add("catalogue", "catalogue", None, s.at, sid=sid(rules), sub=CONSENT)
    for name, sub in (("team", TEAM), ("pupils", PUPILS), ("school", SCHOOL)):
        token = organisation.sign_organisation(
            key("directory"),
            iss=DIRECTORY,
            sub=sub,
            enc=key(name, "enc"),
            sig=key(name),
            x5c=(),
            iat=s.at,
            exp=s.at + 365 * DAY,
        )
        s.orgs[name] = sid(
            s.pen.sign(f"organisation {name}", token, key("directory"), organisation.verify_organisation)
        )
        s.log.add(f"organisation {name}", "org", None, s.at, sid=sid(token), sub=sub)
    s.log.add("bundle", "bundle", None, s.at, sha384=b64u(bytes(48)), git="0" * 40, builders=["one", "two"])
    note = s.log.note(3, s.at)
    for logged in s.log.events[1:4]:
        s.log.look(logged["name"], logged, note, len(s.log.events))


def fill(s: Story) -> None:
    """Noor's vault, its ways back, a drawer, a note in two versions and a letter."""
    s.at = NOW
    person = sign_person(
        key("digid"), iss=DIGID, vlt=VLT, jkt=pub("noor")["kid"], acr="urn:example:substantial", iat=s.at
    )
    s.pen.sign("person", person, key("digid"))
    s.log.add("person", "statement", VLT, s.at, sid=sid(person), typ="vault-person+jwt")
    s.stores(s.ring)
    code, friends = secret("code")[:20], secret("trustees' secret")
    for slot, kind, way in ((CODE, "code", code), (FRIENDS, "trustees", friends)):
        token = sealing.seal_slot(RK, way, vlt=VLT, slot=slot, kind=kind)
        inside = {"name": "rk", "value": b64u(RK)}
        s.pen.seal(f"slot {kind}", token, {"vlt": VLT, "slot": slot, "kind": kind}, f"slot {kind}", inside)
    shares = slots.split_secret(friends, 2, 3)
    for number, share in enumerate(shares, 1):
        token = sealing.seal_share(share, pub(f"friend {number}", "enc"), vlt=VLT, slot=FRIENDS)
        inside = {"name": "share", "value": b64u(share)}
        s.pen.seal(
            f"share {number}",
            token,
            {"vlt": VLT, "slot": FRIENDS},
            pub(f"friend {number}", "enc")["kid"],
            inside,
        )
    s.values["slots"] = {
        "code": {
            "id": CODE,
            "secret": b64u(code),
            "written": slots.write_code(code),
            "key": b64u(slots.slot_key(code, CODE, "code")),
        },
        "trustees": {
            "id": FRIENDS,
            "secret": b64u(friends),
            "shares": [b64u(one) for one in shares],
            "k": 2,
            "key": b64u(slots.slot_key(friends, FRIENDS, "trustees")),
        },
        "prf": {"first": b64u(slots.prf_input(VLT))},
    }
    passkeys = [{"id": "cGFzc2tleQ", "jwk": pub("noor's passkey")}]
    card = st.sign_card(
        key("noor"),
        s.link(),
        sig=key("noor"),
        enc=key("noor", "enc"),
        passkeys=passkeys,
        slots=[CODE, FRIENDS],
    )
    s.says("card", card)
    s.stores(s.ring.with_drawer("school", epoch_keys(DRAWER, 1)))
    opens = s.ring.newest(DRAWER)
    s.says(
        "epoch 1",
        st.sign_epoch(
            key("noor"),
            s.link(),
            drw=DRAWER,
            cat="school",
            ep=1,
            box=opens.box_public,
            dkc=opens.dkc,
            rsn="new",
            env=[],
        ),
    )
    first = record(
        "noor",
        f"vault:{VLT}",
        DRAWER,
        NOTE,
        1,
        NOTE_SCHEMA,
        None,
        s.at,
        {"tekst": "Twaalf dagen ziek, één keer te laat"},
    )
    s.keeps("note 1", first, "noor", DRAWER, 1, NOTE, 1)
    letter = attachment(s, b"Geachte mevrouw, " * 60)
    second = record(
        "noor",
        f"vault:{VLT}",
        DRAWER,
        NOTE,
        2,
        NOTE_SCHEMA,
        sid(first),
        s.at + 5,
        {"tekst": "Dertien dagen"},
        [letter],
    )
    n, h = s.keeps("note 2", second, "noor", DRAWER, 1, NOTE, 2)
    s.says("head 2", st.sign_head(key("noor"), s.link(), drw=DRAWER, n=n, h=h))


def attachment(s: Story, plain: bytes) -> Any:
    att_key, salt, place = (
        secret("letter key"),
        secret("letter salt")[:24],
        context(VLT, DRAWER, NOTE, LETTER),
    )
    blob = b"".join(encrypt_chunks(att_key, salt, place, [plain + bytes(padded_length(len(plain)) - len(plain))]))
    entry = {
        "id": LETTER,
        "key": b64u(att_key),
        "len": len(plain),
        "h": H(blob),
        "c2sp": "chunked-encryption@v1+AES-256-GCM",
    }
    chunk_key, nonce, commitment = derive(att_key, salt, place)
    derived = {"key": b64u(chunk_key), "nonce": b64u(nonce), "commitment": b64u(commitment)}
    s.values["attachment"] = {
        "vlt": VLT,
        "drw": DRAWER,
        "rid": NOTE,
        "entry": entry,
        "context": b64u(place),
        "derived": derived,
        "blob": b64u(blob),
        "plain": b64u(plain),
    }
    return read_entry(entry)


def grant(s: Story) -> None:
    """The team asks; Noor says yes, her mother too; the school may bring things."""
    asked = request.sign_request(
        key("team"),
        iss=TEAM,
        jti=ident("question"),
        iat=s.at,
        exp=s.at + 14 * DAY,
        org=s.orgs["team"],
        act="read",
        pur=PURPOSE["uri"],
        knd="until",
        items=[request.Item("drawer", "school", True)],
        nbf=s.at,
        ends=s.at + 30 * DAY,
        gnd="eu-gdpr:A6-1-a",
        note="Om samen een plan te maken",
        role="jeugdhulpverlener",
        name="Fatima",
    )
    s.pen.sign("question", asked, key("team"), request.verify_request)
    envelope = sealing.seal_envelope(s.ring.newest(DRAWER), pub("team", "enc"), vlt=VLT, gnt=READ)
    place = {"vlt": VLT, "drw": DRAWER, "ep": 1, "gnt": READ}
    keys = s.ring.newest(DRAWER)
    inside = {"name": "keys", "value": [dict(keys.dk), dict(keys.box or {})]}
    s.pen.seal("envelope 1", envelope, place, pub("team", "enc")["kid"], inside)
    given = [{"id": DRAWER, "cat": "school", "ep": [1], "env": [H(envelope)], "one": []}]
    yes = s.says("grant to read", make_grant(s, READ, TEAM, "read", given, "team", ident("question")))
    bring = [{"id": DRAWER, "cat": "school", "ep": [], "env": [], "one": []}]
    s.says("grant to bring", make_grant(s, BRING, SCHOOL, "deposit", bring, "school", None))
    mum = st.verify_first_card(
        st.sign_card(
            key("mum"),
            st.Link(MUM, 0, None, s.at, 0),
            sig=key("mum"),
            enc=key("mum", "enc"),
            passkeys=[],
            slots=[],
        )
    )
    assent = st.sign_assent(key("mum"), st.link_after(mum, iat=s.at, ring=0), gnt=READ, grant_sid=yes, yes=True)
    for name, token in (("mum's card", mum.token), ("mum's assent", assent)):
        s.pen.sign(name, token, key("mum"), st.verify_statement)
        s.mums.append(st.verify_statement(token, pub("mum")))
        s.log.add(name, "statement", MUM, s.at, sid=sid(token), typ=s.mums[-1].typ)
    consent_receipt(s, yes)
    gezag(s)


def consent_receipt(s: Story, yes: str) -> None:
    town = Entity(CONSENT, "Gemeente Voorbeeld", "Plein 1, Voorbeeld", "privacy@example.org")
    team = Entity(TEAM, "Jeugdteam Zuid", "Plein 2, Voorbeeld", "zuid@example.org")
    jti = ident("consent receipt")
    body = receipt_body(
        jti=jti,
        vlt=VLT,
        iat=s.at,
        notice=(s.at, "nl", PURPOSE["h"]),
        purpose=PURPOSE["uri"],
        legal_basis="eu-gdpr:A6-1-a",
        drawers=["school"],
        controller=town,
        recipient=team,
        storage=("NL", "P30D", "erased at the end"),
        withdraw_at="https://kluisje.example/stop",
        assessment="https://kluisje.example/dpia",
        states=[State("ConsentGiven", yes, "signature", s.at)],
    )
    token = issue_consent_receipt(key("consent"), iss=CONSENT, vlt=VLT, jti=jti, iat=s.at, sid=yes, body=body)
    s.pen.sign("consent receipt", token, key("consent"))


def gezag(s: Story) -> None:
    """Who decides for Noor, and a professional's "not able"; not used here, but each `typ` has its token."""
    adult = hmac.new(secret("shared with the source"), b"mum", sha256).digest()
    said = authority.sign_gezag(
        key("brp"),
        iss=CONSENT,
        vlt=VLT,
        kind="EenhoofdigOuderlijkGezag",
        adults=[b64u(adult)],
        inquiry=False,
        at=s.at,
        iat=s.at,
        exp=s.at + 30 * DAY,
    )
    s.pen.sign("gezag", said, key("brp"), authority.verify_gezag)
    s.log.add("gezag", "statement", VLT, s.at, sid=sid(said), typ=authority.GEZAG)
    unable = authority.sign_able(
        key("team"),
        iss=TEAM,
        vlt=ident("another vault"),
        rgm="wgbo",
        rsn="crisis",
        emp="fatima",
        iat=s.at,
        exp=s.at + DAY,
    )
    s.pen.sign("not able", unable, key("team"), authority.verify_able)
