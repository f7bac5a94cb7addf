# SPDX-License-Identifier: EUPL-1.2
"""P23: "not there" and "not for you" cannot be told apart by time either. Nightly: it needs a machine to itself.

Each pair of cases is called in turns, in random order, over one kept connection; the two-sample Kolmogorov-Smirnov
distance of their times stays under the bar.
"""

import asyncio
import json
import os
import random
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import pytest

from formats.dpop import make_proof
from formats.request import Item, sign_request
from formats.spelling import DAY, H, new_id
from kluisje.organisation import Caseworker
from tests.faults.promises import PromiseBroken
from tests.town import Players, Servers, citizens, running

pytestmark = [pytest.mark.nightly, pytest.mark.promise("P23")]
TURNS = int(os.environ.get("KLUISJE_TURNS", "2000"))
BAR = 1.96 * (2 / TURNS) ** 0.5
"""0.062 for 2,000 of each: over it comes once in a thousand when both are one distribution."""
WARM = 50
BSN = {name: bsn for name, bsn, _ in citizens()}
ASKING = "/gateway/v1/consent-requests"

Made = Callable[[], Awaitable[bytes]]
"""Makes one fresh call, ready to be sent."""


def distance(one: Sequence[int], other: Sequence[int]) -> float:
    """The two-sample Kolmogorov-Smirnov distance."""
    first, second = sorted(one), sorted(other)
    gaps = (bisect_right(first, at) / len(first) - bisect_right(second, at) / len(second) for at in {*first, *second})
    return max(abs(gap) for gap in gaps)


def test_the_distance_is_the_one_of_the_books() -> None:
    assert distance([1, 2, 3], [1, 2, 3]) == 0
    assert distance([1, 2, 3], [4, 5, 6]) == 1
    assert distance([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(tmp_path_factory.mktemp("timing")) as town:
        yield town


class Line:
    """One kept connection to the town."""

    def __init__(self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    async def sends(self, request: bytes) -> tuple[int, int, bytes]:
        """(nanoseconds, status, body) of one call."""
        began = perf_counter_ns()
        self._outgoing.write(request)
        head = await self._incoming.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length: ")
        body = await self._incoming.readexactly(int(head[at + 16 : head.find(b"\r\n", at)]))
        return perf_counter_ns() - began, int(head[9:12]), body

    def close(self) -> None:
        self._outgoing.close()


async def _told_apart(town: Servers, what: str, cases: dict[str, Made], status: int) -> None:
    """Calls the cases in turns and compares their times, and that their answers have one status and one length."""
    origin = town.town.origin
    host, _, port = origin.partition("//")[2].partition(":")
    line = Line(*await asyncio.open_connection(host, int(port)))
    times: dict[str, list[int]] = {name: [] for name in cases}
    lengths: set[int] = set()
    order = random.Random(7)
    for turn in range(TURNS + WARM):
        for name in order.sample(list(cases), len(cases)):
            took, said, body = await line.sends(await cases[name]())
            assert said == status, (what, name, body)
            lengths.add(len(body))
            if turn >= WARM:
                times[name].append(took)
    line.close()
    assert len(lengths) == 1, (what, lengths)
    found = {f"{a} / {b}": distance(times[a], times[b]) for a, b in combinations(cases, 2)}
    medians = {name: sorted(one)[len(one) // 2] // 1000 for name, one in times.items()}
    print(f"\n{what}: n = {TURNS}; medians in µs {medians}")
    for pair, far in found.items():
        print(f"  {far:.3f}  {pair}")
    apart = {pair: round(far, 3) for pair, far in found.items() if far >= BAR}
    if apart:
        raise PromiseBroken("P23", f"{what}: {apart}")


def _call(worker: Caseworker, origin: str, method: str, path: str, details: Any, body: Any = None) -> Any:
    """A call of a caseworker, as bytes."""

    async def made() -> bytes:
        token = await worker._tokens.token(details)
        proof = make_proof(worker._tokens.key, method, origin + path, H(token), now=worker.http.clock())
        told = b"" if body is None else json.dumps(body()).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {origin.partition('//')[2]}\r\nAccept: application/json\r\n"
            f"Authorization: DPoP {token}\r\nDPoP: {proof}\r\n"
        )
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(told)}\r\n"
        return head.encode() + b"\r\n" + told

    return made


async def _question(worker: Caseworker) -> Callable[[], str]:
    """Signs questions of one team, each a new one."""
    own, purpose = await worker.directory.team(worker.team.party), await worker.directory.purpose("back-to-school")

    def signed() -> str:
        now = worker.http.clock()
        return sign_request(
            worker.team.sig, iss=worker.team.party, jti=new_id(), iat=now, exp=now + purpose.expiry * DAY, org=own.sid,
            act=purpose.act, pur=purpose.uri, knd="until", items=[Item(*purpose.item("school"))], nbf=now,
            ends=now + 30 * DAY, gnd=purpose.ground, note=None, role="youth-worker", name="Fatima", off=None,
        )  # fmt: skip

    return signed


async def _people(players: Players, fatima: Caseworker) -> dict[str, str]:
    """BSN of somebody with an open vault, of one who said no before, of one too young for the purpose, of one who only
    signed in, and of one who never came."""
    noor, sam, mila = [await players.citizen(name) for name in ("Noor", "Sam", "Mila")]
    await sam.says_no(await fatima.asks(sam, for_="back-to-school", about=["school"], days=30))
    bare = players.device("Yara 60")
    await bare.device._tokens.token(players.town.origin + "/consent/v1")
    who = {"vault": noor.listed, "refused": sam.listed, "not covered": mila.listed}  # type: ignore[attr-defined]
    return {name: BSN[listed] for name, listed in (who | {"no vault": "Yara 60", "unknown": "Bram 60"}).items()}


def test_asking_takes_as_long_whoever_lives_there(made: Servers, tmp_path: Path) -> None:
    async def whole() -> None:
        players = Players(made)
        fatima = await players.caseworker()
        signed, people = await _question(fatima), await _people(players, fatima)

        def asks(bsn: str) -> Made:
            body = lambda: {"to": {"bsn": bsn}, "request": signed()}  # noqa: E731
            found: Made = _call(fatima, made.town.origin, "POST", ASKING, fatima.details("ask"), body)
            return found

        await _told_apart(made, "asking by BSN", {name: asks(bsn) for name, bsn in people.items()}, 201)
        await players.close()

    asyncio.run(whole())


def test_an_open_question_takes_as_long_to_see_whatever_became_of_it(made: Servers) -> None:
    async def whole() -> None:
        players = Players(made)
        fatima = await players.caseworker()
        noor, sam = [await players.citizen(name) for name in ("Noor", "Sam")]
        ask = {"for_": "back-to-school", "about": ["school"], "days": 30}
        seen = {"ignored": await fatima.asks(noor, **ask), "refused": await fatima.asks(sam, **ask)}
        seen["absent"] = await fatima.asks(bsn=BSN["Bram 59"], **ask)
        await sam.says_no(seen["refused"])
        cases = {
            name: _call(fatima, made.town.origin, "GET", f"{ASKING}/{one.id}", fatima.details("ask"))
            for name, one in seen.items()
        }
        await _told_apart(made, "looking at a question", cases, 200)
        await players.close()

    asyncio.run(whole())


def test_anothers_grant_takes_as_long_as_none(made: Servers) -> None:
    async def whole() -> None:
        players = Players(made)
        fatima, joost = await players.caseworker(), await players.caseworker("Joost", of="de-vlier")
        noor = await players.citizen("Noor")
        await noor.keeps("school", {"absence_days": 12})
        question = await fatima.asks(noor, for_="back-to-school", about=["school"], days=30)
        await noor.allows(question)
        _, [grant] = await fatima.granted(question, "read")
        for method in ("GET", "DELETE"):
            cases = {
                name: _call(joost, made.town.origin, method, f"/gateway/v1/grants/{one}", joost.details("ask"))
                for name, one in (("another's", grant.id), ("none", new_id()))
            }
            await _told_apart(made, f"{method} of a grant", cases, 404)
        await players.close()

    asyncio.run(whole())
