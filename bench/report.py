# SPDX-License-Identifier: EUPL-1.2
"""What the measurement says: ratios of one run with medians and spreads, and the page docs/performance.md."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

QUIET = 1.5
"""A load average above this at the start, and the figures are not worth much."""


@dataclass(frozen=True)
class Result:
    """One kind at one level, once: answers a second, latency in ms, CPU µs of the server for each answer."""

    rate: float
    p50: float
    p99: float
    cpu: float


Measured = dict[tuple[str, int], list[Result]]
"""(kind, in flight) -> its rounds."""


@dataclass(frozen=True)
class Spread:
    """Median, least and most of some rounds."""

    middle: float
    least: float
    most: float

    def show(self, form: str) -> str:
        """`0.15 (0.14–0.16)`"""
        return f"{self.middle:{form}} ({self.least:{form}}–{self.most:{form}})"


def spread(values: Sequence[float]) -> Spread:
    """The spread of some values."""
    return Spread(median(values), min(values), max(values))


def ratio(measured: Measured, kind: str, beside: str, level: int) -> Spread:
    """Answers a second of one kind against another, round by round."""
    pairs = zip(measured[kind, level], measured[beside, level], strict=True)
    return spread([one.rate / other.rate for one, other in pairs])


def missed(measured: Measured) -> list[str]:
    """Which of the bars of docs/performance.md these figures do not reach."""
    return [told for told, reached in _bars(measured) if not reached]


def _bars(measured: Measured) -> list[tuple[str, bool]]:
    unchecked = ratio(measured, "enforced", "unchecked", 16).middle
    ordinary = ratio(measured, "enforced", "ordinary", 16).middle
    p99 = median(one.p99 for one in measured["enforced", 16])
    return [
        (f"enforced against unchecked, 16 in flight: at least 0.14, is {unchecked:.3f}", unchecked >= 0.14),
        (f"enforced against ordinary, 16 in flight: at least 3, is {ordinary:.1f}", ordinary >= 3),
        (f"enforced, p99 at 16 in flight: at most 25 ms, is {p99:.1f} ms", p99 <= 25),
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    lines.insert(1, "|---" * len(head) + "|")
    return "\n".join(lines)


PAIRS = (
    ("enforced", "unchecked"),
    ("refused", "unchecked"),
    ("enforced", "bare"),
    ("enforced", "ordinary"),
    ("refused", "ordinary"),
)


def ratios(measured: Measured, pairs: Sequence[tuple[str, str]] = PAIRS) -> str:
    """The ratios of pairs of kinds, by in-flight level: median (least–most)."""
    levels = sorted({level for _, level in measured})
    rows = [
        [f"{kind} ÷ {beside}", *(ratio(measured, kind, beside, level).show(".2f") for level in levels)]
        for kind, beside in pairs
    ]
    return table(["reads a second", *(f"{level} in flight" for level in levels)], rows)


def figures(measured: Measured) -> str:
    """The absolute figures behind them."""
    rows = [
        [
            kind,
            str(level),
            spread([one.rate for one in results]).show(".0f"),
            spread([one.p50 for one in results]).show(".1f"),
            spread([one.p99 for one in results]).show(".1f"),
            spread([one.cpu for one in results]).show(".0f"),
        ]
        for (kind, level), results in sorted(measured.items(), key=lambda item: (item[0][1], item[0][0]))
    ]
    return table(["read", "in flight", "a second", "p50 ms", "p99 ms", "CPU µs"], rows)


def profile(rows: Mapping[str, int], cpu: float) -> str:
    """Shares of the CPU time of an enforced read, most first."""
    total = sum(rows.values()) or 1
    told = [
        [row, f"{count / total:.0%}", f"{count / total * cpu:.0f}"]
        for row, count in sorted(rows.items(), key=lambda item: -item[1])
    ]
    return table(["row of the budget", "share", "CPU µs"], [*told, ["**sum**", "100%", f"{cpu:.0f}"]])


def machine(load: float, size: int | None, rounds: int) -> str:
    """Where and how it was measured. size: bytes of an answer, where all are alike."""
    quiet = "" if load <= QUIET else " **The machine was not quiet: these figures are worth little.**"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {_processor()}, CPython {platform.python_version()}, {platform.system()} "
        f"{platform.release().split('-')[0]}; load average at the start {load:.1f}; {rounds} interleaved rounds"
        + ("." if size is None else f"; an answer has {size} bytes.")
        + quiet
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor()


def page(told: str, measured: Measured, rows: Mapping[str, int], cpu: float) -> str:
    """docs/performance.md."""
    bars = "\n".join(f"* {'met' if reached else '**missed**'}: {line}" for line, reached in _bars(measured))
    return PAGE.format(
        machine=told, ratios=ratios(measured), bars=bars, figures=figures(measured), profile=profile(rows, cpu)
    )


PAGE = """# Performance

Written by `make bench`; do not edit. The unit of work is the **enforced read**: check a token that is bound to a key
(DPoP), decide on the live grant, write the log entry durably, fetch the sealed records, answer. A **refused** read is the
same up to the decision, and is written down too.

Absolute figures depend on the machine. **Only ratios count, measured in one run, interleaved.** Each figure is the median
of the rounds, with the least and the most in brackets.

* *unchecked*: the same requests to a route of the same server that answers the same bytes, without looking at token or
  proof, without decision, line or fetching; what is done for every route is done for it too (decisions/0018). The signature
  checks alone forbid half of that.
* *bare*: the same bytes before any of our code, to a request of one line: what the HTTP server alone takes.
* *ordinary*: the same read as one would ordinarily write it (`bench/ordinary.py`): FastAPI, ORM, `response_model`, a
  commit per request; the same checks of token and proof; no Merkle log and no permit.

Server on one core in one process with SQLite (WAL, FULL: each batch is flushed), load on the other core. Each request has a
fresh proof that was signed beforehand. Beside this page: [a Solid pod server](performance-solid.md); [PostgreSQL, separate
parts, two of each](performance-wirings.md); [asking, stopping, bringing and the rest of a day](performance-day.md);
[tokens](performance-tokens.md); [as it grows](performance-growth.md).

{machine}

## Ratios

{ratios}

{bars}

## Figures behind them

{figures}

## Where an enforced read spends its time

Sampled by CPU time at 16 in flight; the sampler itself is in it. The row *commit* is the thread that waits for the disk,
and whatever else runs while the event loop sleeps.

{profile}

## What makes it fast

* No timed batch window: the writer takes what waits when it is free, after the event loop has gone on with what it has in
  hand, so that nobody goes alone while fifteen wait for that commit. One durable commit per batch.
* The log entry with its proof is the permit. A checkpoint is verified once, the path every time.
* Parts in one process call each other without an HTTP client between; the caller is a mark that no network can set. Hot
  operations are asked by their members: no messages and no JSON text between, the same checks.
* Hot statements are prepared once; hot routes run without FastAPI's work per request, and stand in the contract like any
  other.
* On SQLite, look-ups that ask in one turn of the event loop run one after the other on one snapshot, begun after the last of
  them asked; before it, what each needs first (token and proof, or permit) is checked for one after the other. Each but the
  first finds its statements, pages and code at hand.
* Sealed bytes pass through unparsed.
* A read leaves no circle of objects behind, so the collector has next to nothing to do and stops nobody.
* What is remembered is immutable or a verification of immutable bytes, bounded, and listed in
  `tests/house/test_caches.py`. **No decision, grant state or log position is remembered anywhere.**
"""
