# SPDX-License-Identifier: EUPL-1.2
"""Made `sealing.json`: a token of each sealed `typ`, with its keys, and damaged twins. It refuses to
overwrite.
"""

import json
from pathlib import Path
from typing import Any

from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import ECKey, OctKey

from formats import sealing
from formats.authorship import sign_record
from formats.jose import new_sealing_key, new_signing_key, public, sign
from formats.keyring import keyring_key, new_epoch, new_keyring
from formats.padding import pad
from formats.slots import slot_key
from formats.spelling import b64u, dump_json, new_id, parse_json, unb64u

TARGET = Path(__file__).with_name("sealing.json")
SCHOOLS = "urn:oin:00000001823288444000:team:zuid"


def forge(header: dict[str, Any], plaintext: bytes, key: dict[str, Any] | bytes) -> str:
    """Any header over any text, by the library alone."""
    registry = JWERegistry(
        algorithms=["A256KW", "ECDH-ES+A256KW", "A128GCM", "A256GCM", "DEF"], strict_check_header=False
    )
    usable = OctKey.import_key(key) if isinstance(key, bytes) else ECKey.import_key(public(key))
    return encrypt_compact(dict(header), plaintext, usable, registry=registry)


def main() -> None:
    vlt, drw, rid, gnt, slot = (new_id() for _ in range(5))
    noor, school, enc, epoch = new_signing_key(), new_signing_key(), new_sealing_key(), new_epoch(drw, 1)
    rk, secret, share = bytes(range(32)), bytes(range(20)), bytes(range(33))
    place: dict[str, Any] = {"vlt": vlt, "drw": drw, "rid": rid}
    written: dict[str, Any] = {
        **place,
        "ver": 1,
        "sch": "urn:kluisje:schema:note:1",
        "prv": None,
        "iat": 1_900_000_000,
    }
    note = sign_record(noor, iss=f"vault:{vlt}", **written, body={"tekst": "Twaalf dagen ziek, één keer te laat"})
    report = sign_record(school, iss=SCHOOLS, **written, body={"absence_days": 12})
    keyring = new_keyring(vlt).with_drawer("school", epoch)
    sealed = [
        ("vault-rec+jwe", {**place, "ver": 1}, note, sealing.seal_record(note, epoch), epoch.secret),
        ("vault-dep+jwe", place, report, sealing.seal_deposit(report, epoch.box_public), epoch.box),
        (
            "vault-one+jwe",
            {**place, "ver": 1, "gnt": gnt},
            note,
            sealing.seal_single(note, public(enc), gnt=gnt),
            enc,
        ),
        (
            "vault-key+jwe",
            {"vlt": vlt, "drw": drw, "ep": 1, "gnt": gnt},
            list(epoch.dk.values()),
            sealing.seal_envelope(epoch, public(enc), vlt=vlt, gnt=gnt),
            enc,
        ),
        (
            "vault-ring+jwe",
            {"vlt": vlt, "least": 2},
            keyring.as_json(),
            sealing.seal_keyring(keyring, rk),
            keyring_key(rk),
        ),
        (
            "vault-slot+jwe",
            {"vlt": vlt, "slot": slot, "kind": "code"},
            b64u(rk),
            sealing.seal_slot(rk, secret, vlt=vlt, slot=slot, kind="code"),
            slot_key(secret, slot, "code"),
        ),
        (
            "vault-share+jwe",
            {"vlt": vlt, "slot": slot},
            b64u(share),
            sealing.seal_share(share, public(enc), vlt=vlt, slot=slot),
            enc,
        ),
    ]
    inside = {
        "vault-key+jwe": dump_json({"keys": [dict(epoch.dk), dict(epoch.box or {})]}),
        "vault-ring+jwe": dump_json(pad(keyring.as_json())),
        "vault-slot+jwe": rk,
        "vault-share+jwe": share,
    }
    refused = []
    for typ, where, gives, token, key in sealed:
        parts = token.split(".")
        header = parse_json(unb64u(parts[0]))
        header.pop("epk", None)
        text = inside.get(typ) or str(gives).encode()

        def twin(why: str, bad: str, typ: str = typ, where: dict[str, Any] = where) -> None:
            refused.append({"typ": typ, "why": why, "place": where, "token": bad})

        for at, name in enumerate(("header", "wrapped key", "iv", "ciphertext", "tag")):
            raw = bytearray(unb64u(parts[at]))
            raw[len(raw) // 2] ^= 1
            twin(f"a flipped bit in the {name}", ".".join([*parts[:at], b64u(bytes(raw)), *parts[at + 1 :]]))
        twin("base64 padding", ".".join([*parts[:4], parts[4] + "=="]))
        twin("a stray last bit", token[:-1] + chr(ord(token[-1]) + 1))
        twin("another vault in the header", forge(header | {"vlt": new_id()}, text, key))
        twin("another typ", forge(header | {"typ": "vault-any+jwe"}, text, key))
        twin("a member more", forge(header | {"note": "x"}, text, key))
        twin("a member less", forge({name: header[name] for name in header if name != "vlt"}, text, key))
        twin("compressed", forge(header | {"zip": "DEF"}, text, key))
        twin("A128GCM", forge(header | {"enc": "A128GCM"}, text, key))
        if typ in ("vault-rec+jwe", "vault-dep+jwe", "vault-one+jwe"):
            claims = parse_json(unb64u(str(gives).split(".")[1]))
            author = school if typ == "vault-dep+jwe" else noor
            stranger = sign(claims, "vault-rec+jwt", new_signing_key())
            moved = sign(
                pad({n: v for n, v in claims.items() if n != "pad"} | {"rid": new_id()}),
                "vault-rec+jwt",
                author,
            )
            short = sign({**claims, "pad": claims["pad"][1:]}, "vault-rec+jwt", author)
            for why, text in (
                ("a stranger's text", stranger),
                ("a text of another place", moved),
                ("wrong padding", short),
            ):
                twin(why, forge(header, text.encode(), key))
    made = {
        "about": "formats.md section 3. each of `sealed` opens at its place, each of `refused` does not.",
        "drw": drw,
        "dkc": epoch.dkc,
        "keys": {
            "rk": b64u(rk),
            "secret": b64u(secret),
            "dk": dict(epoch.dk),
            "box": dict(epoch.box or {}),
            "enc": enc,
            "authors": {f"vault:{vlt}": noor, SCHOOLS: school},
        },
        "sealed": [
            {"typ": typ, "place": where, "gives": gives, "token": token} for typ, where, gives, token, _ in sealed
        ],
        "refused": refused,
    }
    with TARGET.open("x", encoding="utf-8") as file:
        json.dump(made, file, ensure_ascii=True, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
