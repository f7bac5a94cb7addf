# SPDX-License-Identifier: EUPL-1.2
"""P24: rates hold exactly, for 32 callers at once, over two processes and a restart; and they lock no citizen out."""

import asyncio
import os
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.calls import Reply
from consent.look import LookRefused, Released
from consent.rates import Rates
from consent.refusals import TooMany
from consent.sharing import new_code
from formats.spelling import H, new_id
from tests import databases
from tests.consent.registry import NOW, TEAM, Registry
from tests.consent.town import Citizen, Town, new_bsn, slug, town_in

CALLERS = 32
RATES = Rates()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rates") / "empty.sqlite3"
    return databases.migrated("consent", path)


@pytest_asyncio.fixture
async def registry(migrated: Path, tmp_path: Path) -> AsyncIterator[Registry]:
    databases.copy(migrated, tmp_path / "consent.sqlite3")
    made = Registry(tmp_path / "consent.sqlite3", ready=True)
    await made.start()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def town(migrated: Path, tmp_path: Path) -> AsyncIterator[Town]:
    async with town_in(tmp_path, migrated) as made:
        yield made


# -- reads: two processes on one file, then both anew ------------------------------------------------------------


async def _reads(path: Path, grant: str, drawer: str, each: int, callers: int, at: int) -> Counter[str]:
    """What `callers` at once get, each reading `each` times, in a registry of its own over the file."""
    told: Counter[str] = Counter()
    registry = Registry(path, at=at, ready=True, rates=RATES)
    await registry.ledger.start()

    async def reader() -> None:
        for _ in range(each):
            try:
                answer = await registry.asking.ask(registry.look(grant, drawer))
                assert isinstance(answer, Released)
                told["read"] += 1
            except TooMany as no:
                told["too many" if 0 < no.wait <= 3600 else "waits too long"] += 1

    await asyncio.gather(*(reader() for _ in range(callers)))
    await registry.close()
    return told


def _at_once(path: Path, grant: str, drawer: str, each: int, *, processes: int = 2, at: int = NOW) -> Counter[str]:
    """The same, by processes that share nothing but the file."""
    children: list[tuple[int, int]] = []
    for _ in range(processes):
        out, into = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                told = asyncio.run(_reads(path, grant, drawer, each, CALLERS // processes, at))
                os.write(into, f"{told['read']} {told['too many']}".encode())
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(into)
        children.append((pid, out))
    told = Counter()
    for pid, out in children:
        with os.fdopen(out) as read:
            found = read.read().split()
        os.waitpid(pid, 0)
        assert len(found) == 2, "a process fell over: see its traceback"
        told["read"] += int(found[0])
        told["too many"] += int(found[1])
    return told


@pytest.mark.promise("P24")
def test_reads_of_one_caseworker_stop_at_their_number(tmp_path: Path) -> None:
    """600 an hour: 32 readers in two processes get 600 and no more, two other processes nothing, an hour later again."""
    path = tmp_path / "consent.sqlite3"

    async def begins() -> tuple[str, str]:
        registry = Registry(path, rates=RATES)
        await registry.start()
        noor, school = await registry.person()
        grant = await registry.grant(noor, school)
        await registry.close()
        return school, grant

    school, grant = asyncio.run(begins())
    each = RATES.reads_an_hour // CALLERS + 4
    assert _at_once(path, grant, school, each) == {"read": 600, "too many": each * CALLERS - 600}
    assert _at_once(path, grant, school, 1) == {"read": 0, "too many": CALLERS}
    assert _at_once(path, grant, school, 1, processes=1, at=NOW + 3599)["read"] == 0
    assert _at_once(path, grant, school, 1, processes=1, at=NOW + 3600)["read"] == CALLERS


@pytest.mark.promise("P24")
async def test_what_one_caseworker_used_up_is_nobody_elses(registry: Registry) -> None:
    """A colleague, a deposit and a look in advance are not counted with her reads."""
    noor, school = await registry.person()
    grant = await registry.grant(noor, school)
    registry.asking._rates = Rates(reads_an_hour=2)
    for _ in range(2):
        await registry.asking.ask(registry.look(grant, school))
    with pytest.raises(TooMany):
        await registry.asking.ask(registry.look(grant, school))
    assert isinstance(await registry.asking.ask(registry.look(grant, school, caseworker="cw_joost")), Released)
    foreseen = registry.look(grant, school, stage="refresh", question=None, drawer=None)
    assert (await registry.asking.preview(foreseen)).grant.jti == grant
    bringing = await registry.grant(noor, school, act="deposit", key=H(TEAM))
    members = {"stage": "deposit", "action": "deposit", "records": (new_id(),), "epoch": 1}
    assert isinstance(await registry.asking.ask(registry.look(bringing, school, **members)), Released)


@pytest.mark.promise("P24")
async def test_refused_deposits_stop_at_their_number_and_good_ones_do_not_count(registry: Registry) -> None:
    """Each no is a line of hers: a source that goes on after a stop fills her log to a number, and no further."""
    noor, school = await registry.person()
    good = await registry.grant(noor, school, act="deposit", key=H(TEAM))
    registry.asking._rates = Rates(refused_deposits_an_hour=5)

    async def brings(grant: str, caseworker: str = "post") -> str:
        members = {"stage": "deposit", "action": "deposit", "records": (new_id(),), "epoch": 1}
        try:
            await registry.asking.ask(registry.look(grant, school, caseworker=caseworker, **members))
        except TooMany as no:
            return "too many" if 0 < no.wait <= 3600 else "waits too long"
        except LookRefused:
            return "refused"
        return "brought"

    assert Counter([await brings(good) for _ in range(8)]) == {"brought": 8}
    unknown = new_id()
    told = Counter(await asyncio.gather(*(brings(unknown) for _ in range(CALLERS))))
    assert told == {"refused": 5, "too many": CALLERS - 5}
    assert await brings(good) == "too many"
    assert await brings(good, "another-system") == "brought", "what one used up is nobody else's"
    registry.clock.at += 3600
    assert await brings(good) == "brought"


# -- questions -----------------------------------------------------------------------------------------------------


async def _codes(noor: Citizen, many: int) -> list[str]:
    return [(await noor.calls("POST", "/share-codes")).json()["code"] for _ in range(many)]


async def _told(answers: Iterable[Awaitable[Reply]]) -> Counter[str]:
    """How often each answer came; every `too-many` says how long to wait."""
    told: Counter[str] = Counter()
    for reply in await asyncio.gather(*answers):
        name = "asked" if reply.status == 201 else slug(reply)
        if name == "too-many":
            assert 0 < int(reply.headers["retry-after"]) <= 86_400
        told[name] += 1
    return told


@pytest.mark.promise("P24")
async def test_wrong_share_codes_stop_at_ten_and_hurt_nobody_else(town: Town) -> None:
    noor, team, other = await town.person(), await town.team(), await town.team()
    [mine, *_] = codes = await _codes(noor, 2)
    wrong = ("helemaal niet", *(new_code() for _ in range(CALLERS - 1)))
    told = await _told(team.sends({"shareCode": code}, team.question()) for code in wrong)
    assert told == {"share-code-not-good": 10, "too-many": CALLERS - 10}
    told = await _told([team.sends({"shareCode": mine}, team.question())])
    assert told == {"too-many": 1}  # not even a good one: a guess that hits must not be told from one that misses
    assert (await team.sends({"bsn": noor.bsn}, team.question())).status == 201
    assert (await other.sends({"shareCode": mine}, other.question())).status == 201  # it was not used up
    town.clock.at += 3600
    assert (await team.sends({"shareCode": codes[1]}, team.question())).status == 201


@pytest.mark.promise("P24")
async def test_questions_stop_at_their_number_and_she_goes_on(town: Town) -> None:
    """20 by BSN a day and 60 in all an hour, 32 at once; what others use up is never in her own way."""
    noor, team = await town.person(), await town.team()
    told = await _told(team.sends({"bsn": new_bsn()}, team.question()) for _ in range(CALLERS))
    assert told == {"asked": 20, "too-many": CALLERS - 20}
    codes = await _codes(noor, 2 * CALLERS)
    told = await _told(team.sends({"shareCode": code}, team.question()) for code in codes)
    assert told == {"asked": 40, "too-many": 2 * CALLERS - 40}
    seen = (await noor.sees("/consent-requests"))["items"]
    assert seen
    answer = {"answer": "no"}
    assert (await noor.calls("POST", f"/consent-requests/{seen[0]['id']}/answers", answer)).status < 300
    assert (await noor.calls("POST", "/share-codes")).status == 201
    assert (await noor.calls("POST", "/pauses", {})).status == 201
    town.clock.at += 3600
    assert await _told([team.sends({"bsn": new_bsn()}, team.question())]) == {"too-many": 1}  # that one is a day's
    assert (await team.sends({"shareCode": (await _codes(noor, 1))[0]}, team.question())).status == 201
