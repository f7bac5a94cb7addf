# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.day`: what else a day has, beside the least that anybody could do: asking, saying yes, stopping, bringing,
looking who looked; starting, and memory.

One at a time, through the client library that anybody uses, in one process with SQLite (FULL). Only calls count, not what the
client does between them. Beside each: as many calls of the same client with bodies as long, to the same server, which flushes
what it is sent to the disk and does nothing else. Starting and idle memory: beside `bench/ordinary.py`. Rounds are interleaved.
Prints ratios with medians and spreads and writes docs/performance-day.md. Ends with 1 when a bar is missed.

    --rounds N     rounds (7)          --quick    small rounds, nothing written: does it run?
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.__main__ import Wrong
from bench.load import play
from bench.memory import Weighed, forget_peak, peak, resident, weighs
from bench.report import machine, spread
from bench.scene import RECORD, ROOT, TEAM, free_port, process, reader_of, stand_aside, town_in
from bench.timed import Call, Timed, Which
from demo.town import BROWSER_BACK, TEAMS, Town
from kluisje.browsing import Visitor
from kluisje.http import Refused
from kluisje.organisation import Caseworker
from kluisje.person import Person
from kluisje.proofs import load_pins
from kluisje.signing_in import CaseworkerTokens
from kluisje.source import Source
from tests.town import PLENTY

LINES, PAGE = 10_000, 100
STOP, AFTER = "stop", "the read after it: refused"
LETTER = "urn:kluisje:schema:letter:1"
SIZES = {"5 MB": 5_000_000, "100 MB": 100_000_000}
SELDOM = 3
"""The largest deposit is brought in every third round."""


@dataclass(frozen=True)
class Once:
    """One thing, once. ours, least: seconds of its calls, and of as many that do nothing. sent, got: bytes."""

    ours: float
    least: float
    calls: int
    sent: int
    got: int


Found = dict[str, list[Once]]
"""What was done -> each time."""


def reads(call: Call) -> bool:
    """A read of records."""
    return call.path.partition("?")[0].endswith("/records")


def tells(call: Call) -> bool:
    """A page of lines."""
    return call.path.partition("?")[0].endswith("/lines")


def appends(call: Call) -> bool:
    """A statement that goes into her chain."""
    return call.method == "POST" and call.path.startswith("/consent/") and call.path.endswith("/statements")


class Day:
    """The people of the day, each with a client that takes its calls down."""

    def __init__(self, town: Town) -> None:
        pins, keys = load_pins(town.pins), town.team(TEAM.slug)
        post = next(team for team in TEAMS if "deposit" in team.actions)
        self.origin, self.found = town.origin, Found()
        self.hers, self.theirs, self.posts = Timed(), Timed(), Timed()
        self.home, self.door = Visitor("Noor", BROWSER_BACK), Visitor("Fatima", BROWSER_BACK)
        self.noor = Person(self.hers, pins, self.home)
        self.fatima = Caseworker(self.theirs, pins, keys, self.door, name="Fatima", role=TEAM.role)
        self.post = Source(self.posts, pins, town.team(post.slug), name=post.name, role=post.role)
        self.tokens = CaseworkerTokens(self.theirs, pins.origin, keys.client, keys.client_key, self.door)

    async def begin(self, lines: int) -> None:
        """Noor has a vault with a paper, the post may bring, and somebody looked `lines` times."""
        await self.noor.makes_a_vault()
        await self.noor.keeps("school", RECORD)
        may = await self.post.asks(self.noor, for_="letters-from-youth-help", about=["school"], days=90)
        await self.noor.allows(may)
        self.may_bring = may
        asked = await self.fatima.asks(self.noor, for_="back-to-school", about=["school"], days=30)
        await self.noor.allows(asked)
        reader = await reader_of(self.fatima, asked, self.tokens)
        for start in range(0, lines, 2000):
            await reader.refresh()
            done = await play(self.origin, reader.requests(min(2000, lines - start)), 32)
            if set(done.statuses) != {200}:
                raise Wrong(f"{dict(done.statuses)}")

    async def note(self, what: str, http: Timed, which: Which) -> None:
        """Takes down the calls of something that was just done, and does as little beside it."""
        calls = http.taken(which)
        if not calls:
            raise Wrong(f"{what}: no such call")
        least = await http.least(self.origin, calls)
        sums = (sum(one.sent for one in calls), sum(one.got for one in calls))
        once = Once(sum(one.seconds for one in calls), least, len(calls), *sums)
        self.found.setdefault(what, []).append(once)

    async def plays(self, folder: Path, large: bool) -> None:
        """A round."""
        for http in (self.hers, self.theirs, self.posts):
            http.calls.clear()
        question = await self.fatima.asks(self.noor, for_="back-to-school", about=["school"], days=30)
        await self.note("ask", self.theirs, lambda c: c.method == "POST" and c.path.endswith("/consent-requests"))
        self.hers.calls.clear()
        await self.noor.allows(question)
        await self.note("allow: the answer itself", self.hers, lambda c: c.path.endswith("/answers"))
        await self.fatima.reads(question)  # the first one fetches tokens and statements
        self.theirs.calls.clear()
        await self.fatima.reads(question)
        await self.note("read", self.theirs, reads)
        await self.noor.keeps("school", RECORD)
        self.hers.calls.clear()
        await self.noor.stops(question)
        calls = list(self.hers.calls)
        await self.note(STOP, self.hers, lambda c: c.path.endswith("/stops"))
        self.hers.calls = calls
        await self.note("the drawer's next key: a statement", self.hers, appends)
        try:
            await self.fatima.reads(question)
        except Refused:
            await self.note(AFTER, self.theirs, reads)
        else:
            raise Wrong("a read after a stop")
        await self.brings("deposit 1 kB", folder, 0)
        for name, size in SIZES.items():
            if large or name != "100 MB":
                await self.brings(f"deposit {name}", folder, size)

    async def brings(self, what: str, folder: Path, size: int) -> None:
        """A letter of a kilobyte, with an attachment of so many bytes."""
        file = folder / f"{size}.pdf"
        if size and not file.exists():
            file.write_bytes(b"%PDF-1.7\n" + os.urandom(size - 9))
        self.posts.calls.clear()
        await self.post.deposits(self.may_bring, "school", {"title": "Brief"}, LETTER, [file] if size else [])
        await self.note(what, self.posts, lambda c: c.method != "GET" and "/deposits" in c.path)

    async def looks(self) -> None:
        """A page of the lines."""
        self.hers.calls.clear()
        await self.noor.device.consent("GET", "/lines", query={"pageSize": PAGE})
        await self.note(f"who looked: a page of {PAGE} lines", self.hers, tells)

    async def looks_at_all(self) -> float:
        """All of the lines, each checked; seconds of the checking, without the calls."""
        self.hers.calls.clear()
        began = time.perf_counter()
        await self.noor.who_looked()
        took = time.perf_counter() - began - sum(one.seconds for one in self.hers.calls)
        await self.note("who looked: all pages", self.hers, tells)
        return took

    async def close(self) -> None:
        """Ends the connections."""
        for one in (self.hers, self.theirs, self.posts, self.home, self.door):
            await one.close()


async def measure(town: Town, pid: int, folder: Path, rounds: int, lines: int) -> tuple[Found, list[float], int]:
    """All rounds: what was found, seconds of checking all lines, and bytes that the server took more for the largest deposit."""
    day, checked = Day(town), list[float]()
    await day.begin(lines)
    print("  the day begins", file=sys.stderr, flush=True)
    await day.plays(folder, large=False)
    day.found.clear()  # that one warmed up
    idle = resident(pid)
    forget_peak(pid)
    for count in range(rounds):
        await day.plays(folder, large=count % SELDOM == 0)
        for _ in range(3):
            await day.looks()
        if count % SELDOM == 0:
            checked.append(await day.looks_at_all())
        print(f"  round {count + 1} of {rounds}", file=sys.stderr, flush=True)
    await day.close()
    return day.found, checked, peak(pid) - idle


TEXT = """# Performance: the rest of a day

Written by `python -m bench.day`; do not edit. One thing at a time, through the client library that anybody uses, in one
process on one core with SQLite (WAL, FULL). Only calls count, not what a device or an organisation does between them. *The
least*: as many calls of the same client with bodies as long, to the same server, which puts what it is sent at the end of a
file, flushes it to the disk, and answers as many bytes: no token, no check, no row. Noor's vault has {lines:,} lines.

{machine}

| what | calls | bytes sent, got | ours ÷ the least | ours, ms | the least, ms |
|---|---|---|---|---|---|
{rows}

After each of the {stops} stops the next read was refused; a run in which one is answered ends with an error.

Checking all of her lines on a device in Python, without the calls: {checked} s for {lines:,}. In a browser, on an
old telephone, that has not been measured.

Both servers find their code compiled, as in the image, but at a first start from a fresh checkout.

| starting and memory | ours | the ordinary server | ours ÷ ordinary |
|---|---|---|---|
| start to first answer, s | {start} | {start_other} | {starts} |
| memory at rest, MB | {idle:.0f} | {idle_other:.0f} | {idles:.2f} |
| more memory while 100 MB comes in, MB | {more:.0f} | | |

{bars}
"""


def bars(found: Found, weighed: Weighed) -> list[tuple[str, bool]]:
    """What each bar says (performance.md, "To reach"), and whether it is reached."""
    stop, start = spread([one.ours * 1000 for one in found[STOP]]).middle, median(one for one, _ in weighed.starts)
    idle, more = weighed.idle[0] / 1e6, weighed.peak / 1e6
    return [
        (f"a stop is acknowledged within 20 ms: {stop:.1f} ms", stop <= 20),
        (f"100 MB come in with at most 32 MB more memory: {more:.0f} MB", more <= 32),
        (f"at rest at most 150 MB: {idle:.0f} MB", idle <= 150),
        (f"from start to first answer at most 3 s: {start:.1f} s", start <= 3),
    ]


def row(what: str, times: Sequence[Once]) -> str:
    """One line of the table."""
    last = times[-1]
    against = spread([one.ours / one.least for one in times]).show(".2f")
    ours, least = (spread([value * 1000 for value in values]).show(".1f") for values in _columns(times))
    return f"| {what} | {last.calls} | {last.sent:,}, {last.got:,} | {against} | {ours} | {least} |"


def _columns(times: Sequence[Once]) -> tuple[list[float], list[float]]:
    return [one.ours for one in times], [one.least for one in times]


def page(found: Found, checked: Sequence[float], weighed: Weighed, load: float, rounds: int, lines: int) -> str:
    """docs/performance-day.md."""
    ours, theirs = zip(*weighed.starts, strict=True)
    return TEXT.format(
        lines=lines,
        machine=machine(load, None, rounds),
        stops=len(found[AFTER]),
        rows="\n".join(row(what, times) for what, times in found.items()),
        checked=spread(checked).show(".1f"),
        start=spread(ours).show(".1f"),
        start_other=spread(theirs).show(".1f"),
        starts=spread([one / other for one, other in weighed.starts]).show(".2f"),
        idle=weighed.idle[0] / 1e6,
        idle_other=weighed.idle[1] / 1e6,
        idles=weighed.idle[0] / weighed.idle[1],
        more=weighed.peak / 1e6,
        bars="\n".join(f"* {'met' if good else '**missed**'}: {told}" for told, good in bars(found, weighed)),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.day", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    stand_aside()
    load, rounds, lines = os.getloadavg()[0], 1 if given.quick else given.rounds, 500 if given.quick else LINES
    with tempfile.TemporaryDirectory(prefix="kluisje-day-") as place, ExitStack() as up:
        folder = Path(place)
        town, environment = town_in(folder, free_port())
        environment |= PLENTY | {"KLUISJE_WRITTEN": str(folder / "written")}
        starts, idle = weighs(folder, environment, min(rounds, 5))
        port = int(environment["KLUISJE_PORT"])
        pid = up.enter_context(process("bench.server", environment=environment, port=port, log=folder / "log"))
        found, checked, more = asyncio.run(measure(town, pid, folder, rounds, lines))
    weighed = Weighed(starts, idle, more)
    text = page(found, checked, weighed, load, rounds, lines)
    print(text)
    if not given.quick:
        (ROOT / "docs" / "performance-day.md").write_text(text, "utf-8")
    return int(not given.quick and not all(good for _, good in bars(found, weighed)))


if __name__ == "__main__":
    sys.exit(main())
