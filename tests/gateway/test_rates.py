# SPDX-License-Identifier: EUPL-1.2
"""Too fast: 429 and how long to wait, at the gateway's own door; and she whose grant it is notices nothing of it."""

import dataclasses

import pytest

from formats.spelling import new_id
from tests.gateway.street import Street, a_case

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.promise("P24")]


async def test_too_many_reads_are_told_how_long_to_wait_whatever_they_ask(street: Street) -> None:
    case = await a_case(street)
    both = [house.parts["consent"].inside.state.registry.asking for house in street.houses]
    usual = both[0]._rates
    for asking in both:
        asking._rates = dataclasses.replace(usual, reads_an_hour=2)
    try:
        other = case.path.replace(case.drawer, new_id())
        seen = [(await street.call(case.fatima, "GET", path, case.details)) for path in (case.path, other, case.path)]
        assert [one.status_code for one in seen] == [200, 403, 429]  # a refused look is a look
        assert seen[2].json()["type"].endswith(":too-many")
        assert 3500 < int(seen[2].headers["retry-after"]) <= 3600
        lines = [line.outcome for line in await case.noor.who_looked()]
        assert lines.count("read") + lines.count("refused") == 2  # what was not looked at is not in her log
        joost = await street.players.caseworker(
            "Fatima"
        )  # signs in as the same person: the number is hers, not the key's
        assert (
            await street.call(joost, "GET", case.path, joost.details("read", grant_id=case.grant.id))
        ).status_code == 429
        await case.noor.keeps("school", {"absence_days": 13})
        await case.noor.stops(case.question)
    finally:
        for asking in both:
            asking._rates = usual
