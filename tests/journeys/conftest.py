# SPDX-License-Identifier: EUPL-1.2
"""One town per wiring for all journeys: each story takes people of its own from it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.town import Players, Servers, running


@pytest.fixture(scope="session", params=["one", "separate"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(tmp_path_factory.mktemp(f"town-{request.param}"), request.param) as made:
        yield made


@pytest.fixture
async def town(servers: Servers) -> AsyncIterator[Players]:
    players = Players(servers)
    yield players
    await players.close()
