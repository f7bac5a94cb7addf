# SPDX-License-Identifier: EUPL-1.2
"""Public numbers: how often an organisation was late, by quarter; cells under ten hidden, and no case visible."""

from datetime import date
from typing import Any

import pytest

from consent import store_telling
from consent.counting import quarter_of
from consent.tending import tend
from formats.spelling import DAY, H, new_id
from tests.consent.outside import call
from tests.consent.test_closing import given
from tests.consent.test_explaining import asked
from tests.consent.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")
OIN = "urn:oin:00000001234567890000"
QUARTER = 92 * DAY
OCTOBER = 19 * DAY
"""From the town's day, 21 September 2026, into the fourth quarter."""


async def numbers(town: Town, query: str = "") -> Any:
    """What anybody may read."""
    reply = await call(town.app, "GET", "/consent/v1/late-counts", query=query)
    assert reply.status == 200
    return reply.json()["items"]


async def owes(town: Town, many: int, of: str = OIN) -> None:
    """Other people's duties and questions of this organisation, as the registry keeps them."""

    def put(connection: Any, batch: Any) -> None:
        for n in range(many):
            team, vlt = f"{of}:team:t{n % 3}", new_id()
            due = {"since": batch.now, "due": batch.now + 14 * DAY, "purpose": None}
            store_telling.put_duty(connection, {"vlt": vlt, "jti": new_id(), "team": team, **due})
            why = {"n": n, "entry": H("x"), "what": "read", "looked_at": batch.now, "emp": H("f"), "jti": new_id()}
            why |= {"vlt": vlt, "id": new_id(), "team": team, "text": "Waarom?", "asked_at": batch.now}
            store_telling.put_question(connection, why | {"due": batch.now + 7 * DAY})

    await town.registry.ledger.run(put)


async def test_ten_late_ones_of_a_quarter_that_is_over_are_shown_and_nine_are_not(town: Town) -> None:
    town.clock.at += OCTOBER
    await owes(town, 8)
    for found in (await given(town), await asked(town)):  # the ninth of each: other teams of the same organisation
        assert found[1].party.startswith(OIN)
    await owes(town, 9, of="urn:oin:00000009876543210000")
    town.clock.at += 15 * DAY
    await tend(town.registry)
    assert await numbers(town) == [], "the quarter runs"
    town.clock.at += QUARTER
    await tend(town.registry)
    assert await numbers(town) == [], "nine are hidden"
    assert (await town.rows("SELECT closings, answers FROM late_counts")) == [(9, 9), (9, 9)]


async def test_late_is_counted_once_and_stays(town: Town) -> None:
    town.clock.at += OCTOBER
    await owes(town, 9)
    noor, team, jti = await given(town)
    _, other, found = await asked(town)
    town.clock.at += 15 * DAY
    for _ in range(2):
        await tend(town.registry)
    assert (await team.closes(noor, jti)).status == 201, "late is better than never, and late"
    assert (await other.explains(found)).status == 201
    town.clock.at += QUARTER
    await tend(town.registry)
    [shown] = await numbers(town)
    assert shown == {"organisation": OIN, "year": 2026, "quarter": 4, "lateClosings": 10, "lateAnswers": 10}


async def test_who_answers_in_time_is_not_counted_and_a_small_cell_is_hidden_beside_a_large_one(town: Town) -> None:
    town.clock.at += OCTOBER
    await owes(town, 9)
    await given(town)
    _, other, found = await asked(town)
    assert (await other.explains(found)).status == 201
    town.clock.at += 15 * DAY
    await tend(town.registry)
    town.clock.at += QUARTER
    await tend(town.registry)
    [shown] = await numbers(town)
    assert (shown["lateClosings"], shown["lateAnswers"]) == (10, None), "nine answers are hidden"


async def test_pages_newest_quarter_first(town: Town) -> None:
    for of in (OIN, "urn:oin:00000009876543210000"):
        await owes(town, 10, of)
    town.clock.at += QUARTER
    await tend(town.registry)
    await owes(town, 10)
    town.clock.at += QUARTER
    await tend(town.registry)
    town.clock.at += QUARTER
    whole = await numbers(town)
    places = [(one["year"], one["quarter"], one["organisation"]) for one in whole]
    assert places == sorted(places, reverse=True)
    assert len(places) >= 3
    reply = await call(town.app, "GET", "/consent/v1/late-counts", query="pageSize=1")
    further = reply.json()["next"]
    assert await numbers(town, f"pageSize=100&pageCursor={further}") == whole[1:]


async def test_quarters() -> None:
    days = [date(2026, month, 1) for month in range(1, 13)]
    assert [quarter_of(day) for day in days] == [20261] * 3 + [20262] * 3 + [20263] * 3 + [20264] * 3
