# SPDX-License-Identifier: EUPL-1.2
"""A migrated database once, copied for each test; a running vault; Noor with her vault open."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import databases
from tests.vault.device import Device
from tests.vault.house import House


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the vault."""
    path = tmp_path_factory.mktemp("vault") / "empty.sqlite3"
    databases.migrated("vault", path)
    return path


@pytest.fixture
async def house(empty: Path, tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path, empty)
    await made.start()
    yield made
    await made.app.stop()


@pytest.fixture
async def noor(house: House) -> Device:
    """A device whose vault is open."""
    device = Device(house)
    assert (await device.opens()).status == 201
    return device


@pytest.fixture
async def school(noor: Device) -> str:
    """A drawer of Noor's."""
    return await noor.adds_drawer()
