# SPDX-License-Identifier: EUPL-1.2
"""A letter from school and a film of 100 MB go into the vault, and come out whole or not at all."""

import io
from dataclasses import replace

import pytest

from formats.attachment import (
    CHUNK,
    HEAD,
    TAG,
    AttachmentEntry,
    blob_length,
    context,
    encrypt_chunks,
    open_attachment,
    open_range,
    read_entry,
    seal_attachment,
)
from formats.padding import padded_length
from formats.spelling import FormatError, H, b64u, new_id, unb64u
from tests.vectors import frozen

FROZEN = frozen("attachment")
PLACE = {"vlt": new_id(), "drw": new_id(), "rid": new_id()}


def letter(length: int) -> bytes:
    return bytes(i % 251 for i in range(length))


def sealed(plain: bytes) -> tuple[bytes, AttachmentEntry]:
    sealing = seal_attachment([plain], **PLACE)
    return b"".join(sealing), sealing.entry


def opened(blob: bytes, entry: AttachmentEntry, **place: str) -> bytes:
    return b"".join(open_attachment([blob], entry, **{**PLACE, **place}))


@pytest.mark.parametrize("length", [0, 1, 511, 512, 513, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 100_001])
def test_what_goes_in_comes_out(length):
    blob, entry = sealed(letter(length))
    assert len(blob) == blob_length(length)
    assert entry.length == length
    assert entry.h == H(blob)
    assert opened(blob, entry) == letter(length)


@pytest.mark.parametrize(("n", "padded"), FROZEN["padded_lengths"])
def test_lengths_are_padded_as_frozen(n, padded):
    assert padded_length(n) == padded
    assert blob_length(n) == HEAD + padded + TAG * (padded // CHUNK + 1)


def test_files_of_one_step_look_alike():
    assert len(sealed(letter(99_000))[0]) == len(sealed(letter(98_500))[0])


@pytest.mark.parametrize("case", FROZEN["cases"], ids=lambda case: str(case["entry"]["len"]))
def test_frozen_blobs_are_made_and_opened(case):
    place, entry = FROZEN["place"], read_entry(case["entry"])
    assert entry.as_json() == case["entry"]
    assert context(**place) == unb64u(FROZEN["context"])
    padded = letter(entry.length) + bytes(padded_length(entry.length) - entry.length)
    blob = b"".join(encrypt_chunks(entry.key, unb64u(case["salt"]), context(**place), [padded]))
    assert len(blob) == case["blob_length"] == blob_length(entry.length)
    assert H(blob) == entry.h
    assert case["blob"] in (None, b64u(blob))
    where = {name: place[name] for name in ("vlt", "drw", "rid")}
    assert b"".join(open_attachment([blob], entry, **where)) == letter(entry.length)


def test_pieces_may_be_cut_anywhere():
    plain = letter(40_000)
    for size in (1_000, 16_384, 16_400, 16_401, 33_333):
        sealing = seal_attachment((plain[at : at + size] for at in range(0, len(plain), size)), **PLACE)
        blob = b"".join(sealing)
        for cut in (7, 56, 57, 16_400, 16_456, 30_000):
            pieces = [bytearray(blob[at : at + cut]) for at in range(0, len(blob), cut)]
            assert b"".join(open_attachment(pieces, sealing.entry, **PLACE)) == plain


def test_a_file_is_read_as_it_is():
    plain = letter(100_000)
    sealing = seal_attachment(io.BytesIO(plain), **PLACE)
    assert opened(b"".join(sealing), sealing.entry) == plain


def test_a_file_is_sealed_once_and_under_its_own_key():
    sealing = seal_attachment([b"letter"], **PLACE)
    with pytest.raises(ValueError):
        _ = sealing.entry
    first = b"".join(sealing)
    with pytest.raises(ValueError):
        b"".join(sealing)
    second, entry = sealed(b"letter")
    assert sealing.entry.key != entry.key
    assert sealing.entry.id != entry.id
    assert first != second


def test_each_byte_of_a_blob_counts():
    blob, entry = sealed(letter(600))
    assert len(blob) < 1024
    for at in range(len(blob)):
        damaged = bytearray(blob)
        damaged[at] ^= 1 << at % 8
        honest_hash = replace(entry, h=H(bytes(damaged)))  # refused by the chunks, not only by the hash
        with pytest.raises(FormatError):
            opened(bytes(damaged), honest_hash)


def test_an_attachment_opens_in_its_own_place_only():
    blob, entry = sealed(b"letter")
    for name in PLACE:
        with pytest.raises(FormatError):
            opened(blob, entry, **{name: new_id()})
    with pytest.raises(FormatError):
        opened(blob, replace(entry, id=new_id()))
    with pytest.raises(FormatError):
        opened(blob, replace(entry, key=bytes(32)))


@pytest.mark.parametrize("change", ["shorter", "longer", "much longer"])
def test_a_false_length_is_refused(change):
    blob, entry = sealed(letter(1000))
    with pytest.raises(FormatError):
        opened(blob, replace(entry, length={"shorter": 999, "longer": 1025, "much longer": 5000}[change]))


def test_padding_is_zeros_and_of_the_right_length():
    key, salt, att = bytes(32), bytes(24), new_id()
    where = context(**PLACE, att=att)
    for plain in (letter(600) + b"\1" + bytes(7), letter(600), letter(600) + bytes(40)):
        blob = b"".join(encrypt_chunks(key, salt, where, [plain]))
        with pytest.raises(FormatError):
            opened(blob, AttachmentEntry(att, key, 600, H(blob)))
    blob = b"".join(encrypt_chunks(key, salt, where, [letter(600) + bytes(8)]))
    assert opened(blob, AttachmentEntry(att, key, 600, H(blob))) == letter(600)


def test_what_is_cut_off_swapped_or_added_is_refused_and_never_ends_well():
    plain = letter(3 * CHUNK)
    blob, entry = sealed(plain)
    chunk = CHUNK + TAG
    one, two = blob[HEAD : HEAD + chunk], blob[HEAD + chunk : HEAD + 2 * chunk]
    for damaged in (
        b"",
        blob[:HEAD],
        blob[:-TAG],
        blob[:-1],
        blob + b"\0",
        blob + blob[-TAG:],
        blob[:HEAD] + two + one + blob[HEAD + 2 * chunk :],
        blob[: HEAD + chunk] + one + blob[HEAD + 2 * chunk :],
    ):
        with pytest.raises(FormatError):
            opened(damaged, replace(entry, h=H(damaged)))
    with pytest.raises(FormatError):
        opened(blob, replace(entry, h=H(b"another")))


def test_bytes_come_out_only_after_they_were_verified():
    plain = letter(3 * CHUNK)
    blob, entry = sealed(plain)
    damaged = bytearray(blob)
    damaged[HEAD + 2 * (CHUNK + TAG) + 5] ^= 1
    out: list[bytes] = []
    with pytest.raises(FormatError):
        out.extend(open_attachment([damaged], entry, **PLACE))
    assert b"".join(out) == plain[: 2 * CHUNK]


def test_a_longer_stream_is_refused_as_soon_as_it_is_longer():
    blob, entry = sealed(b"letter")
    asked = 0

    def endless():
        nonlocal asked
        yield blob
        while True:
            asked += 1
            yield bytes(1000)

    with pytest.raises(FormatError):
        list(open_attachment(endless(), entry, **PLACE))
    assert asked == 1


# -- ranges


def test_a_range_opens_its_chunks_only():
    plain = letter(100_000)
    blob, entry = sealed(plain)
    fetched = 0

    def fetch(offset, count):
        nonlocal fetched
        fetched += count
        return blob[offset : offset + count]

    for start, length in [
        (0, 1),
        (0, CHUNK),
        (CHUNK - 1, 2),
        (50_000, 10_000),
        (99_999, 1),
        (0, 100_000),
        (16_384, 16_384),
    ]:
        fetched = 0
        assert open_range(fetch, entry, start, length, **PLACE) == plain[start : start + length]
        assert fetched <= HEAD + (length // CHUNK + 2) * (CHUNK + TAG)
    for start, length in [(-1, 5), (0, 0), (0, 100_001), (100_000, 1)]:
        with pytest.raises(FormatError):
            open_range(fetch, entry, start, length, **PLACE)


def test_a_range_of_a_damaged_or_moved_blob_is_refused():
    blob, entry = sealed(letter(100_000))
    chunk = CHUNK + TAG
    swapped = blob[:HEAD] + blob[HEAD + chunk : HEAD + 2 * chunk] + blob[HEAD : HEAD + chunk] + blob[HEAD + 2 * chunk :]
    for bad in (swapped, blob[:40_000], b""):
        with pytest.raises(FormatError):
            open_range(lambda offset, count, bad=bad: bad[offset : offset + count], entry, 20_000, 30_000, **PLACE)
    with pytest.raises(FormatError):
        open_range(lambda o, c: blob[o : o + c], entry, 0, 1, **{**PLACE, "drw": new_id()})


# -- the entry inside a record


def test_an_entry_keeps_its_key_to_itself():
    _, entry = sealed(b"letter")
    assert read_entry(entry.as_json()) == entry
    assert b64u(entry.key) not in repr(entry)
    assert repr(entry.key) not in repr(entry)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "no id"},
        {"id": None},
        {"key": b64u(bytes(31))},
        {"key": "A" * 43 + "="},
        {"key": 1},
        {"len": -1},
        {"len": True},
        {"len": 1.0},
        {"len": "1"},
        {"len": 2**53},
        {"h": b64u(bytes(31))},
        {"h": None},
        {"c2sp": "chunked-encryption@v1"},
        {"c2sp": None},
        {"name": "x.pdf"},
    ],
    ids=str,
)
def test_an_entry_of_another_shape_is_refused(change):
    _, entry = sealed(b"letter")
    with pytest.raises(FormatError):
        read_entry({**entry.as_json(), **change})


def test_an_entry_has_all_its_members():
    _, entry = sealed(b"letter")
    for name in entry.as_json():
        with pytest.raises(FormatError):
            read_entry({key: value for key, value in entry.as_json().items() if key != name})
    with pytest.raises(FormatError):
        read_entry("attachment")
