# SPDX-License-Identifier: EUPL-1.2
"""The published test vectors over the portal's formats, in Node: the counts of formats.md section 16, as in Python."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.portal.packages import ROOT, installed, node
from tests.vectors import public_vectors


@pytest.fixture(scope="module")
def counted() -> dict[str, Any]:
    told = os.environ | {
        "FORMATS": str(installed() / "src" / "formats"),
        "PUBLIC": str(public_vectors("wycheproof").parent),
    }
    command = [node(), str(ROOT / "tests" / "portal" / "public.mjs")]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_json_web_encryption_and_signatures(counted: dict[str, Any]) -> None:
    assert counted["encryption"] == {"cases": 139, "invalid": 74, "accepted": [[29, True], [66, True]]}
    assert counted["signatures"] == {"cases": 401, "accepted": [18, 378]}
    assert counted["keys"]["cases"] == 26
    assert counted["keys"]["refused"] == counted["keys"]["all"]


def test_signatures_derivation_and_chunks(counted: dict[str, Any]) -> None:
    assert counted["ecdsa"] == {"right": 173, "refused": 89, "wrong": []}
    assert counted["derivation"]["wrong"] == []
    assert counted["derivation"]["right"] > 5
    assert counted["chunks"] == {"right": 10, "refused": 25, "wrong": []}


def test_the_tree(counted: dict[str, Any]) -> None:
    assert counted["inclusion"] == {"cases": 98, "wrong": []}
    odd = "sizes-are-equal-one-and-proof-is-empty"  # accepted there, but its roots have 12 bytes
    assert counted["consistency"] == {"cases": 98, "wrong": [odd]}
