# SPDX-License-Identifier: EUPL-1.2
"""Looks are counted: a question once, an opening once or once a period, and so many a day in Amsterdam."""

import asyncio

import pytest
from sqlalchemy import select

from consent import tables
from consent.asking import Replayed
from consent.look import Look, LookRefused, Released
from tests.consent.registry import DAY, NOW, PURPOSE, Registry

OPENING = 15 * 60


async def why(registry: Registry, look: Look) -> tuple[str, str]:
    with pytest.raises(LookRefused) as caught:
        await registry.asking.ask(look)
    return caught.value.reason, caught.value.outside


async def test_a_question_counts_once(registry: Registry) -> None:
    """The same proof sixteen times at once: one yes, and one line."""
    noor, school = await registry.person()
    look = registry.look(await registry.grant(noor, school), school)
    answers = await asyncio.gather(*(registry.asking.ask(look) for _ in range(16)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Released"] + ["Replayed"] * 15
    with pytest.raises(Replayed):
        await registry.asking.ask(look)
    assert len(await registry.rows()) == 1
    registry.clock.at += 301
    for _ in range(40):  # old ids go, a few with each batch
        await registry.asking.ask(registry.look(look.grant, school))
    kept = await registry.database.read(lambda c: c.execute(select(tables.taken.c.question)).scalars().all())
    assert look.question not in kept


async def test_once_gives_one_opening_under_32_callers(registry: Registry) -> None:
    """Two caseworkers race: one of them gets the 15 minutes, for pages and retries, the other gets nothing."""
    noor, school = await registry.person()
    grant = await registry.grant(noor, school, knd="once")
    looks = [registry.look(grant, school, caseworker=f"cw_{n % 2}") for n in range(32)]
    answers = await asyncio.gather(*(registry.asking.ask(look) for look in looks), return_exceptions=True)
    readers = {look.caseworker for look, answer in zip(looks, answers, strict=True) if isinstance(answer, Released)}
    assert readers == {"cw_0"}
    assert sum(isinstance(answer, Released) for answer in answers) == 16
    assert {a.reason for a in answers if isinstance(a, LookRefused)} == {"used"}
    registry.clock.at += OPENING - 1
    await registry.asking.ask(registry.look(grant, school, caseworker="cw_0"))
    registry.clock.at += 1
    assert (await why(registry, registry.look(grant, school, caseworker="cw_0")))[0] == "used"


async def test_a_recurring_grant_opens_once_a_period(registry: Registry) -> None:
    noor, school = await registry.person()
    grant = await registry.grant(noor, school, knd="every:7", starts=NOW - DAY, ends=NOW + 90 * DAY)
    await registry.asking.ask(registry.look(grant, school))
    registry.clock.at += OPENING
    assert (await why(registry, registry.look(grant, school)))[0] == "used"
    registry.clock.at = NOW + 6 * DAY
    await registry.asking.ask(registry.look(grant, school))


async def test_looks_are_counted_by_day_in_amsterdam(registry: Registry) -> None:
    await registry.change(tables.purposes, {"daily": 3}, uri=PURPOSE)
    noor, school = await registry.person()
    grant = await registry.grant(noor, school)
    looks = [registry.look(grant, school) for _ in range(5)]
    answers = await asyncio.gather(*(registry.asking.ask(look) for look in looks), return_exceptions=True)
    assert [isinstance(answer, Released) for answer in answers] == [True] * 3 + [False] * 2
    registry.clock.at = 1_790_028_000  # 22 September, 00:00 in Amsterdam
    await registry.asking.ask(registry.look(grant, school))
