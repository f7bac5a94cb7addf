# SPDX-License-Identifier: EUPL-1.2
"""JSON: one strict object, written in one way; everything that only looks like it is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats import spelling
from formats.spelling import dump_json, parse_json
from tests.formats.refusals import refused

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), _VALUES, max_size=5))
def test_json_that_is_written_is_read_as_it_was(value: dict[str, object]) -> None:
    written = dump_json(value)
    assert parse_json(written) == value
    assert json.loads(written) == value


def test_json_has_no_white_space_and_raw_letters() -> None:
    assert dump_json({"b": "é€", "a": [1, None, True]}) == '{"b":"é€","a":[1,null,true]}'.encode()


@pytest.mark.parametrize(
    "text",
    [
        b'{ "a" : [ 1 , 2 ] }\n', b'{"a":-1,"b":0}', b'{"a":"\\u00e9"}', b'{"a":"\\ud83d\\ude00"}', b"{}",
        b'{"a":{"b":1},"c":{"b":1}}', b'{"a":9007199254740991,"b":-9007199254740991}', b'{"a":"1.0e5"}',
    ],
)  # fmt: skip
def test_json_that_readers_accept(text: bytes) -> None:
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"null", b"1", b'"a"', b"[]", b"[{}]", b"{", b'{"a":1}x', b'{"a":1}{"a":1}', b"{'a':1}",
        b'{"a":1,}',
        b'\xef\xbb\xbf{"a":1}', '{"a":1}'.encode("utf-16"), b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":1,"a":1}', b'{"a":1,"\\u0061":1}', b'{"x":{"a":1,"a":1}}', b'{"x":[[{"a":1,"\\u0061":2}]]}',
        b'{"a":1.0}', b'{"a":1e2}', b'{"a":-0}', b'{"a":01}', b'{"a":+1}', b'{"a":NaN}', b'{"a":Infinity}',
        b'{"a":-Infinity}', b'{"a":9007199254740992}', b'{"a":-9007199254740992}', b'{"a":0x1}',
        b'{"a":' + b"9" * 5_000 + b"}", '{"a":١}'.encode(), b'{"a":-}',
        b'{"a":"\\ud800"}', b'{"\\udfff":1}', b'{"a":["\\ude00\\ud83d"]}', b'{"a":"\\u00g0"}', b'{"a":"\t"}',
        b'{"a":"\x00"}',
    ],
)  # fmt: skip
def test_json_that_is_refused(text: bytes) -> None:
    refused(parse_json, text)


@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
def test_nesting_stops_at_32(opening: bytes, closing: bytes) -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' + opening * (depth - 1) + b"1" + closing * (depth - 1) + b"}"

    assert parse_json(nested(32))
    refused(parse_json, nested(33))
    refused(parse_json, nested(100_000))
    refused(parse_json, b'{"a":"' + b"\\" * 100_001 + opening * 50)


def test_brackets_inside_text_are_no_nesting() -> None:
    assert parse_json(b'{"a":"' + b"[{" * 500 + b'","b":"\\"[[[["}')["b"] == '"[[[['


def test_hostile_json_is_refused_in_linear_time() -> None:
    refused(parse_json, b'{"a":' + b'"\\' * 600_000)
    refused(parse_json, b'{"a":' + b"[" * 1_000_000)
    refused(parse_json, b'{"a":"' + b"x" * spelling.MAX_TOKEN + b'"}')


@pytest.mark.parametrize(
    "value", [{"a": 1.5}, {"a": float("nan")}, {1: 2}, {"a": {2: 3}}, {"a": (1,)}, {"a": b""}, {"a": 2**53},
              {"a": "\ud800"}, {"a": {1, 2}}, [1], "a", None]
)  # fmt: skip
def test_what_would_not_be_read_is_not_written(value: object) -> None:
    refused(dump_json, value)


def test_what_nests_too_deep_is_not_written() -> None:
    value: dict[str, object] = {}
    for _ in range(32):
        value = {"a": value}
    refused(dump_json, value)
    for _ in range(3_000):
        value = {"a": value}
    refused(dump_json, value)
