# SPDX-License-Identifier: EUPL-1.2
"""Padding: how long a sealed thing is allowed to look.

A sealed text shows its length, and a length says something ("the long one is the youth-care report"). So
every payload that we seal is brought up to P(n) bytes, the Padmé rule (Nikitin et al., "Reducing Metadata
Leakage from Encrypted Files", PETS 2019) with a floor of 512: at most 12 % longer, and all lengths that share
a step look alike.

JSON payloads carry the padding inside, as the last member `pad`, a text of zeros; attachments get zero bytes
(`formats/attachment.py`). Source: formats.md section 3, "Padding".
"""

from collections.abc import Mapping
from typing import Any

from formats.spelling import FormatError, dump_json, parse_json

FLOOR = 512


def padded_length(n: int) -> int:
    """P(n): the length in bytes that `n` bytes are brought to. `n` >= 0."""
    if n <= FLOOR:
        return FLOOR
    exponent = n.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-n // step) * step


def pad(members: Mapping[str, Any]) -> dict[str, Any]:
    """The same members with `pad` behind them, so long that `dump_json` of the result has exactly P(n) bytes.

    `n` is the length with `"pad":""`. `members` must not hold a `pad` of its own.
    """
    if "pad" in members:
        raise FormatError("not a well-formed object")
    padded = {**members, "pad": ""}
    n = len(dump_json(padded))
    padded["pad"] = "0" * (padded_length(n) - n)
    return padded


def read_padded(payload: bytes) -> dict[str, Any]:
    """The members of a padded JSON payload, without `pad`.

    Refuses (FormatError) unless `pad` is the last member, holds only zeros, and the payload is exactly
    P(length - pad length) bytes.
    """
    members = parse_json(payload)
    if not members or next(reversed(members)) != "pad":
        raise FormatError("not a well-formed object")
    zeros = members.pop("pad")
    if not isinstance(zeros, str) or zeros.strip("0") or len(payload) != padded_length(len(payload) - len(zeros)):
        raise FormatError("not a well-formed object")
    return members
