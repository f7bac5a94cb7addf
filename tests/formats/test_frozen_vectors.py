# SPDX-License-Identifier: EUPL-1.2
"""The frozen vectors of the signed half: all read, the deterministic recomputed, the damaged refused.

A change here that fails is a change of the format: it needs a new `typ`, not new vectors."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from formats.authority import verify_able, verify_gezag
from formats.catalogue import verify_catalogue
from formats.chain import check_chain
from formats.checkpoint import (
    LOG,
    WITNESS,
    NoteKey,
    cosign_note,
    entry,
    make_proof,
    origin_at,
    read_proof,
    shard_span,
    sign_note,
    verify_note,
)
from formats.consent_receipt import verify_consent_receipt
from formats.deposit import deposit_place
from formats.dpop import check_proof
from formats.envelope import envelope_place, ring_place, share_place, slot_place
from formats.event import emp, make_event, read_event
from formats.grant import why_not
from formats.jose import peek
from formats.listing import verify_listing
from formats.organisation import verify_organisation
from formats.permit import verify_permit
from formats.person import verify_person
from formats.policy import read_policy
from formats.receipt import verify_closing, verify_receipt, verify_security_event
from formats.record import record_place, single_place
from formats.registration import verify_registration
from formats.request import verify_import, verify_request, verify_why
from formats.spelling import H, b64u, dump_json, parse_json, public_ec, sid, unb64u
from formats.statement import next_head, verify_statement
from formats.team import verify_team
from formats.tree import consistency_plan, inclusion_plan, proof, root, verify_consistency, verify_inclusion
from tests.formats.refusals import refused
from tests.formats.test_tree import grown
from tests.vectors import frozen

VERIFY: dict[str, Callable[[str, Any], Any]] = {
    "vault-person+jwt": verify_person,
    "vault-org+jwt": verify_organisation,
    "vault-client+jwt": verify_registration,
    "vault-listing+jwt": verify_listing,
    "receipt+jwt": verify_receipt,
    "vault-closing+jwt": verify_closing,
    "secevent+jwt": verify_security_event,
    "consent-receipt+jwt": verify_consent_receipt,
    "vault-request+jwt": verify_request,
    "vault-why+jwt": verify_why,
    "vault-import+jwt": verify_import,
    "vault-gezag+jwt": verify_gezag,
    "vault-able+jwt": verify_able,
    "vault-catalogue+jwt": verify_catalogue,
    "vault-team+jwt": verify_team,
}
PLACE: dict[str, Callable[[str], Any]] = {
    "vault-rec+jwe": record_place,
    "vault-one+jwe": single_place,
    "vault-dep+jwe": deposit_place,
    "vault-key+jwe": envelope_place,
    "vault-ring+jwe": ring_place,
    "vault-slot+jwe": slot_place,
    "vault-share+jwe": share_place,
}
SIGNED = (
    "statement", "person", "receipt", "organisation", "listing", "registration", "request", "authority", "catalogue", "team",
)  # fmt: skip


@pytest.mark.parametrize("name", SIGNED)
def test_signed_formats(name: str) -> None:
    vectors = frozen(name)
    for case in vectors["accepted"]:
        token, typ = case["token"], case["typ"]
        VERIFY.get(typ, verify_statement)(token, case["key"])
        header, claims = peek(token)
        assert (claims, sid(token)) == (case["claims"], case["sid"])
        header = {"alg": "ES256", "typ": typ, "kid": case["key"]["kid"]}
        written = b64u(dump_json(header)) + "." + b64u(dump_json(case["claims"]))
        assert token.rpartition(".")[0] == written, case["name"]
    assert len({case["sid"] for case in vectors["accepted"]}) * 2 == len(vectors["accepted"])  # each with its twin
    for case in vectors["refused"]:
        refused(VERIFY.get(case["typ"], verify_statement), case["token"], case["key"])
    assert len(vectors["refused"]) >= 20 * len(vectors["accepted"]) / 2


def test_chain_and_heads() -> None:
    vectors = frozen("chain")
    assert [one.seq for one in check_chain(vectors["chain"])] == list(range(8))
    refused(check_chain, vectors["chain"][1:])
    refused(check_chain, vectors["chain"][:2] + vectors["chain"][3:])
    h = bytes(32)
    for one in vectors["heads"]:
        h = next_head(h, one["n"], one["op"], one["rid"], one["ver"], one["t"])
        assert b64u(h) == one["h"]


def test_grant_and_its_reasons() -> None:
    vectors = frozen("grant")
    for row in vectors["rows"]:
        why = row.pop("why")
        assert why_not(vectors["token"], **(vectors["ask"] | row)) == why, row
    for reason in ("unreadable", "forged"):
        assert vectors[reason]
        for token in vectors[reason]:
            assert why_not(token, **vectors["ask"]) == reason


@pytest.mark.parametrize("name", ["record_place", "deposit_place", "envelope_place"])
def test_places(name: str) -> None:
    vectors = frozen(name)
    for case in vectors["accepted"]:
        place, header = PLACE[case["typ"]](case["token"]), case["header"]
        assert place.vlt == header["vlt"]
        for member in ("drw", "rid", "ver", "ep", "gnt", "seq"):
            if member in header:
                assert getattr(place, member) == header[member]
    for case in vectors["refused"]:
        refused(PLACE[case["typ"]], case["token"])


def test_tree() -> None:
    vectors, store = frozen("tree"), grown(20)
    roots = [unb64u(one) for one in vectors["roots"]]
    assert roots == [root(size, store.get) for size in range(21)]
    for case in vectors["inclusion"]:
        hashes = [unb64u(one) for one in case["hashes"]]
        index, size = case["index"], case["size"]
        assert hashes == proof(inclusion_plan(index, size), store.get)
        verify_inclusion(index, size, store.leaves[index], hashes, roots[size])
    for case in vectors["consistency"]:
        hashes = [unb64u(one) for one in case["hashes"]]
        old, size = case["old"], case["new"]
        assert hashes == proof(consistency_plan(old, size), store.get)
        verify_consistency(old, roots[old], size, roots[size], hashes)


def test_checkpoint() -> None:
    vectors, store = frozen("checkpoint"), grown(20)
    name = vectors["log"]["vkey"].partition("+")[0]
    log = NoteKey(name, LOG, unb64u(vectors["log"]["seed"]))
    assert str(log.vkey) == vectors["log"]["vkey"]
    assert sign_note(log, vectors["size"], unb64u(vectors["root"])) == vectors["note"]
    note, witnesses = vectors["note"], []
    for city, at in vectors["times"].items():
        known = vectors["witnesses"][city]
        witness = NoteKey(known["vkey"].partition("+")[0], WITNESS, unb64u(known["seed"]))
        assert str(witness.vkey) == known["vkey"]
        note = cosign_note(note, witness, at)
        witnesses.append(witness.vkey)
    assert note == vectors["cosigned"]
    assert list(verify_note(note, [log.vkey], witnesses).witnesses.values()) == list(vectors["times"].values())
    for wrong in vectors["refused"]:
        refused(verify_note, wrong, [log.vkey])
    hashes = proof(inclusion_plan(vectors["index"], 20), store.get)
    assert make_proof(vectors["index"], hashes, vectors["note"]) == vectors["proof"]
    assert read_proof(vectors["proof"]).hashes == tuple(hashes)
    one = vectors["entry"]
    assert b64u(entry(unb64u(one["nonce"]), unb64u(one["event"]))) == one["entry"]
    for shard in vectors["shards"]:
        assert origin_at(shard["host"], shard["at"]) == shard["origin"]
        assert list(shard_span(shard["origin"])) == shard["span"]


def test_policy() -> None:
    vectors = frozen("policy")
    policy = read_policy(vectors["policy"])
    for row in vectors["rows"]:
        if row["enough"]:
            policy.witnessed(row["note"])
        else:
            refused(policy.witnessed, row["note"])


def test_event() -> None:
    vectors = frozen("event")
    for text in vectors["accepted"]:
        claims = dict(read_event(text.encode()).claims)
        assert make_event(claims.pop("t"), **claims) == text.encode()
    for text in vectors["refused"]:
        refused(read_event, text.encode())
    one = vectors["emp"]
    assert emp(unb64u(one["key"]), one["by"], one["subject"]) == one["emp"]


def test_permit() -> None:
    vectors = frozen("permit")
    policy, at = read_policy(vectors["policy"]), vectors["at"]
    found = verify_permit(vectors["permit"], policy, at + 9)
    assert (found.origin, found.index, found.t) == (vectors["origin"], vectors["index"], "read")
    refused(verify_permit, vectors["permit"], policy, at + 10)
    refused(verify_permit, vectors["permit"], policy, at - 3)
    for wrong in vectors["refused"]:
        refused(verify_permit, wrong, policy, at)


def test_dpop() -> None:
    vectors = frozen("dpop")
    asked = {name: vectors[name] for name in ("method", "url", "now", "ath", "jkt")}
    seen = check_proof(vectors["proof"], **asked)
    assert (seen.jkt, seen.jti, seen.iat) == (vectors["jkt"], vectors["jti"], vectors["now"])
    for wrong in vectors["refused"]:
        refused(check_proof, wrong, **asked)


def test_spelling() -> None:
    vectors = frozen("spelling")
    for text, data in vectors["base64url"]["good"].items():
        assert unb64u(text) == bytes.fromhex(data)
    for text in vectors["base64url"]["bad"]:
        refused(unb64u, text)
    assert H(vectors["hash"]["text"]) == vectors["hash"]["h"]
    for text in vectors["json"]["good"]:
        parse_json(base64.b64decode(text))
    for text in vectors["json"]["bad"]:
        refused(parse_json, base64.b64decode(text))
    for key in vectors["keys"]["good"]:
        assert public_ec(key, key["use"]) == key
    for key in vectors["keys"]["bad"]:
        refused(public_ec, key, "sig")
