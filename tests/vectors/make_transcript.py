# SPDX-License-Identifier: EUPL-1.2
"""Wrote `transcript.json`: one story, everything signed, sealed and logged in it, for readers in any
language.

Noor fills a drawer, lets a team read it, the school brings a report, she files it, the team reads, gets one
record and one answer, she stops it, changes the lock, and comes back after losing her phone. Frozen: a second
run refuses to overwrite.
"""

import json
from pathlib import Path

from formats.checkpoint import LOG, WITNESS
from formats.event import emp
from formats.keyring import keyring_key
from formats.spelling import b64u
from tests.vectors.cast import (
    CONSENT,
    SCHOOL,
    TEAM,
    VLT,
    key,
    log_key,
    secret,
    witness_key,
)
from tests.vectors.transcript_giving import before, fill, grant
from tests.vectors.transcript_story import (
    ANSWERS,
    DRAWER,
    MUM,
    PUPILS,
    RK,
    RK2,
    Story,
    epoch_keys,
)
from tests.vectors.transcript_twins import chain_twins, decisions, log_twins
from tests.vectors.transcript_using import (
    deposit_and_file,
    read,
    recover,
    revoke_and_rotate,
    single_and_answer,
)

TARGET = Path(__file__).with_name("transcript.json")


def main() -> None:
    s = Story()
    for part in (before, fill, grant, deposit_and_file, read, single_and_answer, revoke_and_rotate, recover):
        part(s)
    st_names = (
        "noor",
        "noor 2",
        "mum",
        "consent",
        "digid",
        "directory",
        "catalogue",
        "brp",
        "team",
        "pupils",
        "school",
        "team dpop",
    )
    enc_names = (
        "noor",
        "noor 2",
        "mum",
        "team",
        "pupils",
        "school",
        "friend 1",
        "friend 2",
        "friend 3",
        "noor's new device",
    )
    boxes = [epoch_keys(DRAWER, 1), epoch_keys(DRAWER, 2), epoch_keys(ANSWERS, 1)]
    keys = {name: key(name) for name in st_names} | {f"{name} enc": key(name, "enc") for name in enc_names}
    witnesses = [witness_key(f"w{number}") for number in (1, 2, 3)]
    vkeys = [str(one.vkey) for one in witnesses]
    policy = [
        f"log {log_key().vkey}",
        *(f"witness w{n} {one}" for n, one in enumerate(vkeys, 1)),
        "group two 2 w1 w2 w3",
        "quorum two",
    ]
    made = {
        "about": "One story; see docs/formats/transcript.md. The private keys are for this file only.",
        "vlt": VLT,
        "parties": {
            "noor": f"vault:{VLT}",
            "mum": f"vault:{MUM}",
            "team": TEAM,
            "pupils": PUPILS,
            "school": SCHOOL,
            "consent": CONSENT,
        },
        "keys": keys,
        "rk": {"rk": b64u(RK), "rk 2": b64u(RK2)},
        "keyring_keys": {"rk": b64u(keyring_key(RK)), "rk 2": b64u(keyring_key(RK2))},
        "epochs": [
            {"drw": one.drw, "ep": one.ep, "dk": dict(one.dk), "box": dict(one.box or {}), "dkc": one.dkc}
            for one in boxes
        ],
        "emp": {
            "key": b64u(secret("registry's key")),
            "by": TEAM,
            "subject": "fatima@example",
            "emp": emp(secret("registry's key"), TEAM, "fatima@example"),
        },
        **s.values,
        "signed": s.pen.signed,
        "chain": [one.token for one in s.chain],
        "mums_chain": [one.token for one in s.mums],
        "sealed": s.pen.sealed,
        "heads": s.pen.heads,
        "log": {
            "policy": "\n".join(policy) + "\n",
            "seed": b64u(secret(log_key().vkey.name)),
            "kinds": {"log": LOG, "witness": WITNESS},
            "witnesses": [{"vkey": str(one.vkey), "seed": b64u(secret(f"w{n}"))} for n, one in enumerate(witnesses, 1)],
            "events": s.log.events,
            "checkpoints": s.log.checkpoints,
            "growth": s.log.growth,
            "looks": s.log.looks,
        },
        "decisions": decisions(s),
        "chain_twins": chain_twins(s),
        "log_twins": log_twins(s),
        "twins": s.pen.twins,
    }
    with TARGET.open("x", encoding="utf-8") as file:
        json.dump(made, file, ensure_ascii=True, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
