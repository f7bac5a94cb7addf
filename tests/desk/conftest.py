# SPDX-License-Identifier: EUPL-1.2
"""One desk at work for all tests that leave its team as it is; one of its own for who changes the team."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from demo.desk import DemoDesk
from demo.town import Town
from tests.desk.bureau import Bureau, bureau_in, make_desk
from tests.gateway.street import make_town

Made = tuple[Town, DemoDesk]


def _made(factory: pytest.TempPathFactory) -> Made:
    town = make_town(factory.mktemp("town"))
    return town, make_desk(town)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The files of a town and its desk. Not inside a running event loop."""
    return _made(tmp_path_factory)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same, for one module."""
    return _made(tmp_path_factory)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bureau(made_once: Made) -> AsyncIterator[Bureau]:
    """A desk whose team stays: Ans, Fatima, Karim."""
    async with bureau_in(*made_once) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_bureau(made: Made) -> AsyncIterator[Bureau]:
    """A desk whose members come and go."""
    async with bureau_in(*made) as found:
        yield found
