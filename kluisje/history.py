# SPDX-License-Identifier: EUPL-1.2
"""A drawer's history as a value: what changed, in which order, and what lives now.

The vault keeps it as a hash chain; her device replays it and compares it with the newest head that it signed.
Source: formats.md section 4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from formats.spelling import FormatError, b64u
from formats.statement import next_head


@dataclass(frozen=True, slots=True)
class History:
    """A drawer's history: `n` changes with head `h`, and what lives: (record, version) -> H of the sealed
    text."""

    n: int
    h: bytes
    live: Mapping[tuple[str, int], str]

    def after(self, op: str, rid: str, ver: int, t: str) -> "History":
        """One change further."""
        h = next_head(self.h, self.n + 1, op, rid, ver, t)
        live = dict(self.live)
        if op == "del":
            live = {place: one for place, one in live.items() if place[0] != rid}
        else:
            live[rid, ver] = t
        return History(self.n + 1, h, live)


EMPTY = History(0, bytes(32), {})


def replay(changes: Iterable[Mapping[str, Any]], signed: Mapping[str, Any] | None) -> History:
    """The history that these changes (`{"n", "op", "rid", "ver", "t"}`, from number 1 on) make. FormatError
    when one is missing, or when it does not come past `signed`, the claims of a signed head (None: nothing
    was signed yet)."""
    found, agrees = EMPTY, signed is None
    for one in changes:
        if one["n"] != found.n + 1:
            raise FormatError("head")
        found = found.after(one["op"], one["rid"], one["ver"], one["t"])
        if signed is not None and found.n == signed["n"]:
            agrees = b64u(found.h) == signed["h"]
    if not agrees:
        raise FormatError("head")
    return found
