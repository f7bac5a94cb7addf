# SPDX-License-Identifier: EUPL-1.2
"""One desk at work per test module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.desk.bureau import Bureau, bureau_in, make_desk
from tests.gateway.street import make_town


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object]:
    """The files of a town and its desk."""
    town = make_town(tmp_path_factory.mktemp("town"))
    return town, make_desk(town)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bureau(made: tuple[object, object]) -> AsyncIterator[Bureau]:
    async with bureau_in(*made) as found:  # type: ignore[arg-type]
        yield found
