# SPDX-License-Identifier: EUPL-1.2
"""A PostgreSQL of our own with its durable settings, whatever the other tests run on, and empty databases of each part."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from chassis.migrating import migrate
from tests.databases import Cluster, programs, query

_numbers = count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    made = Cluster()
    made.start()
    made.roles()
    yield made
    made.remove()


@pytest.fixture
def empty(cluster: Cluster) -> Callable[[str], tuple[str, str]]:
    """part -> (address as the part, as the owner) of a new database without tables."""

    def make(part: str) -> tuple[str, str]:
        name = f"{part}_{next(_numbers)}"
        query(cluster.url("postgres"), f'CREATE DATABASE "{name}" OWNER kluisje_{part}_owner')
        return cluster.url(name, f"kluisje_{part}"), cluster.url(name, f"kluisje_{part}_owner")

    return make


@pytest.fixture
def ready(empty: Callable[[str], tuple[str, str]]) -> Callable[[str], tuple[str, str]]:
    """The same, at the newest revision."""

    def make(part: str) -> tuple[str, str]:
        own, owner = empty(part)
        migrate(part, owner, role=f"kluisje_{part}")
        return own, owner

    return make


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """part -> a SQLite file at the newest revision."""

    def make(part: str) -> Path:
        path = tmp_path / f"{part}.sqlite3"
        if not path.exists():
            migrate(part, f"sqlite:///{path}")
        return path

    return make
