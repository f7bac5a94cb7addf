# SPDX-License-Identifier: EUPL-1.2
"""One browser and one town for all stories here; each story takes fresh devices and people of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from demo.desk import DemoDesk
from demo.town import Town
from tests.browser import chromium
from tests.browser.bureau import Bureau, bureau
from tests.browser.recording import TRAFFIC, record
from tests.browser.seats import Seats
from tests.desk.bureau import make_desk
from tests.gateway.street import make_town
from tests.town import Players, Servers
from tests.town import servers as servers_of


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it in one event loop: a browser belongs to the loop that started it."""
    for item in items:
        if "tests/browser" in item.path.as_posix() and item.get_closest_marker("asyncio"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if chromium.executable() is None:
        pytest.skip("no Chromium: apt-get install chromium, or name one in KLUISJE_CHROMIUM")
    async with chromium.browser() as started:
        yield started


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A town whose whole traffic, of all stories here, is kept in `traffic`."""
    folder = tmp_path_factory.mktemp("town-browser")
    made = servers_of(folder)
    record(made, folder / TRAFFIC)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def town(servers: Servers) -> AsyncIterator[Players]:
    players = Players(servers)
    yield players
    await players.close()


@pytest.fixture(scope="session")
def desk(servers: Servers) -> Iterator[Bureau]:
    """The desk of that town's youth team."""
    with bureau(servers) as made:
        yield made


@pytest.fixture
def moved(tmp_path: Path) -> tuple[Town, DemoDesk]:
    """The files of another town and its desk, for a story that moves the clock. Not inside a running event loop."""
    town = make_town(tmp_path / "town")
    return town, make_desk(town)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(desk: Bureau) -> AsyncIterator[Seats]:
    """Who works there; the same people for all stories."""
    made = Seats(desk)
    await made.opens_up()
    yield made
    await made.close()
