# SPDX-License-Identifier: EUPL-1.2
"""Where the CPU time of a read goes, by the rows of its budget: a sampler that costs next to nothing.

Every few milliseconds of CPU time the kernel interrupts the process; whatever runs then is counted. The innermost frame
that a row knows decides, so that an ES256 check counts for whoever asked for it. Time of the committing thread shows
while the event loop sleeps.
"""

import signal
from collections import Counter
from types import FrameType

EVERY = 0.001
"""Seconds of CPU time; the kernel rounds up to its own tick."""

ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("DPoP proof", ("formats/dpop.py", "chassis/callers.py:check_proof")),
    ("access token, caller, why_not", ("chassis/callers.py", "gateway/callers.py", "gateway/store.py",
                                       "gateway/access.py:disagreement", "gateway/details.py")),
    ("permit", ("formats/permit.py", "formats/event.py:verify_look", "vault/permits.py")),
    ("ledger: facts and decision", ("consent/decision.py", "consent/look.py", "consent/asking.py",
                                    "consent/ledger_store.py:grant_rows", "consent/ledger_store.py:places")),
    ("ledger: accountability line", ("chassis/journal.py", "chassis/database.py:put_lines")),
    ("ledger: log, tree, checkpoint", ("consent/ledger.py", "consent/batch.py", "consent/ledger_store.py",
                                       "consent/proving.py")),
    ("transactions", ("chassis/database.py", "chassis/together.py", "chassis/sqlite.py", "chassis/postgresql", "sqlalchemy/")),
    ("doors and hops", ("chassis/calls.py", "chassis/application.py", "chassis/contract.py", "chassis/house.py",
                        "chassis/answers.py", "chassis/bodies.py")),
    ("vault", ("vault/",)),
    ("answer: members, JSON", ("gateway/", "consent/", "chassis/problems.py")),
    ("commit (its thread)", ("selectors.py:select",)),
    ("HTTP, asyncio", ("uvicorn/", "asyncio/", "starlette/", "serve.py", "bench/server.py")),
)  # fmt: skip


def row_of(frame: FrameType | None) -> str:
    """The row of the budget that this stack belongs to."""
    while frame is not None:
        file, function = frame.f_code.co_filename, frame.f_code.co_name
        for row, signs in ROWS:
            for sign in signs:
                place, _, named = sign.partition(":")
                if place in file and (not named or named == function):
                    return row
        frame = frame.f_back
    return "other"


class Sampler:
    """Counts by row, and by place for whoever looks closer."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self.places: Counter[str] = Counter()

    def start(self) -> None:
        """Begins anew."""
        self._rows.clear()
        self.places.clear()
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def stop(self) -> dict[str, int]:
        """Ends it; samples by row."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        return dict(self._rows)

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        self._rows[row_of(frame)] += 1
        if frame is not None:
            code = frame.f_code
            self.places[f"{code.co_filename[-40:]}:{code.co_name}:{frame.f_lineno}"] += 1
