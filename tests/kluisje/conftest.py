# SPDX-License-Identifier: EUPL-1.2
"""One world for each test that wants it."""

import pytest

from tests.kluisje.world import World


@pytest.fixture
def world() -> World:
    return World()
