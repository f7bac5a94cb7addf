# SPDX-License-Identifier: EUPL-1.2
"""Events of the log, and the look: an event with its entry's proof."""

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from formats.checkpoint import cosign_note, entry, make_proof, read_proof, sign_note
from formats.event import _check, _plain_read, emp, make_event, make_look, read_event, verify_look
from formats.policy import LogPolicy
from formats.spelling import FormatError, H, b64u, parse_json, unb64u
from formats.tree import append, inclusion_plan, leaf, proof, root
from tests.formats.refusals import edited, refused, stray_bits
from tests.vectors.cast import (
    DRW,
    DRW2,
    GNT,
    NOW,
    ORIGIN,
    RID,
    TEAM,
    VLT,
    ident,
    log_key,
    secret,
    witness_key,
)

LOOKED: dict[str, Any] = {"by": TEAM, "emp": H("fatima"), "gnt": GNT, "sid": H("grant")}
EVENTS: dict[str, dict[str, Any]] = {
    "read": LOOKED | {"drw": [{"id": DRW, "ep": [1, 2], "rid": None}, {"id": DRW2, "ep": [], "rid": [RID]}],
                      "head": [{"drw": DRW, "n": 3, "h": H("head")}]},
    "deposit": LOOKED | {"drw": [{"id": DRW, "ep": [], "rid": [RID]}], "head": None},
    "refused": {"by": TEAM, "emp": H("fatima"), "gnt": None, "why": "grant-unknown"},
    "statement": {"sid": H("grant"), "typ": "vault-grant+jwt"},
    "stop": {"by": f"vault:{VLT}", "gnt": GNT, "sid": None},
    "recover": {"slot": ident("slot"), "step": "released"},
    "org": {"sid": H("org"), "sub": TEAM},
    "catalogue": {"sid": H("catalogue"), "sub": "7"},
    "bundle": {"sha384": b64u(bytes(48)), "git": "0" * 40, "builders": ["a", "b"]},
}  # fmt: skip
NOWHERE = ("org", "catalogue", "bundle")


def made(t: str, **other: Any) -> bytes:
    """An event of this type about Noor's vault (or about none), at NOW."""
    place: dict[str, Any] = {"vlt": VLT, "n": 4, "prev": H("entry 3"), "at": NOW}
    if t in NOWHERE:
        place |= {"vlt": None, "n": None, "prev": None}
    return make_event(t, **(place | EVENTS[t] | other))


def look_at(
    event: bytes, origin: str = ORIGIN, others: int = 20, index: int = 7, nonce: bytes | None = None
) -> dict[str, str]:
    """The event in a log of 20 others, with its proof."""
    nonce = nonce or secret("nonce")
    leaves = [leaf(i.to_bytes(32, "big")) for i in range(others)]
    leaves.insert(index, leaf(entry(nonce, event)))
    rows = {(level, idx): value for level, idx, value in append(0, leaves, lambda *at: b"")}
    note = sign_note(log_key(origin), len(leaves), root(len(leaves), lambda *at: rows[at]))
    hashes = proof(inclusion_plan(index, len(leaves)), lambda *at: rows[at])
    return make_look(event, nonce, make_proof(index, hashes, note))


POLICY = LogPolicy({ORIGIN: log_key().vkey})


@pytest.mark.parametrize("t", EVENTS)
def test_an_event_is_read_as_written(t: str) -> None:
    data = made(t)
    found = read_event(data)
    assert (found.data, found.t, found.at) == (data, t, NOW)
    assert found.claims == json.loads(data)
    assert (found.vlt, found.n, found.prev) == ((None, None, None) if t in NOWHERE else (VLT, 4, H("entry 3")))
    assert b" " not in data.replace(b"grant unknown", b"")
    assert list(found.claims)[:5] == ["t", "vlt", "n", "prev", "at"]


@pytest.mark.parametrize("t", EVENTS)
def test_members_of_an_event_are_exactly_those(t: str) -> None:
    claims = json.loads(made(t))
    for name in claims:
        refused(read_event, json.dumps({n: v for n, v in claims.items() if n != name}).encode())
    refused(read_event, json.dumps(claims | {"extra": 1}).encode())
    for other in EVENTS:
        if set(EVENTS[other]) != set(EVENTS[t]):
            refused(read_event, json.dumps(claims | {"t": other}).encode())


WRONG: list[tuple[str, str, Any]] = [
    *[(t, path, value) for t in EVENTS for path, value in (("t", "other"), ("t", None), ("t", ["read"]),
    ("at", -1), ("at", None))],
    *[(t, "vlt", VLT) for t in NOWHERE],
    *[(t, "n", 0) for t in NOWHERE],
    *[(t, "prev", H("x")) for t in NOWHERE],
    ("read", "head.0.drw", "x"),
    ("read", "head.0.h", "x"),
    *[(t, path, value) for t in EVENTS if t not in NOWHERE for path, value in (
        ("n", 0), ("n", -1), ("n", None), ("prev", None), ("prev", "x"), ("vlt", "x"))],
    *[(t, "vlt", None) for t in ("read", "deposit", "statement", "stop", "recover")],
    *[(t, path, value) for t in ("read", "deposit") for path, value in (
        ("by", "x"), ("emp", "x"), ("emp", None), ("gnt", None), ("sid", None), ("drw", []), ("drw", None),
        ("drw.0.id", "x"), ("drw.0.ep", None), ("drw.0.ep", [0]), ("drw.0.ep", [2, 1]), ("drw.0.ep", [1, 1]),
        ("drw.0.rid", ["x"]), ("drw.0.rid", [RID, RID]), ("drw.0", {"id": DRW, "ep": []}), ("head", {}),
        ("head", [{"drw": DRW, "n": 1}]), ("head", [{"drw": DRW, "n": -1, "h": H("x")}]))],
    ("read", "drw", [{"id": DRW, "ep": [1], "rid": None}] * 2),
    ("deposit", "drw.0.ep", [1]), ("deposit", "drw.0.rid", None), ("deposit", "drw.0.rid", []),
    ("deposit", "drw.0.rid", [RID, ident("second")]),
    ("deposit", "drw", [{"id": DRW, "ep": [], "rid": [RID]}, {"id": DRW2, "ep": [], "rid": [RID]}]),
    ("refused", "why", ""), ("refused", "why", "x" * 61), ("refused", "gnt", "x"), ("refused", "by", None),
    ("statement", "sid", None), ("statement", "typ", ""),
    ("stop", "by", None), ("stop", "gnt", None), ("stop", "sid", "x"),
    ("recover", "slot", "x"), ("recover", "step", "given"),
    ("org", "sid", "x"), ("org", "sub", ""), ("bundle", "sha384", b64u(bytes(32))), ("bundle", "builders",
    []),
    ("bundle", "builders", [1]), ("bundle", "git", ""),
]  # fmt: skip


@pytest.mark.parametrize(("t", "path", "value"), WRONG)
def test_a_wrong_member_is_neither_read_nor_written(t: str, path: str, value: Any) -> None:
    claims = edited(json.loads(made(t)), path, value)
    refused(read_event, json.dumps(claims).encode())
    place = {name: claims.pop(name) for name in ("t", "vlt", "n", "prev", "at")}
    refused(make_event, place.pop("t"), **place, **claims)


def test_edges_of_events() -> None:
    assert read_event(made("read", n=0, prev=None)).n == 0
    assert read_event(made("refused", vlt=None, n=None, prev=None)).vlt is None
    assert read_event(made("stop", sid=H("grant"))).claims["sid"] == H("grant")
    assert read_event(made("read", drw=[{"id": DRW, "ep": [], "rid": None}])).t == "read"
    refused(made, "refused", why="\ud800")
    refused(read_event, made("read").replace(b'"ep":[1,2]', b'"ep":[1.0]'))
    refused(read_event, made("read").replace(b'{"t"', b'{"t":"read","t"'))
    assert read_event(made("read") + b" " * 1_000).t == "read"
    refused(read_event, made("read") + b" " * 262_144)


def test_an_employee_has_a_pseudonym_per_party() -> None:
    k = secret("emp key")
    wanted = hmac.new(k, b"vault-log/v1/emp\0" + TEAM.encode() + b"\0cw_1", sha256).digest()
    assert emp(k, TEAM, "cw_1") == b64u(wanted)
    assert (
        len(
            {
                emp(k, TEAM, "cw_1"),
                emp(k, TEAM, "cw_2"),
                emp(k, TEAM + "x", "cw_1"),
                emp(bytes(32), TEAM, "cw_1"),
            }
        )
        == 4
    )


# -- looks ---------------------------------------------------------------------------------------------------


def test_a_look_is_found_in_the_log() -> None:
    found = verify_look(look_at(made("read")), POLICY, witnessed=False)
    assert (found.origin, found.index, found.event.t) == (ORIGIN, 7, "read")
    assert found.entry == entry(secret("nonce"), made("read"))
    assert found.checkpoint.size == 21


def test_a_look_that_is_wrong_in_one_way() -> None:
    good = look_at(made("read"))
    other = look_at(made("read", gnt=ident("another")))
    proof_of = read_proof(good["proof"])
    shorter = make_proof(7, proof_of.hashes[:-1], proof_of.note)
    moved = make_proof(8, proof_of.hashes, proof_of.note)
    for wrong in (
        good | {"event": other["event"]}, good | {"nonce": b64u(bytes(32))}, good | {"proof": other["proof"]},
        good | {"proof": shorter}, good | {"proof": moved}, good | {"extra": 1}, {n: v for n,
        v in good.items() if n != "nonce"},
        good | {"nonce": b64u(bytes(31))}, good | {"nonce": stray_bits(good["nonce"])},
        good | {"event": good["event"] + "="},
        good | {"event": b64u(unb64u(good["event"]) + b" ")}, good | {"event": None}, good | {"proof": None},
        None, [],
    ):  # fmt: skip
        refused(verify_look, wrong, POLICY, witnessed=False)


def test_a_look_in_another_log_or_the_wrong_half_year_is_refused() -> None:
    other = "log.other.example/2026h2"
    refused(verify_look, look_at(made("read"), other), POLICY, witnessed=False)
    early = "log.consent.example/2026h1"
    both = LogPolicy({ORIGIN: log_key().vkey, early: log_key(early).vkey})
    refused(verify_look, look_at(made("read"), early), both, witnessed=False)
    assert verify_look(look_at(made("read", at=NOW - 200 * 86_400), early), both, witnessed=False).origin == early


def test_a_look_that_is_truly_logged_is_still_read_strictly() -> None:
    refused(verify_look, look_at(b'{"t":"read"}'), POLICY, witnessed=False)
    refused(verify_look, look_at(made("read") + b"\n{}"), POLICY, witnessed=False)


def test_a_witnessed_look_wants_the_quorum() -> None:
    delft = witness_key("delft")
    policy = LogPolicy({ORIGIN: log_key().vkey}, {"delft": delft.vkey}, {}, "delft")
    good = look_at(made("org"))
    refused(verify_look, good, policy, witnessed=True)
    assert verify_look(good, policy, witnessed=False).index == 7
    seen = read_proof(good["proof"])
    cosigned = make_proof(7, seen.hashes, cosign_note(seen.note, delft, NOW))
    assert verify_look(good | {"proof": cosigned}, policy, witnessed=True).index == 7


# -- the line of a read is read in one pass ------------------------------------------------------------------

PLAIN = {"drw": [{"id": DRW, "ep": [1, 2], "rid": None}], "head": None}


def _in_full(data: bytes) -> dict[str, Any] | None:
    try:
        claims = parse_json(data)
        _check(claims)
    except FormatError:
        return None
    return claims


@pytest.mark.parametrize(
    "other", [{}, {"n": 0, "prev": None}, {"n": 10**14}, {"by": TEAM.partition(":team:")[0]}, {"at": 1}]
)
def test_one_pass_reads_what_reading_in_full_does(other: dict[str, Any]) -> None:
    data = made("read", **(PLAIN | other))
    assert _plain_read(data) == _in_full(data) is not None


def test_one_pass_takes_no_line_that_reading_in_full_refuses() -> None:
    """Every character of a line replaced, doubled or taken out: one pass says what reading in full says, or nothing."""
    data, taken = made("read", **PLAIN), 0
    for at in range(len(data)):
        for other in (
            b"",
            data[at : at + 1] * 2,
            b"0",
            b"1",
            b"9",
            b"a",
            b"A",
            b"-",
            b'"',
            b",",
            b" ",
            b"\\",
            b"\x00",
            b"\xff",
        ):
            changed = data[:at] + other + data[at + 1 :]
            if (found := _plain_read(changed)) is not None:
                taken += 1
                assert found == _in_full(changed)
    assert taken > 1000


@pytest.mark.parametrize("ep", ["2,1", "1,1", "0", "01", "9007199254740992", "1,", ""])
def test_one_pass_leaves_odd_epochs_to_reading_in_full(ep: str) -> None:
    assert _plain_read(made("read", **PLAIN).replace(b"[1,2]", f"[{ep}]".encode())) is None
