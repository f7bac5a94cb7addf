# SPDX-License-Identifier: EUPL-1.2
"""The lock's Node, and the portal's packages, installed once from their own lock."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "portal" / "web"


def node() -> str:
    """The Node of requirements.lock, else the machine's: 24 or newer, because it strips types itself."""
    return _tool("node")


@functools.cache
def installed() -> Path:
    """`portal/web` with its packages; a skip with its reason where npm is not there or nothing can be fetched."""
    packages, lock = WEB / "node_modules", WEB / "package-lock.json"
    stamp = packages / ".installed"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return WEB
    command = [_tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        pytest.skip(f"the portal's packages could not be installed: {done.stderr[-300:]}")
    shutil.copy(lock, stamp)
    return WEB


def _tool(name: str) -> str:
    found = shutil.which(name, path=f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not here: it comes with requirements.lock")
    return found
