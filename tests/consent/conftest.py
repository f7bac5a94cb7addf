# SPDX-License-Identifier: EUPL-1.2
"""A migrated database once, copied for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests import databases
from tests.consent.registry import Registry
from tests.consent.town import Town, town_in


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of consent."""
    return databases.migrated("consent", tmp_path_factory.mktemp("consent") / "empty.sqlite3")


@pytest.fixture
async def registry(migrated: Path, tmp_path: Path) -> AsyncIterator[Registry]:
    """A registry whose log has begun, with one team and one purpose."""
    path = tmp_path / "consent.sqlite3"
    databases.copy(migrated, path)
    made = Registry(path, ready=True)
    await made.start()
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def town(migrated: Path, tmp_path: Path) -> AsyncIterator[Town]:
    """The whole application, with a directory, a gateway and nobody in it yet."""
    async with town_in(tmp_path, migrated) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One town for a module whose tests bring their own people and leave the clock alone."""
    async with town_in(tmp_path_factory.mktemp("town"), migrated, most=40) as made:
        yield made
