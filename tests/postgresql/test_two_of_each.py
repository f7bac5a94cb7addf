# SPDX-License-Identifier: EUPL-1.2
"""P36 on PostgreSQL: two processes of each part, between which every call goes to and fro, tell the same story as one process
on a file. Nothing that counts is kept in a process."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.databases import Cluster, query
from tests.faults.forked import forked
from tests.faults.promises import PromiseBroken
from tests.faults.test_p36_both_wirings import Story
from tests.postgresql.doubling import doubled
from tests.postgresql.moving import move
from tests.town import Players, Servers, runs_serve

pytestmark = pytest.mark.sqlite  # the town is made in files, and moved


@contextmanager
def two_of_each(folder: Path, cluster: Cluster) -> Iterator[tuple[Servers, str]]:
    """A town on PostgreSQL with two processes of each part; the name of consent's database."""
    with ExitStack() as both:
        names: dict[str, str] = {}

        def prepare(made: Servers) -> None:
            names.update(move(made, cluster))
            both.enter_context(doubled(made))

        with forked(folder, "separate", sound=True, prepare=prepare) as made:
            yield made, names["consent"]


@pytest.mark.promise("P36")
@pytest.mark.nightly
def test_two_of_each_on_postgresql_tell_what_one_on_a_file_tells(cluster: Cluster, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with forked(tmp_path / "one", "one") as made:
        one = asyncio.run(_plays(made))
    with two_of_each(tmp_path / "two", cluster) as (made, consent):
        two = asyncio.run(_plays(made))
        [(numbers,)] = query(cluster.url(consent), "SELECT array_agg(idx ORDER BY idx) FROM events")
        assert "FAULT" not in runs_serve(made, "verify-log")
    if one != two:
        raise PromiseBroken("P36", "\n".join(unified_diff([*map(str, one)], [*map(str, two)], lineterm="")))
    if list(numbers) != list(range(len(numbers))):
        raise PromiseBroken("P36", "the log of two has a gap")


async def _plays(made: Servers) -> list[object]:
    players = Players(made)
    try:
        return await Story(players).play()
    finally:
        await players.close()
