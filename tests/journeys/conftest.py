# SPDX-License-Identifier: EUPL-1.2
"""One town per wiring for all journeys: each story takes people of its own from it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from tests import town as towns
from tests.databases import ON_POSTGRESQL
from tests.postgresql.doubling import doubled
from tests.town import Players, Servers

WIRINGS = ["one", "separate", *([pytest.param("two", marks=pytest.mark.nightly)] if ON_POSTGRESQL else [])]
"""`two`: separate, two processes of each part."""


@pytest.fixture(scope="session", params=WIRINGS)
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    made = towns.servers(tmp_path_factory.mktemp(f"town-{request.param}"), request.param.replace("two", "separate"))
    with ExitStack() as around:
        if request.param == "two":
            around.enter_context(doubled(made))
        around.callback(made.stop)
        made.start()
        yield made


@pytest.fixture
async def town(servers: Servers) -> AsyncIterator[Players]:
    players = Players(servers)
    yield players
    await players.close()
