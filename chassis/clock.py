# SPDX-License-Identifier: EUPL-1.2
"""The clock, and times on the wire. The only module that asks the time: everything else takes `now`."""

import re
import time
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
FIRST_YEAR, LAST_YEAR = 1900, 2200
_YEARS = r"(19\d\d|2[01]\d\d|2200)"  # the same, as contracts tell it


class Clock:
    """Tells the time. Injected once per component, so that tests and the demo's set-up can move it."""

    def now(self) -> int:
        """Whole seconds since 1970, UTC."""
        return int(time.time())

    def milliseconds(self) -> int:
        """Milliseconds since 1970, UTC: for accountability lines only."""
        return time.time_ns() // 1_000_000

    def steady(self) -> float:
        """Seconds of a clock that never goes back: for time-outs and ages of caches."""
        return time.monotonic()


def _read_moment(value: Any) -> int:
    """RFC 3339 text with an offset -> seconds since 1970. Numbers, naive times and far years are refused."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("date-time with offset expected")
    moment = datetime.fromisoformat(value)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("year out of range")
    return int(moment.astimezone(UTC).timestamp())


@lru_cache(maxsize=4096)
def show_moment(seconds: int) -> str:
    """Seconds since 1970 -> `2026-11-21T10:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _read_day(value: Any) -> date:
    """`YYYY-MM-DD` -> date. Numbers and other spellings are refused."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("date expected")
    day = date.fromisoformat(value)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("year out of range")
    return day


Moment = Annotated[
    int,
    BeforeValidator(lambda v: v if isinstance(v, _Seconds) else _read_moment(v)),
    PlainSerializer(show_moment, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": f"^{_YEARS}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d)$",
            "examples": ["2026-11-21T10:00:00Z"],
        }
    ),
]
"""A moment on the wire: RFC 3339 with any offset in, `Z` out; seconds since 1970 inside (ADR date-time rules)."""

Day = Annotated[
    date,
    BeforeValidator(lambda v: v if isinstance(v, date) else _read_day(v)),
    PlainSerializer(lambda v: v.isoformat(), return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date", "pattern": f"^{_YEARS}-\\d\\d-\\d\\d$", "examples": ["2011-05-09"]}
    ),
]
"""A calendar day on the wire, `YYYY-MM-DD`."""


class _Seconds(int):
    """Seconds that come from our own code, not from the wire."""


def moment(seconds: int) -> int:
    """Marks our own seconds, so that a `Moment` member takes them without reading text."""
    return _Seconds(seconds)
