# SPDX-License-Identifier: EUPL-1.2
"""What time asks is found by an index: tending runs in the ledger's turn, where every decision would wait for a walk."""

import pytest

from consent.tending import tend
from tests.consent.town import Town
from tests.plans import statements, walks

RARE = {"erasures", "arrivals", "arriving", "events_out", "organisations", "listings", "purposes"}
"""Few rows, or rows that are gone within days: those may be walked."""


@pytest.mark.sqlite
async def test_what_is_due_is_found_without_a_walk_of_everybodys_rows(town: Town) -> None:
    engine = await town.registry.database.write(lambda connection: connection.engine)
    with statements(engine) as seen:
        await tend(town.registry)
    found = await town.registry.database.read(lambda connection: {one: walks(connection, one) for one in seen})
    assert len(found) >= 15
    assert {one: tables - RARE for one, tables in found.items() if tables - RARE} == {}
