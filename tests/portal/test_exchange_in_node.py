# SPDX-License-Identifier: EUPL-1.2
"""A live exchange: what Python signs and seals now opens in the portal's formats, and the reverse. In Node; the stories
of tests/browser do the same in Chromium, through real servers."""

import json
import os
import subprocess
import time
from typing import Any

import pytest

from formats.attachment import open_attachment, seal_attachment
from formats.authorship import sign_record
from formats.chain import check_chain
from formats.dpop import check_proof
from formats.jose import new_sealing_key, new_signing_key, public
from formats.keyring import Keyring, new_epoch
from formats.sealing import (
    open_deposit,
    open_envelope,
    open_keyring,
    open_record,
    open_single,
    open_slot,
    seal_deposit,
    seal_envelope,
    seal_keyring,
    seal_record,
    seal_single,
    seal_slot,
)
from formats.slots import new_code, read_code, write_code
from formats.spelling import H, b64u, new_id, thumbprint, unb64u
from formats.statement import Link, link_after, sign_card, sign_epoch, verify_first_card
from tests.portal.packages import ROOT, installed, node

VLT, DRW, RID, GNT, SLOT = (new_id() for _ in range(5))
NOW = int(time.time())
BODY = {"dagen": 12, "naam": "Zoë — “één” \U0001f600", "diep": {"rij": [1, -2, None, {"leeg": {}}]}, "ja": True}
FILE = bytes(k % 251 for k in range(20_000))
AT = {"vlt": VLT, "drw": DRW, "rid": RID}


@pytest.fixture(scope="module")
def python() -> dict[str, Any]:
    """What Python has made, with the keys to it."""
    sig, enc, rk, code = new_signing_key(), new_sealing_key(), os.urandom(32), new_code()
    epoch = new_epoch(DRW, 1)
    sealing = seal_attachment([FILE[:5], FILE[5:]], **AT)
    blob = b"".join(sealing)
    said = {"iss": f"vault:{VLT}", **AT, "ver": 1, "sch": "urn:kluisje:schema:note:1", "prv": None, "iat": NOW}
    jws = sign_record(sig, **said, att=[sealing.entry], body=BODY)
    keyring = Keyring(VLT, 1, sig, enc).with_drawer("school", epoch)
    card = sign_card(sig, Link(VLT, 0, None, NOW, 0), sig=sig, enc=enc, passkeys=(), slots=[SLOT])
    link = link_after(verify_first_card(card), iat=NOW, ring=1)
    terms = {"drw": DRW, "cat": "school", "ep": 1, "box": epoch.box_public, "dkc": epoch.dkc, "rsn": "new", "env": ()}
    return {
        "vlt": VLT, "drw": DRW, "rid": RID, "gnt": GNT, "slotId": SLOT, "now": NOW,
        "sig": sig, "enc": enc, "rk": b64u(rk), "dk": dict(epoch.dk), "box": dict(epoch.box or {}),
        "code": write_code(code), "slot": seal_slot(rk, code, vlt=VLT, slot=SLOT, kind="code"),
        "keyring": seal_keyring(keyring, rk), "keyringJson": keyring.as_json(), "blob": b64u(blob),
        "record": seal_record(jws, epoch), "deposit": seal_deposit(jws, epoch.box_public),
        "single": seal_single(jws, public(enc), gnt=GNT), "envelope": seal_envelope(epoch, public(enc), vlt=VLT, gnt=GNT),
        "chain": [card, sign_epoch(sig, link, **terms)],
    }  # fmt: skip


@pytest.fixture(scope="module")
def portal(python: dict[str, Any]) -> dict[str, Any]:
    """What the portal's formats read of that, and what they made."""
    told = os.environ | {"FORMATS": str(installed() / "src" / "formats")}
    command = [node(), str(ROOT / "tests" / "portal" / "exchange.mjs")]
    done = subprocess.run(
        command, env=told, input=json.dumps(python), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_python_made_opens_in_the_portal(python: dict[str, Any], portal: dict[str, Any]) -> None:
    read = portal["read"]
    assert (read["rk"], read["keyring"]) == (python["rk"], python["keyringJson"])
    assert read["body"] == read["deposit"] == read["single"] == BODY
    assert read["envelope"] == python["dk"]
    assert unb64u(read["plain"]) == FILE
    assert read["chain"] == ["vault-card+jwt", "vault-epoch+jwt"]


def test_what_the_portal_made_opens_in_python(python: dict[str, Any], portal: dict[str, Any]) -> None:
    made, rk = portal["made"], unb64u(python["rk"])
    keyring = open_keyring(made["keyring"], rk, vlt=VLT, least=2)
    epoch = keyring.epoch(DRW, 1)
    assert [drawer.cat for drawer in keyring.drawers] == ["school", "vrije tijd"]
    author = public(python["sig"])
    record = open_record(made["record"], epoch, lambda iss, at: author, **AT, ver=1)
    deposit = open_deposit(made["deposit"], epoch, lambda iss, at: author, **AT)
    named = {**AT, "ver": 1, "gnt": GNT, "h": H(made["single"])}
    single = open_single(made["single"], python["enc"], lambda iss, at: author, **named)
    assert record.token == deposit.token == single.token == made["jws"]
    assert dict(record.body) == made["body"]
    [entry] = record.att
    assert b"".join(open_attachment([unb64u(made["blob"])], entry, **AT)) == unb64u(made["plain"])
    assert open_slot(made["slot"], read_code(made["code"]), vlt=VLT, slot=SLOT, kind="code") == rk
    signed = {"dkc": epoch.dkc, "box": epoch.box_public, "env": [H(made["envelope"])]}
    opened = open_envelope(made["envelope"], python["enc"], vlt=VLT, drw=DRW, ep=1, gnt=GNT, **signed)
    assert dict(opened.dk) == python["dk"]


def test_a_chain_and_a_proof_of_the_portal_are_good_here(python: dict[str, Any], portal: dict[str, Any]) -> None:
    made = portal["made"]
    kinds = [one.typ for one in check_chain(made["chain"])]
    assert kinds == [f"vault-{name}+jwt" for name in ("card", "epoch", "grant", "revoke", "head")]
    seen = check_proof(
        made["proof"], method="POST", url=made["url"], now=NOW, ath=H("token"), jkt=thumbprint(python["sig"])
    )
    assert seen.iat == NOW
