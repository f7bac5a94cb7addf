# SPDX-License-Identifier: EUPL-1.2
"""What an author signs: Noor's own note in three versions, the school's report, and the ones nobody may pass
off as theirs.
"""

from dataclasses import replace

import pytest

from formats.attachment import AttachmentEntry
from formats.authorship import check_arrival, check_succession, peek_record, sign_record, verify_record
from formats.jose import new_signing_key, public, sign
from formats.padding import pad, padded_length
from formats.spelling import FormatError, H, b64u, new_id, unb64u

NOOR, SCHOOL, OTHER = new_signing_key(), new_signing_key(), new_signing_key()
VLT, DRW, RID = new_id(), new_id(), new_id()
NOORS, SCHOOLS = f"vault:{VLT}", "urn:oin:00000001823288444000:team:zuid"
AT = 1_900_000_000


def author(iss, at):
    """Noor's and the school's keys; Noor renewed hers at AT + 1000."""
    if iss == NOORS:
        return public(NOOR if at < AT + 1000 else OTHER)
    if iss == SCHOOLS:
        return public(SCHOOL)
    raise FormatError("unknown party")


def note(key=NOOR, **change):
    plain = {
        "iss": NOORS,
        "vlt": VLT,
        "drw": DRW,
        "rid": RID,
        "ver": 1,
        "sch": "urn:kluisje:schema:note:1",
        "prv": None,
    }
    return sign_record(key, **{**plain, "iat": AT, "body": {"text": "12 dagen ziek — é"}, **change})


def test_a_record_comes_back_as_it_was_signed():
    letter = AttachmentEntry(new_id(), bytes(range(32)), 1234, H(b"blob"))
    record = verify_record(note(att=[letter]), author)
    assert (record.iss, record.vlt, record.drw, record.rid, record.ver) == (NOORS, VLT, DRW, RID, 1)
    assert (record.prv, record.iat, record.kid, record.att) == (None, AT, NOOR["kid"], (letter,))
    assert dict(record.body) == {"text": "12 dagen ziek — é"}
    assert record == peek_record(record.token)
    payload = unb64u(record.token.split(".")[1])
    assert len(payload) == padded_length(len(payload) - len(payload.rsplit(b'"', 2)[1]))


def test_a_record_prints_neither_its_text_nor_its_keys():
    record = peek_record(note(att=[AttachmentEntry(new_id(), bytes(range(32)), 1, H(b""))]))
    for secret in ("ziek", b64u(bytes(range(32))), repr(bytes(range(32))), record.token):
        assert secret not in repr(record)


def test_notes_of_different_length_have_tokens_of_one_length():
    assert len({len(note(body={"text": "x" * size})) for size in (1, 20, 100)}) == 1


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (OTHER, {}),
        (SCHOOL, {}),
        (NOOR, {"iss": SCHOOLS}),
        (NOOR, {"iss": f"vault:{new_id()}"}),
        (NOOR, {"iat": AT + 1000}),  # her key of before the renewal
        (OTHER, {"iat": AT + 999}),  # her new key, before it counted
    ],
    ids=["stranger", "school for Noor", "Noor for school", "unknown", "old key", "new key too early"],
)
def test_only_the_authors_key_of_that_time_counts(key, change):
    with pytest.raises(FormatError):
        verify_record(note(key, **change), author)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "urn:oin:1"},
        {"iss": None},
        {"vlt": "x"},
        {"drw": DRW.upper()},
        {"rid": None},
        {"ver": 0},
        {"ver": True},
        {"ver": "1"},
        {"ver": 2},
        {"ver": 2, "prv": H(b""), "iss": SCHOOLS},
        {"prv": "x"},
        {"prv": 0},
        {"sch": ""},
        {"sch": None},
        {"iat": -1},
        {"iat": AT + 0.5},
        {"body": []},
        {"body": None},
        {"att": None},
        {"att": [{}]},
        {"att": [AttachmentEntry(RID, bytes(32), 1, H(b"")).as_json()] * 2},
        {"more": 1},
    ],
    ids=str,
)
def test_a_signed_record_of_another_shape_is_refused(change):
    plain = {
        "iss": NOORS,
        "vlt": VLT,
        "drw": DRW,
        "rid": RID,
        "ver": 1,
        "sch": "urn:x:1",
        "prv": None,
        "iat": AT,
    }
    claims = {**plain, "att": [], "body": {}}
    assert verify_record(sign(pad(claims), "vault-rec+jwt", NOOR), author).body == {}
    try:
        token = sign(pad({**claims, **change}), "vault-rec+jwt", NOOR)
    except FormatError:
        assert change == {"iat": AT + 0.5}  # not even JSON of ours
        return
    with pytest.raises(FormatError):
        verify_record(token, author)


def test_a_source_writes_version_1_only():
    later = {"iss": SCHOOLS, "vlt": VLT, "drw": DRW, "rid": RID, "sch": "urn:x:1", "prv": H(b""), "iat": AT}
    for ver, allowed in ((1, True), (2, False)):
        token = sign(pad({**later, "ver": ver, "att": [], "body": {}}), "vault-rec+jwt", SCHOOL)
        if allowed:
            assert verify_record(token, author).ver == 1
        else:
            with pytest.raises(FormatError):
                verify_record(token, author)


def test_each_member_is_needed_and_padding_is_part_of_the_shape():
    plain = {
        "iss": NOORS,
        "vlt": VLT,
        "drw": DRW,
        "rid": RID,
        "ver": 1,
        "sch": "urn:x:1",
        "prv": None,
        "iat": AT,
    }
    claims = {**plain, "att": [], "body": {}}
    for name in claims:
        with pytest.raises(FormatError):
            verify_record(sign(pad({k: v for k, v in claims.items() if k != name}), "vault-rec+jwt", NOOR), author)
    padded = pad(claims)
    for wrong in (
        claims,
        {**claims, "pad": ""},
        {**padded, "pad": padded["pad"] + "0"},
        {"pad": padded["pad"], **claims},
    ):
        with pytest.raises(FormatError):
            verify_record(sign(wrong, "vault-rec+jwt", NOOR), author)
    with pytest.raises(FormatError):
        verify_record(sign(padded, "vault-card+jwt", NOOR), author)


def test_the_limit_of_a_megabyte():
    assert len(note(body={"text": "x" * 760_000})) <= 1_048_576
    with pytest.raises(FormatError):
        note(body={"text": "x" * 790_000})


# -- versions


def test_versions_follow_each_other():
    one = peek_record(note())
    two = peek_record(note(ver=2, prv=one.sid, iat=AT + 5))
    three = peek_record(note(ver=3, prv=two.sid, iat=AT + 6))
    check_succession(one, two)
    check_succession(two, three)
    other = new_id()
    changes = [
        {"prv": two.sid},
        {"prv": None},
        {"iss": SCHOOLS},
        {"drw": other},
        {"vlt": other},
        {"rid": other},
    ]
    for wrong in (one, three, *(replace(two, **change) for change in changes)):
        with pytest.raises(FormatError):
            check_succession(one, wrong)


def test_a_source_writes_a_newer_document_as_a_new_record():
    old = peek_record(note(SCHOOL, iss=SCHOOLS))
    newer = peek_record(note(SCHOOL, iss=SCHOOLS, rid=new_id(), prv=old.sid))
    check_succession(old, newer)
    for wrong in (
        replace(newer, iss=NOORS),
        replace(newer, prv=None),
        replace(newer, vlt=new_id()),
        replace(newer, ver=2),
    ):
        with pytest.raises(FormatError):
            check_succession(old, wrong)


# -- no backdating


@pytest.mark.parametrize("arrived", [AT - 600, AT, AT + 600])
def test_ten_minutes_either_way_are_fine(arrived):
    check_arrival(peek_record(note()), arrived, author)


@pytest.mark.parametrize("arrived", [AT - 601, AT + 601, 0])
def test_what_arrives_at_another_time_does_not_count(arrived):
    with pytest.raises(FormatError):
        check_arrival(peek_record(note()), arrived, author)


def test_what_arrives_after_its_key_was_replaced_does_not_count():
    record = peek_record(note(iat=AT + 900))
    verify_record(record.token, author)
    check_arrival(record, AT + 999, author)
    with pytest.raises(FormatError):
        check_arrival(record, AT + 1000, author)
