# SPDX-License-Identifier: EUPL-1.2
"""The committed contracts, and the linter of the API design rules as an installed tool."""

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OPENAPI = ROOT / "openapi"
COMPONENTS = ("vault", "consent", "gateway", "chatbot")
"""The parts of one installation."""
CONTRACTS = (*COMPONENTS, "desk")
_SPECTRAL = Path(__file__).parent / "spectral"


@lru_cache
def committed(component: str) -> dict[str, Any]:
    """The committed contract of a component."""
    document = yaml.load((OPENAPI / f"{component}.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert isinstance(document, dict)
    return document


def ruleset() -> Path:
    """The pinned API design rules for the linter; a skip with its reason where they are absent."""
    folder = Path(os.environ.get("KLUISJE_STANDARDS", ROOT.parent / "shared" / "standards"))
    rules = folder / "adr-ruleset-2.2.0.yaml"
    if not rules.is_file():
        pytest.skip("the API design rules are not beside the checkout: set KLUISJE_STANDARDS")
    return rules


def spectral() -> Path:
    """The linter, installed once from its lock beside the Python tools."""
    home = Path(sys.prefix) / "spectral"
    tool = home / "node_modules" / ".bin" / "spectral"
    lock = (_SPECTRAL / "package-lock.json").read_bytes()
    if tool.exists() and (home / "package-lock.json").read_bytes() == lock:
        return tool
    home.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_SPECTRAL / name, home / name)
    npm = shutil.which("npm", path=f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if npm is None:
        pytest.skip("npm is not here, so the contracts were not linted")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=home, check=True, timeout=300)
    return tool
