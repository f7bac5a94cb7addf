# SPDX-License-Identifier: EUPL-1.2
"""Noor's keys, as one value: a drawer more, a new lock after someone must go out, an old letter slot nailed
shut.
"""

from dataclasses import replace

import pytest

from formats.jose import new_sealing_key, new_signing_key, public, symmetric
from formats.keyring import EpochKeys, dk_commit, keyring_key, new_epoch, new_keyring, read_keyring
from formats.spelling import FormatError, b64u, new_id

COUNTING = bytes(range(32))
VLT, SCHOOL, HEALTH = new_id(), new_id(), new_id()


def a_keyring():
    ring = new_keyring(VLT).with_drawer("school", new_epoch(SCHOOL, 1)).with_drawer("health", new_epoch(HEALTH, 1))
    return ring.with_epoch(new_epoch(SCHOOL, 2))


def test_the_labels_give_the_published_answers():
    assert b64u(keyring_key(COUNTING)) == "idcdC7IqE4xyPfl-WrKdYMmc75aRR3E9rQm-M1lF8k4"
    assert dk_commit(COUNTING) == "iuhh3lgJlFuumY-ijC5KN7zuukaqNwiLPpkvEyu0wjg"
    for work in (keyring_key, dk_commit):
        with pytest.raises(FormatError):
            work(COUNTING[:31])


def test_an_epoch_is_fresh_and_says_so_in_public():
    one, two = new_epoch(SCHOOL, 1), new_epoch(SCHOOL, 1)
    assert one.secret != two.secret
    assert one.dk["kid"] == f"{SCHOOL}.e1"
    assert one.dkc == dk_commit(one.secret) != two.dkc
    assert one.box is not None
    assert one.box_public == public(one.box)
    assert "d" not in one.box_public


def test_each_change_is_the_next_version():
    ring = a_keyring()
    assert ring.seq == 4
    assert [(drawer.cat, [epoch.ep for epoch in drawer.eps]) for drawer in ring.drawers] == [
        ("school", [1, 2]),
        ("health", [1]),
    ]
    assert ring.newest(SCHOOL) == ring.epoch(SCHOOL, 2) != ring.epoch(SCHOOL, 1)
    closed = ring.without_box(SCHOOL, 1)
    assert (closed.seq, closed.epoch(SCHOOL, 1).box) == (5, None)
    assert closed.epoch(SCHOOL, 1).secret == ring.epoch(SCHOOL, 1).secret
    assert ring.epoch(SCHOOL, 1).box is not None  # values never change
    with pytest.raises(FormatError):
        _ = closed.epoch(SCHOOL, 1).box_public
    sig, enc = new_signing_key(), new_sealing_key()
    renewed = ring.with_keys(sig=sig)
    assert (renewed.seq, renewed.sig, renewed.enc) == (5, sig, ring.enc)
    assert renewed.with_keys(enc=enc).enc == enc


def test_it_goes_through_json_unchanged_and_prints_no_key():
    ring = a_keyring().without_box(SCHOOL, 1)
    assert read_keyring(ring.as_json(), vlt=VLT, seq=ring.seq) == ring
    for secret in (ring.sig["d"], ring.enc["d"], ring.newest(SCHOOL).dk["k"], ring.newest(SCHOOL).box["d"]):
        assert secret not in repr(ring)


@pytest.mark.parametrize(
    "step",
    [
        lambda ring: ring.with_epoch(new_epoch(SCHOOL, 4)),
        lambda ring: ring.with_epoch(new_epoch(SCHOOL, 2)),
        lambda ring: ring.with_epoch(new_epoch(new_id(), 2)),
        lambda ring: ring.with_drawer("school", new_epoch(SCHOOL, 1)),
        lambda ring: ring.without_box(SCHOOL, 2),
        lambda ring: ring.without_box(SCHOOL, 3),
        lambda ring: ring.epoch(SCHOOL, 3),
        lambda ring: ring.drawer(new_id()),
        lambda ring: ring.with_keys(sig=ring.enc),
        lambda ring: ring.with_keys(enc=public(ring.enc)),
        lambda ring: replace(ring, seq=0),
    ],
    ids=[
        "skips",
        "again",
        "no drawer",
        "twice",
        "open epoch",
        "no epoch",
        "absent",
        "absent drawer",
        "use",
        "public",
        "seq 0",
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step):
    with pytest.raises(FormatError):
        step(a_keyring())


def damaged(change):
    members = a_keyring().as_json()
    change(members)
    return members


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("sig"),
        lambda m: m.update(extra=1),
        lambda m: m.update(enc=None),
        lambda m: m["sig"].update(d=new_signing_key()["d"]),
        lambda m: m["drawers"].append(m["drawers"][0]),
        lambda m: m["drawers"][0].update(eps=[]),
        lambda m: m["drawers"][0].update(cat=None),
        lambda m: m["drawers"][0]["eps"].reverse(),
        lambda m: m["drawers"][0]["eps"][0].update(ep=2),
        lambda m: m["drawers"][0]["eps"][0].update(ep=True),
        lambda m: m["drawers"][0]["eps"][0]["dk"].update(kid=f"{SCHOOL}.e01"),
        lambda m: m["drawers"][0]["eps"][0]["dk"].update(k=b64u(bytes(16))),
        lambda m: m["drawers"][0]["eps"][0].update(box=public(new_sealing_key())),
        lambda m: m["drawers"][0]["eps"][0].update(box=new_signing_key()),
        lambda m: m["drawers"][0].update(id=HEALTH),
        lambda m: m.update(drawers="none"),
    ],
)
def test_json_of_another_shape_is_refused(change):
    with pytest.raises(FormatError):
        read_keyring(damaged(change), vlt=VLT, seq=4)


def test_a_drawer_key_carries_the_name_of_its_epoch():
    good = new_epoch(SCHOOL, 1)
    for kid in (f"{SCHOOL}.e2", f"{HEALTH}.e1", f"{SCHOOL}.e01", SCHOOL):
        with pytest.raises(FormatError):
            EpochKeys(SCHOOL, 1, symmetric(good.secret, kid), good.box)
    with pytest.raises(FormatError):
        new_epoch(SCHOOL, 0)
    with pytest.raises(FormatError):
        new_epoch("school", 1)
