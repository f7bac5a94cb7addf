# SPDX-License-Identifier: EUPL-1.2
"""What several promises need: a loop of one's own, a town of consent that is copied for each history, and who plays in the
town that a test has made."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chassis.migrating import migrate
from formats.spelling import new_id
from tests.faults.histories import Start, begin
from tests.faults.promises import NIGHTLY
from tests.town import Players, Servers


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="session")
def start(loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Where each history begins. In memory, where there is room for that: its files are written a thousand times."""
    fast = Path("/dev/shm") if Path("/dev/shm").is_dir() and not NIGHTLY else tmp_path_factory.mktemp("histories")
    folder = fast / f"kluisje-{new_id()}"
    folder.mkdir()
    try:
        migrate("consent", f"sqlite:///{folder / 'empty.sqlite3'}")
        made = loop.run_until_complete(begin(folder, folder / "empty.sqlite3"))
        yield made
        made.close()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
async def players(made: Servers) -> AsyncIterator[Players]:
    found = Players(made)
    yield found
    await found.close()
