# SPDX-License-Identifier: EUPL-1.2
"""A short note and a long one look alike from outside."""

import pytest

from formats.padding import pad, padded_length, read_padded
from formats.spelling import FormatError, dump_json


def test_lengths_are_the_published_ones():
    assert [padded_length(n) for n in (0, 1, 512, 513, 1024, 1025)] == [512, 512, 512, 544, 1024, 1088]


def test_padding_costs_at_most_12_percent_and_never_shortens():
    before = 0
    for n in range(513, 70_000):
        length = padded_length(n)
        assert n <= length <= n * 1.12
        assert length >= before
        before = length
        assert padded_length(length) == length  # what is padded stays


@pytest.mark.parametrize("size", [0, 1, 490, 500, 501, 502, 503, 504, 505, 600, 5000, 100_000])
def test_a_payload_gets_its_length_and_gives_its_members_back(size):
    members = {"body": "x" * size, "name": "Noor é"}
    payload = dump_json(pad(members))
    assert len(payload) == padded_length(len(dump_json({**members, "pad": ""})))
    assert read_padded(payload) == members


def test_members_with_padding_of_their_own_are_refused():
    with pytest.raises(FormatError):
        pad({"pad": ""})


def right(members):
    return dump_json(pad(members))


@pytest.mark.parametrize(
    "payload",
    [
        right({"a": 1}).replace(b'"0', b'"1', 1),
        right({"a": 1}).replace(b"00}", b"0}").replace(b'0"}', b'"}'),
        right({"a": 1})[:-2] + b'0"}',
        b" " + right({"a": 1}),
        right({"a": 1}) + b"\n",
        dump_json({"pad": "0" * 496, "a": 1}),
        dump_json({"a": "x" * 504}),
        dump_json({"a": 1, "pad": ""}),
        dump_json({"a": 1, "pad": None}),
        dump_json({"a": 1, "pad": 0}),
        b"{}",
        b"",
    ],
    ids=[
        "a one",
        "one short",
        "one long",
        "space before",
        "line after",
        "first",
        "none",
        "empty",
        "null",
        "zero",
        "{}",
        "nothing",
    ],
)
def test_wrong_padding_is_refused(payload):
    with pytest.raises(FormatError):
        read_padded(payload)
