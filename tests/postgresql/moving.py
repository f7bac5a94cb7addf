# SPDX-License-Identifier: EUPL-1.2
"""A town that was made in files, moved to PostgreSQL before its processes start, as an administrator does it."""

from itertools import count

from tests.databases import PARTS, Cluster, query
from tests.town import Servers, runs_serve

_numbers = count(1)


def move(made: Servers, cluster: Cluster) -> dict[str, str]:
    """Databases of its own for each part, filled; every process is told where they are. Part -> name of its database."""
    number = next(_numbers)
    names = {part: f"town_{number}_{part}" for part in PARTS}
    urls = {"KLUISJE_VAULT_PROCESSES": "several"}
    for part, name in names.items():
        query(cluster.url("postgres"), f'CREATE DATABASE "{name}" OWNER kluisje_{part}_owner')
        key = f"KLUISJE_{part.upper()}_DATABASE"
        urls |= {key: cluster.url(name, f"kluisje_{part}"), f"{key}_OWNER": cluster.url(name, f"kluisje_{part}_owner")}
    for process in made.processes.values():
        process.environment |= urls
    runs_serve(made, "move", str(made.town.folder / "data"))
    return names
