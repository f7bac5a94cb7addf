# SPDX-License-Identifier: EUPL-1.2
"""The log of the story: every entry, root, checkpoint and proof is made again, and the damaged ones prove
nothing.
"""

from hashlib import sha256

import pytest

from formats import organisation
from formats import statement as st
from formats.checkpoint import NoteKey, check_growth, cosign_note, entry, read_proof, sign_note
from formats.event import read_event, verify_look
from formats.jose import public
from formats.permit import verify_permit
from formats.policy import read_policy
from formats.spelling import b64u, unb64u
from formats.tree import append, consistency_plan, inclusion_plan, leaf, proof, root, verify_consistency
from tests.formats.refusals import refused
from tests.vectors import frozen

STORY = frozen("transcript")
LOG, POLICY = STORY["log"], read_policy(STORY["log"]["policy"])
SIGNED = {one["name"]: one for one in STORY["signed"]}


def claims(typ):
    return [one["claims"] for one in STORY["signed"] if one["typ"] == typ]


def test_each_head_follows_from_the_one_before():
    newest = {}
    for one in STORY["heads"]:
        h = st.next_head(newest.get(one["drw"], bytes(32)), one["n"], one["op"], one["rid"], one["ver"], one["t"])
        assert b64u(h) == one["h"]
        newest[one["drw"]] = h
    heads = {(one["drw"], one["n"]): one["h"] for one in STORY["heads"]}
    assert all(heads[c["drw"], c["n"]] == c["h"] for c in claims("vault-head+jwt"))
    tokens = {one["h"] for one in STORY["sealed"]}
    assert all(one["t"] in tokens or one["op"] == "del" for one in STORY["heads"])


def nodes_of(events):
    nodes = {}

    def get(level, idx):
        return nodes[level, idx]

    for at, one in enumerate(events):
        nodes.update({(level, idx): value for level, idx, value in append(at, [unb64u(one["leaf"])], get)})
    return get


def test_every_entry_leaf_and_root_is_recomputed():
    get, last = nodes_of(LOG["events"]), {}
    for at, one in enumerate(LOG["events"]):
        value = entry(unb64u(one["nonce"]), one["event"].encode())
        assert (one["index"], b64u(value), b64u(leaf(value))) == (at, one["entry"], one["leaf"])
        assert b64u(leaf(value)) == b64u(sha256(b"\0" + value).digest())
        assert b64u(root(at + 1, get)) == one["root"]
        event = read_event(one["event"].encode())
        if event.vlt:
            n, prev = last.get(event.vlt, (-1, None))
            assert (event.n, event.prev) == (n + 1, prev)
            last[event.vlt] = (event.n, one["entry"])


def test_every_checkpoint_is_signed_again_to_the_same_text():
    origin = LOG["checkpoints"][0]["note"].split("\n")[0]
    key = NoteKey(origin, LOG["kinds"]["log"], unb64u(LOG["seed"]))
    witnesses = [
        NoteKey(one["vkey"].split("+")[0], LOG["kinds"]["witness"], unb64u(one["seed"])) for one in LOG["witnesses"]
    ]
    for one in LOG["checkpoints"]:
        found = POLICY.checkpoint(one["note"])
        note = sign_note(key, one["size"], unb64u(one["root"]))
        for witness in witnesses[: one["witnesses"]]:
            note = cosign_note(note, witness, found.witnesses[witness.vkey])
        assert note == one["note"]
        assert one["root"] == LOG["events"][one["size"] - 1]["root"]
        if one["witnesses"] >= 2:
            POLICY.witnessed(one["note"])
        else:
            refused(POLICY.witnessed, one["note"])


def test_the_log_only_grew():
    get, points = (
        nodes_of(LOG["events"]),
        {one["size"]: POLICY.checkpoint(one["note"]) for one in LOG["checkpoints"]},
    )
    for one in LOG["growth"]:
        old, new = points[one["old"]], points[one["new"]]
        hashes = [unb64u(value) for value in one["hashes"]]
        assert proof(consistency_plan(old.size, new.size), get) == hashes
        check_growth(old, new, hashes)
        refused(verify_consistency, old.size, new.root, new.size, new.root, hashes)
        refused(verify_consistency, old.size, old.root, new.size, new.root, [*hashes, bytes(32)])
        refused(verify_consistency, old.size, old.root, new.size, new.root, hashes[:-1])


@pytest.mark.parametrize("one", LOG["looks"], ids=lambda one: one["name"])
def test_each_look_is_proven(one):
    logged = next(event for event in LOG["events"] if event["name"] == one["event"])
    found = verify_look(one["look"], POLICY, witnessed=False)
    given = read_proof(one["look"]["proof"])
    assert (found.index, b64u(found.entry)) == (logged["index"], logged["entry"])
    get = nodes_of(LOG["events"][: found.checkpoint.size])
    assert tuple(proof(inclusion_plan(found.index, found.checkpoint.size), get)) == given.hashes
    if found.event.t in ("read", "deposit", "recover"):
        assert verify_permit(one["look"], POLICY, found.event.at).vlt == STORY["vlt"]
        refused(verify_permit, one["look"], POLICY, found.event.at + 10)
    else:
        refused(verify_permit, one["look"], POLICY, found.event.at)


@pytest.mark.parametrize("one", LOG["looks"][:3], ids=lambda one: one["name"])
def test_an_organisation_counts_after_three_days(one):
    key = public(STORY["keys"]["directory"])
    found = organisation.verify_organisation(SIGNED[one["event"]]["token"], key)
    organisation.check_current(found, one["look"], POLICY, found.iat + organisation.WAIT)
    refused(organisation.check_current, found, one["look"], POLICY, found.iat + organisation.WAIT - 1)


@pytest.mark.parametrize("twin", STORY["log_twins"], ids=lambda twin: twin["why"])
def test_a_damaged_look_proves_nothing(twin):
    refused(verify_look, twin["look"], POLICY, witnessed=False)
