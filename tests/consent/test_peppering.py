# SPDX-License-Identifier: EUPL-1.2
"""The pepper of word slots: the same each time, another for each vault, five times a day, and only for herself."""

from tests.consent.outside import slug
from tests.consent.town import Town


async def test_five_tries_a_day_at_her_words_and_no_more(town: Town) -> None:
    noor, sam = await town.person(opens=False), await town.person()
    given = [await noor.calls("POST", "/peppers") for _ in range(5)]
    assert {(one.status, one.json()["pepper"]) for one in given} == {(200, given[0].json()["pepper"])}
    refused = await noor.calls("POST", "/peppers")
    assert (refused.status, slug(refused)) == (429, "too-many")
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert (await sam.calls("POST", "/peppers")).json() != given[0].json()
    town.clock.at += 86_400
    assert (await noor.calls("POST", "/peppers")).json() == given[0].json()
