# SPDX-License-Identifier: EUPL-1.2
"""The portal's formats read what the Python formats froze, and refuse every twin: `frozen.mjs`, here in Node.

The same checks run in Chromium with tests/browser."""

import os
import subprocess

from tests.portal.packages import ROOT, installed, node


def test_the_frozen_vectors_and_the_transcript() -> None:
    told = os.environ | {
        "FORMATS": str(installed() / "src" / "formats"),
        "VECTORS": str(ROOT / "tests" / "vectors"),
    }
    command = [node(), "--test", "--test-reporter=spec", str(ROOT / "tests" / "portal" / "formats_in_node.mjs")]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "ℹ pass 32" in done.stdout, done.stdout[-6000:]
