# SPDX-License-Identifier: EUPL-1.2
"""Where test vectors are: our own, frozen beside this file, and public ones, outside the project."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def public_vectors(path: str) -> Path:
    """A file or folder of the public vectors (Wycheproof, transparency-dev, …): under `KLUISJE_VECTORS`, or
    `../shared/vectors` beside the checkout. Skips with a reason where absent; a skip fails where all is
    required."""
    root = Path(os.environ.get("KLUISJE_VECTORS", HERE.parents[2] / "shared" / "vectors"))
    found = root / path
    if not found.exists():
        pytest.skip(f"public test vectors not found: {path} (set KLUISJE_VECTORS)")
    return found


def wycheproof(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The cases of a Wycheproof file, each with its group."""
    groups = json.loads(public_vectors(f"wycheproof/{name}_test.json").read_text())["testGroups"]
    return [(group, case) for group in groups for case in group["tests"]]


def frozen(name: str) -> Any:
    """Our own frozen vectors of one format."""
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))
