# SPDX-License-Identifier: EUPL-1.2
"""One town for all contract tests, with people who have everything; and the whole sweep, done once."""

from collections.abc import Iterator

import pytest

from tests.contracts.sweeping import Row, sweep
from tests.contracts.world import World
from tests.elsewhere import Luggage
from tests.faults.promises import twin
from tests.town import running


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("contracts")
    luggage = Luggage()
    pins = {"KLUISJE_CONSENT_MOVES_FROM": str(luggage.pins(folder / "moves-from"))}
    with running(folder / "town", twin=twin("servers"), settings=pins) as servers:
        made = World(servers, folder, luggage)
        yield made
        made.close()


@pytest.fixture(scope="session")
def swept(world: World) -> dict[str, Row]:
    """operation -> what each caller got."""
    return sweep(world)
