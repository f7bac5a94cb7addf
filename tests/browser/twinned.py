# SPDX-License-Identifier: EUPL-1.2
"""Serves the town with another bundle in the portal: `python -m tests.browser.twinned STATIC [PART]`. For broken twins
only."""

import sys
from pathlib import Path

import portal.app
import serve

if __name__ == "__main__":
    assert portal.app.build.__kwdefaults__ is not None
    portal.app.build.__kwdefaults__["static"] = Path(sys.argv[1])
    sys.exit(serve.main(sys.argv[2:]))
