# SPDX-License-Identifier: EUPL-1.2
"""One running gateway per test module, and a fresh one for who needs it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from demo.town import Town
from tests.gateway.office import Office, office_in
from tests.gateway.street import Street, make_town, street_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """A gateway whose neighbours are away: for everything that signing in and tokens do alone."""
    async with office_in(tmp_path_factory.mktemp("office")) as made:
        yield made
        made.clock.ahead = 0


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(tmp_path: Path) -> AsyncIterator[Office]:
    """The same, for one test alone: clocks are moved and things suspended in it."""
    async with office_in(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The files of a town."""
    return make_town(tmp_path_factory.mktemp("town"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(town: Town) -> AsyncIterator[Street]:
    """A running town, with real consent and vault."""
    async with street_in(town) as made:
        yield made
