# SPDX-License-Identifier: EUPL-1.2
"""One town per wiring, and the npm packages of the lock, installed once per lock in a cache outside the tree."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.clients.page import write_examples
from tests.clients.program import BIN
from tests.town import Players, Servers, running

NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="session", params=["one", "separate"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(tmp_path_factory.mktemp(f"clients-{request.param}"), request.param) as made:
        yield made


@pytest.fixture
async def town(servers: Servers) -> AsyncIterator[Players]:
    players = Players(servers)
    yield players
    await players.close()


@pytest.fixture(scope="session")
def packages() -> Path:
    """`node_modules` with exactly what package-lock.json names; none of their install scripts is run."""
    lock = (NODE / "package-lock.json").read_bytes()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = caches / "kluisje" / f"clients-{sha256(lock).hexdigest()[:16]}"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(NODE, place)
        environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            [BIN / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=place, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"the npm registry gives no packages: {done.stderr[-300:]}")
        (place / "ready").touch()
    return place / "node_modules"


@pytest.fixture
def folder(tmp_path: Path, packages: Path) -> Path:
    """A folder with the examples of the page and the packages they import."""
    write_examples(tmp_path)
    (tmp_path / "node_modules").symlink_to(packages, target_is_directory=True)
    return tmp_path
