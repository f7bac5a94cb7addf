# SPDX-License-Identifier: EUPL-1.2
"""One running gateway per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.office import Office, office_in


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A gateway whose neighbours are away: for everything that signing in and tokens do alone."""
    async with office_in(tmp_path) as made:
        yield made
