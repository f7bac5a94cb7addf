# SPDX-License-Identifier: EUPL-1.2
"""Made the frozen vectors of the signed half of `formats/`. Kept to show where the values came from; never
overwrites.

Keys come from names (`cast`). ECDSA signatures are random,
so tokens are frozen as they came out; everything else in
the files can be recomputed,
and `tests/formats/test_frozen_vectors.py` does. Run: `python -m tests.vectors.make_signed`.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any

from formats.checkpoint import cosign_note, entry, make_proof, origin_at, shard_span, sign_note
from formats.event import emp
from formats.spelling import H, b64u, sid
from formats.statement import next_head
from formats.tree import consistency_plan, inclusion_plan, proof, root
from tests.formats import test_authority as authority
from tests.formats import test_catalogue as catalogue
from tests.formats import test_chain as chain
from tests.formats import test_dpop as dpop
from tests.formats import test_event as event
from tests.formats import test_grant as grant
from tests.formats import test_listing as listing
from tests.formats import test_organisation as organisation
from tests.formats import test_places as places
from tests.formats import test_policy as policy
from tests.formats import test_receipt as receipt
from tests.formats import test_registration as registration
from tests.formats import test_request as request
from tests.formats import test_statement as statement
from tests.formats.refusals import edited, forgeries, parts_of, signed, twin
from tests.formats.test_tree import by_definition, grown
from tests.vectors import HERE
from tests.vectors.cast import NOW, ORIGIN, RID, VLT, key, log_key, pub, secret, witness_key

Wrong = Iterable[tuple[str, str, Any]]


def write(name: str, about: str, **content: Any) -> None:
    target = HERE / f"{name}.json"
    if target.exists():
        print(f"{target.name} is frozen: left as it is")
        return
    target.write_text(json.dumps({"about": about} | content, indent=1, ensure_ascii=True) + "\n", "utf-8")


def good(name: str, token: str, signer: str) -> dict[str, Any]:
    header, claims = parts_of(token)
    return {
        "name": name,
        "typ": header["typ"],
        "key": pub(signer),
        "token": token,
        "claims": claims,
        "sid": sid(token),
    }


def bad(token: str, signer: str, wrong: Wrong = ()) -> list[dict[str, Any]]:
    """The forgeries of one token, and tokens of it with one member changed, truly signed."""
    header, claims = parts_of(token)
    found = [{"name": name, "token": forged} for name, forged in forgeries(token, key(signer), key("mallory"))]
    for at, (_, path, value) in enumerate(wrong):
        changed = signed(header, edited(claims, path, value), key(signer))
        found.append({"name": f"wrong {path} ({at})", "token": changed})
    return [one | {"typ": header["typ"], "key": pub(signer)} for one in found]


def signed_format(name: str, about: str, cases: list[tuple[str, str, str]], wrong: dict[str, Wrong]) -> None:
    accepted = [good(*case) for case in cases] + [good(f"twin of {n}", twin(t), s) for n, t, s in cases]
    refused = [one for n, t, s in cases for one in bad(t, s, wrong.get(n, ()))]
    write(name, about, accepted=accepted, refused=refused)


def of(rows: Wrong, name: str) -> Wrong:
    return [row for row in rows if row[0] == name]


def main() -> None:
    signed_format(
        "statement",
        "Each type of statement of one chain; the key is the person's SIG.",
        [(typ, token, "noor") for typ, token in statement.MADE.items()],
        {typ: of(statement.WRONG, typ) for typ in statement.MADE},
    )
    heads, h = [], bytes(32)
    for n, (op, ver, t) in enumerate([("put", 1, H("a")), ("put", 2, H("b")), ("file", 1, H("c")), ("del", 2, "")], 1):
        h = next_head(h, n, op, RID, ver, t)
        heads.append({"n": n, "op": op, "rid": RID, "ver": ver, "t": t, "h": b64u(h)})
    tokens = chain.story().tokens()
    write(
        "chain",
        "A whole chain in order, and the heads of a drawer after each change.",
        chain=tokens,
        heads=heads,
    )
    signed_format("person", "The identity issuer's statement.", [("person", statement.PERSON, "digid")], {})
    write(
        "grant",
        "One grant, and why it does not open something. Members left out of a row are as in `ask`.",
        token=grant.TOKEN,
        ask={"card_sig": pub("noor"), "vlt": VLT, "reader": request.TEAM, "key_jkt": grant.ENC,
        "party_keys": [grant.ENC],
             "act": "read", "drawers": [grant.DRW], "now": NOW, "revoked": [], "assents_missing": False},
        rows=[{"why": None}, *({"why": why} | jsonable(other) for why, other in grant.FAULTS),
              {"why": "not-yet", "now": NOW - 1}, {"why": None, "now": grant.END - 1}, {"why": "other-key",
              "key_jkt": H("x")}],
        unreadable=[one["token"] for one in bad(grant.TOKEN,
        "noor") if grant.ask(one["token"]) == "unreadable"],
        forged=[one["token"] for one in bad(grant.TOKEN, "noor") if grant.ask(one["token"]) == "forged"],
    )  # fmt: skip
    for name, types in (("record", (places.RECORD, places.SINGLE)), ("deposit", (places.DEPOSIT,)),
                        ("envelope", (places.ENVELOPE, places.KEYRING, places.SLOT,
                        places.SHARE))):  # fmt: skip
        write(
            f"{name}_place",
            "Sealed tokens (what is inside is of no matter), and the place each names.",
            accepted=[{"typ": typ, "token": places.SEALED[typ],
            "header": places.header_of(typ)} for typ in types],
            refused=[
                {"typ": typ, "name": f"without {member}", "token": places.with_header(
                    typ, {n: v for n, v in places.header_of(typ).items() if n != member})}
                for typ in types for member in places.header_of(typ)
            ] + [{"typ": typ, "name": f"as {other}", "token": places.SEALED[other]}
                 for typ in types for other in places.SEALED if other != typ],
        )  # fmt: skip
    store = grown(20)
    write(
        "tree",
        "Leaf i is the leaf hash of i as 32 big-endian bytes.",
        roots=[b64u(by_definition(store.leaves[:size])) for size in range(21)],
        inclusion=[{"index": i, "size": s, "hashes": [b64u(one) for one in proof(inclusion_plan(i, s),
        store.get)]}
                   for i, s in ((0, 1), (0, 2), (4, 5), (3, 7), (11, 13), (19, 20))],
        consistency=[{"old": o, "new": s, "hashes": [b64u(one) for one in proof(consistency_plan(o, s),
        store.get)]}
                     for o, s in ((1, 1), (1, 2), (3, 7), (8, 20), (12, 20), (19, 20))],
    )  # fmt: skip
    note = sign_note(log_key(), 20, root(20, store.get))
    cosigned = cosign_note(cosign_note(note, witness_key("delft"), NOW), witness_key("breda"), NOW + 60)
    write(
        "checkpoint",
        "Ed25519 is deterministic: every line can be recomputed from the seeds.",
        log={"seed": b64u(secret(ORIGIN)), "vkey": str(log_key().vkey)},
        witnesses={city: {"seed": b64u(secret(city)),
        "vkey": str(witness_key(city).vkey)} for city in policy.CITIES},
        size=20, root=b64u(root(20, store.get)), note=note, cosigned=cosigned, times={"delft": NOW,
        "breda": NOW + 60},
        proof=make_proof(3, proof(inclusion_plan(3, 20), store.get), note), index=3,
        entry={"nonce": b64u(secret("nonce")), "event": b64u(b"event"), "entry": b64u(entry(secret("nonce"),
        b"event"))},
        shards=[{"host": "a.example", "at": at, "origin": origin_at("a.example", at),
        "span": shard_span(origin_at("a.example", at))}
                for at in (0, 1_782_863_999, 1_782_864_000, NOW, 2_147_483_648)],
        refused=[note[:-1], note.replace("\n20\n", "\n21\n"), note.replace("\u2014", "-"),
        note.replace("\n20\n", "\n020\n"),
                 note.split("\n\n")[0] + "\n\n", note + "garbage\n"],
    )  # fmt: skip
    write(
        "policy",
        "A tlog-policy: two of three cities. The note is that of checkpoint.json with these witnesses.",
        policy=policy.POLICY,
        rows=[{"witnesses": list(cities), "note": policy.cosigned(*cities), "enough": len(set(cities)) > 1}
              for cities in ((), ("delft",), ("delft", "delft"), ("delft", "zwolle"), ("breda", "zwolle"),
              policy.CITIES)],
    )  # fmt: skip
    write(
        "event",
        "One event of each type, as written.",
        accepted=[event.made(t).decode() for t in event.EVENTS],
        refused=[json.dumps(edited(json.loads(event.made(t)), path, value)) for t, path,
        value in event.WRONG],
        emp={"key": b64u(secret("emp key")), "by": request.TEAM, "subject": "cw_1",
        "emp": emp(secret("emp key"), request.TEAM, "cw_1")},
    )  # fmt: skip
    look = event.look_at(event.made("read"))
    write(
        "permit",
        "The permit of a read at `at`, good from `at` - 2 until before `at` + 10.",
        policy=f"log {log_key().vkey}\nquorum none\n", at=NOW, index=7, origin=ORIGIN, permit=look,
        refused=[look | {"nonce": b64u(bytes(32))}, look | {"event": event.look_at(event.made("read",
        n=5))["event"]},
                 look | {"proof": look["proof"].replace("index 7", "index 8")}, look | {"extra": 1},
                 event.look_at(event.made("stop")), event.look_at(event.made("recover", step="asked"))],
    )  # fmt: skip
    signed_format(
        "receipt",
        "Receipt, closing, security event, consent receipt.",
        [(name, token, signer) for name, (token, signer, _) in receipt.ALL.items()],
        {name: of(receipt.WRONG, name) for name in receipt.ALL},
    )
    signed_format("organisation", "The directory's statement.", [("organisation", organisation.TOKEN, "directory")], {})
    signed_format(
        "listing",
        "How a team is shown.",
        [("listing", listing.TOKEN, "directory")],
        {"listing": listing.WRONG},
    )
    signed_format(
        "registration",
        "The directory's statement of a team's application.",
        [("registration", registration.TOKEN, "directory")],
        {"registration": registration.WRONG},
    )
    signed_format(
        "request",
        "Question, answer to why, import.",
        [(name, token, "team") for name, (token, _) in request.ALL.items()],
        {name: of(request.WRONG, name) for name in request.ALL},
    )
    signed_format(
        "authority",
        "Gezag and not able.",
        [(name, token, "source") for name, (token, _) in authority.ALL.items()],
        {name: of(authority.WRONG, name) for name in authority.ALL},
    )
    signed_format(
        "catalogue",
        "The first version of a catalogue.",
        [("catalogue", catalogue.ONE.token, "catalogue")],
        {},
    )
    write(
        "dpop",
        "A DPoP proof (RFC 9449) and what it was made for.",
        proof=dpop.PROOF, method="GET", url=dpop.URL, now=NOW, ath=dpop.ATH, jkt=dpop.JKT,
        jti=parts_of(dpop.PROOF)[1]["jti"],
        refused=[dpop.forged(header={"typ": "jwt"}), dpop.forged(header={"alg": "none"}),
        dpop.forged(claims={"htm": "POST"}),
                 dpop.forged(claims={"iat": NOW - 61}), dpop.forged(drop="ath"), dpop.forged(drop="jti"),
                 dpop.PROOF + "="],
    )  # fmt: skip
    write("spelling", "Section 1: texts in base64 where JSON could not hold them.", **spelling_tables())


def jsonable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, (set, tuple)) else value for name, value in row.items()}


def spelling_tables() -> dict[str, Any]:
    json_good = [
        b'{ "a" : [ 1 , 2 ] }',
        b"{}",
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":-9007199254740991}',
        '{"é":0}'.encode(),
    ]
    json_bad = [
        b"", b"[]", b"null", b'\xef\xbb\xbf{}', b'{"a":1,"\\u0061":1}', b'{"x":[{"a":1,"a":1}]}',
        b'{"a":1.0}', b'{"a":-0}', b'{"a":01}',
        b'{"a":1e2}', b'{"a":NaN}', b'{"a":9007199254740992}', b'{"a":"\\ud800"}', b'{"\\udfff":1}',
        b'{"a":"\xed\xa0\x80"}', b'{"a":1}{}',
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ]  # fmt: skip
    return {
        "base64url": {"good": {"": "", "AA": "00", "AAA": "0000", "_-8": "ffef"}, "bad": ["A", "AB", "AAB",
        "AA==", "A A", "AA\n", "A+", "é"]},
        "hash": {"text": "abc", "h": H("abc")},
        "json": {"good": [base64.b64encode(one).decode() for one in json_good],
        "bad": [base64.b64encode(one).decode() for one in json_bad]},
        "keys": {"good": [pub("noor"), pub("noor", "enc")], "bad": [key("noor"), pub("noor") | {"kid": "x"},
        pub("noor") | {"x": pub("noor")["y"]}]},
    }  # fmt: skip


if __name__ == "__main__":
    main()
