# SPDX-License-Identifier: EUPL-1.2
"""The transcript's damaged twins of chain and log, and the answers about its grant."""

from typing import Any

from formats import statement as st
from formats.spelling import b64u, unb64u
from tests.vectors.cast import (
    TEAM,
    VLT,
    key,
    pub,
)
from tests.vectors.transcript_story import ANSWERS, DRAWER, MUM, PUPILS, READ, SAY, Story


def log_twins(s: Story) -> list[dict[str, Any]]:
    """Looks that prove nothing, each damaged in one way."""
    read = next(one["look"] for one in s.log.looks if one["name"] == "read")
    other = next(one["look"] for one in s.log.looks if one["name"] == "deposit")
    lines = read["proof"].split("\n")
    event = unb64u(read["event"])
    damaged = {
        "other event": {"event": b64u(event.replace(b'"read"', b'"refused"'))},
        "event with a blank": {"event": b64u(event + b" ")},
        "other nonce": {"nonce": other["nonce"]},
        "proof of another": {"proof": other["proof"]},
        "other index": {"proof": read["proof"].replace(lines[1], "index 0")},
        "index with a zero before": {"proof": read["proof"].replace("index ", "index 0")},
        "a hash less": {"proof": "\n".join(lines[:2] + lines[3:])},
        "a hash more": {"proof": "\n".join(lines[:3] + lines[2:])},
        "other size": {"proof": read["proof"].replace(f"\n{lines[lines.index('') + 2]}\n", "\n1000\n")},
        "not signed": {"proof": read["proof"][: read["proof"].index("\u2014")]},
        "plain dash": {"proof": read["proof"].replace("\u2014", "-")},
    }
    return [{"why": why, "look": {**read, **change}} for why, change in damaged.items()]


def chain_twins(s: Story) -> list[dict[str, Any]]:
    """Chains that are none: by the order in which the statements of `chain` are read, or with a forked one at
    a place.
    """
    order = list(range(len(s.chain)))
    fork = st.sign_revoke(
        key("noor"),
        st.link_after(s.chain[2], iat=s.chain[3].claims["iat"], ring=2),
        jti=READ,
        aud=TEAM,
        drw=[DRAWER],
    )
    late = st.sign_revoke(key("noor"), s.link(), jti=SAY, aud=PUPILS, drw=[ANSWERS])
    return [
        {"why": "a gap", "order": order[:4] + order[5:], "then": None},
        {"why": "two exchanged", "order": [*order[:4], 5, 4, *order[6:]], "then": None},
        {"why": "one twice", "order": order[:5] + order[4:], "then": None},
        {"why": "without its beginning", "order": order[1:], "then": None},
        {"why": "a fork", "order": order[:4], "then": fork},
        {"why": "the old key", "order": order, "then": late},
    ]


def decisions(s: Story) -> list[dict[str, Any]]:
    """What `why_not` answers about the grant to read."""
    given = next(one for one in s.chain if one.claims.get("jti") == READ)
    nbf, exp, jkt = given.claims["nbf"], given.claims["exp"], given.claims["cnf"]["jkt"]
    asks = {
        "vlt": VLT,
        "reader": TEAM,
        "key_jkt": jkt,
        "party_keys": [jkt],
        "act": "read",
        "drawers": [DRAWER],
        "now": nbf,
        "revoked": [],
        "assents_missing": False,
    }
    rows = [
        (None, {}),
        (None, {"now": exp - 1}),
        ("forged", {"vlt": MUM}),
        ("other-reader", {"reader": PUPILS}),
        ("other-key", {"key_jkt": pub("pupils", "enc")["kid"]}),
        ("other-key", {"party_keys": []}),
        ("other-act", {"act": "deposit"}),
        ("other-drawer", {"drawers": [DRAWER, ANSWERS]}),
        ("not-yet", {"now": nbf - 1}),
        ("ended", {"now": exp}),
        ("withdrawn", {"revoked": [READ]}),
        ("not-assented", {"assents_missing": True}),
        ("ended", {"now": exp, "revoked": [READ]}),
    ]
    return [{"grant": given.token, "asks": {**asks, **change}, "answer": answer} for answer, change in rows]
