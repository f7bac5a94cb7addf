# SPDX-License-Identifier: EUPL-1.2
"""What Noor seals opens at its own place, for its own reader, as its author signed it."""

import pytest

from formats.authorship import peek_record
from formats.deposit import DepositPlace, deposit_place
from formats.envelope import (
    EnvelopePlace,
    RingPlace,
    SharePlace,
    SlotPlace,
    envelope_place,
    ring_place,
    share_place,
    slot_place,
)
from formats.jose import new_sealing_key, public, symmetric
from formats.keyring import EpochKeys, new_epoch, new_keyring
from formats.padding import pad
from formats.record import RecordPlace, SinglePlace, record_place, single_place
from formats.sealing import (
    open_deposit,
    open_envelope,
    open_keyring,
    open_record,
    open_share,
    open_single,
    open_slot,
    seal_deposit,
    seal_envelope,
    seal_keyring,
    seal_record,
    seal_share,
    seal_single,
    seal_slot,
)
from formats.slots import slot_key
from formats.spelling import FormatError, H, dump_json, new_id, unb64u
from tests.formats.sealed import (
    DRW,
    EPOCH,
    FATIMA,
    GNT,
    JWS,
    KINDS,
    NOOR,
    OTHER,
    PLACE,
    REPORT,
    RID,
    RING,
    RK,
    SECRET,
    SHARE,
    SLOT,
    VLT,
    author,
    forge,
    header_of,
    note,
    opens,
    refused,
)


def test_what_was_sealed_opens():
    assert KINDS["record"].open(KINDS["record"].token, **KINDS["record"].place) == peek_record(JWS)
    assert KINDS["deposit"].open(KINDS["deposit"].token, **PLACE) == peek_record(REPORT)
    assert KINDS["single"].open(KINDS["single"].token, **KINDS["single"].place) == peek_record(JWS)
    assert KINDS["envelope"].open(KINDS["envelope"].token, **KINDS["envelope"].place) == EPOCH
    assert KINDS["keyring"].open(KINDS["keyring"].token, vlt=VLT, least=0) == RING
    assert KINDS["slot"].open(KINDS["slot"].token, **KINDS["slot"].place) == RK
    assert KINDS["share"].open(KINDS["share"].token, **KINDS["share"].place) == SHARE


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("record", ["alg", "enc", "typ", "kid", "cty", "vlt", "drw", "rid", "ver"]),
        ("deposit", ["alg", "enc", "typ", "kid", "cty", "vlt", "drw", "rid", "ver", "epk"]),
        ("single", ["alg", "enc", "typ", "kid", "cty", "vlt", "drw", "rid", "ver", "gnt", "epk"]),
        ("envelope", ["alg", "enc", "typ", "kid", "cty", "vlt", "drw", "ep", "gnt", "epk"]),
        ("keyring", ["alg", "enc", "typ", "kid", "vlt", "seq"]),
        ("slot", ["alg", "enc", "typ", "kid", "vlt", "slot"]),
        ("share", ["alg", "enc", "typ", "kid", "vlt", "for", "epk"]),
    ],
)
def test_the_header_holds_these_members_and_no_others(kind, header):
    found = header_of(KINDS[kind].token)
    assert list(found) == header
    assert set(found.get("epk", {"kty": 0, "crv": 0, "x": 0, "y": 0})) == {"kty", "crv", "x", "y"}


def test_sealing_twice_gives_two_tokens():
    assert seal_record(JWS, EPOCH) != seal_record(JWS, EPOCH)


def test_a_server_reads_the_place_and_nothing_else():
    assert record_place(KINDS["record"].token) == RecordPlace(VLT, DRW, 3, RID, 1)
    assert deposit_place(KINDS["deposit"].token) == DepositPlace(VLT, DRW, RID, 1, EPOCH.box["kid"])
    assert single_place(KINDS["single"].token) == SinglePlace(VLT, DRW, RID, 1, GNT, FATIMA["kid"])
    assert envelope_place(KINDS["envelope"].token) == EnvelopePlace(VLT, DRW, 3, GNT, FATIMA["kid"])
    assert ring_place(KINDS["keyring"].token) == RingPlace(VLT, 2)
    assert slot_place(KINDS["slot"].token) == SlotPlace(VLT, SLOT, "code")
    assert share_place(KINDS["share"].token) == SharePlace(VLT, SLOT, FATIMA["kid"])


def test_filing_seals_the_same_text_again():
    deposited = KINDS["deposit"].open(KINDS["deposit"].token, **PLACE)
    filed = open_record(seal_record(deposited.token, EPOCH), EPOCH, author, **PLACE, ver=1)
    assert filed == deposited


def test_the_largest_record_fits():
    jws = note(body={"text": "x" * 768_000})
    assert len(jws) > 1_020_000
    token = seal_record(jws, EPOCH)
    assert len(token) <= 1_500_000
    assert open_record(token, EPOCH, author, **PLACE, ver=1).token == jws


# -- keys


def test_the_wrong_key_is_refused():
    record, single = KINDS["record"], KINDS["single"]
    other = EpochKeys(DRW, 3, new_epoch(DRW, 3).dk, EPOCH.box)
    older = EpochKeys(DRW, 2, symmetric(EPOCH.secret, f"{DRW}.e2"), EPOCH.box)
    for epoch in (other, older, new_epoch(new_id(), 3)):
        with pytest.raises(FormatError):
            open_record(record.token, epoch, author, **record.place)
    for key in (OTHER, public(FATIMA), {**FATIMA, "d": OTHER["d"]}, NOOR, {}):
        with pytest.raises(FormatError):
            open_single(single.token, key, author, h=H(single.token), **single.place)
    with pytest.raises(FormatError):
        open_keyring(KINDS["keyring"].token, bytes(32), vlt=VLT, least=0)
    with pytest.raises(FormatError):
        open_slot(KINDS["slot"].token, bytes(20), **KINDS["slot"].place)
    with pytest.raises(FormatError):
        open_share(KINDS["share"].token, OTHER, **KINDS["share"].place)


def test_a_deposit_goes_through_the_slot_of_its_epoch_only():
    token = KINDS["deposit"].token
    later = new_epoch(DRW, 4)
    for epoch in (later, EpochKeys(DRW, 3, EPOCH.dk, None), EpochKeys(DRW, 3, EPOCH.dk, new_sealing_key())):
        with pytest.raises(FormatError):
            open_deposit(token, epoch, author, **PLACE)


def test_nothing_is_sealed_to_a_wrong_key_or_place():
    versions = peek_record(JWS)
    second = note(ver=2, prv=versions.sid)
    for work in (
        lambda: seal_record(JWS, new_epoch(new_id(), 1)),
        lambda: seal_record(KINDS["record"].token, EPOCH),
        lambda: seal_deposit(second, EPOCH.box_public),
        lambda: seal_deposit(REPORT, EPOCH.box),  # a private key is no address
        lambda: seal_deposit(REPORT, public(NOOR)),
        lambda: seal_single(JWS, public(FATIMA), gnt="a grant"),
        lambda: seal_single(JWS, {**public(FATIMA), "kid": "x"}, gnt=GNT),
        lambda: seal_envelope(EPOCH, public(FATIMA), vlt="v", gnt=GNT),
        lambda: seal_slot(bytes(31), SECRET, vlt=VLT, slot=SLOT, kind="code"),
        lambda: seal_slot(RK, SECRET, vlt=VLT, slot=SLOT, kind="question"),
        lambda: seal_share(bytes(32), public(FATIMA), vlt=VLT, slot=SLOT),
        lambda: seal_share(SHARE, public(FATIMA), vlt=VLT, slot="x"),
        lambda: seal_keyring(RING, bytes(31)),
    ):
        with pytest.raises(FormatError):
            work()


# -- envelopes and singles: only as signed


def test_an_envelope_counts_only_as_the_person_signed_it():
    token, place = KINDS["envelope"].token, KINDS["envelope"].place
    signed = {"env": [H(b"other"), H(token)], "dkc": EPOCH.dkc, "box": EPOCH.box_public}
    assert open_envelope(token, FATIMA, **place, **signed) == EPOCH
    another = new_epoch(DRW, 3)
    for change in (
        {"env": []},
        {"env": [H(b"other")]},
        {"dkc": another.dkc},
        {"box": another.box_public},
        {"box": EPOCH.box},
    ):
        with pytest.raises(FormatError):
            open_envelope(token, FATIMA, **place, **{**signed, **change})


@pytest.mark.parametrize(
    "keys",
    [
        None,
        [],
        [EPOCH.dk, None],
        [EPOCH.dk, EPOCH.box, EPOCH.box],
        [EPOCH.box, EPOCH.dk],
        [EPOCH.dk, public(EPOCH.box)],
        [EPOCH.dk, new_sealing_key()],
        [symmetric(EPOCH.secret, f"{DRW}.e4"), EPOCH.box],
        [symmetric(bytes(32), f"{DRW}.e3"), EPOCH.box],
        [{**EPOCH.dk, "more": 1}, EPOCH.box],
    ],
    ids=[
        "null",
        "none",
        "no box",
        "three",
        "order",
        "public",
        "other box",
        "other epoch",
        "other key",
        "member",
    ],
)
def test_an_envelope_holds_the_keys_of_its_epoch(keys):
    header = header_of(KINDS["envelope"].token)
    header.pop("epk")
    refused(KINDS["envelope"], forge(header, dump_json({"keys": keys}), FATIMA))
    refused(KINDS["envelope"], forge(header, dump_json({"keys": [EPOCH.dk, EPOCH.box], "more": 1}), FATIMA))
    assert opens(KINDS["envelope"], forge(header, dump_json({"keys": [EPOCH.dk, EPOCH.box]}), FATIMA))


def test_an_envelope_of_a_closed_epoch_holds_its_reading_key_alone():
    closed = EpochKeys(DRW, 3, EPOCH.dk, None)
    token = seal_envelope(closed, public(FATIMA), vlt=VLT, gnt=GNT)
    assert opens(KINDS["envelope"], token)
    assert KINDS["envelope"].open(token, **KINDS["envelope"].place) == closed


def test_a_single_counts_only_with_the_hash_in_its_grant():
    single = KINDS["single"]
    for h in (H(b"other"), H(seal_single(JWS, public(FATIMA), gnt=GNT)), None):
        with pytest.raises(FormatError):
            open_single(single.token, FATIMA, author, h=h, **single.place)


# -- keyring and slot


def test_an_older_keyring_is_refused():
    newer = RING.with_drawer("health", new_epoch(new_id(), 1))
    assert open_keyring(seal_keyring(newer, RK), RK, vlt=VLT, least=2).seq == 3
    with pytest.raises(FormatError):
        open_keyring(seal_keyring(RING, RK), RK, vlt=VLT, least=3)


def test_a_keyring_is_padded_like_a_record():
    lengths = {
        len(seal_keyring(new_keyring(VLT).with_drawer(cat, new_epoch(new_id(), 1)), RK)) for cat in ("a", "school")
    }
    assert len(lengths) == 1
    wrong = dump_json({**RING.as_json(), "pad": ""})
    key = symmetric(unb64u("idcdC7IqE4xyPfl-WrKdYMmc75aRR3E9rQm-M1lF8k4"), "ring")
    refused(KINDS["keyring"], forge(header_of(KINDS["keyring"].token), wrong, key))
    right = dump_json(pad(RING.as_json()))
    assert opens(KINDS["keyring"], forge(header_of(KINDS["keyring"].token), right, key))


def test_a_slot_holds_thirty_two_bytes():
    key = symmetric(slot_key(SECRET, SLOT, "code"), SLOT)
    for rk in (b"", RK[:31], RK + b"\0"):
        refused(KINDS["slot"], forge(header_of(KINDS["slot"].token), rk, key))
    assert opens(KINDS["slot"], forge(header_of(KINDS["slot"].token), RK, key))
